//! What admission puts into every Pod.

use std::sync::LazyLock;

use serde_json::json;

use super::Pod;
use crate::podspec::Toleration;
use crate::value::overlay;
use crate::{Text, Value};

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

pub(super) static ADDED: LazyLock<[Toleration; 2]> = LazyLock::new(|| {
    [TAINT_NOT_READY, TAINT_UNREACHABLE].map(|key| Toleration {
        key: Text::new_static(key),
        operator: Text::new_static("Exists"),
        effect: Text::new_static("NoExecute"),
        toleration_seconds: Some(300),
        ..Toleration::default()
    })
});

impl Pod {
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
}
