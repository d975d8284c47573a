//! Whether another Pod that came, went or was changed may matter to one that waits.

use ordinal_api::list::IntoList;
use ordinal_api::pod::Pod;
use ordinal_api::podspec::PodAffinityTerm;
use ordinal_api::{Labels, Object, Selector, Text};

use super::hard_constraints;
use crate::World;
use crate::release::Release;
use crate::scheduler::counters::{Counted, resolved_affinity};
use crate::scheduler::filters::{Plugin, shares_disk};
use crate::scheduler::node_info::HostPort;

/// Another Pod left a node, came to one, or was changed on one.
pub(super) fn other_pod(
    world: &World,
    plugin: Plugin,
    pod: &Object,
    left: Option<&Object>,
    came: Option<&Object>,
    changed: Option<(&Object, &Object)>,
) -> bool {
    let (Some(waiting), spec_of) = (pod.as_pod(), |o: &Object| {
        o.as_pod().map(|p| p.spec.clone())
    }) else {
        return false;
    };
    let claims = |o: &Object| {
        o.as_pod()
            .map(|p| p.claim_names().cloned().into_list())
            .unwrap_or_default()
    };
    match plugin {
        Plugin::NodeResourcesFit => left.is_some(),
        Plugin::NodePorts => left.and_then(spec_of).is_some_and(|spec| {
            let wanted = HostPort::of(&waiting.spec);
            HostPort::of(&spec)
                .iter()
                .any(|port| wanted.iter().any(|w| w.conflicts_with(port)))
        }),
        Plugin::VolumeRestrictions => left.is_some_and(|other| {
            other.meta.namespace == pod.meta.namespace
                && (claims(other).iter().any(|c| claims(pod).contains(c))
                    || shares_disk(pod, other))
        }),
        Plugin::NodeVolumeLimits => left.is_some_and(|other| {
            let ephemeral = |p: &Pod| p.template_volumes().any(|v| v.ephemeral.is_some());
            !claims(other).is_empty() || other.as_pod().is_some_and(ephemeral)
        }),
        Plugin::PodTopologySpread => {
            let matches = |c: &Counted, o: &Object| c.selector.matches(&o.meta.labels);
            let mut constraints = hard_constraints(pod).map(|(_, counted)| counted);
            match (left.or(came), changed) {
                (Some(other), _) if other.meta.namespace == pod.meta.namespace => {
                    constraints.any(|c| matches(&c, other))
                }
                (None, Some((old, new))) if new.meta.namespace == pod.meta.namespace => {
                    constraints.any(|c| matches(&c, old) != matches(&c, new))
                }
                _ => false,
            }
        }
        Plugin::InterPodAffinity => {
            let affinity = resolved_affinity(pod).unwrap_or_default();
            let own = &pod.meta.namespace;
            let release = world.release();
            let wanted = |o: &Object| means_all(&affinity.pod_affinity.required, own, o);
            let unwanted =
                |o: &Object| refuses(release, &affinity.pod_anti_affinity.required, own, o);
            let is_unwanted_by = |o: &Object| {
                let theirs = resolved_affinity(o).unwrap_or_default();
                let terms = &theirs.pod_anti_affinity.required;
                refuses(release, terms, &o.meta.namespace, pod)
            };
            came.is_some_and(wanted)
                || left.is_some_and(|o| unwanted(o) || is_unwanted_by(o))
                || changed.is_some_and(|(old, new)| {
                    (wanted(new) && !wanted(old)) || (unwanted(old) && !unwanted(new))
                })
        }
        _ => false,
    }
}

/// Whether a term means a Pod, as far as the queue knows: it does not look up the labels of namespaces.
fn means(term: &PodAffinityTerm, own: &Text, pod: &Object) -> bool {
    let namespace = &pod.meta.namespace;
    let named = match &term.namespace_selector {
        None if term.namespaces.is_empty() => own == namespace,
        None => false,
        Some(selector) => selector.matches(&Labels::new()),
    };
    let selects = |s: &Selector| s.matches(&pod.meta.labels);
    (named || term.namespaces.contains(namespace))
        && term.label_selector.as_ref().is_some_and(selects)
}

/// Whether there are terms, and all of them mean a Pod.
fn means_all(terms: &[PodAffinityTerm], own: &Text, pod: &Object) -> bool {
    !terms.is_empty() && terms.iter().all(|term| means(term, own, pod))
}

/// Whether a required anti-affinity means a Pod: one of its terms is enough since 1.37.
fn refuses(release: Release, terms: &[PodAffinityTerm], own: &Text, pod: &Object) -> bool {
    if release.any_anti_affinity_wakes() {
        terms.iter().any(|term| means(term, own, pod))
    } else {
        means_all(terms, own, pod)
    }
}
