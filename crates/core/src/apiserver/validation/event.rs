//! Events that clients write. Models pkg/apis/core/validation/events.go, 1.37.

use ordinal_api::{EVENTS, Value};

use super::{Faults, IMMUTABLE, at, given, names, number, text};

/// Texts that are bounded where an Event says when it happened.
const BOUNDED: &[(&str, usize)] = &[
    ("reportingInstance", 128),
    ("action", 128),
    ("reason", 128),
    ("message", 1024),
];

/// Validates an Event: the newer group asks for more.
pub(super) fn event(object: &Value, old: Option<&Value>, faults: &mut Faults) {
    let newer = text(object, "apiVersion").starts_with(EVENTS);
    let namespace = text(at(object, &["metadata"]), "namespace");
    let involved = text(at(object, &["involvedObject"]), "namespace");
    let timed = given(object, "eventTime").is_some();
    let apart = match (timed, involved) {
        (true, "") => !matches!(namespace, "default" | "kube-system"),
        (true, _) => false,
        (false, "") => !matches!(namespace, "" | "default"),
        (false, involved) => involved != namespace,
    };
    if apart {
        let detail = "does not match event.namespace";
        faults.invalid("involvedObject.namespace", &involved.into(), detail);
    }
    if timed {
        let key = if newer {
            "reportingController"
        } else {
            "reportingComponent"
        };
        let reporter = text(object, "reportingComponent");
        if reporter.is_empty() {
            faults.required(key, "");
        }
        faults.all(key, &reporter.into(), names::qualified(reporter));
        for (key, most) in BOUNDED {
            let length = text(object, key).len();
            if length == 0 && *key != "message" {
                faults.required(*key, "");
            }
            if length > *most {
                let detail = format!("can have at most {most} characters");
                faults.invalid(*key, &"".into(), &detail);
            }
        }
    }
    match old {
        _ if !newer => {}
        None => strict(object, timed, faults),
        Some(old) => changed(object, old, faults),
    }
}

/// What a new Event of the newer group must say and must not say.
fn strict(object: &Value, timed: bool, faults: &mut Faults) {
    series(object, faults);
    if !timed {
        faults.required("eventTime", "");
    }
    let type_ = text(object, "type");
    if !matches!(type_, "Normal" | "Warning") {
        let detail = format!("has invalid value: {type_}");
        faults.invalid("type", &"".into(), &detail);
    }
    let source = at(object, &["source"]);
    let said = !text(source, "component").is_empty() || !text(source, "host").is_empty();
    for (key, said) in [
        ("firstTimestamp", given(object, "firstTimestamp").is_some()),
        ("lastTimestamp", given(object, "lastTimestamp").is_some()),
        ("count", number(object, "count") != 0),
        ("source", said),
    ] {
        if said {
            faults.invalid(key, &"".into(), "needs to be unset");
        }
    }
}

fn series(object: &Value, faults: &mut Faults) {
    let Some(series) = given(object, "series") else {
        return;
    };
    if number(series, "count") < 2 {
        faults.invalid("series.count", &"".into(), "should be at least 2");
    }
    if given(series, "lastObservedTime").is_none() {
        faults.required("series.lastObservedTime", "");
    }
}

/// All but the series stays what it was.
fn changed(object: &Value, old: &Value, faults: &mut Faults) {
    if at(object, &["series"]) != at(old, &["series"]) {
        series(object, faults);
    }
    for key in [
        "involvedObject",
        "reason",
        "message",
        "source",
        "firstTimestamp",
        "lastTimestamp",
        "count",
        "type",
        "eventTime",
        "action",
        "related",
        "reportingComponent",
        "reportingInstance",
    ] {
        let value = at(object, &[key]);
        if value == at(old, &[key]) {
            continue;
        }
        let (field, type_) = match key {
            "reportingComponent" => ("reportingController", ""),
            "involvedObject" | "related" => (key, "ObjectReference"),
            "source" => (key, "EventSource"),
            key => (key, ""),
        };
        let nothing = match key {
            "count" => 0.into(),
            "reason" | "message" | "type" | "action" | "reportingComponent"
            | "reportingInstance" => "".into(),
            _ => Value::Null,
        };
        let shown = if value.is_null() { &nothing } else { value };
        if type_.is_empty() {
            faults.invalid(field, shown, IMMUTABLE);
        } else {
            faults.invalid_struct(field, type_, shown, IMMUTABLE);
        }
    }
}
