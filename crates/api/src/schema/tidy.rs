//! The form in which the API server keeps an object: what decoding into Go's structs and encoding them again leaves.
//!
//! Nulls, empty lists and maps go, so do zero values of fields that are no pointers; quantities take their canonical form.

use serde_json::Value;

use super::{FieldType, Leaf, TypeId, field, type_name};
use crate::Quantity;

/// Fields whose zero value is the same as nothing. Models the `omitempty` of k8s.io/api's types that are no pointers.
const OMITTED: &[&str] = &[
    "apiVersion",
    "clusterIP",
    "dnsPolicy",
    "externalName",
    "externalTrafficPolicy",
    "failureThreshold",
    "generateName",
    "group",
    "healthCheckNodePort",
    "host",
    "hostIP",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPort",
    "hostname",
    "imagePullPolicy",
    "initialDelaySeconds",
    "loadBalancerIP",
    "medium",
    "minReadySeconds",
    "nodeName",
    "nodePort",
    "paused",
    "periodSeconds",
    "persistentVolumeReclaimPolicy",
    "podManagementPolicy",
    "prefix",
    "priorityClassName",
    "providerID",
    "publishNotReadyAddresses",
    "readOnly",
    "resourceVersion",
    "scheme",
    "schedulerName",
    "serviceAccount",
    "serviceAccountName",
    "sessionAffinity",
    "stdin",
    "stdinOnce",
    "subPath",
    "subPathExpr",
    "subdomain",
    "successThreshold",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "uid",
    "unschedulable",
    "value",
    "volumeName",
    "whenDeleted",
    "whenScaled",
    "workingDir",
];

/// The same for fields that only some types have so.
const OMITTED_OF: &[(&str, &str)] = &[
    ("ContainerPort", "name"),
    ("ContainerPort", "protocol"),
    ("DeploymentStrategy", "type"),
    ("HTTPGetAction", "path"),
    ("LocalObjectReference", "name"),
    ("ObjectReference", "name"),
    ("ObjectReference", "namespace"),
    ("PersistentVolumeSpec", "storageClassName"),
    ("PodSpec", "restartPolicy"),
    ("Probe", "timeoutSeconds"),
    ("SecretVolumeSource", "secretName"),
    ("ServicePort", "name"),
    ("ServicePort", "protocol"),
    ("ServiceSpec", "type"),
    ("StatefulSetUpdateStrategy", "type"),
    ("Toleration", "effect"),
    ("Toleration", "key"),
    ("Toleration", "operator"),
];

/// Brings an object of a type into the kept form; fields that the type does not have go.
pub fn tidy(id: TypeId, value: &mut Value) {
    let Value::Object(map) = value else { return };
    let of = type_name(id);
    map.retain(|key, value| {
        let Some(known) = field(id, key).filter(|_| !value.is_null()) else {
            return false;
        };
        match known.ty {
            FieldType::One(Leaf::Object(inner)) => tidy(inner, value),
            FieldType::One(Leaf::Quantity) => canonical(value),
            FieldType::One(_) => {
                let zero = match &*value {
                    Value::Bool(flag) => !flag,
                    Value::Number(number) => number.as_i64() == Some(0),
                    Value::String(text) => text.is_empty(),
                    _ => false,
                };
                let omitted =
                    || OMITTED.contains(&key.as_str()) || OMITTED_OF.contains(&(of, key.as_str()));
                return !(zero && omitted());
            }
            FieldType::List(leaf) => {
                let Some(items) = value.as_array_mut() else {
                    return true;
                };
                if let Leaf::Object(inner) = leaf {
                    items.iter_mut().for_each(|item| tidy(inner, item));
                }
                return !items.is_empty();
            }
            FieldType::Map(leaf) => {
                let Some(entries) = value.as_object_mut() else {
                    return true;
                };
                for entry in entries.values_mut() {
                    match leaf {
                        Leaf::Object(inner) => tidy(inner, entry),
                        Leaf::Quantity => canonical(entry),
                        Leaf::String if entry.is_null() => *entry = Value::from(""),
                        _ => {}
                    }
                }
                return !entries.is_empty();
            }
        }
        true
    });
}

fn canonical(value: &mut Value) {
    let text = match &*value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return,
    };
    if let Ok(quantity) = Quantity::parse(text.trim()) {
        *value = Value::from(quantity.canonical());
    }
}

/// Bytes as base64, as Secrets hold them.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            if at > chunk.len() {
                text.push('=');
            } else {
                text.push(char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]));
            }
        }
    }
    text
}
