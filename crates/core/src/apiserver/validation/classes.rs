//! StorageClasses and what they still have room for. Models pkg/apis/storage/validation, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;
use serde_json::{Value, json};

use crate::release::{Release, Wording};

use super::{Faults, at, given, list, names, quantity, text};

/// Validates a class. What is checked declaratively comes last.
pub(super) fn class(object: &Value, faults: &mut Faults) {
    let provisioner = text(object, "provisioner").to_lowercase();
    if !provisioner.is_empty() {
        let details = names::qualified(&provisioner);
        faults.all("provisioner", &json!(provisioner), details);
    }
    let parameters = at(object, &["parameters"]).as_object();
    if parameters.is_some_and(|all| all.len() > 512) {
        faults.too_long("parameters", 512);
    } else {
        let mut size = 0;
        for (key, value) in parameters.into_iter().flatten() {
            if key.is_empty() {
                faults.invalid("parameters", &json!(""), "field can not be empty.");
            }
            size += key.len() + value.as_str().map_or(0, str::len);
        }
        if size > 256 * 1024 {
            faults.too_long("parameters", 256 * 1024);
        }
    }
    let policy = object.get("reclaimPolicy").filter(|policy| *policy != "");
    faults.one_of("reclaimPolicy", policy, &["Delete", "Retain"]);
    faults.one_of(
        "volumeBindingMode",
        object.get("volumeBindingMode"),
        &["Immediate", "WaitForFirstConsumer"],
    );
    topologies(object, faults);
    if provisioner.is_empty() {
        faults.required("provisioner", "");
    }
}

/// Models `validateAllowedTopologies`.
fn topologies(object: &Value, faults: &mut Faults) {
    let mut terms: Vec<SortedMap<&str, Vec<&str>>> = Vec::new();
    for (index, topology) in list(object, "allowedTopologies").iter().enumerate() {
        let path = format!("allowedTopologies[{index}].matchLabelExpressions");
        let mut term = SortedMap::new();
        for (number, expression) in list(topology, "matchLabelExpressions").iter().enumerate() {
            let path = format!("{path}[{number}]");
            let values = list(expression, "values");
            if values.is_empty() {
                faults.required(format!("{path}.values"), "");
            }
            for (place, value) in values.iter().enumerate() {
                if values[..place].contains(value) {
                    faults.duplicate(format!("{path}.values[{place}]"), value);
                }
            }
            let key = text(expression, "key");
            faults.all(&format!("{path}.key"), &json!(key), names::qualified(key));
            if term.contains_key(key) {
                faults.duplicate(format!("{path}.key"), &json!(key));
            }
            let mut words: Vec<&str> = values.iter().filter_map(Value::as_str).into_list();
            ordinal_api::sorted::sort(&mut words);
            words.dedup();
            term.insert(key, words);
        }
        if term.is_empty() || terms.contains(&term) {
            faults.duplicate(path, &json!(""));
        }
        terms.push(term);
    }
}

/// What may not change in a class.
pub(super) fn class_update(object: &Value, old: &Value, release: Release, faults: &mut Faults) {
    let wording = release.class_update_wording();
    let mut keys = [
        "provisioner",
        "parameters",
        "reclaimPolicy",
        "volumeBindingMode",
    ];
    if wording != Wording::Third {
        keys.swap(0, 1);
    }
    for key in keys {
        if object.get(key) == old.get(key) {
            continue;
        }
        match wording {
            Wording::First if key != "volumeBindingMode" => {
                faults.forbidden(key, &format!("updates to {key} are forbidden."));
            }
            Wording::First | Wording::Second => {
                faults.invalid(key, at(object, &[key]), super::IMMUTABLE);
            }
            Wording::Third => faults.declared_immutable(key),
        }
    }
}

/// Validates a CSIStorageCapacity.
pub(super) fn capacity(object: &Value, faults: &mut Faults) {
    if let Some(nodes) = given(object, "nodeTopology") {
        names::selector(nodes, "nodeTopology", faults);
    }
    let class = text(object, "storageClassName");
    faults.all(
        "storageClassName",
        &json!(class),
        names::dns_subdomain(class),
    );
    if let Some(amount) = given(object, "capacity")
        && quantity(amount).is_some_and(|amount| amount.milli() < 0)
    {
        faults.invalid("capacity", amount, super::NOT_NEGATIVE);
    }
}

/// What may not change in a CSIStorageCapacity.
pub(super) fn capacity_update(object: &Value, old: &Value, faults: &mut Faults) {
    for key in ["nodeTopology", "storageClassName"] {
        if object.get(key) != old.get(key) {
            faults.invalid(key, at(object, &[key]), super::IMMUTABLE);
        }
    }
}
