//! What would free a Pod that does not come: each thing that can be done, and waiting, tried on a copy of the cluster.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::sort_by_key;
use ordinal_api::{Kind, ObjectKey, SimDuration};
use ordinal_core::{Cluster, World};
use ordinal_kubectl::Session;

use super::{Offer, in_namespace, offer, offers, troubles};

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
    /// How long it takes.
    pub(crate) takes: SimDuration,
    /// The promise that is broken by then, if one is.
    pub(crate) breaks: Option<&'static str>,
}

/// What a Pod waits for in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// A Pod of its name is Ready, on a machine that runs.
    Ready,
    /// It goes for good: nobody takes its name.
    Gone,
}

/// What frees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Freed {
    /// What it waits for.
    pub(crate) goal: Goal,
    /// What can be done, the fastest first.
    pub(crate) remedies: Vec<Remedy>,
    /// How long it takes if nothing is done; `None` if that does not help.
    pub(crate) waiting: Option<SimDuration>,
}

/// Tries everything on copies of a cluster. Whatever is no faster than waiting is left out.
pub(crate) fn freed(cluster: &Cluster, of: &ObjectKey) -> Freed {
    let world = cluster.world();
    let before: Vec<_> = world.broken().iter().map(|b| b.promise).into_list();
    let goal = goal(world, of);
    let waiting = takes(&mut cluster.clone(), of, goal);
    let remedies = candidates(world, of).into_iter().filter_map(|offer| {
        let mut copy = cluster.clone();
        let mut parts = offer.line.split("; ");
        let done = parts
            .all(|part| ordinal_kubectl::run(&mut copy, &mut Session::default(), part).is_ok());
        let takes = done.then(|| takes(&mut copy, of, goal)).flatten()?;
        let broken = copy.world().broken();
        let mut new = broken.iter().map(|b| b.promise);
        let breaks = new.find(|promise| !before.contains(promise));
        let breaks = breaks.map(|promise| promise.text());
        waiting.is_none_or(|wait| takes < wait).then_some(Remedy {
            offer,
            takes,
            breaks,
        })
    });
    let mut remedies = remedies.into_list();
    sort_by_key(&mut remedies, |r| (r.breaks.is_some(), r.takes));
    remedies.truncate(SHOWN);
    Freed {
        goal,
        remedies,
        waiting,
    }
}

/// A Pod that is being deleted, and whose name nobody takes again, can only go.
fn goal(world: &World, of: &ObjectKey) -> Goal {
    let pod = world.store.find(of.kind, &of.namespace, &of.name);
    let ends = pod.is_some_and(|pod| {
        let owner = pod.meta.controller().and_then(|owner| owner.kind);
        pod.meta.is_deleting() && owner != Some(Kind::StatefulSet)
    });
    if ends { Goal::Gone } else { Goal::Ready }
}

/// Going back to the template before, where a Pod of a StatefulSet is of a new one that is being rolled out. The Pod has
/// to be deleted as well: the controller goes on only when it is Ready.
fn roll_back(world: &World, of: &ObjectKey) -> Option<Offer> {
    let pod = world.store.find(of.kind, &of.namespace, &of.name)?;
    let owner = pod.meta.controller()?;
    let set = world
        .store
        .find(Kind::StatefulSet, &of.namespace, &owner.name)?;
    let status = &set.as_stateful_set()?.status;
    let is_new = pod.meta.label("controller-revision-hash") == Some(&*status.update_revision);
    let (name, within) = (&of.name, in_namespace(&of.namespace));
    let undo = format!("kubectl rollout undo statefulset {}{within}", owner.name);
    (is_new && status.current_revision != status.update_revision).then(|| {
        offer(
            "Roll back, and delete the Pod",
            "The template before counts again; the stuck Pod does not go by itself.",
            format!("{undo}; kubectl delete pod {name}{within}"),
        )
    })
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
    all.extend(roll_back(world, of));
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

/// How long it takes until a Pod of that name is Ready on a machine that runs, or gone.
fn takes(cluster: &mut Cluster, of: &ObjectKey, goal: Goal) -> Option<SimDuration> {
    let start = cluster.world().now();
    loop {
        let world = cluster.world();
        let there = match goal {
            Goal::Ready => is_ready(world, of),
            Goal::Gone => world.store.find(of.kind, &of.namespace, &of.name).is_none(),
        };
        if there {
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

    fn tried(text: &str, acts: &[(u64, &str)], name: &str) -> Freed {
        let mut script = ordinal_kubectl::script::Script::of_text(text);
        for (secs, line) in acts {
            script = script.at(secs * 1000, line);
        }
        let run = script.play();
        let pods = run.cluster.world().store.list(Kind::Pod);
        let mut keys = pods.map(|(_, pod)| pod.key());
        let key = keys.find(|key| key.name.starts_with(name));
        freed(&run.cluster, &key.expect("the Pod is there"))
    }

    fn labels(freed: &Freed) -> Vec<&str> {
        let labels = freed.remedies.iter().map(|r| r.offer.label.as_str());
        labels.collect()
    }

    #[test]
    fn a_rollout_that_is_stuck_is_freed_by_going_back_and_deleting_the_pod() {
        let text = include_str!("../../../../../www/examples/web-with-disks.yaml");
        let broken = [(60, "kubectl set image sts/shop *=nope:bad")];

        let found = tried(text, &broken, "shop-2");

        assert_eq!(labels(&found), ["Roll back, and delete the Pod"]);
        assert_eq!(found.waiting, None);
    }

    #[test]
    fn a_pod_of_a_deployment_on_a_lost_machine_is_free_when_it_is_gone() {
        let text = include_str!("../../../../../www/examples/one-disk-for-all.yaml");
        let run = ordinal_kubectl::script::Script::of_text(text).play();
        let world = run.cluster.world();
        let mut pods = world.store.list(Kind::Pod).map(|(_, pod)| pod);
        let pod = pods.find(|pod| pod.meta.name.starts_with("desk-"));
        let pod = pod.expect("the Deployment has Pods");
        let node = &pod.as_pod().expect("a Pod").node_name;
        let off = format!("power-off {node}");

        let found = tried(text, &[(60, &off)], &pod.meta.name);

        assert_eq!(found.goal, Goal::Gone);
        let power = format!("{node}: Power on");
        let labels = labels(&found);
        assert!(labels.contains(&power.as_str()), "{labels:?}");
        assert!(labels.contains(&"Force delete"), "{labels:?}");
    }
}
