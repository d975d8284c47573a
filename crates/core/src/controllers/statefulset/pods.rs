//! What is done to one Pod: created with its claims, repaired, deleted; and what is told about it.
//!
//! Models `stateful_pod_control.go` `CreateStatefulPod`, `UpdateStatefulPod`, `DeleteStatefulPod`, `recordPodEvent` and
//! `stateful_set_utils.go` `newStatefulSetPod`, `identityMatches`, `setPodRevision`, 1.37.

use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::statefulset::PodTemplate;
use ordinal_api::status::Cause;
use ordinal_api::{
    Body, Kind, Labels, Lasting, Object, ObjectMeta, OwnerReference, Status, Text, Uid,
};

use super::identity::pod_name;
use super::{claims, guards};
use crate::apiserver::DeleteOptions;
use crate::wait::On;
use crate::{Cx, Id};

/// Tries again at once when somebody else wrote meanwhile. Models client-go util/retry `RetryOnConflict`.
///
/// # Errors
/// What the last of so many attempts was answered.
pub(super) fn retry_on_conflict(
    attempts: u32,
    write: &mut dyn FnMut() -> Result<(), Status>,
) -> Result<(), Status> {
    let mut answer = write();
    for _ in 1..attempts {
        if !answer.as_ref().is_err_and(Status::is_conflict) {
            break;
        }
        answer = write();
    }
    answer
}

/// The words of this controller's events begin with a capital since 1.35.
fn verb(cx: &Cx<'_>, lower: &'static str, capital: &'static str) -> &'static str {
    if cx.world.release().capital_events() {
        capital
    } else {
        lower
    }
}

/// Tells what became of a Pod. Models `recordPodEvent`.
fn pod_event(
    cx: &mut Cx<'_>,
    set: Id,
    set_name: &str,
    pod: &str,
    verbs: [&'static str; 2],
    reasons: [&'static str; 2],
    outcome: &Result<(), Status>,
) {
    let verb = verb(cx, verbs[0], verbs[1]);
    match outcome {
        Ok(()) => cx.event(
            set,
            false,
            reasons[0],
            format!("{verb} Pod {pod} in StatefulSet {set_name} successful"),
        ),
        Err(status) => {
            cx.event(
                set,
                true,
                reasons[1],
                format!("{verb} Pod {pod} in StatefulSet {set_name} failed error: {status}"),
            );
        }
    }
}

/// Creates what is missing of an ordinal's claims, then its Pod. Models `CreateStatefulPod`.
///
/// # Errors
/// The refusal of a claim, of the Pod or of a claim's owners.
pub(super) fn create(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    ordinal: u32,
    revision: &Text,
    template: &PodTemplate,
) -> Result<(), Status> {
    const REASONS: [&str; 2] = ["SuccessfulCreate", "FailedCreate"];
    const VERBS: [&str; 2] = ["create", "Create"];
    let set = &object.meta.name;
    let name = pod_name(set, ordinal);
    let pod_id = cx.id(Kind::Pod, &object.meta.namespace, &name);
    let claims = claims::create_missing(cx, set_id, object, ordinal);
    if claims.is_err() {
        if let Some(claim) = claims::terminating(cx, object, ordinal) {
            cx.wait(pod_id, On::Object(claim), &guards::DELETED_CLAIM, None);
        }
        pod_event(cx, set_id, set, &name, VERBS, REASONS, &claims);
        return claims;
    }
    let created = cx
        .create(new_pod(object, ordinal, revision, template))
        .map(|_| ());
    if created.as_ref().is_err_and(Status::is_already_exists) {
        // A stranger holds the name: no event, only retries.
        return created;
    }
    if created.is_ok() {
        cx.proceed(pod_id);
    }
    // The Pod is not known by its identity yet.
    own(cx, set_id, object, &name, Uid::NONE, ordinal, false)?;
    pod_event(cx, set_id, set, &name, VERBS, REASONS, &created);
    created
}

/// Makes what the retention policy wants the owners of a Pod's claims, and tells when that fails.
///
/// # Errors
/// What the API server answers to the write of a claim.
fn own(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    pod: &str,
    uid: Uid,
    ordinal: u32,
    condemned: bool,
) -> Result<(), Status> {
    let outcome = claims::own(cx, set_id, object, ordinal, (pod, uid), condemned);
    if outcome.is_err() {
        let set = &object.meta.name;
        pod_event(cx, set_id, set, pod, UPDATE.0, UPDATE.1, &outcome);
    }
    outcome
}

const UPDATE: ([&str; 2], [&str; 2]) = (["update", "Update"], ["SuccessfulUpdate", "FailedUpdate"]);

/// Creates what is missing of the claims of a Pod that is still Pending. Models `createMissingPersistentVolumeClaims`.
///
/// # Errors
/// The refusal of a claim or of its owners.
pub(super) fn ensure_claims(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    pod: Id,
    ordinal: u32,
) -> Result<(), Status> {
    claims::create_missing(cx, set_id, object, ordinal)?;
    match cx.get(pod) {
        Some(pod) => {
            let (name, uid) = (&pod.meta.name, pod.meta.uid);
            own(cx, set_id, object, name, uid, ordinal, false)
        }
        None => Ok(()),
    }
}

/// Models `newStatefulSetPod`, `initIdentity` and `updateStorage`.
fn new_pod(object: &Object, ordinal: u32, revision: &Text, template: &PodTemplate) -> Object {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let name = pod_name(&object.meta.name, ordinal);
    let mut labels: Labels = (*template.labels).clone();
    identify(&mut labels, &name, ordinal);
    labels.insert(
        Text::new_static("controller-revision-hash"),
        revision.clone(),
    );
    let meta = ObjectMeta::of(Lasting {
        name: name.clone(),
        namespace: object.meta.namespace.clone(),
        generate_name: format!("{}-", object.meta.name).into(),
        labels: Arc::new(labels),
        annotations: template.annotations.clone(),
        finalizers: template.finalizers.clone(),
        owner_references: vec![OwnerReference::controller(
            Kind::StatefulSet,
            object.meta.name.clone(),
            object.meta.uid,
        )],
        ..Lasting::default()
    });
    let mut pod = Pod::of_template(template.spec.clone(), template.raw_spec.clone());
    pod.hostname = name;
    pod.subdomain = set.spec.service_name.clone();
    pod.claims = claims::volumes(set, &object.meta.name, ordinal);
    Object::new(meta, Body::Pod(pod))
}

/// The labels of an identity. Models `updateIdentity`.
fn identify(labels: &mut Labels, name: &Text, ordinal: u32) {
    labels.insert(
        Text::new_static("statefulset.kubernetes.io/pod-name"),
        name.clone(),
    );
    labels.insert(
        Text::new_static("apps.kubernetes.io/pod-index"),
        ordinal.to_string().into(),
    );
}

/// Repairs identity, storage and the ownership of claims; without a difference nothing is written and nothing told.
/// Models `UpdateStatefulPod`.
///
/// # Errors
/// What the API server answers to a write.
pub(super) fn repair(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    pod: Id,
    ordinal: u32,
) -> Result<(), Status> {
    let name = pod_name(&object.meta.name, ordinal);
    let mut attempted = false;
    let outcome = retry_on_conflict(4, &mut || {
        let difference = make_consistent(cx, set_id, object, pod, ordinal);
        if let Err(status) = difference {
            let failed = Err(status);
            let set = &object.meta.name;
            pod_event(cx, set_id, set, &name, UPDATE.0, UPDATE.1, &failed);
            return failed;
        }
        if difference == Ok(Difference::None) {
            return Ok(());
        }
        attempted = true;
        put(
            cx,
            object,
            pod,
            &name,
            ordinal,
            difference == Ok(Difference::Storage),
        )
    });
    if attempted {
        let set = &object.meta.name;
        pod_event(cx, set_id, set, &name, UPDATE.0, UPDATE.1, &outcome);
    }
    outcome
}

/// What a Pod that is to be repaired lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    None,
    /// Its labels, or the owners of its claims, which are written by now.
    Identity,
    /// Volumes: they cannot be changed.
    Storage,
}

/// Makes the claims right; the Pod itself is written afterwards.
fn make_consistent(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    pod: Id,
    ordinal: u32,
) -> Result<Difference, Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let Some(stored) = cx.get(pod) else {
        return Ok(Difference::None);
    };
    let name = pod_name(&object.meta.name, ordinal);
    let labelled = stored.meta.label("statefulset.kubernetes.io/pod-name");
    let mut difference = Difference::None;
    if stored.meta.name != name || labelled != Some(name.as_str()) {
        difference = Difference::Identity;
    }
    let mounted = |p| claims::mounted(set, &object.meta.name, ordinal, p);
    if !stored.as_pod().is_some_and(mounted) {
        difference = Difference::Storage;
        claims::create_missing(cx, set_id, object, ordinal)?;
    }
    let uid = stored.meta.uid;
    if !claims::are_owned(cx, object, ordinal, uid, false) {
        claims::own(cx, set_id, object, ordinal, (&name, uid), false)?;
        difference = difference.max(Difference::Identity);
    }
    Ok(difference)
}

/// Writes a Pod under the name of its ordinal.
fn put(
    cx: &mut Cx<'_>,
    object: &Object,
    pod: Id,
    name: &Text,
    ordinal: u32,
    other_volumes: bool,
) -> Result<(), Status> {
    // A Pod such as `web-01` is written as `web-1`, which is another one or none at all.
    let target = cx.id(Kind::Pod, &object.meta.namespace, name);
    if cx.get(target).is_none() {
        return Err(Status::not_found(Kind::Pod, name));
    }
    if target != pod {
        return Ok(());
    }
    if other_volumes {
        // Volumes of a Pod cannot be changed, so the attempt is refused for ever.
        let why = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,\
                   `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
                   `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        let causes = vec![Cause::forbidden("spec", why)];
        return Err(Status::invalid(Kind::Pod, name, causes));
    }
    let written = cx.update(target, |pod| {
        let mut labels = (*pod.meta.labels).clone();
        identify(&mut labels, name, ordinal);
        let changed = labels != *pod.meta.labels;
        pod.meta.labels = Arc::new(labels);
        changed
    });
    written.map(|_| ())
}

/// Deletes a Pod; one that is gone already is deleted. Models `DeleteStatefulPod`.
///
/// # Errors
/// What the API server answers, but for `NotFound`.
pub(super) fn delete(cx: &mut Cx<'_>, set_id: Id, object: &Object, pod: Id) -> Result<(), Status> {
    const REASONS: [&str; 2] = ["SuccessfulDelete", "FailedDelete"];
    const VERBS: [&str; 2] = ["delete", "Delete"];
    let name = cx.world.store.key(pod).name.clone();
    let mut outcome = cx.delete(pod, DeleteOptions::default());
    if outcome.as_ref().is_err_and(Status::is_not_found) {
        outcome = Ok(());
    }
    let set = &object.meta.name;
    pod_event(cx, set_id, set, &name, VERBS, REASONS, &outcome);
    outcome
}
