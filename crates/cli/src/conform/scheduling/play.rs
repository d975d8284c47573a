//! One case: nodes without machines, what is made before, the Pod, and what becomes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, Object, SimDuration, Text, Value};
use ordinal_core::apiserver::{DEFAULT_CLASS, DeleteOptions, Patch, PatchType, Request};
use ordinal_core::latency::Profile;
use ordinal_core::release::Release;
use ordinal_core::scheduler::{Opinion, attempts, opinions};
use ordinal_core::{Cluster, Component, Config, Fault, Id};
use serde_json::json;

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

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
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
            texts(&this.case["bound_before"])
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
            "status": {"capacity": node["capacity"]},
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
        name: &str,
        change: &mut dyn FnMut(&mut Object) -> bool,
    ) -> Result<(), String> {
        let id = self
            .id(kind, name)
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
            return self.kubectl(&texts(command), step["stdin"].as_str());
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
        let name = step["metadata"]["name"].as_str().unwrap_or_default();
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
        if phase.is_some() || ready && step["kind"] == "Pod" {
            self.amend(Kind::Pod, name, &mut |o| {
                let Some(pod) = o.as_pod_mut() else {
                    return false;
                };
                let status = Arc::make_mut(&mut pod.status);
                status.phase = phase.unwrap_or(status.phase);
                if ready {
                    condition::set(&mut status.conditions, Condition::new("Ready", true, now));
                }
                true
            })?;
        }
        self.run_ms(50);
        Ok(())
    }

    fn check_pod(&mut self) -> Result<(), String> {
        let pod = &self.case["pod"];
        let name = pod["metadata"]["name"]
            .as_str()
            .ok_or("the Pod has no name")?;
        self.try_create(pod.clone())?;
        if !self.case["message"].is_null() {
            // The scores are those of the attempt that came after it.
            self.run_ms(22);
        }
        self.check_scores(name)?;
        self.run_ms(30);
        if let Some(message) = self.case["message"].as_str() {
            self.check_message(name, message)?;
        }
        self.run_ms(if self.case["placed_on"].is_null() {
            70
        } else {
            3000
        });
        self.check_condition(name)?;
        self.check_place(name)?;
        for (claim, volume) in self
            .case
            .get("bound")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let bound = self.get(Kind::PersistentVolumeClaim, claim);
            let bound = bound
                .and_then(|o| o.as_claim().map(|c| c.volume_name.clone()))
                .unwrap_or_default();
            let expected = volume.as_str().unwrap_or_default();
            if bound != expected && !(expected.starts_with("{pv:") && bound.starts_with("pvc-")) {
                return Err(format!(
                    "claim {claim} is bound to {bound:?}, recorded {expected}"
                ));
            }
        }
        for victim in list(self.case, "preempted") {
            let name = victim["pod"].as_str().unwrap_or_default();
            let events = self.events(name);
            let pod = self.get(
                Kind::Pod,
                self.case["pod"]["metadata"]["name"]
                    .as_str()
                    .unwrap_or_default(),
            );
            let uid = pod.map(|o| o.meta.uid.to_string()).unwrap_or_default();
            let text = victim["message"]
                .as_str()
                .unwrap_or_default()
                .replace("{uid:pod/urgent#1}", &uid);
            if !events.contains(&format!("Preempted: {text}")) {
                return Err(format!("{name} is told {events:?}, recorded {text}"));
            }
        }
        if let Some(recorded) = self.case.get("nominated") {
            let pod = self.get(Kind::Pod, name).and_then(|o| o.as_pod());
            let given = pod.map(|p| p.status.nominated_node_name.as_str());
            let given = given.unwrap_or_default();
            if given != recorded.as_str().unwrap_or_default() {
                return Err(format!("is promised {given:?}, recorded {recorded}"));
            }
        }
        self.run_ms(12_000);
        for then in list(self.case, "then").to_vec() {
            self.check_then(name, &then)?;
        }
        Ok(())
    }

    fn check_scores(&mut self, pod: &str) -> Result<(), String> {
        let Some(recorded) = self.case.get("scores").and_then(Value::as_object) else {
            return Ok(());
        };
        let id = self.id(Kind::Pod, pod).ok_or("the Pod is gone")?;
        let opinions =
            opinions(self.cluster.world(), id).map_err(|why| format!("not looked at: {why:?}"))?;
        let scores = |o: &Opinion| Some((o.node.to_string(), o.score?));
        let given: BTreeMap<String, i64> = opinions.iter().filter_map(scores).collect();
        let recorded: BTreeMap<String, i64> = recorded
            .iter()
            .map(|(node, s)| (node.clone(), s["total"].as_i64().unwrap_or_default()))
            .collect();
        if given == recorded {
            Ok(())
        } else {
            Err(format!("scores {given:?}, recorded {recorded:?}"))
        }
    }

    fn check_message(&self, pod: &str, message: &str) -> Result<(), String> {
        let events = self.events(pod);
        let first = events
            .iter()
            .find_map(|e| e.strip_prefix("FailedScheduling: "));
        if first == Some(message) {
            Ok(())
        } else {
            Err(format!("says {first:?}, recorded {message}"))
        }
    }

    fn check_condition(&self, pod: &str) -> Result<(), String> {
        let Some(recorded) = self
            .case
            .get("condition")
            .filter(|_| self.case["placed_on"].is_null())
        else {
            return Ok(());
        };
        let object = self.get(Kind::Pod, pod).ok_or("the Pod is gone")?;
        let given = condition::find(
            &object.as_pod().expect("a Pod").status.conditions,
            "PodScheduled",
        );
        let given = given.map(
            |c| json!({"status": c.status.as_str(), "reason": c.reason, "message": c.message}),
        );
        let given = given.unwrap_or(Value::Null);
        if given == *recorded {
            Ok(())
        } else {
            Err(format!("condition {given}, recorded {recorded}"))
        }
    }

    fn check_place(&self, pod: &str) -> Result<(), String> {
        let right = match self.case.get("best").filter(|b| !b.is_null()) {
            Some(best) => texts(best),
            None => texts(&self.case["placed_on"]),
        };
        let node = self.node_of(pod);
        let ok = if right.is_empty() {
            node.is_empty()
        } else {
            right.contains(&node.as_str())
        };
        if ok {
            Ok(())
        } else {
            Err(format!("is on {node:?}, recorded {right:?}"))
        }
    }

    fn check_then(&mut self, pod: &str, then: &Value) -> Result<(), String> {
        let command = texts(&then["kubectl"]);
        let tries = |this: &Self| -> u32 {
            let id = this.id(Kind::Pod, pod);
            id.map_or(0, |id| attempts(this.cluster.world(), id))
        };
        let before = tries(self);
        self.kubectl(&command, then["stdin"].as_str())?;
        let placed = texts(&then["placed_on"]);
        // Seconds with one decimal; a little more is given.
        let most = then["t_s"][1].to_string();
        let most = most.split_once('.').and_then(|(secs, tenths)| {
            Some(secs.parse::<u64>().ok()? * 1000 + tenths.parse::<u64>().ok()? * 100 + 400)
        });
        let most = most.unwrap_or(20_000);
        let wait = then["waited_s"].as_u64().map_or(most, |s| s * 1000);
        self.run_ms(wait);
        let node = self.node_of(pod);
        if placed.is_empty() != node.is_empty() {
            return Err(format!(
                "after {command:?} it is on {node:?} after {wait} ms, recorded {placed:?}"
            ));
        }
        if let Some(tried) = then["tried_again"].as_bool()
            && tried != (tries(self) > before)
        {
            return Err(format!(
                "after {command:?} tried again: {}, recorded {tried}",
                !tried
            ));
        }
        if let (Some(message), true) = (then["message"].as_str(), placed.is_empty()) {
            let object = self.get(Kind::Pod, pod).ok_or("the Pod is gone")?;
            let given = condition::find(
                &object.as_pod().expect("a Pod").status.conditions,
                "PodScheduled",
            );
            let given = given.map(|c| c.message.as_str());
            if given != Some(message) {
                return Err(format!(
                    "after {command:?} it says {given:?}, recorded {message}"
                ));
            }
        }
        Ok(())
    }

    /// A workload whose Pods become Ready as soon as they have a node.
    fn check_workload(&mut self) -> Result<(), String> {
        self.try_create(self.case["workload"].clone())?;
        for _ in 0..60 {
            self.run_ms(200);
            let pods = self
                .cluster
                .world()
                .store
                .list(Kind::Pod)
                .map(|(id, o)| (id, o.clone()))
                .collect::<Vec<_>>();
            for (id, object) in pods {
                let pod = object.as_pod().expect("a Pod");
                if pod.node_name.is_empty() || pod.is_ready() {
                    continue;
                }
                let now = self.cluster.world().now();
                let amended = self.cluster.amend(Component::Kubelet, id, &mut |o| {
                    let Some(pod) = o.as_pod_mut() else {
                        return false;
                    };
                    let status = Arc::make_mut(&mut pod.status);
                    status.phase = PodPhase::Running;
                    condition::set(&mut status.conditions, Condition::new("Ready", true, now))
                });
                amended.map_err(|status| status.message.to_string())?;
            }
        }
        let pods = self
            .cluster
            .world()
            .store
            .list(Kind::Pod)
            .map(|(_, o)| o.clone())
            .collect::<Vec<_>>();
        // Nodes of one zone are alike, and so are Pods: how many where is what counts.
        let place = |node: &str| {
            let node = list(self.case, "nodes").iter().find(|n| n["name"] == node);
            let zone = node.and_then(|n| n["labels"]["topology.kubernetes.io/zone"].as_str());
            zone.or(node.and_then(|n| n["name"].as_str()))
                .unwrap_or_default()
                .to_owned()
        };
        let counts = |nodes: Vec<String>| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for node in nodes {
                *counts.entry(place(&node)).or_default() += 1;
            }
            let unplaced = counts.remove("").unwrap_or_default();
            let mut counts: Vec<usize> = counts.into_values().collect();
            counts.sort_unstable();
            (unplaced, counts)
        };
        let given = pods
            .iter()
            .map(|o| o.as_pod().expect("a Pod").node_name.to_string())
            .collect();
        let nodes = counts(given);
        let recorded = list(self.case, "placements").iter().map(|run| {
            let nodes = run.as_object().map_or_else(
                || run.as_array().cloned().unwrap_or_default(),
                |pods| pods.values().cloned().collect(),
            );
            counts(
                nodes
                    .iter()
                    .map(|n| n.as_str().unwrap_or_default().to_owned())
                    .collect(),
            )
        });
        let recorded: Vec<_> = recorded.collect();
        if !recorded.contains(&nodes) {
            return Err(format!("placed on {nodes:?}, recorded {recorded:?}"));
        }
        let messages = &self.case["messages"];
        let messages: Vec<&Value> = match messages {
            Value::Array(list) => list.iter().collect(),
            other => other
                .as_object()
                .into_iter()
                .flat_map(|m| m.values())
                .collect(),
        };
        for pod in pods
            .iter()
            .filter(|o| o.as_pod().expect("a Pod").node_name.is_empty())
        {
            let given = self.events(&pod.meta.name);
            let said = |m: &&&Value| {
                given
                    .iter()
                    .any(|e| e.strip_prefix("FailedScheduling: ") == m.as_str())
            };
            if !messages.iter().any(|m| said(&m)) {
                return Err(format!(
                    "{} says {given:?}, recorded {messages:?}",
                    pod.meta.name
                ));
            }
        }
        Ok(())
    }
}
