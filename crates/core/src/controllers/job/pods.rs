//! The Pods of a Job: made from its template, held by a finalizer until they are counted.
//!
//! Models pkg/controller/job/job_controller.go `manageJob` and indexed_job_utils.go `addCompletionIndexEnvVariables`, 1.37.

use std::sync::Arc;

use ordinal_api::meta::Lasting;
use ordinal_api::pod::Pod;
use ordinal_api::value::text_map;
use ordinal_api::{Body, Kind, Labels, Object, ObjectMeta, OwnerReference, Status, Text, Value};
use serde_json::json;

use super::decide::Wanted;
use super::{COMPLETION_INDEX, INDEX_FAILURES, INDEX_IGNORED_FAILURES, TRACKING};
use crate::controllers::pod_control;
use crate::{Cx, Id};

/// Makes one Pod, with its index if it has one.
///
/// # Errors
/// What the API server answers.
pub(super) fn create(
    cx: &mut Cx<'_>,
    id: Id,
    owner: &Object,
    template: &Value,
    wanted: &Wanted,
) -> Result<(), Status> {
    let mut spec = template.get("spec").cloned().unwrap_or_default();
    let metadata = template.get("metadata").unwrap_or(&Value::Null);
    let mut labels = text_map(metadata.get("labels"));
    let mut annotations: Labels = text_map(metadata.get("annotations"));
    let job = &owner.meta.name;
    let mut prefix = format!("{job}-");
    if let Some(index) = wanted.index {
        let text = Text::from(index.to_string());
        labels.insert(Text::new_static(COMPLETION_INDEX), text.clone());
        annotations.insert(Text::new_static(COMPLETION_INDEX), text);
        spec["hostname"] = json!(format!("{job}-{index}"));
        prefix = format!("{job}-{index}-");
        if let Some((counted, ignored)) = wanted.failures {
            let mut note = |key, count: u32| {
                annotations.insert(Text::new_static(key), Text::from(count.to_string()))
            };
            note(INDEX_FAILURES, counted);
            if ignored > 0 {
                note(INDEX_IGNORED_FAILURES, ignored);
            }
        }
        for list in ["initContainers", "containers"] {
            let containers = spec.get_mut(list).and_then(Value::as_array_mut);
            containers.into_iter().flatten().for_each(tell_index);
        }
    }
    let reference = OwnerReference::controller(Kind::Job, job.clone(), owner.meta.uid);
    let meta = ObjectMeta::of(Lasting {
        namespace: owner.meta.namespace.clone(),
        generate_name: prefix.into(),
        labels: Arc::new(labels),
        annotations: Arc::new(annotations),
        finalizers: vec![Text::new_static(TRACKING)],
        owner_references: vec![reference],
        ..Lasting::default()
    });
    let pod = Pod::from_value(&json!({ "spec": spec }))?;
    pod_control::create(cx, id, Object::new(meta, Body::Pod(pod)))
}

/// Every container can read the index.
fn tell_index(container: &mut Value) {
    let name = "JOB_COMPLETION_INDEX";
    let env = container.get("env").and_then(Value::as_array);
    let mut env = env.cloned().unwrap_or_default();
    if env.iter().any(|variable| variable["name"] == name) {
        return;
    }
    let path = format!("metadata.labels['{COMPLETION_INDEX}']");
    let from = json!({"fieldRef": {"apiVersion": "v1", "fieldPath": path}});
    env.push(json!({"name": name, "valueFrom": from}));
    container["env"] = env.into();
}

/// Takes off what holds a Pod until it is counted.
pub(super) fn release(cx: &mut Cx<'_>, pod: Id) {
    let _ = cx.update(pod, |object| {
        let finalizers = &mut object.meta.finalizers;
        let before = finalizers.len();
        finalizers.retain(|finalizer| finalizer != TRACKING);
        finalizers.len() != before
    });
}
