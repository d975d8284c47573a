//! Ingresses. Models kubectl `pkg/cmd/create/create_ingress.go`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use serde_json::json;

use super::generate::{Given, int_or_string};
use crate::Output;

/// `HOST/PATH=SERVICE:PORT[,tls[=SECRET]]`
struct Rule<'a> {
    host: &'a str,
    path: &'a str,
    backend: Value,
    /// The secret, empty for none, where TLS is asked for.
    tls: Option<&'a str>,
}

fn backend(text: &str) -> Option<Value> {
    let (name, port) = text.split_once(':')?;
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    };
    if !is_word(name) || !is_word(port) {
        return None;
    }
    let port = int_or_string(port);
    let key = if port.is_number() { "number" } else { "name" };
    Some(json!({"service": {"name": name, "port": {key: port}}}))
}

fn rule(text: &str) -> Option<Rule<'_>> {
    let (address, tls) = text
        .split_once(',')
        .map_or((text, None), |(a, tls)| (a, Some(tls)));
    let (host, rest) = address.split_once('/')?;
    if !host
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_*-.".contains(c))
    {
        return None;
    }
    let (path, service) = rest.split_once('=')?;
    let tls = tls.filter(|tls| tls.starts_with("tls"));
    Some(Rule {
        host,
        path,
        backend: backend(service)?,
        tls: tls.map(|tls| tls.split_once('=').map_or("", |(_, secret)| secret)),
    })
}

/// `create ingress`
pub(super) fn ingress(given: &Given) -> Result<Value, Output> {
    let fault = |text: String| Err(Output::error(text));
    let args = given.args;
    let default = args.get("default-backend").filter(|text| !text.is_empty());
    let mut rules = Vec::new();
    for text in args.all("rule") {
        match rule(text) {
            Some(rule) => rules.push(rule),
            None => {
                return fault(format!(
                    "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
                ));
            }
        }
    }
    if default.is_none() && rules.is_empty() {
        return fault("not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)".to_owned());
    }
    let mut object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": given.name},
        "spec": {}, "status": {"loadBalancer": {}},
    });
    for text in args.all("annotation") {
        let Some((key, value)) = text.split_once('=') else {
            return fault(format!(
                "annotation {text} is invalid and should be in format key=[value]"
            ));
        };
        object["metadata"]["annotations"][key] = json!(value);
    }
    let spec = &mut object["spec"];
    if let Some(text) = default {
        match backend(text) {
            Some(backend) => spec["defaultBackend"] = backend,
            None => {
                return fault(
                    "default-backend should be in format servicename:serviceport".to_owned(),
                );
            }
        }
    }
    if let Some(class) = args.get("class").filter(|class| !class.is_empty()) {
        spec["ingressClassName"] = json!(class);
    }
    let mut hosts: Vec<(&str, Vec<Value>)> = Vec::new();
    // Secrets with their hosts; a host stands under the first that names it.
    let mut secrets: Vec<(&str, Vec<&str>)> = Vec::new();
    for rule in &rules {
        let (path, type_) = match rule.path.strip_suffix('*') {
            Some(path) => (path, "Prefix"),
            None => (rule.path, "Exact"),
        };
        let path = json!({"backend": rule.backend, "path": format!("/{path}"), "pathType": type_});
        match hosts.iter_mut().find(|(host, _)| *host == rule.host) {
            Some((_, paths)) => paths.push(path),
            None => hosts.push((rule.host, vec![path])),
        }
        let Some(secret) = rule.tls else { continue };
        if secrets.iter().any(|(_, hosts)| hosts.contains(&rule.host)) {
            continue;
        }
        match secrets.iter_mut().find(|(known, _)| *known == secret) {
            Some((_, hosts)) => hosts.push(rule.host),
            None => secrets.push((secret, vec![rule.host])),
        }
    }
    let named = |mut value: Value, key: &str, name: &str| {
        if !name.is_empty() {
            value[key] = json!(name);
        }
        value
    };
    if !hosts.is_empty() {
        let of = |(host, paths): (&str, Vec<Value>)| {
            named(json!({"http": {"paths": paths}}), "host", host)
        };
        spec["rules"] = hosts.into_iter().map(of).collect();
    }
    let mut tls = Vec::new();
    for (secret, hosts) in secrets {
        let hosts = hosts
            .into_iter()
            .filter(|host| !host.is_empty())
            .into_list();
        let mut value = json!({});
        if !hosts.is_empty() {
            value["hosts"] = json!(hosts);
        }
        let value = named(value, "secretName", secret);
        if value.as_object().is_some_and(|map| !map.is_empty()) {
            tls.push(value);
        }
    }
    if !tls.is_empty() {
        spec["tls"] = json!(tls);
    }
    Ok(object)
}
