//! Expected failures of `recorded/admission`.

use super::Failures;

#[rustfmt::skip]
pub(crate) const FAILURES: Failures = &[
    ("apply-patch.json", "patch-strategic-on-status", "not modelled yet"),
    ("delete.json", "delete-with-finalizer", "not modelled yet"),
    ("delete.json", "delete-pvc-in-use", "not modelled yet"),
    ("delete.json", "delete-pv-bound", "not modelled yet"),
    ("delete.json", "delete-dry-run", "not modelled yet"),
    ("deployment-replicaset.json", "job-restart-policy-always", "not modelled yet"),
    ("deployment-replicaset.json", "job-template-changed", "not modelled yet"),
    ("generic-errors.json", "err-unknown-subcommand", "not modelled yet"),
    ("generic-errors.json", "err-bad-label-selector", "not modelled yet"),
    ("generic-errors.json", "err-bad-field-selector", "not modelled yet"),
    ("pod-create.json", "pod-limit-range-too-big", "not modelled yet"),
    ("pvc-pv.json", "pvc-over-quota", "not modelled yet"),
    ("pvc-pv.json", "pv-claim-ref-incomplete", "not modelled yet"),
    ("pvc-pv.json", "pv-update-clear-claim-ref", "not modelled yet"),
    ("scale.json", "scale-pod", "not modelled yet"),
    ("scale.json", "scale-service", "not modelled yet"),
    ("statefulset-update.json", "sts-set-resources-bad", "not modelled yet"),
    ("warnings.json", "warn-unknown-and-duplicate-fields", "the recorded body lost the field that stood twice"),
    ("warnings.json", "warn-strict-unknown-and-duplicate", "the recorded body lost the field that stood twice"),
];
