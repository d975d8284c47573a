//! Creation: identity, admission and the first status.

use std::sync::Arc;

use ordinal_api::config::Plain;
use ordinal_api::{Body, Kind, Object, ObjectMeta, Status, Text, Uid, Value, value};

use super::{name_suffix, new_uid};
use crate::{Cx, Id, World};

const PVC_PROTECTION: &str = "kubernetes.io/pvc-protection";
const NODE_TTL: &str = "node.alpha.kubernetes.io/ttl";
/// How often the template of a DaemonSet was changed, and once.
pub(crate) const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";
const PV_PROTECTION: &str = "kubernetes.io/pv-protection";
/// The mark of a class that claims without a class get.
pub(crate) const DEFAULT_CLASS_ANNOTATIONS: [&str; 2] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];
/// The class of a claim or a volume before there was a field for it; it wins over the field.
pub(crate) const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// Stores a new object: what `POST` does after decoding, defaulting and validation, for clients and controllers alike.
///
/// # Errors
/// `AlreadyExists`; `NotFound` for a missing namespace; `Forbidden` in one that is being deleted.
pub(crate) fn create_object(
    cx: &mut Cx<'_>,
    mut object: Object,
) -> Result<(Id, Arc<Object>), Status> {
    let kind = object.kind();
    check_namespace(cx.world, &object)?;
    if object.meta.name.is_empty() {
        object.meta.name = generated(cx.world, &object.meta.generate_name).into();
    }
    let (namespace, name) = (&object.meta.namespace, &object.meta.name);
    let id = cx.world.intern(kind, namespace, name);
    if let Some(there) = cx.world.store.get(id) {
        let mut status = Status::already_exists(kind, name);
        if there.meta.is_deleting() {
            status.message = format!("object is being deleted: {}", status.message);
        }
        return Err(status);
    }
    let now = cx.now();
    if kind != Kind::Job || object.meta.uid == Uid::default() {
        object.meta.uid = new_uid(cx.world);
    }
    object.meta.resource_version = cx.world.next_resource_version();
    object.meta.creation_timestamp = now;
    object.meta.deletion = None;
    if counts_changes(kind) {
        object.meta.generation = 1;
    }
    if let Body::Job(job) = &mut object.body {
        let uid = object.meta.uid.to_string();
        let raw = Arc::make_mut(&mut job.raw);
        super::validation::job::generate_selector(raw, &object.meta.name, &uid);
    }
    admit(cx.world, &mut object)?;
    super::limits::admit(cx.world, &mut object)?;
    super::quota::admit(cx.world, &object)?;
    let object = Arc::new(object);
    cx.world.commit(id, Some(object.clone()), cx.by, cx.cause);
    if kind == Kind::Namespace {
        create_default_account(cx, &object.meta.name)?;
    }
    Ok((id, object))
}

/// Kinds of which the server counts how often what is wanted changed.
pub(super) const fn counts_changes(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::StatefulSet
            | Kind::ReplicaSet
            | Kind::Deployment
            | Kind::DaemonSet
            | Kind::Job
            | Kind::CronJob
            | Kind::ReplicationController
            | Kind::Pod
            | Kind::PodDisruptionBudget
            | Kind::EndpointSlice
            | Kind::PriorityClass
    )
}

/// What happens before an object is validated: its namespace is looked at and its name made.
///
/// # Errors
/// `NotFound` for a missing namespace; `Forbidden` in one that is being deleted.
pub(super) fn before(world: &mut World, kind: Kind, object: &mut Value) -> Result<(), Status> {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let text = |key: &str| {
            metadata
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let generate = text("generateName").to_owned();
        if text("name").is_empty() && !generate.is_empty() {
            let name = generated(world, &generate);
            metadata.insert("name".to_owned(), name.into());
        }
    }
    if kind == Kind::DaemonSet {
        template_generation(object, 1);
    }
    if kind == Kind::LimitRange && super::decode::name_of(object).is_empty() {
        let name = new_uid(world).to_string();
        value::overlay(&mut object["metadata"], "name", Some(name.into()));
    }
    if kind == Kind::PersistentVolumeClaim
        && let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object())
    {
        data_sources(spec, false);
    }
    if kind == Kind::Namespace {
        let name = super::decode::name_of(object).to_owned();
        if let Some(metadata) = object.get_mut("metadata") {
            let mut labels = metadata.get("labels").cloned().unwrap_or_default();
            value::overlay(
                &mut labels,
                "kubernetes.io/metadata.name",
                Some(name.into()),
            );
            value::overlay(metadata, "labels", Some(labels));
        }
    }
    let (namespace, name) = (
        super::decode::namespace_of(object),
        super::decode::name_of(object),
    );
    admit_namespace(world, kind, namespace, name)
}

/// The ttl controller's mark on a new node, which comes a moment later in reality. Models pkg/controller/ttl.
pub(super) fn mark_node(cx: &mut Cx<'_>, id: Id) {
    let _ = cx.update(id, |object| {
        let annotations = &mut object.meta.annotations;
        let new = !annotations.contains_key(NODE_TTL);
        if new {
            Arc::make_mut(annotations).insert(Text::new_static(NODE_TTL), Text::new_static("0"));
        }
        new
    });
}

/// What a claim is filled from is told twice, in the old field and in the new one; what the old one cannot name goes,
/// unless it was in use before.
/// Models pkg/api/persistentvolumeclaim `EnforceDataSourceBackwardsCompatibility` and `NormalizeDataSources`.
pub(super) fn data_sources(spec: &mut Value, used: bool) {
    let given = |spec: &Value, key: &str| spec.get(key).filter(|v| !v.is_null()).cloned();
    let (one, other) = (given(spec, "dataSource"), given(spec, "dataSourceRef"));
    let text = |of: &Value, key: &str| {
        let text = of.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    match (one, other) {
        (Some(source), None) => {
            let known = used
                || matches!(
                    (
                        text(&source, "kind").as_str(),
                        text(&source, "apiGroup").as_str()
                    ),
                    ("PersistentVolumeClaim", "") | ("VolumeSnapshot", "snapshot.storage.k8s.io")
                );
            let (key, value) = if known {
                ("dataSourceRef", Some(source))
            } else {
                ("dataSource", None)
            };
            value::overlay(spec, key, value);
        }
        (None, Some(source)) if text(&source, "namespace").is_empty() => {
            value::overlay(spec, "dataSource", Some(source));
        }
        _ => {}
    }
}

/// Writes which version of its template a DaemonSet has. Models pkg/registry/apps/daemonset/strategy.go, and the
/// conversion of `spec.templateGeneration`, which apps/v1 has as an annotation only.
pub(super) fn template_generation(object: &mut Value, generation: u64) {
    if let Some(metadata) = object.get_mut("metadata") {
        let mut annotations = metadata.get("annotations").cloned().unwrap_or_default();
        value::overlay(
            &mut annotations,
            TEMPLATE_GENERATION,
            Some(generation.to_string().into()),
        );
        value::overlay(metadata, "annotations", Some(annotations));
    }
}

/// Models rest.BeforeCreate: the base is cut so that the suffix fits into 63 characters.
fn generated(world: &mut World, base: &str) -> String {
    let base: String = base.chars().take(58).collect();
    format!("{base}{}", name_suffix(world))
}

fn check_namespace(world: &World, object: &Object) -> Result<(), Status> {
    let meta = &object.meta;
    admit_namespace(world, object.kind(), &meta.namespace, &meta.name)
}

pub(super) fn admit_namespace(
    world: &World,
    kind: Kind,
    namespace: &str,
    name: &str,
) -> Result<(), Status> {
    if !kind.is_namespaced() {
        return Ok(());
    }
    let stored = world.store.find(Kind::Namespace, "", namespace);
    let Some(stored) = stored else {
        return Err(Status::not_found(Kind::Namespace, namespace));
    };
    if stored.as_namespace().is_some_and(|n| n.terminating) {
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        let mut status = Status::forbidden(kind, name, &why);
        status.details.causes.push(ordinal_api::status::Cause {
            reason: "NamespaceTerminating".into(),
            message: format!("namespace {namespace} is being terminated"),
            field: "metadata.namespace".to_owned(),
        });
        return Err(status);
    }
    Ok(())
}

/// What admission plugins and allocators fill in.
fn admit(world: &mut World, object: &mut Object) -> Result<(), Status> {
    let annotated_class = object.meta.annotation(CLASS_ANNOTATION).is_some();
    let finalizer = match &mut object.body {
        Body::Pod(pod) => {
            super::admission::admit_pod(world, &object.meta, pod)?;
            None
        }
        // Models plugin/pkg/admission/storage/{storageobjectinuseprotection,storageclass/setdefault}, 1.37.
        Body::PersistentVolumeClaim(claim) => {
            if claim.storage_class_name.is_none() && !annotated_class {
                claim.storage_class_name = default_class(world);
            }
            Some(PVC_PROTECTION)
        }
        Body::PersistentVolume(volume) => {
            volume.last_phase_transition = world.now();
            Some(PV_PROTECTION)
        }
        Body::Service(service) => {
            super::services::allocate(world, service, None);
            None
        }
        _ => None,
    };
    if let Some(finalizer) = finalizer.filter(|f| !object.meta.has_finalizer(f)) {
        object.meta.finalizers.push(Text::new_static(finalizer));
    }
    Ok(())
}

/// The default class: of several the newest, and of those made at the same time the first by name.
pub(crate) fn default_class(world: &World) -> Option<Text> {
    let defaults = world.store.list(Kind::StorageClass).filter(|(_, class)| {
        DEFAULT_CLASS_ANNOTATIONS
            .iter()
            .any(|key| class.meta.annotation(key) == Some("true"))
    });
    let newest = defaults.max_by(|(_, a), (_, b)| {
        a.meta
            .creation_timestamp
            .cmp(&b.meta.creation_timestamp)
            .then_with(|| b.meta.name.cmp(&a.meta.name))
    });
    newest.map(|(_, class)| class.meta.name.clone())
}

/// Every namespace gets the account that Pods without one use. In reality a controller makes it some milliseconds later.
fn create_default_account(cx: &mut Cx<'_>, namespace: &str) -> Result<(), Status> {
    let account = Object::new(
        ObjectMeta::named(namespace, "default"),
        Body::ServiceAccount(Plain::default()),
    );
    create_object(cx, account).map(|_| ())
}
