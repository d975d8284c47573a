//! A deleted Pod comes back: the same name, the same claim, the same bytes; another identity, another address.

use std::sync::Arc;

use ordinal_api::{Kind, Object, SimTime};
use ordinal_tests::run::{Run, find};
use ordinal_tests::scenarios::{self, ACT_MS};

fn before(run: &Run) -> Arc<Object> {
    let world = run.world_at(SimTime(ACT_MS - 1));
    find(world, Kind::Pod, "ledger-1")
        .expect("it came up")
        .clone()
}

#[test]
fn the_successor_is_created_when_the_old_pod_is_gone() {
    let run = Run::of(&scenarios::pod_deletion());

    run.assert_order(&[
        "pod/ledger-1#1 deletion-requested",
        "pod/ledger-1#1 deleted",
        "pod/ledger-1#2 created",
        "pod/ledger-1#2 ready",
    ]);
    assert_eq!(run.times("pod/ledger-0#2 created"), []);
    assert_eq!(run.times("pod/ledger-2#2 created"), []);
}

#[test]
fn the_successor_has_another_uid_and_another_address() {
    let run = Run::of(&scenarios::pod_deletion());

    let (old, new) = (before(&run), run.object(Kind::Pod, "ledger-1"));
    assert_ne!(old.meta.uid, new.meta.uid);
    let address = |pod: &Object| pod.as_pod().expect("a Pod").status.pod_ip.clone();
    assert!(!address(&old).is_empty());
    assert!(!address(new).is_empty());
    assert_ne!(address(&old), address(new));
    assert_eq!(new.as_pod().expect("a Pod").hostname, "ledger-1");
}

#[test]
fn the_successor_finds_the_claim_the_disk_and_what_was_written() {
    let run = Run::of(&scenarios::pod_deletion());

    let (old, new) = (before(&run), run.object(Kind::Pod, "ledger-1"));
    let claims = |pod: &Object| pod.as_pod().expect("a Pod").claims.clone();
    assert_eq!(claims(&old), claims(new));
    assert_eq!(run.times("pvc/books-ledger-1#2 created"), []);
    let writers: Vec<_> = run
        .disk("books-ledger-1")
        .writes
        .iter()
        .map(|w| w.uid)
        .collect();
    assert_eq!(writers, [old.meta.uid, new.meta.uid]);
}

#[test]
fn its_name_is_not_served_while_it_is_away() {
    let run = Run::of(&scenarios::pod_deletion());

    run.assert_order(&[
        "pod/ledger-1#1 deletion-requested",
        "endpointslice/ledger endpoints ready=[ledger-0,ledger-2] not-ready=[ledger-1]",
        "pod/ledger-1#2 ready",
        "endpointslice/ledger endpoints ready=[ledger-0,ledger-1,ledger-2] not-ready=[]",
    ]);
}
