//! What decides where a Pod may go.

use serde::Serialize;

use crate::labels::Requirement;
use crate::{Labels, Selector, Text};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Toleration {
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub key: Text,
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub operator: Text,
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub value: Text,
    /// Empty means every effect.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub effect: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toleration_seconds: Option<i64>,
}

crate::fields! {
    Toleration {
        key "key"
        operator "operator"
        value "value"
        effect "effect"
        toleration_seconds "tolerationSeconds"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Affinity {
    pub node_affinity: NodeAffinity,
    pub pod_affinity: PodAffinity,
    pub pod_anti_affinity: PodAffinity,
}

crate::fields! {
    Affinity {
        node_affinity "nodeAffinity"
        pod_affinity "podAffinity"
        pod_anti_affinity "podAntiAffinity"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct NodeAffinity {
    pub required: Option<NodeSelector>,
    pub preferred: Vec<PreferredNodeTerm>,
}

crate::fields! {
    NodeAffinity {
        required "requiredDuringSchedulingIgnoredDuringExecution"
        preferred "preferredDuringSchedulingIgnoredDuringExecution"
    }
}

/// Terms of which one must match a node.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct NodeSelector {
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

crate::fields! {
    NodeSelector {
        node_selector_terms "nodeSelectorTerms"
    }
}

/// Requirements that must all hold; a term without any matches no node.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct NodeSelectorTerm {
    pub match_expressions: Vec<Requirement>,
    pub match_fields: Vec<Requirement>,
}

crate::fields! {
    NodeSelectorTerm {
        match_expressions "matchExpressions"
        match_fields "matchFields"
    }
}

impl NodeSelector {
    /// Whether one of the terms matches a node of that name and these labels.
    pub fn matches(&self, name: &str, labels: &Labels) -> bool {
        self.node_selector_terms
            .iter()
            .any(|term| term.matches(name, labels))
    }
}

impl NodeSelectorTerm {
    /// Whether this term matches a node of that name and these labels.
    pub fn matches(&self, name: &str, labels: &Labels) -> bool {
        let any = !self.match_expressions.is_empty() || !self.match_fields.is_empty();
        any && self.match_expressions.iter().all(|r| r.matches(labels))
            && self.match_fields.iter().all(|r| {
                let fields = Labels::from([(Text::new_static("metadata.name"), Text::new(name))]);
                r.matches(&fields)
            })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct PreferredNodeTerm {
    pub weight: i64,
    pub preference: NodeSelectorTerm,
}

crate::fields! {
    PreferredNodeTerm {
        weight "weight"
        preference "preference"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct PodAffinity {
    pub required: Vec<PodAffinityTerm>,
    pub preferred: Vec<WeightedPodTerm>,
}

crate::fields! {
    PodAffinity {
        required "requiredDuringSchedulingIgnoredDuringExecution"
        preferred "preferredDuringSchedulingIgnoredDuringExecution"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct PodAffinityTerm {
    pub label_selector: Option<Selector>,
    pub namespaces: Vec<Text>,
    pub namespace_selector: Option<Selector>,
    pub topology_key: Text,
    pub match_label_keys: Vec<Text>,
    pub mismatch_label_keys: Vec<Text>,
}

crate::fields! {
    PodAffinityTerm {
        label_selector "labelSelector"
        namespaces "namespaces"
        namespace_selector "namespaceSelector"
        topology_key "topologyKey"
        match_label_keys "matchLabelKeys"
        mismatch_label_keys "mismatchLabelKeys"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct WeightedPodTerm {
    pub weight: i64,
    pub pod_affinity_term: PodAffinityTerm,
}

crate::fields! {
    WeightedPodTerm {
        weight "weight"
        pod_affinity_term "podAffinityTerm"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct TopologySpreadConstraint {
    pub max_skew: i64,
    pub topology_key: Text,
    pub when_unsatisfiable: Text,
    pub label_selector: Option<Selector>,
    pub min_domains: Option<i64>,
    pub match_label_keys: Vec<Text>,
    pub node_affinity_policy: Text,
    pub node_taints_policy: Text,
}

crate::fields! {
    TopologySpreadConstraint {
        max_skew "maxSkew"
        topology_key "topologyKey"
        when_unsatisfiable "whenUnsatisfiable"
        label_selector "labelSelector"
        min_domains "minDomains"
        match_label_keys "matchLabelKeys"
        node_affinity_policy "nodeAffinityPolicy"
        node_taints_policy "nodeTaintsPolicy"
    }
}
