//! What was told in words already: events, and what somebody outside asked for.

use ordinal_api::event::Told;
use ordinal_api::{Kind, Text};
use ordinal_core::World;
use ordinal_core::store::Link;

use super::Clause;
use crate::words::{name, told_apart};

/// What an event says; a refused attachment in our own words, for they name the disk.
pub(super) fn told(world: &World, event: &Told) -> Clause {
    let of = &event.involved;
    let name = &told_apart(world, of.kind, &of.namespace, &of.name);
    if event.reason == "FailedScheduling" {
        return no_node(event.component.clone(), name, &event.message);
    }
    let words = || format!("{name}: {}", event.message);
    refused(world, event).unwrap_or_else(|| Clause::new(None, "", name, "", words()))
}

/// A Pod that fits nowhere, with what the scheduler says of the nodes; what preemption could not do is left to the event.
pub(super) fn no_node(by: Text, name: &str, message: &str) -> Clause {
    let clause = Clause::new(
        Some(by),
        "found no node for",
        name,
        "",
        format!("no node was found for {name}"),
    );
    let why = message.split(" preemption:").next().unwrap_or_default();
    match why.trim_end_matches('.') {
        "" => clause,
        why => clause.because(why),
    }
}

/// A Pod's volume that may not be attached to its node, because it hangs on another.
fn refused(world: &World, event: &Told) -> Option<Clause> {
    if event.reason != "FailedAttachVolume" {
        return None;
    }
    let pod = world
        .store
        .find(Kind::Pod, &event.involved.namespace, &event.involved.name)?;
    let node = &pod.as_pod()?.node_name;
    let (volume, holder) = pod.as_pod()?.claim_names().find_map(|claim| {
        let claim = world
            .store
            .find(
                Kind::PersistentVolumeClaim,
                &event.involved.namespace,
                claim,
            )?
            .as_claim()?;
        let volume = world
            .store
            .id(Kind::PersistentVolume, "", &claim.volume_name)?;
        let mut attachments = world.store.linked(Link::AttachmentOfVolume, volume);
        let holder = attachments
            .find_map(|(_, o)| o.as_volume_attachment().filter(|a| a.node_name != *node))?;
        Some((volume, holder.node_name.clone()))
    })?;
    let name = name(world, volume);
    let outcome = format!("{name} cannot be attached to {node}");
    let clause = Clause::new(
        Some(event.component.clone()),
        "cannot attach",
        &name,
        format!(" to {node}"),
        outcome,
    );
    Some(clause.because(&format!("it is still attached to {holder}")))
}

/// What somebody outside asked for, from the journal's words: `create StatefulSet web`, `cut the power of node-2`.
pub(super) fn command(text: &str) -> Clause {
    const PAST: [(&str, &str); 17] = [
        ("create", "created"),
        ("update", "updated"),
        ("patch", "changed"),
        ("delete", "deleted"),
        ("evict", "evicted"),
        ("apply", "applied"),
        ("cut", "cut"),
        ("let", "let"),
        ("power", "powered"),
        ("connect", "connected"),
        ("crash", "crashed"),
        ("fail", "failed"),
        ("leave", "left"),
        ("delay", "delayed"),
        ("pause", "paused"),
        ("resume", "resumed"),
        ("add", "added"),
    ];
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let past = PAST
        .iter()
        .find(|(word, _)| *word == verb)
        .map(|(_, past)| *past);
    let rest = match rest.strip_prefix("scale of ") {
        Some(set) => format!("the scale of {set}"),
        None => rest.to_owned(),
    };
    let you = Some(Text::new_static("You"));
    match past {
        Some(past) => Clause::new(you, past, &rest, "", format!("you {past} {rest}")),
        None => Clause::new(you, "ran", text, "", format!("you ran {text}")),
    }
}
