//! The scores: each plugin gives each node that passed the filters 0 to 100, times its weight; the highest sum wins.
//! In whole numbers throughout. Models plugins/*, `Score` and `NormalizeScore`, 1.37.

mod images;
mod inter_pod_affinity;
mod resources;
mod spread;
mod volumes;

use ordinal_api::list::IntoList;
use ordinal_api::node::TaintEffect;
use ordinal_api::podspec::Toleration;

use super::Memory;
use super::filters::Cycle;
use super::node_info::NodeInfo;

/// The highest score of a plugin.
const MAX: i64 = 100;

/// The score of every node, in the order of `nodes`.
pub(crate) fn scores(cycle: &Cycle<'_>, memory: &mut Memory, nodes: &[&NodeInfo]) -> Vec<i64> {
    let mut total = vec![0; nodes.len()];
    let mut add = |weight: i64, scores: Vec<i64>| {
        for (sum, score) in total.iter_mut().zip(scores) {
            *sum += weight * score;
        }
    };
    add(3, taints(cycle, nodes));
    if !cycle.pod.spec.affinity.node_affinity.preferred.is_empty() {
        add(2, node_affinity(cycle, nodes));
    }
    add(1, resources::scores(cycle, nodes));
    // Only volumes that are there count.
    if cycle.world.release().storage_capacity_scoring() && !cycle.volumes.made_anywhere {
        add(1, volumes::scores(cycle, nodes));
    }
    if let Some(scores) = images::scores(cycle, memory, nodes) {
        add(1, scores);
    }
    if let Some(scores) = spread::scores(cycle, memory, nodes) {
        add(2, scores);
    }
    if let Some(scores) = inter_pod_affinity::scores(cycle, memory, nodes) {
        add(2, scores);
    }
    total
}

/// The share of the highest, or what is left of it. Models plugins/helper `DefaultNormalizeScore`.
fn normalize(scores: &mut [i64], reverse: bool) {
    let highest = scores.iter().copied().max().unwrap_or_default();
    for score in scores {
        let share = if highest == 0 {
            0
        } else {
            MAX * *score / highest
        };
        *score = if reverse { MAX - share } else { share };
    }
}

/// Fewer `PreferNoSchedule` taints that the Pod does not tolerate are better.
fn taints(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Vec<i64> {
    if cycle.marked.tainted == 0 {
        return vec![MAX; nodes.len()];
    }
    let counts = |t: &&Toleration| t.effect.is_empty() || t.effect == "PreferNoSchedule";
    let untolerated = |node: &&NodeInfo| {
        if !node.is_tainted {
            return 0;
        }
        let taints = node
            .node()
            .taints
            .iter()
            .filter(|t| t.effect == TaintEffect::PreferNoSchedule);
        taints
            .filter(|taint| {
                !cycle
                    .pod
                    .tolerations()
                    .filter(counts)
                    .any(|t| taint.is_tolerated_by(t))
            })
            .count() as i64
    };
    let mut scores: Vec<i64> = nodes.iter().map(untolerated).into_list();
    normalize(&mut scores, true);
    scores
}

/// The weights of the preferred terms that a node matches.
fn node_affinity(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Vec<i64> {
    let preferred = &cycle.pod.spec.affinity.node_affinity.preferred;
    let score = |node: &&NodeInfo| {
        let labels = &node.object.meta.labels;
        preferred
            .iter()
            .filter(|p| p.preference.matches(node.name(), labels))
            .map(|p| p.weight)
            .sum()
    };
    let mut scores: Vec<i64> = nodes.iter().map(score).into_list();
    normalize(&mut scores, false);
    scores
}
