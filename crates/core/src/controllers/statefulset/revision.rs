//! ControllerRevisions: what is versioned, how it is named, and how many are kept.
//!
//! Models `stateful_set_utils.go` `newRevision`, `getPatch`, `nextRevision`, `ApplyRevision`, `stateful_set_control.go`
//! `ListRevisions`, `getStatefulSetRevisions`, `truncateHistory`, and pkg/controller/history, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::replicaset::ControllerRevision;
use ordinal_api::statefulset::PodTemplate;
use ordinal_api::{
    Body, Kind, Labels, Lasting, Object, ObjectMeta, OwnerReference, Status, Text, Uid, Value,
    value,
};
use serde_json::json;

use super::members::Seen;
use super::pods;
use crate::apiserver::DeleteOptions;
use crate::persistent::Map;
use crate::{Cx, Id};

const HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// The template of a set as a revision stores it.
#[derive(Debug)]
pub(crate) struct Encoded {
    uid: Uid,
    generation: u64,
    data: Arc<Value>,
    bytes: String,
}

/// One of the two revisions of a set.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    pub(super) name: Text,
    pub(super) data: Arc<Value>,
}

/// The revisions that a sync works with.
#[derive(Clone, Debug)]
pub(super) struct Revisions {
    pub(super) current: Revision,
    pub(super) update: Revision,
    pub(super) collision_count: u32,
}

impl Revisions {
    /// One of the two.
    pub(super) fn of(&self, updated: bool) -> &Revision {
        if updated { &self.update } else { &self.current }
    }

    /// The template of one of the two.
    ///
    /// # Errors
    /// 400 when the stored data is not a template.
    pub(super) fn template(&self, updated: bool) -> Result<PodTemplate, Status> {
        PodTemplate::from_value(
            Kind::StatefulSet,
            value::at(&self.of(updated).data, &["spec", "template"]),
        )
    }
}

/// FNV-1 of the data and of the number of collisions, in the digits that names use.
/// Models history `HashControllerRevision` and `rand.SafeEncodeString`.
pub fn revision_hash(data: &str, collisions: u32) -> String {
    let bytes = data.bytes().chain(collisions.to_string().into_bytes());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| {
        hash.wrapping_mul(0x0100_0193) ^ u32::from(byte)
    });
    safe_encode(hash)
}

/// The decimal digits of a hash as letters that make no words: `0` to `9` become `456789bcdf`.
pub(crate) fn safe_encode(hash: u32) -> String {
    const DIGITS: &[u8; 10] = b"456789bcdf";
    hash.to_string()
        .bytes()
        .map(|digit| char::from(DIGITS[usize::from(digit - b'0')]))
        .collect()
}

fn encode(cx: &mut Cx<'_>, id: Id, object: &Object) -> Arc<Encoded> {
    let known = cx.world.parts.stateful_set.templates.get(&id);
    if let Some(known) =
        known.filter(|k| k.uid == object.meta.uid && k.generation == object.meta.generation)
    {
        return known.clone();
    }
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let mut template = set.raw.get("template").cloned().unwrap_or_default();
    value::overlay(&mut template, "$patch", Some(json!("replace")));
    let data = json!({ "spec": { "template": template } });
    let bytes = data.to_string();
    let encoded = Arc::new(Encoded {
        uid: object.meta.uid,
        generation: object.meta.generation,
        data: Arc::new(data),
        bytes,
    });
    cx.world
        .parts
        .stateful_set
        .templates
        .insert(id, encoded.clone());
    encoded
}

/// The revisions that a set owns, oldest first. Models `ListRevisions` and history `SortControllerRevisions`.
pub(super) fn list(cx: &Cx<'_>, object: &Object) -> Vec<(Id, Arc<Object>)> {
    let owned = cx
        .world
        .store
        .owned_of_kind(object.meta.uid, Kind::ControllerRevision);
    let owned = owned.filter(|(_, revision)| {
        let controller = revision.meta.controller();
        controller.is_some_and(|owner| owner.uid == object.meta.uid)
    });
    let mut all: Vec<_> = owned.map(|(id, r)| (id, r.clone())).into_list();
    ordinal_api::sorted::sort_by_key(&mut all, |(_, a)| order(a));
    all
}

/// Finds or makes the update revision, and finds the current one, among `all`, which are sorted.
/// Models `getStatefulSetRevisions`.
///
/// # Errors
/// What the API server answers to a write.
pub(super) fn reconcile(
    cx: &mut Cx<'_>,
    id: Id,
    object: &Arc<Object>,
    all: &[(Id, Arc<Object>)],
) -> Result<Revisions, Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let encoded = encode(cx, id, object);
    let mut collisions = set.status.collision_count.unwrap_or(0);
    // Models `nextRevision`.
    let next = all.last().map_or(0, |(_, last)| body(last).revision) + 1;
    let equal = all.iter().rposition(|(_, r)| {
        Arc::ptr_eq(&body(r).data, &encoded.data) || body(r).data == encoded.data
    });
    let update = match equal {
        Some(place) if place + 1 == all.len() => all[place].1.clone(),
        // A rollback: the old revision gets the next number and keeps its name.
        Some(place) => renumber(cx, all[place].0, next)?,
        None => create(cx, object, &encoded, next, &mut collisions)?,
    };
    let current = all
        .iter()
        .find(|(_, r)| r.meta.name == set.status.current_revision)
        .map_or(&update, |(_, r)| r);
    let short = |object: &Arc<Object>| Revision {
        name: object.meta.name.clone(),
        data: body(object).data.clone(),
    };
    Ok(Revisions {
        current: short(current),
        update: short(&update),
        collision_count: collisions,
    })
}

/// Models history `UpdateControllerRevision`, which tries again when somebody else wrote meanwhile.
fn renumber(cx: &mut Cx<'_>, id: Id, number: u64) -> Result<Arc<Object>, Status> {
    let mut renumbered = None;
    pods::retry_on_conflict(4, &mut || {
        renumbered = Some(cx.update(id, |revision| {
            revision
                .as_controller_revision_mut()
                .expect("listed as a revision")
                .revision = number;
            true
        })?);
        Ok(())
    })?;
    Ok(renumbered.expect("written without an error"))
}

fn body(object: &Object) -> &ControllerRevision {
    object
        .as_controller_revision()
        .expect("listed as a revision")
}

fn order(object: &Object) -> (u64, ordinal_api::SimTime, Text) {
    (
        body(object).revision,
        object.meta.creation_timestamp,
        object.meta.name.clone(),
    )
}

/// Models `newRevision` and history `CreateControllerRevision`.
fn create(
    cx: &mut Cx<'_>,
    object: &Object,
    encoded: &Encoded,
    number: u64,
    collisions: &mut u32,
) -> Result<Arc<Object>, Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let first_hash = revision_hash(&encoded.bytes, *collisions);
    let mut labels: Labels = (*set.spec.template.labels).clone();
    labels.insert(Text::new_static(HASH_LABEL), first_hash.into());
    let labels = Arc::new(labels);
    let base: String = object.meta.name.chars().take(223).collect();
    loop {
        let name = format!("{base}-{}", revision_hash(&encoded.bytes, *collisions));
        let meta = ObjectMeta::of(Lasting {
            labels: labels.clone(),
            annotations: object.meta.annotations.clone(),
            owner_references: vec![OwnerReference::controller(
                Kind::StatefulSet,
                object.meta.name.clone(),
                object.meta.uid,
            )],
            ..Lasting::named(&object.meta.namespace, &name)
        });
        let revision = ControllerRevision {
            revision: number,
            data: encoded.data.clone(),
        };
        match cx.create(Object::new(meta, Body::ControllerRevision(revision))) {
            Err(status) if status.is_already_exists() => {
                let taken = cx.find(Kind::ControllerRevision, &object.meta.namespace, &name);
                if let Some(taken) = taken.filter(|taken| body(taken).data == encoded.data) {
                    return Ok(taken);
                }
                *collisions += 1;
            }
            answer => return answer.map(|(_, made)| made),
        }
    }
}

/// Deletes old revisions that no Pod uses beyond `revisionHistoryLimit`, oldest first; also after a sync that failed, and
/// without the two where they could not be told. Models `truncateHistory`.
///
/// # Errors
/// The first refusal.
pub(super) fn truncate(
    cx: &mut Cx<'_>,
    object: &Object,
    pods: &Map<Id, Arc<Seen>>,
    all: &[(Id, Arc<Object>)],
    revisions: Option<&Revisions>,
) -> Result<(), Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let Some(limit) = set.spec.revision_history_limit else {
        return Ok(());
    };
    if all.len() <= limit as usize {
        return Ok(());
    }
    let is_live = |name: &Text| {
        revisions.is_some_and(|r| *name == r.current.name || *name == r.update.name)
            || pods.values().any(|pod| pod.revision == *name)
    };
    let old: Vec<Id> = all
        .iter()
        .filter(|(_, r)| !is_live(&r.meta.name))
        .map(|(id, _)| *id)
        .into_list();
    for id in &old[..old.len().saturating_sub(limit as usize)] {
        cx.delete(*id, DeleteOptions::default())?;
    }
    Ok(())
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_hash_of_a_revision_is_that_of_the_real_controller() {
        let data = r#"{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"image":"nginx","name":"c"}]}}}}"#;
        assert_eq!(revision_hash(data, 0), "5f4b46c5cc");
    }
}
