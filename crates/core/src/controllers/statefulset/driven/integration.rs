//! I01 to I08: a set against the whole API server, without kubelets.

use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, SimTime};
use serde_json::json;

use super::{AT_ONCE, POLICIES, Rig, foo, hold, refusal, rolling};
use crate::apiserver::Request;
use crate::journal::Verb;

const OLD: &str = "nginx";
const NEW: &str = "nginx:2";

#[test]
fn i01_the_set_as_it_was_sent_can_be_sent_again() {
    let mut rig = Rig::of("OrderedReady", 3);
    let again = Request::Update {
        object: foo(&json!({"podManagementPolicy": "OrderedReady"})),
        namespace: "default".into(),
        strict: true,
    };
    rig.request(again).expect("nothing is changed");
    let meta = &rig.world.get(rig.set).expect("the set is there").meta;
    assert_eq!(meta.generation, 1);
}

#[test]
fn i02_the_status_follows_every_scale_and_every_template() {
    for policy in POLICIES {
        let mut rig = Rig::of(policy, 2).ready();
        for replicas in [3, 0, 2] {
            rig.scale(replicas);
            rig.drive();
            assert_eq!(rig.status().replicas, replicas, "{policy}");
        }
        let note = json!({"spec": {"template": {"metadata": {"annotations": {"note": "1"}}}}});
        rig.patch(note).expect("the template can be changed");
        rig.drive();
        let generation = rig.world.get(rig.set).expect("it is there").meta.generation;
        assert_eq!((generation, rig.status().observed_generation), (5, 5));
    }
}

#[test]
fn i03_pods_that_ended_are_replaced_and_one_that_is_held_is_waited_for() {
    let mut rig = Rig::of("Parallel", 3).ready();
    let uids = |rig: &Rig| ["foo-0", "foo-1", "foo-2"].map(|name| rig.uid(Kind::Pod, name));
    let before = uids(&rig);
    rig.edit(Kind::Pod, "foo-0", |pod| hold(&mut pod.meta));
    rig.delete_pod("foo-0", AT_ONCE);
    rig.pod_is("foo-1", PodPhase::Failed, false);
    rig.pod_is("foo-2", PodPhase::Succeeded, false);
    for _ in 0..3 {
        rig.sync().expect("nothing is refused");
    }
    let after = uids(&rig);
    assert_eq!(after[0], before[0], "held");
    assert!(after[1] != before[1] && after[2] != before[2]);
    assert_eq!(rig.ordinals().len(), 3);
    rig.edit(Kind::Pod, "foo-0", |pod| pod.meta.finalizers.clear());
    rig.sync().expect("nothing is refused");
    assert_ne!(uids(&rig)[0], before[0]);
}

#[test]
fn i04_of_four_pods_three_are_ready_and_two_for_long_enough() {
    let mut rig = Rig::new(json!({
        "replicas": 4, "podManagementPolicy": "Parallel", "minReadySeconds": 3600,
    }));
    rig.sync().expect("Pods are made");
    for name in ["foo-2", "foo-3"] {
        rig.pod_is(name, PodPhase::Running, true);
    }
    rig.world.set_now(SimTime(2 * 3_600_000));
    rig.pod_is("foo-1", PodPhase::Running, true);
    rig.pod_is("foo-0", PodPhase::Running, false);
    rig.sync().expect("nothing is refused");
    let status = rig.status();
    let counts = (
        status.replicas,
        status.ready_replicas,
        status.available_replicas,
    );
    assert_eq!(counts, (4, 3, 2));
}

#[test]
fn i05_the_status_counts_what_is_there_although_the_rest_is_refused() {
    for policy in POLICIES {
        let mut rig = Rig::of(policy, 4);
        rig.world
            .refusals
            .refuse(Verb::Create, Kind::Pod, 2, 1_000, refusal());
        let mut dice = super::Dice::of(1);
        for _ in 0..20 {
            let _ = rig.sync();
            rig.advance(&mut dice);
        }
        assert_eq!(rig.sync(), Err(refusal()), "{policy}");
        assert_eq!(rig.status().replicas, 2, "{policy}");
    }
}

#[test]
fn i07_below_the_partition_a_pod_that_was_held_comes_back_old() {
    let mut rig = Rig::new(json!({"replicas": 2, "updateStrategy": rolling(1)})).ready();
    rig.edit(Kind::Pod, "foo-0", |pod| hold(&mut pod.meta));
    rig.set_image(NEW);
    rig.drive();
    assert_eq!(rig.images(), [OLD, NEW]);
    rig.pod_is("foo-0", PodPhase::Failed, false);
    rig.delete_pod("foo-0", AT_ONCE);
    rig.sync().expect("it waits");
    assert_eq!(rig.images(), [OLD, NEW]);
    let held = rig.uid(Kind::Pod, "foo-0");
    rig.edit(Kind::Pod, "foo-0", |pod| pod.meta.finalizers.clear());
    rig.drive();
    assert_ne!(rig.uid(Kind::Pod, "foo-0"), held);
    assert_eq!(rig.images(), [OLD, NEW]);
}

#[test]
fn i08_names_begin_at_the_first_ordinal_and_the_lowest_survives() {
    for (ordinals, replicas, names) in [
        (json!(null), 3, 0..3),
        (json!({"start": 0}), 3, 0..3),
        (json!({"start": 4}), 4, 4..8),
        (json!({"start": 2}), 7, 2..9),
    ] {
        let first = names.start;
        let mut rig = Rig::new(json!({"ordinals": ordinals, "replicas": replicas})).ready();
        assert_eq!(rig.ordinals(), names.collect::<Vec<u32>>());
        rig.scale(1);
        rig.drive();
        assert_eq!(rig.ordinals(), [first]);
    }
}
