//! Expected failures of `recorded/scenarios`.

use super::Failures;

pub(crate) const FAILURES: Failures = &[];
