//! StatefulSets, Deployments, ReplicaSets, ReplicationControllers, DaemonSets, Jobs, CronJobs,
//! revisions, budgets and scales.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use crate::value::{at, controller, items, number, or_none, pairs, plain, selector_of, text};

pub(super) fn row(now: i64, object: &Value, name: String, age: String) -> Vec<String> {
    let count = |path: &str| number(object, path).to_string();
    let mut cells = match text(object, "kind") {
        "StatefulSet" | "Deployment" => {
            let ready = format!(
                "{}/{}",
                number(object, "status.readyReplicas"),
                number(object, "spec.replicas")
            );
            if text(object, "kind") == "StatefulSet" {
                vec![name, ready, age]
            } else {
                vec![
                    name,
                    ready,
                    count("status.updatedReplicas"),
                    count("status.availableReplicas"),
                    age,
                ]
            }
        }
        "Job" => super::jobs::cells(now, object, name, age),
        "CronJob" => super::jobs::cron_cells(now, object, name, age),
        "ReplicaSet" | "ReplicationController" => vec![
            name,
            count("spec.replicas"),
            count("status.replicas"),
            count("status.readyReplicas"),
            age,
        ],
        "DaemonSet" => vec![
            name,
            count("status.desiredNumberScheduled"),
            count("status.currentNumberScheduled"),
            count("status.numberReady"),
            count("status.updatedNumberScheduled"),
            count("status.numberAvailable"),
            or_none(&pairs(object, "spec.template.spec.nodeSelector")),
            age,
        ],
        "ControllerRevision" => {
            let owner = controller(object).map_or_else(
                || "<none>".to_owned(),
                |owner| {
                    let kind = text(owner, "kind").to_ascii_lowercase();
                    let group = text(owner, "apiVersion").split_once('/');
                    let group = group.map_or(String::new(), |(group, _)| format!(".{group}"));
                    format!("{kind}{group}/{}", text(owner, "name"))
                },
            );
            return vec![name, owner, count("revision"), age];
        }
        "PodDisruptionBudget" => {
            let or_na = |path: &str| match at(object, path) {
                Value::Null => "N/A".to_owned(),
                value => plain(value),
            };
            return vec![
                name,
                or_na("spec.minAvailable"),
                or_na("spec.maxUnavailable"),
                count("status.disruptionsAllowed"),
                age,
            ];
        }
        _ => {
            return vec![name, count("spec.replicas"), count("status.replicas"), age];
        }
    };
    // A CronJob has its template inside of another one.
    let template = match at(object, "spec.jobTemplate") {
        Value::Null => object,
        template => template,
    };
    let containers = items(template, "spec.template.spec.containers");
    let join = |key: &str| {
        let texts: Vec<&str> = containers.iter().map(|c| text(c, key)).into_list();
        texts.join(",")
    };
    cells.extend([join("name"), join("image"), selector_of(template)]);
    cells
}
