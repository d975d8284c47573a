//! What would free a Pod that does not come: each thing that can be done, and waiting, tried on a copy of the cluster.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::sort_by_key;
use ordinal_api::{Kind, ObjectKey, SimDuration};
use ordinal_core::{Cluster, World};
use ordinal_kubectl::Session;

use super::{Offer, offer, offers, troubles};

/// Nothing is waited for longer than this.
const PATIENCE: SimDuration = SimDuration::secs(1200);
/// No more than so many machines are looked at, and so many attempts shown.
const MOST: usize = 12;
const SHOWN: usize = 5;

/// Something that frees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// What is to be done.
    pub(crate) offer: Offer,
    /// How long it takes until the Pod is Ready.
    pub(crate) ready_in: SimDuration,
    /// The promise that is broken by then, if one is.
    pub(crate) breaks: Option<&'static str>,
}

/// What frees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Freed {
    /// What can be done, the fastest first.
    pub(crate) remedies: Vec<Remedy>,
    /// How long it takes if nothing is done; `None` if that does not help.
    pub(crate) waiting: Option<SimDuration>,
}

/// Tries everything on copies of a cluster. Whatever makes it no sooner Ready than waiting is left out.
pub(crate) fn freed(cluster: &Cluster, of: &ObjectKey) -> Freed {
    let world = cluster.world();
    let before: Vec<_> = world.broken().iter().map(|b| b.promise).into_list();
    let waiting = ready_in(&mut cluster.clone(), of);
    let remedies = candidates(world, of).into_iter().filter_map(|offer| {
        let mut copy = cluster.clone();
        let done = ordinal_kubectl::run(&mut copy, &mut Session::default(), &offer.line);
        let ready_in = done.is_ok().then(|| ready_in(&mut copy, of)).flatten()?;
        let broken = copy.world().broken();
        let mut new = broken.iter().map(|b| b.promise);
        let breaks = new.find(|promise| !before.contains(promise));
        let breaks = breaks.map(|promise| promise.text());
        waiting
            .is_none_or(|wait| ready_in < wait)
            .then_some(Remedy {
                offer,
                ready_in,
                breaks,
            })
    });
    let mut remedies = remedies.into_list();
    sort_by_key(&mut remedies, |r| (r.breaks.is_some(), r.ready_in));
    remedies.truncate(SHOWN);
    Freed { remedies, waiting }
}

/// What can be done: to every machine that is in trouble, to the Pod itself, and to whatever was broken.
fn candidates(world: &World, of: &ObjectKey) -> Vec<Offer> {
    let nodes = world.machines.values().take(MOST);
    let mut all = Vec::new();
    for machine in nodes {
        let key = ObjectKey::new(Kind::Node, "", &machine.name);
        let mends = offers(world, &key).into_iter().filter(|o| !o.danger);
        all.extend(mends.map(|o| Offer {
            label: format!("{}: {}", machine.name, o.label),
            ..o
        }));
    }
    let deletes = |o: &Offer| o.line.starts_with("kubectl delete ") || !o.danger;
    all.extend(offers(world, of).into_iter().filter(deletes));
    for trouble in troubles(world, MOST) {
        let befallen = trouble.targets.into_iter().filter(|(_, is, _)| *is);
        all.extend(befallen.map(|(name, _, line)| {
            offer(
                format!("Undo: {}, {name}", trouble.label),
                trouble.help,
                line,
            )
        }));
    }
    let mut lines: Vec<String> = Vec::new();
    all.retain(|o| {
        let is_new = !lines.contains(&o.line);
        lines.push(o.line.clone());
        is_new
    });
    all
}

/// How long it takes until a Pod of that name is Ready on a machine that runs.
fn ready_in(cluster: &mut Cluster, of: &ObjectKey) -> Option<SimDuration> {
    let start = cluster.world().now();
    loop {
        let world = cluster.world();
        if is_ready(world, of) {
            return Some(world.now().since(start));
        }
        let next = cluster.next_progress()?;
        if next > start + PATIENCE || world.exhausted().is_some() || !cluster.step() {
            return None;
        }
    }
}

fn is_ready(world: &World, of: &ObjectKey) -> bool {
    let Some(object) = world.store.find(of.kind, &of.namespace, &of.name) else {
        return false;
    };
    object.as_pod().is_some_and(|pod| {
        let node = world.store.node_of(pod);
        let machine = node.and_then(|node| world.machines.get(&node));
        let runs = machine.is_some_and(|machine| machine.is_heard());
        runs && pod.is_ready() && !object.meta.is_deleting()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;
    use crate::state::{Command, Model, Page};
    use ordinal_api::SimTime;

    /// The Pod whose disk hangs on a machine that lost its power.
    fn held() -> Model {
        let pairs = [
            ("t", "100"),
            ("do", "30:power-off node-2"),
            (
                "do",
                "90:kubectl delete pod shop-2 --grace-period=0 --force",
            ),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut model = Model::open(&Query::of(pairs));
        model.seek(SimTime(100_000));
        let key = ObjectKey::new(Kind::Pod, "default", "shop-2");
        model.apply(Command::Page(Page::Select(Some(key))));
        model
    }

    #[test]
    fn a_disk_on_a_dead_machine_is_freed_by_power_by_vouching_or_by_waiting() {
        let mut model = held();
        assert_eq!(model.freed(), None, "nobody has asked");

        model.apply(Command::Page(Page::Free));

        let found = model.freed().expect("it was asked for");
        let labels: Vec<&str> = found
            .remedies
            .iter()
            .map(|r| r.offer.label.as_str())
            .collect();
        assert!(labels.contains(&"node-2: Power on"), "{labels:?}");
        assert!(labels.contains(&"node-2: Out of service"), "{labels:?}");
        assert!(found.remedies.iter().all(|r| r.breaks.is_none()));
        let waits = found
            .waiting
            .expect("the disk is taken away by force in the end");
        assert!((340..400).contains(&waits.as_secs()), "{waits:?}");
    }

    #[test]
    fn what_was_tried_holds_for_its_moment_only() {
        let mut model = held();
        model.apply(Command::Page(Page::Free));

        model.seek(SimTime(10_000));

        assert_eq!(model.freed(), None);
    }
}
