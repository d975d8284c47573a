//! What becomes of an object because of its owners, or of its dependants because of it. Pure.
//!
//! Models pkg/controller/garbagecollector/garbagecollector.go `attemptToDeleteItem`, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::{Object, Text, Uid};

use crate::apiserver::Propagation;

/// The finalizer of an owner that goes after its dependants.
pub(super) const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an owner whose dependants stay.
pub(super) const ORPHAN: &str = "orphan";

/// An owner, as far as a dependant is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// It lives, or is of a kind that is not known here.
    Solid,
    /// It is gone, or another object has its name.
    Dangling,
    /// It is being deleted and waits for its dependants.
    Waiting,
}

/// What becomes of a dependant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Keep,
    /// It has an owner that lives: the references to the others are taken off.
    DropReferences(Vec<Uid>),
    /// It is deleted. `unblock`: it must not hold up its owner, as it waits for its owner in turn.
    Delete {
        /// How its own dependants fare.
        propagation: Propagation,
        /// Whether its references stop blocking first.
        unblock: bool,
    },
}

/// Judges an object by its owners. `dependants_wait` is whether one of its own dependants is being deleted in the
/// foreground, `has_dependants` whether it has any.
pub(super) fn judge(
    object: &Object,
    owners: &[(Uid, Owner)],
    has_dependants: bool,
    dependants_wait: bool,
) -> Verdict {
    let is_foreground = object.meta.has_finalizer(FOREGROUND);
    if owners.is_empty() || object.meta.is_deleting() {
        return Verdict::Keep;
    }
    let of = |wanted: Owner| {
        owners
            .iter()
            .filter(move |(_, owner)| *owner == wanted)
            .map(|(uid, _)| *uid)
    };
    let not_solid: Vec<Uid> = of(Owner::Dangling).chain(of(Owner::Waiting)).into_list();
    if of(Owner::Solid).next().is_some() {
        return if not_solid.is_empty() {
            Verdict::Keep
        } else {
            Verdict::DropReferences(not_solid)
        };
    }
    if of(Owner::Waiting).next().is_some() && has_dependants {
        return Verdict::Delete {
            propagation: Propagation::Foreground,
            unblock: dependants_wait,
        };
    }
    let propagation = match () {
        () if object.meta.has_finalizer(ORPHAN) => Propagation::Orphan,
        () if is_foreground => Propagation::Foreground,
        () => Propagation::Background,
    };
    Verdict::Delete {
        propagation,
        unblock: false,
    }
}

/// Whether a finalizer is one that this controller takes off.
pub(super) fn is_ours(finalizer: &Text) -> bool {
    finalizer == FOREGROUND || finalizer == ORPHAN
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordinal_api::meta::Deletion;
    use ordinal_api::{Kind, SimTime};
    use serde_json::json;

    fn object(finalizers: &[&'static str]) -> Object {
        let mut object = Object::from_value(Kind::ConfigMap, &json!({"metadata": {"name": "c"}}))
            .expect("valid");
        object.meta.finalizers = finalizers.iter().map(|f| Text::new_static(f)).collect();
        object
    }

    #[test]
    fn an_object_goes_when_its_last_owner_is_gone() {
        let (a, b) = (Uid(1), Uid(2));
        let delete = |propagation, unblock| Verdict::Delete {
            propagation,
            unblock,
        };
        let plain = object(&[]);
        let table = [
            (vec![], Verdict::Keep),
            (vec![(a, Owner::Solid)], Verdict::Keep),
            (
                vec![(a, Owner::Dangling)],
                delete(Propagation::Background, false),
            ),
            (
                vec![(a, Owner::Waiting)],
                delete(Propagation::Background, false),
            ),
            (
                vec![(a, Owner::Solid), (b, Owner::Dangling)],
                Verdict::DropReferences(vec![b]),
            ),
            (
                vec![(a, Owner::Waiting), (b, Owner::Solid)],
                Verdict::DropReferences(vec![a]),
            ),
            (
                vec![(a, Owner::Dangling), (b, Owner::Dangling)],
                delete(Propagation::Background, false),
            ),
        ];
        for (owners, verdict) in table {
            assert_eq!(judge(&plain, &owners, false, false), verdict, "{owners:?}");
        }
    }

    #[test]
    fn an_owner_in_the_middle_goes_in_the_foreground_and_never_in_a_circle() {
        let owners = [(Uid(1), Owner::Waiting)];
        let delete = |unblock| Verdict::Delete {
            propagation: Propagation::Foreground,
            unblock,
        };
        assert_eq!(judge(&object(&[]), &owners, true, false), delete(false));
        assert_eq!(judge(&object(&[]), &owners, true, true), delete(true));
    }

    #[test]
    fn finalizers_say_how_the_dependants_fare() {
        let owners = [(Uid(1), Owner::Dangling)];
        let verdict = judge(&object(&[ORPHAN]), &owners, true, false);
        assert_eq!(
            verdict,
            Verdict::Delete {
                propagation: Propagation::Orphan,
                unblock: false
            }
        );
        let mut deleting = object(&[]);
        deleting.meta.deletion = Some(Deletion {
            timestamp: SimTime::ZERO,
            grace_secs: 0,
        });
        assert_eq!(judge(&deleting, &owners, true, false), Verdict::Keep);
    }
}
