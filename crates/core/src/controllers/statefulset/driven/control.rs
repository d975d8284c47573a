//! C49 to C58: what is available, which error is returned, and how fast a Parallel set is.

use ordinal_api::{Kind, SimTime, Status};
use serde_json::json;

use super::{Rig, refusal};
use crate::journal::Verb;

const MINUTE: u64 = 60_000;

/// How many of one Pod that has been Ready for so long count as available, when an hour is asked for.
fn available_after(minutes: u64) -> u32 {
    let mut rig = Rig::new(json!({"replicas": 1, "minReadySeconds": 3600}));
    rig.drive();
    rig.world.set_now(SimTime(minutes * MINUTE));
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.status().ready_replicas, 1);
    rig.status().available_replicas
}

#[test]
fn c49_a_pod_that_has_been_ready_for_longer_than_asked_is_available() {
    assert_eq!(available_after(120), 1);
    assert_eq!(available_after(60), 1, "at the moment itself");
}

#[test]
fn c50_a_pod_that_has_not_been_ready_for_long_enough_is_not_available() {
    assert_eq!(available_after(30), 0);
}

/// What a sync answers when its Pod, its status or both are refused; the status is tried exactly once.
fn answer(pod: Option<Status>, status: Option<Status>) -> Result<(), Status> {
    let mut rig = Rig::of("OrderedReady", 3);
    if let Some(refusal) = pod {
        rig.refuse(Verb::Create, Kind::Pod, 0, refusal);
    }
    if let Some(refusal) = status {
        rig.refuse(Verb::Update, Kind::StatefulSet, 0, refusal);
    }
    let answer = rig.sync();
    assert_eq!(rig.world.refusals.count(Verb::Update, Kind::StatefulSet), 1);
    answer
}

#[test]
fn c51_without_a_failure_the_status_is_written_once() {
    assert_eq!(answer(None, None), Ok(()));
}

#[test]
fn c52_a_failure_of_the_status_is_returned() {
    let status = Status::internal("status");
    assert_eq!(answer(None, Some(status.clone())), Err(status));
}

#[test]
fn c53_after_a_failure_of_the_sync_the_status_is_written_all_the_same() {
    assert_eq!(answer(Some(refusal()), None), Err(refusal()));
}

#[test]
fn c54_of_both_failures_that_of_the_sync_is_returned() {
    let status = Status::internal("status");
    assert_eq!(answer(Some(refusal()), Some(status)), Err(refusal()));
}

/// A Parallel set is scaled: two syncs are enough.
fn scaled_in_two_syncs(from: u32, to: u32) -> Rig {
    let mut rig = Rig::of("Parallel", from);
    rig.sync().expect("nothing is refused");
    for ordinal in 0..from {
        let name = format!("foo-{ordinal}");
        rig.pod_is(&name, ordinal_api::pod::PodPhase::Running, true);
    }
    rig.scale(to);
    for _ in 0..2 {
        rig.sync().expect("nothing is refused");
    }
    assert_eq!(rig.status().replicas, to);
    assert_eq!(rig.ordinals().len(), to as usize);
    rig
}

#[test]
fn c55_a_parallel_set_of_three_grows_to_thirty_and_claims_have_the_labels_of_template_and_selector()
{
    let rig = scaled_in_two_syncs(3, 30);
    for ordinal in 0..30 {
        let claim = rig.get(Kind::PersistentVolumeClaim, &super::claim(ordinal));
        let labels = &claim.expect("it has a claim").meta.labels;
        let labels: Vec<(&str, &str)> = labels.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(labels, [("foo", "bar"), ("role", "data")]);
    }
}

#[test]
fn c56_a_parallel_set_of_ten_shrinks_to_one() {
    scaled_in_two_syncs(10, 1);
}

#[test]
fn c57_a_parallel_set_of_501_shrinks_to_nothing() {
    scaled_in_two_syncs(501, 0);
}

#[test]
fn c58_a_parallel_set_grows_from_nothing_to_a_thousand() {
    scaled_in_two_syncs(0, 1000);
}

/// B6: batches of 1, 2, 4 …; a failure lets its own batch finish and nothing after it begin.
#[test]
fn a_failure_in_a_parallel_set_stops_the_batches_after_it_but_not_its_own() {
    let mut rig = Rig::of("Parallel", 10);
    // The second of the batch of 1 and 2.
    rig.refuse(Verb::Create, Kind::Pod, 1, refusal());
    assert_eq!(rig.sync(), Err(refusal()));
    assert_eq!(rig.ordinals(), [0, 2]);
    rig.sync().expect("the rest");
    assert_eq!(rig.ordinals().len(), 10);
}

#[test]
fn a_failure_in_a_parallel_set_keeps_what_is_too_many() {
    let mut rig = Rig::of("Parallel", 5).ready();
    rig.scale(3);
    rig.vanish(Kind::Pod, "foo-1");
    rig.refuse(Verb::Create, Kind::Pod, 0, refusal());
    assert_eq!(rig.sync(), Err(refusal()));
    assert_eq!(
        rig.ordinals(),
        [0, 2, 3, 4],
        "scaling down comes after creation"
    );
}
