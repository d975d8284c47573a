//! What the server refuses and in which words, as tables: a change to a valid object, then the faults.
//!
//! The words are upstream's, from the file that each table names; what was recorded stands in `conformance/admission`.

mod metadata;
mod patches;
mod pods;
mod services;
mod storage;

use ordinal_api::{Kind, Value};
use serde_json::json;

use super::Request;
use super::http::{Answer, Call, call};
use crate::{Cluster, Config};

fn cluster() -> Cluster {
    Cluster::without_history(Config::with_nodes(0))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn create(cluster: &mut Cluster, object: Value) -> Result<Value, String> {
    let request = Request::Create {
        object,
        namespace: "default".into(),
        strict: true,
    };
    let answer = cluster.request(request).and_then(|r| r.object());
    answer
        .map(|o| o.to_value())
        .map_err(|status| status.message)
}

fn send(cluster: &mut Cluster, method: &str, path: &str, body: &str) -> Answer {
    let content_type = match method {
        "PATCH" => "application/strategic-merge-patch+json",
        _ => "application/json",
    };
    let asked = Call {
        method,
        path,
        content_type,
        body,
    };
    call(cluster, asked)
}

/// Makes a base object with each change and compares what is said of it after `is invalid: `.
fn refuses(base: &Value, table: &[(&str, &str)]) {
    for (change, words) in table {
        let mut object = base.clone();
        json_patch::merge(&mut object, &json(change));
        let said = create(&mut cluster(), object);
        let said = said
            .map(|_| "created".to_owned())
            .unwrap_or_else(|message| {
                let (_, faults) = message
                    .split_once(" is invalid: ")
                    .unwrap_or(("", &message));
                faults.to_owned()
            });
        assert_eq!(said, *words, "{change}");
    }
}

/// Changes a stored object with each merge patch and compares what is said of it.
fn refuses_changes(base: &Value, table: &[(&str, &str)]) {
    let kind = base["kind"].as_str().unwrap_or_default();
    let kind = Kind::ALL.iter().copied().find(|k| k.names().kind == kind);
    let kind = kind.expect("a kind that is modelled");
    let name = base["metadata"]["name"].as_str().unwrap_or_default();
    for (change, words) in table {
        let mut cluster = cluster();
        create(&mut cluster, base.clone()).expect("the base is valid");
        let patch = super::Patch {
            type_: super::PatchType::Merge,
            body: json(change),
            subresource: "".into(),
        };
        let namespace = if kind.is_namespaced() { "default" } else { "" };
        let said = cluster.request(Request::Patch {
            kind,
            namespace: namespace.into(),
            name: name.into(),
            patch,
        });
        let said = said.map(|_| "changed".to_owned()).unwrap_or_else(|status| {
            let message = status.message;
            let (_, faults) = message
                .split_once(" is invalid: ")
                .unwrap_or(("", &message));
            faults.to_owned()
        });
        assert_eq!(said, *words, "{change}");
    }
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell"},
        "spec": {"containers": [{"name": "main", "image": "busybox:1.36"}]},
    })
}
