//! Events of the newer group, which has other names for some fields. Models pkg/apis/events/v1/conversion.go, 1.37.

use ordinal_api::{EVENTS, Value, value};

/// Fields by their names there and here.
const NAMES: &[(&str, &str)] = &[
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

/// Gives the fields of an Event their names in the core group; it still says of which group it is.
pub(super) fn to_core(event: &mut Value) {
    rename(event, NAMES.iter().copied());
}

/// An Event as the newer group shows it.
pub(super) fn from_core(event: &mut Value) {
    rename(event, NAMES.iter().map(|(there, here)| (*here, *there)));
    value::overlay(event, "apiVersion", Some(format!("{EVENTS}/v1").into()));
    for key in ["reportingController", "reportingInstance"] {
        if event[key] == "" {
            value::overlay(event, key, None);
        }
    }
}

fn rename(event: &mut Value, names: impl Iterator<Item = (&'static str, &'static str)>) {
    let Some(map) = event.as_object_mut() else {
        return;
    };
    for (from, to) in names {
        if let Some(value) = map.remove(from) {
            map.insert(to.to_owned(), value);
        }
    }
}
