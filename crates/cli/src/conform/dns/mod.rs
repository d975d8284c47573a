//! Recordings of the kind `dns`: queries to the cluster's DNS server and its answers.
//!
//! The world holds what was recorded and stands still; between questions its clock moves as the recorded one did. The
//! order of records within a section does not count.

mod addresses;
mod printed;

use std::collections::BTreeMap;

use ordinal_api::{Kind, SimTime, Value};
use ordinal_core::dns::tools::{self, Asker};
use ordinal_core::dns::{Answer, Cache, Data, Query, Record, RecordType, Resolver};
use ordinal_core::{Cluster, Config, World};
use serde_json::json;

use self::addresses::Addresses;
use self::printed::Layout;
use super::CaseOutcome;

/// Plays the situation; every question, walk of a resolver and tool is a case.
pub fn run(recording: &Value) -> Vec<CaseOutcome> {
    let mut addresses = Addresses::default();
    let recording = addresses.object(recording);
    let server = addresses.of("svc/kube-system/kube-dns");
    let mut replay = match Replay::of(&recording, server, addresses) {
        Ok(replay) => replay,
        Err(why) => return vec![CaseOutcome::failed("its objects", why)],
    };
    let steps = recording["queries"].as_array().into_iter().flatten();
    let outcomes = steps.enumerate().filter_map(|(number, step)| {
        let checked = replay.step(step)?;
        Some(CaseOutcome::of(
            format!("{}: {}", number + 1, name(step)),
            checked,
        ))
    });
    outcomes.collect()
}

/// What a step asks, in a few words.
fn name(step: &Value) -> String {
    if let Some(resolver) = step.get("resolver") {
        return format!(
            "{} from {}",
            text(resolver, "name"),
            text(resolver, "from_namespace")
        );
    }
    if let Some(tool) = step["tool"].as_array() {
        let words: Vec<&str> = tool.iter().filter_map(Value::as_str).collect();
        return words.join(" ");
    }
    format!("{} {}", text(step, "name"), text(step, "type"))
}

/// How names are completed: as a Pod of the namespace does, or as it was recorded.
fn resolver(recorded: &Value) -> Resolver {
    let mut resolver = Resolver::of(text(recorded, "from_namespace"), "cluster.local");
    if let Some(search) = recorded["search"].as_array() {
        let search = search.iter().filter_map(Value::as_str);
        resolver.search = search.map(str::to_owned).collect();
    }
    if let Some(ndots) = recorded["ndots"].as_u64() {
        resolver.ndots = usize::try_from(ndots).unwrap_or(resolver.ndots);
    }
    resolver
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// One situation: the world, and a server with its cache for each Corefile.
struct Replay {
    cluster: Cluster,
    caches: BTreeMap<String, Cache>,
    server: String,
    addresses: Addresses,
}

impl Replay {
    fn of(recording: &Value, server: String, addresses: Addresses) -> Result<Self, String> {
        let namespaces = recording["namespaces"].as_array().into_iter().flatten();
        let mut objects: Vec<Value> = namespaces
            .map(
                |name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}),
            )
            .collect();
        objects.extend(
            recording["objects"]
                .as_array()
                .into_iter()
                .flatten()
                .cloned(),
        );
        let world = World::holding(Config::with_nodes(0), &objects);
        let world = world.map_err(|status| status.message)?;
        let corefiles: Vec<&str> = match &recording["corefile"] {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        Ok(Self {
            cluster: Cluster::of_world(world),
            server,
            addresses,
            caches: corefiles
                .into_iter()
                .map(|name| (name.to_owned(), Cache::new(name == "cache 30")))
                .collect(),
        })
    }

    fn ask(&mut self, server: Option<&str>, name: &str, type_: &str) -> Result<Answer, String> {
        let cache = match server {
            Some(server) => self.caches.get_mut(server),
            None => self.caches.values_mut().next(),
        };
        let cache = cache.ok_or("there is no such server")?;
        let query = Query::new(name, RecordType::parse(type_));
        Ok(cache.ask(self.cluster.world(), &query))
    }

    /// Plays a step; `None` for a change, which asks nothing.
    fn step(&mut self, step: &Value) -> Option<Result<(), String>> {
        if let Some(at) = step["at_s"].as_f64() {
            let at = SimTime((at * 1000.0).round() as u64); // the recorder's seconds
            let _ = self.cluster.run_until(at.max(self.cluster.world().now()));
        }
        if step.get("change").is_some() {
            return self.change(step).err().map(Err);
        }
        Some(if let Some(resolver) = step.get("resolver") {
            self.walk(resolver, step)
        } else if step.get("tool").is_some() {
            self.tool(step)
        } else {
            self.check(step)
        })
    }

    fn change(&mut self, step: &Value) -> Result<(), String> {
        let mut fault = Ok(());
        for object in step["put"].as_array().into_iter().flatten() {
            self.cluster.hold(|world| {
                if let Err(status) = world.hold(object) {
                    fault = Err(status.message);
                }
            });
        }
        let gone = step["gone"].as_array().into_iter().flatten();
        for name in gone.filter_map(Value::as_str) {
            let parts: Vec<&str> = name.split('/').collect();
            let (kind, namespace, name) = match *parts.as_slice() {
                [kind, name] => (kind, "default", name),
                [kind, namespace, name] => (kind, namespace, name),
                _ => return Err(format!("{name} names no object")),
            };
            if let Some(kind) = Kind::from_argument(kind) {
                self.cluster
                    .hold(|world| world.drop_held(kind, namespace, name));
            }
        }
        fault
    }

    /// What a resolver asks, one question after the other, and what it is answered.
    fn walk(&mut self, resolver: &Value, step: &Value) -> Result<(), String> {
        let queries: Vec<&Value> = step["queries"].as_array().into_iter().flatten().collect();
        let asked: Vec<&str> = queries.iter().map(|query| text(query, "name")).collect();
        let mut names = self::resolver(resolver).names(text(resolver, "name"));
        names.truncate(asked.len());
        if names != asked {
            return Err(format!("asks {names:?}, recorded {asked:?}"));
        }
        queries.into_iter().try_for_each(|query| self.check(query))
    }

    fn tool(&mut self, step: &Value) -> Result<(), String> {
        let mut recorded = Vec::new();
        for asked in step["asked"].as_array().into_iter().flatten() {
            let part = |n: usize| asked[n].as_str().unwrap_or_default();
            let answer = self.ask(None, part(1), part(0))?;
            let rcode = answer.rcode.as_str();
            if rcode != part(2) {
                return Err(format!(
                    "{} {} is {rcode}, recorded {}",
                    part(0),
                    part(1),
                    part(2)
                ));
            }
            recorded.push(format!("{} {}", part(0), part(1)));
        }
        let words: Vec<&str> = step["tool"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let Self {
            cluster,
            caches,
            server,
            addresses,
        } = self;
        let world = cluster.world();
        let (corefile, cache) = caches.iter_mut().next().ok_or("there is no server")?;
        let (mut asked, mut aliases) = (Vec::new(), Vec::new());
        let mut ask = |query: &Query| {
            asked.push(format!("{} {}", query.type_.as_str(), query.name));
            let answer = cache.ask(world, query);
            aliases.extend(
                answer
                    .answers
                    .iter()
                    .filter_map(|record| match &record.data {
                        Data::Cname(target) => Some(format!("{} {target}", query.type_.as_str())),
                        _ => None,
                    }),
            );
            answer
        };
        let mut asker = Asker {
            ask: &mut ask,
            server,
            resolver: &resolver(step),
            date: "Thu Jan 01 00:00:00 UTC 2026",
            old_bind: false,
            silent: false,
        };
        let said = tools::run(&words, &mut asker).ok_or("there is no such tool")?;
        // An answer that the server keeps has fewer seconds the later a tool is run, which is not told of all.
        let layout = Layout {
            words: &words,
            timed: corefile != "cache 30" || step.get("at_s").is_some(),
            hidden: &|text| addresses.is_in(text),
        };
        printed::same(text(step, "text"), &said.stdout, &layout)?;
        printed::same(text(step, "stderr"), &said.stderr, &layout)?;
        let exit = step["exit"].as_i64().unwrap_or_default();
        if i64::from(said.exit) != exit {
            return Err(format!("exit is {}, recorded {exit}", said.exit));
        }
        // The server follows aliases by questions to itself, which were recorded too.
        for alias in aliases
            .iter()
            .filter(|alias| !asked.contains(alias))
            .cloned()
            .collect::<Vec<_>>()
        {
            if recorded.contains(&alias) {
                asked.push(alias);
            }
        }
        recorded.sort_unstable();
        asked.sort_unstable();
        if step.get("asked").is_some() && recorded != asked {
            return Err(format!("asks {asked:?}, recorded {recorded:?}"));
        }
        Ok(())
    }

    fn check(&mut self, query: &Value) -> Result<(), String> {
        let (name, type_) = (text(query, "name"), text(query, "type"));
        let answer = self.ask(query["server"].as_str(), name, type_)?;
        let same = |what: &str, seen: &str, recorded: &str| {
            if seen == recorded {
                Ok(())
            } else {
                Err(format!("{what} is {seen}, recorded {recorded}"))
            }
        };
        same("rcode", answer.rcode.as_str(), text(query, "rcode"))?;
        let aa = query["aa"].as_bool().unwrap_or_default();
        same("aa", &answer.authoritative.to_string(), &aa.to_string())?;
        for (section, seen) in [
            ("answers", &answer.answers),
            ("authority", &answer.authority),
            ("additional", &answer.additional),
        ] {
            let recorded = query[section].as_array().into_iter().flatten();
            let mut recorded: Vec<String> = recorded
                .map(|r| {
                    line(
                        text(r, "name"),
                        &r["ttl"].to_string(),
                        text(r, "type"),
                        text(r, "data"),
                    )
                })
                .collect();
            let mut seen: Vec<String> = seen.iter().map(shown).collect();
            recorded.sort_unstable();
            seen.sort_unstable();
            same(section, &seen.join("; "), &recorded.join("; "))?;
        }
        Ok(())
    }
}

fn line(name: &str, ttl: &str, type_: &str, data: &str) -> String {
    format!("{name} {ttl} {type_} {data}")
}

fn shown(record: &Record) -> String {
    let mut data = record.data.to_string();
    if let Data::Soa { serial, mname, .. } = &record.data
        && mname.starts_with("ns.dns")
    {
        data = data.replace(&serial.to_string(), "{serial}");
    }
    line(
        record.name.as_ref(),
        &record.ttl.to_string(),
        record.data.type_().as_str(),
        &data,
    )
}
