//! Puts values in the place of tokens: addresses as the file gives them, moments relative to the present, identities.

use std::collections::BTreeMap;

use ordinal_api::Value;
use ordinal_api::time::EPOCH_UNIX_MS;
use ordinal_kubectl::times;
use serde_json::json;

/// How a command shows moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moments {
    /// As the API writes them.
    Api,
    /// As `describe` writes them.
    Described,
}

impl Moments {
    /// The way of a command.
    pub(super) fn of(command: &[&str]) -> Self {
        if command.first() == Some(&"describe") {
            Self::Described
        } else {
            Self::Api
        }
    }
}

/// The values of the tokens of a recording.
pub(super) struct Fill {
    values: BTreeMap<String, String>,
}

/// Fields whose moments have microseconds.
const MICRO: [&str; 4] = ["eventTime", "renewTime", "acquireTime", "lastObservedTime"];

/// The same fields as the describer of all kinds names them.
const DESCRIBED_MICRO: [&str; 4] = [
    "Acquire Time:",
    "Renew Time:",
    "Event Time:",
    "Last Observed Time:",
];

impl Fill {
    /// The values that a recording gives.
    pub(super) fn of(recording: &Value) -> Self {
        let values = recording["values"].as_object().into_iter().flatten();
        Self {
            values: values
                .filter_map(|(token, value)| Some((token.clone(), value.as_str()?.to_owned())))
                .collect(),
        }
    }

    /// An object with its values put in.
    pub(super) fn object(&self, object: &Value) -> Value {
        self.walk(object, false)
    }

    /// What every cluster has, where the objects of a recording do without it: the Service `kubernetes`, the
    /// namespaces and their accounts if there is none at all.
    pub(super) fn bootstrapped(&self, objects: &[Value]) -> Vec<Value> {
        let mut made = Vec::new();
        let is = |object: &Value, kind: &str| object["kind"] == kind;
        if !objects.iter().any(|object| is(object, "Namespace")) {
            for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
                made.push(self.object(&json!({
                    "apiVersion": "v1", "kind": "Namespace",
                    "metadata": {"name": name, "creationTimestamp": "{time:-266400s}", "labels": {"kubernetes.io/metadata.name": name}},
                    "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
                })));
            }
        }
        if !objects.iter().any(|object| is(object, "ServiceAccount")) {
            let given = objects.iter().filter(|object| is(object, "Namespace"));
            let names: Vec<Value> = given
                .chain(&made)
                .map(|namespace| namespace["metadata"]["name"].clone())
                .collect();
            for namespace in names {
                made.push(self.object(&json!({
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": {"name": "default", "namespace": namespace, "creationTimestamp": "{time:-266400s}"},
                })));
            }
        }
        let there = objects
            .iter()
            .any(|object| is(object, "Service") && object["metadata"]["name"] == "kubernetes");
        if let Some(ip) = self.values.get("{ip:svc/kubernetes}").filter(|_| !there) {
            made.push(self.object(&json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": {"name": "kubernetes", "namespace": "default", "creationTimestamp": "{time:-266400s}"},
                "spec": {"clusterIP": ip, "clusterIPs": [ip], "type": "ClusterIP",
                    "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]},
            })));
        }
        made
    }

    fn walk(&self, value: &Value, micro: bool) -> Value {
        match value {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| {
                    let value = self.walk(value, MICRO.contains(&key.as_str()));
                    (self.replace(key, Moments::Api, false), value)
                })
                .collect(),
            Value::Array(items) => items.iter().map(|item| self.walk(item, micro)).collect(),
            Value::String(text) if text == "{rv}" => Value::from("1000"),
            Value::String(text) => Value::String(self.replace(text, Moments::Api, micro)),
            other => other.clone(),
        }
    }

    /// A recorded text with its values put in; tokens without one stay.
    pub(super) fn text(&self, recorded: &str, moments: Moments) -> String {
        recorded
            .split_inclusive('\n')
            .map(|line| {
                let micro = MICRO.iter().any(|field| {
                    line.contains(&format!("{field}:")) || line.contains(&format!("\"{field}\""))
                }) || (moments == Moments::Api
                    && DESCRIBED_MICRO.iter().any(|field| line.contains(field)));
                self.replace(line, moments, micro)
            })
            .collect()
    }

    fn replace(&self, text: &str, moments: Moments, micro: bool) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            rest = &rest[open..];
            let token = rest.find('}').map(|close| &rest[..=close]);
            match token.and_then(|token| Some((token, self.value(token, moments, micro)?))) {
                Some((token, value)) => {
                    out.push_str(&value);
                    rest = &rest[token.len()..];
                }
                None => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        out
    }

    fn value(&self, token: &str, moments: Moments, micro: bool) -> Option<String> {
        if let Some(value) = self.values.get(token) {
            return Some(value.clone());
        }
        let (head, tail) = token.trim_matches(['{', '}']).split_once(':')?;
        match head {
            "age" => Some(tail.to_owned()),
            "uid" => Some(uuid(tail)),
            "time" => {
                let seconds: i64 = tail.strip_suffix('s')?.parse().ok()?;
                let now = i64::try_from(EPOCH_UNIX_MS).ok()?;
                let moment = times::rfc3339(now + seconds * 1000);
                Some(match moments {
                    Moments::Described => times::rfc1123(&moment),
                    _ if micro => moment.replace('Z', ".000000Z"),
                    _ => moment,
                })
            }
            _ => None,
        }
    }
}

/// An identity for a name, always the same one.
fn uuid(name: &str) -> String {
    let hash = |seed: u64| {
        name.bytes().fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    let bits =
        u128::from(hash(0xcbf2_9ce4_8422_2325)) << 64 | u128::from(hash(0x9e37_79b9_7f4a_7c15));
    ordinal_api::Uid(bits).to_string()
}
