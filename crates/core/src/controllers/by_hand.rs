//! Worlds made by hand, for tests of single controllers: Nodes without machines, so that no kubelet interferes.

use std::sync::Arc;

use ordinal_api::condition::{self, Condition, ConditionStatus};
use ordinal_api::node::{Node, Taint};
use ordinal_api::pod::{ContainerState, ContainerStatus, PodPhase, PodStatus};
use ordinal_api::storage::ClaimPhase;
use ordinal_api::{Kind, Object, SimTime, Text, Value};
use serde_json::json;

use crate::disk::{Disk, Place};
use crate::journal::Fact;
use crate::persistent::List;
use crate::{Component, Config, Cx, Id, World};

fn network_disk(volume: Id, name: &str) -> Disk {
    Disk {
        volume,
        name: name.into(),
        place: Place::Network,
        attached: Vec::new(),
        mounted: Vec::new(),
        writes: List::new(),
        erased: false,
    }
}

/// A world with a clock that a test moves.
pub(crate) struct ByHand {
    pub(crate) world: World,
}

impl ByHand {
    /// A world with these Nodes, all Ready, and no machines.
    pub(crate) fn with_nodes(names: &[&str]) -> Self {
        Self::with_config(
            Config {
                nodes: Vec::new(),
                ..Config::default()
            },
            names,
        )
    }

    pub(crate) fn with_config(config: Config, names: &[&str]) -> Self {
        let mut this = Self {
            world: World::new(config),
        };
        for name in names {
            this.add_node(name);
        }
        this
    }

    pub(crate) fn cx(&mut self) -> Cx<'_> {
        Cx::new(&mut self.world, Component::User, None)
    }

    pub(crate) fn create(&mut self, kind: Kind, value: Value) -> Id {
        let object = Object::from_value(kind, &value).expect("a test's object is valid");
        self.cx().create(object).expect("a test's object is new").0
    }

    pub(crate) fn add_node(&mut self, name: &str) -> Id {
        let annotations = json!({crate::apiserver::CONTROLLER_ATTACHES: "true"});
        let node = json!({"metadata": {"name": name, "annotations": annotations}});
        let id = self.create(Kind::Node, node);
        self.set_ready(name, ConditionStatus::True);
        id
    }

    pub(crate) fn node(&mut self, name: &str, change: impl FnOnce(&mut Node)) {
        let id = self.world.intern(Kind::Node, "", name);
        let update = |object: &mut Object| {
            object
                .as_node_mut()
                .map(Arc::make_mut)
                .map(change)
                .is_some()
        };
        self.cx().update(id, update).expect("the Node exists");
    }

    pub(crate) fn set_ready(&mut self, name: &str, status: ConditionStatus) {
        let now = self.world.now();
        self.node(name, |node| {
            condition::set(
                &mut node.status.conditions,
                Condition::new("Ready", status, now),
            );
        });
    }

    pub(crate) fn taint(&mut self, name: &str, taint: Taint) {
        self.node(name, |node| node.taints.push(taint));
    }

    pub(crate) fn id(&mut self, kind: Kind, name: &str) -> Id {
        self.world.intern(kind, "default", name)
    }

    pub(crate) fn get(&mut self, kind: Kind, name: &str) -> Option<Arc<Object>> {
        let id = self.id(kind, name);
        self.world.get(id).cloned()
    }

    /// A claim `name` that is bound to a new CSI volume `pv-name`.
    pub(crate) fn bound_claim(&mut self, name: &str, mode: &str) {
        let volume = format!("pv-{name}");
        let claim = self.create(
            Kind::PersistentVolumeClaim,
            json!({"metadata": {"name": name, "namespace": "default", "annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
                   "spec": {"accessModes": [mode], "volumeName": volume, "resources": {"requests": {"storage": "1Gi"}}}}),
        );
        let uid = self.world.get(claim).expect("just made").meta.uid;
        let id = self.create(
            Kind::PersistentVolume,
            json!({"metadata": {"name": volume},
                   "spec": {"accessModes": [mode], "capacity": {"storage": "1Gi"}, "storageClassName": "standard",
                            "claimRef": {"namespace": "default", "name": name, "uid": uid.to_string()},
                            "csi": {"driver": crate::apiserver::DRIVER, "volumeHandle": volume}}}),
        );
        self.world
            .disks
            .insert(id, Arc::new(network_disk(id, &volume)));
        let _ = self.cx().update(id, |object| {
            object
                .as_volume_mut()
                .map(|v| v.phase = ordinal_api::storage::VolumePhase::Bound)
                .is_some()
        });
        let _ = self.cx().update(claim, |object| {
            object
                .as_claim_mut()
                .map(|c| Arc::make_mut(&mut c.status).phase = ClaimPhase::Bound)
                .is_some()
        });
    }

    /// A Pod on a Node, Running and Ready as far as the API knows, with the claim of that name unless it is empty.
    pub(crate) fn running_pod(&mut self, name: &str, node: &str, claim: &str) -> Id {
        let volumes = if claim.is_empty() {
            json!([])
        } else {
            json!([{"name": "data", "persistentVolumeClaim": {"claimName": claim}}])
        };
        let id = self.create(
            Kind::Pod,
            json!({"metadata": {"name": name, "namespace": "default"},
                   "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i"}], "volumes": volumes}}),
        );
        self.pod_status(name, |status, now| {
            status.phase = PodPhase::Running;
            status.containers = vec![ContainerStatus {
                name: Text::new_static("c"),
                ready: true,
                state: ContainerState::Running { started_at: now },
                ..ContainerStatus::default()
            }];
            condition::set(&mut status.conditions, Condition::new("Ready", true, now));
        });
        id
    }

    pub(crate) fn pod_status(&mut self, name: &str, change: impl FnOnce(&mut PodStatus, SimTime)) {
        let now = self.world.now();
        let id = self.id(Kind::Pod, name);
        let _ = self.cx().update(id, |object| {
            object
                .as_pod_mut()
                .map(|pod| change(Arc::make_mut(&mut pod.status), now))
                .is_some()
        });
    }

    pub(crate) fn delete(
        &mut self,
        kind: Kind,
        name: &str,
        options: crate::apiserver::DeleteOptions,
    ) {
        let id = self.id(kind, name);
        self.cx().delete(id, options).expect("the object exists");
    }

    /// Takes a machine's power, as its kubelet tells the node lifecycle controller.
    pub(crate) fn power_off(&mut self, name: &str) {
        let node = self.world.intern(Kind::Node, "", name);
        let (now, period) = (self.world.now(), self.world.profile().heartbeat_ms);
        let mut cx = Cx::new(&mut self.world, Component::NodeLifecycle, None);
        cx.machine(node, |machine| {
            machine.last_heartbeat = machine.heartbeat_before(now, period);
            machine.powered = false;
        });
        super::nodelifecycle::silent(&mut cx, node);
    }

    /// Lets a machine be heard again at once.
    pub(crate) fn power_on(&mut self, name: &str) {
        let node = self.world.intern(Kind::Node, "", name);
        self.cx().machine(node, |machine| machine.powered = true);
        self.set_ready(name, ConditionStatus::True);
        super::nodelifecycle::heard(
            &mut Cx::new(&mut self.world, Component::NodeLifecycle, None),
            node,
        );
    }

    /// What happened to taints and to `Ready` of Nodes.
    pub(crate) fn node_facts(&self) -> Vec<(u64, String)> {
        let entries = self
            .world
            .journal
            .iter()
            .flat_map(|e| e.facts.iter().map(move |fact| (e, fact)));
        let text = |(e, fact): (&Arc<crate::journal::Entry>, &Fact)| {
            let name = self.world.store.key(e.subject).name.clone();
            let short = |key: &Text| key.trim_start_matches("node.kubernetes.io/").to_owned();
            let text = match fact {
                Fact::NodeReady => "ready".to_owned(),
                Fact::NodeNotReady => "not ready".to_owned(),
                Fact::NodeUnknown => "unknown".to_owned(),
                Fact::Taint { key, effect } => format!("taint {}:{}", short(key), effect.as_str()),
                Fact::Untaint { key, effect } => {
                    format!("untaint {}:{}", short(key), effect.as_str())
                }
                _ => return None,
            };
            Some((e.at.0, format!("{name} {text}")))
        };
        entries.filter_map(text).filter(|(at, _)| *at > 0).collect()
    }

    /// Deletes a Pod at once, as `kubectl delete --force` does.
    pub(crate) fn force_delete(&mut self, pod: &str) {
        let options = crate::apiserver::DeleteOptions {
            grace_secs: Some(0),
            ..Default::default()
        };
        self.delete(Kind::Pod, pod, options);
    }

    pub(crate) fn run_until(&mut self, at_ms: u64) {
        while let Some(due) = self.world.next_due().filter(|due| due.0 <= at_ms) {
            self.world.set_now(due);
            while self.world.step() {}
        }
        self.world.set_now(SimTime(at_ms));
    }

    /// When these things happened, in milliseconds, by the facts of the journal that `pick` names.
    pub(crate) fn times(&self, pick: impl Fn(&Fact) -> Option<String>) -> Vec<(u64, String)> {
        let entries = self.world.journal.iter();
        entries
            .flat_map(|e| e.facts.iter().filter_map(&pick).map(|text| (e.at.0, text)))
            .collect()
    }

    /// Reason and message of every event, in order.
    pub(crate) fn events(&self) -> Vec<(u64, String)> {
        self.times(|fact| match fact {
            Fact::Event(e) => Some(format!(
                "{} {} {}",
                e.involved.name,
                e.reason,
                e.message.trim_end()
            )),
            _ => None,
        })
    }
}
