//! What objects a command means: `pod web-0`, `pods/web-0`, `sts,svc`, `-l app=web`, `--all`.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::{Kind, Labels, Object, Selector, Status, Text, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Request, Response};

use crate::Output;
use crate::discovery::{self, Resource};
use crate::endpoints;
use crate::selectors::{self, Fields};
use crate::value::text;

/// Resources and names, as typed: also resources that are served and not modelled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Resources in the order in which they were typed.
    pub(crate) resources: Vec<Resource>,
    /// Resources with names; empty for all of the resources.
    pub(crate) named: Vec<(Resource, String)>,
}

impl Selection {
    /// Whether the command line means one object at most.
    pub(crate) fn is_single(&self) -> bool {
        self.named.len() == 1
    }
}

/// Reads `TYPE[,TYPE] [NAME…]` or `TYPE/NAME…` for a command. Models cli-runtime `resource.Builder.ResourceTypeOrNameArgs`.
///
/// # Errors
/// What kubectl says of it.
pub(crate) fn select(rest: &[String]) -> Result<Selection, Output> {
    let mut selection = Selection::default();
    let slashes = rest
        .iter()
        .filter(|argument| argument.contains('/'))
        .count();
    if slashes > 0 {
        if slashes != rest.len() {
            return Err(Output::error(
                "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
            ));
        }
        let mut pairs = Vec::new();
        for argument in rest {
            let parts: Vec<&str> = argument.split('/').into_list();
            let &[type_, name] = parts.as_slice() else {
                return Err(Output::error(
                    "arguments in resource/name form may not have more than one slash",
                ));
            };
            if type_.is_empty() || name.is_empty() || type_.contains(',') {
                return Err(Output::error(
                    "arguments in resource/name form must have a single resource and name",
                ));
            }
            pairs.push((type_, name));
        }
        for (type_, name) in pairs {
            let resource = discovery::find(type_).map_err(Output::error)?;
            if !selection.resources.contains(&resource) {
                selection.resources.push(resource);
            }
            selection.named.push((resource, name.to_owned()));
        }
        return Ok(selection);
    }
    let Some((types, names)) = rest.split_first() else {
        return Ok(selection);
    };
    for type_ in types.split(',') {
        if type_ == "all" {
            let all = discovery::ALL
                .iter()
                .filter_map(|name| discovery::find(name).ok());
            selection.resources.extend(all);
        } else {
            let found = discovery::find(type_).map_err(Output::error)?;
            // Names are asked for as often as they are typed, types once.
            if !names.is_empty() || !selection.resources.contains(&found) {
                selection.resources.push(found);
            }
        }
    }
    if names.iter().any(String::is_empty) {
        return Err(Output::error("resource name may not be empty"));
    }
    for resource in &selection.resources {
        for name in names {
            selection.named.push((*resource, name.clone()));
        }
    }
    Ok(selection)
}

/// An object as the API prints it, with what it is.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Its resource.
    pub(crate) resource: Resource,
    /// The object as JSON.
    pub(crate) value: Value,
}

impl Item {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        text(&self.value, "metadata.name")
    }

    /// Its namespace; empty where the kind has none.
    pub(crate) fn namespace(&self) -> &str {
        text(&self.value, "metadata.namespace")
    }

    /// `statefulset.apps/web`
    pub(crate) fn typed_name(&self) -> String {
        format!("{}/{}", self.resource.group_singular(), self.name())
    }
}

/// One object as the API prints it; a name may have its namespace before it.
///
/// # Errors
/// `NotFound`.
pub(crate) fn fetch(
    cluster: &mut Cluster,
    resource: Resource,
    namespace: &str,
    name: &str,
) -> Result<Item, Status> {
    let (namespace, name) = name.split_once('/').unwrap_or((namespace, name));
    let found = find(cluster, resource, namespace, name);
    let elsewhere = resource.namespaced && !matches!(namespace, "" | "default");
    match found {
        // Of a namespace that is not there the client says so. Models cli-runtime `Info.Get`.
        Err(status)
            if elsewhere
                && status.is_not_found()
                && get(cluster, Kind::Namespace, "", namespace).is_err() =>
        {
            Err(not_found(discovery::of(Kind::Namespace), namespace))
        }
        found => found,
    }
}

/// What the server answers to the question for one object.
///
/// # Errors
/// 404 in the server's words.
pub(crate) fn find(
    cluster: &mut Cluster,
    resource: Resource,
    namespace: &str,
    name: &str,
) -> Result<Item, Status> {
    let Some(kind) = resource.modelled() else {
        return Err(if resource.verbs() == "create" {
            Status::not_served()
        } else {
            not_found(resource, name)
        });
    };
    let value = match get(cluster, kind, namespace, name) {
        Ok(object) => cluster.world().printed(&object),
        Err(status) if kind == Kind::Endpoints => {
            let made = endpoints::made(cluster.world(), Some(namespace), Some(name)).pop();
            made.ok_or(status)?
        }
        Err(status) => return Err(status),
    };
    Ok(Item { resource, value })
}

pub(crate) fn not_found(resource: Resource, name: &str) -> Status {
    Status {
        code: 404,
        reason: ordinal_api::status::Reason::NotFound,
        ..Status::bad_request(format!(
            "{} \"{name}\" not found",
            resource.group_resource()
        ))
    }
}

/// What restricts a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// The namespace; `None` for all.
    pub(crate) namespace: Option<String>,
    /// `-l`, as typed.
    pub(crate) labels: String,
    /// `--field-selector`, as typed.
    pub(crate) fields: String,
}

impl Filter {
    /// Reads both selectors for a resource.
    ///
    /// # Errors
    /// 400 in the server's words.
    pub(crate) fn read(&self, resource: Resource) -> Result<(Selector, Fields), Status> {
        let refusal = |why: String| {
            let version = resource.version;
            let version = if version.contains('/') {
                version.to_owned()
            } else {
                format!("/{version}")
            };
            Status::bad_request(format!(
                "Unable to find \"{version}, Resource={}\" that match label selector \"{}\", field selector \"{}\": {why}",
                resource.plural, self.labels, self.fields
            ))
        };
        let labels = selectors::labels(&self.labels).map_err(refusal)?;
        let fields =
            Fields::parse(&self.fields, resource.kind, resource.namespaced).map_err(refusal)?;
        Ok((labels, fields))
    }
}

/// The objects of a resource that pass, by namespace and name.
///
/// # Errors
/// 400 for a selector that cannot be read.
pub(crate) fn fetch_all(
    cluster: &mut Cluster,
    resource: Resource,
    filter: &Filter,
) -> Result<Vec<Item>, Status> {
    let Some(kind) = resource.modelled() else {
        if resource.verbs() == "create" {
            return Err(Status {
                code: 405,
                reason: ordinal_api::status::Reason::MethodNotAllowed,
                ..Status::bad_request(
                    "the server does not allow this method on the requested resource",
                )
            });
        }
        return filter.read(resource).map(|_| Vec::new());
    };
    let (labels, fields) = filter.read(resource).inspect_err(|status| {
        // The client adds to the server's words what it had asked for.
        let why = status.message.rsplit("\": ").next().unwrap_or_default();
        cluster.refused_list(kind, Status::bad_request(why));
    })?;
    let objects = list(cluster, kind, filter.namespace.as_deref(), &labels);
    let world = cluster.world();
    let mut values: Vec<Value> = objects.iter().map(|o| world.printed(o)).into_list();
    if kind == Kind::Endpoints {
        let made = endpoints::made(world, filter.namespace.as_deref(), None);
        let matching = made
            .into_iter()
            .filter(|value| labels.matches(&labels_of(value)));
        values.extend(matching);
        ordinal_api::sorted::sort_by_key(&mut values, |value| {
            let part = |path| text(value, path).to_owned();
            (part("metadata.namespace"), part("metadata.name"))
        });
    }
    let items = values.into_iter().map(|value| Item { resource, value });
    Ok(items.filter(|item| fields.matches(&item.value)).collect())
}

/// The labels of an object.
pub(crate) fn labels_of(value: &Value) -> Labels {
    crate::value::entries(value, "metadata.labels")
        .map(|(key, value)| {
            (
                key.as_str().into(),
                crate::value::plain(value).as_str().into(),
            )
        })
        .collect()
}

/// Reads a label selector: `app=web,tier!=db,env in (a,b),!x`; what cannot be read matches everything.
pub(crate) fn selector(text: &str) -> Selector {
    selectors::labels(text).unwrap_or_default()
}

/// Objects of a kind, by namespace and name.
pub(crate) fn list(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: Option<&str>,
    selector: &Selector,
) -> Vec<Arc<Object>> {
    let namespace = namespace.filter(|_| kind.is_namespaced()).map(Text::new);
    let request = Request::List {
        kind,
        namespace,
        selector: selector.clone(),
    };
    let mut objects = match cluster.request(request) {
        Ok(Response::List(_, objects)) => objects,
        _ => Vec::new(),
    };
    ordinal_api::sorted::sort_by(&mut objects, |a, b| {
        (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name))
    });
    objects
}

/// One object.
pub(crate) fn get(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: &str,
    name: &str,
) -> Result<Arc<Object>, Status> {
    let request = Request::Get {
        kind,
        namespace: namespace_of(kind, namespace),
        name: name.into(),
    };
    cluster.request(request)?.object()
}

/// The namespace where the kind has one, else none.
pub(crate) fn namespace_of(kind: Kind, namespace: &str) -> Text {
    if kind.is_namespaced() {
        namespace.into()
    } else {
        Text::default()
    }
}
