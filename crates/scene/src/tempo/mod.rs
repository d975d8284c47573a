//! Simulated time to presentation time. Controllers decide within milliseconds and then wait five minutes; on screen
//! that becomes beats that a person can follow, with the dead time between them folded.
//!
//! A beat is one or more frames: what follows from what was shown before begins a new beat, what happens beside it
//! joins. Beats are at least [`BEAT_MS`] apart; what lies between them runs at its own speed up to [`FOLD_MS`] and is
//! compressed to that where it is longer. The model never knows.

mod salience;
mod stretch;

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedSet;
use std::ops::Range;
use std::sync::Arc;

use ordinal_api::{SimDuration, SimTime};
use ordinal_core::journal::{Entry, Verb};
use ordinal_core::{Id, World};

pub(crate) use salience::fact_rank as salience_of;
use stretch::{presented, shown_after, simulated};

pub use salience::{Salience, salience, subject};

/// The least time between two beats, in milliseconds of presentation time.
pub const BEAT_MS: f64 = 350.0;
/// The most that dead time after a beat may take, in milliseconds of presentation time.
pub const FOLD_MS: f64 = 1000.0;
/// How far apart, in milliseconds of simulated time, things may be that are shown in one beat.
const TOGETHER_MS: u64 = 200;

/// Something that is shown at once: a cause's next effects, with whatever happens beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Beat {
    /// Its frames: those that brought it and those until the next beat.
    pub frames: Range<usize>,
    /// The last frame that brought something of it; what the beat moves to.
    pub frame: usize,
    /// When it begins, in simulated time.
    pub at: SimTime,
    /// When it begins, in milliseconds of presentation time.
    pub start_ms: f64,
    /// How long it takes until the next one, in milliseconds of presentation time.
    pub length_ms: f64,
    /// The journal entries that a person should see, oldest first.
    pub shown: Vec<u64>,
    /// The objects that they are about.
    pub subjects: SortedSet<Id>,
    /// The one of them that says most; it gives the caption.
    pub lead: Option<u64>,
    /// Whether somebody decided something in it.
    pub decision: bool,
}

/// A moment of presentation time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeatPosition {
    /// Number of the beat.
    pub beat: usize,
    /// Milliseconds of presentation time since it began; its motion is over after [`BEAT_MS`] or a little more.
    pub elapsed_ms: f64,
    /// The same as a part of its length, from 0 to 1.
    pub progress: f64,
    /// What the clock shows.
    pub sim: SimTime,
    /// Number of the frame to show.
    pub frame: usize,
    /// Number of the frame to come from.
    pub before: usize,
}

/// The map from simulated to presentation time over all frames so far.
#[derive(Clone, Debug, Default)]
pub struct Tempo {
    beats: Vec<Beat>,
    /// The frames that were read: their times, and how many journal entries each had.
    frames: Vec<(SimTime, usize)>,
    /// Moments after the last frame up to which the clock runs on, in order; each stretch between two is shown.
    lingers: Vec<SimTime>,
}

impl Tempo {
    /// The tempo of these frames.
    pub fn new(frames: &[World]) -> Self {
        let mut tempo = Self::default();
        tempo.extend(frames);
        tempo
    }

    /// Reads the frames that came since the last time. The slice holds all frames from the first; call
    /// [`Tempo::truncate`] before if some that were read have changed.
    pub fn extend(&mut self, frames: &[World]) {
        for (index, world) in frames.iter().enumerate().skip(self.frames.len()) {
            self.read(index, world);
        }
    }

    /// Forgets everything from a frame on, and the beat that it is part of; [`Tempo::extend`] reads that again.
    pub fn truncate(&mut self, frames: usize) {
        if frames < self.frames.len() {
            self.beats.retain(|beat| beat.frames.end <= frames);
            self.frames
                .truncate(self.beats.last().map_or(0, |beat| beat.frames.end));
            self.close(self.end());
        }
    }

    fn read(&mut self, index: usize, world: &World) {
        let from = self.frames.last().map_or(0, |(_, entries)| *entries);
        let to = world.journal.len();
        self.frames.push((world.now(), to));
        let entries = || (from..to).filter_map(|n| world.journal.get(n));
        let seen: Vec<(&Arc<Entry>, Salience)> = entries()
            .filter_map(|entry| Some((entry, salience(world, entry)?)))
            .into_list();
        let decision = seen.iter().any(|(_, s)| s.decision);
        let best = |list: &[(&Arc<Entry>, Salience)]| {
            list.iter()
                .rev()
                .max_by_key(|(_, s)| s.rank)
                .map(|(entry, s)| (entry.seq, s.rank))
        };
        let about = |list: &[(&Arc<Entry>, Salience)]| {
            list.iter()
                .map(|(entry, _)| subject(world, entry))
                .collect::<SortedSet<Id>>()
        };
        let lead = best(&seen);
        let shown = seen.iter().map(|(entry, _)| entry.seq);
        let joins = self
            .beats
            .last()
            .is_some_and(|beat| index > 0 && joins(beat, world, &seen));
        if index == 0 {
            // The world begins with what was asked of it at once; what was there before is no news.
            let first = entries()
                .find(|entry| entry.verb == Verb::Input)
                .map_or(u64::MAX, |entry| entry.seq);
            let seen: Vec<_> = seen
                .into_iter()
                .filter(|(entry, _)| entry.seq >= first)
                .into_list();
            let beat = Beat {
                frames: 0..1,
                frame: 0,
                at: world.now(),
                start_ms: 0.0,
                length_ms: BEAT_MS,
                lead: best(&seen).map(|(seq, _)| seq),
                subjects: about(&seen),
                shown: seen.iter().map(|(entry, _)| entry.seq).collect(),
                decision: true,
            };
            self.beats.push(beat);
        } else if seen.is_empty() || joins {
            let beat = self.beats.last_mut().expect("the first frame began a beat");
            beat.frames.end = index + 1;
            if joins {
                beat.frame = index;
                beat.shown.extend(shown);
                beat.subjects.extend(about(&seen));
                beat.decision |= decision;
                let rank = |seq: u64| {
                    world
                        .entry(seq)
                        .and_then(|e| salience(world, e))
                        .map_or(0, |s| s.rank)
                };
                if lead.is_some_and(|(_, r)| beat.lead.is_none_or(|old| rank(old) < r)) {
                    beat.lead = lead.map(|(seq, _)| seq);
                }
            }
        } else {
            self.close(world.now());
            let last = self.beats.last().expect("the first frame began a beat");
            let beat = Beat {
                frames: index..index + 1,
                frame: index,
                at: world.now(),
                start_ms: last.start_ms + last.length_ms,
                length_ms: BEAT_MS,
                subjects: about(&seen),
                shown: shown.collect(),
                lead: lead.map(|(seq, _)| seq),
                decision,
            };
            self.beats.push(beat);
        }
        self.close(world.now());
    }

    /// Gives the last beat the length that it has if the next one begins at `next`.
    fn close(&mut self, next: SimTime) {
        let Some(at) = self.beats.last().map(|last| last.at) else {
            return;
        };
        let length_ms = self.stretches(at, next).map(|(_, _, ms)| ms).sum();
        if let Some(last) = self.beats.last_mut() {
            last.length_ms = length_ms;
        }
    }

    /// The stretches of time from a beat to the next one: where each begins and ends, and how long it is shown. There
    /// is one, except after the last beat.
    fn stretches(
        &self,
        at: SimTime,
        next: SimTime,
    ) -> impl Iterator<Item = (SimTime, SimTime, f64)> {
        let is_last = self.beats.last().is_some_and(|last| last.at == at);
        let known: &[SimTime] = if is_last { &self.lingers } else { &[] };
        let from = known.partition_point(|moment| *moment <= at);
        let to = known.partition_point(|moment| *moment < next).max(from);
        let ends = known[from..to].iter().copied().chain([next]);
        let mut begin = at;
        ends.map(move |end| {
            let gap = end.since(begin);
            let ms = match begin == at {
                true => presented(gap),
                false => (gap.0 as f64).min(FOLD_MS),
            };
            (std::mem::replace(&mut begin, end), end, ms)
        })
    }

    /// Time of the last frame, or later where something runs down after it.
    pub fn end(&self) -> SimTime {
        let last = self.frames.last().map_or(SimTime::ZERO, |(at, _)| *at);
        last.max(self.lingers.last().copied().unwrap_or_default())
    }

    /// Lets the clock run on to these moments after the last frame, in their order, for what runs down or goes on
    /// without an event. What lies between two of them is shown as well, compressed where it is long.
    pub fn linger(&mut self, moments: Vec<SimTime>) {
        debug_assert!(moments.is_sorted());
        self.lingers = moments;
        self.close(self.end());
    }

    /// How much simulated time after a beat is compressed; zero where time runs at its own speed.
    pub fn folded(&self, beat: usize) -> SimDuration {
        let gap = self
            .beats
            .get(beat)
            .map_or(SimDuration::ZERO, |b| self.beat_end(beat).since(b.at));
        if gap.0 as f64 > BEAT_MS + FOLD_MS {
            gap
        } else {
            SimDuration::ZERO
        }
    }

    /// The beats so far; the first is the world before anything happened.
    pub fn beats(&self) -> &[Beat] {
        &self.beats
    }

    /// The whole length, in milliseconds of presentation time.
    pub fn length_ms(&self) -> f64 {
        self.beats
            .last()
            .map_or(0.0, |beat| beat.start_ms + beat.length_ms)
    }

    /// What to show at a moment of presentation time; clamped to the run.
    pub fn beat_at(&self, presentation_ms: f64) -> BeatPosition {
        let beat = self
            .beats
            .partition_point(|beat| beat.start_ms <= presentation_ms)
            .saturating_sub(1);
        let Some(Beat {
            frames,
            frame,
            at,
            start_ms,
            length_ms,
            ..
        }) = self.beats.get(beat)
        else {
            return BeatPosition {
                beat: 0,
                elapsed_ms: 0.0,
                progress: 1.0,
                sim: SimTime::ZERO,
                frame: 0,
                before: 0,
            };
        };
        let elapsed_ms = (presentation_ms - start_ms).clamp(0.0, *length_ms);
        let mut sim = *at;
        let mut left_ms = elapsed_ms;
        for (begin, end, ms) in self.stretches(*at, self.beat_end(beat)) {
            let gap = end.since(begin);
            sim = match begin == *at {
                true => begin + simulated(gap, left_ms),
                false => {
                    begin
                        + SimDuration(
                            (gap.0 as f64 * (left_ms / ms.max(1.0)).min(1.0)).round() as u64
                        )
                }
            };
            left_ms -= ms;
            if left_ms < 0.0 {
                break;
            }
        }
        let known = &self.frames[frames.clone()];
        let latest = frames.start
            + known
                .partition_point(|(at, _)| *at <= sim)
                .saturating_sub(1);
        BeatPosition {
            beat,
            elapsed_ms,
            progress: elapsed_ms / length_ms.max(1.0),
            sim,
            frame: latest.max(*frame),
            before: frames.start.saturating_sub(1),
        }
    }

    /// When a beat ends, in simulated time.
    pub fn beat_end(&self, beat: usize) -> SimTime {
        self.beats
            .get(beat + 1)
            .map_or_else(|| self.end(), |next| next.at)
    }

    /// The moment of presentation time at which the clock shows this.
    pub fn presentation_of(&self, sim: SimTime) -> f64 {
        let index = self
            .beats
            .partition_point(|beat| beat.at <= sim)
            .saturating_sub(1);
        let Some(beat) = self.beats.get(index) else {
            return 0.0;
        };
        let mut shown = 0.0;
        for (begin, end, ms) in self.stretches(beat.at, self.beat_end(index)) {
            let gap = end.since(begin);
            if sim >= end && end > begin {
                shown += ms;
                continue;
            }
            shown += match begin == beat.at {
                true => shown_after(gap, sim.since(begin)),
                false => ms * sim.since(begin).0 as f64 / (gap.0 as f64).max(1.0),
            };
            break;
        }
        beat.start_ms + shown.min(beat.length_ms)
    }

    /// When the next decision begins after a moment of presentation time.
    pub fn next_decision(&self, after_ms: f64) -> Option<f64> {
        self.beats
            .iter()
            .find(|beat| beat.start_ms > after_ms && beat.decision)
            .map(|beat| beat.start_ms)
    }

    /// When the last decision began before the beat of a moment of presentation time.
    pub fn previous_decision(&self, before_ms: f64) -> Option<f64> {
        let earlier = self.beats.get(..self.beat_at(before_ms).beat)?;
        let last = earlier.iter().rfind(|beat| beat.decision);
        last.map(|beat| beat.start_ms)
    }

    /// When the next beat begins after a moment of presentation time.
    pub fn next(&self, after_ms: f64) -> Option<f64> {
        let next = self.beats.partition_point(|beat| beat.start_ms <= after_ms);
        self.beats.get(next).map(|beat| beat.start_ms)
    }

    /// When the last beat began before a moment of presentation time; stepping back lands at its rest, see [`Tempo::rest`].
    pub fn previous(&self, before_ms: f64) -> Option<f64> {
        let current = self
            .beats
            .partition_point(|beat| beat.start_ms <= before_ms)
            .saturating_sub(1);
        current
            .checked_sub(1)
            .and_then(|n| self.beats.get(n))
            .map(|beat| beat.start_ms)
    }

    /// The moment at which the motion of the beat that begins (or is shown) then has come to rest.
    pub fn rest(&self, presentation_ms: f64) -> f64 {
        let position = self.beat_at(presentation_ms);
        self.beats.get(position.beat).map_or(0.0, |beat| {
            beat.start_ms + beat.length_ms.min(BEAT_MS) - 1.0
        })
    }
}

/// Whether what a frame brings happens beside the beat, not because of it.
fn joins(beat: &Beat, world: &World, seen: &[(&Arc<Entry>, Salience)]) -> bool {
    let Some(first) = beat.shown.first() else {
        return false;
    };
    !seen.is_empty()
        && world.now().since(beat.at).0 <= TOGETHER_MS
        && seen.iter().all(|(entry, salience)| {
            let mut cause = entry.cause;
            let mut follows = false;
            while let Some(seq) = cause.filter(|seq| seq >= first) {
                follows |= beat.shown.binary_search(&seq).is_ok();
                cause = world.entry(seq).and_then(|entry| entry.cause);
            }
            !follows && !salience.begins && !beat.subjects.contains(&subject(world, entry))
        })
}
