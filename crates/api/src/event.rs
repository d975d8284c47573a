//! `Event`: what components tell about an object.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Map, json};

use crate::config::Plain;
use crate::{Kind, ObjectKey, SimTime, Text, Uid, Value, value};

/// What an Event stores beside its metadata. It reads as what it tells: `event.reason`, `event.message`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Event {
    pub told: Arc<Told>,
    pub involved_uid: Uid,
    /// `source.host`, for kubelets.
    pub host: Text,
    pub count: u32,
    pub first_seen: SimTime,
    pub last_seen: SimTime,
    /// All of it, if a client wrote it and no component.
    pub written: Option<Arc<Value>>,
}

/// What an Event tells, which its versions and the journal share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Told {
    pub involved: Arc<ObjectKey>,
    pub type_: EventType,
    pub reason: Text,
    pub message: Text,
    /// `source.component`, such as `statefulset-controller`.
    pub component: Text,
}

impl Deref for Event {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.told
    }
}

/// `type` of an Event
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum EventType {
    Normal,
    Warning,
}

impl EventType {
    /// `Normal` or `Warning`
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

impl Event {
    /// Reads an Event that a client wrote: all of it is kept.
    pub fn from_value(given: &Value) -> Self {
        let text = |path: &[&str]| {
            let found = value::at(given, path).and_then(Value::as_str);
            found.unwrap_or_default()
        };
        let involved = |key: &str| text(&["involvedObject", key]);
        let moment = |key: &str| SimTime::parse_rfc3339(text(&[key])).unwrap_or_default();
        let told = Told {
            involved: Arc::new(ObjectKey {
                kind: Kind::from_api(involved("apiVersion"), involved("kind"))
                    .unwrap_or(Kind::Event),
                namespace: involved("namespace").into(),
                name: involved("name").into(),
            }),
            type_: if text(&["type"]) == "Warning" {
                EventType::Warning
            } else {
                EventType::Normal
            },
            reason: text(&["reason"]).into(),
            message: text(&["message"]).into(),
            component: text(&["source", "component"]).into(),
        };
        let count = given.get("count").and_then(Value::as_u64);
        Self {
            told: Arc::new(told),
            involved_uid: Uid::parse(involved("uid")).unwrap_or_default(),
            host: text(&["source", "host"]).into(),
            count: count.and_then(|n| n.try_into().ok()).unwrap_or_default(),
            first_seen: moment("firstTimestamp"),
            last_seen: moment("lastTimestamp"),
            written: Some(Plain::from_value(given).raw),
        }
    }

    /// Everything but metadata, as the API prints it.
    pub fn fill_value(&self, map: &mut Map<String, Value>) {
        if let Some(written) = self.written.as_ref().and_then(|all| all.as_object()) {
            map.extend(written.clone());
            return;
        }
        let names = self.involved.kind.names();
        let mut involved = json!({
            "apiVersion": self.involved.kind.api_version(), "kind": names.kind,
            "name": self.involved.name, "uid": self.involved_uid.to_string(),
        });
        if !self.involved.namespace.is_empty() {
            involved["namespace"] = json!(self.involved.namespace);
        }
        map.insert("involvedObject".into(), involved);
        map.insert("eventTime".into(), Value::Null);
        map.insert("count".into(), json!(self.count));
        map.insert("firstTimestamp".into(), json!(self.first_seen.to_rfc3339()));
        map.insert("lastTimestamp".into(), json!(self.last_seen.to_rfc3339()));
        map.insert("message".into(), json!(self.message));
        map.insert("reason".into(), json!(self.reason));
        let mut source = json!({ "component": self.component });
        if !self.host.is_empty() {
            source["host"] = json!(self.host);
        }
        map.insert("source".into(), source);
        map.insert("type".into(), json!(self.type_.as_str()));
        map.insert("reportingComponent".into(), json!(self.component));
        map.insert("reportingInstance".into(), json!(self.host));
    }
}
