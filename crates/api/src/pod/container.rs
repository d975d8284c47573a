//! The status of a container of a Pod.

use serde_json::{Map, json};

use crate::value::overlay;
use crate::{SimTime, Text, Value};

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

impl ContainerStatus {
    pub(super) fn to_value(&self, uid: crate::Uid) -> Value {
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
