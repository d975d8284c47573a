//! `VolumeAttachment`.

use std::sync::Arc;

use serde_json::{Map, json};

use crate::{SimTime, Text, Value};

/// What a VolumeAttachment stores beside its metadata.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct VolumeAttachment {
    pub attacher: Text,
    pub node_name: Text,
    /// `source.persistentVolumeName`
    pub volume: Text,
    pub attached: bool,
    pub attach_error: Option<Arc<(SimTime, Text)>>,
    pub detach_error: Option<Arc<(SimTime, Text)>>,
    /// `source` as a client sent it; null for what the controller wrote.
    pub source: Arc<Value>,
}

impl VolumeAttachment {
    /// Everything but metadata, as the API prints it.
    pub fn fill_value(&self, map: &mut Map<String, Value>) {
        let source = if self.source.is_null() {
            json!({"persistentVolumeName": self.volume})
        } else {
            (*self.source).clone()
        };
        let spec = json!({"attacher": self.attacher, "nodeName": self.node_name, "source": source});
        map.insert("spec".into(), spec);
        let mut status = Map::new();
        for (key, error) in [
            ("attachError", &self.attach_error),
            ("detachError", &self.detach_error),
        ] {
            if let Some((time, message)) = error.as_deref() {
                status.insert(
                    key.into(),
                    json!({"message": message, "time": time.to_rfc3339()}),
                );
            }
        }
        status.insert("attached".into(), json!(self.attached));
        map.insert("status".into(), Value::Object(status));
    }
}
