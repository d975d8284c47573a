//! Expected failures of `recorded/scenarios`.

use super::Failures;

#[rustfmt::skip]
pub(crate) const FAILURES: Failures = &[
    ("deploy-recreate@1.36.4.json", "deploy-recreate@1.36.4", "a doubt: the recording machine was busy (0.2 to 4.7 s until the ReplicaSet was scaled down), so the old Pods were gone before the condition was written; the other releases have it the other way round"),
    ("sts-retention-retain-delete.json", "sts-retention-retain-delete", "a doubt: chance decides whether the volume is detached (one beat of 100 ms, then the driver) before the next Pod's claim is gone; in 1.34.4 and 1.35.0 the claim is first, as here; in this recording the claim took 0.17 s to go and not 0.02 to 0.08 s: step 3: volumeattachment/{pv:default/www-web-2}@{node}#1 deleted came after pvc/www-web-1#1 deleted"),
];
