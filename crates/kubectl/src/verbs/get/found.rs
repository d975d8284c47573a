//! What `get` found, and what it did not: gathered, sorted, and printed.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::super::sort::sort;
use super::{nothing, serves, subresource};
use crate::Output;
use crate::args::Args;
use crate::clock;
use crate::discovery::Resource;
use crate::format::jsonpath;
use crate::format::table::Widths;
use crate::printer::{Form, list};
use crate::resource::{Filter, Item, Selection};
use crate::value::text;
use crate::watch::Dress;

/// What was found, and what was not.
#[derive(Default)]
pub(super) struct Found {
    pub(super) groups: Vec<(Resource, Vec<Item>)>,
    pub(super) errors: Vec<Output>,
    pub(super) everywhere: bool,
    pub(super) namespace: String,
    pub(super) single: bool,
    pub(super) by_name: bool,
    pub(super) sort_failed: bool,
}

impl Found {
    pub(super) fn gather(
        &mut self,
        cluster: &mut Cluster,
        args: &Args,
        selection: &Selection,
        filter: &Filter,
    ) {
        self.by_name = !selection.named.is_empty();
        let quiet = args.has("ignore-not-found");
        for (resource, name) in &selection.named {
            let below = args.get("subresource").unwrap_or_default();
            if !serves(*resource, below) {
                let status = ordinal_api::Status::not_served();
                self.errors.push(Output::refused(&status));
                continue;
            }
            match crate::resource::fetch(cluster, *resource, &self.namespace, name) {
                Ok(item) => {
                    let item = subresource(item, below);
                    match self.groups.last_mut() {
                        Some((last, items)) if last == resource => items.push(item),
                        _ => self.groups.push((*resource, vec![item])),
                    }
                }
                Err(status) if status.is_not_found() && quiet => {}
                Err(status) => self.errors.push(Output::refused(&status)),
            }
        }
        if self.by_name {
            return;
        }
        for resource in &selection.resources {
            match crate::resource::fetch_all(cluster, *resource, filter) {
                Ok(items) => {
                    self.groups.push((*resource, items));
                }
                Err(status) => self.errors.push(Output::refused(&status)),
            }
        }
    }

    /// Sorts what was found. Several tables are not sorted: the server's rows are none of the fields of a table.
    pub(super) fn sort(
        &mut self,
        cluster: &Cluster,
        path: &str,
        tables: bool,
    ) -> Result<(), Output> {
        let relaxed = jsonpath::relaxed(path);
        let Ok((path, template)) =
            relaxed.and_then(|path| jsonpath::parse(&path).map(|template| (path, template)))
        else {
            self.sort_failed = true;
            return Ok(());
        };
        let missing = || {
            Output::error(format!(
                "couldn't find any field with path {path:?} in the list of objects"
            ))
        };
        let answers = if self.by_name {
            self.groups.iter().map(|(_, items)| items.len()).sum()
        } else {
            self.groups.len()
        };
        if tables && answers > 1 {
            return Err(missing());
        }
        // A table of one row is in order.
        if tables && self.groups.iter().all(|(_, items)| items.len() < 2) {
            return Ok(());
        }
        let mut all: Vec<Item> = Vec::new();
        for (_, items) in &mut self.groups {
            all.append(items);
        }
        self.sort_failed = !sort(&mut all, &template).map_err(|type_| {
            let level = crate::verbs::common::log_prefix(cluster.world().now()).replacen('W', "F", 1);
            let mut output = Output::default();
            output.warn(format!(
                "{level} sorter.go:376] Field {path} in [][][]reflect.Value is an unsortable type: interface, err: unsortable type: {type_}"
            ));
            output.exit = 1;
            output
        })?;
        if self.sort_failed && !tables {
            return Err(missing());
        }
        match self.groups.as_mut_slice() {
            [(_, items)] => *items = all,
            _ => self.groups = all.into_iter().map(|i| (i.resource, vec![i])).collect(),
        }
        Ok(())
    }

    pub(super) fn print(
        self,
        cluster: &Cluster,
        args: &Args,
        mut form: Form,
        mut dress: Dress,
    ) -> Output {
        let mut output = Output::default();
        let no_headers = dress.no_headers;
        match &mut form {
            Form::Table(wide) => {
                dress.wide = *wide;
                self.tables(cluster, args, dress, &mut output);
            }
            Form::Name => {
                for item in self.groups.iter().flat_map(|(_, items)| items) {
                    output.say(if text(&item.value, "kind") == "Scale" {
                        format!("scale.autoscaling/{}", item.name())
                    } else {
                        item.typed_name()
                    });
                }
            }
            form => {
                let mut items: Vec<Item> = self
                    .groups
                    .iter()
                    .flat_map(|(_, items)| items.iter().cloned())
                    .into_list();
                let wanted = args.has("show-managed-fields")
                    || args
                        .get("output")
                        .is_some_and(|form| form.contains("managedFields"));
                for item in &mut items {
                    managed(cluster, item, wanted);
                }
                let value = match items.as_slice() {
                    [only] if self.single => only.value.clone(),
                    [] if self.single => Value::Null,
                    items => list(items),
                };
                if !value.is_null() {
                    match form.print(&value, no_headers) {
                        Ok(text) => output.stdout.push_str(&text),
                        Err(failed) => output.append(failed),
                    }
                }
            }
        }
        for error in self.errors {
            output.append(error);
        }
        output
    }

    fn tables(&self, cluster: &Cluster, args: &Args, dress: Dress, output: &mut Output) {
        let now = clock::now_ms(cluster.world());
        let mut kinds: Vec<Resource> = Vec::new();
        for (resource, _) in &self.groups {
            if !kinds.contains(resource) {
                kinds.push(*resource);
            }
        }
        let all_namespaced = kinds.iter().all(|resource| resource.namespaced);
        let mut texts = Vec::new();
        // Once a table has the column NAMESPACE, those after it have it as well.
        let mut spaced = false;
        for (resource, items) in &self.groups {
            spaced |= self.everywhere && resource.namespaced;
            if items.is_empty() || self.sort_failed {
                continue;
            }
            let dress = Dress {
                kind: dress.kind || kinds.len() > 1,
                namespace: spaced,
                ..dress.clone()
            };
            let kind = text(&items[0].value, "kind");
            let mut rows = Vec::new();
            if !dress.no_headers {
                rows.push(dress.header(kind));
            }
            rows.extend(
                items
                    .iter()
                    .map(|item| dress.row(now, item, items, "ADDED")),
            );
            texts.push(Widths::default().layout(&rows));
        }
        let separator = if dress.no_headers { "" } else { "\n" };
        output.stdout.push_str(&texts.join(separator));
        let quiet = args.has("ignore-not-found");
        if texts.is_empty()
            && self.errors.is_empty()
            && !quiet
            && (!self.by_name || self.sort_failed)
        {
            output.warn(nothing(&self.namespace, self.everywhere || !all_namespaced));
        }
    }
}

/// Shows or hides who manages which fields.
fn managed(cluster: &Cluster, item: &mut Item, wanted: bool) {
    let store = &cluster.world().store;
    let object = item
        .resource
        .modelled()
        .and_then(|kind| store.find(kind, item.namespace(), item.name()));
    let fields = object
        .filter(|_| wanted)
        .map(|object| ordinal_core::apiserver::managed_fields(object));
    if let Some(metadata) = item.value.get_mut("metadata") {
        // What was given to a world that stands still is shown as it was given.
        let given = metadata.get("managedFields").filter(|_| wanted).cloned();
        ordinal_api::value::overlay(metadata, "managedFields", given.or(fields));
    }
}
