//! `nslookup`, `dig`, `host`, `getent` as a container's image brings them: which flavour, and through which cache.
//!
//! What they print is the cluster's own model of them, [`ordinal_core::dns::tools`]; here stands what only BusyBox before
//! 1.29 prints, and what `/etc/hosts` knows.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, Text};
use ordinal_core::World;
use ordinal_core::dns::tools::{self, Asker};
use ordinal_core::dns::{Answer, Cache, Data, Query, RecordType, search};

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

/// The addresses of a name, each with the whole name.
pub(crate) fn addresses(
    world: &World,
    cache: &mut Cache,
    namespace: &str,
    name: &str,
) -> Vec<(String, String)> {
    for whole in search(namespace, &world.config.domain, name) {
        let answer = cache.ask(world, &Query::new(&whole, RecordType::A));
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
    let server = server(world);
    let date = clock::date(&world.now().to_rfc3339());
    let mut asker = Asker {
        ask: &mut |query| cache.ask(world, query),
        server: &server,
        namespace: &at.namespace,
        domain: &world.config.domain,
        date: &date,
        old_bind: OLD_BIND.iter().any(|old| at.image.contains(old)),
        silent,
    };
    let printed = tools::run(&all, &mut asker).unwrap_or_default();
    Output {
        stdout: printed.stdout,
        stderr: printed.stderr,
        exit: printed.exit,
    }
}

/// What `getent` prints of a name that the kubelet has put into `/etc/hosts`.
fn known(world: &World, at: &Inside, name: &str) -> Option<String> {
    if name == "localhost" {
        return Some("::1             localhost ip6-localhost ip6-loopback".to_owned());
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
        Err(_) => addresses(world, cache, &at.namespace, name),
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
