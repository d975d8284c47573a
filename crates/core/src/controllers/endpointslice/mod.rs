//! The EndpointSlice controller: which addresses stand behind a Service now.
//!
//! ```text
//! watch ─▶ sync: gather (the Pods that changed, the slices) ─▶ plan (pure) ─▶ apply
//! ```
//!
//! A change of one Pod costs a look at that Pod and its slice, not at all Pods of the Service.
//!
//! * `endpoint`: what a Pod contributes to a Service
//! * `plan`: which slices are written, made and deleted
//!
//! Models pkg/controller/endpointslice and staging/src/k8s.io/endpointslice, 1.37.

mod endpoint;
mod plan;
#[cfg(test)]
mod tests;

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::endpointslice::EndpointSlice;
use ordinal_api::service::{Service, ServiceType};
use ordinal_api::{
    Body, Kind, Labels, Lasting, Object, ObjectMeta, OwnerReference, SimDuration, Text,
};

use crate::apiserver::DeleteOptions;
use crate::controllers::Controller;
use crate::persistent::Set;
use crate::{Change, Component, Cx, Id, World};

pub use endpoint::{Wanted, wanted};
pub use plan::{CAPACITY, Intent, Slice, plan};

/// The label that names a slice's Service.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// The label that names who keeps a slice.
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// What this controller writes there.
pub const CONTROLLER: &str = "endpointslice-controller.k8s.io";
/// The label of slices whose Service has no address of its own.
pub const HEADLESS: &str = "service.kubernetes.io/headless";
/// First pause after a sync that failed: `defaultSyncBackOff`.
const RETRY: SimDuration = SimDuration::secs(1);
const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// What has to be looked at, by Service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Pods that changed.
    pods: Set<(Id, Id)>,
    /// Services that changed themselves, or whose slices did.
    whole: Set<Id>,
}

/// Notes what changed for which Services. Models `podEndpointsChanged` and the handlers of Services and slices.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    match change.kind() {
        Kind::Service if service_changed(change) => look_at_all(cx, change.id),
        Kind::Pod => watch_pod(cx, change),
        Kind::EndpointSlice => watch_slice(cx, change),
        _ => {}
    }
}

fn look_at_all(cx: &mut Cx<'_>, service: Id) {
    cx.world.parts.endpoint_slice.whole.insert(service);
    cx.enqueue(Controller::EndpointSlice, service);
}

/// Whether more than the load balancer's address changed.
fn service_changed(change: &Change) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        return true;
    };
    let (Body::Service(a), Body::Service(b)) = (&old.body, &new.body) else {
        return true;
    };
    old.meta.labels != new.meta.labels
        || Service {
            ingress: b.ingress.clone(),
            ..a.clone()
        } != *b
}

fn watch_pod(cx: &mut Cx<'_>, change: &Change) {
    let (itself, labels) = endpoint::matters(change);
    if !itself && !labels {
        return;
    }
    let select = |object: &Option<Arc<Object>>| -> Vec<Id> {
        object
            .iter()
            .flat_map(|pod| cx.world.store.services_of_pod(pod))
            .map(|(id, _)| id)
            .collect()
    };
    let mut services = select(&change.new);
    if labels {
        let before = select(&change.old);
        if !itself {
            // Only Services that choose it anew, or no longer.
            let both: Vec<Id> = services
                .iter()
                .copied()
                .filter(|s| before.contains(s))
                .collect();
            services.extend(before);
            services.retain(|service| !both.contains(service));
        } else {
            services.extend(before);
        }
    }
    for service in services {
        cx.world
            .parts
            .endpoint_slice
            .pods
            .insert((service, change.id));
        cx.enqueue(Controller::EndpointSlice, service);
    }
}

/// A slice that somebody else changed or deleted is put right.
fn watch_slice(cx: &mut Cx<'_>, change: &Change) {
    let slice = change.object();
    let by_us = cx
        .cause
        .and_then(|seq| cx.world.entry(seq))
        .is_some_and(|entry| entry.by == Component::EndpointSlice);
    if by_us || slice.meta.label(MANAGED_BY) != Some(CONTROLLER) {
        return;
    }
    let service = slice.meta.label(SERVICE_NAME).unwrap_or_default();
    if let Some(id) = cx
        .world
        .store
        .id(Kind::Service, &slice.meta.namespace, service)
    {
        look_at_all(cx, id);
    }
}

/// Looks at one Service. Models `syncService` and `reconcile`.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    let whole = cx.world.parts.endpoint_slice.whole.contains(&id);
    cx.world.parts.endpoint_slice.whole.remove(&id);
    let changed = take_pods(cx, id);
    let Some(object) = cx.get(id) else { return };
    let service = object.as_service().expect("the key of a Service");
    // Without a selector the slices are the user's; an ExternalName has none.
    if service.selector.is_empty()
        || service.type_ == ServiceType::ExternalName
        || object.meta.is_deleting()
    {
        return;
    }
    let (intents, ids, stranded) = {
        let world = &*cx.world;
        let slices = slices_of(world, &object);
        let pods = if whole {
            all_pods(world, &object, service)
        } else {
            changed
        };
        let stranded: Vec<_> = pods
            .iter()
            .filter_map(|pod| Some((*pod, endpoint::stranded(world, service, *pod)?)))
            .collect();
        let mut zones = SortedMap::new();
        let wanted: Vec<(Text, Option<Wanted>)> = pods
            .into_iter()
            .map(|pod| {
                (
                    world.store.key(pod).name.clone(),
                    wanted(world, &object, service, pod, &mut zones),
                )
            })
            .collect();
        let have: Vec<Slice> = slices.iter().map(|(_, slice)| Slice::of(slice)).collect();
        (
            plan(&have, wanted, whole),
            slices.into_iter().map(|(id, _)| id).collect::<Vec<_>>(),
            stranded,
        )
    };
    let labels = whole.then(|| Arc::new(labels_of(&object, service)));
    apply(cx, &object, &ids, intents, labels);
    if stranded.is_empty() {
        cx.forget(Controller::EndpointSlice, id);
    } else {
        tell_stranded(cx, id, &object, stranded);
    }
}

/// Pods whose nodes are gone are left out and looked at again: the nodes may come back.
fn tell_stranded(cx: &mut Cx<'_>, id: Id, service: &Object, stranded: Vec<(Id, (Text, Text))>) {
    let (namespace, name) = (&service.meta.namespace, &service.meta.name);
    let errors = stranded.iter().map(|(_, (pod, node))| {
        format!("skipping Pod {pod} for Service {namespace}/{name}: Node {node} Not Found")
    });
    let mut errors = errors.collect::<Vec<_>>().join(", ");
    if stranded.len() > 1 {
        errors = format!("[{errors}]");
    }
    let text = format!("Error updating Endpoint Slices for Service {namespace}/{name}: {errors}");
    cx.event(id, true, "FailedToUpdateEndpointSlices", text);
    for (pod, _) in stranded {
        cx.world.parts.endpoint_slice.pods.insert((id, pod));
    }
    cx.retry_after(Controller::EndpointSlice, id, RETRY);
}

fn take_pods(cx: &mut Cx<'_>, service: Id) -> Vec<Id> {
    let memory = &mut cx.world.parts.endpoint_slice;
    let pods = memory.pods.from((service, Id(0)));
    let pods = pods.take_while(|(s, _)| *s == service);
    let pods: Vec<Id> = pods.map(|(_, pod)| pod).collect();
    for pod in &pods {
        memory.pods.remove(&(service, *pod));
    }
    pods
}

fn slices_of<'w>(world: &'w World, service: &Object) -> Vec<(Id, &'w EndpointSlice)> {
    let owned = world.store.owned_by(service.meta.uid);
    let kept = owned
        .filter(|(_, o)| !o.meta.is_deleting() && o.meta.label(MANAGED_BY) == Some(CONTROLLER));
    kept.filter_map(|(id, o)| Some((id, o.as_endpoint_slice()?)))
        .collect()
}

fn all_pods(world: &World, object: &Object, service: &Service) -> Vec<Id> {
    let Some((key, value)) = service.selector.first_key_value() else {
        return Vec::new();
    };
    world
        .store
        .pods_with_label(&object.meta.namespace, key, value)
        .map(|(id, _)| id)
        .collect()
}

/// Models staging/src/k8s.io/endpointslice/utils.go `setEndpointSliceLabels`.
fn labels_of(object: &Object, service: &Service) -> Labels {
    let mut labels = (*object.meta.labels).clone();
    labels.remove(HEADLESS);
    if service.is_headless() {
        labels.insert(Text::new_static(HEADLESS), Text::default());
    }
    labels.insert(Text::new_static(SERVICE_NAME), object.meta.name.clone());
    labels.insert(Text::new_static(MANAGED_BY), Text::new_static(CONTROLLER));
    labels
}

fn apply(
    cx: &mut Cx<'_>,
    service: &Object,
    ids: &[Id],
    intents: Vec<Intent>,
    labels: Option<Arc<Labels>>,
) {
    if intents.is_empty() && labels.is_none() {
        return;
    }
    let now = Text::from(cx.now().to_rfc3339());
    let stamped = |meta: &mut ObjectMeta| {
        let mut annotations = (*meta.annotations).clone();
        annotations.insert(Text::new_static(TRIGGER_TIME), now.clone());
        meta.annotations = Arc::new(annotations);
    };
    let mut written = vec![false; ids.len()];
    for intent in intents {
        match intent {
            Intent::Write { slice, content } => {
                written[slice] = true;
                let _ = cx.update(ids[slice], |object| {
                    *object.as_endpoint_slice_mut().expect("a slice") = content;
                    object.meta.generation += 1;
                    stamped(&mut object.meta);
                    if let Some(labels) = &labels {
                        object.meta.labels = labels.clone();
                    }
                    true
                });
            }
            Intent::Create(content) => {
                let body = service.as_service().expect("a Service");
                let labels = labels
                    .clone()
                    .unwrap_or_else(|| Arc::new(labels_of(service, body)));
                let owner = OwnerReference::controller(
                    Kind::Service,
                    service.meta.name.clone(),
                    service.meta.uid,
                );
                let mut meta = ObjectMeta::of(Lasting {
                    namespace: service.meta.namespace.clone(),
                    generate_name: format!("{}-", service.meta.name).into(),
                    labels,
                    owner_references: vec![owner],
                    ..Lasting::default()
                });
                stamped(&mut meta);
                // In a namespace that goes nothing can be made, and nothing needs to be.
                let _ = cx.create(Object::new(meta, Body::EndpointSlice(content)));
            }
            Intent::Delete(slice) => {
                written[slice] = true;
                let _ = cx.delete(ids[slice], DeleteOptions::default());
            }
        }
    }
    if let Some(labels) = labels {
        for (id, _) in ids.iter().zip(written).filter(|(_, written)| !written) {
            let _ = cx.update(*id, |object| {
                let differ = object.meta.labels != labels;
                object.meta.labels = labels.clone();
                differ
            });
        }
    }
}
