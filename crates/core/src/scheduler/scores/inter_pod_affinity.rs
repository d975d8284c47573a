//! Preferred affinity and anti-affinity between Pods, from both sides. Models plugins/interpodaffinity/scoring.go, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use ordinal_api::Text;
use ordinal_api::podspec::PodAffinityTerm;

use super::MAX;
use crate::scheduler::Memory;
use crate::scheduler::counters::{ByNode, resolved_affinity};
use crate::scheduler::filters::{Cycle, count, pods_of_term, topology_counts};
use crate::scheduler::node_info::NodeInfo;

/// `hardPodAffinityWeight`: what a Pod's required affinity adds for those that it wants to be with.
const HARD_WEIGHT: i64 = 1;

#[derive(Default)]
struct Sums(SortedMap<Text, SortedMap<Text, i64>>);

impl Sums {
    fn add(&mut self, memory: &Memory, key: &Text, by_node: &ByNode, weight: i64) {
        let sums = self.0.entry(key.clone()).or_default();
        for (value, pods) in topology_counts(memory, key, by_node) {
            *sums.entry(value).or_default() += pods * weight;
        }
    }
}

/// The score of each node, or nothing where no Pod prefers anything.
pub(super) fn scores(
    cycle: &Cycle<'_>,
    memory: &mut Memory,
    nodes: &[&NodeInfo],
) -> Option<Vec<i64>> {
    let (world, object) = (cycle.world, cycle.object);
    let mut sums = Sums::default();
    if let Some(affinity) = resolved_affinity(object) {
        let wanted = affinity
            .pod_affinity
            .preferred
            .iter()
            .map(|w| (w.weight, &w.pod_affinity_term));
        let unwanted = affinity
            .pod_anti_affinity
            .preferred
            .iter()
            .map(|w| (-w.weight, &w.pod_affinity_term));
        for (weight, term) in wanted.chain(unwanted) {
            let by_node = count(
                world,
                memory,
                &pods_of_term(term, &object.meta.namespace, world),
            );
            sums.add(memory, &term.topology_key, &by_node, weight);
        }
    }
    for group in memory.counters.groups() {
        let (own, anti) = (
            &group.resolved.pod_affinity,
            &group.resolved.pod_anti_affinity,
        );
        let required = own.required.iter().map(|term| (HARD_WEIGHT, term));
        let wanted = own
            .preferred
            .iter()
            .map(|w| (w.weight, &w.pod_affinity_term));
        let unwanted = anti
            .preferred
            .iter()
            .map(|w| (-w.weight, &w.pod_affinity_term));
        let means_it =
            |term: &PodAffinityTerm| pods_of_term(term, &group.namespace, world).matches(object);
        for (weight, term) in required
            .chain(wanted)
            .chain(unwanted)
            .filter(|(_, term)| means_it(term))
        {
            sums.add(memory, &term.topology_key, &group.by_node, weight);
        }
    }
    if sums.0.is_empty() {
        return None;
    }
    let raw = |node: &&NodeInfo| {
        let at = |(key, sums): (&Text, &SortedMap<Text, i64>)| sums.get(node.label(key)?).copied();
        sums.0.iter().filter_map(at).sum()
    };
    let raw: Vec<i64> = nodes.iter().map(raw).into_list();
    let (lowest, highest) = (raw.iter().copied().min()?, raw.iter().copied().max()?);
    let apart = highest - lowest;
    Some(
        raw.iter()
            .map(|score| {
                if apart == 0 {
                    0
                } else {
                    // tidy: upstream cuts a fraction off, so the last bit decides; IEEE 754 is the same everywhere.
                    (MAX as f64 * ((score - lowest) as f64 / apart as f64)) as i64
                }
            })
            .collect(),
    )
}
