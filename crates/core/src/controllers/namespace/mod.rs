//! The namespace controller: it empties a namespace that is being deleted, Pods first, and then lets it go.
//!
//! * `mod.rs`: what it watches, and a round of deletions
//! * `decide`: what goes in which round, conditions, pauses; pure
//!
//! A look comes 5 s after every change of the Namespace, which is what makes a deletion take 10 s and more.
//! Models pkg/controller/namespace/namespace_controller.go and deletion/, 1.37.

mod decide;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ordinal_api::{Kind, Object, SimDuration, condition};

use self::decide::Content;
use super::Controller;
use crate::apiserver::{DeleteOptions, Propagation};
use crate::queue::Work;
use crate::store::Link;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id};

/// From a change of a Namespace to the look at it: `namespaceDeletionGracePeriod`.
const GRACE: SimDuration = SimDuration::secs(5);

static GRACE_PERIOD: Guard = Guard {
    name: "namespaceDeletionGracePeriod",
    rule: "what is in a namespace is deleted 5 s after the namespace was asked to go",
    source: "pkg/controller/namespace/namespace_controller.go",
};
static PODS_FIRST: Guard = Guard {
    name: "OrderedNamespaceDeletion",
    rule: "nothing else in a namespace is deleted while one of its Pods is left",
    source: "pkg/controller/namespace/deletion/namespaced_resources_deleter.go",
};
static CONTENT: Guard = Guard {
    name: "NamespaceContentRemaining",
    rule: "a namespace goes when it is empty",
    source: "pkg/controller/namespace/deletion/namespaced_resources_deleter.go",
};

/// Sees a change of a Namespace that is being deleted.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    if change.kind() != Kind::Namespace {
        return;
    }
    let Some(new) = &change.new else {
        return cx.proceed(change.id);
    };
    if new.meta.is_deleting() {
        let at = cx.now() + GRACE;
        cx.at(at, Work::Sync(Controller::Namespace, change.id));
        if change.old.as_ref().is_some_and(|o| !o.meta.is_deleting()) {
            cx.wait(change.id, On::Until(at), &GRACE_PERIOD, Some(at));
        }
    }
}

/// One round, in which one object is deleted after the other.
pub(crate) fn sync(cx: &mut Cx<'_>, namespace: Id) {
    if !round(cx, namespace) {
        cx.written(Controller::Namespace, namespace, 1);
    }
}

/// Deletes what is next, says what is left, and lets an empty namespace go. Returns whether it waits for an answer.
fn round(cx: &mut Cx<'_>, namespace: Id) -> bool {
    let Some(object) = cx.get(namespace).filter(|o| o.meta.is_deleting()) else {
        return false;
    };
    if object.as_namespace().is_none_or(|n| n.finalized) {
        return false;
    }
    let now = cx.now();
    let pods_first = cx.world.release().ordered_namespace_deletion();
    let all: Vec<(Id, Arc<Object>)> = cx
        .world
        .store
        .linked(Link::InNamespace, namespace)
        .map(|(id, o)| (id, o.clone()))
        .collect();
    let any_pods = all.iter().any(|(_, o)| o.kind() == Kind::Pod);
    for (id, object) in &all {
        let goes = object.meta.is_deleting();
        if !goes && decide::is_next(object.kind(), pods_first, any_pods) {
            // Its own deletion may have taken it along with another.
            let _ = cx.delete(
                *id,
                DeleteOptions {
                    uid: Some(object.meta.uid),
                    propagation: Some(Propagation::Background),
                    ..DeleteOptions::default()
                },
            );
            // One after the other: `--delete-collection-workers` is 1.
            if cx.call(Controller::Namespace, namespace, 1) {
                return true;
            }
        }
    }
    let left: Vec<(Id, Arc<Object>)> = cx
        .world
        .store
        .linked(Link::InNamespace, namespace)
        .map(|(id, o)| (id, o.clone()))
        .collect();
    let content: Vec<Content> = left.iter().map(|(_, object)| content(object)).collect();
    // While Pods go first, nothing is counted yet: all conditions say that all is well (`deleteAllContent` returns early).
    let counts = !(pods_first && content.iter().any(|c| c.kind == Kind::Pod));
    let counted = if counts { &content[..] } else { &[] };
    let conditions = decide::conditions(counted, now);
    let _ = cx.update(namespace, |object| {
        let Some(body) = object.as_namespace_mut() else {
            return false;
        };
        let mut changed = false;
        for new in conditions {
            changed |= condition::set(&mut body.conditions, new);
        }
        changed
    });
    let Some((first, _)) = left
        .iter()
        .find(|(_, o)| o.kind() == Kind::Pod)
        .or(left.first())
    else {
        finalize(cx, namespace, &object);
        return false;
    };
    let guard = if pods_first && any_pods {
        &PODS_FIRST
    } else {
        &CONTENT
    };
    cx.wait(namespace, On::Object(*first), guard, None);
    let again = decide::next_look(&content);
    cx.after_in_background(again, Work::Sync(Controller::Namespace, namespace));
    false
}

fn content(object: &Object) -> Content {
    let pod = object.as_pod().filter(|p| !p.status.phase.is_terminal());
    Content {
        kind: object.kind(),
        finalizers: object.meta.finalizers.clone(),
        grace_secs: pod.map_or(0, |p| p.grace_secs()),
    }
}

/// Deletes the Events, which nobody waits for, and takes the last finalizer off.
fn finalize(cx: &mut Cx<'_>, namespace: Id, object: &Object) {
    let name = &object.meta.name;
    let events = cx
        .world
        .store
        .list(Kind::Event)
        .filter(|(_, e)| e.meta.namespace == *name);
    let events: Vec<Id> = events.map(|(id, _)| id).collect();
    for event in events {
        let _ = cx.delete(event, DeleteOptions::default());
    }
    let _ = cx.update(namespace, |object| {
        object
            .as_namespace_mut()
            .is_some_and(|n| !std::mem::replace(&mut n.finalized, true))
    });
}
