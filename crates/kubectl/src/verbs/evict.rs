//! The Pods of a node that is drained, on their way: evicted or deleted, tried again, waited for.
//!
//! Models kubectl `pkg/drain/drain.go`, v0.37.

use ordinal_api::Kind;
use ordinal_api::status::Reason;
use ordinal_core::Cluster;
use ordinal_core::apiserver::{DeleteOptions, Request};

use super::common::{Dry, send, wait};
use super::drain::{evicting, is_past_waiting};
use crate::args::Args;
use crate::resource::{Item, fetch};
use crate::session::Patience;
use crate::value::{has, text};
use crate::{Output, Session};

/// How long a refused eviction waits before it is tried again, in milliseconds.
const RETRY_MS: i64 = 5000;
/// How often a Pod that goes is looked at, in milliseconds.
const POLL_MS: i64 = 1000;

/// What is still to be done about one Pod.
pub(super) struct Flight {
    pod: Item,
    /// Its eviction was accepted; the wait is for its end.
    accepted: bool,
    /// When it is looked at next, in milliseconds since 1970; `None` when there is nothing left to do.
    next: Option<i64>,
}

impl Flight {
    pub(super) fn new(pod: Item) -> Self {
        Self {
            pod,
            accepted: false,
            next: Some(i64::MIN),
        }
    }
}

/// All Pods of a node on their way, at the same time. Models `evictPods`, `deletePods` and `waitForDelete`.
pub(super) struct Drive<'a> {
    pub(super) args: &'a Args,
    pub(super) dry: Dry,
    pub(super) by_deletion: bool,
    pub(super) timeout_ms: i64,
    pub(super) begun: i64,
    pub(super) flights: Vec<Flight>,
    pub(super) output: &'a mut Output,
    pub(super) errors: Vec<String>,
}

impl Drive<'_> {
    /// Runs until every Pod is gone or given up.
    pub(super) fn run(&mut self, cluster: &mut Cluster, session: &Session) {
        if self.by_deletion && !self.delete_all(cluster) {
            return;
        }
        let done = wait(cluster, session, 0, |cluster| {
            let now = crate::clock::now_ms(cluster.world());
            for place in 0..self.flights.len() {
                self.look(cluster, place, now);
            }
            self.output.printed_at(cluster.world());
            self.flights.iter().all(|flight| flight.next.is_none())
        });
        if done {
            return;
        }
        // A terminal that does not wait takes what was accepted for done.
        for flight in self.flights.iter().filter(|flight| flight.next.is_some()) {
            if flight.accepted && matches!(session.patience, Patience::None) {
                self.output
                    .say(format!("{} {}", flight.pod.typed_name(), self.word()));
            } else if flight.accepted {
                self.errors.push("context deadline exceeded".to_owned());
            } else {
                self.errors.push(
                    "Cannot evict pod as it would violate the pod's disruption budget.".to_owned(),
                );
            }
        }
    }

    fn word(&self) -> &'static str {
        if self.by_deletion {
            "deleted"
        } else {
            "evicted"
        }
    }

    /// Whether the command has run for as long as it may.
    fn is_over(&self, now: i64) -> bool {
        self.timeout_ms > 0 && now - self.begun >= self.timeout_ms
    }

    /// Goes on with one Pod, if it is time.
    fn look(&mut self, cluster: &mut Cluster, place: usize, now: i64) {
        let over = self.is_over(now);
        let flight = &self.flights[place];
        if flight.next.is_none() || flight.next > Some(now) && !(over && flight.accepted) {
            return;
        }
        if !flight.accepted && !self.evict(cluster, place, now) {
            return;
        }
        let flight = &mut self.flights[place];
        let pod = flight.pod.clone();
        let uid = text(&pod.value, "metadata.uid");
        let gone = match fetch(cluster, pod.resource, pod.namespace(), pod.name()) {
            Ok(now) if text(&now.value, "metadata.uid") == uid => Some(now),
            _ => None,
        };
        let Some(found) = gone else {
            flight.next = None;
            let done = format!("{} {}", pod.typed_name(), self.word());
            return self.output.say(done);
        };
        if is_past_waiting(cluster, self.args, &found) {
            let limit = self.args.count("skip-wait-for-delete-timeout").unwrap_or(0);
            self.output.say(format!(
                "pod \"{}\" has DeletionTimestamp older than {limit} seconds, skipping",
                pod.name()
            ));
            flight.next = None;
        } else if over {
            flight.next = None;
            let why = "context deadline exceeded";
            if self.by_deletion {
                if !self.errors.iter().any(|error| error == why) {
                    self.errors.push(why.to_owned());
                }
            } else {
                self.errors.push(format!(
                    "error when waiting for pod \"{}\" in namespace \"{}\" to terminate: {why}",
                    pod.name(),
                    pod.namespace()
                ));
            }
        } else {
            flight.next = Some(now + POLL_MS);
        }
    }

    /// Tries to evict a Pod. Returns whether the wait for its end begins.
    fn evict(&mut self, cluster: &mut Cluster, place: usize, now: i64) -> bool {
        let pod = self.flights[place].pod.clone();
        let named = format!("pods/\"{}\" -n \"{}\"", pod.name(), pod.namespace());
        self.output.say(evicting(&pod, self.dry));
        self.flights[place].next = None;
        if self.is_over(now) {
            let limit = go_duration(self.timeout_ms);
            self.errors.push(format!(
                "error when evicting {named}: global timeout reached: {limit}"
            ));
            return false;
        }
        let request = Request::Evict {
            namespace: pod.namespace().into(),
            name: pod.name().into(),
            options: self.options(),
        };
        let answer = send(cluster, request, self.dry).map(|_| ());
        let flight = &mut self.flights[place];
        match answer {
            Ok(()) if self.dry == Dry::No => {
                flight.accepted = true;
                return true;
            }
            Ok(()) => {}
            Err(status) if status.is_not_found() => {}
            Err(status) if status.reason == Reason::TooManyRequests => {
                self.output.warn(format!(
                    "error when evicting {named} (will retry after 5s): {}",
                    status.message
                ));
                flight.next = Some(now + RETRY_MS);
            }
            Err(status)
                if status.reason == Reason::Forbidden
                    && status.has_cause("NamespaceTerminating") =>
            {
                if has(&pod.value, "metadata.deletionTimestamp") {
                    flight.accepted = true;
                    return true;
                }
                self.output.warn(format!(
                    "error when evicting pod \"{}\" from terminating namespace \"{}\" (will retry after 5s): {}",
                    pod.name(),
                    pod.namespace(),
                    status.message
                ));
                flight.next = Some(now + RETRY_MS);
            }
            Err(status) => {
                let why = status.message;
                self.errors
                    .push(format!("error when evicting {named}: {why}"));
            }
        }
        // What is tried again is what is there by then.
        if let Ok(found) = fetch(cluster, pod.resource, pod.namespace(), pod.name()) {
            self.flights[place].pod = found;
        }
        false
    }

    /// Deletes all Pods at once, past their budgets. Returns whether all could be.
    fn delete_all(&mut self, cluster: &mut Cluster) -> bool {
        for place in 0..self.flights.len() {
            let pod = &self.flights[place].pod;
            let request = Request::Delete {
                kind: Kind::Pod,
                namespace: pod.namespace().into(),
                name: pod.name().into(),
                options: self.options(),
            };
            match send(cluster, request, self.dry) {
                Err(status) if !status.is_not_found() => {
                    self.errors.push(status.message);
                    return false;
                }
                _ => self.flights[place].accepted = true,
            }
        }
        true
    }

    fn options(&self) -> DeleteOptions {
        let grace = self.args.count("grace-period").filter(|grace| *grace >= 0);
        DeleteOptions {
            grace_secs: grace.map(i64::unsigned_abs),
            ..DeleteOptions::default()
        }
    }
}

/// `1m30s`, as Go prints a duration.
fn go_duration(ms: i64) -> String {
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    let (seconds, rest) = (ms / 1000 % 60, ms % 1000);
    let fraction = format!("{rest:03}");
    let fraction = match fraction.trim_end_matches('0') {
        "" => String::new(),
        digits => format!(".{digits}"),
    };
    match (hours, minutes) {
        _ if ms < 1000 => format!("{ms}ms"),
        (0, 0) => format!("{seconds}{fraction}s"),
        (0, _) => format!("{minutes}m{seconds}{fraction}s"),
        _ => format!("{hours}h{minutes}m{seconds}{fraction}s"),
    }
}
