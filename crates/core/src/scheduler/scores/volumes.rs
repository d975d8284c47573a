//! Volumes of which much stays free. Models plugins/volumebinding/scorer.go with the default shape of `StorageCapacityScoring`, 1.37.

use ordinal_api::sorted::SortedMap;

use super::MAX;
use crate::controllers::persistentvolume::{claim_class, volume_class};
use crate::scheduler::filters::{Choice, Cycle, plan_volumes, room_at};
use crate::scheduler::node_info::NodeInfo;

/// The mean, over the classes of the volumes that a node would take or make, of the share that its claims leave free.
pub(super) fn scores(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Vec<i64> {
    let store = &cycle.world.store;
    let score = |node: &&NodeInfo| {
        let plans = plan_volumes(&cycle.volumes, node).unwrap_or_default();
        // Where any volume is there already, those that are to be made do not count.
        let there = plans.iter().any(|(_, choice)| *choice != Choice::Provision);
        let mut classes: SortedMap<&str, (i128, i128)> = SortedMap::new();
        for (id, choice) in plans {
            let Some(claim_object) = store.get(id) else {
                continue;
            };
            let asked = claim_object
                .as_claim()
                .map(|c| c.spec.request().whole())
                .unwrap_or_default();
            match choice {
                Choice::Static(volume) => {
                    let Some(volume) = store.get(volume) else {
                        continue;
                    };
                    let size = volume
                        .as_volume()
                        .map(|v| v.spec.size().whole())
                        .unwrap_or_default();
                    let sums = classes.entry(volume_class(volume)).or_default();
                    *sums = (sums.0 + asked, sums.1 + size);
                }
                Choice::Provision if !there => {
                    if let Some(room) = room_at(&cycle.volumes, id, node) {
                        let sums = classes.entry(claim_class(claim_object)).or_default();
                        *sums = (sums.0 + asked, room);
                    }
                }
                Choice::Provision => {}
            }
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
