//! The few command lines that the recordings hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinal_api::node::{Taint, TaintEffect};
use ordinal_api::{Kind, Text, Value};
use serde_json::json;

use super::Case;
use crate::apiserver::DeleteOptions;
use crate::{Component, Cx};

impl Case<'_> {
    pub(super) fn kubectl(&mut self, args: &[&str]) -> Result<(), String> {
        match args {
            ["delete", kind, name, rest @ ..] => {
                let kind = Kind::from_argument(kind).ok_or("an unknown kind")?;
                let grace_secs = rest.contains(&"--force").then_some(0);
                self.lab.delete(
                    kind,
                    name,
                    DeleteOptions {
                        grace_secs,
                        ..DeleteOptions::default()
                    },
                );
            }
            ["patch", "node", name, "--subresource=status", "-p", body] => {
                let body: Value = serde_json::from_str(body).map_err(|e| e.to_string())?;
                let asked = body["status"]["allocatable"].clone();
                let quantities: BTreeMap<Text, ordinal_api::Quantity> =
                    serde_json::from_value(asked).map_err(|e| e.to_string())?;
                self.change_node(name, |node| {
                    Arc::make_mut(&mut node.status.allocatable).extend(quantities);
                });
            }
            ["patch", kind, name, "--type=merge", "-p", body] => {
                let kind = Kind::from_argument(kind).ok_or("an unknown kind")?;
                let body: Value = serde_json::from_str(body).map_err(|e| e.to_string())?;
                self.lab.patch(kind, name, body);
            }
            ["patch", "pod", name, "-p", body] => {
                let body: Value = serde_json::from_str(body).map_err(|e| e.to_string())?;
                let tolerations = serde_json::from_value(body["spec"]["tolerations"].clone());
                let tolerations: Vec<_> = tolerations.map_err(|e| e.to_string())?;
                self.change_spec(name, |spec| spec.tolerations = tolerations);
            }
            ["patch", "pod", name, "--type=json", "-p", body]
                if body.contains("schedulingGates") =>
            {
                self.change_spec(name, |spec| spec.scheduling_gates.clear());
            }
            ["label" | "annotate", kind, name, label, ..] => {
                let kind = Kind::from_argument(kind).ok_or("an unknown kind")?;
                let field = if args[0] == "label" {
                    "labels"
                } else {
                    "annotations"
                };
                let (key, value) = match label.split_once('=') {
                    Some((key, value)) => (key, json!(value)),
                    None => (label.trim_end_matches('-'), Value::Null),
                };
                self.lab
                    .patch(kind, name, json!({"metadata": {field: {key: value}}}));
            }
            ["uncordon", name] => self.change_node(name, |node| node.unschedulable = false),
            ["taint", "node", name, taint, ..] => {
                let taint = *taint;
                self.change_node(name, |node| match taint.split_once(':') {
                    None => node.taints.retain(|t| t.key != taint.trim_end_matches('-')),
                    Some((label, _)) => {
                        let (key, value) = label.split_once('=').unwrap_or((label, ""));
                        node.taints.retain(|t| t.key != key);
                        let effect = TaintEffect::NoSchedule;
                        node.taints.push(Taint {
                            key: key.into(),
                            value: value.into(),
                            effect,
                            time_added: None,
                        });
                    }
                });
            }
            ["create", "service", "clusterip", name, ..] => self.lab.create(json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                "spec": {"selector": {"app": name}, "ports": [{"port": 80}]},
            })),
            _ => return Err(format!("the test cannot run kubectl {}", args.join(" "))),
        }
        Ok(())
    }

    pub(super) fn create_yaml(&mut self, yaml: &str) -> Result<(), String> {
        for document in ordinal_manifest::read(yaml, &ordinal_manifest::Options::strict()).documents
        {
            let is_node = document.kind == "Node";
            self.lab.try_create(document.value)?;
            if is_node {
                // What no recorded Node has: the API server taints one that is not known to be Ready.
                let taint = Taint::new("node.kubernetes.io/not-ready", TaintEffect::NoSchedule);
                self.change_node(&document.name, |node| {
                    node.taints = vec![taint];
                    node.status.allocatable = Arc::default();
                });
            }
        }
        Ok(())
    }

    /// What the API server makes of a patch is its own tests' business.
    fn change_spec(&mut self, name: &str, change: impl FnOnce(&mut ordinal_api::podspec::PodSpec)) {
        let id = self.id(Kind::Pod, name);
        let mut cx = Cx::new(self.lab.0.world_mut(), Component::User, None);
        let _ = cx.update(id, |object| {
            change(Arc::make_mut(&mut object.as_pod_mut().expect("a Pod").spec));
            true
        });
    }

    fn change_node(&mut self, name: &str, change: impl FnOnce(&mut ordinal_api::node::Node)) {
        let id = self.id(Kind::Node, name);
        let mut cx = Cx::new(self.lab.0.world_mut(), Component::User, None);
        let _ = cx.update(id, |object| {
            change(Arc::make_mut(object.as_node_mut().expect("a Node")));
            true
        });
    }
}
