//! `Service`.

use crate::list::IntoList;
use std::sync::Arc;

use serde_json::json;

use crate::value::{overlay, text_map};
use crate::{Labels, Text, Value};

/// What a Service stores beside its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// `type`
    pub type_: ServiceType,
    /// `selector`; empty means that nobody keeps its endpoints.
    pub selector: Arc<Labels>,
    /// `clusterIP`: an address, `None` (headless) or empty (ExternalName).
    pub cluster_ip: Text,
    /// `ports`
    pub ports: Arc<[ServicePort]>,
    /// `publishNotReadyAddresses`
    pub publish_not_ready_addresses: bool,
    /// `externalName`
    pub external_name: Text,
    /// Addresses of the load balancer.
    pub ingress: Vec<Text>,
    /// The specification as admitted JSON.
    pub raw: Arc<Value>,
}

/// `type` of a Service
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum ServiceType {
    #[default]
    ClusterIP,
    NodePort,
    LoadBalancer,
    ExternalName,
}

/// One of `ports`
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ServicePort {
    pub name: Text,
    pub protocol: Text,
    pub port: u16,
    /// A number or the name of a container's port.
    pub target_port: Text,
    /// 0 where there is none.
    pub node_port: u16,
}

impl Service {
    /// Reads an admitted object (types were checked by strict decoding).
    pub fn from_value(value: &Value) -> Self {
        let raw = value.get("spec").cloned().unwrap_or_default();
        let text = |key: &str| Text::new(raw.get(key).and_then(Value::as_str).unwrap_or_default());
        let type_ = match text("type").as_str() {
            "NodePort" => ServiceType::NodePort,
            "LoadBalancer" => ServiceType::LoadBalancer,
            "ExternalName" => ServiceType::ExternalName,
            _ => ServiceType::ClusterIP,
        };
        let ports = raw
            .get("ports")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|port| {
                let number = |key: &str| {
                    port.get(key)
                        .and_then(Value::as_u64)
                        .and_then(|n| u16::try_from(n).ok())
                        .unwrap_or(0)
                };
                let text = |key: &str| port.get(key).and_then(Value::as_str).unwrap_or_default();
                ServicePort {
                    name: text("name").into(),
                    protocol: if text("protocol").is_empty() {
                        Text::new_static("TCP")
                    } else {
                        text("protocol").into()
                    },
                    port: number("port"),
                    target_port: match port.get("targetPort") {
                        Some(Value::String(name)) => name.into(),
                        Some(Value::Number(n)) => n.to_string().into(),
                        _ => number("port").to_string().into(),
                    },
                    node_port: number("nodePort"),
                }
            });
        Self {
            type_,
            selector: Arc::new(text_map(raw.get("selector"))),
            cluster_ip: text("clusterIP"),
            ports: ports.collect(),
            publish_not_ready_addresses: raw
                .get("publishNotReadyAddresses")
                .and_then(Value::as_bool)
                .unwrap_or_default(),
            external_name: text("externalName"),
            ingress: Vec::new(),
            raw: Arc::new(raw),
        }
    }

    /// Whether it has no address of its own on purpose.
    pub fn is_headless(&self) -> bool {
        self.cluster_ip == "None"
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self) -> Value {
        let mut spec = (*self.raw).clone();
        let ports = spec
            .get_mut("ports")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for (raw, port) in ports
            .zip(&*self.ports)
            .filter(|(_, port)| port.node_port > 0)
        {
            overlay(raw, "nodePort", Some(json!(port.node_port)));
        }
        if !self.cluster_ip.is_empty() {
            overlay(&mut spec, "clusterIP", Some(json!(self.cluster_ip)));
            overlay(&mut spec, "clusterIPs", Some(json!([self.cluster_ip])));
        }
        spec
    }

    /// `status` as the API prints it.
    pub fn status_value(&self) -> Value {
        if self.ingress.is_empty() {
            return json!({ "loadBalancer": {} });
        }
        let ingress: Vec<Value> = self
            .ingress
            .iter()
            .map(|ip| json!({ "ip": ip, "ipMode": "VIP" }))
            .into_list();
        json!({ "loadBalancer": { "ingress": ingress } })
    }
}
