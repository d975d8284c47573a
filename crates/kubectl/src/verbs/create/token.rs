//! `create token`: what proves to the server that somebody is a ServiceAccount.
//!
//! Models kubectl `pkg/cmd/create/create_token.go`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use ordinal_core::apiserver::http;
use serde_json::json;

use crate::args::{Args, misuse};
use crate::printer::Form;
use crate::value::text;
use crate::{Output, Session};

const FLAGS: &str = "audience=s duration=d bound-object-kind=s bound-object-name=s bound-object-uid=s output,o=s \
template=s allow-missing-template-keys show-managed-fields";

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
    let mut spec = json!({"audiences": args.all("audience").into_list()});
    let secs = args.duration_ms("duration").unwrap_or_default() / 1000;
    if secs > 0 {
        spec["expirationSeconds"] = json!(secs);
    }
    let bound = |key: &str| args.get(&format!("bound-object-{key}")).unwrap_or_default();
    if !bound("kind").is_empty() {
        spec["boundObjectRef"] = json!({
            "kind": bound("kind"), "apiVersion": "v1", "name": bound("name"), "uid": bound("uid"),
        });
    }
    let call = http::Call {
        method: "POST",
        path: &format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"),
        content_type: "application/json",
        body: &json!({"spec": spec}).to_string(),
    };
    let request = http::call(cluster, call);
    if request.code >= 300 {
        let why = text(&request.body, "message");
        return Err(Output::error(format!("failed to create token: {why}")));
    }
    let (request, token) = (&request.body, text(&request.body, "status.token"));
    let Some(mut form) = form else {
        // Nothing but the token: what reads it wants no line break.
        return Ok(Output::printed(token.to_owned()));
    };
    if matches!(form, Form::Name) {
        return Ok(Output::line(format!(
            "tokenrequest.authentication.k8s.io/{name}"
        )));
    }
    Ok(Output::printed(form.print(request, false)?))
}
