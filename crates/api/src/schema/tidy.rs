//! The form in which the API server keeps an object: what decoding into Go's structs and encoding them again leaves.
//!
//! Nulls, empty lists and maps go, so do zero values that the table marks so; others stand there although nothing was said
//! of them ([`Zero`]). Quantities take their canonical form.

use serde_json::{Map, Value};

use super::{Field, FieldType, Leaf, TypeId, Zero, field, fields, type_name};
use crate::Quantity;

/// Fields whose gates are off: what is said of them is dropped. Models pkg/api/{pod,job} `DropDisabled…`, 1.37.
const DROPPED: &[(&str, &str)] = &[
    ("ClusterTrustBundleProjection", "user"),
    ("ConfigMapVolumeSource", "defaultUser"),
    ("DownwardAPIVolumeFile", "user"),
    ("DownwardAPIVolumeSource", "defaultUser"),
    ("EmptyDirVolumeSource", "mode"),
    ("GRPCAction", "mode"),
    ("HTTPGetAction", "protocol"),
    ("JobSpec", "scheduling"),
    ("KeyToPath", "user"),
    ("NodeSpec", "configSource"),
    ("LeaseSpec", "preferredHolder"),
    ("LeaseSpec", "strategy"),
    ("Lifecycle", "stopSignal"),
    ("PodCertificateProjection", "user"),
    ("PodSpec", "evictionResponders"),
    ("PodSpec", "schedulingGroup"),
    ("ProjectedVolumeSource", "defaultUser"),
    ("SecretVolumeSource", "defaultUser"),
    ("ServiceAccountTokenProjection", "user"),
    ("VolumeMount", "bindMountOptions"),
];

/// Brings an object of a type into the kept form; fields that the type does not have go.
pub fn tidy(id: TypeId, value: &mut Value) {
    let Value::Object(map) = value else { return };
    let of = type_name(id);
    map.retain(|key, value| {
        field(id, key)
            .filter(|known| !value.is_null() && !DROPPED.contains(&(of, known.name)))
            .is_some_and(|known| kept(known, value))
    });
    for known in fields(id) {
        let stands = match known.zero {
            Zero::Always => zero(known.ty),
            Zero::Null => Value::Null,
            Zero::Kept | Zero::Omitted => continue,
        };
        if !map.contains_key(known.name) {
            map.insert(known.name.to_owned(), stands);
        }
    }
}

/// Tidies the value of a field. Returns whether it stays.
fn kept(known: &Field, value: &mut Value) -> bool {
    match (known.ty, &mut *value) {
        (FieldType::One(of), _) => {
            tidy_leaf(of, value);
            let zero = match &*value {
                Value::Bool(flag) => !flag,
                Value::Number(number) => number.as_i64() == Some(0),
                Value::String(text) => text.is_empty(),
                _ => false,
            };
            !(zero && known.zero == Zero::Omitted)
        }
        (FieldType::List(of), Value::Array(items)) => {
            for item in items.iter_mut() {
                // Nothing where a struct is meant is an empty one.
                if item.is_null() && matches!(of, Leaf::Object(_)) {
                    *item = Value::Object(Map::new());
                }
                tidy_item(of, item);
            }
            !items.is_empty()
        }
        (FieldType::Map(of), Value::Object(entries)) => {
            entries.values_mut().for_each(|entry| tidy_item(of, entry));
            !entries.is_empty()
        }
        _ => true,
    }
}

fn tidy_leaf(of: Leaf, value: &mut Value) {
    match of {
        Leaf::Object(inner) => tidy(inner, value),
        Leaf::Quantity => canonical(value),
        _ => {}
    }
}

/// In lists and maps a null is a zero value.
fn tidy_item(of: Leaf, value: &mut Value) {
    if value.is_null() {
        *value = zero(FieldType::One(of));
    } else {
        tidy_leaf(of, value);
    }
}

/// What stands where nothing was said of a field that is always there.
fn zero(of: FieldType) -> Value {
    let FieldType::One(of) = of else {
        return Value::Null;
    };
    match of {
        Leaf::String | Leaf::Bytes => Value::from(""),
        Leaf::Int32 | Leaf::Int64 | Leaf::IntOrString => Value::from(0),
        Leaf::Bool => Value::from(false),
        Leaf::Quantity => Value::from("0"),
        Leaf::Object(inner) => {
            let mut made = Value::Object(Map::new());
            tidy(inner, &mut made);
            made
        }
        Leaf::Time | Leaf::MicroTime | Leaf::Any => Value::Null,
    }
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
