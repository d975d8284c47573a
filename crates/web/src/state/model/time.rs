//! Moves of the playhead.

use ordinal_api::SimTime;

use super::Model;
use crate::state::command::Time;
use crate::state::notice::Tone;

/// Playing again at the very end of a run starts from the beginning after this much of it was seen.
const END_MS: f64 = 1.0;
/// How far one key of the playhead goes, at least, in milliseconds of presentation time.
const SMALLEST_STEP_MS: f64 = 1.0;

impl Model {
    pub(super) fn move_playhead(&mut self, time: Time) {
        let (at, end) = (self.playback.at_ms, self.end_ms());
        let tempo = &self.session.stage().tempo;
        let rested = |ms: f64| tempo.rest(ms);
        let to = match time {
            Time::PlayPause => {
                self.play_or_pause();
                return;
            }
            Time::Faster | Time::Slower => {
                self.playback.change_speed(time == Time::Faster);
                return;
            }
            Time::Other => return self.go_over(),
            Time::Speed(speed) => {
                self.playback.speed = speed;
                return;
            }
            Time::StepBack => tempo.previous(at).map_or(0.0, rested),
            Time::StepForward => tempo.next(at).map_or(end, rested),
            Time::NextDecision => tempo.next_decision(at).map_or(end, rested),
            Time::PreviousDecision => tempo.previous_decision(at).map_or(0.0, rested),
            Time::Start => 0.0,
            Time::End => end,
            Time::Seek(ms) => ms,
        };
        self.awaited = None;
        // What went well stands beside the clock of its moment.
        self.notice.take_if(|notice| notice.tone == Tone::Done);
        self.playback.seek(to, end);
        self.look();
    }

    fn play_or_pause(&mut self) {
        let at_end = self.playback.at_ms >= self.end_ms() - END_MS;
        if !self.playback.playing && at_end && self.is_finished() {
            // Nothing more happens by itself: look again from the beginning, or let the clock of a young run go on.
            self.playback.at_ms = 0.0;
        }
        self.awaited = None;
        self.playback.playing = !self.playback.playing;
    }

    /// Keeps the run as it is, where something lies after a moment at which it is about to go another way.
    pub(super) fn keep_other(&mut self, at: SimTime) {
        let has_future = self.session.cluster().frames().last();
        if has_future.is_some_and(|frame| frame.now() > at) {
            self.kept = Some((self.session.clone(), self.terminals.clone()));
        }
    }

    /// It did go another way from there: the run as it was is the other one from now on.
    pub(super) fn take_other(&mut self) {
        self.other = self.kept.take().or(self.other.take());
    }

    /// Whether there is a run that went another way.
    pub(crate) fn has_other(&self) -> bool {
        self.other.is_some()
    }

    /// Goes over to the run that went another way, at the same moment or where it ends.
    fn go_over(&mut self) {
        let at = self.moment();
        let Some((session, terminals)) = self.other.take() else {
            return;
        };
        let session = std::mem::replace(&mut self.session, session);
        let terminals = std::mem::replace(&mut self.terminals, terminals);
        self.other = Some((session, terminals));
        self.generation += 1;
        (self.awaited, self.playback.playing) = (None, false);
        let ms = self.session.stage().tempo.presentation_of(at);
        self.playback.at_ms = ms.min(self.end_ms());
    }

    /// One step of a run that nobody watches: the next beat, computed if need be. Returns whether there was one.
    pub(crate) fn step(&mut self) -> bool {
        while self
            .session
            .stage()
            .tempo
            .next(self.playback.at_ms + SMALLEST_STEP_MS)
            .is_none()
            && !self.session.is_settled()
        {
            let mut once = true;
            self.session.run_ahead(|| std::mem::take(&mut once));
        }
        let before = self.playback.at_ms;
        self.move_playhead(Time::StepForward);
        self.playback.at_ms > before
    }

    /// Goes to a moment of simulated time, computed if need be.
    pub(crate) fn seek(&mut self, at: SimTime) {
        while self.session.stage().tempo.end() <= at && !self.session.is_settled() {
            let mut once = true;
            self.session.run_ahead(|| std::mem::take(&mut once));
        }
        let tempo = &self.session.stage().tempo;
        // After the last thing that happens, what it set in motion has come to rest.
        let to = if tempo.end() <= at {
            Time::End
        } else {
            Time::Seek(tempo.presentation_of(at))
        };
        self.move_playhead(to);
    }
}
