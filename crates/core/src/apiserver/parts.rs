//! Subresources through which a part of an object is changed and nothing else.
//! Models pkg/registry/core/{pod,namespace}/strategy.go, 1.37.

use ordinal_api::{Kind, Value, value};

/// Subresources of this kind; those of all kinds with a status or a scale are known elsewhere.
pub(super) const ALL: &[(Kind, &str)] = &[
    (Kind::Pod, "ephemeralcontainers"),
    (Kind::Pod, "resize"),
    (Kind::Namespace, "finalize"),
];

/// A subresource by its name, if it is one of these.
pub(super) fn named(kind: Kind, name: &str) -> Option<&'static str> {
    let found = ALL.iter().find(|known| **known == (kind, name))?;
    Some(found.1)
}

/// What was sent, with all that the subresource does not change as it is stored.
pub(super) fn only(stored: &Value, sent: Value, part: &str) -> Value {
    let mut new = stored.clone();
    let taken = |from: &Value, key: &str| value::at(from, &["spec", key]).cloned();
    match part {
        "ephemeralcontainers" => {
            let containers = taken(&sent, "ephemeralContainers");
            value::overlay(&mut new["spec"], "ephemeralContainers", containers);
        }
        "resize" => {
            let lists = ["containers", "initContainers"];
            let count = |of: &Value, key: &str| of["spec"][key].as_array().map_or(0, Vec::len);
            if lists
                .iter()
                .any(|key| count(&sent, key) != count(stored, key))
            {
                return sent;
            }
            for key in lists {
                let mine = taken(&sent, key);
                if let Some(mine) = mine.filter(|mine| !resized(&mut new["spec"][key], mine)) {
                    new["spec"][key] = mine;
                }
            }
            value::overlay(&mut new["spec"], "resources", taken(&sent, "resources"));
        }
        "finalize" => {
            let mut sent = sent;
            value::overlay(&mut sent, "status", stored.get("status").cloned());
            return sent;
        }
        _ => return sent,
    }
    // Models apimachinery `ResetObjectMetaForStatus`.
    let mut metadata = sent.get("metadata").cloned().unwrap_or_default();
    for key in [
        "labels",
        "annotations",
        "finalizers",
        "ownerReferences",
        "deletionTimestamp",
        "generation",
    ] {
        value::overlay(&mut metadata, key, stored["metadata"].get(key).cloned());
    }
    new["metadata"] = metadata;
    new
}

/// Takes over what containers ask for; returns whether they are the same ones in the same order.
fn resized(stored: &mut Value, mine: &Value) -> bool {
    let (Some(stored), Some(mine)) = (stored.as_array_mut(), mine.as_array()) else {
        return true;
    };
    if stored.iter().zip(mine).any(|(a, b)| a["name"] != b["name"]) {
        return false;
    }
    for (stored, mine) in stored.iter_mut().zip(mine) {
        for key in ["resources", "resizePolicy"] {
            value::overlay(stored, key, mine.get(key).cloned());
        }
    }
    true
}
