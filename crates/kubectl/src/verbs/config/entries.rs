//! What the kubeconfig says of clusters and users: `set-cluster`, `set-credentials`, `delete-cluster`, `delete-user`, and
//! `set` and `unset` of any property.

use ordinal_api::Value;
use serde_json::json;

use crate::args::{Args, misuse};
use crate::session::{Config, Context, Entry};
use crate::{Output, Session};

/// The list that a word names.
fn list<'a>(config: &'a mut Config, word: &str) -> &'a mut Vec<Entry> {
    match word {
        "cluster" | "clusters" => &mut config.clusters,
        _ => &mut config.users,
    }
}

/// The entry of a name, made where there is none.
fn entry<'a>(list: &'a mut Vec<Entry>, name: &str) -> &'a mut Value {
    let place = list.iter().position(|entry| entry.name == name);
    let place = place.unwrap_or_else(|| {
        list.push(Entry {
            name: name.to_owned(),
            value: json!({}),
        });
        list.len() - 1
    });
    &mut list[place].value
}

fn put(value: &mut Value, key: &str, given: &str) {
    let given = match key {
        "insecure-skip-tls-verify" => json!(crate::args::is_true(given)),
        _ => json!(given),
    };
    ordinal_api::value::overlay(value, key, Some(given));
}

/// `config set-cluster NAME`, `config set-credentials NAME`
pub(super) fn set_entry(
    session: &mut Session,
    subcommand: &str,
    args: &Args,
) -> Result<Output, Output> {
    let fault = |text: &str| Err(Output::error(text));
    let verb = format!("config {subcommand}");
    let given = |flag: &str| args.get(flag).filter(|text| !text.is_empty());
    let of_cluster = subcommand == "set-cluster";
    let [name] = args.rest.as_slice() else {
        let word = if of_cluster {
            "Unexpected"
        } else {
            "unexpected"
        };
        return Err(misuse(
            &verb,
            &format!("{word} args: [{}]", args.rest.join(" ")),
        ));
    };
    let keys: &[&str] = if of_cluster {
        if given("certificate-authority").is_some() && args.has("insecure-skip-tls-verify") {
            return fault(
                "you cannot specify a certificate authority and insecure mode at the same time",
            );
        }
        &[
            "server",
            "tls-server-name",
            "insecure-skip-tls-verify",
            "certificate-authority",
            "proxy-url",
        ]
    } else {
        if given("token").is_some() && (given("username").is_some() || given("password").is_some())
        {
            return fault(
                "you cannot specify more than one authentication method at the same time: --token, --username/--password",
            );
        }
        &[
            "client-certificate",
            "client-key",
            "token",
            "username",
            "password",
        ]
    };
    let value = entry(
        list(
            &mut session.config,
            if of_cluster { "cluster" } else { "user" },
        ),
        name,
    );
    for key in keys {
        let Some(text) = args.get(key) else { continue };
        let text = match *key {
            "server" => text.trim_end_matches('/'),
            _ => text,
        };
        put(value, key, text);
        // One way to show who one is, one way to know the server.
        let others: &[&str] = match *key {
            "token" => &["username", "password"],
            "username" | "password" => &["token"],
            "insecure-skip-tls-verify" => &["certificate-authority", "certificate-authority-data"],
            "certificate-authority" => &["insecure-skip-tls-verify", "certificate-authority-data"],
            _ => &[],
        };
        for other in others {
            ordinal_api::value::overlay(value, other, None);
        }
    }
    let what = if of_cluster { "Cluster" } else { "User" };
    Ok(Output::line(format!("{what} \"{name}\" set.")))
}

/// `config delete-cluster NAME`, `config delete-user NAME`
pub(super) fn delete_entry(
    session: &mut Session,
    subcommand: &str,
    name: Option<&str>,
) -> Result<Output, Output> {
    let what = subcommand.trim_start_matches("delete-");
    let Some(name) = name else {
        let why = format!("{what} to delete is required");
        return Err(misuse(&format!("config {subcommand}"), &why));
    };
    let path = session.config.path.clone();
    let list = list(&mut session.config, what);
    let before = list.len();
    list.retain(|entry| entry.name != name);
    if list.len() == before {
        return Err(Output::error(format!(
            "cannot delete {what} {name}, not in {path}"
        )));
    }
    Ok(Output::line(format!("deleted {what} {name} from {path}")))
}

/// `config set PROPERTY VALUE`, `config unset PROPERTY`
pub(super) fn property_of(
    session: &mut Session,
    property: &str,
    value: Option<&String>,
) -> Result<Output, Output> {
    let unknown = || Output::error(format!("unable to parse {property} after [] at api.Config"));
    let config = &mut session.config;
    let given = value.cloned().unwrap_or_default();
    let (top, rest) = property.split_once('.').unwrap_or((property, ""));
    // The last word is the field, what is between is a name.
    let (name, field) = match rest.rsplit_once('.') {
        Some((name, field)) => (name, field),
        None => (rest, ""),
    };
    if top != "current-context" && value.is_some() && field.is_empty() {
        return Err(unknown());
    }
    match top {
        "current-context" => config.current = given,
        "contexts" if name.is_empty() => config.contexts.clear(),
        "contexts" => {
            let known = ["namespace", "cluster", "user"].contains(&field);
            let name = if known { name } else { rest };
            let there = config.contexts.iter().any(|context| context.name == name);
            if !known {
                config.contexts.retain(|context| context.name != name);
            } else if value.is_some() && !there {
                config.contexts.push(Context {
                    name: name.to_owned(),
                    ..Context::default()
                });
            }
            let context = config.contexts.iter_mut().find(|c| c.name == name);
            if let Some(context) = context {
                match field {
                    "namespace" => context.namespace = given,
                    "cluster" => context.cluster = given,
                    _ => context.user = given,
                }
            }
        }
        "clusters" | "users" => {
            let list = list(config, top);
            if value.is_some() {
                put(entry(list, name), field, &given);
            } else if name.is_empty() {
                list.clear();
            } else if field.is_empty() {
                list.retain(|entry| entry.name != rest);
            } else {
                ordinal_api::value::overlay(entry(list, name), field, None);
            }
        }
        _ => return Err(unknown()),
    }
    session.enter_context();
    let done = if value.is_some() { "set" } else { "unset" };
    Ok(Output::line(format!("Property \"{property}\" {done}.")))
}
