//! What holds for every sync, whatever was before it and whatever the API server refused: the invariants of the
//! reference, by their names there.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{
    PodManagementPolicy, RetentionPolicy, StatefulSetSpec, UpdateStrategy,
};
use ordinal_api::{Kind, Object, SimDuration, Status, Text, Uid, condition};

use super::super::rollout::max_unavailable;
use super::super::{ordinal_of, parent_of};
use super::{Rig, body, claim};
use crate::journal::Verb;

/// One sync: the world before and after it, what was asked for, and the answer.
pub(super) struct Sync<'a> {
    pub(super) before: &'a Rig,
    pub(super) after: &'a Rig,
    pub(super) asked: &'a [(Verb, Kind, String)],
    pub(super) outcome: &'a Result<(), Status>,
}

/// A Pod of the set.
struct Member {
    object: Arc<Object>,
    ordinal: u32,
    ready: bool,
    available: bool,
    terminating: bool,
    ended: bool,
    revision: Text,
}

impl Member {
    fn is_well(&self) -> bool {
        self.ready && self.available && !self.terminating
    }

    fn name(&self) -> &str {
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
struct Facts<'a> {
    sync: &'a Sync<'a>,
    spec: &'a StatefulSetSpec,
    ordered: bool,
    members: Vec<Member>,
    /// Ordinals of the range.
    range: std::ops::Range<u32>,
    /// Revisions of the sync: from which Pods come, and to which they go.
    current: Text,
    update: Text,
    created: Vec<u32>,
    deleted: Vec<u32>,
}

fn ok(holds: bool, what: impl Into<String>) -> Result<(), String> {
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
    created(&facts)?;
    deleted(&facts)?;
    if facts.ordered {
        one_at_a_time(&facts)?;
    }
    rollout(&facts)?;
    if sync.outcome.is_ok() {
        all_at_once(&facts)?;
    }
    history(&facts)?;
    status(&facts)
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
fn update_revision(rig: &Rig) -> Option<Text> {
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
    fn at(&self, ordinal: u32) -> Option<&Member> {
        self.members.iter().find(|m| m.ordinal == ordinal)
    }

    fn is_well(&self, ordinal: u32) -> bool {
        self.at(ordinal).is_some_and(Member::is_well)
    }

    fn partition(&self) -> u32 {
        match &self.spec.update_strategy {
            UpdateStrategy::RollingUpdate(Some(rolling)) => rolling.partition,
            _ => 0,
        }
    }

    fn claim_before(&self, ordinal: u32) -> Option<&Arc<Object>> {
        self.sync
            .before
            .get(Kind::PersistentVolumeClaim, &claim(ordinal))
    }

    fn condemned(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|m| !self.range.contains(&m.ordinal))
    }

    /// Deleted because they are old. One of a Parallel set that ended is deleted for that first, and then once more.
    fn replaced(&self) -> Vec<&Member> {
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
    fn is_new(&self, ordinal: u32) -> bool {
        let by_count = self.spec.update_strategy == UpdateStrategy::RollingUpdate(None);
        let made = self.created.contains(&ordinal) || self.is_stale(ordinal);
        by_count && made && self.at(ordinal).is_none_or(|m| m.ended)
    }

    fn max_unavailable(&self) -> u32 {
        match &self.spec.update_strategy {
            UpdateStrategy::RollingUpdate(Some(rolling)) if self.has_gate() => {
                max_unavailable(rolling.max_unavailable, self.spec.replicas)
            }
            _ => 1,
        }
    }

    fn has_gate(&self) -> bool {
        self.sync
            .before
            .world
            .release()
            .max_unavailable_stateful_set()
    }

    /// Whether the claim of an ordinal belongs to a Pod of that name that is gone.
    fn is_stale(&self, ordinal: u32) -> bool {
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

/// A2, A7, A8, A11, P7, R4: what is created.
fn created(facts: &Facts<'_>) -> Result<(), String> {
    for ordinal in &facts.created {
        let missing = facts.at(*ordinal).is_none_or(|m| m.ended);
        ok(
            facts.range.contains(ordinal) && missing,
            format!("A11: {ordinal}"),
        )?;
        ok(!facts.is_stale(*ordinal), format!("P7: {ordinal}"))?;
        let deleting = facts
            .claim_before(*ordinal)
            .is_some_and(|c| c.meta.is_deleting());
        ok(
            !deleting,
            format!("A7: the claim of {ordinal} is being deleted"),
        )?;
        let name = format!("foo-{ordinal}");
        let Some(pod) = facts.sync.after.get(Kind::Pod, &name) else {
            // Refused, or created from the old revision and replaced at once.
            continue;
        };
        if facts
            .sync
            .before
            .get(Kind::Pod, &name)
            .is_some_and(|old| old.meta.uid == pod.meta.uid)
        {
            // A stranger has the name.
            continue;
        }
        let has_claim = facts
            .sync
            .after
            .get(Kind::PersistentVolumeClaim, &claim(*ordinal));
        ok(has_claim.is_some(), format!("A7: {ordinal} has no claim"))?;
        let set = facts.sync.before.uid(Kind::StatefulSet, "foo");
        let body = body(pod);
        let old = *ordinal < facts.range.start + facts.partition()
            && matches!(
                facts.spec.update_strategy,
                UpdateStrategy::RollingUpdate(Some(_))
            );
        let revision = if old { &facts.current } else { &facts.update };
        let label = |key: &str| pod.meta.label(key);
        let at = label("controller-revision-hash");
        let by_count = facts.spec.update_strategy == UpdateStrategy::RollingUpdate(None)
            && at == Some(facts.current.as_str());
        ok(
            by_count || at == Some(revision.as_str()),
            format!("R4: {ordinal} is at {at:?}"),
        )?;
        let whole = label("statefulset.kubernetes.io/pod-name") == Some(&name)
            && label("apps.kubernetes.io/pod-index") == Some(&ordinal.to_string())
            && label("foo") == Some("bar")
            && pod.meta.controller().is_some_and(|owner| owner.uid == set)
            && body.hostname == name
            && body.subdomain == "governingsvc"
            && body
                .claim_of_volume("datadir")
                .is_some_and(|c| *c == *claim(*ordinal));
        ok(whole, format!("A2, A8: {name}"))?;
    }
    Ok(())
}

/// A10, A14, P3: what is deleted.
fn deleted(facts: &Facts<'_>) -> Result<(), String> {
    for ordinal in &facts.deleted {
        if facts.is_new(*ordinal) {
            continue;
        }
        let pod = facts
            .at(*ordinal)
            .ok_or(format!("A10: {ordinal} is not its own"))?;
        let at_once = facts.sync.before.world.release().recreates_ended_at_once();
        ok(
            !pod.terminating || at_once && pod.ended,
            format!("{ordinal} is deleted twice"),
        )?;
        if !facts.range.contains(ordinal) {
            let uid = pod.object.meta.uid;
            let owner = facts.claim_before(*ordinal).is_none() || owns(facts, *ordinal, uid);
            let wanted = facts.spec.when_scaled == RetentionPolicy::Delete;
            ok(
                !wanted || owner,
                format!("P3: {ordinal} does not own its claim"),
            )?;
        } else if !pod.ended {
            let rolling = matches!(facts.spec.update_strategy, UpdateStrategy::RollingUpdate(_));
            let index = ordinal - facts.range.start;
            let old = pod.revision != facts.update;
            ok(
                rolling && old && index >= facts.partition(),
                format!("A14: {ordinal}"),
            )?;
        }
    }
    Ok(())
}

/// Whether a Pod owns its claim after the sync, or somebody else does whom the controller leaves alone.
fn owns(facts: &Facts<'_>, ordinal: u32, uid: Uid) -> bool {
    let claim = facts
        .sync
        .after
        .get(Kind::PersistentVolumeClaim, &claim(ordinal));
    let owners = claim.map(|c| c.meta.owner_references.iter());
    owners
        .into_iter()
        .flatten()
        .any(|o| o.uid == uid || o.name != "foo")
}

/// M5 to M8: what an ordered set does in one sync.
fn one_at_a_time(facts: &Facts<'_>) -> Result<(), String> {
    for ordinal in &facts.created {
        let below = (facts.range.start..*ordinal).all(|n| facts.is_well(n));
        ok(below, format!("M5: {ordinal} before all below it are well"))?;
    }
    ok(facts.created.len() <= 1, "M6: one creation a sync")?;
    let condemned = facts
        .deleted
        .iter()
        .filter(|n| !facts.range.contains(n))
        .count();
    ok(facts.created.is_empty() || condemned == 0, "M6: never both")?;
    let most = if facts.max_unavailable() > 1 {
        usize::MAX
    } else {
        1
    };
    ok(facts.deleted.len() <= most, "M6: one deletion a sync")?;
    let all_well = facts.range.clone().all(|n| facts.is_well(n));
    for ordinal in facts.deleted.iter().filter(|n| !facts.range.contains(n)) {
        ok(
            all_well,
            format!("M8: {ordinal} goes while one in range is not well"),
        )?;
        let above = facts.condemned().filter(|m| m.ordinal > *ordinal).count();
        ok(above == 0, format!("M7: {ordinal} before one above it"))?;
    }
    for pod in facts.replaced() {
        ok(
            all_well,
            format!("M8: {} is replaced while one is not well", pod.name()),
        )?;
        ok(facts.condemned().count() == 0, "M9: scaling comes first")?;
    }
    Ok(())
}

/// M10, M12, B4, B5: how many are replaced, and which.
fn rollout(facts: &Facts<'_>) -> Result<(), String> {
    let replaced = facts.replaced();
    if replaced.is_empty() {
        return Ok(());
    }
    if facts.max_unavailable() == 1 && (!facts.has_gate() || facts.ordered) {
        ok(replaced.len() == 1, "B4: one at a time")?;
        let mut above = replaced[0].ordinal + 1..facts.range.end;
        let done = |n| {
            facts
                .at(n)
                .is_some_and(|m| m.revision == facts.update && m.is_well())
        };
        ok(
            above.all(done),
            format!("M10, B4: {} is not the next", replaced[0].name()),
        )?;
    }
    if facts.has_gate() {
        let down = facts
            .range
            .clone()
            .filter(|n| facts.at(*n).is_none_or(|m| !m.available || m.terminating));
        let budget = facts.max_unavailable().saturating_sub(down.count() as u32) as usize;
        let repairs = facts.sync.before.world.release().parallel_repairs() && !facts.ordered;
        let counted = replaced.iter().filter(|m| m.available || !repairs);
        ok(counted.count() <= budget, "M12, B5: more than the budget")?;
    }
    Ok(())
}

/// B1, B2, B5: what a Parallel set does in one sync that meets no refusal.
fn all_at_once(facts: &Facts<'_>) -> Result<(), String> {
    let set = facts
        .sync
        .before
        .world
        .get(facts.sync.before.set)
        .expect("it is there");
    if facts.ordered || set.meta.is_deleting() {
        return Ok(());
    }
    let missing = facts
        .range
        .clone()
        .filter(|n| facts.at(*n).is_none() && !facts.is_stale(*n));
    for ordinal in missing {
        ok(
            facts.created.contains(&ordinal),
            format!("B1: {ordinal} is missing"),
        )?;
    }
    for pod in facts.condemned().filter(|m| !m.terminating) {
        ok(
            facts.deleted.contains(&pod.ordinal),
            format!("B2: {} stays", pod.name()),
        )?;
    }
    let rolling = matches!(facts.spec.update_strategy, UpdateStrategy::RollingUpdate(_));
    if rolling && facts.has_gate() && facts.sync.before.world.release().parallel_repairs() {
        let from = facts.range.start + facts.partition();
        let broken = facts.members.iter().filter(|m| {
            (from..facts.range.end).contains(&m.ordinal)
                && m.revision != facts.update
                && !m.available
                && !m.terminating
        });
        for pod in broken {
            ok(
                facts.deleted.contains(&pod.ordinal),
                format!("B5: {} stays", pod.name()),
            )?;
        }
    }
    Ok(())
}

/// R1, R3, R10: revisions.
fn history(facts: &Facts<'_>) -> Result<(), String> {
    let (before, after) = (facts.sync.before.revisions(), facts.sync.after.revisions());
    let numbers = after.iter().map(|(_, number)| *number);
    ok(numbers.clone().all(|number| number > 0), "R1: positive")?;
    let newest = after.last().map(|(name, _)| name);
    let clean = facts.sync.outcome.is_ok();
    let right = newest == Some(&facts.update);
    ok(!clean || right, "R1: the update revision is the newest")?;
    let known = update_revision(facts.sync.before).is_some();
    let made = after
        .iter()
        .any(|(name, _)| before.iter().all(|(old, _)| old != name));
    ok(!known || !made, "R10: a revision without a new template")?;
    let live = |name: &Text| {
        *name == facts.current
            || *name == facts.update
            || facts.members.iter().any(|m| m.revision == *name)
    };
    // Where the two could not be told, only what Pods use is safe.
    let used = |name: &Text| facts.members.iter().any(|m| m.revision == *name);
    for (name, _) in before
        .iter()
        .filter(|(name, _)| used(name) || clean && live(name))
    {
        let kept = after.iter().any(|(there, _)| there == name);
        ok(kept, format!("A4: {name} is in use and gone"))?;
    }
    let old = after.iter().filter(|(name, _)| !live(name)).count();
    let limit = facts
        .spec
        .revision_history_limit
        .map_or(usize::MAX, |limit| limit as usize);
    ok(!clean || old <= limit, format!("R3: {old} old revisions"))
}

/// R6 to R9, and the counts themselves.
fn status(facts: &Facts<'_>) -> Result<(), String> {
    let sync = facts.sync;
    let (old, new) = (sync.before.status(), sync.after.status());
    ok(
        new.available_replicas <= new.ready_replicas && new.ready_replicas <= new.replicas,
        "R7",
    )?;
    ok(
        new.current_replicas.max(new.updated_replicas) <= new.replicas,
        "R7",
    )?;
    let generation = sync
        .after
        .world
        .get(sync.after.set)
        .expect("it is there")
        .meta
        .generation;
    ok(
        new.observed_generation <= generation,
        "R8: not of the future",
    )?;
    ok(
        old.observed_generation <= new.observed_generation,
        "R8: not backwards",
    )?;
    let all = facts.spec.replicas;
    if old.current_revision != new.current_revision && facts.current == old.current_revision {
        let done = [new.updated_replicas, new.ready_replicas, new.replicas] == [all; 3];
        ok(done && new.current_revision == new.update_revision, "R6")?;
    }
    if sync.outcome.is_err() {
        return Ok(());
    }
    let count =
        |which: &dyn Fn(&Member) -> bool| facts.members.iter().filter(|m| which(m)).count() as u32;
    let at = |m: &Member, revision: &Text| !m.terminating && m.revision == *revision;
    let counted = [
        count(&|_| true),
        count(&|m| m.ready),
        count(&|m| m.ready && m.available),
        count(&|m| at(m, &facts.update)),
    ];
    let told = [
        new.replicas,
        new.ready_replicas,
        new.available_replicas,
        new.updated_replicas,
    ];
    ok(
        told == counted,
        format!("the status says {told:?} of {counted:?}"),
    )?;
    let complete = counted[0] == all
        && counted[1] == all
        && counted[3] == all
        && matches!(facts.spec.update_strategy, UpdateStrategy::RollingUpdate(_));
    let made = facts
        .deleted
        .iter()
        .filter(|n| facts.is_new(**n) && facts.at(**n).is_none());
    let replaced = (facts.replaced().len() + made.count()) as u32;
    let current = count(&|m| at(m, &facts.current)) - replaced;
    let current = if complete { counted[3] } else { current };
    ok(
        new.current_replicas == current,
        format!("currentReplicas {} of {current}", new.current_replicas),
    )?;
    ok(new.observed_generation == generation, "R8: up to date")?;
    let done = facts.replaced().is_empty() && new.current_revision == new.update_revision;
    ok(!done || new.current_replicas == new.updated_replicas, "R9")
}
