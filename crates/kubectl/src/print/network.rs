//! Services, Endpoints, EndpointSlices and Events.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use crate::clock;
use crate::value::{at, has, items, number, or, or_none, pairs, plain, text};

pub(super) fn row(object: &Value, name: String, age: String) -> Vec<String> {
    match text(object, "kind") {
        "Service" => vec![
            name,
            text(object, "spec.type").to_owned(),
            or_none(text(object, "spec.clusterIP")),
            external(object),
            ports(object),
            age,
            or_none(&pairs(object, "spec.selector")),
        ],
        "Endpoints" => vec![name, endpoints(items(object, "subsets"), None), age],
        _ => {
            let ports = items(object, "ports").iter().map(|port| {
                if has(port, "port") {
                    number(port, "port").to_string()
                } else {
                    let name = at(port, "name").as_str();
                    name.unwrap_or("*").to_owned()
                }
            });
            let addresses = items(object, "endpoints")
                .iter()
                .flat_map(|endpoint| items(endpoint, "addresses"))
                .map(plain);
            let unset = |list: Vec<String>| or(&few(list), "<unset>");
            vec![
                name,
                text(object, "addressType").to_owned(),
                unset(ports.collect()),
                unset(addresses.collect()),
                age,
            ]
        }
    }
}

/// Three of a list, and how many more there are.
fn few(list: Vec<String>) -> String {
    match list.len() {
        0..=3 => list.join(","),
        more => format!("{} + {} more...", list[..3].join(","), more - 3),
    }
}

/// The ready addresses of subsets, with their ports (all, or those of one name). Models `formatEndpoints`.
pub(crate) fn endpoints(subsets: &[Value], port_name: Option<&str>) -> String {
    if subsets.is_empty() {
        return "<none>".to_owned();
    }
    let mut list = Vec::new();
    for subset in subsets {
        let (addresses, ports) = (items(subset, "addresses"), items(subset, "ports"));
        if ports.is_empty() {
            list.extend(addresses.iter().map(|a| text(a, "ip").to_owned()));
        }
        for port in ports {
            if port_name.is_none_or(|name| name == text(port, "name")) {
                let port = number(port, "port");
                list.extend(addresses.iter().map(|a| host_port(text(a, "ip"), port)));
            }
        }
    }
    // Subsets without a ready address show nothing.
    few(list)
}

/// `10.0.0.1:80`, `[fd00::1]:80`
pub(crate) fn host_port(ip: &str, port: i64) -> String {
    if ip.contains(':') {
        format!("[{ip}]:{port}")
    } else {
        format!("{ip}:{port}")
    }
}

fn external(service: &Value) -> String {
    let external: Vec<&str> = items(service, "spec.externalIPs")
        .iter()
        .filter_map(Value::as_str)
        .into_list();
    match text(service, "spec.type") {
        "ClusterIP" | "NodePort" => or_none(&external.join(",")),
        "LoadBalancer" => {
            let mut ingress: Vec<&str> = items(service, "status.loadBalancer.ingress")
                .iter()
                .map(|i| match text(i, "ip") {
                    "" => text(i, "hostname"),
                    ip => ip,
                })
                .into_list();
            ordinal_api::sorted::sort(&mut ingress);
            ingress.dedup();
            let status = ingress.join(",");
            if external.is_empty() {
                return or(&status, "<pending>");
            }
            let all: Vec<&str> = std::iter::once(status.as_str())
                .filter(|status| !status.is_empty())
                .chain(external)
                .into_list();
            all.join(",")
        }
        "ExternalName" => text(service, "spec.externalName").to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

fn ports(service: &Value) -> String {
    let ports = items(service, "spec.ports").iter().map(|port| {
        let (number_, protocol) = (number(port, "port"), text(port, "protocol"));
        match number(port, "nodePort") {
            0 => format!("{number_}/{protocol}"),
            node => format!("{number_}:{node}/{protocol}"),
        }
    });
    or_none(&ports.into_list().join(","))
}

/// `kubelet, node-1`
pub(crate) fn events_source(event: &Value) -> String {
    let (component, instance) = match text(event, "source.component") {
        "" => (
            text(event, "reportingComponent"),
            text(event, "reportingInstance"),
        ),
        component => (component, text(event, "source.host")),
    };
    if instance.is_empty() {
        component.to_owned()
    } else {
        format!("{component}, {instance}")
    }
}

pub(super) fn event(now: i64, event: &Value) -> Vec<String> {
    let moment = |path: &str| Some(text(event, path)).filter(|text| !text.is_empty());
    let first = moment("firstTimestamp")
        .or(moment("eventTime"))
        .unwrap_or_default();
    let mut last = moment("lastTimestamp").unwrap_or(first);
    let mut count = number(event, "count");
    if has(event, "series") {
        last = moment("series.lastObservedTime").unwrap_or_default();
        count = number(event, "series.count");
    }
    let kind = text(event, "involvedObject.kind").to_ascii_lowercase();
    let object = match text(event, "involvedObject.name") {
        "" => kind,
        name => format!("{kind}/{name}"),
    };
    vec![
        clock::age(now, last),
        text(event, "type").to_owned(),
        text(event, "reason").to_owned(),
        object,
        text(event, "involvedObject.fieldPath").to_owned(),
        events_source(event),
        text(event, "message").trim().to_owned(),
        clock::age(now, first),
        count.max(1).to_string(),
        text(event, "metadata.name").to_owned(),
    ]
}
