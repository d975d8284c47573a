//! What the decision may see: one set, its Pods and its two revisions, nothing else.

use std::sync::Arc;

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{RetentionPolicy, StatefulSetSpec, StatefulSetStatus};
use ordinal_api::{Object, SimDuration, SimTime, Text, Uid};

use super::claims;
use super::members::Seen;
use super::revision::Revisions;
use crate::persistent::Map;
use crate::release::Release;
use crate::{Cx, Id};

/// A set as the decision sees it.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Its specification.
    pub spec: &'a StatefulSetSpec,
    /// Its stored status.
    pub status: &'a StatefulSetStatus,
    /// `metadata.generation`
    pub generation: u64,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Name of the revision that Pods come from.
    pub current_revision: &'a Text,
    /// Name of the revision that Pods go to.
    pub update_revision: &'a Text,
    /// `status.collisionCount`
    pub collision_count: u32,
    /// Its Pods, in any order.
    pub pods: Vec<PodView>,
    /// Ordinals without a Pod whose claims still belong to the Pod before.
    pub stale_claims: Vec<u32>,
    /// Most Pods that are made of one set (see `Limits`).
    pub most_replicas: u32,
    /// What changed between releases.
    pub release: Release,
}

/// One Pod as the decision sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct PodView {
    /// Its handle.
    pub id: Id,
    /// Its identity.
    pub uid: Uid,
    /// Its ordinal.
    pub ordinal: u32,
    /// `status.phase`
    pub phase: PodPhase,
    /// Running with the condition Ready.
    pub ready: bool,
    /// Ready for `minReadySeconds`.
    pub available: bool,
    /// When it becomes available, if nothing happens.
    pub available_at: Option<SimTime>,
    /// Whether its deletion was asked for.
    pub terminating: bool,
    /// Its label `controller-revision-hash`.
    pub revision: Text,
    /// Whether its name, labels and claims are those of its ordinal.
    pub consistent: bool,
    /// Whether its claims are owned as the retention policy wants.
    pub claims_owned: bool,
}

impl PodView {
    /// Models `isUnavailable`: not available, or on its way out.
    pub fn is_unavailable(&self) -> bool {
        !self.available || self.terminating
    }
}

/// Looks at a set.
pub(super) fn view<'a>(
    cx: &Cx<'_>,
    object: &'a Object,
    pods: &Map<Id, Arc<Seen>>,
    revisions: &'a Revisions,
) -> View<'a> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let now = cx.now();
    let min_ready = SimDuration::secs(set.spec.min_ready_seconds);
    let policy = (set.spec.when_deleted, set.spec.when_scaled);
    let owned_claims =
        policy != (RetentionPolicy::Retain, RetentionPolicy::Retain) || object.meta.generation > 1;
    let replicas = set.spec.replicas.min(cx.world.config.limits.replicas);
    let range = set.spec.ordinals_start..set.spec.ordinals_start.saturating_add(replicas);
    let mut views = Vec::with_capacity(pods.len());
    views.extend(pods.iter().filter_map(|(id, seen)| {
        let ordinal = seen.ordinal?;
        let available_at = seen.ready_since.map(|since| since + min_ready);
        Some(PodView {
            id,
            uid: seen.uid,
            ordinal,
            phase: seen.phase,
            ready: seen.ready,
            available: available_at.is_some_and(|at| at <= now),
            available_at,
            terminating: seen.terminating,
            revision: seen.revision.clone(),
            consistent: seen.consistent,
            claims_owned: !owned_claims
                || claims::are_owned(cx, object, ordinal, seen.uid, !range.contains(&ordinal)),
        })
    }));
    let pods: Vec<PodView> = views;
    let stale_claims = if set.spec.when_scaled == RetentionPolicy::Delete {
        let missing = range.filter(|ordinal| !pods.iter().any(|p| p.ordinal == *ordinal));
        missing
            .filter(|ordinal| claims::are_stale(cx, object, *ordinal))
            .collect()
    } else {
        Vec::new()
    };
    View {
        spec: &set.spec,
        status: &set.status,
        generation: object.meta.generation,
        deleting: object.meta.is_deleting(),
        current_revision: &revisions.current.name,
        update_revision: &revisions.update.name,
        collision_count: revisions.collision_count,
        pods,
        stale_claims,
        most_replicas: cx.world.config.limits.replicas,
        release: cx.world.release(),
    }
}
