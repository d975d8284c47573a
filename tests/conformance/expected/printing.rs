//! Expected failures of `recorded/printing`.

use super::Failures;

pub(crate) const FAILURES: Failures = &[];
