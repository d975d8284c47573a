//! The recordings of a real DNS server, replayed, and what they do not show.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use ordinal_api::{Kind, Object, SimTime, Value};
use serde_json::json;

use super::*;
use crate::{Cluster, Component, Config, World};

fn recordings() -> Option<Vec<PathBuf>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/dns");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there are no recordings beside the repository");
        return None;
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    Some(files)
}

/// Puts addresses in place of their tokens: each its own, in the three forms that names need.
#[derive(Default)]
struct Addresses(BTreeMap<String, String>);

impl Addresses {
    fn of(&mut self, token: &str) -> String {
        let number = self.0.len() + 1;
        let address = match token {
            "svc/kubernetes" => "10.96.0.1".to_owned(),
            "www.example.com" => "192.0.2.80".to_owned(),
            "db.example.com" => "192.0.2.53".to_owned(),
            "db.example.com/v6" => "2001:db8::53".to_owned(),
            _ if token.starts_with("ext6/") => format!("fd00::{number:x}"),
            _ if token.starts_with("svc/") => format!("10.97.0.{number}"),
            _ => format!("10.244.1.{number}"),
        };
        self.0.entry(token.to_owned()).or_insert(address).clone()
    }

    fn fill(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("{ip") {
            out.push_str(&rest[..start]);
            let end = start + rest[start..].find('}').expect("tokens are closed");
            let (form, token) = rest[start + 1..end]
                .split_once(':')
                .expect("a token has a form");
            let address = self.of(token);
            out.push_str(&match form {
                "ip-dashed" => address.replace(['.', ':'], "-"),
                "ip-reversed" => reversed(&address),
                _ => address,
            });
            rest = &rest[end + 1..];
        }
        out + rest
    }
}

fn reversed(address: &str) -> String {
    match address.parse().expect("made above") {
        std::net::IpAddr::V4(v4) => v4
            .octets()
            .iter()
            .rev()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join("."),
        std::net::IpAddr::V6(v6) => {
            let digits: Vec<String> = format!("{:032x}", u128::from(v6))
                .chars()
                .map(String::from)
                .collect();
            digits.into_iter().rev().collect::<Vec<_>>().join(".")
        }
    }
}

fn world_of(namespaces: &Value, objects: &Value) -> World {
    let mut world = World::new(Config::with_nodes(0));
    for namespace in namespaces
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        put(
            &mut world,
            &json!({"kind": "Namespace", "metadata": {"name": namespace}}),
        );
    }
    objects
        .as_array()
        .into_iter()
        .flatten()
        .for_each(|object| put(&mut world, object));
    world
}

/// Stores what a DNS server looks at; no controller is asked.
fn put(world: &mut World, value: &Value) {
    let kind = match value["kind"].as_str() {
        Some("Namespace") => Kind::Namespace,
        Some("Service") => Kind::Service,
        Some("EndpointSlice") => Kind::EndpointSlice,
        _ => return,
    };
    let object = Object::from_value(kind, value).expect("recorded objects are valid");
    let id = world.intern(object.kind(), &object.meta.namespace, &object.meta.name);
    world.commit(id, Some(Arc::new(object)), Component::User, None);
}

fn take_away(world: &mut World, name: &str) {
    let parts: Vec<&str> = name.split('/').collect();
    let (kind, namespace, name) = match parts.as_slice() {
        [kind, name] => (*kind, "default", *name),
        [kind, namespace, name] => (*kind, *namespace, *name),
        _ => panic!("{name} names an object"),
    };
    let kind = match kind {
        "service" => Kind::Service,
        "endpointslice" => Kind::EndpointSlice,
        _ => return,
    };
    let id = world.intern(kind, namespace, name);
    world.commit(id, None, Component::User, None);
}

/// Sections in a form in which their order does not count.
type Sections = [BTreeSet<(String, u64, String, String)>; 3];

fn recorded(query: &Value) -> Sections {
    ["answers", "authority", "additional"].map(|section| {
        let records = query[section].as_array().into_iter().flatten();
        let text = |record: &Value, key: &str| record[key].as_str().expect("a text").to_owned();
        let record = |r: &Value| {
            (
                text(r, "name"),
                r["ttl"].as_u64().expect("a number"),
                text(r, "type"),
                text(r, "data"),
            )
        };
        records.map(record).collect()
    })
}

fn answered(answer: &Answer) -> Sections {
    [&answer.answers, &answer.authority, &answer.additional].map(|section| {
        let record = |record: &Record| {
            let mut data = record.data.to_string();
            if let Data::Soa { serial, mname, .. } = &record.data
                && mname.starts_with("ns.dns")
            {
                data = data.replace(&serial.to_string(), "{serial}");
            }
            let type_ = record.data.type_().as_str().to_owned();
            (record.name.to_string(), u64::from(record.ttl), type_, data)
        };
        section.iter().map(record).collect()
    })
}

/// One recorded situation.
struct Replay {
    world: World,
    caches: BTreeMap<String, Cache>,
    passed: usize,
    faults: Vec<String>,
}

impl Replay {
    fn of(file: &Value) -> Self {
        let corefiles = match &file["corefile"] {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            one => vec![one.as_str().expect("a Corefile has a name")],
        };
        Self {
            world: world_of(&file["namespaces"], &file["objects"]),
            caches: corefiles
                .into_iter()
                .map(|name| (name.to_owned(), Cache::new(name == "cache 30")))
                .collect(),
            passed: 0,
            faults: Vec::new(),
        }
    }

    fn ask(&mut self, server: Option<&str>, name: &str, type_: &str) -> Answer {
        let first = self
            .caches
            .keys()
            .next()
            .expect("there is a server")
            .clone();
        let cache = self
            .caches
            .get_mut(server.unwrap_or(&first))
            .expect("a known server");
        cache.ask(&self.world, &Query::new(name, RecordType::parse(type_)))
    }

    fn check(&mut self, query: &Value) {
        let (name, type_) = (text(query, "name"), text(query, "type"));
        let answer = self.ask(query["server"].as_str(), name, type_);
        let seen = (
            answer.rcode.as_str(),
            answer.authoritative,
            answered(&answer),
        );
        let expected = (
            text(query, "rcode"),
            query["aa"].as_bool().unwrap_or_default(),
            recorded(query),
        );
        self.note(seen == expected, || {
            format!("{name} {type_}\n   seen {seen:?}\n   recorded {expected:?}")
        });
    }

    fn note(&mut self, right: bool, fault: impl FnOnce() -> String) {
        self.passed += usize::from(right);
        if !right {
            self.faults.push(fault());
        }
    }

    fn step(&mut self, step: &Value) {
        if let Some(at) = step["at_s"].as_f64() {
            let at = SimTime((at * 1000.0).round() as u64);
            self.world.set_now(at.max(self.world.now()));
        }
        if step.get("change").is_some() {
            step["put"]
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|object| put(&mut self.world, object));
            let gone = step["gone"].as_array().into_iter().flatten();
            gone.filter_map(Value::as_str)
                .for_each(|name| take_away(&mut self.world, name));
        } else if let Some(resolver) = step.get("resolver") {
            let asked: Vec<&str> = queries(step).map(|query| text(query, "name")).collect();
            let mut names = search(
                text(resolver, "from_namespace"),
                "cluster.local",
                text(resolver, "name"),
            );
            names.truncate(asked.len());
            self.note(names == asked, || format!("{names:?} for {asked:?}"));
            queries(step).for_each(|query| self.check(query));
        } else if step.get("tool").is_some() {
            for asked in step["asked"].as_array().into_iter().flatten() {
                let part = |n: usize| asked[n].as_str().expect("type, name, rcode");
                let answer = self.ask(None, part(1), part(0));
                self.note(answer.rcode.as_str() == part(2), || {
                    format!("{asked} but {:?}", answer.rcode)
                });
            }
        } else {
            self.check(step);
        }
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} is a text in {value}"))
}

fn queries(step: &Value) -> impl Iterator<Item = &Value> {
    step["queries"].as_array().into_iter().flatten()
}

#[test]
fn the_server_answers_as_recorded() {
    let mut faults = Vec::new();
    for path in recordings().into_iter().flatten() {
        let text = std::fs::read_to_string(&path).expect("readable");
        let file: Value = serde_json::from_str(&Addresses::default().fill(&text)).expect("JSON");
        let mut replay = Replay::of(&file);
        queries(&file).for_each(|step| replay.step(step));
        let name = path.file_stem().expect("a file").to_string_lossy();
        println!(
            "{name}: {} of {}",
            replay.passed,
            replay.passed + replay.faults.len()
        );
        faults.extend(
            replay
                .faults
                .into_iter()
                .map(|fault| format!("{name}: {fault}")),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn service(name: &str, spec: Value) -> Value {
    json!({"kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec})
}

fn slice(service: &str, endpoints: Value) -> Value {
    json!({
        "kind": "EndpointSlice",
        "metadata": {"name": format!("{service}-1"), "namespace": "default", "labels": {"kubernetes.io/service-name": service}},
        "addressType": "IPv4", "endpoints": endpoints, "ports": [],
    })
}

#[test]
fn a_name_plate_says_what_its_name_resolves_to_or_why_it_does_not() {
    let endpoint = |name: &str, ready: bool| json!({"addresses": ["10.244.1.5"], "hostname": name, "conditions": {"ready": ready}});
    let objects = json!([
        service("nginx", json!({"clusterIP": "None"})),
        slice(
            "nginx",
            json!([endpoint("web-0", true), endpoint("web-1", false)])
        ),
    ]);
    let world = world_of(&json!([]), &objects);
    let cases = [
        ("web-0", "nginx", Plate::Resolves(vec!["10.244.1.5".into()])),
        ("web-1", "nginx", Plate::NotReady),
        ("web-2", "nginx", Plate::NotListed),
        ("web-0", "wrong", Plate::NoService),
    ];
    for (hostname, service, plate) in cases {
        let seen = NamePlate::of(&world, "default", hostname, service);
        assert_eq!(seen.plate, plate, "{hostname}.{service}");
        let answer = resolve(&world, &Query::new(&seen.fqdn, RecordType::A));
        let resolves = matches!(plate, Plate::Resolves(_));
        assert_eq!(
            answer.rcode == Rcode::NoError,
            resolves,
            "{hostname}.{service}"
        );
    }
}

#[test]
fn aliases_that_go_round_in_a_circle_have_no_address() {
    let to = |target: &str| json!({"type": "ExternalName", "externalName": format!("{target}.default.svc.cluster.local")});
    let objects = json!([
        service("a", to("b")),
        service("b", to("c")),
        service("c", to("b")),
        service("self", to("self"))
    ]);
    let world = world_of(&json!([]), &objects);
    for name in ["a", "b", "self"] {
        let answer = resolve(
            &world,
            &Query::new(&format!("{name}.default.svc.cluster.local"), RecordType::A),
        );
        assert_eq!(
            (answer.rcode, answer.answers),
            (Rcode::NoError, vec![]),
            "{name}"
        );
    }
}

#[test]
fn clusters_before_1_32_answer_from_their_cache() {
    let objects = json!([service(
        "nginx",
        json!({"clusterIP": "10.97.0.1", "ports": [{"port": 80}]})
    )]);
    let query = Query::new("nginx.default.svc.cluster.local.", RecordType::A);
    for (release, expected) in [("1.31", Rcode::NxDomain), ("1.32", Rcode::NoError)] {
        let mut cache = Cache::of(crate::release::Release::parse(release).expect("modelled"));
        let mut world = world_of(&json!([]), &json!([]));
        assert_eq!(cache.ask(&world, &query).rcode, Rcode::NxDomain);
        put(&mut world, &objects[0]);
        assert_eq!(cache.ask(&world, &query).rcode, expected, "{release}");
    }
}

#[test]
fn an_alias_out_of_the_cluster_is_followed_through_the_cache() {
    let to = |target: &str| json!({"type": "ExternalName", "externalName": target});
    let objects = json!([service("db", to("db.example.com"))]);
    let mut cluster = Cluster::of_world(world_of(&json!([]), &objects));
    let mut cache = Cache::new(false);
    let seconds = |answer: Answer| {
        let records = answer.answers.iter();
        records.map(|record| record.ttl).collect::<Vec<_>>()
    };
    let alias = Query::new("db.default.svc.cluster.local.", RecordType::A);
    let direct = Query::new("db.example.com.", RecordType::A);

    assert_eq!(seconds(cache.ask(cluster.world(), &direct)), [30]);
    let _ = cluster.run_until(SimTime(10_000));

    // Every record of an answer is told with the seconds of the one that holds for the shortest time.
    assert_eq!(seconds(cache.ask(cluster.world(), &alias)), [20, 20]);
}

#[test]
fn an_alias_to_nothing_is_asked_for_again_each_time() {
    let to = json!({"type": "ExternalName", "externalName": "nowhere.test"});
    let mut cluster = Cluster::of_world(world_of(&json!([]), &json!([service("lost", to)])));
    let mut cache = Cache::new(true);
    let query = Query::new("lost.default.svc.cluster.local.", RecordType::A);

    let first = cache.ask(cluster.world(), &query);
    let _ = cluster.run_until(SimTime(10_000));

    assert_eq!(cache.ask(cluster.world(), &query), first);
}
