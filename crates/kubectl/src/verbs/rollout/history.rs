//! The revisions of a workload. Models kubectl `pkg/polymorphichelpers/history.go`, v0.37.

use ordinal_api::Value;
use ordinal_core::Cluster;

use super::{Dry, has_history, tell_next};
use crate::Output;
use crate::describe::{Page, template};
use crate::discovery;
use crate::format::tabs;
use crate::printer::Form;
use crate::resource::{Filter, Item, fetch_all};
use crate::value::{at, controller, number, or_none, text};

const CAUSE: &str = "kubernetes.io/change-cause";

/// A revision of a workload: its number, why it was made, its template, and what is printed of it: the ReplicaSet of a
/// Deployment, or the workload as it was.
pub(super) struct Revision {
    pub(super) number: i64,
    cause: String,
    pub(super) template: Value,
    pub(super) annotations: Value,
    object: Item,
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
            let cause = annotation(value, CAUSE);
            let annotations = at(value, "metadata.annotations").clone();
            let object = if of_deployment {
                found
            } else {
                let mut then = item.clone();
                then.value["spec"]["template"] = template.clone();
                then
            };
            Revision {
                number,
                cause,
                template,
                annotations,
                object,
            }
        })
        .collect();
    ordinal_api::sorted::sort_by_key(&mut revisions, |revision| revision.number);
    revisions
}

/// Prints the revisions, or the one that is asked for.
///
/// # Errors
/// What kubectl says of a revision that is not there.
pub(super) fn history(
    cluster: &mut Cluster,
    item: &Item,
    wanted: i64,
    form: &Option<Form>,
    output: &mut Output,
) -> Result<(), Output> {
    if !has_history(item) {
        let what = "no history viewer has been implemented for";
        return Err(super::unseen(item, what, "error retrieving history for"));
    }
    let revisions = revisions(cluster, item);
    let unknown = || Output::error("unable to find the specified revision");
    let found = revisions.iter().find(|revision| revision.number == wanted);
    if form.is_some() {
        if wanted > 0 && found.is_none() {
            return Err(unknown());
        }
        for revision in &revisions {
            if wanted > 0 && revision.number != wanted {
                continue;
            }
            tell_next(output, form, &revision.object, "", Dry::No)?;
        }
        return Ok(());
    }
    let with = match wanted {
        0 => String::new(),
        _ => format!("with revision #{wanted}"),
    };
    let text = if revisions.is_empty() {
        "No rollout history found.".to_owned()
    } else if wanted > 0 {
        let found = found.ok_or_else(unknown)?;
        let mut of_template = found.template.clone();
        // Of a ReplicaSet the reason is written into the template.
        if item.resource.kind == "Deployment" && !found.cause.is_empty() {
            of_template["metadata"]["annotations"][CAUSE] = found.cause.as_str().into();
        }
        let mut page = Page::new(cluster, false);
        template(&mut page, &of_template);
        page.raw()
    } else {
        let mut table = "REVISION\tCHANGE-CAUSE\n".to_owned();
        for revision in &revisions {
            table.push_str(&format!(
                "{}\t{}\n",
                revision.number,
                or_none(&revision.cause)
            ));
        }
        tabs::layout(&table, 0, 2)
    };
    output.say(format!("{} {with}\n{text}", item.typed_name()));
    Ok(())
}
