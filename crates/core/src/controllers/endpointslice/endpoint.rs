//! What a Pod contributes to a Service.
//!
//! Models staging/src/k8s.io/endpointslice `reconciler.go`, `utils.go` and `util/controller_utils.go`, 1.37.

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::endpointslice::{Endpoint, EndpointPort};
use ordinal_api::list::IntoList;
use ordinal_api::pod::Pod;
use ordinal_api::service::Service;
use ordinal_api::{Body, Kind, Object, Text};

use crate::{Change, Id, World};

const ZONE: &str = "topology.kubernetes.io/zone";

/// An endpoint and the ports that its Pod opens for the Service.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The Service's ports, as this Pod numbers them.
    pub ports: Arc<[EndpointPort]>,
}

/// Whether a change of a Pod changes its endpoint, and whether its labels changed, by which Services choose it.
/// Models `podEndpointsChanged`.
pub(super) fn matters(change: &Change) -> (bool, bool) {
    let listed =
        |o: &Option<Arc<Object>>| o.as_ref().and_then(|o| o.as_pod()).is_some_and(is_listed);
    let (was, is) = (listed(&change.old), listed(&change.new));
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        return (was || is, true);
    };
    let (Body::Pod(a), Body::Pod(b)) = (&old.body, &new.body) else {
        return (true, true);
    };
    let itself = was != is
        || (is
            && (old.meta.uid != new.meta.uid
                // As upstream compares pointers, every change of a Pod that goes away is one.
                || old.meta.is_deleting()
                || new.meta.is_deleting()
                || a.is_ready() != b.is_ready()
                || a.status.pod_ip != b.status.pod_ip
                || a.node_name != b.node_name
                || (&a.hostname, &a.subdomain) != (&b.hostname, &b.subdomain)));
    let labels = is && old.meta.labels != new.meta.labels;
    (itself, labels)
}

/// Whether a Pod has an address and has not ended. Models `ShouldPodBeInEndpoints`.
fn is_listed(pod: &Pod) -> bool {
    !pod.status.pod_ip.is_empty() && !pod.status.phase.is_terminal()
}

/// The endpoint of a Pod behind a Service; `None` where there is none. `zones` remembers the nodes looked up so far.
pub fn wanted(
    world: &World,
    object: &Object,
    service: &Service,
    pod: Id,
    zones: &mut SortedMap<Text, Option<Text>>,
) -> Option<Wanted> {
    let stored = world.get(pod)?;
    let pod = stored.as_pod().filter(|pod| is_listed(pod))?;
    if !is_selected(stored, service) {
        return None;
    }
    let zone = zones.entry(pod.node_name.clone()).or_insert_with(|| {
        let node = world.store.find(Kind::Node, "", &pod.node_name)?;
        Some(node.meta.label(ZONE).unwrap_or_default().into())
    });
    // A Pod of a node that is gone is left out, unless the user wants every address.
    if zone.is_none() && !service.publish_not_ready_addresses {
        return None;
    }
    let endpoint = endpoint(
        stored,
        pod,
        object,
        service,
        zone.clone().unwrap_or_default(),
    );
    Some(Wanted {
        endpoint,
        ports: ports(pod, service),
    })
}

fn is_selected(pod: &Object, service: &Service) -> bool {
    let labels = &pod.meta.labels;
    service
        .selector
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value))
}

/// Name and node of a Pod that is left out because its node is gone.
pub(super) fn stranded(world: &World, service: &Service, pod: Id) -> Option<(Text, Text)> {
    let stored = world.get(pod)?;
    let pod = stored.as_pod().filter(|pod| is_listed(pod))?;
    let stranded = !service.publish_not_ready_addresses
        && is_selected(stored, service)
        && world.store.find(Kind::Node, "", &pod.node_name).is_none();
    stranded.then(|| (stored.meta.name.clone(), pod.node_name.clone()))
}

/// Models `podToEndpoint`.
fn endpoint(
    stored: &Object,
    pod: &Pod,
    object: &Object,
    service: &Service,
    zone: Text,
) -> Endpoint {
    let serving = pod.is_ready();
    let terminating = stored.meta.is_deleting();
    // Whether the Service is headless does not matter here.
    let named = !pod.hostname.is_empty() && pod.subdomain == object.meta.name;
    Endpoint {
        address: pod.status.pod_ip.clone(),
        hostname: if named {
            pod.hostname.clone()
        } else {
            Text::default()
        },
        ready: service.publish_not_ready_addresses || (serving && !terminating),
        serving,
        terminating,
        node_name: pod.node_name.clone(),
        zone,
        pod: stored.meta.name.clone(),
        pod_uid: stored.meta.uid,
    }
}

/// The ports that a Pod opens for a Service; one that it does not name is left out. Models `getEndpointPorts`.
fn ports(pod: &Pod, service: &Service) -> Arc<[EndpointPort]> {
    let number = |target: &str, protocol: &str| match target.parse() {
        Ok(number) => Some(number),
        Err(_) => {
            let containers = pod
                .spec
                .containers
                .iter()
                .chain(pod.spec.init_containers.iter().filter(|c| c.is_sidecar()));
            let mut ports = containers.flat_map(|c| &c.ports);
            let same = |p: &str| p == protocol || (p.is_empty() && protocol == "TCP");
            ports
                .find(|p| p.name == target && same(&p.protocol))
                .map(|p| p.container_port)
        }
    };
    let ports = service.ports.iter().filter_map(|port| {
        let number = number(&port.target_port, &port.protocol)?;
        Some(EndpointPort {
            name: port.name.clone(),
            protocol: port.protocol.clone(),
            port: number,
        })
    });
    let mut ports = ports.into_list();
    if ports.len() > 1 {
        ordinal_api::sorted::sort_by_key(&mut ports, hash);
    }
    ports.into()
}

/// What ports are put in order by: FNV-1a of 128 bits of their words. Models util/controller_utils.go `portsInOrder`.
fn hash(port: &EndpointPort) -> u128 {
    const PRIME: u128 = 0x0100_0000_0000_0000_0000_013b;
    let words = format!(
        "(v1.EndpointPort){{Name:(*string){} Protocol:(*v1.Protocol){} Port:(*int32){} AppProtocol:(*string)<nil>}}",
        port.name, port.protocol, port.port
    );
    words.bytes().fold(
        0x6c62_272e_07bb_0142_62b8_2175_6295_c58d,
        |hash: u128, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_hashed_as_upstream_does() {
        let of = |name: &str, port| EndpointPort {
            name: name.into(),
            protocol: "TCP".into(),
            port,
        };
        assert_eq!(
            hash(&of("a", 80)),
            0x9086_c423_05e0_d409_8df1_3d69_0be1_f478
        );
        assert_eq!(
            hash(&of("b", 8080)),
            0x4bed_4fd3_2883_f597_41eb_59b0_d9ac_aa87
        );
    }
}
