//! Metadata. Models apimachinery `api/validation/objectmeta.go`, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::status::Cause;
use ordinal_api::{Kind, Value};
use serde_json::json;

use super::super::create::counts_changes;
use super::{Faults, IMMUTABLE, at, entries, given, go, list, names, text};
use crate::release::Release;

const ANNOTATIONS_BYTES: usize = 256 * 1024;

/// Metadata of a new object.
pub(super) fn create(kind: Kind, object: &Value, release: Release, faults: &mut Faults) {
    let metadata = at(object, &["metadata"]);
    let generate = text(metadata, "generateName");
    let strict = kind == Kind::Service && !release.relaxed_service_names();
    let check = if strict {
        names::dns_1035_label
    } else {
        name_rule(kind)
    };
    if !generate.is_empty() {
        faults.all(
            "metadata.generateName",
            &json!(generate),
            check(&prefix(generate)),
        );
    }
    match text(metadata, "name") {
        "" if generate.is_empty() => {
            faults.required("metadata.name", "name or generateName is required")
        }
        "" => {}
        name => faults.all("metadata.name", &json!(name), check(name)),
    }
    // Of most kinds it is counted from the beginning, whatever is said.
    if !counts_changes(kind) {
        let generation = at(metadata, &["generation"]);
        faults.not_negative("metadata.generation", Some(generation));
    }
    common(metadata, faults);
    finalizer_names(kind, metadata, faults);
}

/// What a kind asks of the names of its objects. Budgets are named as freely as paths are.
fn name_rule(kind: Kind) -> fn(&str) -> Vec<String> {
    match kind {
        Kind::StatefulSet | Kind::Namespace | Kind::Service => names::dns_label,
        Kind::PodDisruptionBudget | Kind::Event => names::path_segment,
        _ => names::dns_subdomain,
    }
}

/// Kinds whose changes are looked at as if they were new.
const fn looks_at_prefix(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Pod
            | Kind::ControllerRevision
            | Kind::EndpointSlice
            | Kind::Endpoints
            | Kind::PersistentVolume
            | Kind::PersistentVolumeClaim
            | Kind::StorageClass
            | Kind::VolumeAttachment
            | Kind::CSINode
            | Kind::CSIStorageCapacity
            | Kind::Secret
            | Kind::ConfigMap
            | Kind::ServiceAccount
            | Kind::LimitRange
            | Kind::Namespace
            | Kind::Node
    )
}

/// A prefix may end in a dash, which goes with the letter before it. Models `maskTrailingDash`.
fn prefix(generate: &str) -> String {
    let mut letters = generate.chars();
    match letters.next_back() {
        Some('-') if letters.next_back().is_some() => format!("{}a", letters.as_str()),
        _ => generate.to_owned(),
    }
}

/// Metadata of a changed object.
pub(super) fn update(kind: Kind, object: &Value, old: &Value, faults: &mut Faults) {
    let (metadata, old) = (at(object, &["metadata"]), at(old, &["metadata"]));
    common(metadata, faults);
    if given(old, "deletionTimestamp").is_some() {
        let has = |finalizer: &&Value| list(old, "finalizers").contains(finalizer);
        let mut added: Vec<String> = list(metadata, "finalizers")
            .iter()
            .filter(|f| !has(f))
            .map(Value::to_string)
            .into_list();
        ordinal_api::sorted::sort(&mut added);
        added.dedup();
        if !added.is_empty() {
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                added.join(", ")
            );
            faults.forbidden("metadata.finalizers", &detail);
        }
    }
    for key in ["name", "namespace", "uid"] {
        let sent = text(metadata, key);
        if !sent.is_empty() && sent != text(old, key) {
            faults.invalid(format!("metadata.{key}"), at(metadata, &[key]), IMMUTABLE);
        }
    }
    // Once it is there, the moment is kept whatever is said.
    if let Some(time) = given(metadata, "deletionTimestamp")
        && given(old, "deletionTimestamp").is_none()
    {
        faults.invalid("metadata.deletionTimestamp", time, IMMUTABLE);
    }
    let grace = "deletionGracePeriodSeconds";
    if let Some(secs) = given(metadata, grace).filter(|secs| given(old, grace) != Some(*secs)) {
        faults.invalid(format!("metadata.{grace}"), secs, IMMUTABLE);
    }
    let generate = text(metadata, "generateName");
    if !generate.is_empty() && looks_at_prefix(kind) {
        let faulty = name_rule(kind)(&prefix(generate));
        faults.all("metadata.generateName", &json!(generate), faulty);
    }
    finalizer_names(kind, metadata, faults);
}

fn common(metadata: &Value, faults: &mut Faults) {
    names::labels(at(metadata, &["labels"]), "metadata.labels", faults);
    annotations(metadata, "metadata.annotations", faults);
    owners(metadata, faults);
    let path = "metadata.finalizers";
    let finalizers = list(metadata, "finalizers");
    for finalizer in finalizers {
        let name = finalizer.as_str().unwrap_or_default();
        faults.all(path, finalizer, names::qualified(name));
    }
    let has = |name: &str| finalizers.iter().any(|finalizer| finalizer == name);
    if has("orphan") && has("foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        faults.invalid(path, &json!(finalizers), detail);
    }
}

/// Finalizers without a domain must be known. Models `validateKubeFinalizerName`, which some kinds leave out.
fn finalizer_names(kind: Kind, metadata: &Value, faults: &mut Faults) {
    if matches!(kind, Kind::PodDisruptionBudget | Kind::Lease | Kind::Event) {
        return;
    }
    for (index, finalizer) in list(metadata, "finalizers").iter().enumerate() {
        let name = finalizer.as_str().unwrap_or_default();
        if !is_known(name) {
            faults.invalid(format!("metadata.finalizers[{index}]"), finalizer, NEITHER);
        }
    }
}

const NEITHER: &str = "name is neither a standard finalizer name nor is it fully qualified";

fn is_known(finalizer: &str) -> bool {
    finalizer.contains('/') || ["orphan", "foregroundDeletion", "kubernetes"].contains(&finalizer)
}

/// Annotations, under the path of the whole map.
pub(super) fn annotations(metadata: &Value, path: &str, faults: &mut Faults) {
    let mut size = 0;
    for (key, value) in entries(metadata, "annotations") {
        size += key.len() + value.as_str().map_or(0, str::len);
        faults.all(path, &json!(key), names::qualified(&key.to_lowercase()));
    }
    if size > ANNOTATIONS_BYTES {
        faults.too_long(path, ANNOTATIONS_BYTES);
    }
}

/// Models `ValidateOwnerReferences`.
fn owners(metadata: &Value, faults: &mut Faults) {
    let path = "metadata.ownerReferences";
    let owners = list(metadata, "ownerReferences");
    let mut first: Option<String> = None;
    for (index, owner) in owners.iter().enumerate() {
        let version = text(owner, "apiVersion");
        if version.ends_with('/') || version.matches('/').count() > 1 {
            let detail = "must be <group>/<version> or <version>";
            faults.invalid(
                format!("{path}[{index}].apiVersion"),
                &json!(version),
                detail,
            );
        }
        for key in ["apiVersion", "kind", "name", "uid"] {
            if text(owner, key).is_empty() {
                faults.required(format!("{path}[{index}].{key}"), "must not be empty");
            }
        }
        if version == "v1" && text(owner, "kind") == "Event" {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            let shown = go::print("OwnerReference", owner, false);
            faults.add(Cause::invalid(format!("{path}[{index}]"), &shown, detail));
        }
        if at(owner, &["controller"]) != true {
            continue;
        }
        let this = format!("{}/{}", text(owner, "kind"), text(owner, "name"));
        let Some(first) = &first else {
            first = Some(this);
            continue;
        };
        let shown: Vec<String> = owners
            .iter()
            .map(|owner| go::print("OwnerReference", owner, false))
            .into_list();
        let detail = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {this}"
        );
        let shown = format!("[{}]", shown.join(","));
        faults.add(Cause::invalid(path, &shown, &detail));
    }
}

/// What holds a namespace that is to go. Models `ValidateNamespace` and `ValidateNamespaceFinalizeUpdate`.
pub(super) fn held(spec: &Value, numbered: bool, faults: &mut Faults) {
    for (index, finalizer) in list(spec, "finalizers").iter().enumerate() {
        let name = finalizer.as_str().unwrap_or_default();
        let place = if numbered {
            format!("[{index}]")
        } else {
            String::new()
        };
        let field = format!("spec.finalizers{place}");
        faults.all(&field, finalizer, names::qualified(name));
        if !is_known(name) {
            faults.invalid(field, finalizer, NEITHER);
        }
    }
}
