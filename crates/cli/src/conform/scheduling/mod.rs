//! Recordings of the kind `scheduling`: nodes, volumes and a Pod, and what the scheduler said.
//!
//! * `play`: one case, from its nodes to what is compared; `kubectl`: the command lines that cases hold

mod kubectl;
mod play;

use ordinal_api::Value;

use super::{CaseOutcome, case_name, cases};

/// Plays every case of a recording on a cluster of its own.
pub fn run(recording: &Value) -> Vec<CaseOutcome> {
    let outcome = |(number, case)| CaseOutcome::of(case_name(case, number), play::check(case));
    cases(recording).iter().enumerate().map(outcome).collect()
}
