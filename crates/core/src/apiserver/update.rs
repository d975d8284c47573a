//! Changing a stored object: what may change, and what the server keeps.

use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::managed::Manager;
use ordinal_api::meta::Lasting;
use ordinal_api::{Body, Kind, Object, Status, Value, value};
use serde_json::json;

use super::create::{TEMPLATE_GENERATION, template_generation};
use super::identity::check_identity;
use super::managed::{self, Writer};
use super::{decode, defaults, parts, services, validation, warnings};
use crate::Cx;

/// Replaces an object by what was sent.
///
/// # Errors
/// `NotFound`, `Conflict`, or what validation finds.
pub(super) fn replace(
    cx: &mut Cx<'_>,
    kind: Kind,
    mut sent: Value,
    writer: &Writer,
) -> Result<Arc<Object>, Status> {
    let (namespace, name) = (
        decode::namespace_of(&sent).to_owned(),
        decode::name_of(&sent).to_owned(),
    );
    let stored = find(cx, kind, &namespace, &name)?;
    sent = parts::only(&stored.to_value(), sent, &writer.subresource);
    value::overlay(
        &mut sent,
        "status",
        stored.to_value().get("status").cloned(),
    );
    write(cx, &stored, sent, true, (writer, None))
}

/// Kinds that a replacement makes where there is nothing to replace. Models `AllowCreateOnUpdate`.
pub(super) const fn made_by_update(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Lease | Kind::LimitRange | Kind::Event | Kind::Service | Kind::Endpoints
    )
}

/// Takes off what the server gives to an object that a replacement makes. Models `rest.WipeObjectMetaSystemFields`.
pub(super) fn anew(sent: &mut Value) {
    if let Some(metadata) = sent.get_mut("metadata") {
        for key in [
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "resourceVersion",
            "uid",
        ] {
            value::overlay(metadata, key, None);
        }
    }
}

/// Binds a Pod to a node. Models pkg/registry/core/pod/storage `BindingREST`: the node need not exist.
///
/// # Errors
/// `NotFound`; `Conflict` for a Pod that has a node already.
pub(super) fn bind(
    cx: &mut Cx<'_>,
    namespace: &str,
    name: &str,
    node: &str,
) -> Result<Arc<Object>, Status> {
    let stored = find(cx, Kind::Pod, namespace, name)?;
    let id = cx.id(Kind::Pod, namespace, name);
    let has = stored
        .as_pod()
        .map(|pod| pod.node_name.clone())
        .unwrap_or_default();
    let gated = stored
        .as_pod()
        .is_some_and(|pod| !pod.spec.scheduling_gates.is_empty());
    let why = if stored.meta.is_deleting() {
        Some(format!(
            "pod {name} is being deleted, cannot be assigned to a host"
        ))
    } else if !has.is_empty() {
        Some(format!("pod {name} is already assigned to node \"{has}\""))
    } else if gated {
        Some(format!("pod {name} has non-empty .spec.schedulingGates"))
    } else {
        None
    };
    if let Some(why) = why {
        return Err(Status::conflict(Kind::Pod, name, &why).about("pods/binding", ""));
    }
    let now = cx.now();
    cx.update(id, |object| {
        let Some(pod) = object.as_pod_mut() else {
            return false;
        };
        pod.node_name = node.into();
        let scheduled = Condition::new("PodScheduled", true, now);
        condition::set(&mut Arc::make_mut(&mut pod.status).conditions, scheduled);
        true
    })
}

pub(super) fn find(
    cx: &Cx<'_>,
    kind: Kind,
    namespace: &str,
    name: &str,
) -> Result<Arc<Object>, Status> {
    cx.find(kind, namespace, name)
        .ok_or_else(|| Status::not_found(kind, name))
}

/// Defaults, validates and stores a changed object. Server-side apply says itself who manages what then.
pub(super) fn write(
    cx: &mut Cx<'_>,
    stored: &Arc<Object>,
    mut sent: Value,
    put: bool,
    (writer, managers): (&Writer, Option<Vec<Manager>>),
) -> Result<Arc<Object>, Status> {
    let kind = stored.kind();
    let name = &stored.meta.name;
    check_identity(stored, &sent, put)?;
    let whole = sent.clone();
    decode::tidy(kind, &mut sent);
    // What a component stored is not in the kept form.
    let mut old = stored.to_value();
    decode::tidy(kind, &mut old);
    if kind == Kind::Service {
        services::keep_allocated(&mut sent, &old);
        services::drop_of_type(&mut sent, &old);
    }
    if kind == Kind::Pod {
        keep_tolerations(&mut sent, &old);
        // Models plugin/pkg/admission/priority, which lets nobody leave them out.
        let before = old.get("spec").cloned().unwrap_or_default();
        if let Some(spec) = sent.get_mut("spec").filter(|spec| spec.is_object()) {
            for key in ["priority", "preemptionPolicy"] {
                if spec.get(key).is_none() {
                    value::overlay(spec, key, before.get(key).cloned());
                }
            }
        }
    }
    if kind == Kind::PersistentVolumeClaim
        && let Some(spec) = sent.get_mut("spec").filter(|spec| spec.is_object())
    {
        let before = value::at(&old, &["spec"]);
        let used = ["dataSource", "dataSourceRef"]
            .iter()
            .any(|key| before.is_some_and(|b| b.get(*key).is_some()));
        super::create::data_sources(spec, used);
    }
    name_label(kind, &mut sent, name);
    defaults::fill(kind, &mut sent, cx.world.release());
    if writer.subresource == "resize" {
        super::pod_level::fill(&mut sent);
    }
    if kind == Kind::Service {
        services::normalize_addresses(&mut sent, Some(&old));
        validation::allocated(&sent, Some(&old))?;
        services::check_allocated(cx.world, &sent, Some(&old))?;
    }
    let release = cx.world.release();
    validation::update(kind, &sent, (&old, &writer.subresource), &whole, release)?;
    match kind {
        Kind::PersistentVolumeClaim => resizable(cx, name, &sent, &old)?,
        Kind::PriorityClass => super::admission::only_default(cx.world, &sent)?,
        _ => {}
    }
    if kind == Kind::DaemonSet {
        let template = |object| value::at(object, &["spec", "template"]);
        let before = stored.meta.annotation(TEMPLATE_GENERATION);
        let before = before.and_then(|text| text.parse().ok()).unwrap_or(0);
        let changed = template(&sent) != template(&old);
        template_generation(&mut sent, before + u64::from(changed));
    }
    let found = warnings::of(kind, &sent, Some(&old));
    cx.world.warnings.extend(found);
    let mut decoded = Object::from_value(kind, &sent)?;
    if let Body::Service(service) = &mut decoded.body {
        services::allocate(cx.world, service, stored.as_service());
    }
    if kind == Kind::PersistentVolumeClaim {
        super::limits::admit(cx.world, &mut decoded)?;
    }
    let spec_changed = content(&sent) != content(&old);
    // Annotations of a Deployment are part of what is wanted. Models pkg/registry/apps/deployment/strategy.go.
    // So are the labels of a slice.
    let part = match kind {
        Kind::Deployment => "annotations",
        Kind::EndpointSlice => "labels",
        _ => "",
    };
    let marks = |object| value::at(object, &["metadata", part]);
    let annotated = marks(&sent) != marks(&old);
    let before = managed::of(stored);
    let managers =
        managers.unwrap_or_else(|| managed::update(kind, &old, &sent, before.clone(), writer));
    let others = managers != before;
    let id = cx.id(stored.kind(), &stored.meta.namespace, &stored.meta.name);
    let asked = decoded.meta.into_lasting();
    let finalizes = writer.subresource == "finalize";
    let held = value::array_of_text(value::at(&sent, &["spec", "finalizers"]));
    cx.update(id, |object| {
        let before = object.clone();
        take_metadata(object, asked);
        if spec_changed || annotated {
            object.body = keep_status(&before.body, decoded.body);
            if let Some(namespace) = object.as_namespace_mut().filter(|_| finalizes) {
                namespace.finalized = held.is_empty();
            }
            let counts = super::create::counts_changes(kind) && kind != Kind::PriorityClass;
            if counts || kind == Kind::CSIDriver {
                object.meta.generation += 1;
            }
        }
        if others {
            object.meta.managed = Some(Arc::new(managers));
        }
        *object != before
    })
}

/// The server gives a Namespace this label, whatever is sent.
pub(super) fn name_label(kind: Kind, sent: &mut Value, name: &str) {
    const NAME: &str = "kubernetes.io/metadata.name";
    if kind == Kind::Namespace {
        let labels = value::at(sent, &["metadata", "labels"]);
        let mut labels = labels.cloned().unwrap_or_default();
        value::overlay(&mut labels, NAME, Some(json!(name)));
        value::overlay(&mut sent["metadata"], "labels", Some(labels));
    }
}

/// What of an object's metadata is written by those who change it.
pub(super) fn take_metadata(object: &mut Object, asked: Lasting) {
    let meta = &mut object.meta;
    // Equal labels stay the same ones: they are shared.
    if *asked.labels != *meta.labels {
        meta.labels = asked.labels;
    }
    meta.annotations = asked.annotations;
    meta.generate_name = asked.generate_name;
    meta.finalizers = asked.finalizers;
    meta.owner_references = asked.owner_references;
}

/// Admission gives the two tolerations of lost nodes to changed Pods as well.
/// Models plugin/pkg/admission/defaulttolerationseconds, 1.37.
fn keep_tolerations(sent: &mut Value, old: &Value) {
    const KEYS: [&str; 2] = [
        ordinal_api::pod::TAINT_NOT_READY,
        ordinal_api::pod::TAINT_UNREACHABLE,
    ];
    let tolerations = |object: &Value| {
        let list = value::at(object, &["spec", "tolerations"]).and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let mut mine = tolerations(sent);
    let added: Vec<Value> = tolerations(old)
        .into_iter()
        .filter(|toleration| {
            let of = KEYS.iter().any(|key| toleration["key"] == *key);
            of && !mine.iter().any(|t| {
                t["key"] == toleration["key"] || t["key"].is_null() && t["effect"].is_null()
            })
        })
        .collect();
    if !added.is_empty()
        && let Some(spec) = sent.get_mut("spec")
    {
        mine.extend(added);
        value::overlay(spec, "tolerations", Some(Value::Array(mine)));
    }
}

/// A bound claim may ask for more only where its class allows it.
/// Models plugin/pkg/admission/storage/persistentvolume/resize, 1.37.
///
/// # Errors
/// 403
fn resizable(cx: &Cx<'_>, name: &str, sent: &Value, old: &Value) -> Result<(), Status> {
    let request = |object: &Value| {
        let text = value::at(object, &["spec", "resources", "requests", "storage"]);
        let text = text.and_then(Value::as_str).unwrap_or_default();
        ordinal_api::Quantity::parse(text).unwrap_or_default()
    };
    let bound = value::at(old, &["status", "phase"]).is_some_and(|phase| *phase == "Bound");
    if request(sent) <= request(old) {
        return Ok(());
    }
    let forbidden = |why: &str| Err(Status::forbidden(Kind::PersistentVolumeClaim, name, why));
    if !bound {
        return forbidden("Only bound persistent volume claims can be expanded");
    }
    let class = value::at(old, &["spec", "storageClassName"]).and_then(Value::as_str);
    let class = class.and_then(|class| cx.find(Kind::StorageClass, "", class));
    let allows = class.is_some_and(|class| class.to_value()["allowVolumeExpansion"] == true);
    if allows {
        return Ok(());
    }
    forbidden(
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
    )
}

/// Everything but what the server keeps for itself.
fn content(object: &Value) -> Value {
    let mut content = object.clone();
    for key in ["apiVersion", "kind", "metadata", "status"] {
        value::overlay(&mut content, key, None);
    }
    content
}

/// The new body with the status of the old one: a client cannot write it here.
fn keep_status(old: &Body, new: Body) -> Body {
    match (old, new) {
        (Body::Pod(old), Body::Pod(mut new)) => {
            new.status = old.status.clone();
            new.claims = old.claims.clone();
            Body::Pod(new)
        }
        (Body::StatefulSet(old), Body::StatefulSet(mut new)) => {
            new.status = old.status.clone();
            Body::StatefulSet(new)
        }
        (Body::ReplicaSet(old), Body::ReplicaSet(mut new)) => {
            new.status = old.status.clone();
            Body::ReplicaSet(new)
        }
        (Body::ReplicationController(old), Body::ReplicationController(mut new)) => {
            new.status = old.status.clone();
            Body::ReplicationController(new)
        }
        (Body::DaemonSet(old), Body::DaemonSet(mut new)) => {
            new.status = old.status.clone();
            Body::DaemonSet(new)
        }
        (Body::Deployment(old), Body::Deployment(mut new)) => {
            new.status = old.status.clone();
            Body::Deployment(new)
        }
        (Body::Node(old), Body::Node(new)) => {
            let mut node = (*new).clone();
            node.status = old.status.clone();
            for taint in &mut node.taints {
                taint.time_added = old
                    .taints
                    .iter()
                    .find(|t| t.key == taint.key && t.effect == taint.effect)
                    .and_then(|t| t.time_added);
            }
            Body::Node(Arc::new(node))
        }
        (Body::Service(old), Body::Service(mut new)) => {
            new.ingress = old.ingress.clone();
            if new.cluster_ip.is_empty()
                && new.type_ != ordinal_api::service::ServiceType::ExternalName
            {
                new.cluster_ip = old.cluster_ip.clone();
            }
            Body::Service(new)
        }
        (Body::PersistentVolumeClaim(old), Body::PersistentVolumeClaim(mut new)) => {
            new.status = old.status.clone();
            Body::PersistentVolumeClaim(new)
        }
        (Body::PersistentVolume(old), Body::PersistentVolume(mut new)) => {
            new.phase = old.phase;
            new.reason = old.reason.clone();
            new.message = old.message.clone();
            new.last_phase_transition = old.last_phase_transition;
            Body::PersistentVolume(new)
        }
        (Body::Namespace(old), Body::Namespace(_)) => Body::Namespace(old.clone()),
        (Body::VolumeAttachment(old), Body::VolumeAttachment(_)) => {
            Body::VolumeAttachment(old.clone())
        }
        (_, new) => new,
    }
}
