//! What a member says of its replica set.

use ordinal_api::list::IntoList;
use ordinal_core::World;

use super::super::Inside;
use super::set::{Store, is, member};

pub(super) fn status(world: &World, at: &Inside, store: &Store) -> String {
    let members: Vec<String> = store
        .members
        .iter()
        .enumerate()
        .map(|(n, host)| {
            let up = member(world, at, host).is_some();
            let (state, name) = match (*host == store.primary, up) {
                (true, _) => (1, "PRIMARY"),
                (false, true) => (2, "SECONDARY"),
                (false, false) => (8, "(not reachable/healthy)"),
            };
            let own = if is(host, &at.pod) { ",\n\t\t\t\"self\" : true" } else { "" };
            format!(
                "\t\t{{\n\t\t\t\"_id\" : {n},\n\t\t\t\"name\" : \"{host}\",\n\t\t\t\"health\" : {},\n\t\t\t\"state\" : {state},\n\t\t\t\"stateStr\" : \"{name}\"{own}\n\t\t}}",
                i32::from(up)
            )
        })
        .into_list();
    let mine = if is(&store.primary, &at.pod) { 1 } else { 2 };
    format!(
        "{{\n\t\"set\" : \"{}\",\n\t\"date\" : ISODate(\"{}\"),\n\t\"myState\" : {mine},\n\t\"term\" : NumberLong({}),\n\t\"heartbeatIntervalMillis\" : NumberLong(2000),\n\t\"members\" : [\n{}\n\t],\n\t\"ok\" : 1\n}}\n",
        store.set,
        world.now().to_rfc3339().replace('Z', ".000Z"),
        store.term,
        members.join(",\n")
    )
}

pub(super) fn configuration(store: &Store) -> String {
    let members: Vec<String> = store
        .members
        .iter()
        .enumerate()
        .map(|(n, host)| {
            format!(
                "\t\t{{\n\t\t\t\"_id\" : {n},\n\t\t\t\"host\" : \"{host}\",\n\t\t\t\"arbiterOnly\" : false,\n\t\t\t\"buildIndexes\" : true,\n\t\t\t\"hidden\" : false,\n\t\t\t\"priority\" : 1,\n\t\t\t\"tags\" : {{\n\t\t\t\t\n\t\t\t}},\n\t\t\t\"slaveDelay\" : NumberLong(0),\n\t\t\t\"votes\" : 1\n\t\t}}"
            )
        })
        .into_list();
    format!(
        "{{\n\t\"_id\" : \"{}\",\n\t\"version\" : {},\n\t\"protocolVersion\" : NumberLong(1),\n\t\"members\" : [\n{}\n\t]\n}}\n",
        store.set,
        store.members.len(),
        members.join(",\n")
    )
}

pub(super) fn is_master(store: &Store, primary: bool) -> String {
    if store.members.is_empty() {
        return "{\n\t\"ismaster\" : false,\n\t\"secondary\" : false,\n\t\"info\" : \"Does not have a valid replica set config\",\n\t\"isreplicaset\" : true,\n\t\"ok\" : 1\n}\n".to_owned();
    }
    let hosts: Vec<String> = store
        .members
        .iter()
        .map(|host| format!("\t\t\"{host}\""))
        .into_list();
    format!(
        "{{\n\t\"hosts\" : [\n{}\n\t],\n\t\"setName\" : \"{}\",\n\t\"setVersion\" : {},\n\t\"ismaster\" : {primary},\n\t\"secondary\" : {},\n\t\"primary\" : \"{}\",\n\t\"ok\" : 1\n}}\n",
        hosts.join(",\n"),
        store.set,
        store.members.len(),
        !primary,
        store.primary
    )
}
