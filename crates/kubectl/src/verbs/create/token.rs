//! `create token`: what proves to the server that somebody is a ServiceAccount.
//!
//! Models kubectl `pkg/cmd/create/create_token.go`, v0.37. The token has the shape of the server's (a JSON web token),
//! and nothing here reads it.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::json;

use super::hash::sha256;
use crate::args::{Args, misuse};
use crate::base64;
use crate::printer::Form;
use crate::resource::{fetch, select};
use crate::value::text;
use crate::{Output, Session, clock};

const FLAGS: &str = "audience=s duration=d bound-object-kind=s bound-object-name=s bound-object-uid=s output,o=s \
template=s allow-missing-template-keys show-managed-fields";

/// How long a token lasts by itself, in seconds; the server gives none that lasts shorter than 600.
const LASTS_SECS: i64 = 3600;

/// Kinds to which a token can be bound.
const BOUND: [&str; 3] = ["Node", "Pod", "Secret"];

/// What stands against a command line. Models `TokenOptions.Validate`.
fn fault(args: &Args) -> Option<String> {
    let given = |flag: &str| args.get(flag).is_some_and(|text| !text.is_empty());
    let kind = args.get("bound-object-kind").unwrap_or_default();
    let ms = args.duration_ms("duration").unwrap_or_default();
    let unbound = |flag: &str| {
        let why = format!("--{flag} can only be set if --bound-object-kind is provided");
        given(flag).then_some(why)
    };
    if ms < 0 {
        Some("--duration must be greater than or equal to 0".to_owned())
    } else if ms % 1000 != 0 {
        Some("--duration cannot be expressed in units less than seconds".to_owned())
    } else if args.all("audience").any(str::is_empty) {
        Some("--audience must not be an empty string".to_owned())
    } else if kind.is_empty() {
        unbound("bound-object-name").or_else(|| unbound("bound-object-uid"))
    } else if !BOUND.contains(&kind) {
        let kinds = BOUND.join(", ");
        Some(format!("supported --bound-object-kind values are {kinds}"))
    } else if !given("bound-object-name") {
        Some("--bound-object-name is required if --bound-object-kind is provided".to_owned())
    } else {
        None
    }
}

/// Runs the words after `create token`.
pub(super) fn run(
    cluster: &mut Cluster,
    session: &Session,
    words: &[&str],
) -> Result<Output, Output> {
    let args = Args::read("create token", words, FLAGS)?;
    let [name] = args.rest.as_slice() else {
        let why = format!("exactly one NAME is required, got {}", args.rest.len());
        return Err(misuse("create token", &why));
    };
    let form = Form::read(&args, session, false)?;
    if let Some(fault) = fault(&args) {
        return Err(Output::error(fault));
    }
    let namespace = args.get("namespace").unwrap_or(&session.namespace);
    let failed = |why: &str| Output::error(format!("failed to create token: {why}"));
    let mut find = |kind: &str, name: &str| {
        let found = select(&[format!("{kind}/{name}")])?;
        let Some((resource, name)) = found.named.first() else {
            return Err(Output::default());
        };
        fetch(cluster, *resource, namespace, name).map_err(|status| failed(&status.message))
    };
    let account = find("serviceaccounts", name)?;
    let secs = args.duration_ms("duration").unwrap_or_default() / 1000;
    if (1..600).contains(&secs) {
        return Err(failed(&format!(
            "TokenRequest.authentication.k8s.io \"{name}\" is invalid: spec.expirationSeconds: Invalid value: {secs}: may not specify a duration less than 10 minutes"
        )));
    }
    let lasts = if secs == 0 { LASTS_SECS } else { secs };
    let mut known = json!({
        "namespace": namespace,
        "serviceaccount": {"name": name, "uid": text(&account.value, "metadata.uid")},
    });
    let mut bound = None;
    if let Some(kind) = args
        .get("bound-object-kind")
        .filter(|kind| !kind.is_empty())
    {
        let name = args.get("bound-object-name").unwrap_or_default();
        let object = find(&kind.to_lowercase(), name)?;
        let uid = text(&object.value, "metadata.uid");
        if let Some(other) = args
            .get("bound-object-uid")
            .filter(|given| !given.is_empty() && *given != uid)
        {
            let plural = object.resource.plural;
            return Err(failed(&format!(
                "Operation cannot be fulfilled on {plural} \"{name}\": the UID in the bound object reference ({other}) does not match the UID in record. The object might have been deleted and then recreated"
            )));
        }
        known[kind.to_lowercase()] = json!({"name": name, "uid": uid});
        bound = Some(json!({"kind": kind, "apiVersion": "v1", "name": name, "uid": uid}));
    }
    let now = clock::now_ms(cluster.world()) / 1000;
    let audiences: Vec<&str> = match args.get("audience") {
        Some(_) => args.all("audience").into_list(),
        None => vec!["https://kubernetes.default.svc"],
    };
    let claims = json!({
        "aud": audiences, "exp": now + lasts, "iat": now, "nbf": now, "iss": "https://kubernetes.default.svc",
        "kubernetes.io": known, "sub": format!("system:serviceaccount:{namespace}:{name}"),
    });
    let signed = format!(
        "{}.{}",
        url_safe(
            json!({"alg": "RS256", "kid": "ordinal"})
                .to_string()
                .as_bytes()
        ),
        url_safe(claims.to_string().as_bytes())
    );
    let token = format!("{signed}.{}", url_safe(&sha256(signed.as_bytes())));
    let Some(mut form) = form else {
        // Nothing but the token: what reads it wants no line break.
        return Ok(Output::printed(token));
    };
    let request = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "metadata": {"creationTimestamp": clock::rfc3339(now * 1000), "name": name, "namespace": namespace},
        "spec": {"audiences": audiences, "boundObjectRef": bound, "expirationSeconds": lasts},
        "status": {"expirationTimestamp": clock::rfc3339((now + lasts) * 1000), "token": token},
    });
    if matches!(form, Form::Name) {
        return Ok(Output::line(format!(
            "tokenrequest.authentication.k8s.io/{name}"
        )));
    }
    Ok(Output::printed(form.print(&request, false)?))
}

fn url_safe(bytes: &[u8]) -> String {
    let text = base64::encode(bytes).replace('+', "-").replace('/', "_");
    text.trim_end_matches('=').to_owned()
}
