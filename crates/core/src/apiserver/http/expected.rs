//! What a path takes, and whether an object says that it is that. Models apiserver `handlers/create.go` and apimachinery
//! `runtime/serializer/versioning`, 1.37.

use ordinal_api::{EVENTS, Kind, Status, Value, value};
use serde_json::json;

use super::target::Target;

/// What a path takes: a kind, or what is no object by itself.
#[derive(Clone, Copy)]
pub(super) struct Expected {
    /// `Scale`
    pub(super) kind: &'static str,
    /// `autoscaling`; empty for the core group
    pub(super) group: &'static str,
    /// `v1`
    pub(super) version: &'static str,
}

pub(super) const SCALE: Expected = Expected::new("Scale", "autoscaling");
pub(super) const EVICTION: Expected = Expected::new("Eviction", "policy");
pub(super) const BINDING: Expected = Expected::new("Binding", "");
pub(super) const TOKEN: Expected = Expected::new("TokenRequest", "authentication.k8s.io");

impl Expected {
    const fn new(kind: &'static str, group: &'static str) -> Self {
        Self {
            kind,
            group,
            version: "v1",
        }
    }

    pub(super) fn of(kind: Kind) -> Self {
        let names = kind.names();
        Self {
            kind: names.kind,
            group: names.group,
            version: names.version,
        }
    }

    /// What a path takes; Events are served by two groups.
    pub(super) fn of_target(target: &Target<'_>) -> Self {
        let mut expected = Self::of(target.kind);
        if target.group == EVENTS {
            expected.group = EVENTS;
        }
        expected
    }

    /// `autoscaling/v1`
    pub(super) fn api_version(self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The group as the server's own packages name it.
    pub(super) fn package(self) -> &'static str {
        match self.group {
            "" => "core",
            group => group.split('.').next().unwrap_or_default(),
        }
    }
}

/// Checks of what kind an object says that it is, and fills in what it does not say.
///
/// # Errors
/// What the decoder says.
pub(in crate::apiserver) fn of_kind(kind: Kind, object: &mut Value) -> Result<(), String> {
    super::body::json(&object.to_string())?;
    converted(Expected::of(kind), object).map_err(|(_, why)| why)
}

/// The same of what a path takes.
///
/// # Errors
/// 400
pub(super) fn is_expected(expected: Expected, object: &mut Value) -> Result<(), Status> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let wanted = expected.api_version();
    if kind == expected.kind && version != wanted && is_other_version(version, kind) {
        return Err(Status::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version ({wanted})"
        )));
    }
    converted(expected, object).map_err(|(said, why)| {
        let wanted = expected.kind;
        Status::bad_request(format!("{said} cannot be handled as a {wanted}: {why}"))
    })
}

/// Versions in which a kind was served once or is served besides: the server still reads them.
const OTHER_VERSIONS: &[(&str, &str)] = &[
    ("apps/v1beta1", "StatefulSet Deployment ControllerRevision"),
    (
        "apps/v1beta2",
        "StatefulSet Deployment ControllerRevision ReplicaSet DaemonSet",
    ),
    ("extensions/v1beta1", "Deployment ReplicaSet DaemonSet"),
    ("batch/v1beta1", "CronJob"),
    ("policy/v1beta1", "PodDisruptionBudget"),
    ("discovery.k8s.io/v1beta1", "EndpointSlice"),
    ("events.k8s.io/v1beta1", "Event"),
    ("events.k8s.io/v1", "Event"),
    ("v1", "Event"),
    (
        "storage.k8s.io/v1beta1",
        "StorageClass VolumeAttachment CSIDriver CSINode CSIStorageCapacity",
    ),
    (
        "storage.k8s.io/v1alpha1",
        "VolumeAttachment CSIStorageCapacity",
    ),
    ("scheduling.k8s.io/v1beta1", "PriorityClass"),
    ("coordination.k8s.io/v1beta1", "Lease"),
];

fn is_other_version(version: &str, kind: &str) -> bool {
    let mut all = OTHER_VERSIONS.iter();
    all.any(|(known, kinds)| *known == version && kinds.split(' ').any(|one| one == kind))
}

fn converted(expected: Expected, object: &mut Value) -> Result<(), (String, String)> {
    let said = |key: &str, usual: String| {
        let text = object.get(key).and_then(Value::as_str).unwrap_or_default();
        if text.is_empty() {
            usual
        } else {
            text.to_owned()
        }
    };
    let version = said("apiVersion", expected.api_version());
    let named = said("kind", expected.kind.to_owned());
    let wanted = expected.kind;
    let short = version.rsplit('/').next().unwrap_or_default().to_owned();
    if version != expected.api_version() || named != wanted {
        let of_list = named.strip_suffix("List");
        let known = Kind::from_api(&version, &named).is_some()
            || version == "v1" && named == "List"
            || of_list.is_some_and(|one| Kind::from_api(&version, one).is_some());
        let why = if known {
            let group = expected.package();
            format!("converting ({short}.{named}) to ({group}.{wanted}): unknown conversion")
        } else if wanted == "Eviction" && named == wanted && version == "policy/v1beta1" {
            return Ok(());
        } else {
            format!(
                "no kind \"{named}\" is registered for version \"{version}\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""
            )
        };
        return Err((format!("{named} in version \"{short}\""), why));
    }
    value::overlay(object, "apiVersion", Some(json!(version)));
    value::overlay(object, "kind", Some(json!(named)));
    Ok(())
}
