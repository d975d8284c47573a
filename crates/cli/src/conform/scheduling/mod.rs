//! Recordings of the kind `scheduling`: nodes, volumes and a Pod, and what the scheduler said.

use ordinal_api::Value;

use super::{CaseOutcome, case_name, cases};

/// Plays every case of a recording on a cluster of its own.
pub fn run(recording: &Value) -> Vec<CaseOutcome> {
    let outcome = |(number, case)| CaseOutcome::failed(case_name(case, number), "no runner yet");
    cases(recording).iter().enumerate().map(outcome).collect()
}
