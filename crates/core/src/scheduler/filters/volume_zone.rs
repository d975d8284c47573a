//! Zone and region labels of bound volumes, from before there was node affinity. Models plugins/volumezone, 1.37.

use ordinal_api::Text;
use ordinal_api::list::IntoList;
use ordinal_api::pod::Pod;

use super::volume_binding::Volumes;
use super::{Cycle, EarlyRejection, Plugin, Rejection};
use crate::scheduler::node_info::NodeInfo;

pub(crate) const LABELS: [&str; 4] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

/// Labels of the Pod's volumes with the values that they allow.
pub(super) type Zones = Vec<(&'static str, Vec<Text>)>;

/// What the zones of a Pod's volumes ask of a node.
///
/// # Errors
/// A claim of its own whose volume is gone.
pub(super) fn prepare(pod: &Pod, volumes: &Volumes<'_>) -> Result<Zones, EarlyRejection> {
    let mut zones = Zones::new();
    for (claim, volume) in &volumes.bound {
        if !pod.claim_names().any(|name| *name == claim.meta.name) {
            // Ephemeral volumes are not looked at.
            continue;
        }
        let Some(volume) = volume else {
            let name = claim.as_claim().map(|c| c.volume_name.clone());
            return Err(EarlyRejection {
                plugin: Plugin::VolumeZone,
                reason: format!(
                    "persistentvolume \"{}\" not found",
                    name.unwrap_or_default()
                )
                .into(),
                about: None,
            });
        };
        for key in LABELS {
            let Some(value) = volume.meta.label(key) else {
                continue;
            };
            let values: Vec<Text> = value.split("__").map(|v| Text::new(v.trim())).into_list();
            // A list with an empty zone is no list.
            if !values.iter().any(|v| v.is_empty()) {
                zones.push((key, values));
            }
        }
    }
    Ok(zones)
}

/// The label that took the place of one that was beta.
fn stable(key: &'static str) -> &'static str {
    match key {
        "failure-domain.beta.kubernetes.io/zone" => LABELS[0],
        "failure-domain.beta.kubernetes.io/region" => LABELS[1],
        other => other,
    }
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
            .or_else(|| node.label(stable(key)))
            .is_some_and(|value| values.contains(value))
    });
    (!fits).then(|| Rejection::of(Plugin::VolumeZone, "node(s) had no available volume zone"))
}
