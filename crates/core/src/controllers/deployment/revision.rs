//! Which ReplicaSet is the new one, and what is noted on each: template hash, revision numbers, history.
//!
//! Models pkg/controller/deployment/sync.go `getNewReplicaSet`, `cleanupDeployment` and util/deployment_util.go, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::condition::{ConditionStatus, find};
use ordinal_api::deployment::Deployment;
use ordinal_api::replicaset::{ReplicaSet, ReplicaSetSpec, ReplicaSetStatus};
use ordinal_api::statefulset::PodTemplate;
use ordinal_api::{
    Body, Kind, Labels, Lasting, Object, ObjectMeta, OwnerReference, Status, Text, Value,
};
use serde_json::json;

use super::status::{condition, has_deadline, set};
use super::view::view as look;
use super::{Round, Stop, View, new_size};
use crate::apiserver::DeleteOptions;
use crate::release::Release;
use crate::{Cx, Id};

/// The label that ties Pods and ReplicaSets to a template.
pub(super) const POD_TEMPLATE_HASH: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
pub(super) const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
pub(super) const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const ROLLBACK_TO: &str = "deprecated.deployment.rollback.to";
/// Characters that the list of earlier revisions may have.
const HISTORY_CHARS: usize = 2000;

/// A hash of a Pod template: FNV-1a, 32 bits, over its JSON, in the letters that avoid words.
///
/// Real clusters hash a dump of memory that cannot be reproduced, so these hashes are as stable but not the same.
pub fn template_hash(template: &Value, collisions: Option<u32>) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let collisions = collisions.map(|n| u64::from(n).to_le_bytes());
    let text = template.to_string();
    let bytes = text.bytes().chain(collisions.into_iter().flatten());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash.to_string()
        .bytes()
        .map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()]))
        .collect()
}

/// An annotation that is a number.
pub(super) fn number(meta: &ObjectMeta, key: &str) -> Option<u64> {
    meta.annotation(key)?.parse().ok()
}

/// `Scaled up replica set web-1 from 1 to 3`; `to 3 from 1` before 1.31 (pull request 125118).
pub(super) fn scaled(release: Release, name: &str, from: u32, to: u32) -> String {
    let way = if to > from { "up" } else { "down" };
    if release.scaled_from_to() {
        format!("Scaled {way} replica set {name} from {from} to {to}")
    } else {
        format!("Scaled {way} replica set {name} to {to} from {from}")
    }
}

/// Notes for which size of the Deployment a size was chosen. Returns whether that changed anything.
pub(super) fn annotate_size(meta: &mut ObjectMeta, desired: u32, max: u32) -> bool {
    let wanted = [(DESIRED_REPLICAS, desired), (MAX_REPLICAS, max)];
    if wanted
        .iter()
        .all(|(key, n)| number(meta, key) == Some(u64::from(*n)))
    {
        return false;
    }
    let annotations = Arc::make_mut(&mut meta.annotations);
    for (key, n) in wanted {
        annotations.insert(Text::new_static(key), n.to_string().into());
    }
    true
}

/// Whether two templates are the same but for the hash. Models `EqualIgnoreHash`.
fn is_same(a: &PodTemplate, b: &PodTemplate) -> bool {
    let labels = |t: &PodTemplate| {
        let kept = t.labels.iter().filter(|(key, _)| *key != POD_TEMPLATE_HASH);
        kept.map(|(k, v)| (k.clone(), v.clone()))
            .collect::<Labels>()
    };
    (Arc::ptr_eq(&a.raw_spec, &b.raw_spec) || a.raw_spec == b.raw_spec)
        && a.annotations == b.annotations
        && a.finalizers == b.finalizers
        && labels(a) == labels(b)
}

/// Finds the ReplicaSet of the present template, brings its notes up to date, and makes it if `create` says so.
/// Models `getAllReplicaSetsAndSyncRevision`.
pub(super) fn view(round: &mut Round<'_, '_>, sets: &[Id], create: bool) -> Result<View, Stop> {
    let world = &*round.cx.world;
    let template = &round.deployment().spec.template;
    let fits = |id: &&Id| {
        let set = world.get(**id).and_then(|set| set.as_replica_set());
        set.is_some_and(|set| is_same(&set.spec.template, template))
    };
    let new = sets.iter().find(fits).copied();
    let revisions = sets
        .iter()
        .filter(|id| Some(**id) != new)
        .filter_map(|id| number(&world.get(*id)?.meta, REVISION));
    let revision = revisions.max().unwrap_or(0) + 1;
    match new {
        Some(new) => {
            found(round, new, revision)?;
            Ok(look(round.cx.world, &round.object, Some(new), sets))
        }
        None if create => {
            let new = make(round, sets, revision)?;
            let all: Vec<Id> = sets.iter().copied().chain([new]).into_list();
            Ok(look(round.cx.world, &round.object, Some(new), &all))
        }
        None => Ok(look(world, &round.object, None, sets)),
    }
}

/// Brings the notes on the ReplicaSet of the present template, and on the Deployment, up to date.
fn found(round: &mut Round<'_, '_>, new: Id, revision: u64) -> Result<(), Stop> {
    let object = round.object.clone();
    let min_ready_seconds = round.deployment().spec.min_ready_seconds;
    let answer = round.cx.update(new, |set| {
        let annotated = annotate(&object.meta, &mut set.meta, revision);
        let body = set.as_replica_set_mut().expect("the key of a ReplicaSet");
        let other = body.spec.min_ready_seconds != min_ready_seconds;
        if other {
            Arc::make_mut(&mut body.spec).min_ready_seconds = min_ready_seconds;
            let raw = Arc::make_mut(&mut body.raw);
            let value = (min_ready_seconds > 0).then(|| json!(min_ready_seconds));
            ordinal_api::value::overlay(raw, "minReadySeconds", value);
            set.meta.generation += 1;
        }
        annotated || other
    });
    let set = answer.map_err(|_| Stop::Refused)?;
    let revision = set.meta.annotation(REVISION).map(Text::new);
    let unknown = has_deadline(round.deployment())
        && find(&round.deployment().status.conditions, "Progressing").is_none();
    let message = unknown.then(|| format!("Found new replica set \"{}\"", set.meta.name));
    note(round, revision, message.map(|m| ("FoundNewReplicaSet", m)))
}

/// Writes the revision and what is told about the new ReplicaSet into the Deployment, if that is new.
fn note(
    round: &mut Round<'_, '_>,
    revision: Option<Text>,
    progress: Option<(&'static str, String)>,
) -> Result<(), Stop> {
    let same = revision.is_none() || round.object.meta.annotation(REVISION) == revision.as_deref();
    if same && progress.is_none() {
        return Ok(());
    }
    let now = round.cx.now();
    round.write(|object| {
        if let Some(revision) = revision {
            Arc::make_mut(&mut object.meta.annotations)
                .insert(Text::new_static(REVISION), revision);
        }
        if let Some((reason, message)) = progress {
            let status = &mut object
                .as_deployment_mut()
                .expect("the key of a Deployment")
                .status;
            let told = condition("Progressing", ConditionStatus::True, now, reason, &message);
            set(&mut status.conditions, told);
        }
    })
}

/// Copies annotations and moves the revision up. Returns whether anything changed. Models `SetNewReplicaSetAnnotations`.
fn annotate(deployment: &ObjectMeta, set: &mut ObjectMeta, revision: u64) -> bool {
    let kept = [
        LAST_APPLIED,
        REVISION,
        REVISION_HISTORY,
        DESIRED_REPLICAS,
        MAX_REPLICAS,
        ROLLBACK_TO,
    ];
    let mut annotations = (*set.annotations).clone();
    for (key, value) in deployment
        .annotations
        .iter()
        .filter(|(key, _)| !kept.contains(&key.as_str()))
    {
        annotations.insert(key.clone(), value.clone());
    }
    let old = annotations.get(REVISION).cloned();
    let old_number = old.as_ref().map_or(Some(0), |old| old.parse::<u64>().ok());
    if old_number.is_some_and(|old| old < revision) {
        annotations.insert(Text::new_static(REVISION), revision.to_string().into());
        if let Some(old) = old {
            let history = annotations
                .get(REVISION_HISTORY)
                .map(Text::as_str)
                .unwrap_or_default();
            let history = longer(history, &old);
            annotations.insert(Text::new_static(REVISION_HISTORY), history.into());
        }
    }
    if annotations == *set.annotations {
        return false;
    }
    set.annotations = Arc::new(annotations);
    true
}

/// The list of earlier revisions with one more; the oldest go when it gets too long.
fn longer(history: &str, revision: &str) -> String {
    let mut list: Vec<&str> = history
        .split(',')
        .filter(|r| !r.is_empty())
        .chain([revision])
        .into_list();
    while list.len() > 1 && list.iter().map(|r| r.len() + 1).sum::<usize>() - 1 > HISTORY_CHARS {
        list.remove(0);
    }
    list.join(",")
}

/// Makes the ReplicaSet of the present template.
fn make(round: &mut Round<'_, '_>, sets: &[Id], revision: u64) -> Result<Id, Stop> {
    let view = look(round.cx.world, &round.object, None, sets);
    let replicas = new_size(&view, 0, view.sum(|set| set.replicas));
    let collisions = round.deployment().status.collision_count;
    let template = round
        .deployment()
        .raw
        .get("template")
        .cloned()
        .unwrap_or_default();
    let hash = template_hash(&template, collisions);
    let mut object = new_set(&round.object, &hash, replicas);
    annotate(&round.object.meta, &mut object.meta, revision);
    annotate_size(&mut object.meta, view.replicas, view.ceiling());
    let name = object.meta.name.clone();
    round.calls += 1;
    let id = match round.cx.create(object) {
        Ok((id, _)) => id,
        Err(status) => return refused(round, &name, &status),
    };
    if replicas > 0 {
        let message = if round.cx.world.release().scaled_from_to() {
            scaled(round.cx.world.release(), &name, 0, replicas)
        } else {
            format!("Scaled up replica set {name} to {replicas}")
        };
        round
            .cx
            .event(round.id, false, "ScalingReplicaSet", message);
    }
    let told =
        has_deadline(round.deployment()).then(|| format!("Created new replica set \"{name}\""));
    note(
        round,
        Some(revision.to_string().into()),
        told.map(|m| ("NewReplicaSetCreated", m)),
    )?;
    Ok(id)
}

fn new_set(owner: &Object, hash: &str, replicas: u32) -> Object {
    let deployment = owner.as_deployment().expect("the key of a Deployment");
    let spec = &deployment.spec;
    let key = || Text::new_static(POD_TEMPLATE_HASH);
    let mut labels = (*spec.template.labels).clone();
    labels.insert(key(), hash.into());
    let labels = Arc::new(labels);
    let mut selector = spec.selector.clone();
    selector.match_labels.insert(key(), hash.into());
    let meta = ObjectMeta::of(Lasting {
        labels: labels.clone(),
        owner_references: vec![OwnerReference::controller(
            Kind::Deployment,
            owner.meta.name.clone(),
            owner.meta.uid,
        )],
        ..Lasting::named(
            &owner.meta.namespace,
            &format!("{}-{hash}", owner.meta.name),
        )
    });
    let set = ReplicaSet {
        replicas,
        raw: Arc::new(raw_spec(deployment, hash, replicas)),
        spec: Arc::new(ReplicaSetSpec {
            selector,
            template: PodTemplate {
                labels,
                ..spec.template.clone()
            },
            min_ready_seconds: spec.min_ready_seconds,
        }),
        status: ReplicaSetStatus::default(),
    };
    Object::new(meta, Body::ReplicaSet(set))
}

fn raw_spec(deployment: &Deployment, hash: &str, replicas: u32) -> Value {
    let part = |key: &str| {
        deployment
            .raw
            .get(key)
            .cloned()
            .unwrap_or_else(|| json!({}))
    };
    let (mut selector, mut template) = (part("selector"), part("template"));
    selector["matchLabels"][POD_TEMPLATE_HASH] = json!(hash);
    template["metadata"]["labels"][POD_TEMPLATE_HASH] = json!(hash);
    let mut spec = json!({"replicas": replicas, "selector": selector, "template": template});
    if deployment.spec.min_ready_seconds > 0 {
        spec["minReadySeconds"] = json!(deployment.spec.min_ready_seconds);
    }
    spec
}

/// The name is taken by a stranger: the next try has another hash. Anything else is told and tried again.
fn refused(round: &mut Round<'_, '_>, name: &str, status: &Status) -> Result<Id, Stop> {
    if status.is_already_exists() {
        round.write(|object| {
            let status = &mut object
                .as_deployment_mut()
                .expect("the key of a Deployment")
                .status;
            status.collision_count = Some(status.collision_count.unwrap_or(0) + 1);
        })?;
        return Err(Stop::Conflict);
    }
    let namespace = round
        .cx
        .find(Kind::Namespace, "", &round.object.meta.namespace);
    if namespace.is_some_and(|n| n.as_namespace().is_some_and(|n| n.terminating)) {
        return Err(Stop::Refused);
    }
    let message = format!("Failed to create new replica set \"{name}\": {status}");
    if has_deadline(round.deployment()) {
        let now = round.cx.now();
        round.write(|object| {
            let status = &mut object
                .as_deployment_mut()
                .expect("the key of a Deployment")
                .status;
            let told = condition(
                "Progressing",
                ConditionStatus::False,
                now,
                "ReplicaSetCreateError",
                &message,
            );
            set(&mut status.conditions, told);
        })?;
    }
    round
        .cx
        .event(round.id, true, "ReplicaSetCreateError", message);
    Err(Stop::Refused)
}

/// Deletes old ReplicaSets beyond the history limit, the lowest revisions first. Models `cleanupDeployment`.
pub(super) fn clean_up(round: &mut Round<'_, '_>, view: &View) {
    let limit = round.deployment().spec.revision_history_limit as usize;
    let cx: &mut Cx<'_> = round.cx;
    let old = view
        .old
        .iter()
        .filter_map(|set| Some((set.id, cx.get(set.id)?)));
    let mut old: Vec<(Id, Arc<Object>)> =
        old.filter(|(_, set)| !set.meta.is_deleting()).into_list();
    let surplus = old.len().saturating_sub(limit);
    ordinal_api::sorted::sort_by_key(&mut old, |(_, set)| {
        number(&set.meta, REVISION).unwrap_or(0)
    });
    for (id, object) in old.into_iter().take(surplus) {
        let set = object.as_replica_set().expect("the key of a ReplicaSet");
        let seen = object.meta.generation <= set.status.observed_generation;
        if set.replicas == 0 && set.status.replicas == 0 && seen {
            // Gone already is as good.
            let _ = cx.delete(id, DeleteOptions::default());
        }
    }
}
