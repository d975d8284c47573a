//! The command lines that cases hold. What changes an object goes through the API server; a status does not, for there
//! nobody but the recorded hand writes it.

use ordinal_api::read::Read;
use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, Object, Quantity, Text, Value};
use ordinal_core::apiserver::PatchType;
use ordinal_kubectl::Session;
use serde_json::json;

use super::play::{Case, list};

impl Case<'_> {
    /// Gives a command.
    ///
    /// # Errors
    /// What is refused, or not known here.
    pub(super) fn kubectl(&mut self, args: &[&str], stdin: Option<&str>) -> Result<(), String> {
        match args {
            ["create", "-f", "-", ..] if stdin.is_some() => {
                self.create_yaml(stdin.unwrap_or_default())
            }
            ["apply", "-f", "-", ..] if stdin.is_some() => {
                match self.create_yaml(stdin.unwrap_or_default()) {
                    Err(why) if why.ends_with("already exists") => self.type_in(args, stdin),
                    made => made,
                }
            }
            ["create", "service", "clusterip", name, ..] => self.try_create(json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                "spec": {"selector": {"app": name}, "ports": [{"port": 80}]},
            })),
            ["delete", rest @ ..] if !rest.contains(&"-f") && !rest.contains(&"-n") => {
                self.delete_all(rest)
            }
            ["patch", rest @ ..] => self.patch_one(rest),
            _ => self.type_in(args, stdin),
        }
    }

    fn type_in(&mut self, args: &[&str], stdin: Option<&str>) -> Result<(), String> {
        let quoted = args
            .iter()
            .map(|word| format!("'{}'", word.replace('\'', "'\\''")));
        let line = quoted.fold("kubectl".to_owned(), |line, word| format!("{line} {word}"));
        let mut session = Session::with_stdin(stdin.unwrap_or_default());
        let output = ordinal_kubectl::run(self.cluster_mut(), &mut session, &line);
        if output.exit == 0 {
            Ok(())
        } else {
            Err(format!("{}: {}", args.join(" "), output.stderr.trim_end()))
        }
    }

    fn delete_all(&mut self, rest: &[&str]) -> Result<(), String> {
        let grace = rest.iter().find_map(|w| w.strip_prefix("--grace-period="));
        let grace = grace.and_then(|g| g.parse::<u64>().ok());
        let grace_secs = if rest.contains(&"--force") {
            Some(0)
        } else {
            grace
        };
        for (kind, name) in targets(rest)? {
            self.delete(kind, name, grace_secs)?;
        }
        Ok(())
    }

    fn patch_one(&mut self, rest: &[&str]) -> Result<(), String> {
        let option = |name: &str| {
            let at = rest.iter().position(|w| *w == name);
            let apart = at.and_then(|at| rest.get(at + 1)).copied();
            apart.or_else(|| {
                rest.iter()
                    .find_map(|w| w.strip_prefix(name)?.strip_prefix('='))
            })
        };
        let body = option("-p").or_else(|| option("--patch")).unwrap_or("{}");
        let body: Value = serde_json::from_str(body).map_err(|e| e.to_string())?;
        let type_ = match option("--type") {
            Some("merge") => PatchType::Merge,
            Some("json") => PatchType::Json,
            _ => PatchType::Strategic,
        };
        let words: Vec<&str> = rest
            .iter()
            .copied()
            .take_while(|w| !w.starts_with('-'))
            .collect();
        let (kind, name) = *targets(&words)?.first().ok_or("nothing to patch")?;
        if option("--subresource") == Some("status") {
            return self.patch_status(kind, name, &body);
        }
        let Err(refused) = self.patch(kind, name, type_, body.clone()) else {
            return Ok(());
        };
        // What the API server makes of a patch is for other recordings to tell: here the change counts.
        let spec = body["spec"].clone();
        let opens = type_ == PatchType::Json && body.to_string().contains("schedulingGates");
        if kind != Kind::Pod || !(opens || spec.get("tolerations").is_some()) {
            return Err(refused);
        }
        let tolerations: Option<Vec<_>> = Read::read(&spec["tolerations"])?;
        self.amend(kind, namespace_of(kind), name, &mut |object| {
            let Some(pod) = object.as_pod_mut() else {
                return false;
            };
            let spec = Arc::make_mut(&mut pod.spec);
            if let Some(tolerations) = &tolerations {
                spec.tolerations.clone_from(tolerations);
            }
            if opens {
                spec.scheduling_gates.clear();
            }
            true
        })
    }

    fn patch_status(&mut self, kind: Kind, name: &str, body: &Value) -> Result<(), String> {
        let body = merge_of(body);
        let status = &body["status"];
        let ready = list(status, "conditions")
            .iter()
            .any(|c| c["type"] == "Ready" && c["status"] == "True");
        let phase = status["phase"].as_str().map(str::to_owned);
        let now = self.cluster().world().now();
        self.amend(kind, namespace_of(kind), name, &mut |object| {
            if let Some(node) = object.as_node_mut() {
                let given = &mut Arc::make_mut(node).status;
                merge(&mut given.capacity, &status["capacity"]);
                merge(&mut given.allocatable, &status["allocatable"]);
                if let Some(images) = status.get("images") {
                    given.images = Arc::new(images.clone());
                }
                return true;
            }
            let Some(pod) = object.as_pod_mut() else {
                return false;
            };
            let given = Arc::make_mut(&mut pod.status);
            if ready {
                condition::set(&mut given.conditions, Condition::new("Ready", true, now));
            }
            match phase.as_deref() {
                Some("Succeeded") => given.phase = PodPhase::Succeeded,
                Some("Failed") => given.phase = PodPhase::Failed,
                Some("Running") => given.phase = PodPhase::Running,
                _ => return ready,
            }
            true
        })
    }

    fn create_yaml(&mut self, yaml: &str) -> Result<(), String> {
        let strict = ordinal_manifest::Options::strict();
        for mut document in ordinal_manifest::read(yaml, &strict).documents {
            let is_node = document.kind == "Node";
            if is_node {
                // The API server taints a Node that is not known to be Ready, and takes no capacity from its maker.
                let spec = &document.value["spec"];
                let mut taints = list(spec, "taints").to_vec();
                taints.push(json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}));
                document.value["spec"]["taints"] = taints.into();
                document.value["status"] = json!({});
            }
            self.try_create(document.value)?;
            if is_node {
                let fresh = &mut |object: &mut Object| {
                    let node = object
                        .as_node_mut()
                        .filter(|n| !n.status.allocatable.is_empty());
                    let Some(node) = node else { return false };
                    Arc::make_mut(node).status.allocatable = Arc::default();
                    true
                };
                self.amend(Kind::Node, "", &document.name, fresh)?;
            }
        }
        Ok(())
    }
}

/// A list of JSON patch operations as the merge patch that does the same, where they add, replace or remove fields.
fn merge_of(body: &Value) -> Value {
    let Some(operations) = body.as_array() else {
        return body.clone();
    };
    let mut merged = json!({});
    for operation in operations {
        let path = operation["path"].as_str().unwrap_or_default();
        let mut at = &mut merged;
        for part in path.split('/').skip(1) {
            at = &mut at[part.replace("~1", "/").replace("~0", "~")];
        }
        *at = operation["value"].clone();
    }
    merged
}

/// Takes amounts into those of a node; null takes one away.
fn merge(amounts: &mut Arc<SortedMap<Text, Quantity>>, change: &Value) {
    let amounts = Arc::make_mut(amounts);
    for (name, amount) in change.as_object().into_iter().flatten() {
        match Quantity::read(amount) {
            Ok(amount) => amounts.insert(name.as_str().into(), amount),
            Err(_) => amounts.remove(name.as_str()),
        };
    }
}

/// The namespace that commands mean where they name none.
fn namespace_of(kind: Kind) -> &'static str {
    if kind.is_namespaced() { "default" } else { "" }
}

/// `pod a b`, `pod/a pod/b`: kinds and names up to the options.
fn targets<'a>(words: &[&'a str]) -> Result<Vec<(Kind, &'a str)>, String> {
    let kind = |word: &str| Kind::from_argument(word).ok_or_else(|| format!("the kind {word}"));
    let names: Vec<&str> = words
        .iter()
        .copied()
        .filter(|w| !w.starts_with('-'))
        .collect();
    if names.iter().any(|w| w.contains('/')) {
        let split = |w: &&'a str| w.split_once('/').ok_or_else(|| format!("the name {w}"));
        return names
            .iter()
            .map(split)
            .map(|found| found.and_then(|(k, name)| Ok((kind(k)?, name))))
            .collect();
    }
    let Some((first, rest)) = names.split_first() else {
        return Ok(Vec::new());
    };
    let kind = kind(first)?;
    Ok(rest.iter().map(|name| (kind, *name)).collect())
}
