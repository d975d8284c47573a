//! Pods of a StatefulSet come one after the other.

use expect_test::expect;
use ordinal_api::Kind;
use ordinal_core::history::Stop;
use ordinal_tests::run::Run;
use ordinal_tests::scenarios;

#[test]
fn a_pod_and_its_claim_are_created_when_its_predecessor_is_ready() {
    let run = Run::of(&scenarios::ordered_creation());

    run.assert_order(&[
        "pvc/books-ledger-0#1 created",
        "pod/ledger-0#1 created",
        "pod/ledger-0#1 running",
        "pod/ledger-0#1 ready",
        "pvc/books-ledger-1#1 created",
        "pod/ledger-1#1 created",
        "pod/ledger-1#1 ready",
        "pvc/books-ledger-2#1 created",
        "pod/ledger-2#1 created",
        "pod/ledger-2#1 ready",
    ]);
    assert_eq!(run.played.stop, Stop::Settled);
}

#[test]
fn running_is_not_enough_to_let_the_next_pod_come() {
    let run = Run::of(&scenarios::ordered_creation());

    let running = run.at("pod/ledger-0#1 running");
    let ready = run.at("pod/ledger-0#1 ready");

    assert!(
        ready.since(running).as_secs() >= 2,
        "the probe waits 3 s after the start"
    );
    assert!(run.at("pod/ledger-1#1 created") > ready);
    let between = run.world_at(running);
    let pods = between.store.count(Kind::Pod);
    assert_eq!(pods, 1);
    let set =
        ordinal_tests::run::find(between, Kind::StatefulSet, "ledger").expect("it was applied");
    let set = between
        .store
        .id(Kind::StatefulSet, "default", &set.meta.name)
        .expect("it is stored");
    let next = between.store.id(Kind::Pod, "default", "ledger-1");
    let waits = [Some(set), next]
        .into_iter()
        .flatten()
        .flat_map(|id| between.waits_about(id))
        .count();
    assert!(waits > 0, "somebody says what is waited for");
}

#[test]
fn the_status_counts_what_is_ready() {
    let run = Run::of(&scenarios::ordered_creation());

    run.assert_order(&[
        "statefulset/ledger#1 status readyReplicas=1",
        "statefulset/ledger#1 status readyReplicas=2",
        "statefulset/ledger#1 status readyReplicas=3",
    ]);
    run.assert_order(&[
        "pod/ledger-0#1 ready",
        "endpointslice/ledger endpoints ready=[ledger-0] not-ready=[]",
    ]);
    assert_eq!(
        run.events(Kind::StatefulSet, "ledger", "SuccessfulCreate")[..2],
        [
            "Create Claim books-ledger-0 Pod ledger-0 in StatefulSet ledger success",
            "Create Pod ledger-0 in StatefulSet ledger successful",
        ]
    );
}

#[test]
fn kubectl_shows_three_of_three_and_a_bound_claim_for_each() {
    let mut run = Run::of(&scenarios::ordered_creation());

    expect![[r#"
        NAME                      READY   AGE
        statefulset.apps/ledger   3/3     26s

        NAME           READY   STATUS    RESTARTS   AGE
        pod/ledger-0   1/1     Running   0          26s
        pod/ledger-1   1/1     Running   0          18s
        pod/ledger-2   1/1     Running   0          9s

        NAME                                   STATUS   VOLUME                                     CAPACITY   ACCESS MODES   STORAGECLASS   VOLUMEATTRIBUTESCLASS   AGE
        persistentvolumeclaim/books-ledger-0   Bound    pvc-af565162-818c-459b-a49b-b77e9c8df3a1   1Gi        RWO            standard       <unset>                 26s
        persistentvolumeclaim/books-ledger-1   Bound    pvc-9bf455b3-683b-4fc8-8442-19d5b63d9ce4   1Gi        RWO            standard       <unset>                 18s
        persistentvolumeclaim/books-ledger-2   Bound    pvc-e294ee5e-beed-4523-b583-bb1db2457651   1Gi        RWO            standard       <unset>                 9s
    "#]].assert_eq(&run.kubectl("kubectl get statefulsets,pods,pvc"));
}

#[test]
fn each_pod_writes_to_its_own_disk_alone() {
    let run = Run::of(&scenarios::ordered_creation());

    for pod in ["ledger-0", "ledger-1", "ledger-2"] {
        let writers: Vec<_> = run
            .disk(&format!("books-{pod}"))
            .writes
            .iter()
            .map(|write| write.pod.to_string())
            .collect();
        assert_eq!(writers, [pod]);
    }
}
