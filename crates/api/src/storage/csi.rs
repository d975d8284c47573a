//! `CSINode` and `CSIDriver`.

use std::sync::Arc;

use serde_json::json;

use crate::value::overlay;
use crate::{Text, Value};

/// What a CSINode stores beside its metadata: its drivers with the number of volumes each can attach.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CSINode {
    /// Driver name and limit; `None` means no limit.
    pub drivers: Vec<(Text, Option<u32>)>,
    /// The specification that a client sent; null for what a node's kubelet wrote.
    pub raw: Arc<Value>,
}

impl CSINode {
    /// Reads an admitted object: names of drivers, and `allocatable.count` where it is given.
    pub fn from_value(value: &Value) -> Self {
        let drivers = crate::value::at(value, &["spec", "drivers"]).and_then(Value::as_array);
        let drivers = drivers.into_iter().flatten().map(|driver| {
            let name = driver
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let count = crate::value::at(driver, &["allocatable", "count"]).and_then(Value::as_u64);
            (
                name.into(),
                count.and_then(|count| u32::try_from(count).ok()),
            )
        });
        Self {
            drivers: drivers.collect(),
            raw: Arc::new(value.get("spec").cloned().unwrap_or_default()),
        }
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self, node: &str) -> Value {
        if !self.raw.is_null() {
            return (*self.raw).clone();
        }
        let drivers = self.drivers.iter().map(|(name, limit)| {
            let mut driver = json!({"name": name, "nodeID": node});
            let count = limit.map(|count| json!({ "count": count }));
            overlay(&mut driver, "allocatable", count);
            driver
        });
        json!({ "drivers": drivers.collect::<Value>() })
    }
}

/// What a CSIDriver stores beside its metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CSIDriver {
    /// `attachRequired`: whether its volumes are attached before they are mounted.
    pub attach_required: bool,
    /// The specification as admitted JSON.
    pub raw: Arc<Value>,
}
