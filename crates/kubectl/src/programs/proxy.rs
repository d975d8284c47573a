//! What answers behind `kubectl proxy`: the API server, and through it Pods and Services.
//!
//! Models pkg/registry/core/pod/strategy.go `ResourceLocation` and pkg/registry/core/service/storage/storage.go.

use ordinal_api::Kind;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::net::{self, Unreached, listener};
use super::{Asked, of};

/// The status and body of an answer.
type Answer = (u16, String);

/// Answers a request.
pub(super) fn answer(cluster: &mut Cluster, path: &str, method: &str, body: &str) -> Answer {
    let parts: Vec<&str> = path.splitn(9, '/').into_list();
    if let [
        "",
        "api",
        "v1",
        "namespaces",
        namespace,
        plural,
        target,
        "proxy",
        ..,
    ] = parts[..]
    {
        let rest = format!("/{}", parts.get(8).copied().unwrap_or_default());
        let asked = Asked {
            method,
            path: &rest,
            body,
        };
        return match plural {
            "pods" => pod(cluster, namespace, target, &asked),
            "services" => service(cluster, namespace, target, &asked),
            _ => failure(
                404,
                "NotFound",
                "the server could not find the requested resource",
                None,
            ),
        };
    }
    let found = crate::verbs::raw(cluster, path);
    match found.is_ok() {
        // What curl asks for is indented.
        true if found.stdout.starts_with('{') => (200, indented(&found.stdout)),
        true => (200, found.stdout),
        false => failure(
            404,
            "NotFound",
            "the server could not find the requested resource",
            None,
        ),
    }
}

fn failure(code: u16, reason: &str, message: &str, what: Option<(&str, &str)>) -> Answer {
    let details = match what {
        Some((name, kind)) => {
            format!("{{\n    \"name\": \"{name}\",\n    \"kind\": \"{kind}\"\n  }}")
        }
        None => "{}".to_owned(),
    };
    let message = message.replace('"', "\\\"");
    let text = format!(
        "{{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {{}},\n  \"status\": \"Failure\",\n  \"message\": \"{message}\",\n  \"reason\": \"{reason}\",\n  \"details\": {details},\n  \"code\": {code}\n}}"
    );
    (code, text)
}

/// `[http:]NAME[:PORT]`
fn target_of(target: &str) -> (&str, &str) {
    let target = target.strip_prefix("http:").unwrap_or(target);
    target.split_once(':').unwrap_or((target, ""))
}

fn pod(cluster: &mut Cluster, namespace: &str, target: &str, asked: &Asked<'_>) -> Answer {
    let (name, port) = target_of(target);
    let object = cluster.world().store.find(Kind::Pod, namespace, name);
    let Some(pod) = object.and_then(|o| o.as_pod()) else {
        let message = format!("pods \"{name}\" not found");
        return failure(404, "NotFound", &message, Some((name, "pods")));
    };
    let mut declared = pod.spec.containers.iter().flat_map(|c| &c.ports);
    let first = declared.next().map(|p| p.container_port);
    let port = port.parse().ok().or(first).unwrap_or(80);
    reach(cluster, namespace, name, port, asked)
}

fn service(cluster: &mut Cluster, namespace: &str, target: &str, asked: &Asked<'_>) -> Answer {
    let (name, wanted) = target_of(target);
    let world = cluster.world();
    let object = world.store.find(Kind::Service, namespace, name);
    let Some((object, service)) = object.and_then(|o| Some((o, o.as_service()?))) else {
        let message = format!("services \"{name}\" not found");
        return failure(404, "NotFound", &message, Some((name, "services")));
    };
    let mut ports = service.ports.iter();
    let port = match wanted {
        "" if service.ports.len() == 1 => ports.next(),
        wanted => ports.find(|p| p.name == wanted || wanted.parse() == Ok(p.port)),
    };
    if port.is_none() && wanted.parse::<u16>().is_ok() {
        let message = format!("no service port {wanted} found for service \"{name}\"");
        return failure(503, "ServiceUnavailable", &message, None);
    }
    let ready = port
        .map(|port| net::ready(world, object, &port.name))
        .unwrap_or_default();
    let Some((pod, port)) = ready.first().cloned() else {
        let message = format!("no endpoints available for service \"{name}\"");
        return failure(503, "ServiceUnavailable", &message, None);
    };
    reach(cluster, namespace, &pod, port, asked)
}

fn reach(
    cluster: &mut Cluster,
    namespace: &str,
    pod: &str,
    port: u16,
    asked: &Asked<'_>,
) -> Answer {
    let world = cluster.world();
    match listener(world, namespace, pod, port) {
        Ok(at) => match of(&at.image).http {
            Some(http) => http(cluster, &at, asked),
            None => (200, String::new()),
        },
        Err(why) => {
            let found = world
                .store
                .find(Kind::Pod, namespace, pod)
                .and_then(|o| o.as_pod());
            let address = found
                .map(|pod| pod.status.pod_ip.clone())
                .unwrap_or_default();
            let what = match why {
                Unreached::Refused => "connect: connection refused",
                _ => "i/o timeout",
            };
            let message =
                format!("error trying to reach service: dial tcp {address}:{port}: {what}");
            failure(503, "ServiceUnavailable", &message, None)
        }
    }
}

/// JSON on one line, with a line for each member.
fn indented(text: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut characters = text.trim_end().chars().peekable();
    while let Some(c) = characters.next() {
        if quoted {
            quoted = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            out.push(c);
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                if let Some(close) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    out += &format!("\n{}", "  ".repeat(depth));
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                out += &format!("\n{}{c}", "  ".repeat(depth));
            }
            ',' => out += &format!(",\n{}", "  ".repeat(depth)),
            ':' => out += ": ",
            '"' => {
                quoted = true;
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
