//! Label and field selectors as the server reads them. Models apimachinery `pkg/labels` and `pkg/fields`.

use ordinal_api::Value;
pub(crate) use ordinal_core::apiserver::selectors::labels;

use crate::value::{plain, text};

/// Fields that must have, or must not have, a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields(Vec<(String, bool, String)>);

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
    pub(crate) fn parse(selector: &str, kind: &str, namespaced: bool) -> Result<Self, String> {
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

    /// Whether an object has what is asked for.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|(key, equal, value)| {
            let have = match key.as_str() {
                "source" => match text(object, "source.component") {
                    "" => text(object, "reportingComponent").to_owned(),
                    component => component.to_owned(),
                },
                "spec.unschedulable" | "spec.hostNetwork" => {
                    crate::value::flag(object, key).to_string()
                }
                key => plain(crate::value::at(object, key)),
            };
            (have == *value) == *equal
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_selectors_are_told_in_the_server_s_words() {
        let fault = |text: &str| labels(text).expect_err("a fault");
        assert_eq!(
            fault("app in nginx"),
            "unable to parse requirement: found 'nginx' expected: '('"
        );
        assert_eq!(
            fault("app=a=b"),
            "found '=', expected: ',' or 'end of string'"
        );
        assert!(labels("a in (x,y),!b,c,d!=e,f==g").is_ok());
        assert_eq!(
            Fields::parse("status.phase", "Pod", true),
            Err("invalid selector: 'status.phase'; can't understand 'status.phase'".to_owned())
        );
    }
}
