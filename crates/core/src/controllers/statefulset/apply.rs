//! Carrying out a plan: creations, repairs, deletions, events, status.
//!
//! Models `stateful_pod_control.go` and `stateful_set_status_updater.go`, 1.37.

use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::statefulset::{PodTemplate, StatefulSet};
use ordinal_api::{Body, Kind, Labels, Lasting, Object, ObjectMeta, OwnerReference, Status, Text};

use super::decide::{Intent, Plan};
use super::identity::pod_name;
use super::revision::Revisions;
use super::{claims, guards};
use crate::apiserver::DeleteOptions;
use crate::wait::On;
use crate::{Cx, Id};

/// Carries out a plan. An ordered set stops at the first failure; a Parallel one tries every step of the batch.
///
/// # Errors
/// The first failure.
pub(super) fn apply(
    cx: &mut Cx<'_>,
    id: Id,
    object: &Arc<Object>,
    revisions: &Revisions,
    plan: &Plan,
) -> Result<(), Status> {
    record_hold(cx, id, object, plan);
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let ordered = set.spec.pod_management_policy
        == ordinal_api::statefulset::PodManagementPolicy::OrderedReady;
    let mut templates: [Option<PodTemplate>; 2] = [None, None];
    let mut outcome = Ok(());
    for intent in &plan.intents {
        let done = match intent {
            Intent::CreatePod { ordinal, updated } => {
                let template = match &mut templates[usize::from(*updated)] {
                    Some(template) => Ok(template.clone()),
                    slot => template_of(set, revisions, *updated)
                        .inspect(|template| *slot = Some(template.clone())),
                };
                template.and_then(|template| {
                    create_pod(cx, id, object, *ordinal, *updated, revisions, &template)
                })
            }
            Intent::EnsureClaims { ordinal } => claims::create_missing(cx, id, object, *ordinal),
            Intent::OwnClaims { pod, ordinal } => own_claims(cx, id, object, *pod, *ordinal, true),
            Intent::RepairPod { pod, ordinal } => repair_pod(cx, id, object, *pod, *ordinal),
            Intent::DeletePod { pod, .. } => delete_pod(cx, id, object, *pod),
        };
        if done.is_err() {
            outcome = outcome.and(done);
            if ordered {
                break;
            }
        }
    }
    outcome
}

fn template_of(
    set: &StatefulSet,
    revisions: &Revisions,
    updated: bool,
) -> Result<PodTemplate, Status> {
    // The update revision is the set's own template; decoding it again would give the same.
    if updated || revisions.current.name == revisions.update.name {
        return Ok(set.spec.template.clone());
    }
    revisions.template(false)
}

fn record_hold(cx: &mut Cx<'_>, id: Id, object: &Object, plan: &Plan) {
    match &plan.hold {
        Some(hold) => {
            cx.wait(id, On::Object(hold.on), hold.guard, hold.until);
            if let Some(next) = hold.next {
                let name = pod_name(&object.meta.name, next);
                let next = cx.id(Kind::Pod, &object.meta.namespace, &name);
                cx.wait(next, On::Object(hold.on), hold.guard, hold.until);
            }
        }
        None => cx.proceed(id),
    }
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

fn create_pod(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    ordinal: u32,
    updated: bool,
    revisions: &Revisions,
    template: &PodTemplate,
) -> Result<(), Status> {
    const REASONS: [&str; 2] = ["SuccessfulCreate", "FailedCreate"];
    const VERBS: [&str; 2] = ["create", "Create"];
    let name = pod_name(&object.meta.name, ordinal);
    let pod_id = cx.id(Kind::Pod, &object.meta.namespace, &name);
    let claims = claims::create_missing(cx, set_id, object, ordinal);
    if claims.is_err() {
        if let Some(claim) = claims::terminating(cx, object, ordinal) {
            cx.wait(pod_id, On::Object(claim), &guards::DELETED_CLAIM, None);
        }
        pod_event(
            cx,
            set_id,
            &object.meta.name,
            &name,
            VERBS,
            REASONS,
            &claims,
        );
        return claims;
    }
    let revision = if updated {
        &revisions.update.name
    } else {
        &revisions.current.name
    };
    let created = cx
        .create(new_pod(object, ordinal, revision, template))
        .map(|_| ());
    match &created {
        // A stranger holds the name: no event, only retries.
        Err(status) if status.is_already_exists() => return created,
        _ => {
            if created.is_ok() {
                cx.proceed(pod_id);
            }
            pod_event(
                cx,
                set_id,
                &object.meta.name,
                &name,
                VERBS,
                REASONS,
                &created,
            );
        }
    }
    created?;
    own_claims(cx, set_id, object, pod_id, ordinal, false)
}

/// Models `newStatefulSetPod`, `updateIdentity`, `initIdentity` and `updateStorage`.
fn new_pod(object: &Object, ordinal: u32, revision: &Text, template: &PodTemplate) -> Object {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let name = pod_name(&object.meta.name, ordinal);
    let mut labels: Labels = (*template.labels).clone();
    labels.insert(
        Text::new_static("statefulset.kubernetes.io/pod-name"),
        name.clone(),
    );
    labels.insert(
        Text::new_static("apps.kubernetes.io/pod-index"),
        ordinal.to_string().into(),
    );
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

fn own_claims(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    pod: Id,
    ordinal: u32,
    condemned: bool,
) -> Result<(), Status> {
    let Some(pod) = cx.get(pod) else {
        return Ok(());
    };
    claims::own(cx, set_id, object, ordinal, &pod, condemned)
}

/// Models `UpdateStatefulPod`.
fn repair_pod(
    cx: &mut Cx<'_>,
    set_id: Id,
    object: &Object,
    pod: Id,
    ordinal: u32,
) -> Result<(), Status> {
    let set = object.as_stateful_set().expect("the key of a StatefulSet");
    let name = pod_name(&object.meta.name, ordinal);
    let Some(stored) = cx.get(pod) else {
        return Ok(());
    };
    let mut outcome = claims::create_missing(cx, set_id, object, ordinal);
    let mounted = stored
        .as_pod()
        .is_some_and(|p| claims::mounted(set, &object.meta.name, ordinal, p));
    if outcome.is_ok() && !mounted {
        // Volumes of a Pod cannot be changed, so the attempt is refused for ever.
        let why = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,\
                   `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
                   `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        outcome = Err(Status::invalid(
            Kind::Pod,
            &name,
            vec![ordinal_api::status::Cause::forbidden("spec", why)],
        ));
    }
    if outcome.is_ok() {
        outcome = cx
            .update(pod, |pod| {
                let mut labels = (*pod.meta.labels).clone();
                labels.insert(
                    Text::new_static("statefulset.kubernetes.io/pod-name"),
                    name.clone(),
                );
                labels.insert(
                    Text::new_static("apps.kubernetes.io/pod-index"),
                    ordinal.to_string().into(),
                );
                let changed = labels != *pod.meta.labels;
                pod.meta.labels = Arc::new(labels);
                changed
            })
            .map(|_| ());
    }
    if outcome.is_ok() {
        outcome = claims::own(cx, set_id, object, ordinal, &stored, false);
    }
    const REASONS: [&str; 2] = ["SuccessfulUpdate", "FailedUpdate"];
    pod_event(
        cx,
        set_id,
        &object.meta.name,
        &name,
        ["update", "Update"],
        REASONS,
        &outcome,
    );
    outcome
}

fn delete_pod(cx: &mut Cx<'_>, set_id: Id, object: &Object, pod: Id) -> Result<(), Status> {
    let name = cx.world.store.key(pod).name.clone();
    let outcome = cx.delete(pod, DeleteOptions::default());
    let outcome = outcome.or_else(|status| {
        if status.is_not_found() {
            Ok(())
        } else {
            Err(status)
        }
    });
    const REASONS: [&str; 2] = ["SuccessfulDelete", "FailedDelete"];
    pod_event(
        cx,
        set_id,
        &object.meta.name,
        &name,
        ["delete", "Delete"],
        REASONS,
        &outcome,
    );
    outcome
}

/// Writes the status if it matters. After a failed step the counts are as they were seen, and nothing is complete.
///
/// # Errors
/// `NotFound` when the set went meanwhile.
pub(super) fn write_status(
    cx: &mut Cx<'_>,
    id: Id,
    plan: &Plan,
    _all_done: bool,
) -> Result<(), Status> {
    let status = &plan.status;
    let written = cx.update(id, |object| {
        let set = object
            .as_stateful_set_mut()
            .expect("the key of a StatefulSet");
        let old = &set.status;
        // Models `inconsistentStatus`: conditions and collisions alone are no reason to write.
        let differs = status.observed_generation > old.observed_generation
            || status.replicas != old.replicas
            || status.current_replicas != old.current_replicas
            || status.ready_replicas != old.ready_replicas
            || status.updated_replicas != old.updated_replicas
            || status.available_replicas != old.available_replicas
            || status.current_revision != old.current_revision
            || status.update_revision != old.update_revision;
        if differs {
            set.status = status.clone();
        }
        differs
    });
    match written {
        Err(status) if status.is_not_found() => Ok(()),
        answer => answer.map(|_| ()),
    }
}
