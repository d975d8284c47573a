//! The garbage collector: dependants of owners that are gone, owners that wait for their dependants, and those that leave them behind.
//!
//! * `mod.rs`: what it watches, and what it writes
//! * `decide`: what becomes of an object because of its owners; pure
//!
//! An owner is known by its identity: a successor of the same name is another owner.
//! Models pkg/controller/garbagecollector, 1.37.

mod decide;
#[cfg(test)]
mod tests;

use ordinal_api::{Object, OwnerReference, SimDuration, Uid};

use self::decide::{FOREGROUND, ORPHAN, Owner, Verdict};
use super::Controller;
use crate::apiserver::DeleteOptions;
use crate::queue::Work;
use crate::wait::{Guard, On};
use crate::{Change, Cx, Id, World};

/// What is asked before a dependant of an owner that is not there is deleted: the owner, the dependant, the owner again.
const ABSENT_CALLS: u64 = 3;

static BLOCKED: Guard = Guard {
    name: "foregroundDeletion",
    rule: "an owner that is deleted in the foreground goes after the dependants that block it",
    source: "pkg/controller/garbagecollector/garbagecollector.go processDeletingDependentsItem",
};

/// Sees a change: owners that go, and dependants whose owner is not there.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    let Some(new) = &change.new else {
        let gone = change.object().clone();
        cx.proceed(change.id);
        look_at_dependants(cx, gone.meta.uid);
        look_at_waiting_owners(cx, &gone);
        return;
    };
    let waits = |o: &Object| o.meta.is_deleting() && o.meta.finalizers.iter().any(decide::is_ours);
    let began = change
        .old
        .as_deref()
        .is_none_or(|old| !waits(old) || old.meta.finalizers != new.meta.finalizers);
    if waits(new) && began {
        cx.enqueue(Controller::GarbageCollector, change.id);
    }
    let after = &new.meta.owner_references;
    let before = change.old.as_ref().map(|o| &o.meta.owner_references);
    if before.map_or(after.is_empty(), |before| before == after) {
        return;
    }
    if let Some(old) = &change.old {
        // A reference that is taken off, or blocks no longer, may have held up its owner.
        look_at_waiting_owners(cx, old);
    }
    // One that is born while its owner waits for the others is found when the owner is looked at next.
    let lost = |reference: &OwnerReference| match owner(cx.world, new, reference) {
        Owner::Dangling => true,
        Owner::Waiting => change.old.is_some(),
        Owner::Solid => false,
    };
    if after.iter().any(lost) {
        // That an owner is not there is asked of the API server, first for its own sake, then for its dependant's.
        let calls = cx.world.profile().call_ms * ABSENT_CALLS;
        let delay = cx.world.profile().controller() + SimDuration::ms(calls);
        cx.after(delay, Work::Sync(Controller::GarbageCollector, change.id));
    }
}

/// An owner of an object, by its identity. Models `classifyReferences`; kinds that are not modelled count as present.
fn owner(world: &World, object: &Object, reference: &OwnerReference) -> Owner {
    let Some(kind) = reference.kind else {
        return Owner::Solid;
    };
    let found = world
        .store
        .find(kind, &object.meta.namespace, &reference.name);
    match found.filter(|o| o.meta.uid == reference.uid) {
        None => Owner::Dangling,
        Some(o) if o.meta.is_deleting() && o.meta.has_finalizer(FOREGROUND) => Owner::Waiting,
        Some(_) => Owner::Solid,
    }
}

fn owner_id(world: &World, object: &Object, reference: &OwnerReference) -> Option<Id> {
    world
        .store
        .id(reference.kind?, &object.meta.namespace, &reference.name)
}

fn look_at_dependants(cx: &mut Cx<'_>, uid: Uid) {
    let dependants: Vec<Id> = cx.world.store.owned_by(uid).map(|(id, _)| id).collect();
    for dependant in dependants {
        cx.enqueue(Controller::GarbageCollector, dependant);
    }
}

fn look_at_waiting_owners(cx: &mut Cx<'_>, object: &Object) {
    for reference in object
        .meta
        .owner_references
        .iter()
        .filter(|r| r.block_owner_deletion)
    {
        let waits = owner(cx.world, object, reference) == Owner::Waiting;
        if let Some(id) = owner_id(cx.world, object, reference).filter(|_| waits) {
            cx.enqueue(Controller::GarbageCollector, id);
        }
    }
}

/// Looks at one object: as an owner that is being deleted, then as a dependant.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let Some(object) = cx.get(id) else { return };
    if object.meta.is_deleting() {
        if object.meta.has_finalizer(ORPHAN) {
            return orphan_dependants(cx, id, &object);
        }
        if object.meta.has_finalizer(FOREGROUND) {
            wait_for_dependants(cx, id, &object);
        }
        return;
    }
    let owners = object
        .meta
        .owner_references
        .iter()
        .map(|r| (r.uid, owner(cx.world, &object, r)));
    let owners: Vec<(Uid, Owner)> = owners.collect();
    let waits = |o: &Object| o.meta.is_deleting() && o.meta.has_finalizer(FOREGROUND);
    let dependants = || cx.world.store.owned_by(object.meta.uid);
    let (any, waiting) = (
        dependants().next().is_some(),
        dependants().any(|(_, o)| waits(o)),
    );
    match decide::judge(&object, &owners, any, waiting) {
        Verdict::Keep => {}
        Verdict::DropReferences(of) => {
            let _ = cx.update(id, |object| {
                object
                    .meta
                    .owner_references
                    .retain(|r| !of.contains(&r.uid));
                true
            });
        }
        Verdict::Delete {
            propagation,
            unblock,
        } => {
            if unblock {
                let _ = cx.update(id, |object| {
                    let references = &mut object.meta.owner_references;
                    let blocks = references.iter().any(|r| r.block_owner_deletion);
                    references
                        .iter_mut()
                        .for_each(|r| r.block_owner_deletion = false);
                    blocks
                });
            }
            let uid = Some(object.meta.uid);
            let options = DeleteOptions {
                uid,
                propagation: Some(propagation),
                ..DeleteOptions::default()
            };
            // It may have gone in the same moment; then there is nothing left to do.
            let _ = cx.delete(id, options);
        }
    }
}

/// From the last reference that is taken off until the owner goes: the answers, the owner read anew, its finalizer written.
const ORPHAN_CALLS: u64 = 3;

/// Takes the references off an owner's dependants, then lets the owner go. Models `orphanDependents`.
fn orphan_dependants(cx: &mut Cx<'_>, id: Id, object: &Object) {
    let uid = object.meta.uid;
    let dependants: Vec<Id> = cx.world.store.owned_by(uid).map(|(id, _)| id).collect();
    let none = dependants.is_empty();
    for dependant in dependants {
        let _ = cx.update(dependant, |object| {
            object.meta.owner_references.retain(|r| r.uid != uid);
            true
        });
    }
    // Meanwhile the owner's controller may find it without dependants, and say so in its status.
    if none || !cx.call(Controller::GarbageCollector, id, ORPHAN_CALLS) {
        remove_finalizer(cx, id, ORPHAN);
        cx.written(Controller::GarbageCollector, id, 1);
    }
}

/// Lets an owner go once nothing blocks it. Models `processDeletingDependentsItem`.
fn wait_for_dependants(cx: &mut Cx<'_>, id: Id, object: &Object) {
    let uid = object.meta.uid;
    let blocks = |o: &Object| {
        o.meta
            .owner_references
            .iter()
            .any(|r| r.uid == uid && r.block_owner_deletion)
    };
    let blocking: Vec<Id> = cx
        .world
        .store
        .owned_by(uid)
        .filter(|(_, o)| blocks(o))
        .map(|(id, _)| id)
        .collect();
    let Some(first) = blocking.first() else {
        cx.proceed(id);
        return remove_finalizer(cx, id, FOREGROUND);
    };
    cx.wait(id, On::Object(*first), &BLOCKED, None);
    look_at_dependants(cx, uid);
}

fn remove_finalizer(cx: &mut Cx<'_>, id: Id, finalizer: &str) {
    let _ = cx.update(id, |object| {
        object.meta.finalizers.retain(|f| f != finalizer);
        true
    });
}
