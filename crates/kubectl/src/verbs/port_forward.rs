//! `kubectl port-forward`. Models kubectl `pkg/cmd/portforward` and client-go `tools/portforward`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::first_pod::{object, pods};
use crate::args::{Args, misuse};
use crate::programs::Opened;
use crate::resource::Item;
use crate::value::{at, items, named, number, text};
use crate::{Output, Session};

/// Runs the verb. What it opens stays open for the terminal.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("port-forward", words, "address=l pod-running-timeout=d")?;
    let Some((first, ports)) = args.rest.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Err(misuse(
            "port-forward",
            "TYPE/NAME and list of ports are required for port-forward",
        ));
    };
    let object = object(cluster, session, &args, first, "port-forward")?;
    let service = (object.resource.kind == "Service").then(|| object.clone());
    let pod = pods(cluster, object, "cannot attach to", false)?.swap_remove(0);
    let ports: Result<Vec<(String, String)>, String> = ports
        .iter()
        .map(|port| translated(port, service.as_ref(), &pod))
        .collect();
    let ports = ports.map_err(Output::error)?;
    let phase = text(&pod.value, "status.phase");
    if phase != "Running" {
        return Err(Output::error(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        )));
    }
    let mut pairs = Vec::new();
    for (local, remote) in &ports {
        pairs.push(numbers(local, remote).map_err(Output::error)?);
    }
    let addresses: Vec<&str> = args.all("address").into_list();
    let mut output = Output::default();
    let (now, mut taken) = (cluster.world().now(), Vec::new());
    for (local, remote) in pairs {
        // Without a local port any free one is taken.
        let local = if local == 0 {
            40000 + remote % 10000
        } else {
            local
        };
        if session.until.is_some() && session.listening(now, local).is_some() {
            output.warn(in_use(local, &addresses));
            taken.push(format!("{{{local} {remote}}}"));
            continue;
        }
        for address in if addresses.is_empty() {
            &["localhost"][..]
        } else {
            &addresses
        } {
            let shown: &[&str] = match *address {
                "localhost" => &["127.0.0.1", "[::1]"],
                _ => &[address],
            };
            for address in shown {
                output.say(format!("Forwarding from {address}:{local} -> {remote}"));
            }
        }
        let to = (pod.namespace().to_owned(), pod.name().to_owned(), remote);
        session.opened.retain(|opened| opened.port != local);
        session.opened.push(Opened {
            port: local,
            to: Some(to),
        });
    }
    if output.stdout.is_empty() {
        let ports = taken.join(" ");
        output.append(Output::error(format!(
            "unable to listen on any of the requested ports: [{ports}]"
        )));
    }
    Ok(output)
}

/// What is said of a port that somebody listens on already.
fn in_use(port: u16, addresses: &[&str]) -> String {
    let mut all: Vec<&str> = addresses.to_vec();
    if all.is_empty() || all.contains(&"localhost") {
        all.retain(|address| *address != "localhost");
        all.extend(["127.0.0.1", "[::1]"]);
    }
    let error = |address: &&str| {
        let protocol = if address.contains(':') {
            "tcp6"
        } else {
            "tcp4"
        };
        format!(
            "unable to create listener: Error listen {protocol} {address}:{port}: bind: address already in use"
        )
    };
    let errors: Vec<String> = all.iter().map(error).into_list();
    format!(
        "Unable to listen on port {port}: Listeners failed to create with the following errors: [{}]",
        errors.join(" ")
    )
}

/// Local and remote port: names are those of the Service or of the Pod's containers.
fn translated(given: &str, service: Option<&Item>, pod: &Item) -> Result<(String, String), String> {
    let (local, remote) = match given.split_once(':') {
        Some((local, remote)) if !remote.contains(':') => (local, remote),
        Some((first, _)) => (first, first),
        None => (given, given),
    };
    let same = local == remote;
    let Some(service) = service else {
        if remote.is_empty() {
            return Err(format!(
                "Pod '{}' does not have a named port ''",
                pod.name()
            ));
        }
        let number = match remote.parse::<i64>() {
            Ok(_) => remote.to_owned(),
            Err(_) => container_port(pod, remote)?.to_string(),
        };
        let local = if same {
            number.clone()
        } else {
            local.to_owned()
        };
        return Ok((local, number));
    };
    let ports = items(&service.value, "spec.ports");
    let asked = match remote.parse::<i64>() {
        Ok(port) => port,
        Err(_) => match named(ports, "name", remote) {
            Value::Null => {
                return Err(format!(
                    "Service '{}' does not have a named port '{remote}'",
                    service.name()
                ));
            }
            port => number(port, "port"),
        },
    };
    let local = if same {
        asked.to_string()
    } else {
        local.to_owned()
    };
    let Some(port) = ports.iter().find(|port| number(port, "port") == asked) else {
        return Err(format!(
            "Service {} does not have a service port {asked}",
            service.name()
        ));
    };
    let target = match at(port, "targetPort") {
        _ if text(&service.value, "spec.clusterIP") == "None" => asked,
        Value::String(name) => container_port(pod, name)?,
        Value::Number(number) => number.as_i64().filter(|n| *n != 0).unwrap_or(asked),
        _ => asked,
    };
    Ok((local, target.to_string()))
}

fn container_port(pod: &Item, name: &str) -> Result<i64, String> {
    items(&pod.value, "spec.containers")
        .iter()
        .flat_map(|c| items(c, "ports"))
        .find(|port| text(port, "name") == name)
        .map(|port| number(port, "containerPort"))
        .ok_or_else(|| format!("Pod '{}' does not have a named port '{name}'", pod.name()))
}

/// Both as numbers; 0 for a local port that is left to chance. Models `parsePorts`.
fn numbers(local: &str, remote: &str) -> Result<(u16, u16), String> {
    let read = |text: &str, which: &str| {
        text.parse::<u16>().map_err(|why| {
            let why = match why.kind() {
                std::num::IntErrorKind::PosOverflow => "value out of range",
                _ => "invalid syntax",
            };
            format!(
                "error parsing {which} port '{text}': strconv.ParseUint: parsing \"{text}\": {why}"
            )
        })
    };
    let local = if local.is_empty() {
        0
    } else {
        read(local, "local")?
    };
    match read(remote, "remote")? {
        0 => Err("remote port must be > 0".to_owned()),
        remote => Ok((local, remote)),
    }
}
