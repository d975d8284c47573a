//! What holds for every sync, whatever was before it and whatever the API server refused: the invariants of the
//! reference, by their names there.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{
    PodManagementPolicy, RetentionPolicy, StatefulSetSpec, UpdateStrategy,
};
use ordinal_api::{Kind, Object, SimDuration, Status, Text, condition};

use super::super::rollout::max_unavailable;
use super::super::{ordinal_of, parent_of};
use super::{Rig, body, claim, rules};
use crate::journal::Verb;

/// One sync: the world before and after it, what was asked for, and the answer.
pub(super) struct Sync<'a> {
    pub(super) before: &'a Rig,
    pub(super) after: &'a Rig,
    pub(super) asked: &'a [(Verb, Kind, String)],
    pub(super) outcome: &'a Result<(), Status>,
}

/// A Pod of the set.
pub(super) struct Member {
    pub(super) object: Arc<Object>,
    pub(super) ordinal: u32,
    pub(super) ready: bool,
    pub(super) available: bool,
    pub(super) terminating: bool,
    pub(super) ended: bool,
    pub(super) revision: Text,
}

impl Member {
    pub(super) fn is_well(&self) -> bool {
        self.ready && self.available && !self.terminating
    }

    pub(super) fn name(&self) -> &str {
        &self.object.meta.name
    }
}

/// The Pods that the set may call its own.
fn members(rig: &Rig) -> Vec<Member> {
    let set = rig.world.get(rig.set).expect("the set is there");
    let spec = &rig.stateful_set().spec;
    let wait = SimDuration::secs(spec.min_ready_seconds);
    let mut members = Vec::new();
    for object in rig.pods() {
        let meta = &object.meta;
        let fits = spec.selector.matches(&meta.labels)
            && parent_of(&meta.name) == Some(set.meta.name.as_str());
        let owned = match meta.controller() {
            Some(owner) => owner.uid == set.meta.uid,
            None => !meta.is_deleting() && !set.meta.is_deleting(),
        };
        let (Some(ordinal), true, true) = (ordinal_of(&meta.name), fits, owned) else {
            continue;
        };
        let pod = body(&object);
        let status = &pod.status;
        let since = condition::find(&status.conditions, "Ready")
            .filter(|_| pod.is_ready())
            .map(|c| c.last_transition);
        members.push(Member {
            ordinal,
            ready: pod.is_ready() && status.phase == PodPhase::Running,
            available: since.is_some_and(|since| since + wait <= rig.world.now()),
            terminating: meta.is_deleting(),
            ended: matches!(status.phase, PodPhase::Failed | PodPhase::Succeeded),
            revision: meta
                .label("controller-revision-hash")
                .unwrap_or_default()
                .into(),
            object,
        });
    }
    members
}

/// What the rules of one sync are about.
pub(super) struct Facts<'a> {
    pub(super) sync: &'a Sync<'a>,
    pub(super) spec: &'a StatefulSetSpec,
    pub(super) ordered: bool,
    pub(super) members: Vec<Member>,
    /// Ordinals of the range.
    pub(super) range: std::ops::Range<u32>,
    /// Revisions of the sync: from which Pods come, and to which they go.
    pub(super) current: Text,
    pub(super) update: Text,
    pub(super) created: Vec<u32>,
    pub(super) deleted: Vec<u32>,
}

pub(super) fn ok(holds: bool, what: impl Into<String>) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.into()) }
}

/// Checks every promise that one sync can break.
///
/// # Errors
/// The first that does not hold, by its name.
pub(super) fn hold(sync: &Sync<'_>) -> Result<(), String> {
    objects(sync)?;
    let Some(facts) = facts(sync)? else {
        return Ok(());
    };
    rules::created(&facts)?;
    rules::deleted(&facts)?;
    if facts.ordered {
        rules::one_at_a_time(&facts)?;
    }
    rules::rollout(&facts)?;
    if sync.outcome.is_ok() {
        rules::all_at_once(&facts)?;
    }
    rules::history(&facts)?;
    rules::status(&facts)
}

/// A3, A4, A6, A15, A16: what happens to single objects.
fn objects(sync: &Sync<'_>) -> Result<(), String> {
    let (before, after) = (sync.before, sync.after);
    for (id, old) in before.world.store.list(Kind::Pod) {
        let Some(new) = after.world.get(id) else {
            continue;
        };
        let replaced = old.meta.uid != new.meta.uid;
        let at_once = before.world.release().recreates_ended_at_once();
        ok(
            !replaced || at_once,
            format!("A16: {} was replaced at once", old.meta.name),
        )?;
        let same = replaced || Arc::ptr_eq(&body(old).spec, &body(new).spec);
        ok(same, format!("A3: {} was changed", old.meta.name))?;
    }
    let ours = ["foo", "Pod"];
    for (id, old) in before.world.store.list(Kind::PersistentVolumeClaim) {
        let name = &old.meta.name;
        let new = after.world.get(id).ok_or(format!("A4: {name} is gone"))?;
        let same = old.meta.labels == new.meta.labels
            && old.meta.annotations == new.meta.annotations
            && old.meta.uid == new.meta.uid;
        ok(same, format!("A6: {name} was changed"))?;
        let foreign = |object: &Arc<Object>| {
            let owners = object.meta.owner_references.iter();
            let others = owners.filter(|o| o.name != ours[0] && o.kind_text != ours[1]);
            others.cloned().collect::<Vec<_>>()
        };
        ok(
            foreign(old) == foreign(new),
            format!("A15: owners of {name}"),
        )?;
    }
    let strange = sync.asked.iter().find(|(verb, kind, _)| {
        *verb == Verb::Delete && !matches!(kind, Kind::Pod | Kind::ControllerRevision)
    });
    ok(strange.is_none(), format!("A4: {strange:?}"))
}

/// # Errors
/// A9: something was done for a set that is being deleted, or without a revision.
fn facts<'a>(sync: &'a Sync<'a>) -> Result<Option<Facts<'a>>, String> {
    let of = |verb: Verb| {
        let asked = sync.asked.iter();
        let pods = asked.filter(|(v, kind, _)| *v == verb && *kind == Kind::Pod);
        let mut ordinals: Vec<u32> = pods.filter_map(|(.., name)| ordinal_of(name)).into_list();
        ordinal_api::sorted::sort(&mut ordinals);
        ordinals
    };
    let (created, deleted) = (of(Verb::Create), of(Verb::Delete));
    let set = sync
        .before
        .world
        .get(sync.before.set)
        .expect("the set is there");
    let idle = created.is_empty() && deleted.is_empty();
    ok(idle || !set.meta.is_deleting(), "A9: it is being deleted")?;
    let Some(update) = update_revision(sync.after) else {
        ok(idle, "no Pods without a revision")?;
        return Ok(None);
    };
    let stored = &sync.before.status().current_revision;
    let known = sync.before.revisions();
    let current = known.iter().find(|(name, _)| name == stored);
    let current = current.map_or(update.clone(), |(name, _)| name.clone());
    let spec = &sync.before.stateful_set().spec;
    Ok(Some(Facts {
        sync,
        spec,
        ordered: spec.pod_management_policy == PodManagementPolicy::OrderedReady,
        members: members(sync.before),
        range: spec.ordinals_start..spec.ordinals_start + spec.replicas,
        current,
        update,
        created,
        deleted,
    }))
}

/// The revision that holds the set's own template.
pub(super) fn update_revision(rig: &Rig) -> Option<Text> {
    let mut template = rig.stateful_set().raw["template"].clone();
    template["$patch"] = "replace".into();
    let mut all = rig.world.store.list(Kind::ControllerRevision);
    let found = all.find(|(_, object)| {
        let revision = object.as_controller_revision().expect("a revision");
        revision.data["spec"]["template"] == template
    });
    found.map(|(_, object)| object.meta.name.clone())
}

impl Facts<'_> {
    pub(super) fn at(&self, ordinal: u32) -> Option<&Member> {
        self.members.iter().find(|m| m.ordinal == ordinal)
    }

    pub(super) fn is_well(&self, ordinal: u32) -> bool {
        self.at(ordinal).is_some_and(Member::is_well)
    }

    pub(super) fn partition(&self) -> u32 {
        match &self.spec.update_strategy {
            UpdateStrategy::RollingUpdate(Some(rolling)) => rolling.partition,
            _ => 0,
        }
    }

    pub(super) fn claim_before(&self, ordinal: u32) -> Option<&Arc<Object>> {
        self.sync
            .before
            .get(Kind::PersistentVolumeClaim, &claim(ordinal))
    }

    pub(super) fn condemned(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|m| !self.range.contains(&m.ordinal))
    }

    /// Deleted because they are old. One of a Parallel set that ended is deleted for that first, and then once more.
    pub(super) fn replaced(&self) -> Vec<&Member> {
        let mut replaced = Vec::new();
        for pod in self
            .members
            .iter()
            .filter(|m| self.range.contains(&m.ordinal))
        {
            let deletions = self.deleted.iter().filter(|n| **n == pod.ordinal).count();
            let replacements = deletions.saturating_sub(usize::from(pod.ended));
            replaced.extend(std::iter::repeat_n(pod, replacements));
        }
        replaced
    }

    /// Whether a deletion is that of a Pod which this sync created from the old revision, or would have created but for its
    /// claim: without a `rollingUpdate` the last status says how many are old.
    pub(super) fn is_new(&self, ordinal: u32) -> bool {
        let by_count = self.spec.update_strategy == UpdateStrategy::RollingUpdate(None);
        let made = self.created.contains(&ordinal) || self.is_stale(ordinal);
        by_count && made && self.at(ordinal).is_none_or(|m| m.ended)
    }

    pub(super) fn max_unavailable(&self) -> u32 {
        match &self.spec.update_strategy {
            UpdateStrategy::RollingUpdate(Some(rolling)) if self.has_gate() => {
                max_unavailable(rolling.max_unavailable, self.spec.replicas)
            }
            _ => 1,
        }
    }

    pub(super) fn has_gate(&self) -> bool {
        self.sync
            .before
            .world
            .release()
            .max_unavailable_stateful_set()
    }

    /// Whether the claim of an ordinal belongs to a Pod of that name that is gone.
    pub(super) fn is_stale(&self, ordinal: u32) -> bool {
        let name = format!("foo-{ordinal}");
        let owners = self
            .claim_before(ordinal)
            .map(|c| c.meta.owner_references.iter());
        self.spec.when_scaled == RetentionPolicy::Delete
            && owners
                .into_iter()
                .flatten()
                .any(|o| o.kind == Some(Kind::Pod) && o.name == name)
    }
}
