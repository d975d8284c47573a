//! The server's cache: why a name may resolve to a Pod that is gone, or not to one that is there.
//!
//! Models coredns plugin/cache as kubeadm writes it: `cache 30`, since 1.32 not for the cluster's own names
//! (kubernetes pull request 128359).

use ordinal_api::sorted::SortedMap;

use ordinal_api::SimTime;

use super::RecordType;
use super::message::{Answer, Query, Record};
use super::resolve::resolve_with;
use super::zone::{below, normal};
use crate::World;
use crate::release::Release;

/// Answers hold for so many seconds at most, and at least.
const SECS: (u32, u32) = (5, 30);

/// A cache in front of the server. Asking through it is the only thing that fills it.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    /// Whether answers about the cluster's own names are kept.
    keeps_cluster: bool,
    kept: SortedMap<(String, RecordType), Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    answer: Answer,
    since: SimTime,
    secs: u32,
}

impl Cache {
    /// The cache that kubeadm configures for a release.
    pub fn of(release: Release) -> Self {
        Self::new(release.dns_caches_cluster())
    }

    /// A cache that keeps answers about the cluster's own names, or one that does not.
    pub fn new(keeps_cluster: bool) -> Self {
        Self {
            keeps_cluster,
            kept: SortedMap::new(),
        }
    }

    /// What the server answers now: what it answered before, while that holds, with the seconds that are left.
    pub fn ask(&mut self, world: &World, query: &Query) -> Answer {
        let name = normal(&query.name);
        if !self.keeps_cluster && below(&name, &world.config.domain).is_some() {
            // What is not kept is told with the same seconds.
            let answer = resolve_with(world, query, &mut |other| self.ask(world, other));
            let secs = held(&answer);
            return with_ttl(answer, secs);
        }
        let key = (name, query.type_);
        let now = world.now();
        if let Some(kept) = self.kept.get(&key)
            && let Some(left) = kept.left(now)
        {
            return with_ttl(kept.answer.clone(), left);
        }
        let answer = resolve_with(world, query, &mut |other| self.ask(world, other));
        let secs = held(&answer);
        if !leads_nowhere(&answer, query.type_) {
            let kept = Kept {
                answer: answer.clone(),
                since: now,
                secs,
            };
            self.kept.insert(key, kept);
        }
        with_ttl(answer, secs)
    }

    /// Forgets what no longer holds, for worlds that run long.
    pub fn tidy(&mut self, now: SimTime) {
        self.kept.retain(|_, kept| kept.left(now).is_some());
    }
}

impl Kept {
    fn left(&self, now: SimTime) -> Option<u32> {
        let gone = u32::try_from(now.since(self.since).as_secs()).unwrap_or(u32::MAX);
        self.secs.checked_sub(gone).filter(|left| *left > 0)
    }
}

/// Aliases at whose end there is nothing of the type that was asked for, and no word on how long that holds: not kept.
/// Models `isNODATA`.
fn leads_nowhere(answer: &Answer, type_: RecordType) -> bool {
    let is_alias = |record: &Record| record.data.type_() == RecordType::CNAME;
    !matches!(type_, RecordType::CNAME | RecordType::ANY)
        && !answer.answers.is_empty()
        && answer.answers.iter().all(is_alias)
        && answer.authority.is_empty()
}

/// For how many seconds an answer holds. Models `computeTTL`.
fn held(answer: &Answer) -> u32 {
    let records = answer
        .answers
        .iter()
        .chain(&answer.authority)
        .chain(&answer.additional);
    let shortest = records.map(|record| record.ttl).min();
    shortest.unwrap_or(SECS.0).clamp(SECS.0, SECS.1)
}

fn with_ttl(mut answer: Answer, ttl: u32) -> Answer {
    for record in answer.records_mut() {
        record.ttl = ttl;
    }
    answer
}
