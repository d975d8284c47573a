//! The state of a replica set, as it lies on the disks of its members and as one of them sees it.

use ordinal_api::Kind;
use ordinal_api::list::IntoList;
use ordinal_core::{Cluster, World};

use super::super::{Inside, net};

const DATA: &str = "/data/db/ordinal.json";

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Store {
    pub(super) set: String,
    /// Hosts, in the order of their numbers.
    pub(super) members: Vec<String>,
    pub(super) primary: String,
    pub(super) term: u32,
    pub(super) users: Vec<String>,
    pub(super) documents: Vec<(String, String)>,
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
pub(super) fn member(world: &World, at: &Inside, host: &str) -> Option<Inside> {
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
pub(super) fn current(world: &World, at: &Inside) -> (Store, bool) {
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

pub(super) fn is(host: &str, pod: &str) -> bool {
    host.split([':', '.']).next() == Some(pod)
}

/// Keeps the state on every member that is reached, or on this one where there is no set.
pub(super) fn keep(cluster: &mut Cluster, at: &Inside, store: &Store) {
    let text = written(store);
    if store.members.is_empty() {
        // Without a set it is the only one; where it cannot write it forgets.
        let _ = at.write(cluster, DATA, Some(&text));
    }
    for host in &store.members {
        if let Some(other) = member(cluster.world(), at, host) {
            // A member whose disk is gone is behind; it learns again when it is back.
            let _ = other.write(cluster, DATA, Some(&text));
        }
    }
}
