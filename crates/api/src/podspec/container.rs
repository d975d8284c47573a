//! Containers, and what a Pod gives them.

use crate::sorted::SortedMap;

use super::RestartPolicy;
use crate::{Quantity, Text, Value};

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
