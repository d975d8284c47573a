//! `kubectl create service TYPE`. Models kubectl `pkg/cmd/create/create_service.go`, v0.37.

use ordinal_api::Value;
use ordinal_core::apiserver::port_name;
use serde_json::json;

use super::generate::Given;
use crate::Output;

fn number(text: &str) -> Result<u16, String> {
    text.parse::<u16>().map_err(|why| {
        let why = match why.kind() {
            std::num::IntErrorKind::PosOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.ParseUint: parsing \"{text}\": {why}")
    })
}

/// `PORT` or `PORT:TARGET`. Models `parsePorts`.
fn port(given: &str) -> Result<Value, String> {
    let mut parts = given.split(':');
    let port = number(parts.next().unwrap_or_default())?;
    let target = match parts.next() {
        None => json!(port),
        Some(target) => match target.parse::<i64>() {
            Ok(target @ 1..=65535) => json!(target),
            Ok(_) => return Err("must be between 1 and 65535, inclusive".to_owned()),
            Err(_) => match port_name(target) {
                faults if faults.is_empty() => json!(target),
                faults => return Err(faults.join(",")),
            },
        },
    };
    let name = given.replace(':', "-");
    Ok(json!({"name": name, "port": port, "protocol": "TCP", "targetPort": target}))
}

fn is_subdomain(name: &str) -> bool {
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let fits = |part: &str| {
        is_end(part.chars().next())
            && is_end(part.chars().last())
            && part.chars().all(|c| c == '-' || is_end(Some(c)))
    };
    name.len() <= 253 && name.split('.').all(fits)
}

/// The Service of a type.
pub(super) fn service(given: &Given) -> Result<Value, Output> {
    let (args, name) = (given.args, given.name);
    let kind = match given.type_ {
        "clusterip" => "ClusterIP",
        "nodeport" => "NodePort",
        "loadbalancer" => "LoadBalancer",
        _ => "ExternalName",
    };
    let address = args.get("clusterip").filter(|ip| !ip.is_empty());
    let external = args.get("external-name").unwrap_or_default();
    if args.get("tcp").is_none() && kind != "ExternalName" && address != Some("None") {
        return Err(Output::error(
            "at least one tcp port specifier must be provided",
        ));
    }
    if kind == "ExternalName" && !is_subdomain(external) {
        return Err(Output::error(format!(
            "invalid service external name {external}"
        )));
    }
    let ports: Result<Vec<Value>, String> = args.all("tcp").map(port).collect();
    let mut ports = ports.map_err(Output::error)?;
    if let Some(node) = args.count("node-port").filter(|port| *port != 0) {
        for port in &mut ports {
            port["nodePort"] = json!(node);
        }
    }
    let mut spec = json!({"selector": {"app": name}, "type": kind});
    if !ports.is_empty() {
        spec["ports"] = json!(ports);
    }
    if let Some(address) = address {
        spec["clusterIP"] = json!(address);
    }
    if !external.is_empty() {
        spec["externalName"] = json!(external);
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"labels": {"app": name}, "name": name},
        "spec": spec, "status": {"loadBalancer": {}},
    }))
}
