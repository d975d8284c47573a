//! Commands, as the terminal runs them while time passes; and the few that it does not know.

use ordinal_api::{Kind, SimDuration, Text, Uid, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Patch, PatchType, Request};
use ordinal_kubectl::session::Patience;
use ordinal_kubectl::{Output, Session};
use serde_json::json;

use super::play::Player;

/// How often a command that waits for deletions looks, in milliseconds.
const LOOK_MS: u64 = 50;
/// Longest wait for deletions.
const LONGEST: SimDuration = SimDuration::secs(600);

/// A terminal whose standard input is this text, and which lets time pass while a command waits.
pub(super) fn session(stdin: Option<&str>) -> Session {
    Session {
        patience: Patience::Pass(pass),
        ..stdin.map_or_else(Session::default, Session::with_stdin)
    }
}

fn pass(cluster: &mut Cluster, ms: u64) {
    cluster.run_for(SimDuration::ms(ms));
}

/// Runs a command.
pub(super) fn run(player: &mut Player<'_>, session: &mut Session, words: &[&str]) -> Output {
    match words {
        ["set", "image", target, changes @ ..] => set_image(player, target, changes),
        ["set", "env", target, changes @ ..] => set_env(player, target, changes),
        ["patch", kind, name, rest @ ..] => patch(player, kind, name, rest),
        ["delete", rest @ ..] => delete(player, session, words, rest),
        _ => ordinal_kubectl::run_words(&mut player.cluster, session, words),
    }
}

fn target(text: &str) -> Option<(Kind, &str)> {
    let (kind, name) = text.split_once('/')?;
    Some((Kind::from_argument(kind)?, name))
}

fn send(player: &mut Player<'_>, (kind, name): (Kind, &str), patch: Patch, done: &str) -> Output {
    let namespace = if kind.is_namespaced() { "default" } else { "" };
    let request = Request::Patch {
        kind,
        namespace: namespace.into(),
        name: name.into(),
        patch,
    };
    match player.cluster.request(request).and_then(|r| r.object()) {
        Ok(_) => {
            let names = kind.names();
            let dot = if names.group.is_empty() { "" } else { "." };
            Output::line(format!(
                "{}{dot}{}/{name} {done}",
                names.singular, names.group
            ))
        }
        Err(status) => Output::refused(&status),
    }
}

fn strategic(body: Value) -> Patch {
    Patch {
        type_: PatchType::Strategic,
        body,
        subresource: Text::default(),
    }
}

fn of_containers(containers: Vec<Value>) -> Patch {
    strategic(json!({"spec": {"template": {"spec": {"containers": containers}}}}))
}

fn set_image(player: &mut Player<'_>, to: &str, changes: &[&str]) -> Output {
    let Some(object) = target(to) else {
        return Output::error("resources are named TYPE/NAME");
    };
    let pairs = changes.iter().filter_map(|change| change.split_once('='));
    let containers = pairs.map(|(name, image)| json!({"name": name, "image": image}));
    send(
        player,
        object,
        of_containers(containers.collect()),
        "image updated",
    )
}

/// Every container gets the variables.
fn set_env(player: &mut Player<'_>, to: &str, changes: &[&str]) -> Output {
    let Some((kind, name)) = target(to) else {
        return Output::error("resources are named TYPE/NAME");
    };
    let pairs = changes.iter().filter_map(|change| change.split_once('='));
    let variables: Vec<Value> = pairs
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let stored = player
        .cluster
        .world()
        .store
        .find(kind, "default", name)
        .map(|o| o.to_value());
    let containers = stored
        .as_ref()
        .and_then(|o| o["spec"]["template"]["spec"]["containers"].as_array());
    let containers = containers.into_iter().flatten();
    let changed = containers
        .map(|c| json!({"name": c["name"], "env": variables}))
        .collect();
    send(player, (kind, name), of_containers(changed), "env updated")
}

fn patch(player: &mut Player<'_>, kind: &str, name: &str, rest: &[&str]) -> Output {
    let Some(kind) = Kind::from_argument(kind) else {
        return Output::error(format!(
            "the server doesn't have a resource type \"{kind}\""
        ));
    };
    let mut patch = strategic(Value::Null);
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.split_once('=').unwrap_or((word, "")) {
            ("--type", "merge") => patch.type_ = PatchType::Merge,
            ("--type", "json") => patch.type_ = PatchType::Json,
            ("--subresource", name) => patch.subresource = name.into(),
            ("-p" | "--patch", given) => {
                let text = if given.is_empty() {
                    words.next().copied().unwrap_or_default()
                } else {
                    given
                };
                match serde_json::from_str(text) {
                    Ok(body) => patch.body = body,
                    Err(error) => {
                        return Output::error(format!("unable to parse {text:?}: {error}"));
                    }
                }
            }
            _ => {}
        }
    }
    send(player, (kind, name), patch, "patched")
}

/// Waits until what was deleted is gone, as kubectl does.
fn delete(player: &mut Player<'_>, session: &mut Session, words: &[&str], rest: &[&str]) -> Output {
    let before = identities(player);
    let output = ordinal_kubectl::run_words(&mut player.cluster, session, words);
    if rest.contains(&"--wait=false") || rest.contains(&"--force") {
        return output;
    }
    let told = |line: &str| {
        let (kind, rest) = line.split_once(" \"")?;
        let (name, _) = rest.split_once('"')?;
        let kind = Kind::from_argument(kind.split('.').next()?)?;
        before
            .iter()
            .find(|(k, n, _)| *k == kind && n == name)
            .cloned()
    };
    let deleted: Vec<_> = output.stdout.lines().filter_map(told).collect();
    let timeout = rest.iter().find_map(|word| word.strip_prefix("--timeout="));
    let timeout = timeout.and_then(|text| text.trim_end_matches('s').parse().ok());
    let end = player.cluster.world().now() + timeout.map_or(LONGEST, SimDuration::secs);
    while player.cluster.world().now() < end {
        let left = identities(player);
        if !deleted.iter().any(|one| left.contains(one)) {
            return output;
        }
        player.pass(LOOK_MS);
    }
    let mut output = output;
    if let Some((kind, name, _)) = deleted.first() {
        output.append(Output::error(format!(
            "timed out waiting for the condition on {}/{name}",
            kind.names().plural
        )));
    }
    output
}

fn identities(player: &Player<'_>) -> Vec<(Kind, Text, Uid)> {
    let store = &player.cluster.world().store;
    let of_kind = |kind: &Kind| {
        let kind = *kind;
        store
            .list(kind)
            .map(move |(_, o)| (kind, o.meta.name.clone(), o.meta.uid))
    };
    Kind::ALL.iter().flat_map(of_kind).collect()
}
