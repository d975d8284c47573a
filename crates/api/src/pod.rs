//! `Pod`.

use crate::list::IntoList;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, json};

use crate::condition::{self, Condition};
use crate::podspec::{PodSpec, Toleration, Volume};
use crate::value::{decode, overlay};
use crate::{Kind, SimTime, Status, Text, Value};

/// What a Pod stores beside its metadata.
///
/// The specification is shared by all Pods of one template; what differs from Pod to Pod (node, host name, claims)
/// stands beside it and wins over it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// The template's specification, typed.
    pub spec: Arc<PodSpec>,
    /// The same as admitted JSON.
    pub raw: Arc<Value>,
    /// `spec.nodeName`: empty until bound.
    pub node_name: Text,
    /// `spec.hostname`.
    pub hostname: Text,
    /// `spec.subdomain`.
    pub subdomain: Text,
    /// Claims that a StatefulSet put in: volume name and claim name. They replace volumes of the same name.
    pub claims: Arc<[(Text, Text)]>,
    /// Tolerations that admission added.
    pub added_tolerations: AddedTolerations,
    /// Its status.
    pub status: Arc<PodStatus>,
}

/// What `DefaultTolerationSeconds` added: 300 s for each of the two keys that the Pod does not tolerate itself.
/// Models plugin/pkg/admission/defaulttolerationseconds, 1.37.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddedTolerations {
    /// `node.kubernetes.io/not-ready:NoExecute`
    pub not_ready: bool,
    /// `node.kubernetes.io/unreachable:NoExecute`
    pub unreachable: bool,
}

/// `node.kubernetes.io/not-ready`
pub const TAINT_NOT_READY: &str = "node.kubernetes.io/not-ready";
/// `node.kubernetes.io/unreachable`
pub const TAINT_UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// `status.phase`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum PodPhase {
    #[default]
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

impl PodPhase {
    /// `Pending`, `Running` …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether it can never change again.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// `status` of a Pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodStatus {
    /// `phase`
    pub phase: PodPhase,
    /// `observedGeneration`: which version its kubelet has seen; 0 for none.
    pub observed_generation: u64,
    /// Conditions, in the order in which they are printed.
    pub conditions: Vec<Condition>,
    /// `reason`, such as `Evicted` or `NodeLost`.
    pub reason: Text,
    /// `message`
    pub message: Text,
    /// `podIP`; empty until the sandbox is up.
    pub pod_ip: Text,
    /// `hostIP`
    pub host_ip: Text,
    /// `startTime`: when the kubelet saw it first.
    pub start_time: Option<SimTime>,
    /// `nominatedNodeName`
    pub nominated_node_name: Text,
    /// One for each init container, in their order.
    pub init_containers: Vec<ContainerStatus>,
    /// One for each container, in their order.
    pub containers: Vec<ContainerStatus>,
}

/// `containerStatuses[]`
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ContainerStatus {
    pub name: Text,
    pub image: Text,
    pub ready: bool,
    pub started: bool,
    pub restart_count: u32,
    pub state: ContainerState,
    pub last_state: Option<Box<ContainerState>>,
}

/// `containerStatuses[].state`
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub enum ContainerState {
    Waiting {
        reason: Text,
        message: Text,
    },
    Running {
        started_at: SimTime,
    },
    Terminated {
        exit_code: i32,
        reason: Text,
        message: Text,
        started_at: Option<SimTime>,
        finished_at: SimTime,
    },
}

impl Default for ContainerState {
    fn default() -> Self {
        Self::Waiting {
            reason: Text::new_static("ContainerCreating"),
            message: Text::default(),
        }
    }
}

impl ContainerState {
    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running { .. })
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Waiting { reason, message } => {
                let mut map = Map::new();
                if !message.is_empty() {
                    map.insert("message".into(), json!(message));
                }
                if !reason.is_empty() {
                    map.insert("reason".into(), json!(reason));
                }
                json!({ "waiting": map })
            }
            Self::Running { started_at } => {
                json!({ "running": { "startedAt": started_at.to_rfc3339() } })
            }
            Self::Terminated {
                exit_code,
                reason,
                message,
                started_at,
                finished_at,
            } => {
                let mut map = Map::new();
                map.insert("exitCode".into(), json!(exit_code));
                map.insert("finishedAt".into(), json!(finished_at.to_rfc3339()));
                if !message.is_empty() {
                    map.insert("message".into(), json!(message));
                }
                map.insert("reason".into(), json!(reason));
                map.insert(
                    "startedAt".into(),
                    json!(started_at.map(SimTime::to_rfc3339)),
                );
                json!({ "terminated": map })
            }
        }
    }
}

static ADDED: LazyLock<[Toleration; 2]> = LazyLock::new(|| {
    [TAINT_NOT_READY, TAINT_UNREACHABLE].map(|key| Toleration {
        key: Text::new_static(key),
        operator: Text::new_static("Exists"),
        effect: Text::new_static("NoExecute"),
        toleration_seconds: Some(300),
        ..Toleration::default()
    })
});

impl Pod {
    /// A Pod of a template, not yet admitted.
    pub fn of_template(spec: Arc<PodSpec>, raw: Arc<Value>) -> Self {
        Self {
            node_name: spec.node_name.clone(),
            hostname: spec.hostname.clone(),
            subdomain: spec.subdomain.clone(),
            spec,
            raw,
            claims: Arc::from([]),
            added_tolerations: AddedTolerations::default(),
            status: Arc::default(),
        }
    }

    /// Reads an admitted specification.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        let mut spec: PodSpec = decode(Kind::Pod, value.get("spec"))?;
        spec.fill_requests();
        Ok(Self::of_template(
            Arc::new(spec),
            Arc::new(value.get("spec").cloned().unwrap_or_default()),
        ))
    }

    /// The tolerations in force: its own and those that admission added.
    pub fn tolerations(&self) -> impl Iterator<Item = &Toleration> {
        let [not_ready, unreachable] = &*ADDED;
        let added = self.added_tolerations;
        let first = added.not_ready.then_some(not_ready);
        let second = added.unreachable.then_some(unreachable);
        self.spec.tolerations.iter().chain(first).chain(second)
    }

    /// The claims that it mounts, in the order of its volumes.
    pub fn claim_names(&self) -> impl Iterator<Item = &Text> {
        let of_template = self
            .template_volumes()
            .filter_map(|v| v.persistent_volume_claim.as_ref())
            .map(|c| &c.claim_name);
        self.claims
            .iter()
            .map(|(_, claim)| claim)
            .chain(of_template)
    }

    /// The claim behind one of its volumes.
    pub fn claim_of_volume(&self, volume: &str) -> Option<&Text> {
        self.claims
            .iter()
            .find(|(name, _)| name == volume)
            .map(|(_, claim)| claim)
            .or_else(|| {
                let volume = self.template_volumes().find(|v| v.name == volume)?;
                volume
                    .persistent_volume_claim
                    .as_ref()
                    .map(|c| &c.claim_name)
            })
    }

    /// The template's volumes that no claim replaced.
    pub fn template_volumes(&self) -> impl Iterator<Item = &Volume> {
        self.spec
            .volumes
            .iter()
            .filter(|v| !self.claims.iter().any(|(name, _)| *name == v.name))
    }

    /// Whether its condition `Ready` is True.
    pub fn is_ready(&self) -> bool {
        condition::is_true(&self.status.conditions, "Ready")
    }

    /// Whether it runs and is Ready. Models `isRunningAndReady`, which does not look at deletion.
    pub fn is_running_and_ready(&self) -> bool {
        self.status.phase == PodPhase::Running && self.is_ready()
    }

    /// Seconds that its containers get to stop.
    pub fn grace_secs(&self) -> u64 {
        self.spec
            .termination_grace_period_seconds
            .map_or(30, |secs| u64::try_from(secs).unwrap_or(1))
    }

    /// How often its most restarted container was restarted.
    pub fn restarts(&self) -> u32 {
        self.status.containers.iter().map(|c| c.restart_count).sum()
    }

    /// `spec` with what admission gives to every Pod: its account, its priority and the volume with the account's token.
    /// Models plugin/pkg/admission/serviceaccount and priority, 1.37.
    pub fn admitted_spec(&self, uid: crate::Uid) -> Value {
        const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
        let mut spec = self.spec_value();
        if uid == crate::Uid::NONE || !spec.is_object() {
            return spec;
        }
        let account = spec
            .get("serviceAccountName")
            .cloned()
            .unwrap_or_else(|| json!("default"));
        for (key, default) in [
            ("enableServiceLinks", json!(true)),
            ("preemptionPolicy", json!("PreemptLowerPriority")),
            ("priority", json!(self.spec.priority)),
            ("serviceAccount", account.clone()),
            ("serviceAccountName", account),
        ] {
            if spec.get(key).is_none() {
                overlay(&mut spec, key, Some(default));
            }
        }
        let is_token = |volume: &Value| {
            volume["name"]
                .as_str()
                .is_some_and(|name| name.starts_with("kube-api-access-"))
        };
        let volumes = spec.get("volumes").and_then(Value::as_array);
        if spec
            .get("automountServiceAccountToken")
            .is_some_and(|a| *a == false)
            || volumes.is_some_and(|volumes| volumes.iter().any(is_token))
        {
            return spec;
        }
        let letters = b"bcdfghjklmnpqrstvwxz2456789";
        let letter = |at: u32| char::from(letters[((uid.0 >> (at * 8)) % 27) as usize]);
        let name = format!("kube-api-access-{}", (0..5).map(letter).collect::<String>());
        let mut mounted = false;
        for key in ["initContainers", "containers"] {
            let containers = spec.get_mut(key).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                let mounts = container.get("volumeMounts").and_then(Value::as_array);
                let mut mounts = mounts.cloned().unwrap_or_default();
                if mounts.iter().any(|mount| mount["mountPath"] == TOKEN) {
                    continue;
                }
                mounted = true;
                mounts.push(json!({"name": name, "readOnly": true, "mountPath": TOKEN}));
                overlay(container, "volumeMounts", Some(Value::Array(mounts)));
            }
        }
        if mounted {
            let mut volumes = spec
                .get("volumes")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            volumes.push(json!({"name": name, "projected": {"defaultMode": 420, "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
            ]}}));
            overlay(&mut spec, "volumes", Some(Value::Array(volumes)));
        }
        spec
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self) -> Value {
        let mut spec = (*self.raw).clone();
        let text = |text: &Text| (!text.is_empty()).then(|| json!(text));
        overlay(&mut spec, "nodeName", text(&self.node_name));
        overlay(&mut spec, "hostname", text(&self.hostname));
        overlay(&mut spec, "subdomain", text(&self.subdomain));
        let tolerations: Vec<Value> = self.tolerations().map(|t| json!(t)).into_list();
        overlay(
            &mut spec,
            "tolerations",
            (!tolerations.is_empty()).then(|| json!(tolerations)),
        );
        if !self.claims.is_empty() {
            let claims = self
                .claims
                .iter()
                .map(|(volume, claim)| json!({"name": volume, "persistentVolumeClaim": {"claimName": claim}}));
            let own = spec
                .get("volumes")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let own = own.into_iter().filter(|v| {
                !self
                    .claims
                    .iter()
                    .any(|(name, _)| v["name"] == name.as_str())
            });
            let volumes: Vec<Value> = claims.chain(own).into_list();
            overlay(&mut spec, "volumes", Some(json!(volumes)));
        }
        spec
    }

    /// `status` as the API prints it; `uid` is the Pod's, from which its containers' identities follow.
    pub fn status_value(&self, uid: crate::Uid) -> Value {
        let status = &self.status;
        let mut map = Map::new();
        let mut put = |key: &str, text: &Text| {
            if !text.is_empty() {
                map.insert(key.to_owned(), json!(text));
            }
        };
        put("hostIP", &status.host_ip);
        put("message", &status.message);
        put("nominatedNodeName", &status.nominated_node_name);
        put("podIP", &status.pod_ip);
        put("reason", &status.reason);
        if !status.host_ip.is_empty() {
            map.insert("hostIPs".into(), json!([{ "ip": status.host_ip }]));
        }
        if !status.pod_ip.is_empty() {
            map.insert("podIPs".into(), json!([{ "ip": status.pod_ip }]));
        }
        if !status.conditions.is_empty() {
            map.insert(
                "conditions".into(),
                condition::to_values(&status.conditions),
            );
        }
        let containers = |list: &[ContainerStatus]| {
            list.iter()
                .map(|status| status.to_value(uid))
                .collect::<Value>()
        };
        if !status.containers.is_empty() {
            map.insert("containerStatuses".into(), containers(&status.containers));
        }
        if !status.init_containers.is_empty() {
            map.insert(
                "initContainerStatuses".into(),
                containers(&status.init_containers),
            );
        }
        if status.observed_generation > 0 {
            map.insert(
                "observedGeneration".into(),
                json!(status.observed_generation),
            );
        }
        map.insert("phase".into(), json!(status.phase.as_str()));
        map.insert("qosClass".into(), json!(self.qos_class()));
        if let Some(start) = status.start_time {
            map.insert("startTime".into(), json!(start.to_rfc3339()));
        }
        Value::Object(map)
    }

    /// `Guaranteed`, `Burstable` or `BestEffort`. Models component-helpers `qos.ComputePodQOS`.
    pub fn qos_class(&self) -> &'static str {
        let containers = || {
            self.spec
                .init_containers
                .iter()
                .chain(&self.spec.containers)
        };
        let counts = |key: &str| key == "cpu" || key == "memory";
        let any = containers().any(|c| {
            c.resources
                .requests
                .iter()
                .chain(&c.resources.limits)
                .any(|(key, q)| counts(key) && q.milli() > 0)
        });
        let guaranteed = containers().all(|c| {
            ["cpu", "memory"].iter().all(|key| {
                let limit = c.resources.limits.get(*key).filter(|q| q.milli() > 0);
                limit.is_some()
                    && c.resources
                        .requests
                        .get(*key)
                        .is_none_or(|request| Some(request) == limit)
            })
        });
        match (any, guaranteed) {
            (false, _) => "BestEffort",
            (true, true) => "Guaranteed",
            (true, false) => "Burstable",
        }
    }
}

impl ContainerStatus {
    fn to_value(&self, uid: crate::Uid) -> Value {
        let waits = matches!(self.state, ContainerState::Waiting { .. });
        let of = |count: u32| {
            format!(
                "containerd://{}",
                digest(&[&uid.to_string(), &self.name, &count.to_string()])
            )
        };
        let with_id = |state: &ContainerState, count: u32| {
            let mut value = state.to_value();
            if let Some(end) = value.get_mut("terminated") {
                overlay(end, "containerID", Some(json!(of(count))));
            }
            value
        };
        let last = self.last_state.as_ref();
        // While it waits for its next start the last one is still the present one.
        let before = self.restart_count.saturating_sub(u32::from(!waits));
        let mut value = json!({
            "image": self.image,
            "imageID": "",
            "lastState": last.map_or_else(|| json!({}), |state| with_id(state, before)),
            "name": self.name,
            "ready": self.ready,
            "restartCount": self.restart_count,
            "started": self.started,
            "state": with_id(&self.state, self.restart_count),
        });
        if !waits || last.is_some() {
            overlay(
                &mut value,
                "containerID",
                Some(json!(of(self.restart_count))),
            );
            overlay(&mut value, "imageID", Some(json!(image_id(&self.image))));
        }
        value
    }
}

/// A name for what cannot be known here, as long as a SHA-256 in hexadecimal digits: always the same of the same parts.
fn digest(parts: &[&str]) -> String {
    let mut text = String::with_capacity(64);
    for round in 0..4_u64 {
        let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325 ^ round, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        text.push_str(&format!("{:016x}", hash ^ hash >> 29));
    }
    text
}

/// `docker.io/library/nginx@sha256:…` of `nginx:1.27`. Models distribution/reference `ParseNormalizedNamed`.
fn image_id(image: &str) -> String {
    let name = image.split('@').next().unwrap_or(image);
    let tagged = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    let name = tagged.map_or(name, |(name, _)| name);
    let host = name.split_once('/').map(|(host, _)| host);
    let named = match host {
        Some(host) if host.contains(['.', ':']) || host == "localhost" => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    };
    match image.split_once('@') {
        Some((_, given)) => format!("{named}@{given}"),
        None => format!("{named}@sha256:{}", digest(&[image])),
    }
}
