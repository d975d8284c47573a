//! Expected failures of `recorded/scenarios`.

use super::Failures;

#[rustfmt::skip]
pub(crate) const FAILURES: Failures = &[
    ("deploy-recreate@1.36.4.json", "deploy-recreate@1.36.4", "a doubt: the recording machine was busy (0.2 to 4.7 s until the ReplicaSet was scaled down), so the old Pods were gone before the condition was written; the other releases have it the other way round"),
    ("deploy-scale-during-rollout.json", "deploy-scale-during-rollout", "slow start is one instant here (ledger), so the Pods of two batches are made together: step 2: pod/web-{hash:web:2}-{rand:web:2.1}#1 scheduled {node} came after pod/web-{hash:web:2}-{rand:web:2.5}#1 created"),
    ("rs-pod-failed-replaced.json", "rs-pod-failed-replaced", "a doubt: the stand-in kubelet leaves the containers of a Pod that was set Failed running and takes its reason away; a real one ends them: step 4: kubectl get pods: READY is \"0/1\", recorded \"1/1\""),
    ("sts-retention-retain-delete.json", "sts-retention-retain-delete", "not yet: step 3: volumeattachment/{pv:default/www-web-2}@{node}#1 deleted came after pvc/www-web-1#1 deleted"),
];
