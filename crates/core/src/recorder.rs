//! Which Events a component writes about an object: words that were used before are counted, many similar ones are
//! told as one, and too many are not told at all.
//!
//! Models client-go tools/record/events_cache.go with its defaults and, for the scheduler, tools/events/event_broadcaster.go, 1.37.
//! Work for one Event does not grow with those before it.

use std::sync::Arc;

use ordinal_api::{SimTime, Text, Uid};

use crate::Id;
use crate::persistent::Map;

/// Different messages of one reason before the next ones are told together.
const SIMILAR: usize = 10;
/// Messages of one reason stand for themselves again after so many seconds without any.
const INTERVAL_SECS: u64 = 600;
/// Events that a source may write about one object at once …
const BURST: u64 = 25;
/// … and the time in which it may write one more.
const REFILL_MS: u64 = 300_000;
/// Writes through the newer API, which has neither limit, but counts all that is said of one version of an object with
/// the first words that were said of it.
pub(crate) const NEWER: &str = "default-scheduler";
/// What is said through the newer API after so many seconds stands for itself again.
const FINISHED_SECS: u64 = 360;
/// Messages that are remembered for each reason.
const REMEMBERED: usize = 64;

/// What is to become of an Event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is written.
    New,
    /// It is counted with this one.
    Again(Id),
    /// It is written for all that are similar.
    Together,
    /// It is told by this one, which stands for all that are similar.
    TogetherAgain(Id),
    /// It is not told.
    Dropped,
}

/// Who tells what: the part of an Event that its message does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Similar {
    pub(crate) component: Text,
    pub(crate) host: Text,
    pub(crate) warning: bool,
    pub(crate) reason: &'static str,
    /// The version of the object where that counts, else 0.
    pub(crate) version: u64,
}

/// What is remembered, by object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Map<(u64, u64), Arc<About>>);

#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    series: Vec<Arc<Series>>,
    sources: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Series {
    of: Similar,
    last: SimTime,
    /// Messages that stood for themselves, and whether in the present interval.
    messages: Vec<(Text, Id, bool)>,
    together: Option<Id>,
}

/// How much a source may still tell; one Event costs [`REFILL_MS`]. Warnings and others do not share it.
#[derive(Clone, Debug)]
struct Source {
    component: Text,
    host: Text,
    warning: bool,
    credit_ms: u64,
    since: SimTime,
}

/// Half of an identity is enough to tell the lives of one name apart.
fn key((id, uid): (Id, Uid)) -> (u64, u64) {
    (id.0.into(), (uid.0 >> 64) as u64 ^ uid.0 as u64)
}

impl Recorder {
    /// What is to become of an Event about an object. One that is made must be told with [`written`](Self::written).
    pub(crate) fn judge(
        &mut self,
        object: (Id, Uid),
        of: &Similar,
        message: &Text,
        now: SimTime,
    ) -> Verdict {
        let about = Arc::make_mut(self.0.get_or_insert(key(object), Arc::default));
        let verdict = about.series(of, now).judge(message, now);
        if of.component == NEWER || about.source(of, now).spend() {
            verdict
        } else {
            Verdict::Dropped
        }
    }

    /// Remembers an Event that was written.
    pub(crate) fn written(
        &mut self,
        object: (Id, Uid),
        of: &Similar,
        message: &Text,
        verdict: Verdict,
        event: Id,
        now: SimTime,
    ) {
        let about = Arc::make_mut(self.0.get_or_insert(key(object), Arc::default));
        let series = about.series(of, now);
        if let Verdict::Together | Verdict::TogetherAgain(_) = verdict {
            series.together = Some(event);
            return;
        }
        series.messages.retain(|(text, ..)| text != message);
        if series.messages.len() == REMEMBERED {
            series.messages.remove(0);
        }
        series.messages.push((message.clone(), event, true));
    }

    /// Forgets an object that is gone.
    pub(crate) fn forget(&mut self, object: (Id, Uid)) {
        self.0.remove(&key(object));
    }
}

impl About {
    fn series(&mut self, of: &Similar, now: SimTime) -> &mut Series {
        // Versions do not come back.
        self.series
            .retain(|s| s.of.version == of.version || s.of.reason != of.reason);
        let at = self
            .series
            .iter()
            .position(|series| series.of == *of)
            .unwrap_or_else(|| {
                let series = Series {
                    of: of.clone(),
                    last: now,
                    messages: Vec::new(),
                    together: None,
                };
                self.series.push(Arc::new(series));
                self.series.len() - 1
            });
        Arc::make_mut(&mut self.series[at])
    }

    fn source(&mut self, of: &Similar, now: SimTime) -> &mut Source {
        let same = |s: &Source| {
            s.component == of.component && s.host == of.host && s.warning == of.warning
        };
        let at = self.sources.iter().position(same).unwrap_or_else(|| {
            let (component, host) = (of.component.clone(), of.host.clone());
            self.sources.push(Source {
                component,
                host,
                warning: of.warning,
                credit_ms: BURST * REFILL_MS,
                since: now,
            });
            self.sources.len() - 1
        });
        let source = &mut self.sources[at];
        source.credit_ms =
            (source.credit_ms + now.since(source.since).as_ms()).min(BURST * REFILL_MS);
        source.since = now;
        source
    }
}

impl Series {
    fn judge(&mut self, message: &Text, now: SimTime) -> Verdict {
        if now.since(self.last).as_secs() > INTERVAL_SECS {
            self.messages
                .iter_mut()
                .for_each(|(.., present)| *present = false);
        }
        let finished = now.since(self.last).as_secs() > FINISHED_SECS;
        self.last = now;
        if self.of.component == NEWER {
            let first = self.messages.last().filter(|_| !finished);
            return first.map_or(Verdict::New, |(_, event, _)| Verdict::Again(*event));
        }
        let known = self.messages.iter().position(|(text, ..)| text == message);
        let others = self
            .messages
            .iter()
            .filter(|(text, _, present)| *present && text != message)
            .count();
        if others + 1 >= SIMILAR {
            return self
                .together
                .map_or(Verdict::Together, Verdict::TogetherAgain);
        }
        let Some(known) = known else {
            return Verdict::New;
        };
        self.messages[known].2 = true;
        Verdict::Again(self.messages[known].1)
    }
}

impl Source {
    fn spend(&mut self) -> bool {
        let left = self.credit_ms.checked_sub(REFILL_MS);
        self.credit_ms = left.unwrap_or(self.credit_ms);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: (Id, Uid) = (Id(1), Uid(1));

    struct Told(Recorder, u32, &'static str, u64);

    impl Told {
        fn tell(&mut self, reason: &'static str, message: &str, at_secs: u64) -> Verdict {
            let of = Similar {
                component: self.2.into(),
                host: Text::default(),
                warning: reason.starts_with("Failed"),
                reason,
                version: self.3,
            };
            let (message, now) = (Text::new(message), SimTime(at_secs * 1000));
            let verdict = self.0.judge(OBJECT, &of, &message, now);
            if matches!(verdict, Verdict::New | Verdict::Together) {
                self.1 += 1;
                self.0
                    .written(OBJECT, &of, &message, verdict, Id(self.1), now);
            }
            verdict
        }
    }

    #[test]
    fn the_same_words_are_counted_and_other_reasons_apart() {
        let mut told = Told(Recorder::default(), 0, "replicaset-controller", 0);
        assert_eq!(told.tell("SuccessfulCreate", "a", 0), Verdict::New);
        assert_eq!(told.tell("SuccessfulCreate", "a", 1), Verdict::Again(Id(1)));
        assert_eq!(told.tell("SuccessfulDelete", "a", 1), Verdict::New);
    }

    #[test]
    fn the_tenth_message_of_a_reason_and_all_after_it_are_told_together_until_ten_minutes_of_silence()
     {
        let mut told = Told(Recorder::default(), 0, "replicaset-controller", 0);
        for n in 0..9 {
            assert_eq!(
                told.tell("SuccessfulCreate", &format!("{n}"), 0),
                Verdict::New
            );
        }
        assert_eq!(told.tell("SuccessfulCreate", "9", 0), Verdict::Together);
        assert_eq!(
            told.tell("SuccessfulCreate", "10", 599),
            Verdict::TogetherAgain(Id(10))
        );
        assert_eq!(told.tell("SuccessfulCreate", "11", 1200), Verdict::New);
    }

    #[test]
    fn a_source_tells_25_at_once_about_an_object_and_one_more_every_five_minutes() {
        let mut told = Told(Recorder::default(), 0, "replicaset-controller", 0);
        let reasons = ["A", "B", "C", "D", "E"];
        for n in 0..25 {
            assert_ne!(
                told.tell(reasons[n % 5], &format!("{n}"), 0),
                Verdict::Dropped,
                "{n}"
            );
        }
        assert_eq!(told.tell("A", "0", 0), Verdict::Dropped);
        assert_eq!(told.tell("A", "0", 299), Verdict::Dropped);
        assert_eq!(told.tell("A", "0", 300), Verdict::Again(Id(1)));
        assert_eq!(told.tell("A", "0", 301), Verdict::Dropped);
    }

    #[test]
    fn what_the_scheduler_says_of_one_version_of_a_pod_is_counted_with_the_first_words() {
        let mut told = Told(Recorder::default(), 0, NEWER, 1);
        assert_eq!(told.tell("FailedScheduling", "a", 0), Verdict::New);
        told.3 = 2;
        assert_eq!(told.tell("FailedScheduling", "a", 1), Verdict::New);
        assert_eq!(told.tell("FailedScheduling", "b", 2), Verdict::Again(Id(2)));
        assert_eq!(told.tell("FailedScheduling", "b", 400), Verdict::New);
        told.3 = 3;
        assert_eq!(told.tell("FailedScheduling", "c", 401), Verdict::New);
    }

    #[test]
    fn what_warnings_use_up_others_may_still_tell() {
        let mut told = Told(Recorder::default(), 0, "replicaset-controller", 0);
        for _ in 0..25 {
            assert_ne!(told.tell("FailedCreate", "a", 0), Verdict::Dropped);
        }
        assert_eq!(told.tell("FailedCreate", "a", 0), Verdict::Dropped);
        assert_eq!(told.tell("SuccessfulCreate", "a", 0), Verdict::New);
    }
}
