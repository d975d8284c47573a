//! The subresource `token` of accounts. Models pkg/registry/core/serviceaccount/storage/token.go, 1.37;
//! a token can be read like a real one, and opens nothing.

use ordinal_api::status::Cause;
use ordinal_api::{Kind, SimDuration, SimTime, Status, Value, base64, value};
use serde_json::json;

use super::Cluster;
use super::target::Target;

const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";
const HOUR: i64 = 3600;

/// Answers a request for a token.
///
/// # Errors
/// 404 for an account or an object that is not there; 409; 422.
pub(super) fn request(
    cluster: &mut Cluster,
    target: &Target<'_>,
    mut body: Value,
) -> Result<Value, Status> {
    let name = target.name;
    let said = value::at(&body, &["metadata", "name"]).and_then(Value::as_str);
    if let Some(said) = said.filter(|said| !said.is_empty() && *said != name) {
        let detail = "must match the service account name if specified";
        let shown = json!(said).to_string();
        return Err(invalid(name, "metadata.name", &shown, detail));
    }
    let world = cluster.world();
    let find = |kind: Kind, namespace: &str, name: &str| {
        let found = world.store.find(kind, namespace, name);
        found.ok_or_else(|| Status::not_found(kind, name))
    };
    let account = find(Kind::ServiceAccount, target.namespace, name)?;
    let uid = account.meta.uid.to_string();
    let said = value::at(&body, &["metadata", "uid"]).and_then(Value::as_str);
    if let Some(said) = said.filter(|said| !said.is_empty() && *said != uid) {
        let why = format!(
            "the UID in the token request ({said}) does not match the UID of the service account ({uid})"
        );
        return Err(conflict(
            "TokenRequest",
            "authentication.k8s.io",
            name,
            &why,
        ));
    }
    let spec = body["spec"].take();
    let seconds = spec.get("expirationSeconds").and_then(Value::as_i64);
    let seconds = seconds.unwrap_or(HOUR);
    let bound = if seconds < 600 {
        Some("may not specify a duration less than 10 minutes")
    } else if seconds > 1 << 32 {
        Some("may not specify a duration larger than 2^32 seconds")
    } else {
        None
    };
    if let Some(detail) = bound {
        let shown = seconds.to_string();
        return Err(invalid("", "spec.expirationSeconds", &shown, detail));
    }
    let reference = spec.get("boundObjectRef").cloned().unwrap_or_default();
    let mut claims = json!({
        "namespace": target.namespace, "serviceaccount": {"name": name, "uid": uid},
    });
    if !reference.is_null() {
        let text = |key: &str| {
            reference
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (version, kind) = (text("apiVersion"), text("kind"));
        let known = [Kind::Pod, Kind::Node, Kind::Secret].into_iter();
        let known = known.filter(|_| !version.contains('/'));
        let Some(kind) = known.into_iter().find(|known| known.names().kind == kind) else {
            let (group, version) = version.rsplit_once('/').unwrap_or(("", version));
            let what = format!("{group}/{version}, Kind={kind}");
            return Err(Status::bad_request(format!(
                "cannot bind token to object of type {what}"
            )));
        };
        let namespace = if kind == Kind::Node {
            ""
        } else {
            target.namespace
        };
        let bound = find(kind, namespace, text("name"))?;
        let pod = bound.as_pod();
        if pod.is_some_and(|pod| pod.spec.service_account_name != name) {
            return Err(Status::bad_request(format!(
                "cannot bind token for serviceaccount {name:?} to pod running with different serviceaccount name."
            )));
        }
        let said = text("uid");
        if !said.is_empty() && said != bound.meta.uid.to_string() {
            let why = format!(
                "the UID in the bound object reference ({said}) does not match the UID in record. The object might have been deleted and then recreated"
            );
            return Err(conflict(kind.names().kind, "", &bound.meta.name, &why));
        }
        claims[kind.names().kind.to_lowercase()] =
            json!({"name": bound.meta.name.as_str(), "uid": bound.meta.uid.to_string()});
    }
    let audiences = spec.get("audiences").cloned().unwrap_or_default();
    let none = audiences.as_array().is_none_or(Vec::is_empty);
    let audiences = if none { json!([AUDIENCE]) } else { audiences };
    let ends = world.now() + SimDuration(u64::try_from(seconds).unwrap_or(0) * 1000);
    let token = token(&json!({
        "aud": audiences, "iat": secs(world.now()), "nbf": secs(world.now()), "exp": secs(ends),
        "iss": AUDIENCE, "sub": format!("system:serviceaccount:{}:{name}", target.namespace),
        "kubernetes.io": claims,
    }));
    let mut metadata = body["metadata"].take();
    for (key, text) in [
        ("name", name.to_owned()),
        ("namespace", target.namespace.to_owned()),
        ("uid", uid.clone()),
        ("creationTimestamp", world.now().to_rfc3339()),
    ] {
        value::overlay(&mut metadata, key, Some(text.into()));
    }
    Ok(json!({
        "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": metadata,
        "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": reference},
        "status": {"token": token, "expirationTimestamp": ends.to_rfc3339()},
    }))
}

fn secs(at: SimTime) -> i64 {
    at.unix_ms() / 1000
}

/// A JSON web token of the shape of the server's, which nobody signed.
fn token(claims: &Value) -> String {
    let part = |bytes: &[u8]| {
        let text = base64::encode(bytes).replace('+', "-").replace('/', "_");
        text.trim_end_matches('=').to_owned()
    };
    let header = json!({"alg": "RS256", "kid": "ordinal"});
    let [header, claims] = [&header, claims].map(|value| part(value.to_string().as_bytes()));
    format!("{header}.{claims}.{}", part(b"signed by nobody"))
}

fn invalid(name: &str, field: &str, shown: &str, detail: &str) -> Status {
    let causes = vec![Cause::invalid(field, shown, detail)];
    Status::invalid(Kind::Pod, name, causes).about("TokenRequest", "authentication.k8s.io")
}

fn conflict(kind: &str, group: &str, name: &str, why: &str) -> Status {
    Status::conflict(Kind::Pod, name, why).about(kind, group)
}
