//! MongoDB: a replica set whose configuration and documents lie on its members' own disks.
//!
//! A member that is asked sees which others it reaches: the set has a primary while most of its members reach each other;
//! when the primary is lost, the first member that is left is elected, in a new term.

use ordinal_api::Kind;
use ordinal_api::list::IntoList;
use ordinal_core::{Cluster, World};

use super::{Inside, net};

const DATA: &str = "/data/db/ordinal.json";

#[derive(Clone, Debug, Default, PartialEq)]
struct Store {
    set: String,
    /// Hosts, in the order of their numbers.
    members: Vec<String>,
    primary: String,
    term: u32,
    users: Vec<String>,
    documents: Vec<(String, String)>,
}

fn read(world: &World, at: &Inside) -> Store {
    let text = at.file(world, DATA);
    let parts: Stored = text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let (set, members, primary, term, users, documents) = parts;
    Store {
        set,
        members,
        primary,
        term,
        users,
        documents,
    }
}

/// A [`Store`] as it lies on the disk.
type Stored = (
    String,
    Vec<String>,
    String,
    u32,
    Vec<String>,
    Vec<(String, String)>,
);

fn written(store: &Store) -> String {
    let parts = (
        &store.set,
        &store.members,
        &store.primary,
        store.term,
        &store.users,
        &store.documents,
    );
    serde_json::to_string(&parts).unwrap_or_default()
}

/// The member behind a host, if it is up and reached.
fn member(world: &World, at: &Inside, host: &str) -> Option<Inside> {
    let name = host.split([':', '.']).next().unwrap_or(host);
    let linked = net::is_linked(world, &at.namespace, &at.pod);
    if name != at.pod && !linked {
        return None;
    }
    let _ = world.store.find(Kind::Pod, &at.namespace, name)?;
    net::listener(world, &at.namespace, name, 27017)
        .ok()
        .or_else(|| (name == at.pod).then(|| at.clone()))
}

/// What this member knows, after an election if there had to be one; whether the set has a majority.
fn current(world: &World, at: &Inside) -> (Store, bool) {
    let mut own = read(world, at);
    if own.members.is_empty() {
        // A member that was added learns from whoever has it in its configuration.
        for (_, object) in world.store.list(Kind::Pod) {
            let same = object.meta.namespace == at.namespace.as_str();
            let other = Inside::of(world, &at.namespace, &object.meta.name, "");
            let Some(other) = other.filter(|other| same && other.image == at.image) else {
                continue;
            };
            let store = read(world, &other);
            if store.members.iter().any(|host| is(host, &at.pod)) {
                own = store;
                break;
            }
        }
    }
    let up: Vec<&String> = own
        .members
        .iter()
        .filter(|host| member(world, at, host).is_some())
        .into_list();
    let majority = !own.members.is_empty() && up.len() * 2 > own.members.len();
    let newest = up
        .iter()
        .filter_map(|host| member(world, at, host))
        .map(|other| read(world, &other))
        .max_by_key(|store| (store.term, store.documents.len()));
    if let Some(newest) = newest
        .filter(|newest| (newest.term, newest.documents.len()) > (own.term, own.documents.len()))
    {
        own = newest;
    }
    let alive = own
        .members
        .iter()
        .filter(|host| member(world, at, host).is_some());
    let alive: Vec<String> = alive.cloned().into_list();
    if majority && !alive.contains(&own.primary) {
        own.primary = alive.first().cloned().unwrap_or_default();
        own.term += 1;
    }
    if !majority {
        own.primary.clear();
    }
    (own, majority)
}

fn is(host: &str, pod: &str) -> bool {
    host.split([':', '.']).next() == Some(pod)
}

/// Keeps the state on every member that is reached.
fn keep(cluster: &mut Cluster, at: &Inside, store: &Store) {
    let text = written(store);
    for host in &store.members {
        if let Some(other) = member(cluster.world(), at, host) {
            // A member whose disk is gone is behind; it learns again when it is back.
            let _ = other.write(cluster, DATA, Some(&text));
        }
    }
}

fn strings(text: &str) -> Vec<String> {
    let mut all = text.split(['"', '\'']);
    let mut found = Vec::new();
    while let (Some(_), Some(inside)) = (all.next(), all.next()) {
        found.push(inside.to_owned());
    }
    found
}

/// Runs statements as the shell of release 3 and 4 answers them.
pub(super) fn statement(cluster: &mut Cluster, at: &Inside, text: &str) -> String {
    let mut out = String::new();
    let mut one = String::new();
    let mut depth = 0_i32;
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for c in line.chars() {
            depth += match c {
                '(' | '{' | '[' => 1,
                ')' | '}' | ']' => -1,
                _ => 0,
            };
            if c == ';' && depth <= 0 {
                out += &run(cluster, at, one.trim());
                one.clear();
            } else {
                one.push(c);
            }
        }
        if depth <= 0 {
            out += &run(cluster, at, one.trim());
            one.clear();
        } else {
            one.push(' ');
        }
    }
    out
}

fn failed(message: &str, code: u32, name: &str) -> String {
    format!(
        "{{\n\t\"ok\" : 0,\n\t\"errmsg\" : \"{message}\",\n\t\"code\" : {code},\n\t\"codeName\" : \"{name}\"\n}}\n"
    )
}

fn run(cluster: &mut Cluster, at: &Inside, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let ok = || "{ \"ok\" : 1 }\n".to_owned();
    if let Some(database) = text.strip_prefix("use ") {
        return format!("switched to db {}\n", database.trim());
    }
    let (mut store, majority) = current(cluster.world(), at);
    let primary = is(&store.primary, &at.pod);
    let call = text.split('(').next().unwrap_or_default().trim();
    let rest = text.split_once('(').map_or("", |(_, rest)| rest);
    let rest = rest.rsplit_once(')').map_or(rest, |(rest, _)| rest).trim();
    let not_primary = || failed("not master", 10107, "NotMaster");
    match call {
        "rs.initiate" => {
            if !store.members.is_empty() {
                return failed("already initialized", 23, "AlreadyInitialized");
            }
            let hosts = rest
                .split("host")
                .skip(1)
                .filter_map(|part| strings(part).first().cloned());
            store.members = hosts.map(|host| with_port(&host)).collect();
            if store.members.is_empty() {
                store.members = vec![with_port(&at.hostname(cluster.world()).1)];
            }
            store.set = match rest
                .split_once("_id")
                .and_then(|(_, rest)| strings(rest).first().cloned())
            {
                Some(name) => name,
                None => "rs0".to_owned(),
            };
            if !store.members.iter().any(|host| is(host, &at.pod)) {
                return failed(
                    "No host described in new configuration maps to this node",
                    93,
                    "InvalidReplicaSetConfig",
                );
            }
            store.primary = store
                .members
                .iter()
                .find(|host| is(host, &at.pod))
                .cloned()
                .unwrap_or_default();
            store.term = 1;
            keep(cluster, at, &store);
            ok()
        }
        "rs.add" | "rs.remove" => {
            if !primary {
                return not_primary();
            }
            let host = with_port(strings(rest).first().map_or("", String::as_str));
            if call == "rs.remove" {
                store.members.retain(|known| *known != host);
            } else if store.members.contains(&host) {
                return failed(
                    "Found two member configurations with same host field",
                    103,
                    "NewReplicaSetConfigurationIncompatible",
                );
            } else {
                if member(cluster.world(), at, &host).is_none() {
                    return failed(
                        &format!(
                            "Quorum check failed because not enough voting nodes responded; the following nodes did not respond affirmatively: {host}"
                        ),
                        74,
                        "NodeNotFound",
                    );
                }
                store.members.push(host);
            }
            keep(cluster, at, &store);
            ok()
        }
        "rs.status" | "rs.conf" => {
            if store.members.is_empty() {
                return failed(
                    "no replset config has been received",
                    94,
                    "NotYetInitialized",
                );
            }
            let lines = store.members.iter().enumerate().map(|(n, host)| {
                let up = member(cluster.world(), at, host).is_some();
                let (state, name) = match (*host == store.primary, up) {
                    (true, _) => (1, "PRIMARY"),
                    (false, true) => (2, "SECONDARY"),
                    (false, false) => (8, "(not reachable/healthy)"),
                };
                format!("\t\t{{\n\t\t\t\"_id\" : {n},\n\t\t\t\"name\" : \"{host}\",\n\t\t\t\"health\" : {},\n\t\t\t\"state\" : {state},\n\t\t\t\"stateStr\" : \"{name}\"\n\t\t}}", i32::from(up))
            });
            let members: Vec<String> = lines.into_list();
            let mine = if primary { 1 } else { 2 };
            format!(
                "{{\n\t\"set\" : \"{}\",\n\t\"myState\" : {mine},\n\t\"term\" : {},\n\t\"members\" : [\n{}\n\t],\n\t\"ok\" : 1\n}}\n",
                store.set,
                store.term,
                members.join(",\n")
            )
        }
        "db.isMaster" | "db.hello" | "rs.isMaster" | "db.runCommand" => {
            let hosts: Vec<String> = store
                .members
                .iter()
                .map(|host| format!("\"{host}\""))
                .into_list();
            format!(
                "{{\n\t\"hosts\" : [ {} ],\n\t\"setName\" : \"{}\",\n\t\"ismaster\" : {primary},\n\t\"secondary\" : {},\n\t\"primary\" : \"{}\",\n\t\"ok\" : 1\n}}\n",
                hosts.join(", "),
                store.set,
                !primary && !store.members.is_empty(),
                store.primary
            )
        }
        "db.createUser" => {
            if !primary {
                return not_primary();
            }
            let user = rest
                .split_once("user")
                .and_then(|(_, rest)| strings(rest).first().cloned())
                .unwrap_or_default();
            if store.users.contains(&user) {
                return format!("Error: couldn't add user: User \"{user}@admin\" already exists\n");
            }
            store.users.push(user.clone());
            keep(cluster, at, &store);
            format!("Successfully added user: {{ \"user\" : \"{user}\" }}\n")
        }
        "db.auth" => {
            let user = strings(rest).first().cloned().unwrap_or_default();
            match store.users.contains(&user) {
                true => "1\n".to_owned(),
                false => "Error: Authentication failed.\n0\n".to_owned(),
            }
        }
        "rs.slaveOk" | "rs.secondaryOk" => String::new(),
        _ => {
            let mut parts = call.split('.');
            let (Some("db"), Some(collection), Some(verb)) =
                (parts.next(), parts.next(), parts.next())
            else {
                let word = call.split('.').next().unwrap_or_default();
                return format!("ReferenceError: {word} is not defined\n");
            };
            let alone = store.members.is_empty();
            match verb {
                "insert" | "insertOne" | "save" => {
                    if !(alone || primary && majority) {
                        return not_primary();
                    }
                    store
                        .documents
                        .push((collection.to_owned(), rest.to_owned()));
                    if alone {
                        let text = written(&store);
                        let _ = at.write(cluster, DATA, Some(&text));
                    }
                    keep(cluster, at, &store);
                    "WriteResult({ \"nInserted\" : 1 })\n".to_owned()
                }
                "find" => {
                    let own = store.documents.iter().filter(|(c, _)| c == collection);
                    own.map(|(_, document)| format!("{document}\n")).collect()
                }
                "count" | "countDocuments" => {
                    let own = store.documents.iter().filter(|(c, _)| c == collection);
                    format!("{}\n", own.count())
                }
                _ => format!("TypeError: db.{collection}.{verb} is not a function\n"),
            }
        }
    }
}

fn with_port(host: &str) -> String {
    match host.contains(':') {
        true => host.to_owned(),
        false => format!("{host}:27017"),
    }
}
