//! The name plate of an identity: its stable name and what that resolves to now.

use ordinal_api::{Kind, Text};

use super::records::slices;
use crate::{Id, World};

/// A stable name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePlate {
    /// As Pods of the same namespace call it: `web-0.nginx`.
    pub name: Text,
    /// The whole name: `web-0.nginx.default.svc.cluster.local`.
    pub fqdn: Text,
    /// What it resolves to.
    pub plate: Plate,
}

/// What a stable name resolves to, or why it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plate {
    /// To these addresses.
    Resolves(Vec<Text>),
    /// There is no Service of that name.
    NoService,
    /// The Service does not list the Pod: it has no address yet, has ended, is not there or is not selected.
    NotListed,
    /// The Service lists it, but not as ready.
    NotReady,
}

/// The name plate of a Pod that has a host name and a subdomain.
pub fn name_plate(world: &World, pod: Id) -> Option<NamePlate> {
    let object = world.get(pod)?;
    let pod = object.as_pod()?;
    let named = !pod.hostname.is_empty() && !pod.subdomain.is_empty();
    named.then(|| NamePlate::of(world, &object.meta.namespace, &pod.hostname, &pod.subdomain))
}

impl NamePlate {
    /// The name plate of an identity, whether or not a Pod embodies it now.
    pub fn of(world: &World, namespace: &str, hostname: &str, service: &str) -> Self {
        let name = format!("{hostname}.{service}");
        let fqdn = format!("{name}.{namespace}.svc.{}", world.config.domain);
        Self {
            name: name.into(),
            fqdn: fqdn.into(),
            plate: plate(world, namespace, hostname, service),
        }
    }
}

fn plate(world: &World, namespace: &str, hostname: &str, service: &str) -> Plate {
    let Some(service) = world.store.find(Kind::Service, namespace, service) else {
        return Plate::NoService;
    };
    let endpoints = slices(world, service).flat_map(|slice| slice.endpoints.iter());
    let mut listed = false;
    let mut addresses = Vec::new();
    for endpoint in endpoints.filter(|endpoint| endpoint.hostname == hostname) {
        listed = true;
        if endpoint.ready {
            addresses.push(endpoint.address.clone());
        }
    }
    match (addresses.is_empty(), listed) {
        (false, _) => Plate::Resolves(addresses),
        (true, true) => Plate::NotReady,
        (true, false) => Plate::NotListed,
    }
}
