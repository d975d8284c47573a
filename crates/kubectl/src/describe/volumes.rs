//! Volumes of Pods, and sources of PersistentVolumes.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::Page;
use crate::value::{at, entries, flag, has, items, or, plain, text};

/// Volumes with their sources.
pub(super) fn volumes(page: &mut Page<'_>, volumes: &[Value], space: &str) {
    if volumes.is_empty() {
        page.line(0, &format!("{space}Volumes:\t<none>"));
        return;
    }
    page.line(0, &format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for volume in volumes {
        page.line(1, &format!("{indent}{}:", text(volume, "name")));
        if !source(page, volume) {
            page.line(1, "<unknown>");
        }
    }
}

/// Sources whose fields are written as they are: key, sentence, and `Label:path` for each line; `?` an optional flag
/// that is false, `%` one that prints `<none>` when it is not there, `#` a number, `*` a list, `@` a reference as Go prints
/// one; behind the label `!`: no colon, `~`: only with a namespace (of a PersistentVolume).
const SOURCES: &[(&str, &str, &str)] = &[
    (
        "hostPath",
        "HostPath (bare host directory volume)",
        "Path:path HostPathType:%type",
    ),
    (
        "secret",
        "Secret (a volume populated by a Secret)",
        "SecretName:secretName Optional:?optional",
    ),
    (
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        "Name:name Optional:?optional",
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        "Server:server Path:path ReadOnly:?readOnly",
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        "ClaimName:claimName ReadOnly:?readOnly",
    ),
    (
        "local",
        "LocalVolume (a persistent volume backed by local storage on a node)",
        "Path:path",
    ),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        "PDName:pdName FSType:fsType Partition:#partition ReadOnly:?readOnly",
    ),
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        "VolumeID:volumeID FSType:fsType Partition:#partition ReadOnly:?readOnly",
    ),
    (
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        "TargetPortal:targetPortal IQN:iqn Lun:#lun ISCSIInterface!:iscsiInterface FSType:fsType ReadOnly:?readOnly \
         Portals:*portals DiscoveryCHAPAuth:?chapAuthDiscovery SessionCHAPAuth:?chapAuthSession SecretRef:@secretRef \
         InitiatorName:%initiatorName",
    ),
    (
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        "Monitors:*monitors Path:path User:user SecretFile:secretFile SecretRef:@secretRef ReadOnly:?readOnly",
    ),
    (
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        "CephMonitors:*monitors RBDImage:image FSType:fsType RBDPool:pool RadosUser:user Keyring:keyring \
         SecretRef:@secretRef ReadOnly:?readOnly",
    ),
    (
        "azureFile",
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        "SecretName:secretName SecretNamespace~:secretNamespace ShareName:shareName ReadOnly:?readOnly",
    ),
    (
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        "Repository:repository Revision:revision",
    ),
    (
        "image",
        "Image (a container image or OCI artifact)",
        "Reference:reference PullPolicy:pullPolicy",
    ),
];

/// Writes a source, two levels in; `false` if it is none that is known.
pub(super) fn source(page: &mut Page<'_>, volume: &Value) -> bool {
    if let Some((key, type_, fields)) = SOURCES.iter().find(|(key, ..)| has(volume, key)) {
        let source = at(volume, key);
        page.field(2, "Type", type_);
        for field in fields.split(' ') {
            let (label, path) = field.split_once(':').unwrap_or((field, field));
            let value = if let Some(path) = path.strip_prefix('?') {
                flag(source, path).to_string()
            } else if let Some(path) = path.strip_prefix('%') {
                match at(source, path) {
                    Value::Null => "<none>".to_owned(),
                    value => plain(value),
                }
            } else if let Some(path) = path.strip_prefix('#') {
                crate::value::number(source, path).to_string()
            } else if let Some(path) = path.strip_prefix('*') {
                let list: Vec<String> = items(source, path).iter().map(plain).into_list();
                format!("[{}]", list.join(" "))
            } else if let Some(path) = path.strip_prefix('@') {
                reference(at(source, path), has(volume, "capacity"))
            } else {
                plain(at(source, path))
            };
            if let Some(label) = label.strip_suffix('!') {
                page.line(2, &format!("{label}\t{value}"));
            } else if label.strip_suffix('~').is_none() {
                page.field(2, label, &value);
            } else if has(volume, "capacity") {
                page.field(2, label.trim_end_matches('~'), &value);
            }
        }
        return true;
    }
    if has(volume, "emptyDir") {
        page.field(
            2,
            "Type",
            "EmptyDir (a temporary directory that shares a pod's lifetime)",
        );
        page.field(2, "Medium", text(volume, "emptyDir.medium"));
        let limit = plain(at(volume, "emptyDir.sizeLimit"));
        page.field(2, "SizeLimit", &or(&limit, "<unset>"));
    } else if has(volume, "projected") {
        projected(page, at(volume, "projected"));
    } else if has(volume, "downwardAPI") {
        page.field(
            2,
            "Type",
            "DownwardAPI (a volume populated by information about the pod)",
        );
        page.line(2, "Items:");
        for item in items(volume, "downwardAPI.items") {
            let from = match text(item, "fieldRef.fieldPath") {
                "" => text(item, "resourceFieldRef.resource"),
                path => path,
            };
            page.line(3, &format!("{from} -> {}", text(item, "path")));
        }
    } else if has(volume, "csi") {
        csi(page, at(volume, "csi"));
    } else if has(volume, "ephemeral") {
        ephemeral(page, at(volume, "ephemeral.volumeClaimTemplate"));
    } else {
        return false;
    }
    true
}

/// A reference to a Secret, as Go prints one; those of PersistentVolumes name a namespace.
fn reference(secret: &Value, of_volume: bool) -> String {
    let name = text(secret, "name");
    match (secret, of_volume) {
        (Value::Null, _) => "nil".to_owned(),
        (_, true) => {
            let namespace = text(secret, "namespace");
            format!("&SecretReference{{Name:{name},Namespace:{namespace},}}")
        }
        (_, false) => format!("&LocalObjectReference{{Name:{name},}}"),
    }
}

fn projected(page: &mut Page<'_>, projected: &Value) {
    page.field(
        2,
        "Type",
        "Projected (a volume that contains injected data from multiple sources)",
    );
    for source in items(projected, "sources") {
        let optional = |path: &str| flag(source, path).to_string();
        if has(source, "secret") {
            page.field(2, "SecretName", text(source, "secret.name"));
            page.field(2, "Optional", &optional("secret.optional"));
        } else if has(source, "downwardAPI") {
            page.field(2, "DownwardAPI", "true");
        } else if has(source, "configMap") {
            page.field(2, "ConfigMapName", text(source, "configMap.name"));
            page.field(2, "Optional", &optional("configMap.optional"));
        } else if has(source, "serviceAccountToken") {
            let seconds = plain(at(source, "serviceAccountToken.expirationSeconds"));
            page.field(2, "TokenExpirationSeconds", &seconds);
        }
    }
}

fn csi(page: &mut Page<'_>, csi: &Value) {
    page.field(
        2,
        "Type",
        "CSI (a Container Storage Interface (CSI) volume source)",
    );
    page.field(2, "Driver", text(csi, "driver"));
    page.field(2, "FSType", text(csi, "fsType"));
    if has(csi, "volumeHandle") {
        page.field(2, "VolumeHandle", text(csi, "volumeHandle"));
    }
    page.field(2, "ReadOnly", &flag(csi, "readOnly").to_string());
    attributes(page, csi);
}

fn attributes(page: &mut Page<'_>, csi: &Value) {
    let mut attributes = entries(csi, "volumeAttributes").peekable();
    if attributes.peek().is_none() {
        page.line(2, "VolumeAttributes:\t<none>");
    }
    for (index, (key, value)) in attributes.enumerate() {
        let label = if index == 0 { "VolumeAttributes:" } else { "" };
        // The values stand one level deeper than those of the other lines.
        page.line(2, &format!("{label}\t    {key}={}", plain(value)));
    }
}

fn ephemeral(page: &mut Page<'_>, template: &Value) {
    page.field(
        2,
        "Type",
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
    );
    page.field(2, "StorageClass", text(template, "spec.storageClassName"));
    page.field(2, "Volume", text(template, "spec.volumeName"));
    // Their values stand one level deeper than those of the other lines.
    for (label, path, between) in [
        ("Labels", "metadata.labels", "="),
        ("Annotations", "metadata.annotations", ": "),
    ] {
        let mut lines: Vec<String> = entries(template, path)
            .map(|(key, value)| format!("{key}{between}{}", plain(value)))
            .into_list();
        if lines.is_empty() {
            lines.push("<none>".to_owned());
        }
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 {
                format!("{label}:")
            } else {
                "  ".to_owned()
            };
            page.line(2, &format!("{label}\t    {line}"));
        }
    }
    page.field(2, "Capacity", "");
    page.field(2, "Access Modes", "");
    if has(template, "spec.volumeMode") {
        page.field(2, "VolumeMode", text(template, "spec.volumeMode"));
    }
}

/// The claim of a template, as it is written into a workload.
pub(super) fn claim_of(page: &mut Page<'_>, template: &Value) {
    page.field(1, "Name", text(template, "metadata.name"));
    page.field(1, "StorageClass", text(template, "spec.storageClassName"));
    page.map("", "  Labels", template, "metadata.labels");
    page.map("", "  Annotations", template, "metadata.annotations");
    let capacity = plain(at(template, "spec.resources.requests.storage"));
    page.field(1, "Capacity", &or(&capacity, "<default>"));
    let modes: Vec<String> = items(template, "spec.accessModes")
        .iter()
        .map(plain)
        .into_list();
    page.field(1, "Access Modes", &format!("[{}]", modes.join(" ")));
}

/// The affinity of a volume.
pub(super) fn node_affinity(page: &mut Page<'_>, volume: &Value) {
    let affinity = at(volume, "spec.nodeAffinity");
    if !has(affinity, "required") {
        page.field(0, "Node Affinity", "<none>");
        return;
    }
    page.field(0, "Node Affinity", "");
    let terms = items(affinity, "required.nodeSelectorTerms");
    if terms.is_empty() {
        page.field(1, "Required Terms", "<none>");
        return;
    }
    page.field(1, "Required Terms", "");
    for (index, term) in terms.iter().enumerate() {
        let expressions = items(term, "matchExpressions");
        if expressions.is_empty() {
            page.field(2, &format!("Term {index}"), "<none>");
        }
        for (line, expression) in expressions.iter().enumerate() {
            let values: Vec<String> = items(expression, "values").iter().map(plain).into_list();
            let operator = text(expression, "operator").to_ascii_lowercase();
            let text_ = format!(
                "{} {operator}{}",
                text(expression, "key"),
                if values.is_empty() {
                    String::new()
                } else {
                    format!(" [{}]", values.join(", "))
                }
            );
            if line == 0 {
                page.field(2, &format!("Term {index}"), &text_);
            } else {
                page.line(2, &format!("\t{text_}"));
            }
        }
    }
}
