//! Claims from templates: created with the Pod, kept without it, owned as the retention policy wants.
//!
//! Models `stateful_pod_control.go` `createPersistentVolumeClaims` and `stateful_set_utils.go`
//! `claimOwnerMatchesSetAndPod`, `updateClaimOwnerRefForSetAndPod`, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::statefulset::{ClaimTemplate, RetentionPolicy, StatefulSet};
use ordinal_api::storage::PersistentVolumeClaim;
use ordinal_api::{Body, Kind, Lasting, Object, ObjectMeta, OwnerReference, Status, Text, Uid};

use super::identity::{claim_name, pod_name};
use crate::controllers::protection;
use crate::{Cx, Id};

/// The volumes that a Pod of this ordinal gets from the templates: volume name and claim name.
pub(super) fn volumes(set: &StatefulSet, set_name: &str, ordinal: u32) -> Arc<[(Text, Text)]> {
    let volume = |t: &ClaimTemplate| (t.name.clone(), claim_name(&t.name, set_name, ordinal));
    set.spec.volume_claim_templates.iter().map(volume).collect()
}

/// Whether a Pod mounts the claims of its ordinal. Models `storageMatches`.
pub(super) fn mounted(set: &StatefulSet, set_name: &str, ordinal: u32, pod: &Pod) -> bool {
    let mut templates = set.spec.volume_claim_templates.iter();
    templates.all(|t| {
        pod.claim_of_volume(&t.name)
            .is_some_and(|claim| is_claim_name(claim, &t.name, set_name, ordinal))
    })
}

/// Compares without building the name.
fn is_claim_name(claim: &str, template: &str, set: &str, ordinal: u32) -> bool {
    let rest = claim
        .strip_prefix(template)
        .and_then(|r| r.strip_prefix('-'))
        .and_then(|r| r.strip_prefix(set));
    rest.and_then(|r| r.strip_prefix('-'))
        .is_some_and(|digits| {
            let written = digits == "0" || digits.starts_with(|c: char| ('1'..='9').contains(&c));
            written && digits.parse() == Ok(ordinal)
        })
}

fn templates(object: &Object) -> &[ClaimTemplate] {
    &object
        .as_stateful_set()
        .expect("the key of a StatefulSet")
        .spec
        .volume_claim_templates
}

fn claims_of(cx: &Cx<'_>, object: &Object, ordinal: u32) -> Vec<(Id, Arc<Object>)> {
    let names = templates(object)
        .iter()
        .map(|t| claim_name(&t.name, &object.meta.name, ordinal));
    let found = names.filter_map(|name| {
        let id = cx
            .world
            .store
            .id(Kind::PersistentVolumeClaim, &object.meta.namespace, &name)?;
        Some((id, cx.get(id)?))
    });
    found.collect()
}

/// A claim of this ordinal that is being deleted.
pub(super) fn terminating(cx: &Cx<'_>, object: &Object, ordinal: u32) -> Option<Id> {
    claims_of(cx, object, ordinal)
        .iter()
        .find(|(_, claim)| claim.meta.is_deleting())
        .map(|(id, _)| *id)
}

/// Creates the claims of an ordinal that are not there.
///
/// # Errors
/// The server's refusal, or `pvc NAME is being deleted`.
pub(super) fn create_missing(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    ordinal: u32,
) -> Result<(), Status> {
    let mut failures = Vec::new();
    for template in templates(object) {
        let name = claim_name(&template.name, &object.meta.name, ordinal);
        match cx.find(Kind::PersistentVolumeClaim, &object.meta.namespace, &name) {
            Some(claim) if claim.meta.is_deleting() => {
                failures.push(format!("pvc {name} is being deleted"));
            }
            Some(_) => {}
            None => {
                let created = cx
                    .create(new_claim(object, template, name.clone()))
                    .map(|_| ());
                claim_event(cx, set_id, object, ordinal, &name, &created);
                if let Err(status) = created {
                    failures.push(format!("failed to create PVC {name}: {status}"));
                }
            }
        }
    }
    // Several errors read `[one, another]`. Models apimachinery util/errors `Aggregate`.
    match &failures[..] {
        [] => Ok(()),
        [one] => Err(Status::bad_request(one.as_str())),
        several => Err(Status::bad_request(format!("[{}]", several.join(", ")))),
    }
}

/// Models `recordClaimEvent`.
fn claim_event(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    ordinal: u32,
    claim: &str,
    created: &Result<(), Status>,
) {
    let verb = if cx.world.release().capital_events() {
        "Create"
    } else {
        "create"
    };
    let (set, pod) = (&object.meta.name, pod_name(&object.meta.name, ordinal));
    match created {
        Ok(()) => cx.event(
            set_id,
            false,
            "SuccessfulCreate",
            format!("{verb} Claim {claim} Pod {pod} in StatefulSet {set} success"),
        ),
        Err(status) if status.is_already_exists() => {}
        Err(status) => {
            let message = format!(
                "{verb} Claim {claim} for Pod {pod} in StatefulSet {set} failed error: {status}"
            );
            cx.event(set_id, true, "FailedCreate", message);
        }
    }
}

fn new_claim(object: &Object, template: &ClaimTemplate, name: Text) -> Object {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let mut labels = template.labels.clone();
    labels.extend(
        set.spec
            .selector
            .match_labels
            .iter()
            .map(|(k, v)| (k.clone(), v.clone())),
    );
    let meta = ObjectMeta::of(Lasting {
        name,
        namespace: object.meta.namespace.clone(),
        labels: Arc::new(labels),
        annotations: Arc::new(template.annotations.clone()),
        ..Lasting::default()
    });
    let claim = PersistentVolumeClaim::new(template.spec.clone(), template.raw_spec.clone());
    Object::new(meta, Body::PersistentVolumeClaim(claim))
}

/// Whose a claim should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    set: bool,
    pod: bool,
}

fn wanted(set: &StatefulSet, condemned: bool) -> Wanted {
    let by_pod = condemned && set.spec.when_scaled == RetentionPolicy::Delete;
    Wanted {
        set: set.spec.when_deleted == RetentionPolicy::Delete && !by_pod,
        pod: by_pod,
    }
}

/// What a claim's owners are to a set and its Pod.
pub(super) struct Owners<'a> {
    pub(super) claim: &'a Object,
    pub(super) set: (&'a str, Uid),
    pub(super) pod: (&'a str, Uid),
}

impl Owners<'_> {
    pub(super) fn names(owner: &OwnerReference, kind: Kind, name: &str) -> bool {
        owner.kind == Some(kind) && owner.name == name
    }

    fn is_ours(&self, owner: &OwnerReference) -> bool {
        Self::names(owner, Kind::StatefulSet, self.set.0)
            || Self::names(owner, Kind::Pod, self.pod.0)
    }

    pub(super) fn has(&self, uid: Uid) -> bool {
        self.claim
            .meta
            .owner_references
            .iter()
            .any(|owner| owner.uid == uid)
    }

    /// Whether the first owner of such a name has another identity: a predecessor that is gone. Models `hasStaleOwnerRef`.
    pub(super) fn is_stale_as(&self, kind: Kind, (name, uid): (&str, Uid)) -> bool {
        let mut owners = self.claim.meta.owner_references.iter();
        let first = owners.find(|owner| Self::names(owner, kind, name));
        first.is_some_and(|owner| owner.uid != uid)
    }

    fn is_stale(&self) -> bool {
        self.is_stale_as(Kind::StatefulSet, self.set) || self.is_stale_as(Kind::Pod, self.pod)
    }

    /// Whether somebody else manages the claim, our own names with other identities included; never without a policy.
    /// Models `hasUnexpectedController`.
    pub(super) fn has_unexpected_controller(&self, set: &StatefulSet) -> bool {
        let unexpected = |owner: &OwnerReference| {
            if Self::names(owner, Kind::StatefulSet, self.set.0) {
                owner.uid != self.set.1
            } else if Self::names(owner, Kind::Pod, self.pod.0) {
                owner.uid != self.pod.1
            } else {
                owner.controller
            }
        };
        !retains(set) && self.claim.meta.owner_references.iter().any(unexpected)
    }

    /// Whether the set or the Pod owns the claim without managing it. Models `hasNonControllerOwner`.
    pub(super) fn has_non_controller(&self) -> bool {
        let mut owners = self.claim.meta.owner_references.iter();
        owners.any(|o| (o.uid == self.set.1 || o.uid == self.pod.1) && !o.controller)
    }

    /// Models `isClaimOwnerUpToDate`.
    pub(super) fn match_policy(&self, set: &StatefulSet, condemned: bool) -> bool {
        if self.is_stale() {
            return true;
        }
        let (by_set, by_pod) = (self.has(self.set.1), self.has(self.pod.1));
        if self.has_unexpected_controller(set) {
            return !by_set && !by_pod;
        }
        if self.has_non_controller() {
            return false;
        }
        Wanted {
            set: by_set,
            pod: by_pod,
        } == wanted(set, condemned)
    }

    /// The owners as the policy wants them; those of others stay. Models `updateClaimOwnerRefForSetAndPod`.
    pub(super) fn updated(&self, set: &StatefulSet, condemned: bool) -> Vec<OwnerReference> {
        let others = self.claim.meta.owner_references.iter();
        let others = others.filter(|owner| !self.is_ours(owner));
        let mut owners: Vec<OwnerReference> = others.cloned().into_list();
        if self.has_unexpected_controller(set) {
            return owners;
        }
        let wanted = wanted(set, condemned);
        for (kind, (name, uid), wanted) in [
            (Kind::StatefulSet, self.set, wanted.set),
            (Kind::Pod, self.pod, wanted.pod),
        ] {
            if wanted && owners.iter().all(|owner| owner.uid != uid) {
                owners.push(OwnerReference::controller(kind, name.into(), uid));
            }
        }
        owners
    }
}

/// Whether all claims of an ordinal are owned as the policy wants. Models `ClaimsMatchRetentionPolicy`.
pub(super) fn are_owned(
    cx: &Cx<'_>,
    object: &Object,
    ordinal: u32,
    pod: Uid,
    condemned: bool,
) -> bool {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let pod_name = pod_name(&object.meta.name, ordinal);
    claims_of(cx, object, ordinal).iter().all(|(_, claim)| {
        let owners = Owners {
            claim,
            set: (&object.meta.name, object.meta.uid),
            pod: (&pod_name, pod),
        };
        owners.match_policy(set, condemned)
    })
}

/// Whether a claim of an ordinal still belongs to a Pod of that name which is gone. Models `PodClaimIsStale`.
pub(super) fn are_stale(cx: &Cx<'_>, object: &Object, ordinal: u32) -> bool {
    let name = pod_name(&object.meta.name, ordinal);
    claims_of(cx, object, ordinal).iter().any(|(_, claim)| {
        claim
            .meta
            .owner_references
            .iter()
            .any(|o| Owners::names(o, Kind::Pod, &name))
    })
}

fn retains(set: &StatefulSet) -> bool {
    set.spec.when_deleted == RetentionPolicy::Retain
        && set.spec.when_scaled == RetentionPolicy::Retain
}

/// Writes the owners that the policy wants into all claims of an ordinal; its Pod is given by name and identity.
/// Models `UpdatePodClaimForRetentionPolicy`.
///
/// # Errors
/// What the API server answers to a write.
pub(super) fn own(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    ordinal: u32,
    pod: (&str, Uid),
    condemned: bool,
) -> Result<(), Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    if retains(set) && object.meta.generation == 1 {
        return Ok(());
    }
    for (id, claim) in claims_of(cx, object, ordinal) {
        let owners = Owners {
            claim: &claim,
            set: (&object.meta.name, object.meta.uid),
            pod,
        };
        if owners.has_unexpected_controller(set) {
            // The misspelling is Kubernetes' own.
            let message = format!(
                "PersistentVolumeClaim {} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim",
                claim.meta.name
            );
            cx.event(set_id, true, "ConflictingController", message);
        }
        if owners.match_policy(set, condemned) {
            continue;
        }
        let updated = owners.updated(set, condemned);
        // That the new Pod uses the claim is mostly told first (four of five recorded runs), and this is of before.
        let is_late = pod.1 == Uid::NONE
            && cx.world.profile().call_ms > 0
            && protection::is_told_unused(&claim);
        let written = if is_late {
            let why = "the object has been modified; please apply your changes to the latest version and try again";
            Err(Status::conflict(
                Kind::PersistentVolumeClaim,
                &claim.meta.name,
                why,
            ))
        } else {
            let written = cx.update(id, |claim| {
                claim.meta.owner_references = updated;
                true
            });
            written.map(|_| ())
        };
        written.map_err(|status| {
            let message = format!(
                "could not update claim {} for delete policy ownerRefs: {status}",
                claim.meta.name
            );
            Status { message, ..status }
        })?;
    }
    Ok(())
}
