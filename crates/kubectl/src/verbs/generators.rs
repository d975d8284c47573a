//! What `create`, `run` and `expose` make from flags. Models kubectl `pkg/cmd/create`, `run` and `expose`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use ordinal_core::apiserver::Request;
use serde_json::{Map, json};

use super::common::{Dry, send};
use super::selected;
use crate::args::{Args, misuse};
use crate::base64;
use crate::discovery;
use crate::printer::Form;
use crate::resource::{Item, fetch};
use crate::value::{at, entries, has, items, number, text};
use crate::{Output, Session};

const FLAGS: &str = "dry-run=?unchanged output,o=s save-config validate=?strict field-manager=s template=s \
allow-missing-template-keys show-managed-fields append-hash from-literal=s from-file=s from-env-file=s type=s tcp=l \
clusterip=s node-port=i external-name=s image=l replicas,r=i port=i selector=s min-available=s max-unavailable=s value=i \
global-default description=s preemption-policy=s cert=s key=s docker-server=s docker-username=s docker-password=s \
docker-email=s hard=s scopes=s";

/// Runs `kubectl create TYPE NAME …`.
pub(super) fn create(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_create(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_create(
    cluster: &mut Cluster,
    session: &mut Session,
    words: &[&str],
) -> Result<Output, Output> {
    let args = Args::read("create", words, FLAGS)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let Some((type_, names)) = args.rest.split_first() else {
        return Err(Output::error("must specify one of -f and -k"));
    };
    let (type_, names) = match (type_.as_str(), names) {
        ("secret", []) => return Err(super::help::group("create secret")),
        ("service" | "svc", []) => return Err(super::help::group("create service")),
        ("secret" | "service" | "svc", [sub, names @ ..]) => {
            let group = if type_ == "secret" {
                "secret"
            } else {
                "service"
            };
            (format!("{group} {sub}"), names)
        }
        (other, names) => (other.to_owned(), names),
    };
    let full = long_name(&type_);
    let Some(full) = full else {
        let shown = args.rest.join(" ");
        return Err(misuse("create", &format!("Unexpected args: [{shown}]")));
    };
    // What follows `--` is the command of a Deployment.
    let count = args.dash.map_or(names.len(), |dash| {
        dash.saturating_sub(args.rest.len() - names.len())
    });
    let (names, command) = names.split_at(count.min(names.len()));
    if full == "deployment" && args.get("image").is_none() {
        return Err(Output::error("required flag(s) \"image\" not set"));
    }
    let [name] = names else {
        return Err(misuse(
            &format!("create {full}"),
            &format!("exactly one NAME is required, got {}", names.len()),
        ));
    };
    let mut object = make(session, &args, full, name, command)?;
    finish(
        cluster,
        session,
        &args,
        &mut object,
        dry,
        "created",
        &mut output,
    )?;
    Ok(output)
}

fn long_name(type_: &str) -> Option<&'static str> {
    Some(match type_ {
        "namespace" | "ns" => "namespace",
        "configmap" | "cm" => "configmap",
        "secret generic" => "secret generic",
        "secret tls" => "secret tls",
        "secret docker-registry" => "secret docker-registry",
        "service clusterip" => "service clusterip",
        "service nodeport" => "service nodeport",
        "service loadbalancer" => "service loadbalancer",
        "service externalname" => "service externalname",
        "deployment" | "deploy" | "dep" => "deployment",
        "poddisruptionbudget" | "pdb" => "poddisruptionbudget",
        "serviceaccount" | "sa" => "serviceaccount",
        "priorityclass" | "pc" => "priorityclass",
        "quota" | "resourcequota" => "quota",
        _ => return None,
    })
}

fn make(
    session: &Session,
    args: &Args,
    type_: &str,
    name: &str,
    command: &[String],
) -> Result<Value, Output> {
    let metadata = json!({ "name": name });
    Ok(match type_ {
        "namespace" => {
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "spec": {}, "status": {}})
        }
        "serviceaccount" => {
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
        }
        "configmap" => {
            let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
            let data = sources(session, args)?;
            if !data.is_empty() {
                object["data"] = data.into_iter().map(|(k, v)| (k, Value::from(v))).collect();
            }
            object
        }
        "secret generic" | "secret tls" | "secret docker-registry" => {
            secret(session, args, type_, metadata)?
        }
        "poddisruptionbudget" => budget(args, metadata)?,
        "priorityclass" => {
            let mut object = json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": metadata,
                "preemptionPolicy": args.get("preemption-policy").unwrap_or("PreemptLowerPriority"),
                "value": args.count("value").unwrap_or(0),
            });
            if let Some(description) = args.get("description").filter(|d| !d.is_empty()) {
                object["description"] = json!(description);
            }
            if args.has("global-default") {
                object["globalDefault"] = json!(true);
            }
            object
        }
        "quota" => {
            let mut hard = Map::new();
            for part in args
                .get("hard")
                .unwrap_or_default()
                .split(',')
                .filter(|p| !p.is_empty())
            {
                let Some((key, value)) = part.split_once('=') else {
                    return Err(Output::error(format!(
                        "invalid argument syntax {part}, expected <resource>=<value>"
                    )));
                };
                hard.insert(key.to_owned(), json!(value));
            }
            let spec = if hard.is_empty() {
                json!({})
            } else {
                json!({ "hard": hard })
            };
            json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": spec, "status": {}})
        }
        "deployment" => deployment(args, name, command)?,
        _ => service(args, type_.trim_start_matches("service "), name)?,
    })
}

/// What literals, files and files of variables give.
fn sources(session: &Session, args: &Args) -> Result<Vec<(String, String)>, Output> {
    let mut data = Vec::new();
    let read = |path: &str| {
        session.files.get(path).cloned().ok_or_else(|| {
            Output::error(format!("error reading {path}: no such file or directory"))
        })
    };
    for given in args.all("from-file") {
        let (key, path) = given
            .split_once('=')
            .unwrap_or((given.rsplit('/').next().unwrap_or(given), given));
        let folder = format!("{}/", path.trim_end_matches('/'));
        let inside: Vec<_> = session
            .files
            .iter()
            .filter_map(|(file, text)| Some((file.strip_prefix(&folder)?, text)))
            .filter(|(file, _)| !file.contains('/'))
            .into_list();
        if inside.is_empty() {
            data.push((key.to_owned(), read(path)?));
        } else {
            data.extend(
                inside
                    .into_iter()
                    .map(|(file, text)| (file.to_owned(), text.clone())),
            );
        }
    }
    for given in args.all("from-literal") {
        let Some((key, value)) = given.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Output::error(format!(
                "invalid literal source {given}, expected key=value"
            )));
        };
        let value = value.trim_matches(['\'', '"']);
        data.push((key.to_owned(), value.to_owned()));
    }
    for path in args.all("from-env-file") {
        for line in read(path)?.lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            data.push((key.to_owned(), value.to_owned()));
        }
    }
    for (place, (key, _)) in data.iter().enumerate() {
        if data[..place].iter().any(|(other, _)| other == key) {
            return Err(Output::error(format!(
                "cannot add key \"{key}\", another key by that name already exists in Data for ConfigMap"
            )));
        }
    }
    Ok(data)
}

fn secret(session: &Session, args: &Args, type_: &str, metadata: Value) -> Result<Value, Output> {
    let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata});
    let data = match type_ {
        "secret generic" => sources(session, args)?,
        "secret tls" => {
            object["type"] = json!("kubernetes.io/tls");
            let mut data = Vec::new();
            for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
                let path = args.get(flag).unwrap_or_default();
                let Some(text) = session.files.get(path) else {
                    return Err(Output::error(format!(
                        "open {path}: no such file or directory"
                    )));
                };
                data.push((key.to_owned(), text.clone()));
            }
            data
        }
        _ => {
            object["type"] = json!("kubernetes.io/dockerconfigjson");
            let given = |flag: &str| args.get(flag).unwrap_or_default();
            let (user, password) = (given("docker-username"), given("docker-password"));
            let server = args
                .get("docker-server")
                .unwrap_or("https://index.docker.io/v1/");
            let auth = base64::encode(format!("{user}:{password}").as_bytes());
            let config = json!({"auths": {server: {
                "username": user, "password": password, "email": given("docker-email"), "auth": auth,
            }}});
            vec![(".dockerconfigjson".to_owned(), config.to_string())]
        }
    };
    if let Some(type_) = args.get("type") {
        object["type"] = json!(type_);
    }
    if !data.is_empty() {
        object["data"] = data
            .into_iter()
            .map(|(key, value)| (key, Value::from(base64::encode(value.as_bytes()))))
            .collect();
    }
    Ok(object)
}

fn labels(text: &str) -> Value {
    text.split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect()
}

/// A number where it is one.
fn int_or_string(text: &str) -> Value {
    text.parse::<i64>()
        .map_or_else(|_| json!(text), |number| json!(number))
}

fn budget(args: &Args, metadata: Value) -> Result<Value, Output> {
    let Some(selector) = args.get("selector").filter(|s| !s.is_empty()) else {
        return Err(Output::error("a selector must be specified"));
    };
    let mut spec = json!({"selector": {"matchLabels": labels(selector)}});
    match (args.get("min-available"), args.get("max-unavailable")) {
        (None, None) => {
            return Err(Output::error(
                "one of min-available or max-unavailable must be specified",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(Output::error(
                "min-available and max-unavailable cannot be both specified",
            ));
        }
        (Some(min), None) => spec["minAvailable"] = int_or_string(min),
        (None, Some(max)) => spec["maxUnavailable"] = int_or_string(max),
    }
    let status = json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0});
    Ok(
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": spec, "status": status}),
    )
}

fn deployment(args: &Args, name: &str, command: &[String]) -> Result<Value, Output> {
    let images: Vec<&str> = args.all("image").into_list();
    if images.len() > 1 && !command.is_empty() {
        return Err(Output::error(
            "cannot specify multiple --image options and command",
        ));
    }
    let containers: Vec<Value> = images
        .iter()
        .map(|image| {
            let base = image.rsplit('/').next().unwrap_or(image);
            let base = base.split([':', '@']).next().unwrap_or(base);
            let mut container = json!({"image": image, "name": base, "resources": {}});
            if !command.is_empty() {
                container["command"] = json!(command);
            }
            if let Some(port) = args.count("port").filter(|port| *port > 0) {
                container["ports"] = json!([{ "containerPort": port }]);
            }
            container
        })
        .collect();
    let app = json!({ "app": name });
    Ok(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": app, "name": name},
        "spec": {
            "replicas": args.count("replicas").unwrap_or(1), "selector": {"matchLabels": app}, "strategy": {},
            "template": {"metadata": {"labels": app}, "spec": {"containers": containers}},
        },
        "status": {},
    }))
}

fn service(args: &Args, type_: &str, name: &str) -> Result<Value, Output> {
    let mut ports = Vec::new();
    for given in args.all("tcp") {
        let (port, target) = given.split_once(':').unwrap_or((given, given));
        let Ok(number) = port.parse::<u16>() else {
            return Err(Output::error(format!(
                "invalid port format, must be <port>:<targetPort> or <port>: {given}"
            )));
        };
        let mut object = json!({
            "name": given.replace(':', "-"), "port": number, "protocol": "TCP", "targetPort": int_or_string(target),
        });
        if let Some(node) = args
            .count("node-port")
            .filter(|port| *port > 0 && type_ == "nodeport")
        {
            object["nodePort"] = json!(node);
        }
        ports.push(object);
    }
    let headless = args.get("clusterip") == Some("None");
    let kind = match type_ {
        "clusterip" => "ClusterIP",
        "nodeport" => "NodePort",
        "loadbalancer" => "LoadBalancer",
        _ => "ExternalName",
    };
    if ports.is_empty() && kind != "ExternalName" && !headless {
        return Err(Output::error(
            "at least one tcp port specifier must be provided",
        ));
    }
    let mut spec = json!({"selector": {"app": name}, "type": kind});
    if !ports.is_empty() {
        spec["ports"] = json!(ports);
    }
    if let Some(ip) = args.get("clusterip").filter(|ip| !ip.is_empty()) {
        spec["clusterIP"] = json!(ip);
    }
    if kind == "ExternalName" {
        match args.get("external-name") {
            Some(external) => spec["externalName"] = json!(external),
            None => return Err(Output::error("required flag(s) \"external-name\" not set")),
        }
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"labels": {"app": name}, "name": name},
        "spec": spec, "status": {"loadBalancer": {}},
    }))
}

/// How a refusal of an object that `kubectl create TYPE` made begins; `None` for those that are told as they come.
fn failing(object: &Value) -> Option<String> {
    Some(match text(object, "kind") {
        "Namespace" | "Pod" => return None,
        "PodDisruptionBudget" => "poddisruptionbudgets: ".to_owned(),
        "ResourceQuota" => "quota: ".to_owned(),
        "Secret" => "secret ".to_owned(),
        "Service" => format!("{} service: ", text(object, "spec.type")),
        other => format!("{}: ", other.to_ascii_lowercase()),
    })
}

/// Sends what was made, and prints it in the form that is asked for.
fn finish(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    object: &mut Value,
    dry: Dry,
    done: &str,
    output: &mut Output,
) -> Result<(), Output> {
    let form = Form::read(args, session, false)?;
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let resource = discovery::resources()
        .find(|r| r.version == text(object, "apiVersion") && r.kind == text(object, "kind"))
        .ok_or_else(|| Output::error("the server doesn't have this resource type"))?;
    if resource.namespaced && args.get("namespace").is_some() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    let mut shown = object.clone();
    if dry != Dry::Client {
        let mut sent = object.clone();
        if let Some(map) = sent.as_object_mut() {
            map.remove("status");
        }
        let request = Request::Create {
            object: sent,
            namespace: if resource.namespaced {
                namespace.as_str()
            } else {
                ""
            }
            .into(),
            strict: true,
        };
        let made = send(cluster, request, dry).map_err(|status| match failing(object) {
            Some(what) if done == "created" => {
                Output::error(format!("failed to create {what}{}", status.message))
            }
            _ => Output::refused(&status),
        })?;
        shown = cluster.world().printed(&made);
    }
    let item = Item {
        resource,
        value: shown,
    };
    match form {
        None => output.say(format!("{} {done}{}", item.typed_name(), dry.suffix())),
        Some(Form::Name) => output.say(item.typed_name()),
        Some(Form::Json) => output.stdout.push_str(&json_of(&item.value)),
        Some(mut form) => {
            let text = form.print(&item.value, false).map_err(Output::error)?;
            output.stdout.push_str(&text);
        }
    }
    Ok(())
}

/// Keys in the order in which Go's types have them; others after them.
const ORDER: &[&str] = &[
    "kind",
    "apiVersion",
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "replicas",
    "ports",
    "protocol",
    "port",
    "targetPort",
    "nodePort",
    "selector",
    "clusterIP",
    "type",
    "template",
    "containers",
    "image",
    "command",
    "args",
    "containerPort",
    "env",
    "value",
    "resources",
    "restartPolicy",
    "dnsPolicy",
    "strategy",
    "spec",
    "data",
    "stdin",
    "tty",
    "status",
];

/// JSON with its keys in the order of Go's types, as what kubectl makes itself is printed.
fn json_of(value: &Value) -> String {
    let mut out = String::new();
    ordered(value, 0, &mut out);
    out.push('\n');
    out
}

fn ordered(value: &Value, level: usize, out: &mut String) {
    let pad = |level: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", level));
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let rank = |key: &str| {
                ORDER
                    .iter()
                    .position(|k| *k == key)
                    .unwrap_or(ORDER.len() - 2)
            };
            let mut keys: Vec<&String> = map.keys().into_list();
            ordinal_api::sorted::sort_by_key(&mut keys, |key| rank(key));
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                pad(level + 1, out);
                out.push_str(&format!("\"{key}\": "));
                ordered(&map[key], level + 1, out);
            }
            pad(level, out);
            out.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                pad(level + 1, out);
                ordered(item, level + 1, out);
            }
            pad(level, out);
            out.push(']');
        }
        other => out.push_str(&crate::format::json::compact(other)),
    }
}

const RUN: &str = "image=s port=i labels,l=s env=s command restart=s attach stdin,i tty,t rm expose quiet,q \
image-pull-policy=s annotations=s overrides=s override-type=s privileged leave-stdin-open pod-running-timeout=d \
grace-period=i wait timeout=d force now cascade=?background dry-run=?unchanged output,o=s save-config field-manager=s \
template=s allow-missing-template-keys show-managed-fields filename,f=l recursive,R";

/// Runs `kubectl run NAME --image=IMAGE`.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("run", words, RUN)?;
    let Some(image) = args.get("image") else {
        return Err(Output::error("required flag(s) \"image\" not set"));
    };
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let Some((name, command)) = args.rest.split_first() else {
        return Err(misuse("run", "NAME is required for run"));
    };
    let attached = args.has("attach") || args.has("stdin") || args.has("tty");
    if args.has("rm") && !attached {
        return Err(Output::error(
            "--rm should only be used for attached containers",
        ));
    }
    if args.has("tty") && !args.has("stdin") {
        return Err(Output::error(
            "-i/--stdin is required for containers with -t/--tty=true",
        ));
    }
    let restart = args.get("restart").unwrap_or("Always");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(Output::error(format!("invalid restart policy: {restart}")));
    }
    let mut container = json!({"image": image, "name": name, "resources": {}});
    if !command.is_empty() {
        let key = if args.has("command") {
            "command"
        } else {
            "args"
        };
        container[key] = json!(command);
    }
    if let Some(policy) = args.get("image-pull-policy") {
        container["imagePullPolicy"] = json!(policy);
    }
    let mut variables = Vec::new();
    for pair in args.all("env") {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Output::error(format!("invalid env: {pair}")));
        };
        variables.push(json!({"name": key, "value": value}));
    }
    if !variables.is_empty() {
        container["env"] = json!(variables);
    }
    if let Some(port) = args.count("port") {
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
    let labels = match args.get("labels") {
        Some(given) => labels(given),
        None => json!({ "run": name }),
    };
    let mut object = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"labels": labels, "name": name},
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
        "status": {},
    });
    if args.has("privileged") {
        object["spec"]["containers"][0]["securityContext"] = json!({"privileged": true});
    }
    finish(
        cluster,
        session,
        &args,
        &mut object,
        dry,
        "created",
        &mut output,
    )?;
    Ok(output)
}

const EXPOSE: &str = "filename,f=l recursive,R port=s target-port=s protocol=s type=s name=s selector=s labels,l=s \
external-ip=s load-balancer-ip=s session-affinity=s cluster-ip=s dry-run=?unchanged output,o=s overrides=s \
override-type=s save-config field-manager=s template=s allow-missing-template-keys show-managed-fields";

/// What a command says that needs a resource and has none.
pub(super) const NO_RESOURCES: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

/// Runs `kubectl expose TYPE NAME`.
pub(super) fn expose(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_expose(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_expose(
    cluster: &mut Cluster,
    session: &mut Session,
    words: &[&str],
) -> Result<Output, Output> {
    let args = Args::read("expose", words, EXPOSE)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let (selection, _) = selected(session, &args, "kubectl expose")?;
    if selection.resources.is_empty() {
        return Err(Output::error(NO_RESOURCES));
    }
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    for (resource, name) in &selection.named {
        let item = fetch(cluster, *resource, &namespace, name).map_err(|s| Output::refused(&s))?;
        let mut object = service_for(&args, &item)?;
        finish(
            cluster,
            session,
            &args,
            &mut object,
            dry,
            "exposed",
            &mut output,
        )?;
    }
    Ok(output)
}

fn service_for(args: &Args, item: &Item) -> Result<Value, Output> {
    let value = &item.value;
    let (selector, pod) = match item.resource.kind {
        "Pod" => (at(value, "metadata.labels"), at(value, "spec")),
        "Deployment" | "ReplicaSet" => {
            if has(value, "spec.selector.matchExpressions") {
                return Err(Output::error(format!(
                    "couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - \"{}\" to map-based selector format",
                    crate::value::selector(at(value, "spec.selector"))
                )));
            }
            (
                at(value, "spec.selector.matchLabels"),
                at(value, "spec.template.spec"),
            )
        }
        "Service" | "ReplicationController" => {
            (at(value, "spec.selector"), at(value, "spec.template.spec"))
        }
        _ => {
            return Err(Output::error(format!(
                "cannot expose a {}",
                item.resource.group_kind()
            )));
        }
    };
    let selector = match args.get("selector") {
        Some(given) => labels(given),
        None => selector.clone(),
    };
    if selector.as_object().is_none_or(Map::is_empty) {
        return Err(Output::error(
            "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed",
        ));
    }
    let introspected: Vec<i64> = items(pod, "containers")
        .iter()
        .flat_map(|container| items(container, "ports"))
        .chain(items(value, "spec.ports"))
        .map(|port| number(port, "containerPort").max(number(port, "port")))
        .into_list();
    let wanted: Vec<Value> = match args.get("port") {
        Some(given) => given.split(',').map(int_or_string).collect(),
        None => introspected.into_iter().map(Value::from).collect(),
    };
    if wanted.is_empty() {
        return Err(Output::error(
            "couldn't find port via --port flag or introspection",
        ));
    }
    let several = wanted.len() > 1;
    let ports: Vec<Value> = wanted
        .iter()
        .enumerate()
        .map(|(index, port)| {
            let target = args.get("target-port").map_or_else(|| port.clone(), int_or_string);
            let mut object = json!({
                "port": port, "protocol": args.get("protocol").unwrap_or("TCP"), "targetPort": target,
            });
            if several {
                object["name"] = json!(format!("port-{}", index + 1));
            }
            object
        })
        .collect();
    let mut spec = json!({"ports": ports, "selector": selector});
    for (flag, key) in [
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("load-balancer-ip", "loadBalancerIP"),
        ("session-affinity", "sessionAffinity"),
    ] {
        if let Some(given) = args.get(flag) {
            spec[key] = json!(given);
        }
    }
    if let Some(ip) = args.get("external-ip") {
        spec["externalIPs"] = json!([ip]);
    }
    let mut metadata = json!({"name": args.get("name").unwrap_or(item.name())});
    let own = match args.get("labels") {
        Some(given) => labels(given),
        None => at(value, "metadata.labels").clone(),
    };
    if entries(&json!({ "l": own }), "l").next().is_some() {
        metadata["labels"] = own;
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec,
        "status": {"loadBalancer": {}},
    }))
}
