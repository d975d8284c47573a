//! ControllerRevisions: what is versioned, how it is named, and how many are kept.
//!
//! Models `stateful_set_utils.go` `newRevision`, `getPatch`, `stateful_set_control.go` `getStatefulSetRevisions`,
//! `truncateHistory`, and pkg/controller/history.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::replicaset::ControllerRevision;
use ordinal_api::statefulset::PodTemplate;
use ordinal_api::{
    Body, Kind, Labels, Lasting, Object, ObjectMeta, OwnerReference, Status, Text, Uid, Value,
    value,
};
use serde_json::json;

use super::gather::{Gathered, adopt_revisions};
use crate::apiserver::DeleteOptions;
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
    /// All of them, oldest first, as they were read.
    pub(super) all: Vec<(Id, Arc<Object>)>,
}

impl Revisions {
    /// The template of one of the two.
    ///
    /// # Errors
    /// 400 when the stored data is not a template.
    pub(super) fn template(&self, updated: bool) -> Result<PodTemplate, Status> {
        let revision = if updated { &self.update } else { &self.current };
        PodTemplate::from_value(
            Kind::StatefulSet,
            value::at(&revision.data, &["spec", "template"]),
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

/// Finds or makes the update revision, and finds the current one.
///
/// # Errors
/// What the API server answers to a write.
pub(super) fn reconcile(
    cx: &mut Cx<'_>,
    id: Id,
    object: &Arc<Object>,
    owned: &[(Id, Arc<Object>)],
) -> Result<Revisions, Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let mut all = owned.to_vec();
    if all.is_empty() && !object.meta.is_deleting() {
        all = adopt_revisions(cx, object)?;
    }
    ordinal_api::sorted::sort_by_key(&mut all, |(_, a)| order(a));
    let encoded = encode(cx, id, object);
    let mut collisions = set.status.collision_count.unwrap_or(0);
    let last = all.last().map_or(0, |(_, last)| body(last).revision);
    let equal = all.iter().rposition(|(_, r)| {
        Arc::ptr_eq(&body(r).data, &encoded.data) || body(r).data == encoded.data
    });
    let update = match equal {
        Some(place) if place + 1 == all.len() => all[place].1.clone(),
        Some(place) => {
            // A rollback: the old revision gets the next number and keeps its name.
            let revived = cx.update(all[place].0, |revision| {
                revision
                    .as_controller_revision_mut()
                    .expect("listed as a revision")
                    .revision = last + 1;
                true
            })?;
            all[place].1 = revived.clone();
            ordinal_api::sorted::sort_by_key(&mut all, |(_, a)| order(a));
            revived
        }
        None => {
            let (id, made) = create(cx, object, &encoded, last + 1, &mut collisions)?;
            all.push((id, made.clone()));
            made
        }
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
        all: all.clone(),
    })
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

fn create(
    cx: &mut Cx<'_>,
    object: &Object,
    encoded: &Encoded,
    number: u64,
    collisions: &mut u32,
) -> Result<(Id, Arc<Object>), Status> {
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
                    let id = cx.id(Kind::ControllerRevision, &object.meta.namespace, &name);
                    return Ok((id, taken));
                }
                *collisions += 1;
            }
            answer => return answer,
        }
    }
}

/// Deletes old revisions that no Pod uses beyond `revisionHistoryLimit`, oldest first.
pub(super) fn truncate(
    cx: &mut Cx<'_>,
    object: &Object,
    gathered: &Gathered,
    revisions: &Revisions,
) {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let Some(limit) = set.spec.revision_history_limit else {
        return;
    };
    if revisions.all.len() <= limit as usize + 1 {
        return;
    }
    let is_live = |name: &Text| {
        *name == revisions.current.name
            || *name == revisions.update.name
            || gathered.pods.values().any(|pod| pod.revision == *name)
    };
    let old: Vec<Id> = revisions
        .all
        .iter()
        .filter(|(_, r)| !is_live(&r.meta.name))
        .map(|(id, _)| *id)
        .into_list();
    for id in &old[..old.len().saturating_sub(limit as usize)] {
        // One that is gone already is no fault.
        let _ = cx.delete(*id, DeleteOptions::default());
    }
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
