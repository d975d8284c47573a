//! Zone and region labels of bound volumes, from before there was node affinity. Models plugins/volumezone, 1.37.

use ordinal_api::Text;

use super::volume_binding::Volumes;
use super::{Cycle, Plugin, Rejection};
use crate::scheduler::node_info::NodeInfo;

const LABELS: [&str; 4] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

/// Labels of the Pod's volumes with the values that they allow.
pub(super) type Zones = Vec<(&'static str, Vec<Text>)>;

pub(super) fn prepare(volumes: &Volumes<'_>) -> Zones {
    let bound = volumes.bound.iter().filter_map(|(_, volume)| *volume);
    bound
        .flat_map(|volume| {
            LABELS.into_iter().filter_map(|key| {
                let value = volume.meta.label(key)?;
                Some((key, value.split("__").map(Text::new).collect()))
            })
        })
        .collect()
}

/// The other name of a label: the one that was beta, or the one that took its place.
fn other(key: &str) -> &'static str {
    let at = LABELS
        .iter()
        .position(|label| *label == key)
        .unwrap_or_default();
    LABELS[(at + 2) % 4]
}

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    !cycle.zones.is_empty()
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    if !LABELS.iter().any(|key| node.label(key).is_some()) {
        return None;
    }
    let fits = cycle.zones.iter().all(|(key, values)| {
        node.label(key)
            .or_else(|| node.label(other(key)))
            .is_some_and(|value| values.contains(value))
    });
    (!fits).then(|| Rejection::of(Plugin::VolumeZone, "node(s) had no available volume zone"))
}
