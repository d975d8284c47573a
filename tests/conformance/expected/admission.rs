//! Expected failures of `recorded/admission`.

use super::Failures;

pub(crate) const FAILURES: Failures = &[];
