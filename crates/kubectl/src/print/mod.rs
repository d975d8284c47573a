//! Tables, as the server fills them and kubectl lays them out.
//!
//! Models pkg/printers/internalversion/printers.go and cli-runtime `printers/tableprinter.go`, 1.37.

mod age;
mod cluster;
mod pods;
mod storage;
mod workloads;

use std::sync::Arc;

use ordinal_api::{Kind, Object};
use ordinal_core::World;

pub use age::human_duration;
pub use pods::status as pod_status;

/// The cells of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Column names.
    pub header: Vec<&'static str>,
    /// One row an object.
    pub cells: Vec<Vec<String>>,
}

/// The rows of objects of one kind; `wide` adds the columns of `-o wide`.
pub fn rows(world: &World, kind: Kind, objects: &[Arc<Object>], wide: bool) -> Rows {
    let (narrow, more): (&[&str], &[&str]) = columns(kind);
    let mut header: Vec<&'static str> = narrow.to_vec();
    if wide {
        header.extend(more);
    }
    let cells = objects.iter().map(|object| {
        let age = human_duration(world.now().since(object.meta.creation_timestamp));
        let mut row = match kind {
            Kind::Pod => pods::row(world, object, age, wide),
            Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet | Kind::ControllerRevision => {
                workloads::row(object, age, wide)
            }
            Kind::PersistentVolume
            | Kind::PersistentVolumeClaim
            | Kind::StorageClass
            | Kind::VolumeAttachment => storage::row(object, age, wide),
            _ => cluster::row(world, object, age, wide),
        };
        row.truncate(header.len());
        row
    });
    Rows {
        cells: cells.collect(),
        header,
    }
}

fn columns(kind: Kind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        Kind::Pod => (
            &["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
            &["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
        ),
        Kind::StatefulSet => (&["NAME", "READY", "AGE"], &["CONTAINERS", "IMAGES"]),
        Kind::Deployment => (
            &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
            &["CONTAINERS", "IMAGES", "SELECTOR"],
        ),
        Kind::ReplicaSet => (
            &["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
            &["CONTAINERS", "IMAGES", "SELECTOR"],
        ),
        Kind::ControllerRevision => (&["NAME", "CONTROLLER", "REVISION", "AGE"], &[]),
        Kind::Service => (
            &[
                "NAME",
                "TYPE",
                "CLUSTER-IP",
                "EXTERNAL-IP",
                "PORT(S)",
                "AGE",
            ],
            &["SELECTOR"],
        ),
        Kind::EndpointSlice => (&["NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"], &[]),
        Kind::PersistentVolumeClaim => (
            &[
                "NAME",
                "STATUS",
                "VOLUME",
                "CAPACITY",
                "ACCESS MODES",
                "STORAGECLASS",
                "VOLUMEATTRIBUTESCLASS",
                "AGE",
            ],
            &["VOLUMEMODE"],
        ),
        Kind::PersistentVolume => (
            &[
                "NAME",
                "CAPACITY",
                "ACCESS MODES",
                "RECLAIM POLICY",
                "STATUS",
                "CLAIM",
                "STORAGECLASS",
                "VOLUMEATTRIBUTESCLASS",
                "REASON",
                "AGE",
            ],
            &["VOLUMEMODE"],
        ),
        Kind::StorageClass => (
            &[
                "NAME",
                "PROVISIONER",
                "RECLAIMPOLICY",
                "VOLUMEBINDINGMODE",
                "ALLOWVOLUMEEXPANSION",
                "AGE",
            ],
            &[],
        ),
        Kind::VolumeAttachment => (&["NAME", "ATTACHER", "PV", "NODE", "ATTACHED", "AGE"], &[]),
        Kind::Node => (
            &["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
            &[
                "INTERNAL-IP",
                "EXTERNAL-IP",
                "OS-IMAGE",
                "KERNEL-VERSION",
                "CONTAINER-RUNTIME",
            ],
        ),
        Kind::Namespace => (&["NAME", "STATUS", "AGE"], &[]),
        Kind::Event => (&["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"], &[]),
        Kind::Secret => (&["NAME", "TYPE", "DATA", "AGE"], &[]),
        Kind::ConfigMap => (&["NAME", "DATA", "AGE"], &[]),
        Kind::ServiceAccount => (&["NAME", "AGE"], &[]),
        _ => (&["NAME", "AGE"], &[]),
    }
}

/// Lays a table out: columns at least 6 wide, 3 blanks between, nothing after the last cell.
pub fn table(header: Option<&[&str]>, cells: &[Vec<String>]) -> String {
    let header: Option<Vec<String>> =
        header.map(|names| names.iter().map(|&name| name.to_owned()).collect());
    let lines: Vec<&Vec<String>> = header.iter().chain(cells).collect();
    let columns = lines.iter().map(|line| line.len()).max().unwrap_or(0);
    let width = |column: usize| {
        let longest = lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| cell.chars().count())
            .max();
        longest.unwrap_or(0).saturating_add(3).max(6)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            text.push_str(cell);
            if column + 1 < line.len() {
                let blanks = widths[column].saturating_sub(cell.chars().count());
                text.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        text.push('\n');
    }
    text
}
