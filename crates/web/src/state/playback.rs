//! The playhead: where it is, whether it moves, how fast. Presentation time, in milliseconds.

/// How many times faster than usual the page can play.
pub(crate) const SPEEDS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

/// Longer pauses between two looks (a hidden tab) count as this long, so that nothing jumps.
const LONGEST_STEP_MS: f64 = 100.0;

/// The playhead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Playback {
    /// Where it stands, from 0.
    pub(crate) at_ms: f64,
    /// Whether it moves by itself.
    pub(crate) playing: bool,
    /// One of [`SPEEDS`].
    pub(crate) speed: f64,
}

/// What a moment did to the playhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Moved {
    /// It stands where it stood.
    Not,
    /// It moved on.
    On,
    /// It reached the end and stopped.
    Ended,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            at_ms: 0.0,
            playing: false,
            speed: 1.0,
        }
    }
}

impl Playback {
    /// Lets time pass. `end_ms` is as far as is known; where the run is not `finished`, the playhead waits there.
    pub(crate) fn advance(&mut self, dt_ms: f64, end_ms: f64, finished: bool) -> Moved {
        if !self.playing {
            return Moved::Not;
        }
        let before = self.at_ms;
        let step = dt_ms.clamp(0.0, LONGEST_STEP_MS) * self.speed;
        self.at_ms = (self.at_ms + step).min(end_ms.max(before));
        if self.at_ms >= end_ms && finished {
            self.playing = false;
            return Moved::Ended;
        }
        if self.at_ms > before {
            Moved::On
        } else {
            Moved::Not
        }
    }

    /// Puts the playhead somewhere and holds it there.
    pub(crate) fn seek(&mut self, at_ms: f64, end_ms: f64) {
        self.at_ms = at_ms.clamp(0.0, end_ms.max(0.0));
        self.playing = false;
    }

    /// The next faster or slower speed.
    pub(crate) fn change_speed(&mut self, faster: bool) {
        let at = SPEEDS.iter().position(|s| *s == self.speed).unwrap_or(2);
        let next = if faster { at + 1 } else { at.saturating_sub(1) };
        self.speed = SPEEDS[next.min(SPEEDS.len() - 1)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playing() -> Playback {
        Playback {
            playing: true,
            ..Playback::default()
        }
    }

    #[test]
    fn a_paused_playhead_stands_still() {
        let mut paused = Playback::default();

        assert_eq!(paused.advance(16.0, 1000.0, true), Moved::Not);
        assert_eq!(paused.at_ms, 0.0);
    }

    #[test]
    fn twice_the_speed_goes_twice_as_far() {
        let mut fast = Playback {
            speed: 2.0,
            ..playing()
        };

        assert_eq!(fast.advance(16.0, 1000.0, false), Moved::On);
        assert_eq!(fast.at_ms, 32.0);
    }

    #[test]
    fn at_the_end_of_what_is_known_it_waits_until_the_run_is_finished() {
        let mut head = playing();
        head.at_ms = 995.0;

        assert_eq!(head.advance(16.0, 1000.0, false), Moved::On);
        assert_eq!(head.advance(16.0, 1000.0, false), Moved::Not);
        assert!(head.playing, "more may come");
        assert_eq!(head.advance(16.0, 1000.0, true), Moved::Ended);
        assert!(!head.playing);
    }

    #[test]
    fn a_hidden_tab_does_not_make_it_jump() {
        let mut head = playing();

        assert_eq!(head.advance(60_000.0, 1e6, false), Moved::On);
        assert_eq!(head.at_ms, LONGEST_STEP_MS);
    }

    #[test]
    fn seeking_beyond_the_end_stops_at_the_end() {
        let mut head = playing();

        head.seek(5000.0, 1000.0);

        assert_eq!(
            head,
            Playback {
                at_ms: 1000.0,
                ..Playback::default()
            }
        );
    }

    #[test]
    fn speeds_end_at_the_slowest_and_the_fastest() {
        let mut head = playing();
        for _ in 0..9 {
            head.change_speed(true);
        }
        assert_eq!(head.speed, 4.0);
        for _ in 0..9 {
            head.change_speed(false);
        }
        assert_eq!(head.speed, 0.25);
    }
}
