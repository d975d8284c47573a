//! The revisions of a workload. Models kubectl `pkg/polymorphichelpers/history.go`, v0.37.

use ordinal_api::Value;
use ordinal_core::Cluster;

use crate::Output;
use crate::describe::{Page, template};
use crate::discovery;
use crate::format::tabs;
use crate::resource::{Filter, Item, fetch_all};
use crate::value::{at, controller, number, or_none, text};

/// A revision of a workload: its number, why it was made, its template.
pub(super) struct Revision {
    pub(super) number: i64,
    pub(super) cause: String,
    pub(super) template: Value,
    pub(super) annotations: Value,
}

/// The revisions of a workload, oldest first.
pub(super) fn revisions(cluster: &mut Cluster, item: &Item) -> Vec<Revision> {
    let of_deployment = item.resource.kind == "Deployment";
    let plural = if of_deployment {
        "replicasets"
    } else {
        "controllerrevisions"
    };
    let Ok(resource) = discovery::find(plural) else {
        return Vec::new();
    };
    let filter = Filter {
        namespace: Some(item.namespace().to_owned()),
        ..Filter::default()
    };
    let uid = text(&item.value, "metadata.uid");
    let found = fetch_all(cluster, resource, &filter).unwrap_or_default();
    let owned = found
        .into_iter()
        .filter(|found| controller(&found.value).is_some_and(|owner| text(owner, "uid") == uid));
    let annotation = |value: &Value, key: &str| {
        at(value, "metadata.annotations")[key]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let mut revisions: Vec<Revision> = owned
        .map(|found| {
            let value = &found.value;
            let (number, template) = if of_deployment {
                let number = annotation(value, "deployment.kubernetes.io/revision");
                (
                    number.parse().unwrap_or_default(),
                    at(value, "spec.template").clone(),
                )
            } else {
                let mut template = at(value, "data.spec.template").clone();
                if let Some(map) = template.as_object_mut() {
                    map.remove("$patch");
                }
                (number(value, "revision"), template)
            };
            Revision {
                number,
                cause: annotation(value, "kubernetes.io/change-cause"),
                template,
                annotations: at(value, "metadata.annotations").clone(),
            }
        })
        .collect();
    ordinal_api::sorted::sort_by_key(&mut revisions, |revision| revision.number);
    revisions
}

pub(super) fn history(cluster: &mut Cluster, item: &Item, wanted: i64) -> Output {
    if !matches!(
        item.resource.kind,
        "StatefulSet" | "Deployment" | "DaemonSet"
    ) {
        return Output::error(format!(
            "no history viewer has been implemented for \"{}\"",
            item.resource.group_kind()
        ));
    }
    let revisions = revisions(cluster, item);
    if wanted > 0 {
        let Some(found) = revisions.iter().find(|revision| revision.number == wanted) else {
            return Output::error("unable to find the specified revision");
        };
        let mut page = Page::new(cluster, false);
        template(&mut page, &found.template);
        return Output::line(format!(
            "{} with revision #{wanted}\n{}",
            item.typed_name(),
            page.raw()
        ));
    }
    if revisions.is_empty() {
        return Output::line(format!("{} \nNo rollout history found.", item.typed_name()));
    }
    let mut table = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for revision in &revisions {
        table.push_str(&format!(
            "{}\t{}\n",
            revision.number,
            or_none(&revision.cause)
        ));
    }
    Output::line(format!(
        "{} \n{}",
        item.typed_name(),
        tabs::layout(&table, 0, 2)
    ))
}
