//! Expected failures of `recorded/admission`.

use super::Failures;

#[rustfmt::skip]
pub(crate) const FAILURES: Failures = &[
    ("warnings.json", "warn-unknown-and-duplicate-fields", "the recorded body lost the field that stood twice"),
    ("warnings.json", "warn-strict-unknown-and-duplicate", "the recorded body lost the field that stood twice"),
];
