//! A machine loses its power: what the cluster believes, when it acts, and what it takes to get the disk back.

use expect_test::expect;
use ordinal_api::{Kind, SimTime};
use ordinal_kubectl::script::{Script, Until};
use ordinal_tests::run::{Run, find};
use ordinal_tests::scenarios::{self, ACT_MS, RETURN_MS};

fn node() -> String {
    scenarios::node_of(&scenarios::ordered_creation(), "ledger-1")
}

#[test]
fn the_node_turns_unknown_some_50_s_after_its_last_heartbeat() {
    let (run, node) = (Run::of(&scenarios::node_power_off()), node());

    let unknown = run.at(&format!("node/{node}#1 unknown"));

    let silent = unknown.since(SimTime(ACT_MS)).as_ms();
    assert!((40_000..=55_000).contains(&silent), "{silent} ms");
    let heartbeat = &run.world().machines;
    let machine = heartbeat
        .values()
        .find(|m| m.name == node)
        .expect("it is a machine");
    let silent = unknown.since(machine.last_heartbeat).as_ms();
    assert!(
        (50_000..=55_000).contains(&silent),
        "{silent} ms after the last heartbeat"
    );
}

#[test]
fn its_pods_are_not_ready_and_it_is_tainted_at_once() {
    let (run, node) = (Run::of(&scenarios::node_power_off()), node());

    let unknown = format!("node/{node}#1 unknown");
    for next in [
        format!("node/{node}#1 taint node.kubernetes.io/unreachable:NoSchedule"),
        format!("node/{node}#1 taint node.kubernetes.io/unreachable:NoExecute"),
        "pod/ledger-1#1 not-ready".to_owned(),
        "statefulset/ledger#1 status readyReplicas=2".to_owned(),
    ] {
        let after = run.world_at(run.at(&unknown)).now();
        let when = run.times(&next).into_iter().find(|at| *at >= after);
        let when = when.unwrap_or_else(|| panic!("never: {next}"));
        assert!(when.since(after).as_ms() <= 500, "{next}: {when:?}");
    }
    let world = run.world_at(run.at(&unknown) + ordinal_api::SimDuration::secs(10));
    let pod = find(world, Kind::Pod, "ledger-1").expect("it is still there");
    assert_eq!(
        pod.as_pod().expect("a Pod").status.phase.as_str(),
        "Running"
    );
    assert!(!pod.meta.is_deleting());
}

#[test]
fn the_pod_is_evicted_300_s_after_the_taint_and_then_terminates_for_ever() {
    let (run, node) = (Run::of(&scenarios::node_power_off()), node());

    let taint = format!("node/{node}#1 taint node.kubernetes.io/unreachable:NoExecute");
    let evicted = run.between(&taint, "pod/ledger-1#1 deletion-requested");
    assert!((300_000..300_500).contains(&evicted.as_ms()), "{evicted}");

    let mut before = Run::of(&Script {
        until: Until::Moment(SimTime(RETURN_MS - 1)),
        ..scenarios::node_power_off_without_help()
    });
    expect![[r#"
        NAME       READY   STATUS        RESTARTS   AGE
        ledger-0   1/1     Running       0          9m54s
        ledger-1   1/1     Terminating   0          9m46s
        ledger-2   1/1     Running       0          9m37s
    "#]]
    .assert_eq(&before.kubectl("kubectl get pods"));
    assert_eq!(
        before.times("pod/ledger-1#2 created"),
        [],
        "it is not replaced"
    );
    let waits = before
        .world()
        .store
        .id(Kind::Pod, "default", "ledger-1")
        .map(|id| before.world().waits_about(id).count());
    assert!(waits > Some(0), "somebody says what is waited for");
}

#[test]
fn a_forced_deletion_lets_the_successor_go_elsewhere_where_it_waits_six_minutes_for_its_disk() {
    let (run, node) = (Run::of(&scenarios::node_power_off()), node());

    run.assert_order(&[
        "pod/ledger-1#1 deletion-requested",
        "pod/ledger-1#1 deleted",
        "pod/ledger-1#2 created",
        "pod/ledger-1#2 scheduled",
        "pod/ledger-1#2 running",
        "pod/ledger-1#2 ready",
    ]);
    let deleted = run.at("pod/ledger-1#1 deleted");
    assert_eq!(deleted, SimTime(RETURN_MS));
    assert_ne!(run.pod("ledger-1").node_name, node);
    let running = run.at("pod/ledger-1#2 running").since(deleted).as_ms();
    assert!((360_000..370_000).contains(&running), "{running} ms");
    assert!(
        run.disk("books-ledger-1")
            .mounted
            .iter()
            .all(|mount| mount.uid == run.object(Kind::Pod, "ledger-1").meta.uid)
    );
}

#[test]
fn the_wait_for_the_disk_is_told_in_kubernetes_own_words() {
    let run = Run::of(&scenarios::node_power_off());

    let volume = run
        .object(Kind::PersistentVolumeClaim, "books-ledger-1")
        .as_claim()
        .expect("a claim")
        .volume_name
        .clone();
    assert_eq!(
        run.events(Kind::Pod, "ledger-1", "FailedAttachVolume"),
        [format!(
            "Waiting for detach for volume \"{volume}\" Volume is already exclusively attached to one node, waiting on \
             detach before it can be attached to another node"
        )]
    );
}

#[test]
fn the_out_of_service_taint_frees_pod_and_disk_within_half_a_minute() {
    let (run, node) = (Run::of(&scenarios::node_out_of_service()), node());

    run.assert_order(&[
        &format!("node/{node}#1 taint node.kubernetes.io/out-of-service:NoExecute"),
        "pod/ledger-1#1 deleted",
        "pod/ledger-1#2 created",
        "pod/ledger-1#2 ready",
    ]);
    let gone = run
        .at("pod/ledger-1#1 deleted")
        .since(SimTime(RETURN_MS))
        .as_ms();
    assert!(gone <= 20_000, "the collector passes every 20 s: {gone} ms");
    let ready = run.between("pod/ledger-1#1 deleted", "pod/ledger-1#2 ready");
    assert!(ready.as_secs() < 30, "no six minutes: {ready}");
    assert_ne!(run.pod("ledger-1").node_name, node);
}

#[test]
fn what_was_written_before_the_loss_is_there_afterwards() {
    for script in [
        scenarios::node_power_off(),
        scenarios::node_out_of_service(),
    ] {
        let run = Run::of(&script);

        let before = find(run.world_at(SimTime(ACT_MS - 1)), Kind::Pod, "ledger-1")
            .expect("it came up")
            .meta
            .uid;
        let after = run.object(Kind::Pod, "ledger-1").meta.uid;
        let writers: Vec<_> = run
            .disk("books-ledger-1")
            .writes
            .iter()
            .map(|w| w.uid)
            .collect();
        assert_eq!(writers, [before, after]);
    }
}

#[test]
fn nobody_else_is_touched() {
    let run = Run::of(&scenarios::node_power_off());

    assert_eq!(run.times("pod/ledger-0 deletion-requested"), []);
    assert_eq!(run.times("pod/ledger-2 deletion-requested"), []);
}
