//! Words that captions, explanations and the timeline share: times, names, lists, causes.

use ordinal_api::{Kind, SimDuration, SimTime, Text};
use ordinal_core::journal::Entry;
use ordinal_core::{Component, Id, World};

/// A clock: `00:09.4`, or `1:02:03` from an hour on.
pub fn clock(at: SimTime) -> String {
    if at.0 >= 3_600_000 {
        minutes(SimDuration(at.0))
    } else {
        format!("{}.{}", minutes(SimDuration(at.0)), at.0 % 1000 / 100)
    }
}

/// Minutes and seconds: `06:29`, or `1:02:03` from an hour on.
pub fn minutes(time: SimDuration) -> String {
    let secs = time.as_secs();
    if secs >= 3600 {
        format!("{}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
    } else {
        format!("{:02}:{:02}", secs / 60, secs % 60)
    }
}

/// The name of what an object is to the eye: a volume goes by its claim, an attachment by its volume.
pub fn name(world: &World, id: Id) -> Text {
    let key = world.store.key(id);
    match key.kind {
        Kind::PersistentVolume => {
            let volume = world.get(id).and_then(|o| o.as_volume());
            let claim = volume.and_then(|v| v.claim_ref.as_ref());
            claim.map_or_else(
                || key.name.clone(),
                |claim| {
                    let kind = Kind::PersistentVolumeClaim;
                    told_apart(world, kind, &claim.namespace, &claim.name)
                },
            )
        }
        Kind::VolumeAttachment => match attachment(world, id) {
            Some((volume, _)) => name(world, volume),
            None => key.name.clone(),
        },
        kind => told_apart(world, kind, &key.namespace, &key.name),
    }
}

/// A name, after its namespace where another one has had something of the same kind and name. What is in the namespace
/// `default` goes by its name.
pub fn told_apart(world: &World, kind: Kind, namespace: &str, name: &str) -> Text {
    let elsewhere =
        |other: &Text| *other != namespace && world.store.id(kind, other, name).is_some();
    let mut all = world.store.list(Kind::Namespace);
    match kind.is_namespaced()
        && namespace != "default"
        && all.any(|(_, other)| elsewhere(&other.meta.name))
    {
        true => format!("{namespace}/{name}").into(),
        false => name.into(),
    }
}

/// Handle of the volume and name of the node of a VolumeAttachment that exists.
pub fn attachment(world: &World, id: Id) -> Option<(Id, Text)> {
    let attachment = world.get(id).and_then(|o| o.as_volume_attachment())?;
    let volume = world
        .store
        .id(Kind::PersistentVolume, "", &attachment.volume)?;
    Some((volume, attachment.node_name.clone()))
}

/// Who a component is in a sentence.
pub fn actor(by: Component) -> Text {
    Text::new_static(match by {
        Component::User => "You",
        other => other.source(),
    })
}

/// The last part of a taint's key.
pub fn short_key(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// `a`, `a and b`, `a, b and c`, `a, b and 5 more`: the names of `count` things, of which at least the first few are given.
pub fn list<T: AsRef<str>>(names: &[T], count: usize) -> String {
    let shown = if count > 4 { 2 } else { names.len() };
    let mut text = String::new();
    for (index, name) in names.iter().take(shown).enumerate() {
        match index {
            0 => {}
            _ if index + 1 == count => text.push_str(" and "),
            _ => text.push_str(", "),
        }
        text.push_str(name.as_ref());
    }
    if shown < count {
        text.push_str(&format!(" and {} more", count - shown));
    }
    text
}

/// The causes of an entry, nearest first.
pub fn causes<'w>(world: &'w World, entry: &Entry) -> impl Iterator<Item = &'w Entry> {
    let cause = move |seq: u64| world.entry(seq).map(|entry| &**entry);
    std::iter::successors(entry.cause.and_then(cause), move |entry| {
        entry.cause.and_then(cause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_tenths_until_an_hour_has_passed() {
        assert_eq!(clock(SimTime(9_400)), "00:09.4");
        assert_eq!(clock(SimTime(3_723_000)), "1:02:03");
    }

    #[test]
    fn a_long_list_is_counted() {
        assert_eq!(list(&["a"], 1), "a");
        assert_eq!(list(&["a", "b", "c"], 3), "a, b and c");
        assert_eq!(list(&["a", "b", "c", "d"], 6), "a, b and 4 more");
    }
}
