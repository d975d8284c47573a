//! Deletion: grace, finalizers, preconditions and propagation.

use std::sync::Arc;

use ordinal_api::meta::Deletion;
use ordinal_api::pod::PodPhase;
use ordinal_api::{Body, Kind, Object, SimDuration, SimTime, Status, Text, Uid};

use crate::{Cx, Id};

/// How a deletion is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// `gracePeriodSeconds`; `None` takes the Pod's own.
    pub grace_secs: Option<u64>,
    /// `preconditions.uid`
    pub uid: Option<Uid>,
    /// `preconditions.resourceVersion`
    pub resource_version: Option<u64>,
    /// `propagationPolicy`
    pub propagation: Option<Propagation>,
}

/// What happens to dependants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They go after the owner.
    Background,
    /// The owner goes after them.
    Foreground,
    /// They stay, without an owner.
    Orphan,
}

/// Namespaces that every cluster needs. Models plugin/pkg/admission/namespace/lifecycle, 1.37.
const PROTECTED: [&str; 3] = ["default", "kube-public", "kube-system"];
const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Whether nothing holds an object that is being deleted: no finalizers, no grace left to a Pod.
pub(crate) fn is_finished(object: &Object) -> bool {
    let Some(deletion) = object.meta.deletion else {
        return false;
    };
    let graceful = matches!(object.body, Body::Pod(_)) && deletion.grace_secs > 0;
    let namespace_content = object.as_namespace().is_some_and(|n| !n.finalized);
    object.meta.finalizers.is_empty() && !graceful && !namespace_content
}

/// Asks for the deletion of an object. Models apiserver registry `Store.Delete` and pod `strategy.CheckGracefulDelete`, 1.37.
/// Returns the object as it was (when it is gone) or as it is (when it is only marked).
///
/// # Errors
/// `NotFound`; `Conflict` when a precondition does not hold.
pub(crate) fn delete_object(
    cx: &mut Cx<'_>,
    id: Id,
    options: DeleteOptions,
) -> Result<Arc<Object>, Status> {
    let Some(stored) = cx.get(id) else {
        let key = cx.world.store.key(id);
        return Err(Status::not_found(key.kind, &key.name));
    };
    if matches!(stored.kind(), Kind::Namespace) && PROTECTED.contains(&stored.meta.name.as_str()) {
        return Err(Status::forbidden(
            Kind::Namespace,
            &stored.meta.name,
            "this namespace may not be deleted",
        ));
    }
    check_preconditions(&stored, options)?;
    let now = cx.now();
    let grace = grace_secs(&stored, options);
    let mut object = (*stored).clone();
    // A Pod whose grace runs can only be given less of it.
    let graceful = object.as_pod().is_some();
    let runs = object.meta.deletion.is_some_and(|d| d.grace_secs > 0);
    if graceful && runs && object.meta.deletion.is_some_and(|d| d.grace_secs <= grace) {
        return Ok(stored);
    }
    let mut changed = set_finalizers(&mut object, options.propagation);
    match object.meta.deletion {
        Some(deletion) if deletion.grace_secs <= grace => {}
        // What is left counts from the first request on.
        Some(deletion) => {
            let less = SimDuration::secs(deletion.grace_secs - grace);
            let end = SimTime(deletion.timestamp.0.saturating_sub(less.0));
            let (timestamp, grace_secs) = if end < now {
                (now, grace.min(1))
            } else {
                (end, grace)
            };
            object.meta.deletion = Some(Deletion {
                timestamp,
                grace_secs,
            });
            changed = true;
        }
        _ => {
            object.meta.deletion = Some(Deletion {
                timestamp: now + SimDuration::secs(grace),
                grace_secs: grace,
            });
            if object.meta.generation > 0 {
                object.meta.generation += 1;
            }
            changed = true;
        }
    }
    if let Some(namespace) = object.as_namespace_mut().filter(|n| !n.terminating) {
        namespace.terminating = true;
    }
    if is_finished(&object) {
        // Nothing holds it. A Pod is marked first, also with the end of its grace, as its deletion is graceful even with
        // no grace at all (recordings); watchers see anything else go without a mark.
        if changed && object.as_pod().is_some() {
            object.meta.resource_version = cx.world.next_resource_version();
            let marked = Arc::new(object);
            cx.world.commit(id, Some(marked.clone()), cx.by, cx.cause);
            cx.world.commit(id, None, cx.by, cx.cause);
            return Ok(marked);
        }
        cx.world.commit(id, None, cx.by, cx.cause);
        return Ok(stored);
    }
    if !changed {
        return Ok(stored);
    }
    object.meta.resource_version = cx.world.next_resource_version();
    let object = Arc::new(object);
    cx.world.commit(id, Some(object.clone()), cx.by, cx.cause);
    Ok(object)
}

/// Whether an object is the one that was meant.
///
/// # Errors
/// `Conflict`.
pub(super) fn check_preconditions(stored: &Object, options: DeleteOptions) -> Result<(), Status> {
    if let Some(uid) = options.uid.filter(|uid| *uid != stored.meta.uid) {
        return Err(other_identity(stored, &uid.to_string()));
    }
    let version = options.resource_version;
    match version.filter(|v| *v != stored.meta.resource_version) {
        Some(version) => Err(other_version(stored, &version.to_string())),
        None => Ok(()),
    }
}

pub(super) fn other_identity(stored: &Object, uid: &str) -> Status {
    if stored.kind() == Kind::Namespace {
        return unmet(stored, "UID", uid, &stored.meta.uid.to_string());
    }
    let why = format!(
        "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
        stored.meta.uid
    );
    differs(stored.kind(), &stored.meta.name, &why)
}

pub(super) fn other_version(stored: &Object, version: &str) -> Status {
    if stored.kind() == Kind::Namespace {
        let own = stored.meta.resource_version.to_string();
        return unmet(stored, "ResourceVersion", version, &own);
    }
    let why = format!(
        "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({}). The object might have been modified",
        stored.meta.resource_version
    );
    differs(stored.kind(), &stored.meta.name, &why)
}

/// Namespaces look by themselves. Models pkg/registry/core/namespace/storage.
fn unmet(stored: &Object, what: &str, wanted: &str, own: &str) -> Status {
    let why = format!(
        "Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {own}"
    );
    Status::conflict(stored.kind(), &stored.meta.name, &why)
}

/// A conflict that names the kind where others name the resource. Models `rest.BeforeDelete`.
fn differs(kind: Kind, name: &str, why: &str) -> Status {
    let names = kind.names();
    Status::conflict(kind, name, why).about(names.kind, names.group)
}

/// A Pod that runs nowhere or has ended needs no grace.
fn grace_secs(object: &Object, options: DeleteOptions) -> u64 {
    let Some(pod) = object.as_pod() else { return 0 };
    if pod.node_name.is_empty()
        || matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed)
    {
        return 0;
    }
    options.grace_secs.unwrap_or_else(|| pod.grace_secs())
}

/// Brings the finalizers of garbage collection in line with what is wanted. Models `deletionFinalizersForGarbageCollection`.
fn set_finalizers(object: &mut Object, propagation: Option<Propagation>) -> bool {
    let collects = |name: &Text| name == FOREGROUND || name == ORPHAN;
    let wanted = match propagation {
        _ if object.kind() == Kind::Event => None,
        Some(Propagation::Background) => None,
        Some(Propagation::Foreground) => Some(FOREGROUND),
        Some(Propagation::Orphan) => Some(ORPHAN),
        // What is there already says what was meant, else it is the kind's own.
        None => match object.meta.finalizers.iter().find(|f| collects(f)) {
            Some(_) => return false,
            None => orphans(object.kind()).then_some(ORPHAN),
        },
    };
    let there = |object: &Object, name: &str| object.meta.has_finalizer(name);
    let settled = [FOREGROUND, ORPHAN]
        .iter()
        .all(|name| there(object, name) == (wanted == Some(*name)));
    if settled {
        return false;
    }
    object.meta.finalizers.retain(|f| !collects(f));
    object.meta.finalizers.extend(wanted.map(Text::new_static));
    true
}

/// Kinds whose dependants stay unless something else is asked for. Models `DefaultGarbageCollectionPolicy`.
pub(super) const fn orphans(kind: Kind) -> bool {
    matches!(kind, Kind::Job | Kind::ReplicationController)
}
