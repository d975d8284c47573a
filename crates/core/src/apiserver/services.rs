//! What a Service is given, and what it keeps. Models pkg/registry/core/service/storage, 1.37.

use std::sync::Arc;

use ordinal_api::service::{Service, ServiceType};
use ordinal_api::{Kind, Object, Status, Value, value};
use serde_json::json;

use super::decode::{name_of, namespace_of};
use crate::World;

/// An address or a node port that another Service has. Models pkg/registry/core/service `allocator`; `old` is the
/// Service as it is, if it is.
///
/// # Errors
/// 422 for the first that is taken.
pub(super) fn check_allocated(
    world: &World,
    object: &Value,
    old: Option<&Value>,
) -> Result<(), Status> {
    let refused = |field: String, shown: &str, detail: &str| {
        let cause = ordinal_api::status::Cause::invalid(field, shown, detail);
        let name = name_of(object);
        Err(Status::invalid(Kind::Service, name, vec![cause]))
    };
    let spec = |key: &str| value::at(object, &["spec", key]);
    let others = || {
        let mine = |service: &Object| {
            old.is_some()
                && service.meta.name == name_of(object)
                && service.meta.namespace == namespace_of(object)
        };
        let all = world.store.list(Kind::Service).map(|(_, service)| service);
        all.filter(move |service| !mine(service))
    };
    let address = spec("clusterIP")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let taken = |service: &Arc<Object>| {
        let other = service.as_service().map(|s| s.cluster_ip.as_str());
        other.is_some_and(|other| other == address)
    };
    let fresh =
        old.is_none_or(|old| value::at(old, &["spec", "type"]) == Some(&"ExternalName".into()));
    if fresh && !matches!(address, "" | "None") && others().any(taken) {
        let shown = spec("clusterIPs").cloned().unwrap_or_default().to_string();
        let detail = format!("failed to allocate IP {address}: provided IP is already allocated");
        return refused("spec.clusterIPs".to_owned(), &shown, &detail);
    }
    let kind = spec("type").and_then(Value::as_str);
    if !matches!(kind, Some("NodePort" | "LoadBalancer")) {
        return Ok(());
    }
    let number = |port: &Value, key: &str| port.get(key).and_then(Value::as_i64).unwrap_or(0);
    let ports = |object: &'_ Value| {
        let list = value::at(object, &["spec", "ports"]).and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let before = old.map(ports).unwrap_or_default();
    // Ports of one number share a node port.
    let mut seen: Vec<(i64, i64)> = Vec::new();
    for (index, port) in ports(object).iter().enumerate() {
        let (node, own) = (number(port, "nodePort"), number(port, "port"));
        if node == 0 || before.iter().any(|old| number(old, "nodePort") == node) {
            continue;
        }
        let has = |service: &Arc<Object>| {
            let ports = service.as_service().map(|s| s.ports.iter());
            let mut ports = ports.into_iter().flatten();
            ports.any(|p| i64::from(p.node_port) == node)
        };
        let detail = if seen.contains(&(own, node)) {
            continue;
        } else if !(30_000..=32_767).contains(&node) {
            "provided port is not in the valid range. The range of valid ports is 30000-32767"
        } else if seen.iter().any(|(_, other)| *other == node) || others().any(has) {
            "provided port is already allocated"
        } else {
            seen.push((own, node));
            continue;
        };
        return refused(
            format!("spec.ports[{index}].nodePort"),
            &node.to_string(),
            detail,
        );
    }
    Ok(())
}

/// Gives a new or changed Service what it lacks: an address and ports of the nodes.
pub(super) fn allocate(world: &mut World, service: &mut Service, old: Option<&Service>) {
    let network = &mut world.parts.network;
    let outside = service.type_ == ServiceType::ExternalName;
    if !outside && service.cluster_ip.is_empty() {
        let before = old
            .map(|old| old.cluster_ip.clone())
            .filter(|ip| !ip.is_empty());
        service.cluster_ip = before.unwrap_or_else(|| network.service());
    } else if !service.cluster_ip.is_empty() && !service.is_headless() {
        network.take_service(&service.cluster_ip);
    }
    let balances = service.type_ == ServiceType::LoadBalancer;
    if !balances && service.type_ != ServiceType::NodePort {
        return;
    }
    let raw = |key: &str| service.raw.get(key).cloned().unwrap_or_default();
    let (local, checked) = (
        raw("externalTrafficPolicy") == "Local",
        raw("healthCheckNodePort").is_number(),
    );
    if !balances || raw("allocateLoadBalancerNodePorts") != false {
        // Ports of one number share a node port.
        let mut given: Vec<(u16, u16)> = Vec::new();
        let before = |port: u16| {
            let ports = old.map(|old| old.ports.iter()).into_iter().flatten();
            let mut ports = ports.filter(|old| old.port == port && old.node_port > 0);
            ports.next().map(|old| old.node_port)
        };
        let ports = service.ports.iter().cloned().map(|mut port| {
            if port.node_port == 0 {
                let mate = given.iter().find(|(own, _)| *own == port.port);
                let known = mate.map(|(_, node)| *node).or(before(port.port));
                port.node_port = known.unwrap_or_else(|| network.node_port());
            }
            given.push((port.port, port.node_port));
            port
        });
        service.ports = ports.collect();
    }
    if balances && local && !checked {
        let port = network.node_port();
        let raw = Arc::make_mut(&mut service.raw);
        value::overlay(raw, "healthCheckNodePort", Some(json!(port)));
    }
}

/// Says the addresses of a Service once as one and once as a list. Models pkg/registry/core/service/storage
/// `normalizeClusterIPs`.
pub(super) fn normalize_addresses(object: &mut Value, old: Option<&Value>) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else {
        return;
    };
    if spec.get("type").is_some_and(|kind| kind == "ExternalName") {
        // Models `defaultOnReadInternalTrafficPolicy`.
        value::overlay(spec, "internalTrafficPolicy", None);
    }
    let part = |of: &Value, key: &str| of.get(key).cloned().unwrap_or_default();
    let (one, all) = (part(spec, "clusterIP"), part(spec, "clusterIPs"));
    let listed = if one.as_str().is_none_or(str::is_empty) {
        None
    } else {
        Some(Value::Array(vec![one.clone()]))
    };
    match old.and_then(|old| old.get("spec")) {
        None if all.is_null() => value::overlay(spec, "clusterIPs", listed),
        None => {}
        Some(old) => {
            let (one_before, all_before) = (part(old, "clusterIP"), part(old, "clusterIPs"));
            if all.is_null() && one == one_before {
                let kept = Some(all_before).filter(|all| !all.is_null());
                value::overlay(spec, "clusterIPs", kept);
            } else if one != one_before && (all == all_before || all.is_null()) {
                value::overlay(spec, "clusterIPs", listed);
            }
        }
    }
}

/// What a Service was given stays where nothing else is said. Models pkg/registry/core/service/storage
/// `patchAllocatedValues`.
pub(super) fn keep_allocated(sent: &mut Value, old: &Value) {
    let external = |object: &Value| {
        value::at(object, &["spec", "type"]).is_some_and(|kind| *kind == "ExternalName")
    };
    if external(sent) || external(old) {
        return;
    }
    let Some(spec) = sent.get_mut("spec").filter(|spec| spec.is_object()) else {
        return;
    };
    for key in ["clusterIP", "clusterIPs"] {
        if spec
            .get(key)
            .is_none_or(|value| value.is_null() || *value == "")
        {
            value::overlay(spec, key, value::at(old, &["spec", key]).cloned());
        }
    }
    if spec.get("ipFamilyPolicy").is_none_or(Value::is_null) {
        for key in ["ipFamilyPolicy", "ipFamilies"] {
            if spec.get(key).is_none_or(Value::is_null) {
                value::overlay(spec, key, value::at(old, &["spec", key]).cloned());
            }
        }
    }
}

/// What only the old type of a Service needed goes with the type. Models pkg/registry/core/service
/// `dropTypeDependentFields` and `patchAllocatedValues`.
pub(super) fn drop_of_type(sent: &mut Value, old: &Value) {
    let kind = |object: &Value| {
        let kind = value::at(object, &["spec", "type"]).and_then(Value::as_str);
        kind.unwrap_or("ClusterIP").to_owned()
    };
    let (now, before) = (kind(sent), kind(old));
    let outside = |kind: &str| matches!(kind, "NodePort" | "LoadBalancer");
    let Some(spec) = sent.get_mut("spec") else {
        return;
    };
    let same = |spec: &Value, key: &str| spec.get(key) == value::at(old, &["spec", key]);
    if outside(&before) && !outside(&now) {
        if same(spec, "externalTrafficPolicy") {
            value::overlay(spec, "externalTrafficPolicy", None);
        }
        for port in spec
            .get_mut("ports")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            value::overlay(port, "nodePort", None);
        }
    }
    for key in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
        if before == "LoadBalancer" && now != before && same(spec, key) {
            value::overlay(spec, key, None);
        }
    }
    let local = |kind: &str, spec: &Value| {
        kind == "LoadBalancer"
            && spec
                .get("externalTrafficPolicy")
                .is_some_and(|p| p == "Local")
    };
    if old.get("spec").is_some_and(|old| local(&before, old))
        && !local(&now, spec)
        && same(spec, "healthCheckNodePort")
    {
        value::overlay(spec, "healthCheckNodePort", None);
    }
    if now == "ExternalName" && before != now {
        for key in [
            "clusterIP",
            "clusterIPs",
            "ipFamilies",
            "ipFamilyPolicy",
            "internalTrafficPolicy",
        ] {
            if same(spec, key) {
                value::overlay(spec, key, None);
            }
        }
    }
}
