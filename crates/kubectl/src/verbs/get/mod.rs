//! `kubectl get`: tables and every other form. Models kubectl `pkg/cmd/get`, v0.37.
//!
//! * `found`: what was found, sorted and printed

mod found;

use ordinal_core::Cluster;
use ordinal_core::apiserver::http;

use self::found::Found;
use super::selected;
use crate::args::{Args, misuse};
use crate::discovery::{self, Resource};
use crate::printer::Form;
use crate::resource::{Filter, Item, Selection};
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
    if args.has("output-watch-events") && !watching {
        return Err(Output::error(
            "--output-watch-events option can only be used with --watch or --watch-only",
        ));
    }
    if args.get("filename").is_some() && !args.rest.is_empty() {
        super::files(session, &args)?;
        return Err(Output::error(
            "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
        ));
    }
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
    if types == "all" && args.rest.len() > 1 {
        return Err(Output::error("you must specify only one resource"));
    }
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
        release: cluster.world().release(),
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
    if let Some(path) = args.get("sort-by").filter(|path| !path.is_empty()) {
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
