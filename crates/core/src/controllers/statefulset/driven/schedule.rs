//! Random schedules: a set, what becomes of it and its Pods between the syncs, and which requests meet a conflict. All of
//! it follows from one number; what breaks a promise is made as short as it can be before it is told.
//!
//! `ORDINAL_SEED=N` plays one schedule, `ORDINAL_SCHEDULES=N` so many from there on; `cargo xtask soak` plays them for long.

use std::fmt;

use serde_json::{Value, json};

use super::played::Played;
use super::{Dice, POLICIES, RETENTIONS};
use crate::release::Release;
use crate::shrink::shortest;

/// How many schedules are played where nobody says otherwise.
const SCHEDULES: u64 = 2_000;
/// How many things happen in one.
const STEPS: usize = 24;
const RELEASES: [&str; 7] = [
    "1.30", "1.34.4", "1.35.0", "1.35.4", "1.36.4", "1.37.1", "1.37.1",
];

/// Something that happens between syncs. Numbers choose among what is there at that moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event {
    Sync,
    Scale(u32),
    Image(u32),
    Start(u32),
    /// 0 is OnDelete, 1 RollingUpdate without its block, from 2 on a partition.
    Strategy(u32),
    MaxUnavailable(u32),
    Retention(usize),
    MinReady(u32),
    Advance(usize),
    NotReady(usize),
    End(usize, bool),
    /// A Pod is deleted: gracefully, so that it stays for a while, or by force.
    Delete(usize, bool),
    /// What is terminating is gone.
    Gone,
    DeleteClaim(usize),
    /// A Pod loses its owner, or the label that the set selects by, or that of its name.
    Lose(usize, u8),
    /// Somebody makes a Pod under a name of the set.
    Stranger(u32),
    /// Somebody else becomes an owner of a claim; whether it manages it.
    Foreigner(usize, bool),
    /// A second writer reads the set; it writes what it read, with other replicas.
    Read,
    Write(u32),
    /// Somebody writes nonsense into the status.
    Status,
    Collect,
    Wait(u64),
    /// One request in so many meets a conflict from now on; zero for none.
    Conflicts(u64),
    DeleteSet,
}

#[derive(Clone, PartialEq)]
struct Schedule {
    seed: u64,
    release: &'static str,
    fields: Value,
    events: Vec<Event>,
}

impl Schedule {
    fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        let [deleted, scaled] = RETENTIONS[[0, 0, 1, 2, 3][dice.below(5)]];
        let strategies = [
            json!({"type": "OnDelete"}),
            json!({"type": "RollingUpdate"}),
            json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
            json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 1, "maxUnavailable": 2}}),
        ];
        let fields = json!({
            "podManagementPolicy": POLICIES[dice.below(2)], "replicas": dice.below(5),
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": deleted, "whenScaled": scaled},
            "revisionHistoryLimit": dice.below(3),
            "updateStrategy": strategies[dice.below(4)],
        });
        let release = RELEASES[dice.below(RELEASES.len())];
        let mut events = Vec::new();
        while events.len() < STEPS {
            let event = any(&mut dice);
            events.push(event);
            if event != Event::Sync && dice.below(3) > 0 {
                events.push(Event::Sync);
            }
        }
        Self {
            seed,
            release,
            fields,
            events,
        }
    }

    /// Plays it.
    ///
    /// # Errors
    /// The promise that broke, and at which event.
    fn play(&self) -> Result<(), String> {
        let release = Release::parse(self.release).expect("modelled");
        let mut played = Played::begin(release, &self.fields);
        for (place, event) in self.events.iter().enumerate() {
            let told = |why| format!("event {}, {event:?}: {why}", place + 1);
            played.happen(*event).map_err(told)?;
        }
        played.come_to_rest()
    }

    /// The shortest schedule that `fails` still.
    fn shrunk(&self, fails: &dyn Fn(&Self) -> bool) -> Self {
        let with = |events: &[Event]| Self {
            events: events.to_vec(),
            ..self.clone()
        };
        with(&shortest(self.events.clone(), |events| {
            fails(&with(events))
        }))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "ORDINAL_SEED={}, {}, {}",
            self.seed, self.release, self.fields
        )?;
        for (place, event) in self.events.iter().enumerate() {
            writeln!(f, "{:>4} {event:?}", place + 1)?;
        }
        Ok(())
    }
}

fn any(dice: &mut Dice) -> Event {
    let pod = dice.below(8);
    match dice.below(40) {
        0..=2 => Event::Scale(dice.below(6) as u32),
        3..=5 => Event::Image(dice.below(4) as u32),
        6 => Event::Start(dice.below(3) as u32),
        7 => Event::Strategy(dice.below(5) as u32),
        8 => Event::MaxUnavailable(1 + dice.below(3) as u32),
        9 => Event::Retention(dice.below(4)),
        10 => Event::MinReady([0, 0, 10][dice.below(3)]),
        11..=18 => Event::Advance(pod),
        19 => Event::NotReady(pod),
        20 => Event::End(pod, dice.below(2) == 0),
        21..=22 => Event::Delete(pod, dice.below(2) == 0),
        23..=24 => Event::Gone,
        25 => Event::DeleteClaim(pod),
        26 => Event::Lose(pod, dice.below(3) as u8),
        27 => Event::Stranger(dice.below(6) as u32),
        28 => Event::Foreigner(pod, dice.below(2) == 0),
        29 => Event::Read,
        30 => Event::Write(dice.below(6) as u32),
        31 => Event::Status,
        32 => Event::Collect,
        33 => Event::Wait([1, 5, 20][dice.below(3)]),
        34..=35 => Event::Conflicts([0, 2, 4, 10][dice.below(4)]),
        36 if dice.below(8) == 0 => Event::DeleteSet,
        _ => Event::Sync,
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The first of these schedules that breaks a promise, made as short as it can be.
fn first_failure(seeds: std::ops::Range<u64>, step: usize) -> Option<String> {
    for seed in seeds.step_by(step) {
        let schedule = Schedule::of(seed);
        if schedule.play().is_err() {
            let shortest = schedule.shrunk(&|s| s.play().is_err());
            let why = shortest.play().expect_err("it fails still");
            return Some(format!("{why}\n{shortest}"));
        }
    }
    None
}

#[test]
fn promises_hold_in_random_schedules_with_conflicts_and_a_second_writer() {
    let from = number("ORDINAL_SEED");
    let count = number("ORDINAL_SCHEDULES").unwrap_or(if from.is_some() { 1 } else { SCHEDULES });
    let from = from.unwrap_or(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let seeds = |n| from + n as u64..from + count;
        let workers: Vec<_> = (0..threads)
            .map(|n| scope.spawn(move || first_failure(seeds(n), threads)))
            .collect();
        let ends = workers
            .into_iter()
            .map(|w| w.join().expect("no schedule panics"));
        ends.flatten().collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_schedule_follows_from_its_number_and_is_shortened_to_what_matters() {
    assert!(Schedule::of(7) == Schedule::of(7));
    assert!(Schedule::of(7) != Schedule::of(8));
    let long = Schedule::of(7);
    let syncs = |s: &Schedule| s.events.iter().filter(|e| **e == Event::Sync).count();
    assert!(syncs(&long) > 2);
    let shortest = long.shrunk(&|s| syncs(s) >= 2);
    assert_eq!(shortest.events, [Event::Sync, Event::Sync]);
}
