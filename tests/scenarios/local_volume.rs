//! A volume in a machine does not follow its Pod: when the machine is gone, the successor waits.

use ordinal_api::Kind;
use ordinal_api::condition::ConditionStatus;
use ordinal_tests::run::Run;
use ordinal_tests::scenarios::{self, VAULT};

#[test]
fn each_claim_is_bound_to_the_volume_of_the_machine_on_which_its_pod_runs() {
    let run = Run::of(&scenarios::script("vault.yaml", VAULT));

    for pod in ["vault-0", "vault-1", "vault-2"] {
        let claim = run.object(Kind::PersistentVolumeClaim, &format!("gold-{pod}"));
        let volume = claim.as_claim().expect("a claim").volume_name.clone();
        assert_eq!(
            run.pod(pod).node_name.replace("node-", "wall-"),
            volume.as_str()
        );
        assert!(run.pod(pod).is_ready(), "{pod}");
    }
}

#[test]
fn the_successor_stays_pending_and_the_scheduler_says_why() {
    let run = Run::of(&scenarios::local_volume());

    run.assert_order(&[
        "pod/vault-1#1 deletion-requested",
        "pod/vault-1#1 deleted",
        "pod/vault-1#2 created",
        "event Warning FailedScheduling from default-scheduler on pod/vault-1: ",
    ]);
    let pod = run.pod("vault-1");
    assert_eq!(pod.status.phase.as_str(), "Pending");
    assert_eq!(pod.node_name, "");
    let scheduled = pod
        .status
        .conditions
        .iter()
        .find(|c| c.type_ == "PodScheduled")
        .expect("the scheduler has tried");
    assert_eq!(scheduled.status, ConditionStatus::False);
    assert_eq!(scheduled.reason, "Unschedulable");
    let words = "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match PersistentVolume's \
                 node affinity. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
    assert_eq!(scheduled.message, words);
    assert_eq!(
        run.events(Kind::Pod, "vault-1", "FailedScheduling"),
        [words]
    );
}

#[test]
fn the_claim_stays_bound_to_the_volume_that_nobody_can_reach() {
    let run = Run::of(&scenarios::local_volume());

    let claim = run.object(Kind::PersistentVolumeClaim, "gold-vault-1");
    assert_eq!(run.times("pvc/gold-vault-1#2 created"), []);
    assert!(!claim.as_claim().expect("a claim").volume_name.is_empty());
}
