//! Nodes, Services, EndpointSlices, namespaces, events and the rest.

use ordinal_api::condition::{self, ConditionStatus};
use ordinal_api::service::{Service, ServiceType};
use ordinal_api::{Body, Object, Value};
use ordinal_core::World;

use super::human_duration;

pub(super) fn row(world: &World, object: &Object, age: String, wide: bool) -> Vec<String> {
    let name = object.meta.name.to_string();
    match &object.body {
        Body::Node(node) => {
            let ready = condition::find(&node.status.conditions, "Ready").map(|c| c.status);
            let mut status = match ready {
                Some(ConditionStatus::True) => "Ready",
                Some(_) => "NotReady",
                None => "Unknown",
            }
            .to_owned();
            if node.unschedulable {
                status.push_str(",SchedulingDisabled");
            }
            let roles = object
                .meta
                .labels
                .keys()
                .filter_map(|key| key.strip_prefix("node-role.kubernetes.io/"));
            let roles: Vec<&str> = roles.collect();
            let roles = if roles.is_empty() {
                "<none>".to_owned()
            } else {
                roles.join(",")
            };
            let mut row = vec![
                name,
                status,
                roles,
                age,
                node.status.kubelet_version.to_string(),
            ];
            if wide {
                let none = || "<none>".to_owned();
                row.extend([
                    node.status.internal_ip.to_string(),
                    none(),
                    "<unknown>".into(),
                    "<unknown>".into(),
                    "<unknown>".into(),
                ]);
            }
            row
        }
        Body::Service(service) => service_row(name, service, age, wide),
        Body::EndpointSlice(slice) => {
            let few = |items: Vec<String>| match items.len() {
                0 => "<unset>".to_owned(),
                1..=3 => items.join(","),
                more => format!("{} + {} more...", items[..3].join(","), more - 3),
            };
            let ports = slice.ports.iter().map(|p| p.port.to_string()).collect();
            let addresses = slice
                .endpoints
                .iter()
                .map(|e| e.address.to_string())
                .collect();
            vec![name, "IPv4".to_owned(), few(ports), few(addresses), age]
        }
        Body::Namespace(namespace) => {
            vec![
                name,
                if namespace.terminating {
                    "Terminating"
                } else {
                    "Active"
                }
                .to_owned(),
                age,
            ]
        }
        Body::Event(event) => {
            let involved = &event.involved;
            let about = format!(
                "{}/{}",
                involved.kind.names().kind.to_ascii_lowercase(),
                involved.name
            );
            let seen = human_duration(world.now().since(event.last_seen));
            vec![
                seen,
                event.type_.as_str().to_owned(),
                event.reason.to_string(),
                about,
                event.message.trim().to_owned(),
            ]
        }
        Body::Secret(plain) => {
            let type_ = plain
                .raw
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or("Opaque")
                .to_owned();
            vec![name, type_, keys(&plain.raw).to_string(), age]
        }
        Body::ConfigMap(plain) => vec![name, keys(&plain.raw).to_string(), age],
        _ => vec![name, age],
    }
}

fn keys(raw: &Value) -> usize {
    let count = |part: &str| {
        raw.get(part)
            .and_then(Value::as_object)
            .map_or(0, serde_json::Map::len)
    };
    count("data") + count("binaryData") + count("stringData")
}

fn service_row(name: String, service: &Service, age: String, wide: bool) -> Vec<String> {
    let or_none = |text: String| {
        if text.is_empty() {
            "<none>".to_owned()
        } else {
            text
        }
    };
    let type_ = match service.type_ {
        ServiceType::ClusterIP => "ClusterIP",
        ServiceType::NodePort => "NodePort",
        ServiceType::LoadBalancer => "LoadBalancer",
        ServiceType::ExternalName => "ExternalName",
    };
    let external = match service.type_ {
        ServiceType::ClusterIP | ServiceType::NodePort => "<none>".to_owned(),
        ServiceType::LoadBalancer if service.ingress.is_empty() => "<pending>".to_owned(),
        ServiceType::LoadBalancer => service.ingress.join(","),
        ServiceType::ExternalName => service.external_name.to_string(),
    };
    let ports = service.ports.iter().map(|port| match port.node_port {
        0 => format!("{}/{}", port.port, port.protocol),
        node => format!("{}:{node}/{}", port.port, port.protocol),
    });
    let ports = or_none(ports.collect::<Vec<_>>().join(","));
    let mut row = vec![
        name,
        type_.to_owned(),
        or_none(service.cluster_ip.to_string()),
        external,
        ports,
        age,
    ];
    if wide {
        let selector: Vec<String> = service
            .selector
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        row.push(or_none(selector.join(",")));
    }
    row
}
