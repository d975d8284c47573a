//! Who reaches whom: links of machines, Services with ready endpoints, ports that somebody listens on.

use ordinal_api::{Kind, Object, Text};
use ordinal_core::{Cluster, World};

use super::{Asked, Inside, names, of};
use crate::Session;

/// Why a connection fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreached {
    /// The name does not resolve.
    Name,
    /// Nobody listens.
    Refused,
    /// Nothing comes back.
    Silence,
}

/// A place that `kubectl proxy` or `kubectl port-forward` opened on the terminal's own machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its port.
    pub port: u16,
    /// Namespace, Pod and port behind it; `None` for the API server.
    pub to: Option<(String, String, u16)>,
}

/// Whether the machine of a Pod is up and linked.
pub(crate) fn is_linked(world: &World, namespace: &str, pod: &str) -> bool {
    let object = world.store.find(Kind::Pod, namespace, pod);
    let node = object
        .and_then(|o| o.as_pod())
        .and_then(|pod| world.store.node_of(pod));
    let machine = node.and_then(|node| world.machines.get(&node));
    machine.is_some_and(|machine| machine.is_heard())
}

/// The container that listens on a port of a Pod.
pub(crate) fn listener(
    world: &World,
    namespace: &str,
    pod: &str,
    port: u16,
) -> Result<Inside, Unreached> {
    let object = world.store.find(Kind::Pod, namespace, pod);
    let Some(pod_object) = object.and_then(|o| o.as_pod()) else {
        return Err(Unreached::Silence);
    };
    if !is_linked(world, namespace, pod) {
        return Err(Unreached::Silence);
    }
    for container in &pod_object.spec.containers {
        let program = of(&container.image);
        let listens = match program.port {
            0 => container.ports.iter().any(|p| p.container_port == port),
            own => own == port || container.ports.iter().any(|p| p.container_port == port),
        };
        let inside = Inside::of(world, namespace, pod, &container.name);
        if let Some(inside) = inside.filter(|inside| listens && inside.runs(world)) {
            return Ok(inside);
        }
    }
    Err(Unreached::Refused)
}

/// The container behind an address and a port, as seen from a Pod or from outside the cluster.
fn behind(world: &World, address: &str, port: u16) -> Result<Inside, Unreached> {
    for (_, object) in world.store.list(Kind::Pod) {
        let Some(pod) = object.as_pod() else { continue };
        if pod.status.pod_ip == address && !pod.status.phase.is_terminal() {
            return listener(world, &object.meta.namespace, &object.meta.name, port);
        }
    }
    let mut nodes = world.store.list(Kind::Node);
    let node = nodes.find(|(_, object)| {
        let value = object.to_value();
        let addresses = value["status"]["addresses"].as_array();
        addresses.is_some_and(|all| all.iter().any(|a| a["address"] == address))
    });
    if node.is_some_and(|(id, _)| !world.machines.get(&id).is_some_and(|m| m.is_heard())) {
        return Err(Unreached::Silence);
    }
    let on_node = node.map(|(_, object)| &object.meta.name);
    let mut known = on_node.is_some();
    for (_, object) in world.store.list(Kind::Service) {
        let Some(service) = object.as_service() else {
            continue;
        };
        let own = service.cluster_ip == address || service.ingress.iter().any(|i| *i == address);
        known |= own;
        for service_port in service.ports.iter() {
            let node_port = Some(service_port.node_port).filter(|port| *port != 0);
            let hit = (own && service_port.port == port)
                || (on_node.is_some() && node_port == Some(port));
            if !hit {
                continue;
            }
            let mut ready = ready(world, object, &service_port.name);
            if ready.is_empty() {
                return Err(Unreached::Refused);
            }
            if let Some(node) = on_node.filter(|_| service.raw["externalTrafficPolicy"] == "Local")
            {
                // A node that has none of the Pods drops what comes from outside.
                ready.retain(|(pod, _)| {
                    let pod = world.store.find(Kind::Pod, &object.meta.namespace, pod);
                    let pod = pod.and_then(|pod| pod.as_pod());
                    pod.is_some_and(|pod| pod.node_name == *node)
                });
                if ready.is_empty() {
                    return Err(Unreached::Silence);
                }
            }
            let turn = usize::try_from(world.now().as_ms() / 1000).unwrap_or(0) % ready.len();
            let (pod, port) = &ready[turn];
            return listener(world, &object.meta.namespace, pod, *port);
        }
    }
    Err(if known {
        Unreached::Refused
    } else {
        Unreached::Silence
    })
}

/// The container that answers at a host and a port.
///
/// # Errors
/// Why nobody does.
pub(crate) fn reach(
    cluster: &Cluster,
    session: &mut Session,
    host: &str,
    port: u16,
) -> Result<Inside, Unreached> {
    let world = cluster.world();
    let from = session.inside.last().cloned();
    let local = matches!(host, "localhost" | "127.0.0.1");
    if let Some(from) = &from {
        if local {
            return listener(world, &from.namespace, &from.pod, port).map_err(|why| match why {
                // A Pod reaches itself, linked or not.
                Unreached::Silence if from.runs(world) => Unreached::Refused,
                other => other,
            });
        }
        if !is_linked(world, &from.namespace, &from.pod) {
            return Err(if host.parse::<std::net::IpAddr>().is_ok() {
                Unreached::Silence
            } else {
                Unreached::Name
            });
        }
    } else if local {
        let opened = session.listening(world.now(), port);
        return match opened.and_then(|opened| opened.to.clone()) {
            Some((namespace, pod, port)) => listener(world, &namespace, &pod, port),
            None => Err(Unreached::Refused),
        };
    }
    if host.parse::<std::net::IpAddr>().is_ok() {
        return behind(world, host, port);
    }
    let address = resolve(cluster, session, host).ok_or(Unreached::Name)?;
    match from.filter(|from| from.address(world) == address) {
        Some(from) => listener(world, &from.namespace, &from.pod, port),
        None => behind(world, &address, port),
    }
}

/// The address of a host, as it is known where the terminal is.
pub(crate) fn resolve(cluster: &Cluster, session: &mut Session, host: &str) -> Option<String> {
    let world = cluster.world();
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Some(host.to_owned());
    }
    let Some(from) = session.inside.last().cloned() else {
        let node = world.store.find(Kind::Node, "", host)?.to_value();
        return Some(
            node["status"]["addresses"][0]["address"]
                .as_str()?
                .to_owned(),
        );
    };
    let (short, whole) = from.hostname(world);
    if host == "localhost" {
        return Some("127.0.0.1".to_owned());
    }
    if host == short || host == whole {
        return Some(from.address(world));
    }
    let aliases = names::aliases(world, &from);
    if let Some((address, _)) = aliases
        .iter()
        .find(|(_, names)| names.iter().any(|name| name == host))
    {
        return Some(address.clone());
    }
    if !is_linked(world, &from.namespace, &from.pod) {
        return None;
    }
    let found = names::addresses(world, &mut session.dns, &from, host);
    found.first().map(|(_, address)| address.clone())
}

/// Whether an address is that of a Pod, a machine or oneself: of something that answers a ping.
pub(crate) fn is_machine(world: &World, address: &str) -> bool {
    let pod = world.store.list(Kind::Pod).any(|(_, object)| {
        object
            .as_pod()
            .is_some_and(|pod| pod.status.pod_ip == address)
    });
    pod || address == "127.0.0.1"
        || world.store.list(Kind::Node).any(|(_, object)| {
            let value = object.to_value();
            value["status"]["addresses"]
                .as_array()
                .is_some_and(|all| all.iter().any(|a| a["address"] == address))
        })
}

/// Sends a request to where a URL points; the status and body of the answer.
///
/// # Errors
/// Why there is none, with host and port.
pub(crate) fn request(
    cluster: &mut Cluster,
    session: &mut Session,
    url: &str,
    method: &str,
    body: &str,
) -> Result<(u16, String), (Unreached, String, u16)> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (place, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let usual = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(usual)),
        None => (place, usual),
    };
    let is_api = session.inside.is_empty()
        && matches!(host, "localhost" | "127.0.0.1")
        && session
            .listening(cluster.world().now(), port)
            .is_some_and(|opened| opened.to.is_none());
    if is_api {
        return Ok(super::proxy::answer(cluster, path, method, body));
    }
    let at = reach(cluster, session, host, port).map_err(|why| (why, host.to_owned(), port))?;
    let asked = Asked { method, path, body };
    match of(&at.image).http {
        Some(http) => Ok(http(cluster, &at, &asked)),
        None => Err((Unreached::Refused, host.to_owned(), port)),
    }
}

/// The Pods behind a port of a Service that are ready, each with its own port.
pub(super) fn ready(world: &World, service: &Object, port: &str) -> Vec<(Text, u16)> {
    let mut ready = Vec::new();
    for (_, slice) in world.store.list(Kind::EndpointSlice) {
        let of_service =
            slice.meta.label("kubernetes.io/service-name") == Some(&*service.meta.name);
        if !of_service || slice.meta.namespace != service.meta.namespace {
            continue;
        }
        let Some(slice) = slice.as_endpoint_slice() else {
            continue;
        };
        let target = slice.ports.iter().find(|p| p.name == port).map(|p| p.port);
        let endpoints = slice.endpoints.iter().filter(|e| e.ready);
        ready.extend(endpoints.filter_map(|e| Some((e.pod.clone(), target?))));
    }
    ready
}
