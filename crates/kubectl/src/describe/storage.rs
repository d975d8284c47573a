//! Volumes, claims, classes, and what drivers register.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::Page;
use super::volumes::{node_affinity, source};
use crate::discovery;
use crate::print::{access_modes, class as class_of, is_default_class};
use crate::resource::{Filter, Item, fetch_all};
use crate::value::{at, has, items, number, or, or_none, pairs, plain, text};

fn finalizers(object: &Value) -> String {
    let words: Vec<String> = items(object, "metadata.finalizers")
        .iter()
        .map(plain)
        .into_list();
    format!("[{}]", words.join(" "))
}

fn status(page: &Page<'_>, object: &Value) -> String {
    if has(object, "metadata.deletionTimestamp") {
        let since = page.since(object, "metadata.deletionTimestamp");
        format!("Terminating (lasts {since})")
    } else {
        text(object, "status.phase").to_owned()
    }
}

pub(super) fn claim(page: &mut Page<'_>, item: &Item) {
    let claim = &item.value;
    page.field(0, "Name", text(claim, "metadata.name"));
    page.field(0, "Namespace", text(claim, "metadata.namespace"));
    page.field(0, "StorageClass", class_of(claim));
    let status = status(page, claim);
    page.field(0, "Status", &status);
    page.field(0, "Volume", text(claim, "spec.volumeName"));
    page.map("", "Labels", claim, "metadata.labels");
    page.annotations("", claim, "metadata.annotations");
    page.field(0, "Finalizers", &finalizers(claim));
    let bound = !text(claim, "spec.volumeName").is_empty();
    let (capacity, modes) = if bound {
        (
            or(&plain(at(claim, "status.capacity.storage")), "0"),
            access_modes(claim, "status.accessModes"),
        )
    } else {
        (String::new(), String::new())
    };
    page.field(0, "Capacity", &capacity);
    page.field(0, "Access Modes", &modes);
    if has(claim, "spec.volumeMode") {
        page.field(0, "VolumeMode", text(claim, "spec.volumeMode"));
    }
    if has(claim, "spec.dataSource") {
        page.line(0, "DataSource:");
        for (label, key) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            let value = text(at(claim, "spec.dataSource"), key);
            if key != "apiGroup" || !value.is_empty() {
                page.field(1, label, value);
            }
        }
    }
    let users = users(page, claim);
    page.lines("", "Used By", &users);
    page.conditions(claim, "lastProbeTime", "LastProbeTime");
    page.events_of(claim);
}

/// The Pods that mount a claim, and those that own it.
fn users(page: &mut Page<'_>, claim: &Value) -> Vec<String> {
    let Ok(pods) = discovery::find("pods") else {
        return Vec::new();
    };
    let filter = Filter {
        namespace: Some(text(claim, "metadata.namespace").to_owned()),
        ..Filter::default()
    };
    let name = text(claim, "metadata.name");
    let found = fetch_all(page.cluster, pods, &filter).unwrap_or_default();
    let mounts = |pod: &Item| {
        items(&pod.value, "spec.volumes")
            .iter()
            .any(|volume| text(volume, "persistentVolumeClaim.claimName") == name)
    };
    let owns = |pod: &Item| {
        items(claim, "metadata.ownerReferences")
            .iter()
            .any(|owner| {
                text(owner, "kind") == "Pod"
                    && text(owner, "uid") == text(&pod.value, "metadata.uid")
            })
    };
    let (mounting, others): (Vec<&Item>, Vec<&Item>) = found.iter().partition(|pod| mounts(pod));
    let owning = others.into_iter().filter(|pod| owns(pod));
    mounting
        .into_iter()
        .chain(owning)
        .map(|pod| pod.name().to_owned())
        .collect()
}

pub(super) fn volume(page: &mut Page<'_>, item: &Item) {
    let volume = &item.value;
    page.field(0, "Name", text(volume, "metadata.name"));
    page.map("", "Labels", volume, "metadata.labels");
    page.annotations("", volume, "metadata.annotations");
    page.field(0, "Finalizers", &finalizers(volume));
    page.field(0, "StorageClass", class_of(volume));
    let status = status(page, volume);
    page.field(0, "Status", &status);
    let claim = if has(volume, "spec.claimRef") {
        format!(
            "{}/{}",
            text(volume, "spec.claimRef.namespace"),
            text(volume, "spec.claimRef.name")
        )
    } else {
        String::new()
    };
    page.field(0, "Claim", &claim);
    page.field(
        0,
        "Reclaim Policy",
        text(volume, "spec.persistentVolumeReclaimPolicy"),
    );
    page.field(0, "Access Modes", &access_modes(volume, "spec.accessModes"));
    if has(volume, "spec.volumeMode") {
        page.field(0, "VolumeMode", text(volume, "spec.volumeMode"));
    }
    let capacity = plain(at(volume, "spec.capacity.storage"));
    page.field(0, "Capacity", &or(&capacity, "0"));
    node_affinity(page, volume);
    page.field(0, "Message", text(volume, "status.message"));
    page.line(0, "Source:");
    if !source(page, at(volume, "spec")) {
        page.line(1, "<unknown>");
    }
    page.events_of(volume);
}

pub(super) fn class(page: &mut Page<'_>, item: &Item) {
    let class = &item.value;
    page.field(0, "Name", text(class, "metadata.name"));
    let default = if is_default_class(class) { "Yes" } else { "No" };
    page.field(0, "IsDefaultClass", default);
    page.field(
        0,
        "Annotations",
        &or_none(&pairs(class, "metadata.annotations")),
    );
    page.field(0, "Provisioner", text(class, "provisioner"));
    page.field(0, "Parameters", &or_none(&pairs(class, "parameters")));
    let expansion = match at(class, "allowVolumeExpansion") {
        Value::Bool(true) => "True",
        Value::Bool(false) => "False",
        _ => "<unset>",
    };
    page.field(0, "AllowVolumeExpansion", expansion);
    let options = items(class, "mountOptions");
    if options.is_empty() {
        page.field(0, "MountOptions", "<none>");
    } else {
        page.line(0, "MountOptions:");
        for option in options {
            page.line(1, &plain(option));
        }
    }
    if has(class, "reclaimPolicy") {
        page.field(0, "ReclaimPolicy", text(class, "reclaimPolicy"));
    }
    if has(class, "volumeBindingMode") {
        page.field(0, "VolumeBindingMode", text(class, "volumeBindingMode"));
    }
    let topologies = items(class, "allowedTopologies");
    if !topologies.is_empty() {
        page.field(0, "AllowedTopologies", "");
    }
    for (index, term) in topologies.iter().enumerate() {
        for (line, expression) in items(term, "matchLabelExpressions").iter().enumerate() {
            let values: Vec<String> = items(expression, "values").iter().map(plain).into_list();
            let label = if line == 0 {
                format!("Term {index}:")
            } else {
                String::new()
            };
            let key = text(expression, "key");
            let indent = usize::from(line == 0);
            page.line(
                indent,
                &format!("{label}\t{key} in [{}]", values.join(", ")),
            );
        }
    }
    page.events_of(class);
}

pub(super) fn csi_node(page: &mut Page<'_>, item: &Item) {
    let node = &item.value;
    page.field(0, "Name", text(node, "metadata.name"));
    page.map("", "Labels", node, "metadata.labels");
    page.annotations("", node, "metadata.annotations");
    page.field(
        0,
        "CreationTimestamp",
        &Page::moment(node, "metadata.creationTimestamp"),
    );
    page.line(0, "Spec:");
    let drivers = items(node, "spec.drivers");
    // On its way to the client an empty list is none.
    if !drivers.is_empty() {
        page.line(1, "Drivers:");
    }
    for driver in drivers {
        page.line(2, &format!("{}:", text(driver, "name")));
        page.field(3, "Node ID", text(driver, "nodeID"));
        if has(driver, "allocatable.count") {
            page.line(3, "Allocatables:");
            page.field(4, "Count", &number(driver, "allocatable.count").to_string());
        }
        let keys: Vec<String> = items(driver, "topologyKeys").iter().map(plain).into_list();
        if !keys.is_empty() {
            page.field(3, "Topology Keys", &format!("[{}]", keys.join(" ")));
        }
    }
    page.events_of(node);
}
