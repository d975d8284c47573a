//! The rules of one sync, from what is created to what the status says.

use ordinal_api::statefulset::{RetentionPolicy, UpdateStrategy};
use ordinal_api::{Kind, Text, Uid};

use super::promises::{Facts, Member, ok, update_revision};
use super::{body, claim};

/// A2, A7, A8, A11, P7, R4: what is created.
pub(super) fn created(facts: &Facts<'_>) -> Result<(), String> {
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
pub(super) fn deleted(facts: &Facts<'_>) -> Result<(), String> {
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
pub(super) fn one_at_a_time(facts: &Facts<'_>) -> Result<(), String> {
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
pub(super) fn rollout(facts: &Facts<'_>) -> Result<(), String> {
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
pub(super) fn all_at_once(facts: &Facts<'_>) -> Result<(), String> {
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
pub(super) fn history(facts: &Facts<'_>) -> Result<(), String> {
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
pub(super) fn status(facts: &Facts<'_>) -> Result<(), String> {
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
    let completes = facts.sync.before.world.release().completes_on_delete()
        || matches!(facts.spec.update_strategy, UpdateStrategy::RollingUpdate(_));
    let complete = counted[0] == all && counted[1] == all && counted[3] == all && completes;
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
