//! S01 to S19 and S25: which changes wake which sets.

use std::sync::Arc;

use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, OwnerReference, SimTime, Text, Uid, Value};
use serde_json::json;

use super::{AT_ONCE, POLICIES, Rig, foo};
use crate::controllers::Controller;
use crate::queue::Queue;
use crate::{Component, Cx, Id};

/// Does what is due, moment after moment, until nothing is left that counts as progress; Pods go on in between.
fn run(rig: &mut Rig) {
    for _ in 0..1_000 {
        while let Some(due) = rig.world.next_progress() {
            rig.world.set_now(due.max(rig.world.now()));
            while rig.world.step() {}
        }
        let mut dice = super::Dice::of(1);
        if !rig.advance(&mut dice) {
            return;
        }
    }
    panic!("it never comes to rest");
}

#[test]
fn s01_events_alone_bring_a_set_up() {
    let mut rig = Rig::of("OrderedReady", 3);
    run(&mut rig);
    assert_eq!(rig.status().replicas, 3);
    assert_eq!(rig.status().ready_replicas, 3);
}

#[test]
fn s02_events_alone_scale_a_set_to_nothing() {
    let mut rig = Rig::of("OrderedReady", 3);
    run(&mut rig);
    rig.scale(0);
    run(&mut rig);
    assert_eq!(rig.status().replicas, 0);
    assert!(rig.names().is_empty());
}

#[test]
fn s03_pods_that_are_terminating_are_not_deleted_twice() {
    for policy in POLICIES {
        let mut rig = Rig::of(policy, 5).ready();
        rig.scale(3);
        for name in ["foo-3", "foo-4"] {
            rig.terminate(name);
        }
        assert_eq!(rig.step(), (vec![], vec![]));
        assert_eq!(rig.ordinals(), [0, 1, 2, 3, 4]);
        for name in ["foo-3", "foo-4"] {
            rig.vanish(Kind::Pod, name);
        }
        rig.scale(0);
        rig.drive();
        assert_eq!(rig.status().replicas, 0);
    }
}

#[test]
fn s04_a_terminating_pod_holds_scaling_up_until_it_is_made_again() {
    let mut rig = Rig::of("OrderedReady", 3).ready();
    rig.scale(5);
    rig.terminate("foo-0");
    assert_eq!(rig.step(), (vec![], vec![]));
    rig.vanish(Kind::Pod, "foo-0");
    assert_eq!(rig.step(), (vec![0], vec![]));
    assert_eq!(rig.ordinals(), [0, 1, 2]);
    rig.drive();
    assert_eq!(rig.ordinals(), [0, 1, 2, 3, 4]);
}

/// Marks the set as one that is being deleted, as a foreground deletion does.
fn is_deleted(rig: &mut Rig) {
    rig.delete_set(crate::apiserver::DeleteOptions {
        propagation: Some(crate::apiserver::Propagation::Foreground),
        ..AT_ONCE
    });
}

#[test]
fn s05_a_set_that_is_being_deleted_creates_nothing() {
    let mut rig = Rig::of("OrderedReady", 3);
    is_deleted(&mut rig);
    assert_eq!(rig.step(), (vec![], vec![]));
    assert!(rig.names().is_empty());
    assert_eq!(rig.status().observed_generation, 2, "its status goes on");
}

/// A Pod as a client makes it.
pub(super) fn pod(name: &str, labels: &Value, owner: Option<(&str, Uid)>) -> Value {
    let owners: Vec<Value> = owner
        .into_iter()
        .map(|(name, uid)| {
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name, "uid": uid.to_string(), "controller": true})
        })
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": labels, "ownerReferences": owners},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    })
}

pub(super) fn bar() -> Value {
    json!({"foo": "bar"})
}

pub(super) fn controller_of(rig: &Rig, kind: Kind, name: &str) -> Option<Text> {
    let object = rig.get(kind, name).expect("it is there");
    object.meta.controller().map(|owner| owner.name.clone())
}

#[test]
fn s06_a_set_that_is_being_deleted_adopts_nothing() {
    let mut rig = Rig::of("OrderedReady", 3);
    is_deleted(&mut rig);
    rig.create(pod("foo-0", &bar(), None)).expect("a valid Pod");
    assert_eq!(rig.step(), (vec![], vec![]));
    assert_eq!(controller_of(&rig, Kind::Pod, "foo-0"), None);
    let orphan = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": 1, "data": {"spec": {}},
        "metadata": {"name": "orphan", "namespace": "default", "labels": bar()},
    });
    rig.create(orphan).expect("a valid revision");
    let refused = rig.sync().expect_err("it may not be adopted");
    let why = "can't adopt ControllerRevisions: default/foo has just been deleted at ";
    assert!(refused.message.starts_with(why), "{refused}");
    assert_eq!(
        controller_of(&rig, Kind::ControllerRevision, "orphan"),
        None
    );
}

/// The sets `foo`, `foo2` and `foo3`, the last of which selects something else; nothing is queued.
fn three() -> (Rig, [Id; 3]) {
    let mut rig = Rig::of("OrderedReady", 3);
    for (name, value) in [("foo2", "bar"), ("foo3", "other")] {
        let mut set = foo(&json!({}));
        set["metadata"]["name"] = json!(name);
        set["spec"]["selector"]["matchLabels"]["foo"] = json!(value);
        set["spec"]["template"]["metadata"]["labels"]["foo"] = json!(value);
        rig.create(set).expect("a valid set");
    }
    let ids =
        ["foo", "foo2", "foo3"].map(|name| rig.world.intern(Kind::StatefulSet, "default", name));
    forget(&mut rig);
    (rig, ids)
}

fn forget(rig: &mut Rig) {
    rig.world.parts.queue = Queue::default();
}

/// Which of these sets will be looked at; then none.
fn woken(rig: &mut Rig, ids: [Id; 3]) -> [bool; 3] {
    let woken = ids.map(|id| {
        rig.world
            .parts
            .queue
            .sync_at(Controller::StatefulSet, id)
            .is_some()
    });
    forget(rig);
    woken
}

fn owned_by(rig: &Rig, set: &str) -> Value {
    let uid = rig.uid(Kind::StatefulSet, set);
    pod("foo-0", &bar(), Some((set, uid)))
}

#[test]
fn s07_a_pod_that_is_added_wakes_its_set() {
    let (mut rig, sets) = three();
    let pod = owned_by(&rig, "foo");
    rig.create(pod).expect("a valid Pod");
    assert_eq!(woken(&mut rig, sets), [true, false, false]);
}

#[test]
fn s08_an_orphan_that_is_added_wakes_every_set_that_selects_it() {
    let (mut rig, sets) = three();
    rig.create(pod("foo-0", &bar(), None)).expect("a valid Pod");
    assert_eq!(woken(&mut rig, sets), [true, true, false]);
}

#[test]
fn s09_a_pod_of_an_unknown_set_wakes_nothing() {
    let (mut rig, sets) = three();
    let stranger = pod("foo-0", &bar(), Some(("unknown", Uid(7))));
    rig.create(stranger).expect("a valid Pod");
    assert_eq!(woken(&mut rig, sets), [false; 3]);
    let namesake = pod("foo-1", &bar(), Some(("foo", Uid(7))));
    rig.create(namesake).expect("a valid Pod");
    assert_eq!(woken(&mut rig, sets), [false; 3], "the identity counts");
}

#[test]
fn s10_a_pod_that_is_updated_wakes_its_set() {
    let (mut rig, sets) = three();
    let pod = owned_by(&rig, "foo");
    rig.create(pod).expect("a valid Pod");
    rig.sync().expect("nothing is refused");
    forget(&mut rig);
    rig.pod_is("foo-0", PodPhase::Running, true);
    assert_eq!(woken(&mut rig, sets), [true, false, false]);
}

#[test]
fn s11_an_update_of_a_pod_of_an_unknown_set_wakes_nothing() {
    let (mut rig, sets) = three();
    let stranger = pod("foo-0", &bar(), Some(("unknown", Uid(7))));
    rig.create(stranger).expect("a valid Pod");
    rig.pod_is("foo-0", PodPhase::Running, true);
    assert_eq!(woken(&mut rig, sets), [false; 3]);
}

#[test]
fn s12_an_update_that_changes_nothing_wakes_nothing() {
    let (mut rig, sets) = three();
    let pod = owned_by(&rig, "foo");
    rig.create(pod).expect("a valid Pod");
    rig.sync().expect("nothing is refused");
    forget(&mut rig);
    let id = rig.world.intern(Kind::Pod, "default", "foo-0");
    let mut cx = Cx::new(&mut rig.world, Component::User, None);
    cx.update(id, |_| false).expect("the Pod is there");
    assert_eq!(woken(&mut rig, sets), [false; 3]);
}

pub(super) fn set_labels(rig: &mut Rig, name: &str, labels: &[(&str, &str)]) {
    rig.edit(Kind::Pod, name, |pod| {
        let labels = labels.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        pod.meta.labels = Arc::new(labels.collect());
    });
}

#[test]
fn s13_an_orphan_that_gains_labels_wakes_every_set_that_selects_it_now() {
    let (mut rig, sets) = three();
    rig.create(pod("foo-0", &json!({}), None))
        .expect("a valid Pod");
    assert_eq!(woken(&mut rig, sets), [false; 3]);
    set_labels(&mut rig, "foo-0", &[("foo", "bar")]);
    assert_eq!(woken(&mut rig, sets), [true, true, false]);
}

#[test]
fn s14_a_pod_that_changes_its_owner_wakes_both() {
    let (mut rig, sets) = three();
    let pod = owned_by(&rig, "foo2");
    rig.create(pod).expect("a valid Pod");
    forget(&mut rig);
    let uid = rig.uid(Kind::StatefulSet, "foo");
    rig.edit(Kind::Pod, "foo-0", |pod| {
        let owner = OwnerReference::controller(Kind::StatefulSet, "foo".into(), uid);
        pod.meta.owner_references = vec![owner];
    });
    assert_eq!(woken(&mut rig, sets), [true, true, false]);
}

#[test]
fn s15_a_pod_that_loses_its_owner_wakes_it_and_whoever_selects_it() {
    let (mut rig, sets) = three();
    let pod = owned_by(&rig, "foo");
    rig.create(pod).expect("a valid Pod");
    forget(&mut rig);
    rig.edit(Kind::Pod, "foo-0", |pod| pod.meta.owner_references.clear());
    assert_eq!(woken(&mut rig, sets), [true, true, false]);
}

#[test]
fn s16_the_end_of_a_pod_wakes_its_set() {
    let (mut rig, sets) = three();
    let pod = owned_by(&rig, "foo");
    rig.create(pod).expect("a valid Pod");
    forget(&mut rig);
    rig.delete_pod("foo-0", AT_ONCE);
    assert!(rig.names().is_empty());
    assert_eq!(woken(&mut rig, sets), [true, false, false]);
}

#[test]
fn s17_the_end_of_an_orphan_wakes_nothing() {
    let (mut rig, sets) = three();
    rig.create(pod("foo-0", &bar(), None)).expect("a valid Pod");
    forget(&mut rig);
    rig.vanish(Kind::Pod, "foo-0");
    assert_eq!(woken(&mut rig, sets), [false; 3]);
}

#[test]
fn s25_a_set_is_looked_at_again_when_its_pod_becomes_available() {
    let mut rig = Rig::new(json!({"replicas": 1, "minReadySeconds": 30}));
    run(&mut rig);
    let ready = rig.pods()[0]
        .as_pod()
        .expect("a Pod")
        .status
        .conditions
        .clone();
    let since = ordinal_api::condition::find(&ready, "Ready")
        .expect("Ready")
        .last_transition;
    assert_eq!(rig.status().available_replicas, 1);
    let entries = rig.world.journal.iter();
    let mut counted = entries.filter(|entry| {
        let facts = format!("{:?}", entry.facts);
        entry.subject == rig.set && facts.contains("vailable")
    });
    let last = counted.next_back().expect("availability is written").at;
    assert!(
        last >= since + ordinal_api::SimDuration::secs(30),
        "{last:?}"
    );
    assert!(last <= SimTime(since.0 + 31_000), "{last:?}");
}

#[test]
fn a_status_that_somebody_else_writes_wakes_the_set_and_is_put_right() {
    let mut rig = Rig::of("OrderedReady", 3).ready();
    forget(&mut rig);
    rig.edit(Kind::StatefulSet, "foo", |set| {
        let set = set.as_stateful_set_mut().expect("a StatefulSet");
        set.status.ready_replicas = 1;
    });
    let set = rig.set;
    assert!(
        rig.world
            .parts
            .queue
            .sync_at(Controller::StatefulSet, set)
            .is_some()
    );
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.status().ready_replicas, 3);
}

#[test]
fn s19_two_sets_that_select_a_pod_are_both_asked_and_the_name_decides() {
    let (mut rig, sets) = three();
    rig.create(pod("foo2-0", &bar(), None))
        .expect("a valid Pod");
    assert_eq!(woken(&mut rig, sets), [true, true, false]);
    rig.sync().expect("nothing is refused");
    assert_eq!(controller_of(&rig, Kind::Pod, "foo2-0"), None, "not foo's");
    rig.set = sets[1];
    rig.sync().expect("nothing is refused");
    let owner = controller_of(&rig, Kind::Pod, "foo2-0");
    assert_eq!(owner.as_deref(), Some("foo2"));
}
