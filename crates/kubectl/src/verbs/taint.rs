//! `kubectl taint node NAME KEY[=VALUE]:EFFECT` and `KEY[:EFFECT]-`

use ordinal_api::list::IntoList;
use ordinal_api::node::{Taint, TaintEffect};
use ordinal_api::{Kind, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Patch, PatchType, Request};
use serde_json::json;

use crate::args::{Args, switch, value as flag};
use crate::output::typed_name;
use crate::resource::{get, list, selector};
use crate::{Output, Session};

/// One change: a taint to set, or a key (with one effect or all) to take off.
enum Change {
    Set(Taint),
    Remove(String, Option<TaintEffect>),
}

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, _session: &mut Session, words: &[&str]) -> Output {
    let known = [
        switch("overwrite", None),
        switch("all", None),
        flag("selector", Some('l')),
    ];
    let args = match Args::parse("taint", words, &known) {
        Ok(args) => args,
        Err(output) => return output,
    };
    let mut words: Vec<&str> = args.rest.iter().map(String::as_str).into_list();
    if words
        .first()
        .is_some_and(|w| matches!(*w, "node" | "nodes" | "no"))
    {
        words.remove(0);
    }
    let is_change = |word: &&&str| word.contains(':') || word.contains('=') || word.ends_with('-');
    let (changes, names): (Vec<&&str>, Vec<&&str>) = words.iter().partition(is_change);
    let changes: Result<Vec<Change>, Output> =
        changes.into_iter().map(|word| parse(word)).collect();
    let changes = match changes {
        Ok(changes) if changes.is_empty() => {
            return Output::error("at least one taint update is required");
        }
        Ok(changes) => changes,
        Err(output) => return output,
    };
    let mut nodes: Vec<String> = names
        .into_iter()
        .map(|n| n.trim_start_matches("node/").to_owned())
        .into_list();
    if args.has("all") || args.get("selector").is_some() {
        let selector = selector(args.get("selector").unwrap_or_default());
        nodes.extend(
            list(cluster, Kind::Node, None, &selector)
                .iter()
                .map(|node| node.meta.name.to_string()),
        );
    }
    let mut output = Output::default();
    for node in nodes {
        output.append(one(cluster, &node, &changes, args.has("overwrite")));
    }
    output
}

fn effect(text: &str) -> Result<TaintEffect, Output> {
    [
        TaintEffect::NoSchedule,
        TaintEffect::PreferNoSchedule,
        TaintEffect::NoExecute,
    ]
    .into_iter()
    .find(|effect| effect.as_str() == text)
    .ok_or_else(|| {
        usage(format!(
            "invalid taint effect: {text}, unsupported taint effect"
        ))
    })
}

fn usage(text: String) -> Output {
    let mut output = Output::error(text);
    output.warn("See 'kubectl taint -h' for help and examples");
    output
}

fn parse(word: &str) -> Result<Change, Output> {
    if let Some(gone) = word.strip_suffix('-') {
        let (key, effect_text) = gone
            .split_once(':')
            .map_or((gone, None), |(key, e)| (key, Some(e)));
        let key = key.split('=').next().unwrap_or(key);
        return Ok(Change::Remove(
            key.to_owned(),
            effect_text.map(effect).transpose()?,
        ));
    }
    let Some((key, effect_text)) = word.split_once(':') else {
        return Err(usage(format!("invalid taint spec: {word}")));
    };
    let (key, value) = key.split_once('=').unwrap_or((key, ""));
    Ok(Change::Set(Taint {
        key: key.into(),
        value: value.into(),
        effect: effect(effect_text)?,
        time_added: None,
    }))
}

fn one(cluster: &mut Cluster, name: &str, changes: &[Change], overwrite: bool) -> Output {
    let node = match get(cluster, Kind::Node, "", name) {
        Ok(node) => node,
        Err(status) => return Output::refused(&status),
    };
    let Some(body) = node.as_node() else {
        return Output::error("not a node");
    };
    let mut taints = body.taints.clone();
    // New ones come first, also those that replace others. Models `reorganizeTaints`.
    let mut first: Vec<Taint> = Vec::new();
    let (mut set, mut removed, mut overwritten) = (false, false, false);
    for change in changes {
        match change {
            Change::Set(taint) => {
                let same = taints
                    .iter()
                    .position(|t| t.key == taint.key && t.effect == taint.effect);
                match same {
                    Some(_) if !overwrite => {
                        let key = &taint.key;
                        return Output::error(format!(
                            "node {name} already has {key} taint(s) with same effect(s) and --overwrite is false"
                        ));
                    }
                    Some(place) => {
                        overwritten = true;
                        taints.remove(place);
                    }
                    None => {}
                }
                first.push(taint.clone());
                set = true;
            }
            Change::Remove(key, effect) => {
                let before = taints.len();
                taints.retain(|t| t.key != *key || effect.is_some_and(|e| e != t.effect));
                if taints.len() == before {
                    let of_effect = effect
                        .map(|e| format!(":{}", e.as_str()))
                        .unwrap_or_default();
                    return Output::error(format!("taint \"{key}{of_effect}\" not found"));
                }
                removed = true;
            }
        }
    }
    let taints: Vec<Value> = first
        .iter()
        .chain(&taints)
        .map(|taint| json!(taint))
        .into_list();
    let body = json!({ "spec": { "taints": taints } });
    let patch = Patch {
        type_: PatchType::Merge,
        body,
        subresource: "".into(),
    };
    let request = Request::Patch {
        kind: Kind::Node,
        namespace: "".into(),
        name: name.into(),
        patch,
    };
    if let Err(status) = cluster.request(request) {
        return Output::refused(&status);
    }
    let how = match (set, removed) {
        (true, true) => "modified",
        (true, false) if overwritten => "modified",
        (true, false) => "tainted",
        _ => "untainted",
    };
    Output::line(format!("{} {how}", typed_name(Kind::Node, name)))
}
