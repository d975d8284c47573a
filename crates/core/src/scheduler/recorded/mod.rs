//! The verdicts of a real scheduler, to the letter: `../shared/conformance/scheduling`.

mod kubectl;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, Object, SimDuration, Value};
use serde_json::json;

use crate::apiserver::DeleteOptions;
use crate::controllers::Controller;
use crate::lab::Lab;
use crate::latency::Profile;
use crate::queue::Work;
use crate::{Cluster, Component, Config, Cx};

fn recordings() -> Option<PathBuf> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/scheduling");
    folder.is_dir().then_some(folder)
}

fn say(line: &str) {
    // Not println!, which libtest swallows when a test passes.
    let _ = writeln!(std::io::stdout(), "\n{line}");
}

#[test]
fn the_recorded_verdicts_are_given() {
    let Some(folder) = recordings() else {
        say("skipped: ../shared/conformance/scheduling is not there");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("it is a folder")
        .flatten()
        .map(|e| e.path())
        .collect();
    files.sort();
    let mut wrong = Vec::new();
    for file in files
        .iter()
        .filter(|f| f.extension().is_some_and(|e| e == "json"))
    {
        let text = std::fs::read_to_string(file).expect("a recording can be read");
        let cases: Vec<Value> =
            serde_json::from_str(&text).expect("a recording is a list of cases");
        let mut passed = 0;
        for case in &cases {
            let name = case["name"].as_str().expect("a case has a name");
            match check(case) {
                Ok(()) => passed += 1,
                Err(why) => wrong.push(format!("{name}: {why}")),
            }
        }
        let file = file
            .file_name()
            .map(|f| f.to_string_lossy().into_owned())
            .unwrap_or_default();
        say(&format!(
            "scheduling/{file}: {passed} of {} pass",
            cases.len()
        ));
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A case under way.
struct Case<'c> {
    lab: Lab,
    case: &'c Value,
}

fn check(case: &Value) -> Result<(), String> {
    let mut this = Case {
        lab: empty_lab(),
        case,
    };
    this.prepare()?;
    if case.get("workload").is_some() {
        this.check_workload()
    } else {
        this.check_pod()
    }
}

fn empty_lab() -> Lab {
    let profile = Profile {
        provision_ms: 500,
        ..Profile::EXACT
    };
    let mut lab = Lab(Cluster::new(Config {
        nodes: Vec::new(),
        profile,
        ..Config::default()
    }));
    lab.delete(
        Kind::StorageClass,
        crate::apiserver::DEFAULT_CLASS,
        DeleteOptions::default(),
    );
    lab
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
            crate::storage::set_provisioner_paused(self.lab.0.world_mut(), true);
        }
        for node in list(self.case, "nodes") {
            self.add_node(node);
        }
        for object in list(self.case, "objects") {
            self.step(object)?;
        }
        let bound = |this: &Self| {
            texts(&this.case["bound_before"])
                .iter()
                .all(|c| this.lab.claim_phase(c) == "Bound")
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
    fn add_node(&mut self, node: &Value) {
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
        let mut object = Object::from_value(Kind::Node, &object).expect("a recorded node is valid");
        let ready = Condition::new("Ready", true, ordinal_api::SimTime::ZERO);
        let node = object.as_node_mut().expect("it is a Node");
        Arc::make_mut(node).status.conditions = vec![ready];
        let mut cx = Cx::new(self.lab.0.world_mut(), Component::ApiServer, None);
        cx.create(object).expect("a recorded node is new");
    }

    /// Lets time pass. No node controller runs, as in the recordings.
    fn run_ms(&mut self, ms: u64) {
        let world = self.lab.0.world_mut();
        let end = world.now() + SimDuration::ms(ms);
        while let Some(at) = world.next_due().filter(|at| *at <= end) {
            world.set_now(at);
            while let Some(due) = world.queue.pop(at) {
                let node_controller = match due.work {
                    Work::Node(_) | Work::Eviction(_) => true,
                    Work::Sync(controller, _) => {
                        matches!(
                            controller,
                            Controller::NodeLifecycle
                                | Controller::TaintEviction
                                | Controller::PodGc
                        )
                    }
                    _ => false,
                };
                if !node_controller {
                    world.perform(due);
                }
            }
        }
        world.set_now(end);
    }

    fn step(&mut self, step: &Value) -> Result<(), String> {
        if let Some(command) = step.get("kubectl") {
            return self.kubectl(&texts(command));
        }
        if let Some(wait) = step.get("wait").and_then(Value::as_str) {
            let (claim, phase) = wait
                .strip_prefix("persistentvolumeclaims/")
                .and_then(|w| w.split_once(" status.phase="))
                .ok_or_else(|| format!("cannot wait for {wait}"))?;
            for _ in 0..200 {
                if self.lab.claim_phase(claim) == phase {
                    return Ok(());
                }
                self.run_ms(100);
            }
            return Err(format!("waited in vain for {wait}"));
        }
        let finished = step["status"]["phase"] == "Succeeded";
        self.lab.try_create(step.clone())?;
        if finished {
            let id = self.id(
                Kind::Pod,
                step["metadata"]["name"].as_str().unwrap_or_default(),
            );
            let mut cx = Cx::new(self.lab.0.world_mut(), Component::Kubelet, None);
            let _ = cx.update(id, |o| {
                Arc::make_mut(&mut o.as_pod_mut().expect("a Pod").status).phase =
                    PodPhase::Succeeded;
                true
            });
        }
        self.run_ms(50);
        Ok(())
    }

    fn id(&mut self, kind: Kind, name: &str) -> crate::Id {
        self.lab.0.world_mut().intern(kind, "default", name)
    }

    fn check_pod(&mut self) -> Result<(), String> {
        let pod = &self.case["pod"];
        let name = pod["metadata"]["name"]
            .as_str()
            .ok_or("the Pod has no name")?;
        self.lab.try_create(pod.clone())?;
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
            let bound = self.lab.get(Kind::PersistentVolumeClaim, claim);
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
            let events = self.lab.events(Kind::Pod, name);
            let pod = self.lab.get(
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
        let id = self.id(Kind::Pod, pod);
        let opinions = super::opinions(self.lab.0.world(), id)
            .map_err(|why| format!("not looked at: {why:?}"))?;
        let scores = |o: &super::Opinion| Some((o.node.to_string(), o.score?));
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
        let events = self.lab.events(Kind::Pod, pod);
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
        let object = self.lab.get(Kind::Pod, pod).ok_or("the Pod is gone")?;
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
        let node = self.lab.node_of(pod);
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
            let id = this.lab.0.world().store.id(Kind::Pod, "default", pod);
            id.and_then(|id| this.lab.0.world().parts.scheduler.waiters.get(&id))
                .map_or(0, |w| w.attempts)
        };
        let before = tries(self);
        match then.get("stdin").and_then(Value::as_str) {
            Some(yaml) => self.create_yaml(yaml)?,
            None => self.kubectl(&command)?,
        }
        let placed = texts(&then["placed_on"]);
        // Seconds with one decimal; a little more is given.
        let most = then["t_s"][1].to_string();
        let most = most.split_once('.').and_then(|(secs, tenths)| {
            Some(secs.parse::<u64>().ok()? * 1000 + tenths.parse::<u64>().ok()? * 100 + 400)
        });
        let most = most.unwrap_or(20_000);
        let wait = then["waited_s"].as_u64().map_or(most, |s| s * 1000);
        self.run_ms(wait);
        let node = self.lab.node_of(pod);
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
            let object = self.lab.get(Kind::Pod, pod).ok_or("the Pod is gone")?;
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
        self.lab.try_create(self.case["workload"].clone())?;
        for _ in 0..60 {
            self.run_ms(200);
            let pods = self
                .lab
                .0
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
                let mut cx = Cx::new(self.lab.0.world_mut(), Component::Kubelet, None);
                let now = cx.now();
                let _ = cx.update(id, |o| {
                    let status = Arc::make_mut(&mut o.as_pod_mut().expect("a Pod").status);
                    status.phase = PodPhase::Running;
                    condition::set(&mut status.conditions, Condition::new("Ready", true, now))
                });
            }
        }
        let pods = self
            .lab
            .0
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
            let given = self.lab.events(Kind::Pod, &pod.meta.name);
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
