//! What is different between two versions of an EndpointSlice.

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::ObjectMeta;
use ordinal_api::endpointslice::{Endpoint, EndpointSlice};

use crate::journal::Endpoints;

/// The label that names a slice's Service.
pub(super) const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The endpoints that differ. A new slice always has an answer; a slice of no Service never has.
pub(super) fn endpoints(
    meta: &ObjectMeta,
    old: Option<&EndpointSlice>,
    new: &EndpointSlice,
) -> Option<Arc<Endpoints>> {
    let service = meta.label(SERVICE_NAME)?.into();
    let before = old.map_or(&[][..], |old| &old.endpoints[..]);
    let after = &new.endpoints[..];
    // Most writes change one endpoint: what is the same at both ends need not be looked up.
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[same..], &after[same..]);
    let same = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (before, after) = (&before[..before.len() - same], &after[..after.len() - same]);
    if old.is_some() && before.is_empty() && after.is_empty() {
        return None;
    }
    let mut left: SortedMap<_, &Endpoint> = before.iter().map(|e| (name(e), &**e)).collect();
    let mut facts = Endpoints {
        service,
        ..Endpoints::default()
    };
    for endpoint in after {
        let old = left.remove(name(endpoint));
        if old == Some(&**endpoint) {
            continue;
        }
        if !endpoint.ready && old.is_some_and(|old| old.ready) {
            facts.lost.push(name(endpoint).clone());
        }
        let list = if endpoint.ready {
            &mut facts.ready
        } else {
            &mut facts.not_ready
        };
        list.push(name(endpoint).clone());
        if endpoint.terminating {
            facts
                .terminating
                .push((name(endpoint).clone(), endpoint.serving));
        }
    }
    let were_ready = left.values().filter(|old| old.ready);
    facts.lost.extend(were_ready.map(|old| name(old).clone()));
    facts.gone = left.into_keys().cloned().collect();
    Some(Arc::new(facts))
}

/// The Pod behind an endpoint, or its address where it was given by hand.
fn name(endpoint: &Endpoint) -> &ordinal_api::Text {
    if endpoint.pod.is_empty() {
        &endpoint.address
    } else {
        &endpoint.pod
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(pod: &str, ready: bool) -> Endpoint {
        Endpoint {
            address: "10.244.0.1".into(),
            hostname: pod.into(),
            ready,
            serving: ready,
            terminating: false,
            node_name: "node-1".into(),
            zone: "zone-a".into(),
            pod: pod.into(),
            pod_uid: ordinal_api::Uid::NONE,
        }
    }

    fn slice(endpoints: &[Endpoint]) -> EndpointSlice {
        EndpointSlice {
            endpoints: endpoints.iter().cloned().map(Arc::new).collect(),
            ports: Arc::from([]),
            written: None,
        }
    }

    #[test]
    fn only_endpoints_that_differ_are_named() {
        let mut meta = ObjectMeta::named("default", "web-x");
        meta.labels = Arc::new([(SERVICE_NAME.into(), "web".into())].into());
        let (a, b, c, d) = (
            endpoint("a", true),
            endpoint("b", true),
            endpoint("c", true),
            endpoint("d", true),
        );
        let old = slice(&[a.clone(), b.clone(), c, d.clone()]);
        let ending = Endpoint {
            ready: false,
            terminating: true,
            ..b
        };
        let new = slice(&[a, ending, d.clone(), endpoint("e", false)]);
        let facts = endpoints(&meta, Some(&old), &new).expect("they differ");
        let expected = Endpoints {
            service: "web".into(),
            ready: vec![],
            not_ready: vec!["b".into(), "e".into()],
            terminating: vec![("b".into(), true)],
            gone: vec!["c".into()],
            lost: vec!["b".into(), "c".into()],
        };
        assert_eq!(*facts, expected);
        assert_eq!(endpoints(&meta, Some(&new), &new), None);
        assert_eq!(
            endpoints(&meta, None, &slice(&[])).map(|e| e.service.clone()),
            Some("web".into())
        );
    }
}
