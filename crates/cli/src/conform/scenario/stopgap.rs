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
