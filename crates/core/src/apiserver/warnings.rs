//! `Warning` headers: what is accepted and probably not meant.
//!
//! Models pkg/api/{pod,service,persistentvolume,persistentvolumeclaim,node}/warnings, 1.37.

use ordinal_api::{Kind, Value};

/// The warnings of a new or changed object.
pub(super) fn of(_kind: Kind, _object: &Value, _old: Option<&Value>) -> Vec<String> {
    Vec::new()
}
