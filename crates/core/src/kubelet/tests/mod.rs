//! Kubelets by themselves: Pods are bound by hand.

mod crashes;
mod nodes;
mod start;
mod termination;
mod volumes;

use std::sync::Arc;

use ordinal_api::pod::{Pod, PodStatus};
use ordinal_api::storage::ClaimPhase;
use ordinal_api::{Kind, Object, SimTime, Status, Uid, Value};
use serde_json::json;

use crate::apiserver::DeleteOptions;
use crate::journal::Fact;
use crate::machine::LocalPod;
use crate::{Component, Config, Cx, Fault, Id, World};

/// A cluster of three nodes in which nobody binds Pods but the test.
pub(super) struct Test {
    pub(super) world: World,
}

impl Test {
    pub(super) fn new() -> Self {
        Self {
            world: World::new(Config::default()),
        }
    }

    pub(super) fn release(minor: u8) -> Self {
        Self {
            world: World::new(Config {
                release: crate::release::Release::of(minor),
                ..Config::default()
            }),
        }
    }

    fn cx(&mut self) -> Cx<'_> {
        Cx::new(&mut self.world, Component::User, None)
    }

    pub(super) fn create(&mut self, kind: Kind, value: &Value) -> Id {
        let mut object = Object::from_value(kind, value).expect("a valid object");
        if kind.is_namespaced() {
            object.meta.namespace = "default".into();
        }
        self.cx().create(object).expect("it is created").0
    }

    /// Creates a Pod with one container `c` on `node-1`; `spec` is laid over that.
    pub(super) fn pod(&mut self, name: &str, spec: Value) -> Id {
        let mut whole = json!({
            "nodeName": "node-1",
            "containers": [{"name": "c", "image": "nginx:1.27"}],
        });
        for (key, value) in spec.as_object().expect("an object") {
            whole[key] = value.clone();
        }
        self.create(
            Kind::Pod,
            &json!({"metadata": {"name": name}, "spec": whole}),
        )
    }

    /// A Pod that mounts a bound claim at `/data`; the volume lies in a folder of each node.
    pub(super) fn pod_with_claim(&mut self, name: &str, node: &str, claim: &str) -> Id {
        self.pod(name, json!({
            "nodeName": node,
            "containers": [{"name": "c", "image": "nginx:1.27", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}],
        }))
    }

    /// A bound claim and its volume `pv-CLAIM` with this source; returns the volume.
    pub(super) fn claim(&mut self, name: &str, source: Value) -> Id {
        let volume = format!("pv-{name}");
        let mut spec = json!({
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "by-hand",
            "claimRef": {"namespace": "default", "name": name},
        });
        for (key, value) in source.as_object().expect("an object") {
            spec[key] = value.clone();
        }
        let id = self.create(
            Kind::PersistentVolume,
            &json!({"metadata": {"name": volume}, "spec": spec}),
        );
        let claim = self.create(
            Kind::PersistentVolumeClaim,
            &json!({"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "by-hand", "volumeName": volume}}),
        );
        self.bind_claim(claim);
        id
    }

    pub(super) fn bind_claim(&mut self, claim: Id) {
        self.change(claim, |object| {
            let claim = object.as_claim_mut().expect("a claim");
            Arc::make_mut(&mut claim.status).phase = ClaimPhase::Bound
        });
    }

    pub(super) fn change(&mut self, id: Id, change: impl FnOnce(&mut Object)) {
        let changed = self.cx().update(id, |object| {
            change(object);
            true
        });
        changed.expect("it exists");
    }

    pub(super) fn delete(&mut self, id: Id, grace_secs: Option<u64>) {
        let options = DeleteOptions {
            grace_secs,
            ..DeleteOptions::default()
        };
        self.cx().delete(id, options).expect("it exists");
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        super::faults::apply(&mut self.world, &fault).expect("the fault happens");
    }

    pub(super) fn refused(&mut self, fault: Fault) -> Status {
        super::faults::apply(&mut self.world, &fault).expect_err("the fault is refused")
    }

    /// Runs until a moment, in milliseconds.
    pub(super) fn until(&mut self, ms: u64) {
        let end = SimTime(ms);
        while let Some(due) = self.world.next_due().filter(|due| *due <= end) {
            self.world.set_now(due);
            while self.world.step() {}
        }
        self.world.set_now(end);
    }

    pub(super) fn node(&self, name: &str) -> Id {
        self.world.store.id(Kind::Node, "", name).expect("a node")
    }

    pub(super) fn object(&self, pod: Id) -> Option<Pod> {
        self.world.get(pod).and_then(|o| o.as_pod()).cloned()
    }

    pub(super) fn status(&self, pod: Id) -> Arc<PodStatus> {
        self.object(pod).expect("the Pod exists").status
    }

    pub(super) fn uid(&self, id: Id) -> Uid {
        self.world.get(id).expect("it exists").meta.uid
    }

    /// What a machine has of an incarnation.
    pub(super) fn local(&self, node: &str, uid: Uid) -> Option<Arc<LocalPod>> {
        self.world.machines[&self.node(node)]
            .pods
            .get(&uid)
            .cloned()
    }

    /// The journal's facts about an object, with their times; what the kubelet tells in events is left out.
    pub(super) fn facts(&self, id: Id) -> Vec<String> {
        let of = |entry: &Arc<crate::journal::Entry>| {
            let facts = entry
                .facts
                .iter()
                .map(|fact| format!("{} {fact:?}", entry.at.as_ms()));
            facts.collect::<Vec<_>>()
        };
        self.world
            .journal
            .iter()
            .filter(|e| e.subject == id)
            .flat_map(of)
            .collect()
    }

    /// When a fact about an object happened, in milliseconds.
    pub(super) fn times(&self, id: Id, wanted: impl Fn(&Fact) -> bool) -> Vec<u64> {
        let entries = self
            .world
            .journal
            .iter()
            .filter(|e| e.subject == id && e.facts.iter().any(&wanted));
        entries.map(|e| e.at.as_ms()).collect()
    }

    /// `Reason: message` of the kubelet's events about an object, oldest first.
    pub(super) fn events(&self, id: Id) -> Vec<String> {
        let key = self.world.store.key(id).clone();
        let all = self
            .world
            .store
            .list(Kind::Event)
            .filter_map(|(_, o)| o.as_event().cloned());
        let about = all.filter(|e| *e.involved == *key && e.component == "kubelet");
        about
            .map(|e| format!("{}: {}", e.reason, e.message))
            .collect()
    }

    /// Status and reason of a condition.
    pub(super) fn condition(&self, pod: Id, type_: &str) -> String {
        let status = self.status(pod);
        let condition = ordinal_api::condition::find(&status.conditions, type_)
            .expect("the condition is there");
        format!(
            "{} {} {}",
            condition.status.as_str(),
            condition.reason,
            condition.message
        )
        .trim_end()
        .to_owned()
    }

    /// State of its first container: the waiting reason, `Running`, or the exit code.
    pub(super) fn state(&self, pod: Id) -> String {
        match &self.status(pod).containers[0].state {
            ordinal_api::pod::ContainerState::Waiting { reason, .. } => reason.to_string(),
            ordinal_api::pod::ContainerState::Running { .. } => "Running".to_owned(),
            ordinal_api::pod::ContainerState::Terminated {
                exit_code, reason, ..
            } => format!("{reason} {exit_code}"),
        }
    }

    /// Name of the guard that holds the kubelet about a Pod.
    pub(super) fn guard(&self, pod: Id) -> Option<&'static str> {
        self.world
            .waits
            .get(&(pod, Component::Kubelet))
            .map(|w| w.guard.name)
    }
}
