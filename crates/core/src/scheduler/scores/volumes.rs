//! Volumes of which much stays free. Models plugins/volumebinding/scorer.go with the default shape of `StorageCapacityScoring`, 1.37.

use ordinal_api::sorted::SortedMap;

use super::MAX;
use crate::scheduler::filters::{Choice, Cycle, plan_volumes};
use crate::scheduler::node_info::NodeInfo;

/// The mean, over the classes of the volumes that a node would take, of the share that its claims leave free.
pub(super) fn scores(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Vec<i64> {
    let store = &cycle.world.store;
    let score = |node: &&NodeInfo| {
        let mut classes: SortedMap<&str, (i128, i128)> = SortedMap::new();
        for (claim, choice) in plan_volumes(&cycle.volumes, node).unwrap_or_default() {
            let Choice::Static(volume) = choice else {
                continue;
            };
            let (Some(claim), Some(volume)) = (store.get(claim), store.get(volume)) else {
                continue;
            };
            let asked = claim
                .as_claim()
                .map(|c| c.spec.request().whole())
                .unwrap_or_default();
            let size = volume
                .as_volume()
                .map(|v| v.spec.size().whole())
                .unwrap_or_default();
            let class = crate::controllers::persistentvolume::volume_class(volume);
            let sums = classes.entry(class).or_default();
            *sums = (sums.0 + asked, sums.1 + size);
        }
        let count = classes.len() as i64;
        let free = |(asked, size): &(i128, i128)| {
            let used = if *size == 0 {
                i128::from(MAX)
            } else {
                (asked * i128::from(MAX) / size).min(i128::from(MAX))
            };
            MAX - used as i64
        };
        let sum: i64 = classes.values().map(free).sum();
        // Rounded to the nearest whole number.
        if count == 0 {
            0
        } else {
            (2 * sum + count) / (2 * count)
        }
    };
    nodes.iter().map(score).collect()
}
