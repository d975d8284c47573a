//! The subresource `scale`: how many replicas a workload has. Models pkg/registry/{apps,core} `ScaleREST`, 1.37.

use std::sync::Arc;

use ordinal_api::{Object, Status, Value, value};
use serde_json::json;

use super::super::identity;
use super::super::request::{Options, Patch, PatchType, Request, Response};
use super::Cluster;
use super::body;
use super::expected::SCALE;
use super::target::Target;

/// Replaces a scale.
///
/// # Errors
/// 400 for a body that is no scale of this object; 404; 409; 422.
pub(super) fn put(
    cluster: &mut Cluster,
    target: &Target<'_>,
    text: &str,
    options: &Options,
) -> Result<Arc<Object>, Status> {
    let sent = body::fitting(SCALE, body::parse(SCALE, text)?, target)?;
    body::checked(cluster, SCALE, &sent, options)?;
    body::same_object(&sent, target.name)?;
    let meta = |key: &str| value::at(&sent, &["metadata", key]).and_then(Value::as_str);
    let stored = cluster
        .world()
        .store
        .find(target.kind, target.namespace, target.name);
    if let (Some(uid), Some(stored)) = (meta("uid"), stored)
        && uid != stored.meta.uid.to_string()
    {
        return Err(identity::other_identity(stored, uid));
    }
    let replicas = value::at(&sent, &["spec", "replicas"]).and_then(Value::as_i64);
    let mut change = json!({"spec": {"replicas": replicas.unwrap_or(0)}});
    if let Some(version) = meta("resourceVersion").filter(|version| *version != "0") {
        change["metadata"] = json!({"resourceVersion": version});
    }
    let request = Request::Patch {
        kind: target.kind,
        namespace: target.namespace.into(),
        name: target.name.into(),
        patch: Patch {
            type_: PatchType::Merge,
            body: change,
            subresource: "scale".into(),
        },
    };
    let request = Request::With {
        options: options.clone(),
        request: Box::new(request),
    };
    cluster.request(request).and_then(Response::object)
}
