//! `Namespace`.

use crate::condition::Condition;

/// What a Namespace stores beside its metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Namespace {
    /// `status.phase` is `Terminating`.
    pub terminating: bool,
    /// `status.conditions`
    pub conditions: Vec<Condition>,
    /// `spec.finalizers` still holds `kubernetes`.
    pub finalized: bool,
}
