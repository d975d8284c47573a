//! `kubectl get`: tables and every other form. Models kubectl `pkg/cmd/get`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_api::{Status, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::http;

use super::selected;
use super::sort::sort;
use crate::args::{Args, misuse};
use crate::clock;
use crate::discovery::{self, Resource};
use crate::format::jsonpath;
use crate::format::table::Widths;
use crate::printer::{Form, list};
use crate::resource::{Filter, Item, Selection};
use crate::value::text;
use crate::watch::{Dress, Watch};
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R kustomize,k=s output,o=s selector,l=s all-namespaces,A no-headers \
show-labels label-columns,L=l ignore-not-found sort-by=s watch,w watch-only output-watch-events field-selector=s show-kind \
chunk-size=i subresource=s raw=s template=s allow-missing-template-keys show-managed-fields server-print";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("get", words, FLAGS)?;
    if let Some(path) = args.get("raw").filter(|path| !path.is_empty()) {
        super::raw::check(&args, path)?;
        return Ok(super::raw::get(cluster, path));
    }
    let form = Form::read(&args, session, true)?;
    if args.has("show-labels")
        && let Some(form) = args.get("output").filter(|o| !o.is_empty() && *o != "wide")
    {
        let form = form.split('=').next().unwrap_or(form);
        return Err(Output::error(format!(
            "--show-labels option cannot be used with {form} printer"
        )));
    }
    if let Some(folder) = args.get("kustomize").filter(|folder| !folder.is_empty()) {
        let mut output = super::apply::kustomization(session, folder);
        output.stderr = output.stderr.replacen("error: ", "", 1);
        return Err(output);
    }
    let watching = args.has("watch") || args.has("watch-only");
    if args.rest.is_empty() && args.get("filename").is_none() {
        let mut output = Output::default();
        output.warn("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n");
        output.append(misuse(
            "get",
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).",
        ));
        return Err(output);
    }
    let (selection, read) = selected(session, &args, "kubectl get")?;
    let types = args.rest.first().map(String::as_str).unwrap_or_default();
    let mut ambiguous = ambiguous(&args);
    let everywhere = args.has("all-namespaces");
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let filter = Filter {
        namespace: (!everywhere).then(|| namespace.clone()),
        labels: args.get("selector").unwrap_or_default().to_owned(),
        fields: args.get("field-selector").unwrap_or_default().to_owned(),
    };
    let mut found = Found {
        everywhere,
        namespace,
        single: selection.is_single(),
        ..Found::default()
    };
    if !selection.named.is_empty() && read.is_empty() {
        if !filter.labels.is_empty() || !filter.fields.is_empty() {
            return Err(Output::error(if types.contains('/') {
                "selectors and the all flag cannot be used when passing resource/name arguments"
            } else {
                "name cannot be provided when a selector is specified"
            }));
        }
        if everywhere && selection.resources.iter().any(|r| r.namespaced) {
            return Err(Output::error(
                "a resource cannot be retrieved by name across all namespaces",
            ));
        }
    }
    let dress = Dress {
        wide: args.get("output") == Some("wide"),
        no_headers: args.has("no-headers"),
        namespace: false,
        kind: args.has("show-kind"),
        labels: args.has("show-labels"),
        label_columns: args.all("label-columns").map(str::to_owned).collect(),
        events: args.has("output-watch-events"),
        listed: selection.named.is_empty(),
        plain: args.has_not("server-print")
            || matches!(
                args.get("subresource"),
                Some("resize" | "ephemeralcontainers")
            ),
    };
    if selection.named.is_empty() && args.get("subresource").is_some_and(|s| !s.is_empty()) {
        return Err(Output::error(
            "subresource cannot be used when bulk resources are specified",
        ));
    }
    let form = form.unwrap_or(Form::Table(false));
    if watching && selection.named.len() > 1 {
        let mut output = Output::default();
        if !args.has("watch-only") {
            found.gather(cluster, &args, &selection, &filter);
            output = found.print(cluster, &args, form, dress);
        }
        output.append(Output::error(
            "you may only watch a single resource or type of resource at a time",
        ));
        return Err(output);
    }
    if watching {
        return Ok(watch(
            cluster, session, &args, &selection, filter, form, dress,
        ));
    }
    found.gather(cluster, &args, &selection, &filter);
    if let Some(path) = args.get("sort-by") {
        found.sort(cluster, path, matches!(form, Form::Table(_)))?;
    }
    ambiguous.append(found.print(cluster, &args, form, dress));
    Ok(ambiguous)
}

/// What is said of a short name that stands for two resources.
pub(super) fn ambiguous(args: &Args) -> Output {
    let mut output = Output::default();
    let types = args.rest.first().map(String::as_str).unwrap_or_default();
    let types = types.split('/').next().unwrap_or_default();
    if types.split(',').any(|type_| type_ == "ev") {
        output.warn("Warning: short name \"ev\" could also match lower priority resource events.events.k8s.io");
    }
    output
}

/// What was found, and what was not.
#[derive(Default)]
struct Found {
    groups: Vec<(Resource, Vec<Item>)>,
    errors: Vec<Output>,
    everywhere: bool,
    namespace: String,
    single: bool,
    by_name: bool,
    sort_failed: bool,
}

impl Found {
    fn gather(
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
                let status = Status::not_served();
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
    fn sort(&mut self, cluster: &Cluster, path: &str, tables: bool) -> Result<(), Output> {
        let relaxed = jsonpath::relaxed(path);
        let Ok((path, template)) =
            relaxed.and_then(|path| jsonpath::parse(&path).map(|template| (path, template)))
        else {
            self.sort_failed = true;
            return Ok(());
        };
        let missing = || {
            Output::error(format!(
                "couldn't find any field with path \"{path}\" in the list of objects"
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
            let level = super::common::log_prefix(cluster.world().now()).replacen('W', "F", 1);
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

    fn print(self, cluster: &Cluster, args: &Args, mut form: Form, mut dress: Dress) -> Output {
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

/// What is said when there is nothing.
pub(super) fn nothing(namespace: &str, anywhere: bool) -> String {
    if anywhere {
        "No resources found".to_owned()
    } else {
        format!("No resources found in {namespace} namespace.")
    }
}

/// Whether a resource has what stands behind its objects' names.
pub(super) fn serves(resource: Resource, subresource: &str) -> bool {
    use ordinal_api::schema::{field, kind_type};
    match subresource {
        "" => true,
        "scale" => discovery::SCALED.contains(&resource.plural),
        "resize" | "ephemeralcontainers" => resource.kind == "Pod",
        "status" => kind_type(resource.version, resource.kind)
            .is_none_or(|type_| field(type_, "status").is_some()),
        _ => false,
    }
}

fn subresource(mut item: Item, name: &str) -> Item {
    if name == "scale" {
        item.value = http::scale(&item.value);
    }
    item
}

fn watch(
    cluster: &mut Cluster,
    session: &mut Session,
    args: &Args,
    selection: &Selection,
    filter: Filter,
    form: Form,
    mut dress: Dress,
) -> Output {
    let [resource] = selection.resources.as_slice() else {
        return Output::error("you may only specify a single resource type");
    };
    let mut output = Output::default();
    let name = selection.named.first().map(|(_, name)| name.clone());
    if let Some(name) = &name {
        let namespace = filter.namespace.as_deref().unwrap_or("default");
        if let Err(status) = crate::resource::fetch(cluster, *resource, namespace, name) {
            return Output::refused(&status);
        }
    }
    if let Err(status) = filter.read(*resource) {
        return Output::refused(&status);
    }
    if args.get("sort-by").is_some() {
        output.warn(
            "warning: --watch requested, --sort-by will be ignored for watch events received",
        );
    }
    dress.namespace = filter.namespace.is_none() && resource.namespaced;
    let name = name.map(|name| name.rsplit('/').next().unwrap_or_default().to_owned());
    let mut watch = Watch::new(*resource, filter, name, form, dress);
    output.stdout = watch.begin(cluster, !args.has("watch-only"));
    session.watch = Some(watch);
    output
}
