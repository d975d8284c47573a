//! Where the simulator differs from a recording, and why: one list a folder. Nothing is here that could be mended.

pub(crate) mod admission;
pub(crate) mod dns;
pub(crate) mod printing;
pub(crate) mod scenarios;
pub(crate) mod scheduling;

/// File in the folder, case, reason; sorted.
pub(crate) type Failures = &'static [(&'static str, &'static str, &'static str)];
