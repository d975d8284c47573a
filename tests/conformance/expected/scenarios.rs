//! Expected failures of `recorded/scenarios`.

use super::Failures;

#[rustfmt::skip]
pub(crate) const FAILURES: Failures = &[
    ("deploy-max-surge-zero.json", "deploy-max-surge-zero", "not yet: step 5: kubectl describe deploy web: stdout line 28 is \"OldReplicaSets:  <none>\", recorded \"OldReplicaSets:  web-{hash:web:1} (0/0 replicas created)\""),
    ("deploy-pause-resume.json", "deploy-pause-resume", "not yet: step 9: kubectl rollout undo deploy/web: stderr line 2 is \"error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume deployme"),
    ("deploy-recreate.json", "deploy-recreate", "not yet: step 6: kubectl describe deploy web: stdout line 28 is \"OldReplicaSets:  <none>\", recorded \"OldReplicaSets:  web-{hash:web:1} (0/0 replicas created)\""),
    ("deploy-recreate@1.34.4.json", "deploy-recreate@1.34.4", "not yet: step 6: kubectl describe deploy web: stdout line 28 is \"OldReplicaSets:  <none>\", recorded \"OldReplicaSets:  web-{hash:web:1} (0/0 replicas created)\""),
    ("deploy-recreate@1.35.0.json", "deploy-recreate@1.35.0", "not yet: step 6: kubectl describe deploy web: stdout line 28 is \"OldReplicaSets:  <none>\", recorded \"OldReplicaSets:  web-{hash:web:1} (0/0 replicas created)\""),
    ("deploy-recreate@1.36.4.json", "deploy-recreate@1.36.4", "not yet: step 2: pod/web-{hash:web:1}-{rand:web:1.3}#1 deleted came after deployment/web#1 condition Progressing=True NewReplicaSetCreated"),
    ("deploy-scale-during-rollout.json", "deploy-scale-during-rollout", "not yet: step 2: pod/web-{hash:web:2}-{rand:web:2.1}#1 scheduled {node} came after pod/web-{hash:web:2}-{rand:web:2.5}#1 created"),
    ("drain-budget-allows.json", "drain-budget-allows", "not yet: step 4: missing: pod/web-1#1 condition DisruptionTarget=True EvictionByEvictionAPI"),
    ("drain-budget-refuses.json", "drain-budget-refuses", "not yet: step 10: missing: pod/web-2#1 condition DisruptionTarget=True EvictionByEvictionAPI"),
    ("drain-what-stands-in-the-way.json", "drain-what-stands-in-the-way", "not yet: step 0: missing: controllerrevision/agent-{hash:agent:1}#1 created"),
    ("node-all-lost-at-once.json", "node-all-lost-at-once", "not yet: at the end: pod/web-0 is there, not recorded"),
    ("node-object-deleted.json", "node-object-deleted", "not yet: step 13: event Normal RegisteredNode from node-controller on node/n2: Node n2 event: Registered Node n2 in Controller came after volumeattachment/{pv:default/ww"),
    ("node-pod-deleted-while-node-is-down.json", "node-pod-deleted-while-node-is-down", "not yet: step 10: node/n2#1 untaint node.kubernetes.io/unreachable:NoExecute came after volumeattachment/{pv:default/www-web-1}@n2#2 attached"),
    ("ns-delete.json", "ns-delete", "not yet: step 8: kubectl create configmap late -n lab --from-literal=a=1: stderr line 1 is \"error: unknown flag: --from-literal\", recorded \"error: failed to create confi"),
    ("pdb-drain-allowed.json", "pdb-drain-allowed", "not yet: step 4: missing: pod/web-1#1 condition DisruptionTarget=True EvictionByEvictionAPI"),
    ("rs-pod-failed-replaced.json", "rs-pod-failed-replaced", "not yet: step 2: missing: pod/web-{rand:web:1}#1 failed Evicted"),
    ("sts-crash-loop-blocks.json", "sts-crash-loop-blocks", "not yet: step 4: kubectl describe pod web-0: stdout line 1 is \"Name:         web-0\", recorded \"Name:             web-0\""),
    ("sts-diff.json", "sts-diff", "not yet: step 2: kubectl diff -f -: exit 1, recorded 0 (error: this command is not simulated)"),
    ("sts-ordered-create@1.34.4.json", "sts-ordered-create@1.34.4", "not yet: step 5: kubectl describe sts web: stdout line 1 is \"Name:                   web\", recorded \"Name:               web\""),
    ("sts-ordered-create@1.35.0.json", "sts-ordered-create@1.35.0", "not yet: step 5: kubectl describe sts web: stdout line 1 is \"Name:                   web\", recorded \"Name:               web\""),
    ("sts-ordered-create@1.36.4.json", "sts-ordered-create@1.36.4", "not yet: step 5: kubectl describe sts web: stdout line 1 is \"Name:                   web\", recorded \"Name:               web\""),
    ("sts-pod-evicted.json", "sts-pod-evicted", "not yet: step 2: missing: endpointslice/web endpoints ready=[web-0,web-1] not-ready=[]"),
    ("sts-retention-delete-retain.json", "sts-retention-delete-retain", "not yet: step 0: missing: event Normal WaitForPodScheduled from persistentvolume-controller on pvc/www-web-0: waiting for pod web-0 to be scheduled"),
    ("sts-retention-retain-delete.json", "sts-retention-retain-delete", "not yet: step 3: volumeattachment/{pv:default/www-web-2}@{node}#1 deleted came after pvc/www-web-1#1 deleted"),
    ("sts-rollout-undo@1.34.4.json", "sts-rollout-undo@1.34.4", "not yet: step 5: kubectl rollout undo sts/web: stderr line 1 is \"Warning: resource statefulsets/web was previously managed with 'kubectl apply'. Rolling back will not up"),
    ("sts-rollout-undo@1.35.0.json", "sts-rollout-undo@1.35.0", "not yet: step 5: kubectl rollout undo sts/web: stderr line 1 is \"Warning: resource statefulsets/web was previously managed with 'kubectl apply'. Rolling back will not up"),
    ("sts-watch-create.json", "sts-watch-create", "not yet: step 5: kubectl : 16 rows, recorded 18: [[\"NAME\", \"READY\", \"STATUS\", \"RESTARTS\", \"AGE\"], [\"web-0\", \"0/1\", \"Pending\", \"0\", \"0s\"], [\"web-0\", \"0/1\", \"Pending\", \"0\""),
    ("zone-lost-with-zonal-volumes@1.34.4.json", "zone-lost-with-zonal-volumes@1.34.4", "not yet: step 13: kubectl describe pod web-1: stdout line 1 is \"Name:           web-1\", recorded \"Name:             web-1\""),
];
