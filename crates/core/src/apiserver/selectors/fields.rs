//! Field selectors as texts. Models apimachinery `pkg/fields` and what each kind can be chosen by, 1.37.

use ordinal_api::Value;

/// Fields that must have, or must not have, a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(String, bool, String)>);

/// Kinds with fields of their own beside name and namespace.
const FIELDS: &[(&str, &str)] = &[
    (
        "Pod",
        "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork status.phase status.podIP status.podIPs status.nominatedNodeName",
    ),
    (
        "Event",
        "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason reportingComponent source type",
    ),
    ("Node", "spec.unschedulable"),
    ("Namespace", "status.phase"),
    ("Secret", "type"),
    ("Service", "spec.clusterIP spec.type"),
    ("Job", "status.successful"),
    ("ReplicationController", "status.replicas"),
];

impl Fields {
    /// Reads `status.phase=Running,spec.nodeName!=node-1` for objects of a kind.
    ///
    /// # Errors
    /// What the server says of it.
    pub fn parse(selector: &str, kind: &str, namespaced: bool) -> Result<Self, String> {
        let mut fields = Vec::new();
        for part in selector.split(',').filter(|part| !part.is_empty()) {
            let (key, equal, value) = if let Some((key, value)) = part.split_once("!=") {
                (key, false, value)
            } else if let Some((key, value)) = part.split_once("==") {
                (key, true, value)
            } else if let Some((key, value)) = part.split_once('=') {
                (key, true, value)
            } else {
                return Err(format!(
                    "invalid selector: '{selector}'; can't understand '{part}'"
                ));
            };
            let own = FIELDS.iter().find(|(name, _)| *name == kind);
            let known = key == "metadata.name"
                || (key == "metadata.namespace" && namespaced)
                || own.is_some_and(|(_, fields)| fields.split(' ').any(|field| field == key));
            if !known {
                return Err(match own {
                    Some(_) => format!("field label not supported: {key}"),
                    None => format!(
                        "\"{key}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    ),
                });
            }
            fields.push((key.to_owned(), equal, value.to_owned()));
        }
        Ok(Self(fields))
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object has what is asked for.
    pub fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|(key, equal, value)| {
            let have = match key.as_str() {
                "source" => match text(object, "source.component").as_str() {
                    "" => text(object, "reportingComponent"),
                    component => component.to_owned(),
                },
                "spec.unschedulable" | "spec.hostNetwork" => match text(object, key).as_str() {
                    "" => "false".to_owned(),
                    said => said.to_owned(),
                },
                key => text(object, key),
            };
            (have == *value) == *equal
        })
    }
}

/// What stands at a path, as it is written.
fn text(object: &Value, path: &str) -> String {
    let found = path
        .split('.')
        .try_fold(object, |value, key| value.get(key));
    match found {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
