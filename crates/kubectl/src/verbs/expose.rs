//! `kubectl expose`. Models kubectl `pkg/cmd/expose` and `pkg/polymorphichelpers`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::{Map, json};

use super::common::{Dry, NO_NAME, NO_RESOURCES};
use super::create::int_or_string;
use super::made::finish;
use super::selected;
use crate::args::Args;
use crate::printer::Form;
use crate::resource::{Item, fetch};
use crate::value::{at, entries, has, items, number, text};
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R kustomize,k=s port=s target-port=s protocol=s type=s name=s selector=s labels,l=s \
external-ip=s load-balancer-ip=s session-affinity=s cluster-ip=s dry-run=?unchanged output,o=s overrides=s \
override-type=s save-config field-manager=s template=s allow-missing-template-keys show-managed-fields";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("expose", words, FLAGS)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    Form::read(&args, session, false)?;
    let (selection, _) = selected(session, &args, "kubectl expose")?;
    if selection.resources.is_empty() {
        return Err(Output::error(NO_RESOURCES));
    }
    if selection.named.is_empty() {
        return Err(Output::error(NO_NAME));
    }
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    for (resource, name) in &selection.named {
        let done = match fetch(cluster, *resource, &namespace, name) {
            Ok(item) => service_for(&args, &item)
                .map_err(Output::error)
                .and_then(|service| overridden(&args, service))
                .and_then(|mut service| {
                    finish(
                        cluster,
                        session,
                        &args,
                        &mut service,
                        dry,
                        "expose",
                        &mut output,
                    )
                }),
            Err(status) => Err(Output::refused(&status)),
        };
        if let Err(refused) = done {
            output.append(refused);
        }
    }
    Ok(output)
}

/// `--overrides` over what was made.
///
/// # Errors
/// A text that is no JSON object.
pub(super) fn overridden(args: &Args, mut made: Value) -> Result<Value, Output> {
    let Some(given) = args.get("overrides").filter(|text| !text.is_empty()) else {
        return Ok(made);
    };
    if args
        .get("override-type")
        .is_some_and(|kind| kind != "merge")
    {
        return Err(Output::error("only --override-type=merge is simulated"));
    }
    let given: Value =
        serde_json::from_str(given).map_err(|_| Output::error("Invalid JSON Patch"))?;
    overlay(&mut made, &given);
    Ok(made)
}

fn overlay(made: &mut Value, given: &Value) {
    let (Some(map), Some(given)) = (made.as_object_mut(), given.as_object()) else {
        *made = given.clone();
        return;
    };
    for (key, value) in given {
        if value.is_null() {
            map.remove(key);
        } else {
            overlay(map.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// `a=b,c=d`. Models `parseLabels`.
pub(super) fn labels(text: &str) -> Result<Value, String> {
    let mut labels = Map::new();
    for pair in text.split(',') {
        match pair.split_once('=') {
            Some(("", _)) => return Err("unexpected empty label key".to_owned()),
            Some((key, value)) if !value.contains('=') => {
                labels.insert(key.to_owned(), json!(value));
            }
            _ => return Err(format!("unexpected label spec: {pair}")),
        }
    }
    Ok(labels.into())
}

/// Whom the Service of an object selects. Models `mapBasedSelectorForObject`.
fn selector(item: &Item) -> Result<Value, String> {
    let value = &item.value;
    let (path, none) = match item.resource.kind {
        "Pod" => (
            "metadata.labels",
            "the pod has no labels and cannot be exposed",
        ),
        "Deployment" => (
            "spec.selector.matchLabels",
            "invalid deployment: no selectors, therefore cannot be exposed",
        ),
        "ReplicaSet" => (
            "spec.selector.matchLabels",
            "invalid replicaset: no selectors, therefore cannot be exposed",
        ),
        _ => ("spec.selector", "the service has no pod selector set"),
    };
    let labels = at(value, path);
    if labels.as_object().is_none_or(Map::is_empty) {
        return Err(none.to_owned());
    }
    if has(value, "spec.selector.matchExpressions") {
        let expressions: Vec<String> = items(value, "spec.selector.matchExpressions")
            .iter()
            .map(|expression| {
                let values: Vec<&str> = items(expression, "values")
                    .iter()
                    .filter_map(Value::as_str)
                    .into_list();
                format!(
                    "{{Key:{} Operator:{} Values:[{}]}}",
                    text(expression, "key"),
                    text(expression, "operator"),
                    values.join(" ")
                )
            })
            .into_list();
        return Err(format!(
            "couldn't convert expressions - \"[{}]\" to map-based selector format",
            expressions.join(" ")
        ));
    }
    Ok(labels.clone())
}

/// The ports of an object with their protocols.
fn ports_of(item: &Item) -> Vec<(i64, String)> {
    let value = &item.value;
    let pod = match item.resource.kind {
        "Pod" => at(value, "spec"),
        _ => at(value, "spec.template.spec"),
    };
    let containers = items(pod, "containers").iter();
    let container_ports = containers.flat_map(|container| items(container, "ports"));
    let of_pod =
        container_ports.map(|port| (number(port, "containerPort"), text(port, "protocol")));
    let own = items(value, "spec.ports").iter();
    let of_service = own.map(|port| (number(port, "port"), text(port, "protocol")));
    of_pod
        .chain(of_service)
        .map(|(port, protocol)| (port, protocol.to_owned()))
        .collect()
}

fn service_for(args: &Args, item: &Item) -> Result<Value, String> {
    let kinds = [
        "Pod",
        "Deployment",
        "ReplicaSet",
        "Service",
        "ReplicationController",
    ];
    if !kinds.contains(&item.resource.kind) {
        return Err(format!("cannot expose a {}", item.resource.group_kind()));
    }
    let given = |flag: &str| args.get(flag).filter(|text| !text.is_empty());
    let selector = match given("selector") {
        Some(given) => labels(given)?,
        None => selector(item).map_err(|why| {
            format!("couldn't retrieve selectors via --selector flag or introspection: {why}")
        })?,
    };
    let known = ports_of(item);
    let wanted: Vec<String> = match given("port") {
        Some(given) => given.split(',').map(str::to_owned).into_list(),
        None => known.iter().map(|(port, _)| port.to_string()).into_list(),
    };
    if wanted.is_empty() && given("cluster-ip") != Some("None") {
        return Err("couldn't find port via --port flag or introspection".to_owned());
    }
    let several = wanted.len() > 1;
    let mut ports = Vec::new();
    for (index, port) in wanted.iter().enumerate() {
        let port: i64 = port
            .parse()
            .map_err(|_| format!("strconv.Atoi: parsing \"{port}\": invalid syntax"))?;
        let own = known.iter().find(|(known, _)| *known == port);
        let own = own.map_or("TCP", |(_, protocol)| protocol.as_str());
        let target = given("target-port").map_or_else(|| json!(port), int_or_string);
        let mut object = json!({
            "port": port, "protocol": given("protocol").unwrap_or(own), "targetPort": target,
        });
        if several {
            object["name"] = json!(format!("port-{}", index + 1));
        }
        ports.push(object);
    }
    let mut spec = json!({ "selector": selector });
    if !ports.is_empty() {
        spec["ports"] = json!(ports);
    }
    for (flag, key) in [
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("session-affinity", "sessionAffinity"),
    ] {
        if let Some(given) = given(flag) {
            spec[key] = json!(given);
        }
    }
    if let Some(affinity) = given("session-affinity").filter(|a| !matches!(*a, "None" | "ClientIP"))
    {
        return Err(format!("unknown session affinity: {affinity}"));
    }
    if let Some(address) = given("load-balancer-ip").filter(|_| spec["type"] == "LoadBalancer") {
        spec["loadBalancerIP"] = json!(address);
    }
    if let Some(address) = given("external-ip") {
        spec["externalIPs"] = json!([address]);
    }
    let name = given("name").unwrap_or(item.name());
    let mut metadata = json!({"name": name.chars().take(63).collect::<String>()});
    let own = match given("labels") {
        Some(given) => labels(given)?,
        None => at(&item.value, "metadata.labels").clone(),
    };
    if entries(&json!({ "l": own }), "l").next().is_some() {
        metadata["labels"] = own;
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec,
        "status": {"loadBalancer": {}},
    }))
}
