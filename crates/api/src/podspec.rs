//! The parts of a Pod's specification on which the cluster acts. Everything else stays in the JSON beside it.

use crate::sorted::SortedMap;

use serde::Serialize;

use crate::labels::Requirement;
use crate::{Labels, Quantity, Selector, Text, Value};

/// `PodSpec`, as far as the cluster acts on it.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct PodSpec {
    pub node_name: Text,
    pub node_selector: Labels,
    pub affinity: Affinity,
    pub tolerations: Vec<Toleration>,
    pub containers: Vec<Container>,
    pub init_containers: Vec<Container>,
    pub volumes: Vec<Volume>,
    pub restart_policy: RestartPolicy,
    pub termination_grace_period_seconds: Option<i64>,
    pub hostname: Text,
    pub subdomain: Text,
    pub scheduler_name: Text,
    pub service_account_name: Text,
    pub priority_class_name: Text,
    pub priority: i32,
    pub topology_spread_constraints: Vec<TopologySpreadConstraint>,
    pub readiness_gates: Vec<ReadinessGate>,
    pub scheduling_gates: Vec<SchedulingGate>,
    pub host_network: bool,
    /// What the Pod takes beside its containers.
    pub overhead: SortedMap<Text, Quantity>,
    /// What the Pod asks for as a whole, instead of its containers' sums.
    pub resources: Resources,
}

crate::fields! {
    PodSpec {
        node_name "nodeName"
        node_selector "nodeSelector"
        affinity "affinity"
        tolerations "tolerations"
        containers "containers"
        init_containers "initContainers"
        volumes "volumes"
        restart_policy "restartPolicy"
        termination_grace_period_seconds "terminationGracePeriodSeconds"
        hostname "hostname"
        subdomain "subdomain"
        scheduler_name "schedulerName"
        service_account_name "serviceAccountName"
        priority_class_name "priorityClassName"
        priority "priority"
        topology_spread_constraints "topologySpreadConstraints"
        readiness_gates "readinessGates"
        scheduling_gates "schedulingGates"
        host_network "hostNetwork"
        overhead "overhead"
        resources "resources"
    }
}

impl PodSpec {
    /// Lets every container ask for what it is limited to, where it does not say: what the server does to a new Pod.
    pub fn fill_requests(&mut self) {
        for container in self.init_containers.iter_mut().chain(&mut self.containers) {
            let Resources { requests, limits } = &mut container.resources;
            for (name, limit) in limits.iter() {
                requests
                    .entry(name.clone())
                    .or_insert_with(|| limit.clone());
            }
        }
    }
}

/// What happens to a container that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum RestartPolicy {
    #[default]
    Always,
    OnFailure,
    Never,
}

crate::words! { RestartPolicy { Always OnFailure Never } }

/// A container, as far as the cluster acts on it.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Container {
    pub name: Text,
    pub image: Text,
    pub image_pull_policy: Text,
    pub command: Vec<Text>,
    pub args: Vec<Text>,
    pub ports: Vec<ContainerPort>,
    pub resources: Resources,
    pub volume_mounts: Vec<VolumeMount>,
    pub env: Vec<EnvVar>,
    pub env_from: Vec<EnvFrom>,
    pub readiness_probe: Option<Probe>,
    pub liveness_probe: Option<Probe>,
    pub startup_probe: Option<Probe>,
    pub lifecycle: Option<Lifecycle>,
    /// `Always` on an init container makes it a sidecar.
    pub restart_policy: Option<RestartPolicy>,
}

crate::fields! {
    Container {
        name "name"
        image "image"
        image_pull_policy "imagePullPolicy"
        command "command"
        args "args"
        ports "ports"
        resources "resources"
        volume_mounts "volumeMounts"
        env "env"
        env_from "envFrom"
        readiness_probe "readinessProbe"
        liveness_probe "livenessProbe"
        startup_probe "startupProbe"
        lifecycle "lifecycle"
        restart_policy "restartPolicy"
    }
}

impl Container {
    /// Whether this init container keeps running beside the others.
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy == Some(RestartPolicy::Always)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ContainerPort {
    pub name: Text,
    pub container_port: u16,
    pub host_port: u16,
    pub host_ip: Text,
    pub protocol: Text,
}

crate::fields! {
    ContainerPort {
        name "name"
        container_port "containerPort"
        host_port "hostPort"
        host_ip "hostIP"
        protocol "protocol"
    }
}

/// Requests and limits, by resource name.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Resources {
    pub requests: SortedMap<Text, Quantity>,
    pub limits: SortedMap<Text, Quantity>,
}

crate::fields! {
    Resources {
        requests "requests"
        limits "limits"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct VolumeMount {
    pub name: Text,
    pub mount_path: Text,
    pub sub_path: Text,
    pub read_only: bool,
}

crate::fields! {
    VolumeMount {
        name "name"
        mount_path "mountPath"
        sub_path "subPath"
        read_only "readOnly"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct EnvVar {
    pub name: Text,
    pub value: Text,
    pub value_from: Option<EnvSource>,
}

crate::fields! {
    EnvVar {
        name "name"
        value "value"
        value_from "valueFrom"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct EnvSource {
    pub config_map_key_ref: Option<KeyRef>,
    pub secret_key_ref: Option<KeyRef>,
    pub field_ref: Option<Value>,
}

crate::fields! {
    EnvSource {
        config_map_key_ref "configMapKeyRef"
        secret_key_ref "secretKeyRef"
        field_ref "fieldRef"
    }
}

/// A reference to one key of a ConfigMap or a Secret, or (without a key) to all of it.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct KeyRef {
    pub name: Text,
    pub key: Text,
    pub optional: bool,
}

crate::fields! {
    KeyRef {
        name "name"
        key "key"
        optional "optional"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct EnvFrom {
    pub config_map_ref: Option<KeyRef>,
    pub secret_ref: Option<KeyRef>,
}

crate::fields! {
    EnvFrom {
        config_map_ref "configMapRef"
        secret_ref "secretRef"
    }
}

/// A probe: only its timing matters here, for what it asks cannot be executed.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Probe {
    pub initial_delay_seconds: u32,
    pub period_seconds: Option<u32>,
    pub timeout_seconds: Option<u32>,
    pub success_threshold: Option<u32>,
    pub failure_threshold: Option<u32>,
    pub exec: Option<Value>,
    pub http_get: Option<Value>,
    pub tcp_socket: Option<Value>,
    pub grpc: Option<Value>,
}

crate::fields! {
    Probe {
        initial_delay_seconds "initialDelaySeconds"
        period_seconds "periodSeconds"
        timeout_seconds "timeoutSeconds"
        success_threshold "successThreshold"
        failure_threshold "failureThreshold"
        exec "exec"
        http_get "httpGet"
        tcp_socket "tcpSocket"
        grpc "grpc"
    }
}

impl Probe {
    /// `periodSeconds`, 10 if not given; at least 1.
    pub fn period_secs(&self) -> u64 {
        u64::from(self.period_seconds.unwrap_or(10).max(1))
    }
    /// `failureThreshold`, 3 if not given; at least 1.
    pub fn failures(&self) -> u32 {
        self.failure_threshold.unwrap_or(3).max(1)
    }
    /// `successThreshold`, 1 if not given; at least 1.
    pub fn successes(&self) -> u32 {
        self.success_threshold.unwrap_or(1).max(1)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Lifecycle {
    pub pre_stop: Option<Value>,
    pub post_start: Option<Value>,
}

crate::fields! {
    Lifecycle {
        pre_stop "preStop"
        post_start "postStart"
    }
}

/// A volume of a Pod. Only the sources on which a start can depend are typed.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Volume {
    pub name: Text,
    pub persistent_volume_claim: Option<ClaimSource>,
    pub config_map: Option<NamedSource>,
    pub secret: Option<SecretSource>,
    pub projected: Option<Value>,
    pub empty_dir: Option<Value>,
    pub host_path: Option<Value>,
    pub ephemeral: Option<Value>,
    pub nfs: Option<Value>,
}

crate::fields! {
    Volume {
        name "name"
        persistent_volume_claim "persistentVolumeClaim"
        config_map "configMap"
        secret "secret"
        projected "projected"
        empty_dir "emptyDir"
        host_path "hostPath"
        ephemeral "ephemeral"
        nfs "nfs"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ClaimSource {
    pub claim_name: Text,
    pub read_only: bool,
}

crate::fields! {
    ClaimSource {
        claim_name "claimName"
        read_only "readOnly"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct NamedSource {
    pub name: Text,
    pub optional: bool,
}

crate::fields! {
    NamedSource {
        name "name"
        optional "optional"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct SecretSource {
    pub secret_name: Text,
    pub optional: bool,
}

crate::fields! {
    SecretSource {
        secret_name "secretName"
        optional "optional"
    }
}

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

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ReadinessGate {
    pub condition_type: Text,
}

crate::fields! {
    ReadinessGate {
        condition_type "conditionType"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct SchedulingGate {
    pub name: Text,
}

crate::fields! {
    SchedulingGate {
        name "name"
    }
}
