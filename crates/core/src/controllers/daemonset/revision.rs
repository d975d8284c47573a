//! The history of a DaemonSet: one ControllerRevision for each template.
//!
//! Models pkg/controller/daemon/update.go `constructHistory`, `snapshot`, `cleanupHistory`, 1.37.

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::meta::Lasting;
use ordinal_api::replicaset::ControllerRevision;
use ordinal_api::{Body, Kind, Object, ObjectMeta, OwnerReference, Status, Text, value};
use serde_json::{Value, json};

use super::HASH_LABEL;
use super::gather::Gathered;
use crate::apiserver::DeleteOptions;
use crate::controllers::claim::{Claim, adopt, claim};
use crate::controllers::deployment::template_hash;
use crate::{Cx, Id};

/// The revisions of a DaemonSet.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// The hash of the present one.
    pub(super) hash: Text,
    /// `status.collisionCount`
    pub(super) collisions: Option<u32>,
    /// The others, oldest first.
    old: Vec<(Id, Arc<Object>)>,
}

fn body(object: &Object) -> &ControllerRevision {
    object
        .as_controller_revision()
        .expect("listed as a revision")
}

fn hash_of(object: &Object) -> Text {
    object
        .meta
        .labels
        .get(HASH_LABEL)
        .cloned()
        .unwrap_or_default()
}

/// Finds the revision of the present template, gives it the highest number, or makes it.
///
/// # Errors
/// What the API server answers to a write.
pub(super) fn reconcile(cx: &mut Cx<'_>, object: &Arc<Object>) -> Result<History, Status> {
    let set = object.as_daemon_set().expect("the key of a DaemonSet");
    let mut template = set.raw.get("template").cloned().unwrap_or_default();
    value::overlay(&mut template, "$patch", Some(json!("replace")));
    let data = json!({"spec": {"template": template}});
    let (current, mut old): (Vec<_>, Vec<_>) = controlled(cx, object)
        .into_iter()
        .partition(|(_, revision)| *body(revision).data == data);
    ordinal_api::sorted::sort_by_key(&mut old, |(_, revision)| body(revision).revision);
    let number = old.last().map_or(0, |(_, last)| body(last).revision) + 1;
    let mut collisions = set.status.collision_count;
    // Of several that are the same the one with the highest number is kept: duplicates come from adoption only.
    let kept = current
        .into_iter()
        .max_by_key(|(_, revision)| body(revision).revision);
    let hash = match kept {
        Some((id, revision)) => {
            if body(&revision).revision < number {
                cx.update(id, |object| {
                    let revision = object.as_controller_revision_mut();
                    revision.expect("listed as a revision").revision = number;
                    true
                })?;
            }
            hash_of(&revision)
        }
        None => snapshot(cx, object, data, number, &mut collisions)?,
    };
    Ok(History {
        hash,
        collisions,
        old,
    })
}

/// The revisions that are its own, and those without an owner that fit. Models `controlledHistories`.
fn controlled(cx: &mut Cx<'_>, object: &Arc<Object>) -> Vec<(Id, Arc<Object>)> {
    let set = object.as_daemon_set().expect("the key of a DaemonSet");
    let all = cx.world.store.list(Kind::ControllerRevision);
    let near = all.filter(|(_, revision)| revision.meta.namespace == object.meta.namespace);
    let claimed = near.filter_map(|(id, revision)| {
        let fits = set.spec.selector.matches(&revision.meta.labels);
        let claim = claim(&object.meta, &revision.meta, fits);
        matches!(claim, Claim::Owned | Claim::Adopted).then(|| (id, revision.clone(), claim))
    });
    let claimed: Vec<_> = claimed.into_list();
    let mut own = Vec::new();
    for (id, revision, claim) in claimed {
        if claim == Claim::Adopted {
            adopt(cx, Kind::DaemonSet, &object.meta, id);
        }
        own.push((id, revision));
    }
    own
}

fn snapshot(
    cx: &mut Cx<'_>,
    object: &Object,
    data: Value,
    number: u64,
    collisions: &mut Option<u32>,
) -> Result<Text, Status> {
    let set = object.as_daemon_set().expect("the key of a DaemonSet");
    let data = Arc::new(data);
    loop {
        let hash = template_hash(&data["spec"]["template"], *collisions);
        let name = format!("{}-{hash}", object.meta.name);
        let mut labels = (*set.spec.template.labels).clone();
        labels.insert(Text::new_static(HASH_LABEL), hash.as_str().into());
        let owner =
            OwnerReference::controller(Kind::DaemonSet, object.meta.name.clone(), object.meta.uid);
        let meta = ObjectMeta::of(Lasting {
            labels: Arc::new(labels),
            annotations: object.meta.annotations.clone(),
            owner_references: vec![owner],
            ..Lasting::named(&object.meta.namespace, &name)
        });
        let revision = ControllerRevision {
            revision: number,
            data: data.clone(),
        };
        match cx.create(Object::new(meta, Body::ControllerRevision(revision))) {
            Err(status) if status.is_already_exists() => {
                let taken = cx.find(Kind::ControllerRevision, &object.meta.namespace, &name);
                if taken.is_some_and(|taken| body(&taken).data == data) {
                    return Ok(hash.into());
                }
                *collisions = Some(collisions.unwrap_or(0) + 1);
            }
            answer => return answer.map(|_| hash.into()),
        }
    }
}

/// Deletes old revisions that no Pod is of, beyond `revisionHistoryLimit`, oldest first.
pub(super) fn truncate(cx: &mut Cx<'_>, object: &Object, history: &History, gathered: &Gathered) {
    let set = object.as_daemon_set().expect("the key of a DaemonSet");
    let surplus = history
        .old
        .len()
        .saturating_sub(set.spec.revision_history_limit);
    let unused = history
        .old
        .iter()
        .filter(|(_, revision)| !gathered.live.contains(&hash_of(revision)));
    for id in unused.map(|(id, _)| *id).take(surplus).into_list() {
        // One that is gone already is no fault.
        let _ = cx.delete(id, DeleteOptions::default());
    }
}
