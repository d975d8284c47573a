//! MongoDB: a replica set whose configuration and documents lie on its members' own disks, in the words of the shell of
//! release 3.6.
//!
//! A member that is asked sees which others it reaches: the set has a primary while most of its members reach each other;
//! when the primary is lost, the first member that is left is elected, in a new term.
//!
//! * `set`: what lies on the disks; `told`: what its members say of it; `collection`: documents;
//!   `value`: documents as the shell prints them

mod collection;
mod set;
mod told;
mod value;

use ordinal_api::list::IntoList;
use ordinal_core::{Cluster, World};

use self::collection::documents;
use self::set::{Store, current, is, keep, member};
use self::told::{configuration, is_master, status};
use self::value::shown;
use super::Inside;
use crate::Output;

/// What a connection may do: it has given a password, it reads from secondaries.
const KNOWN: &str = "auth ";
const READS: &str = "reads ";

/// What the prompt of a member says of it: `rs0:PRIMARY`.
pub(super) fn label(world: &World, at: &Inside) -> String {
    let (store, _) = current(world, at);
    match (store.members.is_empty(), is(&store.primary, &at.pod)) {
        (true, _) => String::new(),
        (_, true) => format!("{}:PRIMARY", store.set),
        (_, false) => format!("{}:SECONDARY", store.set),
    }
}

/// The version that an image's tag means.
pub(super) fn version(image: &str) -> String {
    let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
    let tag = tag.split('-').next().unwrap_or_default();
    match tag.matches('.').count() {
        2 => tag.to_owned(),
        1 => format!("{tag}.23"),
        _ => "4.4.29".to_owned(),
    }
}

/// Runs statements, each up to the line or semicolon at which all that was opened is closed.
pub(super) fn statement(cluster: &mut Cluster, at: &mut Inside, text: &str) -> Output {
    let mut out = String::new();
    let mut one = String::new();
    let mut depth = 0_i32;
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    for c in code.flat_map(|line| line.chars().chain(['\n'])) {
        depth += match c {
            '(' | '{' | '[' => 1,
            ')' | '}' | ']' => -1,
            _ => 0,
        };
        if matches!(c, ';' | '\n') && depth <= 0 {
            out += &run(cluster, at, one.trim());
            one.clear();
        } else {
            one.push(if c == '\n' { ' ' } else { c });
        }
    }
    Output::printed(out)
}

fn failed(message: &str, code: u32, name: &str) -> String {
    format!(
        "{{\n\t\"ok\" : 0,\n\t\"errmsg\" : \"{message}\",\n\t\"code\" : {code},\n\t\"codeName\" : \"{name}\"\n}}\n"
    )
}

/// Whether the server wants to know who asks: since there are users, and if it was started so.
fn wants_password(world: &World, at: &Inside, store: &Store) -> bool {
    let pod = world
        .store
        .find(ordinal_api::Kind::Pod, &at.namespace, &at.pod);
    let spec = pod
        .map(|pod| pod.to_value()["spec"].to_string())
        .unwrap_or_default();
    let started_so = spec.contains("\"--auth\"") || spec.contains("\"--keyFile\"");
    started_so && !store.users.is_empty() && !at.state.contains(KNOWN)
}

fn run(cluster: &mut Cluster, at: &mut Inside, text: &str) -> String {
    let (mut store, majority) = current(cluster.world(), at);
    let primary = is(&store.primary, &at.pod);
    let alone = store.members.is_empty();
    let (call, rest, tail) = call(text);
    let not_primary = || failed("not master", 10107, "NotMaster");
    let open = matches!(
        call,
        "" | "db"
            | "db.auth"
            | "db.isMaster"
            | "db.hello"
            | "rs.isMaster"
            | "db.runCommand"
            | "rs.slaveOk"
            | "rs.secondaryOk"
    ) || call.starts_with("use ");
    if !open && wants_password(cluster.world(), at, &store) {
        let message = "not authorized on admin to execute command";
        return failed(message, 13, "Unauthorized");
    }
    match call {
        "" => String::new(),
        "db" => "test\n".to_owned(),
        "show dbs" | "show databases" => {
            "admin   0.000GB\nconfig  0.000GB\nlocal   0.000GB\n".to_owned()
        }
        "show collections" | "show tables" => {
            let mut names: Vec<&str> = store
                .documents
                .iter()
                .map(|(name, _)| name.as_str())
                .into_list();
            ordinal_api::sorted::sort(&mut names);
            names.dedup();
            names.iter().map(|name| format!("{name}\n")).collect()
        }
        _ if call.starts_with("use ") => format!("switched to db {}\n", call[4..].trim()),
        "rs.initiate" => initiate(cluster, at, store, rest),
        "rs.add" | "rs.remove" if !primary => not_primary(),
        "rs.add" | "rs.remove" => reconfigure(cluster, at, store, call == "rs.add", rest),
        "rs.stepDown" if primary => step_down(cluster, at, store),
        "rs.stepDown" => failed("not primary so can't step down", 10107, "NotMaster"),
        "rs.status" | "rs.conf" | "rs.config" if alone => failed(
            "no replset config has been received",
            94,
            "NotYetInitialized",
        ),
        "rs.status" => status(cluster.world(), at, &store),
        "rs.conf" | "rs.config" => configuration(&store),
        "db.isMaster" | "db.hello" | "rs.isMaster" | "db.runCommand" => is_master(&store, primary),
        "db.createUser" if !(primary || alone) => not_primary(),
        "db.createUser" => create_user(cluster, at, store, rest),
        "db.auth" => match strings(rest).as_slice() {
            [user, password] if store.users.contains(&format!("{user}\t{password}")) => {
                at.state += KNOWN;
                "1\n".to_owned()
            }
            _ => "Error: Authentication failed.\n0\n".to_owned(),
        },
        "rs.slaveOk" | "rs.secondaryOk" => {
            at.state += READS;
            String::new()
        }
        _ => {
            let mut parts = call.split('.');
            let (Some("db"), Some(collection), Some(verb)) =
                (parts.next(), parts.next(), parts.next())
            else {
                let word = call.split(['.', ' ']).next().unwrap_or_default();
                return format!("ReferenceError: {word} is not defined\n");
            };
            let writes = matches!(
                verb,
                "insert" | "insertOne" | "save" | "remove" | "deleteOne" | "deleteMany" | "drop"
            );
            if writes && !(alone || primary && majority) {
                return format!("WriteCommandError({})\n", not_primary().trim_end());
            }
            if !(writes || alone || primary || at.state.contains(READS)) {
                let why = failed("not master and slaveOk=false", 13435, "NotMasterNoSlaveOk");
                return format!("Error: error: {why}");
            }
            let answer = documents(
                cluster.world(),
                at,
                &mut store,
                collection,
                verb,
                rest,
                tail,
            );
            if writes {
                keep(cluster, at, &store);
            }
            answer
        }
    }
}

/// Keeps what was changed.
fn done(cluster: &mut Cluster, at: &mut Inside, store: &Store) -> String {
    keep(cluster, at, store);
    "{ \"ok\" : 1 }\n".to_owned()
}

fn initiate(cluster: &mut Cluster, at: &mut Inside, mut store: Store, given: &str) -> String {
    if !store.members.is_empty() {
        return failed("already initialized", 23, "AlreadyInitialized");
    }
    let hosts = given.split("host").skip(1);
    let hosts = hosts.filter_map(|part| strings(part).first().cloned());
    store.members = hosts.map(|host| with_port(&host)).collect();
    if store.members.is_empty() {
        store.members = vec![with_port(&at.hostname(cluster.world()).1)];
    }
    store.set = first_string_after(given, "_id").unwrap_or_else(|| "rs0".to_owned());
    let Some(own) = store.members.iter().find(|host| is(host, &at.pod)) else {
        return failed(
            "No host described in new configuration maps to this node",
            93,
            "InvalidReplicaSetConfig",
        );
    };
    store.primary = own.clone();
    store.term = 1;
    done(cluster, at, &store)
}

/// A member comes, or goes.
fn reconfigure(
    cluster: &mut Cluster,
    at: &mut Inside,
    mut store: Store,
    comes: bool,
    given: &str,
) -> String {
    let host = with_port(strings(given).first().map_or("", String::as_str));
    if !comes {
        store.members.retain(|known| *known != host);
    } else if store.members.contains(&host) {
        return failed(
            "Found two member configurations with same host field",
            103,
            "NewReplicaSetConfigurationIncompatible",
        );
    } else if member(cluster.world(), at, &host).is_none() {
        let message = format!(
            "Quorum check failed because not enough voting nodes responded; the following nodes did not respond affirmatively: {host}"
        );
        return failed(&message, 74, "NodeNotFound");
    } else {
        store.members.push(host);
    }
    done(cluster, at, &store)
}

fn step_down(cluster: &mut Cluster, at: &mut Inside, mut store: Store) -> String {
    let mut others = store.members.iter().filter(|host| !is(host, &at.pod));
    let next = others.find(|host| member(cluster.world(), at, host).is_some());
    let Some(next) = next.cloned() else {
        return failed(
            "No electable secondaries caught up",
            262,
            "ExceededTimeLimit",
        );
    };
    (store.primary, store.term) = (next, store.term + 1);
    done(cluster, at, &store)
}

fn create_user(cluster: &mut Cluster, at: &mut Inside, mut store: Store, given: &str) -> String {
    let of = |key: &str| first_string_after(given, key).unwrap_or_default();
    let (user, password) = (of("user"), of("pwd"));
    let mut known = store.users.iter().map(|known| known.split('\t').next());
    if known.any(|known| known == Some(&user)) {
        return format!("Error: couldn't add user: User \"{user}@admin\" already exists\n");
    }
    store.users.push(format!("{user}\t{password}"));
    keep(cluster, at, &store);
    let roles = given.split_once("roles").map_or("[ ]", |(_, rest)| rest);
    let roles = roles
        .trim_start_matches([':', ' '])
        .trim_end()
        .trim_end_matches('}');
    format!(
        "Successfully added user: {{ \"user\" : \"{user}\", \"roles\" : {} }}\n",
        shown(roles)
    )
}

/// The name of what is called, its arguments, and what is called on its result.
fn call(text: &str) -> (&str, &str, &str) {
    let Some(open) = text.find('(') else {
        return (text, "", "");
    };
    let mut depth = 0_i32;
    let close = text.char_indices().find(|(_, c)| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        *c == ')' && depth == 0
    });
    let close = close.map_or(text.len(), |(at, _)| at);
    let tail = text.get(close + 1..).unwrap_or_default();
    (
        text[..open].trim(),
        text[open + 1..close].trim(),
        tail.trim(),
    )
}

fn strings(text: &str) -> Vec<String> {
    let mut all = text.split(['"', '\'']);
    let mut found = Vec::new();
    while let (Some(_), Some(inside)) = (all.next(), all.next()) {
        found.push(inside.to_owned());
    }
    found
}

/// The first string behind a key.
fn first_string_after(text: &str, key: &str) -> Option<String> {
    let (_, rest) = text.split_once(key)?;
    strings(rest).into_iter().next()
}

fn with_port(host: &str) -> String {
    match host.contains(':') {
        true => host.to_owned(),
        false => format!("{host}:27017"),
    }
}
