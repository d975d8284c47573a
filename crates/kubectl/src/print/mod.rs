//! The rows of tables, as the server fills them, from objects as the API prints them.
//!
//! Models pkg/printers/internalversion/printers.go, 1.37. `pods`, `workloads`, `network`, `storage`, `cluster`: the
//! cells of their kinds; [`columns`]: the names of all columns in one table.

mod cluster;
mod jobs;
mod network;
mod pods;
mod storage;
mod workloads;

use ordinal_api::Value;
use ordinal_core::release::Release;

use crate::clock;
use crate::value::{self, text};

pub(crate) use cluster::roles;
pub(crate) use jobs::duration as job_duration;
pub(crate) use network::host_port;
pub(crate) use storage::{access_modes, class, is_default_class};

/// Kinds with their columns; `*` marks those of `-o wide`, `_` stands for a blank.
const COLUMNS: &[(&str, &str)] = &[
    ("ConfigMap", "NAME DATA AGE"),
    ("ControllerRevision", "NAME CONTROLLER REVISION AGE"),
    (
        "CSIDriver",
        "NAME ATTACHREQUIRED PODINFOONMOUNT STORAGECAPACITY TOKENREQUESTS REQUIRESREPUBLISH MODES AGE",
    ),
    ("CSINode", "NAME DRIVERS AGE"),
    ("CSIStorageCapacity", "NAME CREATED_AT"),
    (
        "CronJob",
        "NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST_SCHEDULE AGE *CONTAINERS *IMAGES *SELECTOR",
    ),
    (
        "DaemonSet",
        "NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE_SELECTOR AGE *CONTAINERS *IMAGES *SELECTOR",
    ),
    (
        "Deployment",
        "NAME READY UP-TO-DATE AVAILABLE AGE *CONTAINERS *IMAGES *SELECTOR",
    ),
    ("Endpoints", "NAME ENDPOINTS AGE"),
    ("EndpointSlice", "NAME ADDRESSTYPE PORTS ENDPOINTS AGE"),
    (
        "Event",
        "LAST_SEEN TYPE REASON OBJECT *SUBOBJECT *SOURCE MESSAGE *FIRST_SEEN *COUNT *NAME",
    ),
    (
        "Job",
        "NAME STATUS COMPLETIONS DURATION AGE *CONTAINERS *IMAGES *SELECTOR",
    ),
    ("Lease", "NAME HOLDER AGE"),
    ("LimitRange", "NAME CREATED_AT"),
    ("Namespace", "NAME STATUS AGE"),
    (
        "Node",
        "NAME STATUS ROLES AGE VERSION *INTERNAL-IP *EXTERNAL-IP *OS-IMAGE *KERNEL-VERSION *CONTAINER-RUNTIME",
    ),
    (
        "PersistentVolume",
        "NAME CAPACITY ACCESS_MODES RECLAIM_POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE *VOLUMEMODE",
    ),
    (
        "PersistentVolumeClaim",
        "NAME STATUS VOLUME CAPACITY ACCESS_MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE *VOLUMEMODE",
    ),
    (
        "Pod",
        "NAME READY STATUS RESTARTS AGE *IP *NODE *NOMINATED_NODE *READINESS_GATES",
    ),
    (
        "PodDisruptionBudget",
        "NAME MIN_AVAILABLE MAX_UNAVAILABLE ALLOWED_DISRUPTIONS AGE",
    ),
    (
        "PriorityClass",
        "NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY",
    ),
    (
        "ReplicaSet",
        "NAME DESIRED CURRENT READY AGE *CONTAINERS *IMAGES *SELECTOR",
    ),
    (
        "ReplicationController",
        "NAME DESIRED CURRENT READY AGE *CONTAINERS *IMAGES *SELECTOR",
    ),
    ("ResourceQuota", "NAME REQUEST LIMIT AGE"),
    ("Scale", "NAME DESIRED AVAILABLE AGE"),
    ("Secret", "NAME TYPE DATA AGE"),
    (
        "Service",
        "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE *SELECTOR",
    ),
    ("ServiceAccount", "NAME AGE"),
    ("StatefulSet", "NAME READY AGE *CONTAINERS *IMAGES"),
    (
        "StorageClass",
        "NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE",
    ),
    ("VolumeAttachment", "NAME ATTACHER PV NODE ATTACHED AGE"),
];

fn columns(kind: &str) -> &'static str {
    COLUMNS
        .iter()
        .find(|(name, _)| *name == kind)
        .map_or("NAME AGE", |(_, columns)| columns)
}

/// The header of a kind's table.
pub(crate) fn header(kind: &str, wide: bool) -> Vec<String> {
    columns(kind)
        .split(' ')
        .filter(|name| wide || !name.starts_with('*'))
        .map(|name| name.trim_start_matches('*').replace('_', " "))
        .collect()
}

/// The row of an object, as the header of its kind.
/// Of a `plain` one: what every kind has.
pub(crate) fn row(
    now: i64,
    object: &Value,
    wide: bool,
    plain: bool,
    release: Release,
) -> Vec<String> {
    let kind = if plain { "" } else { text(object, "kind") };
    let name = text(object, "metadata.name").to_owned();
    let age = clock::age(now, text(object, "metadata.creationTimestamp"));
    let cells = match kind {
        "" => vec![name, age],
        "Pod" => pods::row(now, object, name, age),
        "StatefulSet"
        | "Deployment"
        | "ReplicaSet"
        | "ReplicationController"
        | "DaemonSet"
        | "Job"
        | "CronJob"
        | "ControllerRevision"
        | "PodDisruptionBudget"
        | "Scale" => workloads::row(now, object, name, age),
        "PersistentVolume"
        | "PersistentVolumeClaim"
        | "StorageClass"
        | "VolumeAttachment"
        | "CSIDriver"
        | "CSINode" => storage::row(object, name, age),
        "Service" | "Endpoints" | "EndpointSlice" => network::row(object, name, age),
        "Event" => network::event(now, object),
        _ => cluster::row(object, name, age, release),
    };
    let shown = columns(kind).split(' ').zip(cells);
    shown
        .filter(|(column, _)| wide || !column.starts_with('*'))
        .map(|(_, cell)| cell)
        .collect()
}

/// `k=v,k2=v2`, or `<none>`.
pub(crate) fn labels(object: &Value) -> String {
    value::or_none(&value::pairs(object, "metadata.labels"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn what_is_empty_shows_what_the_server_shows() {
        let second =
            |value| super::row(0, &value, true, false, super::Release::default())[1].clone();
        let none = json!({"kind": "Endpoints", "metadata": {"name": "a"}});
        assert_eq!(second(none), "<none>");
        let unready = json!({
            "kind": "Endpoints", "metadata": {"name": "a"},
            "subsets": [{"notReadyAddresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}],
        });
        assert_eq!(second(unready), "");
        let slice = json!({
            "kind": "EndpointSlice", "metadata": {"name": "a"}, "addressType": "IPv4",
            "ports": [{"name": "web"}, {"port": 81}, {}], "endpoints": [],
        });
        assert_eq!(
            super::row(0, &slice, true, false, super::Release::default())[1..4],
            ["IPv4", "web,81,*", "<unset>"]
        );
        let volume = json!({"kind": "PersistentVolume", "metadata": {"name": "a"}, "spec": {}});
        assert_eq!(second(volume), "0");
    }
}
