//! Expected failures of `recorded/printing`.

use super::Failures;

#[rustfmt::skip]
pub(crate) const FAILURES: Failures = &[
    ("changes.json", "edit-change", "there is no editor behind the command line; the page has its own"),
    ("misc.json", "explain-sts-spec", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-sts", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-pvc-spec-modes", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-partition", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-svc-clusterip", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-retention", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-sc", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-pv-reclaim", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-enum-policy", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-pdb-spec", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-recursive", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "explain-version", "the sentences about fields are larger than the page and are not carried"),
    ("misc.json", "config-no-current", "the recording does not say that it ran with another kubeconfig"),
];
