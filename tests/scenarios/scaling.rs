//! Scaling up adds Pods in order, scaling down takes them away in reverse, and claims stay.

use ordinal_api::Kind;
use ordinal_tests::run::{Run, find};
use ordinal_tests::scenarios;

#[test]
fn new_pods_come_in_order_each_after_its_predecessor_is_ready() {
    let run = Run::of(&scenarios::scaling());

    run.assert_order(&[
        "statefulset/ledger#1 desired=5",
        "pod/ledger-3#1 created",
        "pod/ledger-3#1 ready",
        "pod/ledger-4#1 created",
        "pod/ledger-4#1 ready",
        "statefulset/ledger#1 desired=2",
    ]);
}

#[test]
fn pods_go_from_the_top_each_after_its_successor_is_gone() {
    let run = Run::of(&scenarios::scaling());

    run.assert_order(&[
        "statefulset/ledger#1 desired=2",
        "pod/ledger-4#1 deletion-requested",
        "pod/ledger-4#1 deleted",
        "pod/ledger-3#1 deletion-requested",
        "pod/ledger-3#1 deleted",
        "pod/ledger-2#1 deletion-requested",
        "pod/ledger-2#1 deleted",
        "statefulset/ledger#1 status replicas=2",
    ]);
    assert_eq!(run.times("pod/ledger-0 deletion-requested"), []);
    assert_eq!(run.times("pod/ledger-1 deletion-requested"), []);
}

#[test]
fn claims_and_volumes_of_pods_that_are_gone_stay() {
    let run = Run::of(&scenarios::scaling());

    assert_eq!(run.world().store.count(Kind::Pod), 2);
    for ordinal in 0..5 {
        let claim = run.object(
            Kind::PersistentVolumeClaim,
            &format!("books-ledger-{ordinal}"),
        );
        let volume = &claim.as_claim().expect("a claim").volume_name;
        assert!(!volume.is_empty(), "books-ledger-{ordinal} is bound");
        assert!(find(run.world(), Kind::PersistentVolume, volume).is_some());
    }
    let writers: Vec<_> = run
        .disk("books-ledger-4")
        .writes
        .iter()
        .map(|w| w.pod.to_string())
        .collect();
    assert_eq!(writers, ["ledger-4"], "what it wrote is still there");
    assert!(run.disk("books-ledger-4").mounted.is_empty());
    assert!(run.disk("books-ledger-4").attached.is_empty());
}
