//! `nslookup`, `dig`, `host`, `getent` as a container's image brings them: which flavour, and through which cache.
//!
//! What they print is the cluster's own model of them, [`ordinal_core::dns::tools`]; here stands what only BusyBox before
//! 1.29 prints, and what `/etc/hosts` knows.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, Text};
use ordinal_core::World;
use ordinal_core::dns::tools::{self, Asker};
use ordinal_core::dns::{Answer, Cache, Data, Query, RecordType, Resolver};

use super::{Inside, net};
use crate::{Output, clock};

/// Images whose bind is older than 9.18.
const OLD_BIND: &[&str] = &[
    "netshoot",
    "network-utils",
    "jessie",
    "dnsutils:1.3",
    "dnstools",
    "tutum",
];

/// Where a Pod asks: the servers that it names, and how it completes names.
pub(super) struct Settings {
    pub(super) servers: Vec<String>,
    pub(super) resolver: Resolver,
    /// Whether the first server is the cluster's, which knows the cluster's names.
    of_cluster: bool,
}

/// The name server of the machines.
const OUTSIDE: &str = "192.0.2.1";

/// What `/etc/resolv.conf` of a Pod holds. Models pkg/kubelet/network/dns/dns.go `GetPodDNS`.
pub(super) fn settings(world: &World, at: &Inside) -> Settings {
    let pod = world.store.find(Kind::Pod, &at.namespace, &at.pod);
    let spec = pod
        .map(|pod| pod.to_value()["spec"].clone())
        .unwrap_or_default();
    let of_cluster = match spec["dnsPolicy"].as_str() {
        Some("None" | "Default") => false,
        Some("ClusterFirstWithHostNet") => true,
        _ => spec["hostNetwork"] != true,
    };
    let mut settings = match of_cluster {
        true => Settings {
            servers: vec![server(world).to_string()],
            resolver: Resolver::of(&at.namespace, &world.config.domain),
            of_cluster,
        },
        false => Settings {
            servers: match spec["dnsPolicy"] == "None" {
                true => Vec::new(),
                false => vec![OUTSIDE.to_owned()],
            },
            resolver: Resolver {
                search: Vec::new(),
                ndots: 1,
            },
            of_cluster,
        },
    };
    let config = &spec["dnsConfig"];
    let texts = |key: &str| {
        let all = config[key].as_array().into_iter().flatten();
        all.filter_map(|one| one.as_str())
            .map(str::to_owned)
            .into_list()
    };
    for (own, more) in [
        (&mut settings.servers, texts("nameservers")),
        (&mut settings.resolver.search, texts("searches")),
    ] {
        for one in more {
            if !own.contains(&one) {
                own.push(one);
            }
        }
    }
    for option in config["options"].as_array().into_iter().flatten() {
        if option["name"] == "ndots"
            && let Some(ndots) = option["value"]
                .as_str()
                .and_then(|value| value.parse().ok())
        {
            settings.resolver.ndots = ndots;
        }
    }
    settings.of_cluster |= settings
        .servers
        .first()
        .is_some_and(|first| *first == *server(world));
    settings
}

impl Settings {
    fn ask(&self, world: &World, cache: &mut Cache, query: &Query) -> Answer {
        match self.of_cluster {
            true => cache.ask(world, query),
            false => ordinal_core::dns::upstream::resolve(query),
        }
    }
}

/// The addresses of a name, each with the whole name.
pub(crate) fn addresses(
    world: &World,
    cache: &mut Cache,
    at: &Inside,
    name: &str,
) -> Vec<(String, String)> {
    let settings = settings(world, at);
    for whole in settings.resolver.names(name) {
        let answer = settings.ask(world, cache, &Query::new(&whole, RecordType::A));
        let found = pairs(&answer);
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn pairs(answer: &Answer) -> Vec<(String, String)> {
    let records = answer.answers.iter();
    records
        .filter_map(|record| match &record.data {
            Data::A(address) | Data::Aaaa(address) => {
                Some((bare(&record.name), address.to_string()))
            }
            _ => None,
        })
        .collect()
}

fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_owned()
}

/// The address of the cluster's DNS server.
pub(super) fn server(world: &World) -> Text {
    let service = world.store.find(Kind::Service, "kube-system", "kube-dns");
    let service = service.and_then(|o| o.as_service());
    service.map_or("10.96.0.10".into(), |s| s.cluster_ip.clone())
}

/// The minor version of BusyBox that an image brings; `None` for tools of bind.
fn busybox_minor(image: &str) -> Option<u32> {
    let name = image.rsplit('/').next().unwrap_or(image);
    if name.starts_with("alpine") {
        return Some(37);
    }
    let tag = name.strip_prefix("busybox")?;
    let minor = tag.split(['.', '-']).nth(1).and_then(|n| n.parse().ok());
    Some(minor.unwrap_or(37))
}

/// Runs one of the tools in a container.
pub(super) fn run(
    world: &World,
    cache: &mut Cache,
    at: &Inside,
    name: &str,
    words: &[&str],
) -> Output {
    if let (["hosts", key, ..], "getent") = (words, name)
        && let Some(known) = known(world, at, key)
    {
        return Output::line(known);
    }
    let silent = !net::is_linked(world, &at.namespace, &at.pod);
    let minor = busybox_minor(&at.image).filter(|_| name == "nslookup");
    if minor.is_some_and(|minor| minor < 29) {
        let name = words.iter().find(|word| !word.starts_with('-'));
        return before_1_29(world, cache, at, name.copied().unwrap_or_default(), silent);
    }
    let mut all: Vec<&str> = minor.map(|_| "busybox").into_iter().into_list();
    all.push(name);
    all.extend(words);
    let settings = settings(world, at);
    let server = settings.servers.first().map_or("", String::as_str);
    let date = clock::date(&world.now().to_rfc3339());
    let mut asker = Asker {
        ask: &mut |query| settings.ask(world, cache, query),
        server,
        resolver: &settings.resolver,
        date: &date,
        old_bind: OLD_BIND.iter().any(|old| at.image.contains(old)),
        silent,
    };
    let printed = tools::run(&all, &mut asker).unwrap_or_default();
    Output {
        stdout: printed.stdout,
        stderr: printed.stderr,
        exit: printed.exit,
        ..Output::default()
    }
}

/// `spec.hostAliases`: addresses and the names that the kubelet writes beside them.
pub(super) fn aliases(world: &World, at: &Inside) -> Vec<(String, Vec<String>)> {
    let pod = world.store.find(Kind::Pod, &at.namespace, &at.pod);
    let all = pod
        .map(|pod| pod.to_value()["spec"]["hostAliases"].clone())
        .unwrap_or_default();
    let all = all.as_array().into_iter().flatten();
    all.map(|one| {
        let names = one["hostnames"].as_array().into_iter().flatten();
        let names = names.filter_map(|name| name.as_str()).map(str::to_owned);
        (
            one["ip"].as_str().unwrap_or_default().to_owned(),
            names.into_list(),
        )
    })
    .into_list()
}

/// What `getent` prints of a name that the kubelet has put into `/etc/hosts`.
fn known(world: &World, at: &Inside, name: &str) -> Option<String> {
    if name == "localhost" {
        return Some("::1             localhost ip6-localhost ip6-loopback".to_owned());
    }
    for (address, names) in aliases(world, at) {
        if names.iter().any(|known| known == name) {
            return Some(format!("{address:<15} {}", names.join(" ")));
        }
    }
    let (short, whole) = at.hostname(world);
    let address = at.address(world);
    if name != short && name != whole && name != address {
        return None;
    }
    let names = match short == whole {
        true => short,
        false => format!("{whole} {short}"),
    };
    Some(format!("{address:<15} {names}"))
}

/// `nslookup` of BusyBox before 1.29, which asks for names as the C library does, and for the names of addresses.
fn before_1_29(world: &World, cache: &mut Cache, at: &Inside, name: &str, silent: bool) -> Output {
    let server = server(world);
    if silent {
        return Output {
            stderr: format!("nslookup: can't resolve '{name}'\n"),
            stdout: format!("Server:    {server}\nAddress 1: {server}\n\n"),
            exit: 1,
            ..Output::default()
        };
    }
    let domain = &world.config.domain;
    let line = |cache: &mut Cache, n: usize, address: &str| {
        let octets: Vec<&str> = address.split('.').rev().into_list();
        let reverse = format!("{}.in-addr.arpa.", octets.join("."));
        let answer = cache.ask(world, &Query::new(&reverse, RecordType::PTR));
        let named = answer.answers.iter().find_map(|record| match &record.data {
            Data::Ptr(name) => Some(bare(name)),
            _ => None,
        });
        // The server's own Service is not in every simulated cluster.
        let own = || (address == server).then(|| format!("kube-dns.kube-system.svc.{domain}"));
        let named = named
            .or_else(own)
            .map_or(String::new(), |name| format!(" {name}"));
        format!("Address {n}: {address}{named}\n")
    };
    let mut output = Output::printed(format!("Server:    {server}\n"));
    output.stdout += &line(cache, 1, &server);
    output.stdout.push('\n');
    let found = match name.parse::<std::net::Ipv4Addr>() {
        Ok(_) => vec![(String::new(), name.to_owned())],
        Err(_) => addresses(world, cache, at, name),
    };
    if found.is_empty() {
        output.warn(format!("nslookup: can't resolve '{name}'"));
        output.exit = 1;
        return output;
    }
    output.stdout += &format!("Name:      {name}\n");
    for (n, (_, address)) in found.iter().enumerate() {
        output.stdout += &line(cache, n + 1, address);
    }
    output
}
