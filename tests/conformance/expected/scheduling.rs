//! Expected failures of `recorded/scheduling`.

use super::Failures;

pub(crate) const FAILURES: Failures = &[];
