//! `Secret`, `ConfigMap`, `ServiceAccount` and kinds that are kept as they are.

use std::sync::Arc;

use crate::Value;

/// The whole object as admitted JSON; the cluster only asks whether it exists and which keys it has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plain {
    /// The admitted JSON, without `metadata`.
    pub raw: Arc<Value>,
}

impl Plain {
    /// Keeps everything but metadata.
    pub fn from_value(value: &Value) -> Self {
        let mut raw = value.clone();
        if let Some(map) = raw.as_object_mut() {
            for key in ["apiVersion", "kind", "metadata"] {
                map.remove(key);
            }
        }
        Self { raw: Arc::new(raw) }
    }

    /// Whether `data`, `stringData` or `binaryData` has that key.
    pub fn has_key(&self, key: &str) -> bool {
        ["data", "stringData", "binaryData"]
            .iter()
            .any(|part| self.raw.get(part).is_some_and(|map| map.get(key).is_some()))
    }
}
