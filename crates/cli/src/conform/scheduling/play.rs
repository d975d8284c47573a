//! One case: nodes without machines, what is made before, the Pod, and what becomes of it.

mod judge;

use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, Object, SimDuration, SimTime, Text, Value};
use ordinal_core::apiserver::{DEFAULT_CLASS, DeleteOptions, Patch, PatchType, Request};
use ordinal_core::latency::Profile;
use ordinal_core::release::Release;
use ordinal_core::{Cluster, Component, Config, Fault, Id};
use serde_json::json;

use crate::conform::words;

/// A case under way.
pub(super) struct Case<'c> {
    cluster: Cluster,
    case: &'c Value,
}

/// Plays a case.
///
/// # Errors
/// The first thing that is not as recorded.
pub(super) fn check(case: &Value) -> Result<(), String> {
    let mut this = Case {
        cluster: empty_cluster(case)?,
        case,
    };
    this.prepare()?;
    if case.get("workload").is_some() {
        this.check_workload()
    } else {
        this.check_pod()
    }
}

/// No nodes and no classes; all controllers run but those of nodes.
fn empty_cluster(case: &Value) -> Result<Cluster, String> {
    let release = case["release"].as_str().unwrap_or_default();
    let release =
        Release::parse(release).ok_or_else(|| format!("release {release:?} is not simulated"))?;
    let profile = Profile {
        provision_ms: 500,
        ..Profile::EXACT
    };
    let absent = vec![
        Component::NodeLifecycle,
        Component::TaintEviction,
        Component::PodGc,
    ];
    let mut cluster = Cluster::without_history(Config {
        nodes: Vec::new(),
        release,
        profile,
        absent,
        ..Config::default()
    });
    let class = Request::Delete {
        kind: Kind::StorageClass,
        namespace: Text::default(),
        name: DEFAULT_CLASS.into(),
        options: DeleteOptions::default(),
    };
    let _ = cluster
        .request(class)
        .map_err(|status| status.message.to_string())?;
    Ok(cluster)
}

pub(super) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

impl Case<'_> {
    fn prepare(&mut self) -> Result<(), String> {
        if self.case.get("provisioner").is_none() {
            let pause = self.cluster.fault(Fault::ProvisionerPaused(true));
            pause.map_err(|status| status.message.to_string())?;
        }
        for node in list(self.case, "nodes") {
            self.add_node(node)?;
        }
        for object in list(self.case, "objects") {
            self.step(object)?;
        }
        let bound = |this: &Self| {
            words(&this.case["bound_before"])
                .iter()
                .all(|c| this.claim_phase(c) == "Bound")
        };
        for _ in 0..200 {
            if bound(self) {
                break;
            }
            self.run_ms(100);
        }
        if bound(self) {
            Ok(())
        } else {
            Err("the claims are not bound before".into())
        }
    }

    /// A node without a machine: no kubelet runs.
    fn add_node(&mut self, node: &Value) -> Result<(), String> {
        let mut labels = node.get("labels").cloned().unwrap_or_else(|| json!({}));
        for (key, value) in [
            ("hostname", &node["name"]),
            ("os", &json!("linux")),
            ("arch", &json!("amd64")),
        ] {
            labels[format!("kubernetes.io/{key}")] = value.clone();
        }
        let object = json!({
            "metadata": {"name": node["name"], "labels": labels},
            "spec": {"taints": node.get("taints").cloned().unwrap_or(json!([])), "unschedulable": node["unschedulable"] == true},
            "status": {"capacity": node["capacity"], "images": node["images"]},
        });
        let mut object =
            Object::from_value(Kind::Node, &object).map_err(|s| s.message.to_string())?;
        if let Some(node) = object.as_node_mut() {
            let ready = Condition::new("Ready", true, ordinal_api::SimTime::ZERO);
            Arc::make_mut(node).status.conditions = vec![ready];
        }
        let made = self.cluster.put(Component::ApiServer, object);
        made.map(|_| ())
            .map_err(|status| status.message.to_string())
    }

    pub(super) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(super) fn cluster_mut(&mut self) -> &mut Cluster {
        &mut self.cluster
    }

    fn run_ms(&mut self, ms: u64) {
        self.cluster.run_for(SimDuration::ms(ms));
    }

    /// An object of the namespace `default` or of the cluster.
    pub(super) fn get(&self, kind: Kind, name: &str) -> Option<&Arc<Object>> {
        let namespace = if kind.is_namespaced() { "default" } else { "" };
        self.cluster.world().store.find(kind, namespace, name)
    }

    pub(super) fn try_create(&mut self, object: Value) -> Result<(), String> {
        let request = Request::Create {
            object,
            namespace: "default".into(),
            strict: false,
        };
        let answer = self.cluster.request(request).and_then(|r| r.object());
        answer
            .map(|_| ())
            .map_err(|status| status.message.to_string())
    }

    pub(super) fn delete(
        &mut self,
        kind: Kind,
        name: &str,
        grace_secs: Option<u64>,
    ) -> Result<(), String> {
        let namespace = if kind.is_namespaced() { "default" } else { "" };
        let options = DeleteOptions {
            grace_secs,
            ..DeleteOptions::default()
        };
        let request = Request::Delete {
            kind,
            namespace: namespace.into(),
            name: name.into(),
            options,
        };
        let answer = self.cluster.request(request);
        answer
            .map(|_| ())
            .map_err(|status| status.message.to_string())
    }

    pub(super) fn patch(
        &mut self,
        kind: Kind,
        name: &str,
        type_: PatchType,
        body: Value,
    ) -> Result<(), String> {
        let namespace = if kind.is_namespaced() { "default" } else { "" };
        let patch = Patch {
            type_,
            body,
            subresource: Text::default(),
        };
        let request = Request::Patch {
            kind,
            namespace: namespace.into(),
            name: name.into(),
            patch,
        };
        let answer = self.cluster.request(request).and_then(|r| r.object());
        answer
            .map(|_| ())
            .map_err(|status| status.message.to_string())
    }

    /// Changes an object as only a component may.
    pub(super) fn amend(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        change: &mut dyn FnMut(&mut Object) -> bool,
    ) -> Result<(), String> {
        let id = (self.cluster.world().store)
            .id(kind, namespace, name)
            .ok_or_else(|| format!("there is no {kind} {name}"))?;
        let amended = self.cluster.amend(Component::Kubelet, id, change);
        amended.map_err(|status| status.message.to_string())
    }

    fn id(&self, kind: Kind, name: &str) -> Option<Id> {
        let namespace = if kind.is_namespaced() { "default" } else { "" };
        self.cluster.world().store.id(kind, namespace, name)
    }

    fn claim_phase(&self, name: &str) -> String {
        let claim = self.get(Kind::PersistentVolumeClaim, name);
        let phase = claim.and_then(|o| o.as_claim().map(|c| c.status.phase.to_string()));
        phase.unwrap_or_else(|| "gone".into())
    }

    fn node_of(&self, pod: &str) -> Text {
        let pod = self.get(Kind::Pod, pod).and_then(|o| o.as_pod());
        pod.map(|p| p.node_name.clone()).unwrap_or_default()
    }

    /// `REASON: MESSAGE` of every event about a Pod, in the order in which they were first seen.
    fn events(&self, pod: &str) -> Vec<String> {
        let events = self.cluster.world().store.list(Kind::Event);
        let mut events: Vec<_> = events
            .filter_map(|(_, o)| o.as_event())
            .filter(|e| e.involved.kind == Kind::Pod && e.involved.name == pod)
            .collect();
        events.sort_by_key(|e| e.first_seen);
        let text = |e: &ordinal_api::event::Event| format!("{}: {}", e.reason, e.message);
        events.into_iter().map(text).collect()
    }

    fn step(&mut self, step: &Value) -> Result<(), String> {
        if let Some(command) = step.get("kubectl") {
            return self.kubectl(&words(command), step["stdin"].as_str());
        }
        if let Some(wait) = step.get("wait").and_then(Value::as_str) {
            let (claim, phase) = wait
                .strip_prefix("persistentvolumeclaims/")
                .and_then(|w| w.split_once(" status.phase="))
                .ok_or_else(|| format!("cannot wait for {wait}"))?;
            for _ in 0..200 {
                if self.claim_phase(claim) == phase {
                    return Ok(());
                }
                self.run_ms(100);
            }
            return Err(format!("waited in vain for {wait}"));
        }
        self.try_create(step.clone())?;
        // Objects stand as they are given, their status as well.
        let metadata = &step["metadata"];
        let name = metadata["name"].as_str().unwrap_or_default();
        let namespace = metadata["namespace"].as_str().unwrap_or("default");
        let phase = match step["status"]["phase"]
            .as_str()
            .filter(|_| step["kind"] == "Pod")
        {
            Some("Succeeded") => Some(PodPhase::Succeeded),
            Some("Failed") => Some(PodPhase::Failed),
            Some("Running") => Some(PodPhase::Running),
            _ => None,
        };
        let ready = list(&step["status"], "conditions")
            .iter()
            .any(|c| c["type"] == "Ready" && c["status"] == "True");
        let now = self.cluster.world().now();
        let start_time = step["status"]["startTime"].as_str();
        let start_time = start_time.and_then(SimTime::parse_rfc3339);
        if step["kind"] == "Pod" && (phase.is_some() || ready || start_time.is_some()) {
            self.amend(Kind::Pod, namespace, name, &mut |o| {
                let Some(pod) = o.as_pod_mut() else {
                    return false;
                };
                let status = Arc::make_mut(&mut pod.status);
                status.phase = phase.unwrap_or(status.phase);
                status.start_time = start_time.or(status.start_time);
                if ready {
                    condition::set(&mut status.conditions, Condition::new("Ready", true, now));
                }
                true
            })?;
        }
        self.run_ms(50);
        Ok(())
    }
}
