//! ConfigMaps and Secrets from literals, files and files of variables.
//!
//! Models kubectl `pkg/cmd/create/create_configmap.go`, `create_secret*.go` and `pkg/cmd/util/env_file.go`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use serde_json::json;

use super::generate::Given;
use crate::{Output, Session};
use ordinal_api::base64;

type Data = Vec<(String, String)>;

/// What `pkg/util` `ParseFileSource` makes of `KEY=PATH` or `PATH`.
fn key_and_path(given: &str) -> Result<(&str, &str), String> {
    match given.split_once('=') {
        None => Ok((given.rsplit('/').next().unwrap_or(given), given)),
        Some((_, rest)) if rest.contains('=') => {
            Err("key names or file paths cannot contain '='".to_owned())
        }
        Some(("", path)) => Err(format!("key name for file path {path} missing")),
        Some((key, "")) => Err(format!("file path for key name {key} missing")),
        Some(both) => Ok(both),
    }
}

/// The files of a folder, by name; of the working folder for `.`.
fn inside<'s>(session: &'s Session, path: &str) -> Vec<(&'s str, &'s String)> {
    let folder = match path.trim_end_matches('/') {
        "." => String::new(),
        path => format!("{path}/"),
    };
    let files = session.files.iter();
    files
        .filter_map(|(file, text)| Some((file.strip_prefix(folder.as_str())?, text)))
        .filter(|(file, _)| !file.contains('/') && *file != "-")
        .into_list()
}

/// Whether a name may be a key. Models apimachinery `IsConfigMapKey`.
fn key_fault(key: &str) -> Option<&'static str> {
    let fits = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    match key {
        "." => Some("must not be '.'"),
        ".." => Some("must not be '..'"),
        _ if key.starts_with("..") => Some("must not start with '..'"),
        _ if fits => None,
        _ => Some(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        ),
    }
}

fn gather(given: &Given, kind: &str) -> Result<Data, Output> {
    let (session, args) = (given.session, given.args);
    let missing =
        |path: &str| Output::error(format!("error reading {path}: no such file or directory"));
    if args.get("from-env-file").is_some()
        && (args.get("from-file").is_some() || args.get("from-literal").is_some())
    {
        return Err(Output::error(
            "from-env-file cannot be combined with from-file or from-literal",
        ));
    }
    let mut data = Data::new();
    for source in args.all("from-file") {
        let (key, path) = key_and_path(source).map_err(Output::error)?;
        if let Some(text) = session.files.get(path) {
            data.push((key.to_owned(), text.clone()));
            continue;
        }
        let inside = inside(session, path);
        if inside.is_empty() {
            return Err(missing(path));
        }
        if source.contains('=') {
            return Err(Output::error("cannot give a key name for a directory path"));
        }
        data.extend(
            inside
                .into_iter()
                .map(|(file, text)| (file.to_owned(), text.clone())),
        );
    }
    for literal in args.all("from-literal") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Output::error(format!(
                "invalid literal source {literal}, expected key=value"
            )));
        };
        data.push((key.to_owned(), value.to_owned()));
    }
    for path in args.all("from-env-file") {
        let text = session.files.get(path).ok_or_else(|| missing(path))?;
        for line in text.lines().map(str::trim_start) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // A name without a value is one of kubectl's own environment, which has none of them.
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            data.push((key.to_owned(), value.to_owned()));
        }
    }
    let of_config = kind == "ConfigMap";
    for (place, (key, _)) in data.iter().enumerate() {
        let fault = match key_fault(key) {
            Some(why) if of_config => {
                format!("\"{key}\" is not a valid key name for a ConfigMap: {why}")
            }
            Some(why) => format!("\"{key}\" is not valid key name for a Secret {why}"),
            None if !data[..place].iter().any(|(other, _)| other == key) => continue,
            None if of_config => format!(
                "cannot add key \"{key}\", another key by that name already exists in Data for ConfigMap \"{}\"",
                given.name
            ),
            None => format!("cannot add key {key}, another key by that name already exists"),
        };
        return Err(Output::error(fault));
    }
    Ok(data)
}

/// `create configmap`
pub(super) fn config(given: &Given) -> Result<Value, Output> {
    let data = gather(given, "ConfigMap")?;
    let mut object =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": given.name}});
    if !data.is_empty() {
        object["data"] = data.into_iter().map(|(k, v)| (k, Value::from(v))).collect();
    }
    Ok(object)
}

fn secret_of(given: &Given, type_: Option<&str>, data: Data) -> Value {
    let mut object =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": given.name}});
    if let Some(type_) = type_.filter(|type_| !type_.is_empty()) {
        object["type"] = json!(type_);
    }
    if !data.is_empty() {
        let encoded =
            |(key, value): (String, String)| (key, Value::from(base64::encode(value.as_bytes())));
        object["data"] = data.into_iter().map(encoded).collect();
    }
    object
}

/// `create secret generic`
pub(super) fn secret(given: &Given) -> Result<Value, Output> {
    let data = gather(given, "Secret")?;
    Ok(secret_of(given, given.args.get("type"), data))
}

/// `create secret tls`
pub(super) fn tls(given: &Given) -> Result<Value, Output> {
    let flag = |flag: &str| given.args.get(flag).unwrap_or_default();
    if flag("cert").is_empty() || flag("key").is_empty() {
        return Err(Output::error("key and cert must be specified"));
    }
    let mut data = Data::new();
    for (name, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
        let path = flag(name);
        let text = given.session.files.get(path).ok_or_else(|| {
            Output::error(format!(
                "Cannot read file {path}, open {path}: no such file or directory"
            ))
        })?;
        data.push((key.to_owned(), text.clone()));
    }
    if !data[0].1.contains("-----BEGIN ") {
        return Err(Output::error(
            "tls: failed to find any PEM data in certificate input",
        ));
    }
    Ok(secret_of(given, Some("kubernetes.io/tls"), data))
}

/// `create secret docker-registry`
pub(super) fn registry(given: &Given) -> Result<Value, Output> {
    let type_ = Some("kubernetes.io/dockerconfigjson");
    let flag = |flag: &str| given.args.get(flag).unwrap_or_default();
    if given.args.get("from-file").is_some() {
        let mut data = gather(given, "Secret")?;
        if let ([(key, _)], false) = (data.as_mut_slice(), flag("from-file").contains('=')) {
            ".dockerconfigjson".clone_into(key);
        }
        return Ok(secret_of(given, type_, data));
    }
    let (user, password) = (flag("docker-username"), flag("docker-password"));
    let server = given.args.get("docker-server");
    let server = server.unwrap_or("https://index.docker.io/v1/");
    if user.is_empty() || password.is_empty() || server.is_empty() {
        return Err(Output::error(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        ));
    }
    // The keys stand in the order of the client's type.
    let mut fields = vec![("username", user), ("password", password)];
    let auth = base64::encode(format!("{user}:{password}").as_bytes());
    fields.extend(Some(("email", flag("docker-email"))).filter(|(_, email)| !email.is_empty()));
    fields.push(("auth", &auth));
    let fields: Vec<String> = fields
        .into_iter()
        .map(|(key, value)| format!("\"{key}\":{}", Value::from(value)))
        .into_list();
    let config = format!(
        "{{\"auths\":{{{}:{{{}}}}}}}",
        Value::from(server),
        fields.join(",")
    );
    let data = vec![(".dockerconfigjson".to_owned(), config)];
    Ok(secret_of(given, type_, data))
}
