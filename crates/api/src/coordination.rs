//! `Lease`: a node's heartbeat.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{SimTime, Text};

/// What a Lease stores beside its metadata. `renew_time` is only as fresh as the last write that mattered: the
/// heartbeats of a healthy node are known without being stored (see `ordinal-core`, `machine`).
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Lease {
    pub holder: Text,
    pub duration_secs: u32,
    pub renew_time: SimTime,
    /// The specification that a client sent; null for a node's own.
    pub raw: Arc<Value>,
}

impl Lease {
    /// Reads an admitted object. Only the nodes' own leases are acted on, and nobody sends those.
    pub fn from_value(value: &Value) -> Self {
        let spec = value.get("spec").cloned().unwrap_or_else(|| json!({}));
        Self {
            raw: Arc::new(spec),
            ..Self::default()
        }
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self) -> Value {
        if !self.raw.is_null() {
            return (*self.raw).clone();
        }
        json!({
            "holderIdentity": self.holder, "leaseDurationSeconds": self.duration_secs,
            "renewTime": self.renew_time.to_rfc3339(),
        })
    }
}
