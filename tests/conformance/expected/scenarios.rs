//! Expected failures of `recorded/scenarios`.

use super::Failures;

#[rustfmt::skip]
pub(crate) const FAILURES: Failures = &[
    ("deploy-recreate@1.36.4.json", "deploy-recreate@1.36.4", "not yet: step 2: pod/web-{hash:web:1}-{rand:web:1.3}#1 deleted came after deployment/web#1 condition Progressing=True NewReplicaSetCreated"),
    ("deploy-scale-during-rollout.json", "deploy-scale-during-rollout", "not yet: step 2: pod/web-{hash:web:2}-{rand:web:2.1}#1 scheduled {node} came after pod/web-{hash:web:2}-{rand:web:2.5}#1 created"),
    ("rs-pod-failed-replaced.json", "rs-pod-failed-replaced", "a doubt: the stand-in kubelet leaves the containers of a Pod that was set Failed running and takes its reason away; a real one ends them: step 4: kubectl get pods: READY is \"0/1\", recorded \"1/1\""),
    ("sts-retention-retain-delete.json", "sts-retention-retain-delete", "not yet: step 3: volumeattachment/{pv:default/www-web-2}@{node}#1 deleted came after pvc/www-web-1#1 deleted"),
    ("sts-watch-create.json", "sts-watch-create", "not yet: step 5: kubectl : 16 rows, recorded 18: [[\"NAME\", \"READY\", \"STATUS\", \"RESTARTS\", \"AGE\"], [\"web-0\", \"0/1\", \"Pending\", \"0\", \"0s\"], [\"web-0\", \"0/1\", \"Pending\", \"0\""),
];
