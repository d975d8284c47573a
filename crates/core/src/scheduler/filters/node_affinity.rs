//! `nodeSelector` and required node affinity. Models plugins/nodeaffinity, 1.37.

use ordinal_api::Text;
use ordinal_api::labels::Operator;
use ordinal_api::list::IntoList;
use ordinal_api::pod::Pod;

use super::{Cycle, Plugin, Rejection};
use crate::scheduler::node_info::NodeInfo;

/// Whether a node has what the Pod's specification requires of it.
pub(crate) fn matches(pod: &Pod, node: &NodeInfo) -> bool {
    let labels = &node.object.meta.labels;
    let selected = pod
        .spec
        .node_selector
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value));
    let required = pod.spec.affinity.node_affinity.required.as_ref();
    selected && required.is_none_or(|selector| selector.matches(node.name(), labels))
}

/// The only nodes that are looked at, where every term names nodes by their field `metadata.name`.
pub(super) fn named_nodes(pod: &Pod) -> Option<Vec<Text>> {
    let terms = &pod
        .spec
        .affinity
        .node_affinity
        .required
        .as_ref()?
        .node_selector_terms;
    let mut names = Vec::new();
    for term in terms {
        let mut fields = term
            .match_fields
            .iter()
            .filter(|f| f.key == "metadata.name" && f.operator == Operator::In);
        let first = fields.next()?;
        let others: Vec<_> = fields.into_list();
        // Several fields of one term must all hold.
        let of_term = first
            .values
            .iter()
            .filter(|name| others.iter().all(|f| f.values.contains(name)));
        names.extend(of_term.cloned());
    }
    (!terms.is_empty()).then_some(names)
}

pub(super) fn applies(cycle: &Cycle<'_>) -> bool {
    !cycle.pod.spec.node_selector.is_empty()
        || cycle.pod.spec.affinity.node_affinity.required.is_some()
}

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    const REASON: &str = "node(s) didn't match Pod's node affinity/selector";
    (!matches(cycle.pod, node)).then(|| Rejection::of(Plugin::NodeAffinity, REASON))
}
