//! Compares what was seen: the same milestones in the same steps, in an order that keeps every recorded pair.

use std::collections::BTreeMap;

use ordinal_api::Value;
use ordinal_core::World;

use super::play::{Played, Seen};
use crate::conform::tokens::{Bindings, has_tokens};

/// A status or list of endpoints that lasts shorter may be seen or not: recordings leave it out as well.
const BRIEF_MS: u64 = 600;

/// Within this time two components that do not wait for each other write in either order. An Event may be late by as
/// much: its component hands it to a broadcaster, which writes it some time after what it tells of.
const CHANCE_MS: u64 = 60;

/// All recorded milestones of one text in one step.
#[derive(Debug, Default)]
struct Group<'r> {
    /// As recorded, and with names filled in.
    recorded: &'r str,
    filled: String,
    /// Seen in every run: number and id.
    always: BTreeMap<u64, &'r str>,
    /// Seen in some runs: numbers.
    sometimes: Vec<u64>,
    /// The places at which it was seen in the simulated run.
    places: Vec<usize>,
}

/// A comparison of milestones.
pub(super) struct Comparison<'r> {
    groups: Vec<(usize, Group<'r>)>,
    seen: &'r [Seen],
    /// The world at the end, whose journal has what led to what.
    world: &'r World,
    /// Which of the seen ones are in a group.
    known: Vec<bool>,
    before: Vec<(&'r str, &'r str)>,
    /// When each was recorded, since its step began.
    medians: BTreeMap<&'r str, u64>,
}

impl<'r> Comparison<'r> {
    pub(super) fn new(recording: &'r Value, played: &'r Played) -> Self {
        let (seen, names) = (&played.seen[..], &played.names);
        let mut groups: BTreeMap<(usize, &str), Group<'r>> = BTreeMap::new();
        for (list, always) in [("milestones", true), ("sometimes", false)] {
            for milestone in recording[list].as_array().into_iter().flatten() {
                let step = milestone["step"]
                    .as_u64()
                    .and_then(|s| usize::try_from(s).ok())
                    .unwrap_or_default();
                let what = milestone["what"].as_str().unwrap_or_default();
                let number = milestone["n"].as_u64().unwrap_or(1);
                let group = groups.entry((step, what)).or_default();
                (group.recorded, group.filled) = (what, in_order(&names.filled(what)));
                if always {
                    group
                        .always
                        .insert(number, milestone["id"].as_str().unwrap_or_default());
                } else {
                    group.sometimes.push(number);
                }
            }
        }
        let mut groups: Vec<(usize, Group<'r>)> = groups
            .into_iter()
            .map(|((step, _), group)| (step, group))
            .collect();
        let mut known = vec![false; seen.len()];
        // Exact texts first, then those with open tokens.
        groups.sort_by_key(|(_, group)| has_tokens(&group.filled));
        for (step, group) in &mut groups {
            let open = has_tokens(&group.filled);
            let unknown_name = group.filled.contains("{rand:") || group.filled.contains("{hash:");
            for (place, one) in seen.iter().enumerate().filter(|(_, one)| one.step == *step) {
                let text = in_order(&one.text);
                let same = if open {
                    !known[place]
                        && !unknown_name
                        && Bindings::default().matches(&group.filled, &text)
                } else {
                    group.filled == text
                };
                if same {
                    known[place] = true;
                    group.places.push(place);
                }
            }
        }
        let pairs = recording["before"].as_array().into_iter().flatten();
        let before = pairs
            .filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)))
            .collect();
        let recorded = recording["milestones"].as_array().into_iter().flatten();
        let medians = recorded
            .filter_map(|m| Some((m["id"].as_str()?, median_ms(m))))
            .collect();
        Self {
            medians,
            groups,
            seen,
            world: played.cluster.world(),
            known,
            before,
        }
    }

    /// All differences, in words.
    pub(super) fn differences(&self) -> Vec<String> {
        let mut found = self.missing();
        found.extend(self.unexpected());
        found.extend(self.disorder());
        found.sort_by_key(|(step, at, _)| (*step, *at));
        found.into_iter().map(|(_, _, text)| text).collect()
    }

    fn missing(&self) -> Vec<(usize, u64, String)> {
        let mut found = Vec::new();
        for (step, group) in &self.groups {
            if group.places.len() < group.always.len() {
                let times = if group.always.len() > 1 {
                    format!(" ({} of {} times)", group.places.len(), group.always.len())
                } else {
                    String::new()
                };
                found.push((
                    *step,
                    0,
                    format!("step {step}: missing{times}: {}", group.recorded),
                ));
            }
        }
        found
    }

    fn unexpected(&self) -> Vec<(usize, u64, String)> {
        let mut found = Vec::new();
        for (step, group) in &self.groups {
            let most = group.always.len() + group.sometimes.len();
            let surplus = group
                .places
                .iter()
                .copied()
                .filter(|place| !self.is_brief(*place))
                .count();
            if surplus > most {
                let text = format!(
                    "step {step}: seen {surplus} times, recorded {most}: {}",
                    group.recorded
                );
                found.push((*step, 1, text));
            }
        }
        for (place, one) in self.seen.iter().enumerate() {
            if !self.known[place] && !self.is_brief(place) && !self.is_move_by_chance(place) {
                found.push((
                    one.step,
                    one.since_ms,
                    format!("step {}: not recorded: {}", one.step, one.text),
                ));
            }
        }
        found
    }

    /// Whether it is a status or a list of endpoints that was soon another.
    fn is_brief(&self, place: usize) -> bool {
        let one = &self.seen[place];
        let Some(subject) = passing(&one.text) else {
            return false;
        };
        let next = self.seen[place + 1..]
            .iter()
            .find(|next| passing(&next.text) == Some(subject));
        next.is_some_and(|next| next.at.since(one.at).as_ms() < BRIEF_MS)
    }

    /// Whether a pair that came the wrong way round here did so by chance: a few milliseconds of a busy machine decided
    /// which of two components wrote first. What led to the other, what is told of one object and what one component
    /// writes in one go keep their order all the same.
    fn is_by_chance(&self, first: &str, second: &str, early: &Seen, late: &Seen) -> bool {
        if early.at.as_ms() > late.at.as_ms() + CHANCE_MS || self.leads_to(late.seq, early.seq) {
            return false;
        }
        if late.text.starts_with("event ") {
            return true;
        }
        let ms = |id: &str| self.medians.get(id).copied().unwrap_or_default();
        let subject = |text: &str| text.split(' ').next().map(str::to_owned);
        // What is of the same millisecond here has no order either.
        (early.at == late.at || ms(second).saturating_sub(ms(first)) < CHANCE_MS)
            && subject(&early.text) != subject(&late.text)
            && (early.by, early.cause) != (late.by, late.cause)
    }

    /// Whether one journal entry led to another.
    fn leads_to(&self, one: u64, other: u64) -> bool {
        let cause = |seq: &u64| self.world.entry(*seq).and_then(|entry| entry.cause);
        std::iter::successors(cause(&other), cause).any(|seq| seq == one)
    }

    /// Whether a volume is moved because its Pod came to another node, where which node was the scheduler's choice:
    /// recordings leave that out.
    fn is_move_by_chance(&self, place: usize) -> bool {
        let volume =
            |text: &'r str| Some(text.strip_prefix("volumeattachment/")?.split_once('@')?.0);
        let Some(moved) = volume(&self.seen[place].text) else {
            return false;
        };
        let by_chance = format!("volumeattachment/{moved}@{{node");
        self.groups
            .iter()
            .any(|(_, group)| group.filled.starts_with(&by_chance))
            && self.seen[..=place].iter().any(|seen| {
                volume(&seen.text) == Some(moved) && seen.text.ends_with(" detach-requested")
            })
    }

    fn disorder(&self) -> Vec<(usize, u64, String)> {
        let mut by_id: BTreeMap<&str, (&Group<'r>, usize, (usize, usize))> = BTreeMap::new();
        for (step, group) in &self.groups {
            for (number, id) in &group.always {
                if let Some(range) = group.range(*number) {
                    by_id.insert(*id, (group, *step, range));
                }
            }
        }
        let mut found = Vec::new();
        for (first, second) in &self.before {
            let (Some((a, step, (from, _))), Some((b, _, (_, to)))) =
                (by_id.get(first), by_id.get(second))
            else {
                continue;
            };
            let (early, late) = (&self.seen[*from], &self.seen[*to]);
            if early.seq >= late.seq
                && (early.seq == late.seq || !self.is_by_chance(first, second, early, late))
            {
                let together = if early.seq == late.seq {
                    "together with"
                } else {
                    "after"
                };
                found.push((
                    *step,
                    early.since_ms,
                    format!("step {step}: {} came {together} {}", a.recorded, b.recorded),
                ));
            }
        }
        found
    }

    /// Recorded and simulated milestones side by side, by step.
    pub(super) fn trace(&self, recording: &Value) -> String {
        let mut lines: Vec<(usize, u64, String)> = Vec::new();
        for milestone in recording["milestones"].as_array().into_iter().flatten() {
            let id = milestone["id"].as_str().unwrap_or_default();
            let ms = median_ms(milestone);
            let found = self.groups.iter().find_map(|(step, group)| {
                let (number, _) = group.always.iter().find(|(_, i)| **i == id)?;
                Some((*step, group, *number))
            });
            let Some((step, group, number)) = found else {
                continue;
            };
            let simulated = group
                .range(number)
                .map(|(place, _)| self.seen[place].since_ms);
            let simulated_text =
                simulated.map_or("      --".to_owned(), |ms| format!("{:>8}", seconds(ms)));
            let text = format!(
                "{id:>5} {:>8} {simulated_text}  {}",
                seconds(ms),
                group.filled
            );
            lines.push((step, simulated.unwrap_or(ms), text));
        }
        for (place, one) in self.seen.iter().enumerate() {
            if !self.known[place] {
                let brief = if self.is_brief(place) {
                    " (briefly)"
                } else {
                    ""
                };
                lines.push((
                    one.step,
                    one.since_ms,
                    format!(
                        "      {:>8} {:>8}  {}{brief}",
                        "--",
                        seconds(one.since_ms),
                        one.text
                    ),
                ));
            }
        }
        lines.sort_by_key(|line| (line.0, line.1));
        let mut text = format!("{:>5} {:>8} {:>8}\n", "", "recorded", "simulated");
        let mut last = None;
        for (step, _, line) in lines {
            if last != Some(step) {
                text.push_str(&format!("step {step}\n"));
                last = Some(step);
            }
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

impl Group<'_> {
    /// Between which of the seen ones the recorded one of that number lies: first and last place that it can be.
    fn range(&self, number: u64) -> Option<(usize, usize)> {
        let always_before = self.always.keys().filter(|n| **n < number).count();
        let always_after = self.always.keys().filter(|n| **n > number).count();
        let sometimes_before = self.sometimes.iter().filter(|n| **n < number).count();
        let sometimes_after = self.sometimes.iter().filter(|n| **n > number).count();
        let count = self.places.len();
        let least = always_before.max(count.saturating_sub(1 + always_after + sometimes_after));
        let most = (always_before + sometimes_before).min(count.checked_sub(1 + always_after)?);
        Some((*self.places.get(least.min(most))?, *self.places.get(most)?))
    }
}

/// The lists of endpoints in a milestone, each sorted: recorded they stand in the order of their tokens.
fn in_order(text: &str) -> String {
    if !text.starts_with("endpointslice/") {
        return text.to_owned();
    }
    let sorted = |part: &str| match part.split_once(']') {
        Some((list, rest)) => {
            let mut names: Vec<&str> = list.split(',').collect();
            names.sort_unstable();
            format!("{}]{rest}", names.join(","))
        }
        None => part.to_owned(),
    };
    let parts: Vec<String> = text.split('[').map(sorted).collect();
    parts.join("[")
}

/// The part of a milestone that tells which status or list it is about.
fn passing(text: &str) -> Option<&str> {
    if let Some(at) = text.find(" status ") {
        return text[at..].find('=').map(|end| &text[..at + end]);
    }
    text.find(" endpoints ready=").map(|at| &text[..at])
}

fn median_ms(milestone: &Value) -> u64 {
    let secs = milestone["t_s"][1].as_f64().unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a recorded time is short and positive"
    )]
    let ms = (secs * 1000.0) as u64;
    ms
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
