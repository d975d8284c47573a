//! Endpoints of Services, as the older controller writes them: made from the slices when they are read, since nothing in
//! the cluster acts on them. Models pkg/controller/endpoint, 1.37.

use ordinal_api::endpointslice::EndpointSlice;
use ordinal_api::sorted::sort_by_key;
use ordinal_api::{Body, Kind, Object, Value};
use ordinal_core::World;
use serde_json::json;

use crate::value::{has, text};

/// The Endpoints of the Services of a namespace (`None`: of all) that have none of their own; of one name, if it is given.
pub(crate) fn made(world: &World, namespace: Option<&str>, name: Option<&str>) -> Vec<Value> {
    if world.is_still() {
        return Vec::new();
    }
    let wanted = |object: &Object| {
        namespace.is_none_or(|n| object.meta.namespace == n)
            && name.is_none_or(|n| object.meta.name == n)
            && world
                .store
                .find(Kind::Endpoints, &object.meta.namespace, &object.meta.name)
                .is_none()
    };
    world
        .store
        .list(Kind::Service)
        .map(|(_, object)| object)
        .filter(|object| wanted(object))
        .filter_map(|object| of(world, object))
        .collect()
}

fn slice_of(object: &Object) -> Option<&EndpointSlice> {
    match &object.body {
        Body::EndpointSlice(slice) => Some(slice),
        _ => None,
    }
}

fn of(world: &World, service: &Object) -> Option<Value> {
    let printed = world.printed(service);
    if !has(&printed, "spec.selector") {
        return None;
    }
    let publishes = crate::value::flag(&printed, "spec.publishNotReadyAddresses");
    let mut subsets = Vec::new();
    let mut version = service.meta.resource_version;
    for (_, object) in world.store.list(Kind::EndpointSlice) {
        let ours = object.meta.namespace == service.meta.namespace
            && object.meta.label("kubernetes.io/service-name") == Some(&service.meta.name);
        let Some(slice) = slice_of(object).filter(|_| ours) else {
            continue;
        };
        version = version.max(object.meta.resource_version);
        let (mut ready, mut unready) = (Vec::new(), Vec::new());
        for endpoint in slice
            .endpoints
            .iter()
            .filter(|e| !e.terminating || publishes)
        {
            let mut address = json!({"ip": endpoint.address});
            if !endpoint.hostname.is_empty() {
                address["hostname"] = json!(endpoint.hostname);
            }
            if !endpoint.node_name.is_empty() {
                address["nodeName"] = json!(endpoint.node_name);
            }
            if !endpoint.pod.is_empty() {
                address["targetRef"] = json!({
                    "kind": "Pod", "name": endpoint.pod, "namespace": service.meta.namespace, "uid": endpoint.pod_uid.to_string(),
                });
            }
            match endpoint.ready || publishes {
                true => ready.push(address),
                false => unready.push(address),
            }
        }
        if ready.is_empty() && unready.is_empty() {
            continue;
        }
        let mut subset = json!({});
        for (key, mut addresses) in [("addresses", ready), ("notReadyAddresses", unready)] {
            if !addresses.is_empty() {
                sort_by_key(&mut addresses, |address| text(address, "ip").to_owned());
                subset[key] = Value::Array(addresses);
            }
        }
        let ports = slice.ports.iter().map(|port| {
            let mut shown = json!({"port": port.port, "protocol": port.protocol});
            if !port.name.is_empty() {
                shown["name"] = json!(port.name);
            }
            shown
        });
        let ports: Vec<Value> = ports.collect();
        if !ports.is_empty() {
            subset["ports"] = Value::Array(ports);
        }
        subsets.push(subset);
    }
    let mut labels = match printed["metadata"].get("labels") {
        Some(labels) => labels.clone(),
        None => json!({}),
    };
    labels["endpoints.kubernetes.io/managed-by"] = json!("endpoint-controller");
    if text(&printed, "spec.clusterIP") == "None" {
        labels["service.kubernetes.io/headless"] = json!("");
    }
    let mut value = json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {
            "name": service.meta.name, "namespace": service.meta.namespace, "labels": labels,
            "creationTimestamp": printed["metadata"]["creationTimestamp"],
            "resourceVersion": version.to_string(), "uid": printed["metadata"]["uid"],
        },
    });
    if !subsets.is_empty() {
        value["subsets"] = Value::Array(subsets);
    }
    Some(value)
}
