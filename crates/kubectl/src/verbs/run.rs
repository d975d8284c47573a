//! `kubectl run`. Models kubectl `pkg/cmd/run` and `pkg/generate/versioned/run.go`, v0.37.

use ordinal_api::Value;
use ordinal_core::Cluster;
use ordinal_core::release::Release;
use serde_json::json;

use super::common::Dry;
use super::expose::{labels, overridden};
use super::made::finish;
use super::set::is_variable;
use crate::args::Args;
use crate::{Output, Session};

pub(crate) const FLAGS: &str = "image=s port=s labels,l=s env=s command restart=s attach stdin,i tty,t rm expose quiet,q \
image-pull-policy=s annotations=s overrides=s override-type=s privileged leave-stdin-open pod-running-timeout=d detach-keys=s \
grace-period=i wait timeout=d force now cascade=?background dry-run=?unchanged output,o=s save-config field-manager=s \
template=s allow-missing-template-keys show-managed-fields filename,f=l recursive,R kustomize,k=s";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

/// Whether a reference to an image can be one. Models distribution/reference `ReferenceRegexp`, as far as names go.
fn is_image(image: &str) -> bool {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut parts = path.split('/');
    let first = parts.next().unwrap_or_default();
    let is_host = path.contains('/') && first.contains(['.', ':']) || first == "localhost";
    let is_part = |part: &str| {
        let edge =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        edge(part.chars().next())
            && edge(part.chars().last())
            && part.chars().all(|c| is_word(c) && !c.is_ascii_uppercase())
    };
    (is_host && first.chars().all(|c| is_word(c) || c == ':') || is_part(first))
        && parts.all(is_part)
        && tag.is_none_or(|tag| !tag.is_empty() && tag.chars().all(is_word))
}

/// Whether kubectl stays with the Pod that it makes.
pub(crate) fn is_attached(args: &Args) -> bool {
    args.has("attach") || args.get("attach").is_none() && args.has("stdin")
}

/// What the command line must be like.
fn check(args: &Args, dry: Dry, release: Release) -> Result<(), Output> {
    let bare = release.run_errors_are_bare();
    let usage = |text: &str| {
        let text = if bare {
            text
        } else {
            // The words that may be given were not named.
            text.split(", valid values").next().unwrap_or_default()
        };
        let mut error = Output::error(text);
        if !bare {
            error.warn("See 'kubectl run -h' for help and examples");
        }
        Err(error)
    };
    if args.rest.is_empty() || args.dash == Some(0) {
        return usage("NAME is required for run");
    }
    let image = args.get("image").unwrap_or_default();
    if image.is_empty() {
        return Err(Output::error("--image is required"));
    }
    if !is_image(image) {
        let word = if bare { "invalid" } else { "Invalid" };
        return Err(Output::error(format!(
            "{word} image name \"{image}\": invalid reference format"
        )));
    }
    let attached = is_attached(args);
    if args.has("tty") && !args.has("stdin") {
        return usage("-i/--stdin is required for containers with -t/--tty=true");
    }
    if args.has("expose") && args.get("port").unwrap_or_default().is_empty() {
        return usage("--port must be set when exposing a service");
    }
    let restart = args.get("restart").unwrap_or_default();
    if !matches!(restart, "" | "Always" | "OnFailure" | "Never") {
        return usage(&format!(
            "invalid restart policy: {restart}, valid values are: Always, OnFailure, Never"
        ));
    }
    if args.has("rm") && !attached {
        return usage("--rm should only be used for attached containers");
    }
    if attached && dry != Dry::No {
        return usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        );
    }
    let policy = args.get("image-pull-policy").unwrap_or_default();
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return usage(&format!(
            "invalid image pull policy: {policy}, valid values are: Always, IfNotPresent, Never"
        ));
    }
    Ok(())
}

/// `--port`, as a number.
fn port(args: &Args) -> Result<Option<i64>, Output> {
    let Some(given) = args.get("port").filter(|port| !port.is_empty()) else {
        return Ok(None);
    };
    given
        .parse()
        .map(Some)
        .map_err(|_| Output::error("--port must be a number"))
}

fn pod(args: &Args, name: &str, command: &[String]) -> Result<Value, Output> {
    let image = args.get("image").unwrap_or_default();
    let mut container = json!({"image": image, "name": name, "resources": {}});
    if !command.is_empty() {
        let key = if args.has("command") {
            "command"
        } else {
            "args"
        };
        container[key] = json!(command);
    }
    let mut variables = Vec::new();
    for pair in args.all("env") {
        let Some((key, value)) = pair.split_once('=').filter(|(key, _)| is_variable(key)) else {
            return Err(Output::error(format!("invalid env: {pair}")));
        };
        variables.push(json!({"name": key, "value": value}));
    }
    if !variables.is_empty() {
        container["env"] = json!(variables);
    }
    if let Some(policy) = args.get("image-pull-policy").filter(|p| !p.is_empty()) {
        container["imagePullPolicy"] = json!(policy);
    }
    if let Some(port) = port(args)? {
        container["ports"] = json!([{ "containerPort": port }]);
    }
    for flag in ["stdin", "tty"] {
        if args.has(flag) {
            container[flag] = json!(true);
            if flag == "stdin" && !args.has("leave-stdin-open") {
                container["stdinOnce"] = json!(true);
            }
        }
    }
    if args.has("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    let restart = args.get("restart").filter(|text| !text.is_empty());
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"labels": own_labels(args, name)?, "name": name},
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart.unwrap_or("Always")},
        "status": {},
    });
    let annotations: Value = args
        .all("annotations")
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect();
    if annotations.as_object().is_some_and(|map| !map.is_empty()) {
        pod["metadata"]["annotations"] = annotations;
    }
    Ok(pod)
}

fn own_labels(args: &Args, name: &str) -> Result<Value, Output> {
    match args.get("labels").filter(|given| !given.is_empty()) {
        Some(given) => labels(given).map_err(Output::error),
        None => Ok(json!({ "run": name })),
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("run", words, FLAGS)?;
    if args.get("image").is_none() {
        return Err(Output::error("required flag(s) \"image\" not set"));
    }
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    crate::printer::Form::read(&args, session, false)?;
    check(&args, dry, cluster.world().release())?;
    let Some((name, command)) = args.rest.split_first() else {
        return Err(Output::error("NAME is required for run"));
    };
    let mut made = overridden(&args, pod(&args, name, command)?)?;
    finish(cluster, session, &args, &mut made, dry, "run", &mut output)?;
    if args.has("expose")
        && let Some(port) = port(&args)?
    {
        let mut service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {
                "ports": [{"port": port, "protocol": "TCP", "targetPort": port}],
                "selector": own_labels(&args, name)?,
            },
            "status": {"loadBalancer": {}},
        });
        if args.get("labels").is_some_and(|given| !given.is_empty()) {
            service["metadata"]["labels"] = own_labels(&args, name)?;
        }
        // The printer parts two objects.
        if args.get("output") == Some("yaml") {
            output.say("---");
        }
        finish(
            cluster,
            session,
            &args,
            &mut service,
            dry,
            "run",
            &mut output,
        )?;
    }
    Ok(output)
}
