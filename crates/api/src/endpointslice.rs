//! `EndpointSlice`.

use std::sync::Arc;

use serde_json::{Map, json};

use crate::{Text, Uid, Value};

/// What an EndpointSlice stores beside its metadata (its Service is its owner).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointSlice {
    /// Endpoints, in the order of their Pods' names.
    pub endpoints: Arc<[Arc<Endpoint>]>,
    /// Ports, resolved against the Pods.
    pub ports: Arc<[EndpointPort]>,
    /// What a user wrote, where the fields above do not hold all of it: further addresses, other address types, hints.
    pub written: Option<Arc<Map<String, Value>>>,
}

/// Everything of an EndpointSlice that is not its metadata.
const CONTENT: [&str; 3] = ["addressType", "endpoints", "ports"];

/// One of `endpoints`
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Endpoint {
    pub address: Text,
    /// Set only where the Pod has a host name and this Service is its subdomain.
    pub hostname: Text,
    pub ready: bool,
    pub serving: bool,
    pub terminating: bool,
    pub node_name: Text,
    pub zone: Text,
    /// Name and identity of the Pod behind it; empty for addresses given by hand.
    pub pod: Text,
    pub pod_uid: Uid,
}

/// One of `ports`
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct EndpointPort {
    pub name: Text,
    pub protocol: Text,
    pub port: u16,
}

impl EndpointSlice {
    /// Reads one that a user wrote.
    pub fn from_value(value: &Value) -> Self {
        let list = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        let text = |value: &Value, key: &str| {
            Text::new(value.get(key).and_then(Value::as_str).unwrap_or_default())
        };
        let endpoints = list("endpoints").map(|endpoint| {
            let condition = |key: &str, default| {
                let value = crate::value::at(endpoint, &["conditions", key]);
                value.and_then(Value::as_bool).unwrap_or(default)
            };
            let target = endpoint.get("targetRef").cloned().unwrap_or_default();
            Endpoint {
                address: endpoint["addresses"][0].as_str().unwrap_or_default().into(),
                hostname: text(endpoint, "hostname"),
                ready: condition("ready", true),
                serving: condition("serving", condition("ready", true)),
                terminating: condition("terminating", false),
                node_name: text(endpoint, "nodeName"),
                zone: text(endpoint, "zone"),
                pod: text(&target, "name"),
                pod_uid: Uid::parse(&text(&target, "uid")).unwrap_or_default(),
            }
        });
        let ports = list("ports").map(|port| EndpointPort {
            name: text(port, "name"),
            protocol: if text(port, "protocol").is_empty() {
                Text::new_static("TCP")
            } else {
                text(port, "protocol")
            },
            port: port
                .get("port")
                .and_then(Value::as_u64)
                .and_then(|n| u16::try_from(n).ok())
                .unwrap_or(0),
        });
        let mut slice = Self {
            endpoints: endpoints.map(Arc::new).collect(),
            ports: ports.collect(),
            written: None,
        };
        let mut told = Map::new();
        slice.fill_value(&text(&value["metadata"], "namespace"), &mut told);
        if CONTENT.iter().any(|key| value.get(key) != told.get(*key)) {
            let written = CONTENT
                .iter()
                .filter_map(|key| Some(((*key).to_owned(), value.get(key)?.clone())));
            slice.written = Some(Arc::new(written.collect()));
        }
        slice
    }

    /// All addresses of one of `endpoints`. Consumers take the first, but the DNS server tells of all.
    pub fn addresses(&self, endpoint: usize) -> impl Iterator<Item = &str> {
        let first = self.endpoints.get(endpoint).map(|e| e.address.as_str());
        let written = self
            .written
            .as_ref()
            .and_then(|written| written.get("endpoints"));
        let all = written.and_then(|all| all[endpoint]["addresses"].as_array());
        let others = all.into_iter().flatten().skip(1).filter_map(Value::as_str);
        first.into_iter().chain(others)
    }

    /// Everything but metadata, as the API prints it.
    pub fn fill_value(&self, namespace: &str, map: &mut Map<String, Value>) {
        if let Some(written) = &self.written {
            map.insert("endpoints".into(), Value::Null);
            map.insert("ports".into(), Value::Null);
            map.extend(
                written
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
            return;
        }
        map.insert("addressType".into(), json!("IPv4"));
        let endpoints = self.endpoints.iter().map(|e| {
            let mut map = Map::new();
            map.insert("addresses".into(), json!([e.address]));
            map.insert(
                "conditions".into(),
                json!({"ready": e.ready, "serving": e.serving, "terminating": e.terminating}),
            );
            for (key, text) in [("hostname", &e.hostname), ("nodeName", &e.node_name), ("zone", &e.zone)] {
                if !text.is_empty() {
                    map.insert(key.into(), json!(text));
                }
            }
            if !e.pod.is_empty() {
                let target =
                    json!({"kind": "Pod", "name": e.pod, "namespace": namespace, "uid": e.pod_uid.to_string()});
                map.insert("targetRef".into(), target);
            }
            Value::Object(map)
        });
        map.insert("endpoints".into(), endpoints.collect());
        let ports = self
            .ports
            .iter()
            .map(|p| json!({"name": p.name, "port": p.port, "protocol": p.protocol}));
        map.insert("ports".into(), ports.collect());
    }
}
