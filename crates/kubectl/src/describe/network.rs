//! Services, Endpoints and EndpointSlices.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::Page;
use crate::discovery;
use crate::print::host_port;
use crate::resource::{Filter, Item, fetch_all};
use crate::value::{at, has, items, number, or, or_none, pairs, plain, text};

fn words(object: &Value, path: &str) -> String {
    let words: Vec<String> = items(object, path).iter().map(plain).into_list();
    words.join(",")
}

pub(super) fn service(page: &mut Page<'_>, item: &Item) {
    let service = &item.value;
    page.head(service);
    page.field(0, "Selector", &or_none(&pairs(service, "spec.selector")));
    page.field(0, "Type", text(service, "spec.type"));
    if has(service, "spec.ipFamilyPolicy") {
        page.field(0, "IP Family Policy", text(service, "spec.ipFamilyPolicy"));
    }
    page.field(
        0,
        "IP Families",
        &or_none(&words(service, "spec.ipFamilies")),
    );
    page.field(0, "IP", text(service, "spec.clusterIP"));
    page.field(0, "IPs", &or_none(&words(service, "spec.clusterIPs")));
    let optional = |page: &mut Page<'_>, label: &str, value: &str| {
        if !value.is_empty() {
            page.field(0, label, value);
        }
    };
    optional(page, "External IPs", &words(service, "spec.externalIPs"));
    optional(
        page,
        "Desired LoadBalancer IP",
        text(service, "spec.loadBalancerIP"),
    );
    optional(page, "External Name", text(service, "spec.externalName"));
    let ingress: Vec<String> = items(service, "status.loadBalancer.ingress")
        .iter()
        .map(|ingress| match text(ingress, "ip") {
            "" => text(ingress, "hostname").to_owned(),
            ip if has(ingress, "ipMode") => format!("{ip} ({})", text(ingress, "ipMode")),
            ip => ip.to_owned(),
        })
        .into_list();
    optional(page, "LoadBalancer Ingress", &ingress.join(", "));
    let slices = slices(page, service);
    let in_full = page.cluster.world().release().describes_as_in_1_36();
    for port in items(service, "spec.ports") {
        let (name, protocol) = (or(text(port, "name"), "<unset>"), text(port, "protocol"));
        page.field(
            0,
            "Port",
            &format!("{name}\t{}/{protocol}", number(port, "port")),
        );
        let target = plain(at(port, "targetPort"));
        page.field(0, "TargetPort", &format!("{target}/{protocol}"));
        if in_full && has(port, "appProtocol") {
            page.field(0, "AppProtocol", text(port, "appProtocol"));
        }
        if number(port, "nodePort") != 0 {
            let node = number(port, "nodePort");
            page.field(0, "NodePort", &format!("{name}\t{node}/{protocol}"));
        }
        page.field(0, "Endpoints", &ready(&slices, text(port, "name")));
    }
    page.field(0, "Session Affinity", text(service, "spec.sessionAffinity"));
    optional(
        page,
        "External Traffic Policy",
        text(service, "spec.externalTrafficPolicy"),
    );
    optional(
        page,
        "Internal Traffic Policy",
        text(service, "spec.internalTrafficPolicy"),
    );
    if number(service, "spec.healthCheckNodePort") != 0 {
        let port = number(service, "spec.healthCheckNodePort");
        page.field(0, "HealthCheck NodePort", &port.to_string());
    }
    optional(
        page,
        "LoadBalancer Source Ranges",
        &words(service, "spec.loadBalancerSourceRanges"),
    );
    optional(
        page,
        "Traffic Distribution",
        text(service, "spec.trafficDistribution"),
    );
    page.events_of(service);
}

fn slices(page: &mut Page<'_>, service: &Value) -> Vec<Item> {
    let Ok(resource) = discovery::find("endpointslices") else {
        return Vec::new();
    };
    let filter = Filter {
        namespace: Some(text(service, "metadata.namespace").to_owned()),
        labels: format!(
            "kubernetes.io/service-name={}",
            text(service, "metadata.name")
        ),
        ..Filter::default()
    };
    fetch_all(page.cluster, resource, &filter).unwrap_or_default()
}

/// The ready endpoints behind a port, three at most. Models `formatEndpointSlices`, which counts those that are not
/// ready when it decides whether there are more.
fn ready(slices: &[Item], port_name: &str) -> String {
    const MOST: usize = 3;
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let (mut list, mut more, mut count) = (Vec::new(), false, 0);
    for slice in slices {
        let ports: Vec<Option<i64>> = match items(&slice.value, "ports") {
            [] => vec![None],
            ports => ports
                .iter()
                .filter(|port| text(port, "name") == port_name)
                .map(|port| Some(number(port, "port")))
                .collect(),
        };
        for port in ports {
            for endpoint in items(&slice.value, "endpoints") {
                more |= list.len() == MOST;
                if at(endpoint, "conditions.ready") == &Value::Bool(false) {
                    continue;
                }
                let address = items(endpoint, "addresses").first().map(plain);
                let address = address.unwrap_or_default();
                if !more {
                    list.push(match port {
                        Some(port) => host_port(&address, port),
                        None => address,
                    });
                }
                count += 1;
            }
        }
    }
    let list = list.join(",");
    if more {
        format!("{list} + {} more...", count - MOST)
    } else {
        list
    }
}

pub(super) fn endpoints(page: &mut Page<'_>, item: &Item) {
    let endpoints = &item.value;
    page.head(endpoints);
    page.line(0, "Subsets:");
    for subset in items(endpoints, "subsets") {
        let list = |path: &str| {
            let ips: Vec<&str> = items(subset, path)
                .iter()
                .map(|a| text(a, "ip"))
                .into_list();
            or_none(&ips.join(","))
        };
        page.field(1, "Addresses", &list("addresses"));
        page.field(1, "NotReadyAddresses", &list("notReadyAddresses"));
        let ports = items(subset, "ports");
        if !ports.is_empty() {
            page.line(1, "Ports:");
            port_table(page, ports, 2);
        }
        page.line(0, "");
    }
    page.events_of(endpoints);
}

fn port_table(page: &mut Page<'_>, ports: &[Value], level: usize) {
    page.line(level, "Name\tPort\tProtocol");
    page.line(level, "----\t----\t--------");
    for port in ports {
        let row = format!(
            "{}\t{}\t{}",
            or(text(port, "name"), "<unset>"),
            or(&plain(at(port, "port")), "<unset>"),
            text(port, "protocol")
        );
        page.line(level, &row);
    }
}

pub(super) fn endpoint_slice(page: &mut Page<'_>, item: &Item) {
    let slice = &item.value;
    page.head(slice);
    page.field(0, "AddressType", text(slice, "addressType"));
    let ports = items(slice, "ports");
    if ports.is_empty() {
        page.line(0, "Ports: <unset>");
    } else {
        page.line(0, "Ports:");
        port_table(page, ports, 1);
    }
    let endpoints = items(slice, "endpoints");
    if endpoints.is_empty() {
        page.line(0, "Endpoints: <none>");
    } else {
        page.line(0, "Endpoints:");
    }
    for endpoint in endpoints {
        let unset = |path: &str| or(text(endpoint, path), "<unset>");
        let addresses: Vec<String> = items(endpoint, "addresses").iter().map(plain).into_list();
        page.field(1, "- Addresses", &addresses.join(", "));
        page.line(2, "Conditions:");
        let ready = plain(at(endpoint, "conditions.ready"));
        page.field(3, "Ready", &or(&ready, "<unset>"));
        page.field(2, "Hostname", &unset("hostname"));
        if has(endpoint, "targetRef") {
            let target = format!(
                "{}/{}",
                text(endpoint, "targetRef.kind"),
                text(endpoint, "targetRef.name")
            );
            page.field(2, "TargetRef", &target);
        }
        page.field(2, "NodeName", &unset("nodeName"));
        page.field(2, "Zone", &unset("zone"));
    }
    page.events_of(slice);
}
