//! Which Services, endpoints and Pods stand behind a name.
//!
//! Models coredns plugin/kubernetes/kubernetes.go `findServices`, `findPods` and `serviceRecordForIP`.

use std::net::IpAddr;

use ordinal_api::endpointslice::{Endpoint, EndpointSlice};
use ordinal_api::service::{Service, ServiceType};
use ordinal_api::{Kind, Object, ObjectKey, Text};

use super::Rcode;
use super::zone::Name;
use crate::World;
use crate::store::Link;

/// Something behind a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// An address, or the name that an ExternalName gives.
    pub host: Text,
    /// Its port; `None` where the Service has none.
    pub port: Option<u16>,
    /// Its own name, without the dot at the end.
    pub name: Text,
}

impl Found {
    /// Its address, unless it is another name.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// What stands behind a name; nothing where the name exists but has no records.
///
/// # Errors
/// `NxDomain` when there is no such name.
pub fn records(world: &World, name: &Name) -> Result<Vec<Found>, Rcode> {
    if name.kind.is_empty() {
        return Ok(Vec::new());
    }
    if !is_namespace(world, &name.namespace) {
        return Err(Rcode::NxDomain);
    }
    if name.service.is_empty() {
        return Ok(Vec::new());
    }
    if name.kind == "pod" {
        pod(world, name)
    } else {
        service(world, name)
    }
}

fn is_namespace(world: &World, namespace: &str) -> bool {
    world.store.find(Kind::Namespace, "", namespace).is_some()
}

/// `pods insecure`: an address in a name is the address, whether or not there is such a Pod.
fn pod(world: &World, name: &Name) -> Result<Vec<Found>, Rcode> {
    let label = &name.service;
    let v4 = label.matches('-').count() == 3 && !label.contains("--");
    let host = label.replace('-', if v4 { "." } else { ":" });
    if host.parse::<IpAddr>().is_err() {
        return Err(Rcode::NxDomain);
    }
    let own = format!("{label}.{}.pod.{}", name.namespace, world.config.domain);
    Ok(vec![Found {
        host: host.into(),
        port: Some(0),
        name: own.into(),
    }])
}

fn service(world: &World, name: &Name) -> Result<Vec<Found>, Rcode> {
    let object = world
        .store
        .find(Kind::Service, &name.namespace, &name.service)
        .ok_or(Rcode::NxDomain)?;
    let service = object.as_service().expect("found among Services");
    let own: Text = format!(
        "{}.{}.svc.{}",
        name.service, name.namespace, world.config.domain
    )
    .into();
    let fits = |port: &str, protocol: &str| {
        (name.port.is_empty() || name.port.eq_ignore_ascii_case(port))
            && (name.protocol.is_empty() || name.protocol.eq_ignore_ascii_case(protocol))
    };
    let mut found = Vec::new();
    if service.type_ == ServiceType::ExternalName {
        // It has neither endpoints nor ports, and an address is no name.
        let plain = name.endpoint.is_empty() && name.port.is_empty() && name.protocol.is_empty();
        if plain && service.external_name.parse::<IpAddr>().is_err() {
            found.push(Found {
                host: service.external_name.clone(),
                port: Some(0),
                name: own,
            });
        }
    } else if service.is_headless() || !name.endpoint.is_empty() {
        // Whether the Service has an address of its own does not matter to the names of its endpoints.
        for slice in slices(world, object) {
            for (endpoint, address) in ready(slice) {
                let label = label(endpoint, address);
                if !name.endpoint.is_empty() && !name.endpoint.eq_ignore_ascii_case(&label) {
                    continue;
                }
                let host = || Found {
                    host: address.into(),
                    port: None,
                    name: format!("{label}.{own}").into(),
                };
                if slice.ports.is_empty() && fits("", "") {
                    found.push(host());
                }
                let ports = slice
                    .ports
                    .iter()
                    .filter(|port| fits(&port.name, &port.protocol));
                found.extend(ports.map(|port| Found {
                    port: Some(port.port),
                    ..host()
                }));
            }
        }
    } else {
        let ports = service
            .ports
            .iter()
            .filter(|port| fits(&port.name, &port.protocol));
        for port in ports {
            found.extend(cluster_ips(service).map(|host| Found {
                host: host.into(),
                port: Some(port.port),
                name: own.clone(),
            }));
        }
    }
    if found.is_empty() {
        Err(Rcode::NxDomain)
    } else {
        Ok(found)
    }
}

/// The addresses of a Service: one of each family that it has.
fn cluster_ips(service: &Service) -> impl Iterator<Item = &str> {
    let all = service.raw["clusterIPs"].as_array();
    let others = all.into_iter().flatten().filter_map(|ip| ip.as_str());
    let first = &*service.cluster_ip;
    std::iter::once(first).chain(others.filter(move |ip| *ip != first))
}

/// All slices of a Service, whoever keeps them.
pub(super) fn slices<'w>(
    world: &'w World,
    service: &Object,
) -> impl Iterator<Item = &'w EndpointSlice> {
    let key = ObjectKey::new(Kind::Service, &service.meta.namespace, &service.meta.name);
    let id = world.store.id(key.kind, &key.namespace, &key.name);
    let slices = id
        .into_iter()
        .flat_map(|id| world.store.linked(Link::SliceOfService, id));
    slices.filter_map(|(_, slice)| slice.as_endpoint_slice())
}

/// Only ready endpoints have names: each with each of its addresses.
fn ready(slice: &EndpointSlice) -> impl Iterator<Item = (&Endpoint, &str)> {
    let endpoints = slice.endpoints.iter().enumerate();
    let ready = endpoints.filter(|(_, endpoint)| endpoint.ready);
    ready.flat_map(|(number, endpoint)| {
        let addresses = slice.addresses(number);
        addresses.map(move |address| (&**endpoint, address))
    })
}

/// The first label of an endpoint's name: its host name, or its address with dashes.
fn label(endpoint: &Endpoint, address: &str) -> Text {
    if endpoint.hostname.is_empty() {
        address.replace(['.', ':'], "-").into()
    } else {
        endpoint.hostname.to_ascii_lowercase().into()
    }
}

/// The names of an address: the Service that has it, or all endpoints that do.
///
/// # Errors
/// `NxDomain` when nothing in the cluster has it.
pub fn names_of(world: &World, address: IpAddr) -> Result<Vec<Text>, Rcode> {
    let domain = &world.config.domain;
    let is = |text: &str| text.parse() == Ok(address);
    let mut services = world
        .store
        .list(Kind::Service)
        .filter_map(|(_, object)| Some((object, object.as_service()?)));
    if let Some((object, _)) =
        services.find(|(_, service): &(_, &Service)| cluster_ips(service).any(is))
    {
        return Ok(vec![
            format!(
                "{}.{}.svc.{domain}",
                object.meta.name, object.meta.namespace
            )
            .into(),
        ]);
    }
    let mut names = Vec::new();
    for (_, object) in world.store.list(Kind::EndpointSlice) {
        let slice = object.as_endpoint_slice().expect("listed among slices");
        let Some(service) = object.meta.label("kubernetes.io/service-name") else {
            continue;
        };
        for (endpoint, address) in ready(slice).filter(|(_, address)| is(address)) {
            let name = format!(
                "{}.{service}.{}.svc.{domain}",
                label(endpoint, address),
                object.meta.namespace
            );
            names.push(name.into());
        }
    }
    if names.is_empty() {
        Err(Rcode::NxDomain)
    } else {
        Ok(names)
    }
}
