//! Commands that take time, or that the terminal does not know yet.

use ordinal_api::{Kind, SimDuration, Text, Value};
use ordinal_core::apiserver::{Patch, PatchType, Request};
use ordinal_kubectl::{Output, Session};
use serde_json::json;

use super::play::Player;

/// Runs a command.
pub(super) fn run(player: &mut Player<'_>, session: &mut Session, words: &[&str]) -> Output {
    match words {
        ["set", "image", target, change] => set(
            player,
            target,
            change,
            |name, value| json!([{"name": name, "image": value}]),
        ),
        ["patch", kind, name, rest @ ..] => patch(player, kind, name, rest),
        ["rollout", "pause", to] => {
            rollout(player, to, json!({"spec": {"paused": true}}), "paused")
        }
        ["rollout", "resume", to] => {
            rollout(player, to, json!({"spec": {"paused": null}}), "resumed")
        }
        ["rollout", "undo", to, rest @ ..] => undo(player, to, rest),
        ["set", "env", to, change] => {
            let (Some((kind, name)), Some((key, value))) = (target(to), change.split_once('='))
            else {
                return Output::error("usage");
            };
            let c = player
                .cluster
                .world()
                .store
                .find(kind, "default", name)
                .map(|o| o.to_value()["spec"]["template"]["spec"]["containers"][0]["name"].clone());
            let body = json!({"spec": {"template": {"spec": {"containers": [{"name": c, "env": [{"name": key, "value": value}]}]}}}});
            match send(player, kind, name, PatchType::Strategic, body, "") {
                Ok(()) => Output::line(format!("{} env updated", full(kind, name))),
                Err(output) => output,
            }
        }
        ["wait", what, rest @ ..] if rest.contains(&"--for=delete") => {
            let (kind, name) = target(what).unwrap_or((Kind::Pod, ""));
            let seconds = rest.iter().find_map(|w| {
                w.strip_prefix("--timeout=")?
                    .trim_end_matches('s')
                    .parse::<u64>()
                    .ok()
            });
            let end = player.cluster.world().now() + SimDuration::secs(seconds.unwrap_or(30));
            while player.cluster.world().now() < end
                && player
                    .cluster
                    .world()
                    .store
                    .find(kind, "default", name)
                    .is_some()
            {
                player.pass(50);
            }
            Output::default()
        }
        ["wait", _, rest @ ..] | ["rollout", "status", _, rest @ ..] => {
            let seconds = rest.iter().find_map(|w| {
                w.strip_prefix("--timeout=")?
                    .trim_end_matches('s')
                    .parse::<u64>()
                    .ok()
            });
            if let Some(seconds) = seconds.filter(|s| *s < 10) {
                player.pass(seconds * 1000);
            }
            Output::default()
        }
        ["delete", rest @ ..] => delete(player, session, words, rest),
        _ => ordinal_kubectl::run(&mut player.cluster, session, &line(words)),
    }
}

fn line(words: &[&str]) -> String {
    let quoted = words
        .iter()
        .map(|word| format!("'{}'", word.replace('\'', "'\\''")));
    quoted.fold("kubectl".to_owned(), |line, word| format!("{line} {word}"))
}

fn target(text: &str) -> Option<(Kind, &str)> {
    let (kind, name) = text.split_once('/')?;
    Some((Kind::from_argument(kind)?, name))
}

fn send(
    player: &mut Player<'_>,
    kind: Kind,
    name: &str,
    type_: PatchType,
    body: Value,
    subresource: &str,
) -> Result<(), Output> {
    let namespace = if kind.is_namespaced() { "default" } else { "" };
    let patch = Patch {
        type_,
        body,
        subresource: Text::from(subresource),
    };
    let request = Request::Patch {
        kind,
        namespace: namespace.into(),
        name: name.into(),
        patch,
    };
    let answer = player.cluster.request(request).and_then(|r| r.object());
    answer
        .map(|_| ())
        .map_err(|status| Output::refused(&status))
}

fn full(kind: Kind, name: &str) -> String {
    let names = kind.names();
    if names.group.is_empty() {
        format!("{}/{name}", names.singular)
    } else {
        format!("{}.{}/{name}", names.singular, names.group)
    }
}

fn set(
    player: &mut Player<'_>,
    to: &str,
    change: &str,
    containers: fn(&str, &str) -> Value,
) -> Output {
    let (Some((kind, name)), Some((key, value))) = (target(to), change.split_once('=')) else {
        return Output::error("usage");
    };
    let body = json!({"spec": {"template": {"spec": {"containers": containers(key, value)}}}});
    match send(player, kind, name, PatchType::Strategic, body, "") {
        Ok(()) => Output::line(format!("{} image updated", full(kind, name))),
        Err(output) => output,
    }
}

fn rollout(player: &mut Player<'_>, to: &str, body: Value, done: &str) -> Output {
    let Some((kind, name)) = target(to) else {
        return Output::error("usage");
    };
    match send(player, kind, name, PatchType::Merge, body, "") {
        Ok(()) => Output::line(format!("{} {done}", full(kind, name))),
        Err(output) => output,
    }
}

fn undo(player: &mut Player<'_>, to: &str, rest: &[&str]) -> Output {
    let Some((kind, name)) = target(to) else {
        return Output::error("usage");
    };
    let number: u64 = rest
        .iter()
        .find_map(|w| w.strip_prefix("--to-revision=")?.parse().ok())
        .unwrap_or(0);
    let store = &player.cluster.world().store;
    let Some(owner) = store.find(kind, "default", name) else {
        return Output::error("not found");
    };
    let of = if kind == Kind::Deployment {
        Kind::ReplicaSet
    } else {
        Kind::ControllerRevision
    };
    let mut revisions: Vec<(u64, Value)> = store
        .owned_of_kind(owner.meta.uid, of)
        .map(|(_, o)| {
            let v = o.to_value();
            let n = v["revision"]
                .as_u64()
                .or_else(|| {
                    v["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
                        .as_str()?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            let mut template = if kind == Kind::Deployment {
                v["spec"]["template"].clone()
            } else {
                v["data"]["spec"]["template"].clone()
            };
            if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
                labels.remove("pod-template-hash");
            }
            template["$patch"] = json!("replace");
            (n, template)
        })
        .collect();
    revisions.sort_by_key(|r| r.0);
    let found = if number == 0 {
        revisions
            .len()
            .checked_sub(2)
            .map(|at| revisions[at].1.clone())
    } else {
        revisions
            .iter()
            .find(|r| r.0 == number)
            .map(|r| r.1.clone())
    };
    let Some(mut template) = found else {
        return Output::error(format!(
            "unable to find specified revision {number} in history"
        ));
    };
    let type_ = if kind == Kind::Deployment {
        if let Some(t) = template.as_object_mut() {
            t.remove("$patch");
        }
        PatchType::Json
    } else {
        PatchType::Strategic
    };
    let body = if kind == Kind::Deployment {
        json!([{"op": "replace", "path": "/spec/template", "value": template}])
    } else {
        json!({"spec": {"template": template}})
    };
    match send(player, kind, name, type_, body, "") {
        Ok(()) => Output::line(format!("{} rolled back", full(kind, name))),
        Err(output) => output,
    }
}

fn patch(player: &mut Player<'_>, kind: &str, name: &str, rest: &[&str]) -> Output {
    let Some(kind) = Kind::from_argument(kind) else {
        return Output::error("kind");
    };
    let (mut type_, mut sub, mut body) = (PatchType::Strategic, "", Value::Null);
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match *word {
            "--type=merge" => type_ = PatchType::Merge,
            "--type=json" => type_ = PatchType::Json,
            "--subresource=status" => sub = "status",
            "-p" => {
                body = words
                    .next()
                    .and_then(|b| serde_json::from_str(b).ok())
                    .unwrap_or_default()
            }
            _ => {}
        }
    }
    match send(player, kind, name, type_, body, sub) {
        Ok(()) => Output::line(format!("{} patched", full(kind, name))),
        Err(output) => output,
    }
}

fn delete(player: &mut Player<'_>, session: &mut Session, words: &[&str], rest: &[&str]) -> Output {
    let before: Vec<_> = all(player);
    let output = ordinal_kubectl::run(&mut player.cluster, session, &line(words));
    if rest.contains(&"--wait=false") || rest.contains(&"--force") {
        return output;
    }
    let gone: Vec<_> = output
        .stdout
        .lines()
        .filter_map(|line| {
            let (kind, rest) = line.split_once(" \"")?;
            let (name, _) = rest.split_once('"')?;
            let kind = Kind::from_argument(kind.split('.').next()?)?;
            before
                .iter()
                .find(|(k, n, _)| *k == kind && n == name)
                .cloned()
        })
        .collect();
    let seconds = rest.iter().find_map(|w| {
        w.strip_prefix("--timeout=")?
            .trim_end_matches('s')
            .parse::<u64>()
            .ok()
    });
    let end = player.cluster.world().now() + SimDuration::secs(seconds.unwrap_or(600));
    while player.cluster.world().now() < end {
        let left = all(player);
        if !gone.iter().any(|g| left.contains(g)) {
            break;
        }
        player.pass(50);
    }
    output
}

fn all(player: &Player<'_>) -> Vec<(Kind, Text, ordinal_api::Uid)> {
    let store = &player.cluster.world().store;
    Kind::ALL
        .iter()
        .flat_map(|kind| {
            store
                .list(*kind)
                .map(move |(_, o)| (*kind, o.meta.name.clone(), o.meta.uid))
        })
        .collect()
}
