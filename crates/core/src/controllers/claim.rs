//! Whose a dependant is; which ones a controller may call its own, adopts or lets go.
//!
//! Models pkg/controller/controller_ref_manager.go `ClaimObject`, 1.37.

use std::sync::Arc;

use ordinal_api::{Kind, Object, ObjectMeta, OwnerReference};

use crate::{Cx, Id, World};

/// What a controller does about an object that might be its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is its own.
    Owned,
    /// It has no controller and fits: it becomes its own.
    Adopted,
    /// It is its own and fits no more: it is let go.
    Released,
    /// It is somebody else's, or nobody's.
    Ignored,
}

/// Decides by the owner's and the dependant's metadata, and whether the selector fits.
pub(crate) fn claim(owner: &ObjectMeta, dependant: &ObjectMeta, fits: bool) -> Claim {
    match dependant.controller() {
        Some(reference) if reference.uid != owner.uid => Claim::Ignored,
        Some(_) if fits => Claim::Owned,
        Some(_) if owner.is_deleting() => Claim::Ignored,
        Some(_) => Claim::Released,
        None if !fits || owner.is_deleting() || dependant.is_deleting() => Claim::Ignored,
        None => Claim::Adopted,
    }
}

/// The object that an owner reference in this namespace means: one of that name that is another one by now is not it.
/// Models `resolveControllerRef`.
pub(crate) fn resolve<'w>(
    world: &'w World,
    namespace: &str,
    owner: &OwnerReference,
) -> Option<(Id, &'w Arc<Object>)> {
    let id = world.store.id(owner.kind?, namespace, &owner.name)?;
    let found = world.get(id)?;
    (found.meta.uid == owner.uid).then_some((id, found))
}

/// The controller of an object, if it is there and of that kind.
pub(crate) fn controller_of(world: &World, dependant: &Object, kind: Kind) -> Option<Id> {
    let owner = dependant.meta.controller()?;
    let owner = Some(owner).filter(|owner| owner.kind == Some(kind))?;
    resolve(world, &dependant.meta.namespace, owner).map(|(id, _)| id)
}

/// Makes `owner` the controller of a dependant.
pub(crate) fn adopt(cx: &mut Cx<'_>, kind: Kind, owner: &ObjectMeta, dependant: Id) {
    let reference = OwnerReference::controller(kind, owner.name.clone(), owner.uid);
    // A dependant that is gone needs no owner.
    let _ = cx.update(dependant, |object| {
        object.meta.owner_references.push(reference);
        true
    });
}

/// Takes `owner` off a dependant.
pub(crate) fn release(cx: &mut Cx<'_>, owner: &ObjectMeta, dependant: Id) {
    let _ = cx.update(dependant, |object| {
        let references = &mut object.meta.owner_references;
        let before = references.len();
        references.retain(|reference| reference.uid != owner.uid);
        references.len() != before
    });
}

#[cfg(test)]
mod tests {
    use ordinal_api::meta::Deletion;
    use ordinal_api::{SimTime, Uid};

    use super::*;

    fn meta(uid: u128, controller: Option<u128>, deleting: bool) -> ObjectMeta {
        let reference = |uid| OwnerReference::controller(Kind::ReplicaSet, "web".into(), Uid(uid));
        let mut meta = ObjectMeta::named("default", "x");
        meta.uid = Uid(uid);
        meta.owner_references = controller.map(reference).into_iter().collect();
        meta.deletion = deleting.then_some(Deletion {
            timestamp: SimTime(0),
            grace_secs: 0,
        });
        meta
    }

    #[test]
    fn a_controller_takes_what_fits_and_lets_go_what_does_not() {
        // (the dependant's controller, fits, owner deleting, dependant deleting) => claim
        let cases = [
            (Some(2), true, false, false, Claim::Ignored),
            (Some(1), true, false, true, Claim::Owned),
            (Some(1), true, true, false, Claim::Owned),
            (Some(1), false, false, false, Claim::Released),
            (Some(1), false, true, false, Claim::Ignored),
            (None, true, false, false, Claim::Adopted),
            (None, true, true, false, Claim::Ignored),
            (None, true, false, true, Claim::Ignored),
            (None, false, false, false, Claim::Ignored),
        ];
        for (controller, fits, owner_deleting, deleting, expected) in cases {
            let owner = meta(1, None, owner_deleting);
            let dependant = meta(7, controller, deleting);
            assert_eq!(
                claim(&owner, &dependant, fits),
                expected,
                "{controller:?} {fits}"
            );
        }
    }
}
