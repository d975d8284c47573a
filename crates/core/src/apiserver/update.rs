//! Replacing and patching a stored object: what may change, and what the server keeps.

use json_patch::jsonptr::PointerBuf;
use json_patch::{
    AddOperation, CopyOperation, MoveOperation, PatchOperation, RemoveOperation, ReplaceOperation,
    TestOperation,
};
use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::managed::Manager;
use ordinal_api::status::{Cause, Reason};
use ordinal_api::{Body, Kind, Object, Status, Value, schema, value};
use serde_json::json;

use super::create::{TEMPLATE_GENERATION, template_generation};
use super::managed::{self, Writer};
use super::request::{FieldValidation, Options, Patch, PatchType};
use super::{decode, defaults, status, strategic, validation, warnings};
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
    value::overlay(
        &mut sent,
        "status",
        stored.to_value().get("status").cloned(),
    );
    write(cx, &stored, sent, true, (writer, None))
}

/// Changes an object in part.
///
/// # Errors
/// `NotFound`, `Conflict`, a patch that does not apply, or what validation finds.
pub(super) fn patch(
    cx: &mut Cx<'_>,
    kind: Kind,
    namespace: &str,
    name: &str,
    patch: &Patch,
    options: &Options,
) -> Result<Arc<Object>, Status> {
    let stored = find(cx, kind, namespace, name)?;
    let writer = super::writer(cx, options, &patch.subresource);
    let mut object = stored.to_value();
    // Only clients that move fields from one manager to another name them.
    let moves = patch.type_ == PatchType::Json && names_managers(&patch.body);
    if moves {
        object["metadata"]["managedFields"] = managed::printed(&stored);
    }
    match patch.subresource.as_str() {
        "" => apply(kind, &mut object, patch)?,
        "scale"
            if matches!(
                kind,
                Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet
            ) =>
        {
            scale(&mut object, name, patch)?
        }
        "status" => {
            apply(kind, &mut object, patch)?;
            return status::write(cx, &stored, &object["status"], &writer);
        }
        _ => return Err(Status::not_served()),
    }
    let managers = moves.then(|| {
        let given = object["metadata"]["managedFields"].as_array().cloned();
        value::overlay(&mut object["metadata"], "managedFields", None);
        given.iter().flatten().map(Manager::from_value).collect()
    });
    let new_name = decode::name_of(&object);
    if new_name != name {
        let message = format!(
            "the name of the object ({new_name}) does not match the name on the URL ({name})"
        );
        return Err(Status::bad_request(message));
    }
    if decode::namespace_of(&object) != namespace && kind.is_namespaced() {
        let why =
            "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(why));
    }
    wrong_type(kind, &object, patch)?;
    let validation = options.validation.unwrap_or(FieldValidation::Strict);
    decode::check_fields(cx.world, kind, &object, (validation, &options.duplicates))?;
    write(cx, &stored, object, false, (&writer, managers))
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
    let why = if stored.meta.is_deleting() {
        Some(format!(
            "pod {name} is being deleted, cannot be assigned to a host"
        ))
    } else if !has.is_empty() {
        Some(format!("pod {name} is already assigned to node \"{has}\""))
    } else {
        None
    };
    if let Some(why) = why {
        let mut status = Status::conflict(Kind::Pod, name, &why);
        status.message = status.message.replacen("pods ", "pods/binding ", 1);
        return Err(status);
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

fn find(cx: &Cx<'_>, kind: Kind, namespace: &str, name: &str) -> Result<Arc<Object>, Status> {
    cx.find(kind, namespace, name)
        .ok_or_else(|| Status::not_found(kind, name))
}

fn apply(kind: Kind, object: &mut Value, patch: &Patch) -> Result<(), Status> {
    if patch.body.is_string() {
        return Err(Status::bad_request("invalid JSON patch"));
    }
    if patch.type_ != PatchType::Json && patch.body.is_array() {
        let text = "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}";
        return Err(Status::bad_request(text));
    }
    match patch.type_ {
        PatchType::Strategic => {
            strategic::check(kind, &patch.body)?;
            strategic::apply(kind, object, &patch.body);
        }
        PatchType::Merge => json_patch::merge(object, &patch.body),
        PatchType::Json => {
            if !patch.body.is_array() {
                let text = "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp";
                return Err(Status::bad_request(text));
            }
            let operations = operations(&patch.body).map_err(|_| rejected())?;
            json_patch::patch(object, &operations).map_err(|_| rejected())?;
        }
    }
    Ok(())
}

fn names_managers(operations: &Value) -> bool {
    let mut operations = operations.as_array().into_iter().flatten();
    operations.any(|operation| operation["path"] == "/metadata/managedFields")
}

/// What the server says of a patch that does not apply.
fn rejected() -> Status {
    Status {
        code: 422,
        reason: Reason::Invalid,
        ..Status::bad_request("the server rejected our request due to an error in our request")
    }
}

/// A patch whose result does not decode is told differently from an object.
fn wrong_type(kind: Kind, object: &Value, patch: &Patch) -> Result<(), Status> {
    let Some(type_) = schema::kind_type(&kind.api_version(), kind.names().kind) else {
        return Ok(());
    };
    let faults = schema::decode::check(type_, object);
    let Some(wrong) = faults.wrong.first() else {
        return Ok(());
    };
    let type_ = wrong.message.rsplit(" of type ").next().unwrap_or_default();
    let shown = if patch.type_ == PatchType::Json {
        patch.body.to_string()
    } else {
        strategic::go_text(&patch.body)
    };
    let cause = Cause::invalid(
        "patch",
        &Value::from(shown).to_string(),
        &format!("unrecognized type: {type_}"),
    );
    let message = format!(" \"\" is invalid: {}: {}", cause.field, cause.message);
    let mut status = Status {
        code: 422,
        reason: Reason::Invalid,
        ..Status::bad_request(message)
    };
    status.details.causes.push(cause);
    Err(status)
}

fn scale(object: &mut Value, name: &str, patch: &Patch) -> Result<(), Status> {
    let mut scale = json!({"spec": {"replicas": value::at(object, &["spec", "replicas"])}});
    json_patch::merge(&mut scale, &patch.body);
    if let Some(version) = value::at(&scale, &["metadata", "resourceVersion"]) {
        object["metadata"]["resourceVersion"] = version.clone();
    }
    let replicas = scale["spec"]["replicas"].as_i64().unwrap_or(0);
    if replicas < 0 {
        let cause = Cause::invalid(
            "spec.replicas",
            &replicas.to_string(),
            "must be greater than or equal to 0",
        );
        let mut status = Status::invalid(Kind::StatefulSet, name, vec![cause]);
        status.message = status
            .message
            .replacen("StatefulSet.apps", "Scale.autoscaling", 1);
        status.details.group = "autoscaling".into();
        status.details.kind = "Scale".into();
        return Err(status);
    }
    object["spec"]["replicas"] = json!(replicas);
    Ok(())
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
    let meta = |key: &str| {
        value::at(&sent, &["metadata", key])
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let version = meta("resourceVersion");
    if !version.is_empty() && version != stored.meta.resource_version.to_string() {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(Status::conflict(kind, name, why));
    }
    let uid = meta("uid");
    if put && !uid.is_empty() && uid != stored.meta.uid.to_string() {
        let namespace = &stored.meta.namespace;
        let key = if namespace.is_empty() {
            name.to_string()
        } else {
            format!("{namespace}/{name}")
        };
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{}/{key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            kind.names().plural,
            stored.meta.uid
        );
        return Err(Status::conflict(kind, name, &why));
    }
    decode::tidy(kind, &mut sent);
    let old = stored.to_value();
    if kind == Kind::Service {
        drop_of_type(&mut sent, &old);
    }
    if kind == Kind::Pod {
        keep_tolerations(&mut sent, &old);
    }
    if kind == Kind::Namespace {
        // The server gives it this label whatever is sent.
        let mut labels = value::at(&sent, &["metadata", "labels"])
            .cloned()
            .unwrap_or_default();
        value::overlay(
            &mut labels,
            "kubernetes.io/metadata.name",
            Some(json!(name)),
        );
        value::overlay(&mut sent["metadata"], "labels", Some(labels));
    }
    if kind == Kind::PersistentVolumeClaim {
        resizable(cx, name, &sent, &old)?;
    }
    defaults::fill(kind, &mut sent, cx.world.release());
    validation::update(kind, &sent, &old)?;
    if kind == Kind::DaemonSet {
        let template = |object| value::at(object, &["spec", "template"]);
        let before = stored.meta.annotation(TEMPLATE_GENERATION);
        let before = before.and_then(|text| text.parse().ok()).unwrap_or(0);
        let changed = template(&sent) != template(&old);
        template_generation(&mut sent, before + u64::from(changed));
    }
    let found = warnings::of(kind, &sent, Some(&old));
    cx.world.warnings.extend(found);
    let decoded = Object::from_value(kind, &sent)?;
    let spec_changed = content(&sent) != content(&old);
    let before = managed::of(stored);
    let managers =
        managers.unwrap_or_else(|| managed::update(kind, &old, &sent, before.clone(), writer));
    let others = managers != before;
    let id = cx.id(stored.kind(), &stored.meta.namespace, &stored.meta.name);
    let asked = decoded.meta.into_lasting();
    cx.update(id, |object| {
        let before = object.clone();
        object.meta.labels = if *asked.labels == *before.meta.labels {
            before.meta.labels.clone()
        } else {
            asked.labels
        };
        object.meta.annotations = asked.annotations;
        object.meta.finalizers = asked.finalizers;
        object.meta.owner_references = asked.owner_references;
        if spec_changed {
            object.body = keep_status(&before.body, decoded.body);
            if object.meta.generation > 0 {
                object.meta.generation += 1;
            }
        }
        if others {
            object.meta.managed = Some(Arc::new(managers));
        }
        *object != before
    })
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
    if !bound || request(sent) <= request(old) {
        return Ok(());
    }
    let class = value::at(old, &["spec", "storageClassName"]).and_then(Value::as_str);
    let class = class.and_then(|class| cx.find(Kind::StorageClass, "", class));
    let allows = class.is_some_and(|class| class.to_value()["allowVolumeExpansion"] == true);
    if allows {
        return Ok(());
    }
    let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    Err(Status::forbidden(Kind::PersistentVolumeClaim, name, why))
}

/// What only the old type of a Service needed goes with the type. Models pkg/registry/core/service
/// `dropTypeDependentFields` and `patchAllocatedValues`.
fn drop_of_type(sent: &mut Value, old: &Value) {
    let kind = |object: &Value| {
        let kind = value::at(object, &["spec", "type"]).and_then(Value::as_str);
        kind.unwrap_or("ClusterIP").to_owned()
    };
    let (now, before) = (kind(sent), kind(old));
    let outside = |kind: &str| matches!(kind, "NodePort" | "LoadBalancer");
    let Some(spec) = sent.get_mut("spec") else {
        return;
    };
    let same = |spec: &Value, key: &str| spec.get(key) == value::at(old, &["spec", key]);
    if outside(&before) && !outside(&now) {
        if same(spec, "externalTrafficPolicy") {
            value::overlay(spec, "externalTrafficPolicy", None);
        }
        for port in spec
            .get_mut("ports")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            value::overlay(port, "nodePort", None);
        }
    }
    if before == "LoadBalancer" && now != before && same(spec, "allocateLoadBalancerNodePorts") {
        value::overlay(spec, "allocateLoadBalancerNodePorts", None);
    }
    if now == "ExternalName" && before != now {
        for key in [
            "clusterIP",
            "clusterIPs",
            "ipFamilies",
            "ipFamilyPolicy",
            "internalTrafficPolicy",
        ] {
            if same(spec, key) {
                value::overlay(spec, key, None);
            }
        }
    }
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

/// The operations of a JSON patch (RFC 6902).
fn operations(patch: &Value) -> Result<Vec<PatchOperation>, String> {
    let list = patch.as_array().ok_or("a patch is a list of operations")?;
    list.iter().map(operation).collect()
}

fn operation(operation: &Value) -> Result<PatchOperation, String> {
    let text = |key: &str| {
        let text = operation.get(key).and_then(Value::as_str);
        text.ok_or_else(|| format!("missing field `{key}`"))
    };
    let pointer = |key: &str| PointerBuf::parse(text(key)?).map_err(|error| error.to_string());
    let value = || {
        let value = operation.get("value").cloned();
        value.ok_or("missing field `value`")
    };
    let path = pointer("path")?;
    Ok(match text("op")? {
        "add" => PatchOperation::Add(AddOperation {
            path,
            value: value()?,
        }),
        "remove" => PatchOperation::Remove(RemoveOperation { path }),
        "replace" => PatchOperation::Replace(ReplaceOperation {
            path,
            value: value()?,
        }),
        "move" => PatchOperation::Move(MoveOperation {
            from: pointer("from")?,
            path,
        }),
        "copy" => PatchOperation::Copy(CopyOperation {
            from: pointer("from")?,
            path,
        }),
        "test" => PatchOperation::Test(TestOperation {
            path,
            value: value()?,
        }),
        other => return Err(format!("unknown operation `{other}`")),
    })
}
