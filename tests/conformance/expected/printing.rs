//! Expected failures of `recorded/printing`.

use super::Failures;

pub(crate) const FAILURES: Failures = &[
    (
        "changes.json",
        "annotate-list",
        "--list, --dry-run and mistakes of annotate are not modelled yet",
    ),
    (
        "changes.json",
        "apply-dry-client",
        "apply has no dry runs yet",
    ),
    ("changes.json", "apply-dry-new", "apply has no dry runs yet"),
    (
        "changes.json",
        "apply-dry-server",
        "apply has no dry runs yet",
    ),
    (
        "changes.json",
        "apply-k-missing",
        "this form of apply is not modelled yet",
    ),
    (
        "changes.json",
        "apply-name-out",
        "this form of apply is not modelled yet",
    ),
    (
        "changes.json",
        "apply-no-name",
        "this form of apply is not modelled yet",
    ),
    (
        "changes.json",
        "apply-ns-mismatch",
        "this form of apply is not modelled yet",
    ),
    (
        "changes.json",
        "apply-prune-none",
        "this form of apply is not modelled yet",
    ),
    (
        "changes.json",
        "apply-server-side",
        "fields have no managers yet",
    ),
    (
        "changes.json",
        "apply-ssa-conflict",
        "fields have no managers yet",
    ),
    (
        "changes.json",
        "apply-ssa-force",
        "fields have no managers yet",
    ),
    (
        "changes.json",
        "apply-ssa-same",
        "fields have no managers yet",
    ),
    (
        "changes.json",
        "apply-url-like",
        "this form of apply is not modelled yet",
    ),
    (
        "changes.json",
        "apply-yaml-out",
        "apply has no dry runs yet",
    ),
    (
        "changes.json",
        "create-save-config",
        "create -f has no flags of output yet",
    ),
    (
        "changes.json",
        "edit-change",
        "there is no editor behind the command line; the page has its own",
    ),
    (
        "changes.json",
        "edit-missing",
        "there is no editor behind the command line; the page has its own",
    ),
    (
        "changes.json",
        "edit-nochange",
        "there is no editor behind the command line; the page has its own",
    ),
    (
        "changes.json",
        "label-add-remove-same",
        "--list, --dry-run and mistakes of label are not modelled yet",
    ),
    (
        "changes.json",
        "label-dry",
        "--list, --dry-run and mistakes of label are not modelled yet",
    ),
    (
        "changes.json",
        "label-list",
        "--list, --dry-run and mistakes of label are not modelled yet",
    ),
    ("changes.json", "patch", "patch is not simulated yet"),
    (
        "changes.json",
        "patch-bad-json",
        "patch is not simulated yet",
    ),
    (
        "changes.json",
        "patch-bad-type",
        "patch is not simulated yet",
    ),
    (
        "changes.json",
        "patch-bad-value",
        "patch is not simulated yet",
    ),
    ("changes.json", "patch-change", "patch is not simulated yet"),
    ("changes.json", "patch-file", "patch is not simulated yet"),
    (
        "changes.json",
        "patch-finalizers",
        "patch is not simulated yet",
    ),
    (
        "changes.json",
        "patch-forbidden",
        "patch is not simulated yet",
    ),
    ("changes.json", "patch-json", "patch is not simulated yet"),
    (
        "changes.json",
        "patch-json-test-fails",
        "patch is not simulated yet",
    ),
    ("changes.json", "patch-merge", "patch is not simulated yet"),
    (
        "changes.json",
        "patch-missing",
        "patch is not simulated yet",
    ),
    (
        "changes.json",
        "patch-nochange",
        "patch is not simulated yet",
    ),
    (
        "changes.json",
        "patch-nochange-merge",
        "patch is not simulated yet",
    ),
    ("changes.json", "patch-nop", "patch is not simulated yet"),
    (
        "changes.json",
        "patch-partition",
        "patch is not simulated yet",
    ),
    (
        "changes.json",
        "patch-pv-retain",
        "patch is not simulated yet",
    ),
    (
        "changes.json",
        "patch-sc-default",
        "patch is not simulated yet",
    ),
    (
        "changes.json",
        "patch-subresource",
        "patch is not simulated yet",
    ),
    ("changes.json", "patch-svc-lb", "patch is not simulated yet"),
    ("changes.json", "replace", "replace is not simulated yet"),
    (
        "changes.json",
        "replace-force",
        "replace is not simulated yet",
    ),
    (
        "changes.json",
        "replace-missing",
        "replace is not simulated yet",
    ),
    (
        "changes.json",
        "scale-all",
        "scale takes single names only, so far",
    ),
    (
        "changes.json",
        "scale-dry",
        "scale takes single names only, so far",
    ),
    (
        "changes.json",
        "scale-f",
        "scale takes single names only, so far",
    ),
    (
        "changes.json",
        "scale-kind-only",
        "scale takes single names only, so far",
    ),
    (
        "changes.json",
        "scale-noname",
        "scale takes single names only, so far",
    ),
    (
        "errors.json",
        "err-annotate-noargs",
        "--list, --dry-run and mistakes of annotate are not modelled yet",
    ),
    (
        "errors.json",
        "err-patch-none",
        "patch is not simulated yet",
    ),
    (
        "errors.json",
        "err-replace-none",
        "replace is not simulated yet",
    ),
    (
        "errors.json",
        "help-scale",
        "the help of single verbs is not carried",
    ),
    (
        "misc.json",
        "explain-enum-policy",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-partition",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-pdb-spec",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-pv-reclaim",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-pvc-spec-modes",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-recursive",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-retention",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-sc",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-sts",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-sts-spec",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-svc-clusterip",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "misc.json",
        "explain-version",
        "the sentences about fields are larger than the page and are not carried",
    ),
    (
        "nodes.json",
        "taint-noeffect",
        "mistakes in the arguments of taint are not all told yet",
    ),
    (
        "nodes.json",
        "taint-pod",
        "mistakes in the arguments of taint are not all told yet",
    ),
];
