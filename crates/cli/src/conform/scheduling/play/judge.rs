//! What became of the Pod or the workload, beside what was recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, Value};
use ordinal_core::Component;
use ordinal_core::scheduler::{Opinion, attempts, opinions};
use serde_json::json;

use super::{Case, list};
use crate::conform::words;

impl Case<'_> {
    pub(super) fn check_pod(&mut self) -> Result<(), String> {
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
        self.check_victims(name)?;
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

    /// The victims are those recorded, or one set of those where runs chose differently.
    fn check_victims(&self, name: &str) -> Result<(), String> {
        let uid = self.get(Kind::Pod, name).map(|o| o.meta.uid.to_string());
        let token = format!("{{uid:pod/{name}#1}}");
        let told = |victim: &Value| {
            let victim_name = victim["pod"].as_str().unwrap_or_default();
            let events = self.events(victim_name);
            let text = victim["message"].as_str().unwrap_or_default();
            let text = text.replace(&token, uid.as_deref().unwrap_or_default());
            if events.contains(&format!("Preempted: {text}")) {
                Ok(())
            } else {
                Err(format!("{victim_name} is told {events:?}, recorded {text}"))
            }
        };
        list(self.case, "preempted").iter().try_for_each(told)?;
        let mut sets = list(self.case, "preempted_any_of").iter();
        let all = |set: &Value| {
            set.as_array()
                .map_or_else(|| told(set).is_ok(), |s| s.iter().all(|v| told(v).is_ok()))
        };
        if sets.len() == 0 || sets.any(all) {
            Ok(())
        } else {
            Err("other Pods had to go than in any run".into())
        }
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
        // Where runs chose differently, the node is one of several.
        let choices = self.case.get("preempted_any_of").is_some();
        let same = |given: &str| {
            given == message || choices && without_node(given) == without_node(message)
        };
        if first.is_some_and(same) {
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
            Some(best) => words(best),
            None => words(&self.case["placed_on"]),
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
        let command = words(&then["kubectl"]);
        let tries = |this: &Self| -> u32 {
            let id = this.id(Kind::Pod, pod);
            id.map_or(0, |id| attempts(this.cluster.world(), id))
        };
        let before = tries(self);
        self.kubectl(&command, then["stdin"].as_str())?;
        let placed = words(&then["placed_on"]);
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
    pub(super) fn check_workload(&mut self) -> Result<(), String> {
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

/// What is said of a placement without its node and the number of victims.
fn without_node(message: &str) -> &str {
    const FOUND: &str = "found a potential placement for pod on node ";
    let at = message.find(FOUND).map(|at| at + FOUND.len());
    &message[..at.unwrap_or(message.len())]
}
