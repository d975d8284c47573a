//! Recordings of the kind `scenario`: a cluster, steps, and everything that was then seen.
//!
//! * `cluster`: the cluster as recorded; `play`: the steps; `names`: what the tokens stand for
//! * `compare`: milestones and their order; `texts`: what commands printed; `finals`: what is left

mod cluster;
mod commands;
mod compare;
mod finals;
mod names;
mod play;
mod texts;

use ordinal_api::Value;

use self::compare::Comparison;
use super::CaseOutcome;

/// Plays a scenario: one case, named after the scenario.
pub fn run(recording: &Value) -> Vec<CaseOutcome> {
    let name = recording["name"].as_str().unwrap_or("scenario");
    let first = differences(recording).into_iter().next();
    vec![CaseOutcome::of(name, first.map_or(Ok(()), Err))]
}

/// Everything that differs, in words: milestones and their order, texts, what is left at the end.
pub fn differences(recording: &Value) -> Vec<String> {
    let played = match play::play(recording) {
        Ok(played) => played,
        Err(why) => return vec![why],
    };
    let mut found = Comparison::new(recording, &played).differences();
    let steps = recording["steps"].as_array().into_iter().flatten();
    for (number, (step, printed)) in steps.zip(&played.printed).enumerate() {
        if let Some(output) = printed
            && let Err(why) = texts::compare(step, output, &played.names)
        {
            let words: Vec<&str> = step["kubectl"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            found.push(format!("step {number}: kubectl {}: {why}", words.join(" ")));
        }
    }
    found.extend(finals::differences(
        recording,
        played.cluster.world(),
        &played.names,
    ));
    found
}

/// The recorded and the simulated milestones side by side, then everything that differs.
pub fn trace(recording: &Value) -> String {
    let mut text = match play::play(recording) {
        Ok(played) => Comparison::new(recording, &played).trace(recording),
        Err(why) => return format!("{why}\n"),
    };
    for difference in differences(recording) {
        text.push_str(&format!("! {difference}\n"));
    }
    text
}
