//! `StorageClass`, and what becomes of the volumes of a class.

use std::fmt;
use std::sync::Arc;

use crate::{Text, Value};

/// `persistentVolumeReclaimPolicy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum ReclaimPolicy {
    #[default]
    Retain,
    Delete,
    Recycle,
}

crate::words! { ReclaimPolicy { Retain Delete Recycle } }

impl fmt::Display for ReclaimPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a StorageClass stores beside its metadata.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct StorageClass {
    pub provisioner: Text,
    pub reclaim_policy: ReclaimPolicy,
    pub wait_for_first_consumer: bool,
    pub allow_volume_expansion: bool,
    pub allowed_topologies: Vec<Value>,
    /// Parameters that the provisioner reads.
    pub parameters: Arc<crate::Labels>,
    /// The whole object as admitted JSON.
    pub raw: Arc<Value>,
}

impl StorageClass {
    /// Reads an admitted object.
    pub fn from_value(value: &Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        Self {
            provisioner: text("provisioner").unwrap_or_default().into(),
            reclaim_policy: match text("reclaimPolicy") {
                Some("Retain") => ReclaimPolicy::Retain,
                _ => ReclaimPolicy::Delete,
            },
            wait_for_first_consumer: text("volumeBindingMode") == Some("WaitForFirstConsumer"),
            allow_volume_expansion: value
                .get("allowVolumeExpansion")
                .and_then(Value::as_bool)
                .unwrap_or_default(),
            allowed_topologies: value
                .get("allowedTopologies")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
            parameters: Arc::new(crate::value::text_map(value.get("parameters"))),
            raw: Arc::new(value.clone()),
        }
    }
}
