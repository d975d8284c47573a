//! Expected failures of `recorded/dns`.

use super::Failures;

pub(crate) const FAILURES: Failures = &[];
