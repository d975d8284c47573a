//! StatefulSets, Deployments, ReplicaSets and revisions.

use ordinal_api::podspec::PodSpec;
use ordinal_api::{Body, Object};

pub(super) fn row(object: &Object, age: String, wide: bool) -> Vec<String> {
    let name = object.meta.name.to_string();
    let (mut row, spec, selector) = match &object.body {
        Body::StatefulSet(set) => {
            let ready = format!("{}/{}", set.status.ready_replicas, set.spec.replicas);
            (vec![name, ready, age], &set.spec.template.spec, None)
        }
        Body::Deployment(d) => {
            let ready = format!("{}/{}", d.status.ready_replicas, d.spec.replicas);
            let counts = [
                d.status.updated_replicas.to_string(),
                d.status.available_replicas.to_string(),
            ];
            let [updated, available] = counts;
            (
                vec![name, ready, updated, available, age],
                &d.spec.template.spec,
                Some(d.spec.selector.to_string()),
            )
        }
        Body::ReplicaSet(r) => {
            let counts =
                [r.replicas, r.status.replicas, r.status.ready_replicas].map(|n| n.to_string());
            let [desired, current, ready] = counts;
            (
                vec![name, desired, current, ready, age],
                &r.spec.template.spec,
                Some(r.spec.selector.to_string()),
            )
        }
        Body::ControllerRevision(r) => {
            let owner = object.meta.controller().map_or_else(
                || "<none>".to_owned(),
                |o| {
                    o.kind.map_or_else(
                        || o.name.to_string(),
                        |kind| crate::output::typed_name(kind, &o.name),
                    )
                },
            );
            return vec![name, owner, r.revision.to_string(), age];
        }
        _ => return vec![name, age],
    };
    if wide {
        row.extend(containers(spec));
        row.extend(selector);
    }
    row
}

fn containers(spec: &PodSpec) -> [String; 2] {
    let join = |texts: Vec<&str>| texts.join(",");
    let names = spec.containers.iter().map(|c| c.name.as_str()).collect();
    let images = spec.containers.iter().map(|c| c.image.as_str()).collect();
    [join(names), join(images)]
}
