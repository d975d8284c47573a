//! `getent hosts` and `getent ahosts` of glibc.

use super::{Asker, Printed, addresses, bare, is_alias, reversed, target};
use crate::dns::{Rcode, RecordType};

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let Some((database, keys)) = words.split_first() else {
        return Printed::fault("getent: wrong number of arguments\n".to_owned(), 1);
    };
    let types: &[RecordType] = match *database {
        "hosts" => &[RecordType::AAAA, RecordType::A],
        "ahosts" => &[RecordType::A, RecordType::AAAA],
        "ahostsv4" => &[RecordType::A],
        "ahostsv6" => &[RecordType::AAAA, RecordType::A],
        _ => {
            return Printed {
                stdout: "Try `getent --help' or `getent --usage' for more information.\n"
                    .to_owned(),
                stderr: format!("Unknown database: {database}\n"),
                exit: 1,
            };
        }
    };
    let mut printed = Printed::default();
    for key in keys {
        let lines = match *database {
            "hosts" => host(key, types, asker),
            "ahostsv6" => all(key, types, asker, mapped),
            _ => all(key, types, asker, |found| found),
        };
        printed.stdout += &lines;
        if lines.is_empty() {
            printed.exit = 2;
        }
    }
    printed
}

/// The addresses of a name, the name at the end of its aliases, and the aliases: of the first type that has any.
fn host(key: &str, types: &[RecordType], asker: &mut Asker<'_>) -> String {
    if let Some(reverse) = reversed(key) {
        let answer = asker.query(&reverse, RecordType::PTR);
        let mut names = addresses(&answer, RecordType::PTR);
        ordinal_api::sorted::sort(&mut names);
        let first = names.first().filter(|_| answer.rcode == Rcode::NoError);
        return first.map_or(String::new(), |found| {
            format!("{key:<15} {}\n", bare(found))
        });
    }
    for type_ in types {
        let (found, names) = resolved(key, &[*type_], asker);
        if !found.is_empty() {
            let names = names.join(" ");
            let lines = found
                .iter()
                .map(|address| format!("{address:<15} {names}\n"));
            return lines.collect();
        }
    }
    String::new()
}

/// Addresses of IPv6, or where there are none those of IPv4 as such: `AI_V4MAPPED`.
fn mapped(found: Vec<String>) -> Vec<String> {
    let is_v6 = |address: &String| address.contains(':');
    match found.iter().any(is_v6) {
        true => found.into_iter().filter(is_v6).collect(),
        false => found
            .iter()
            .map(|address| format!("::ffff:{address}"))
            .collect(),
    }
}

/// All addresses of a name, each for every kind of socket.
fn all(
    key: &str,
    types: &[RecordType],
    asker: &mut Asker<'_>,
    of: fn(Vec<String>) -> Vec<String>,
) -> String {
    let (found, canonical) = if let Ok(address) = key.parse::<std::net::IpAddr>() {
        let own = match address.is_ipv4() {
            true => RecordType::A,
            false => RecordType::AAAA,
        };
        let found = types.contains(&own).then(|| key.to_owned());
        (found.into_iter().collect(), key.to_owned())
    } else {
        let (found, names) = resolved(key, types, asker);
        (found, names.first().cloned().unwrap_or_default())
    };
    let found = of(found);
    let lines = found.iter().enumerate().map(|(index, address)| {
        let shown = if index == 0 { canonical.as_str() } else { "" };
        format!("{address:<15} STREAM {shown}\n{address:<15} DGRAM  \n{address:<15} RAW    \n")
    });
    lines.collect()
}

/// The addresses of the types, which are asked for together, and the names: where aliases lead first, then the aliases.
/// A completion without records is not the end of the walk.
fn resolved(key: &str, types: &[RecordType], asker: &mut Asker<'_>) -> (Vec<String>, Vec<String>) {
    for completed in asker.resolver.names(key) {
        let (mut found, mut names) = (Vec::new(), Vec::new());
        let mut any = false;
        for type_ in types {
            let answer = asker.query(&completed, *type_);
            any |= !answer.answers.is_empty();
            found.extend(addresses(&answer, *type_));
            if names.is_empty() && !answer.answers.is_empty() {
                names.push(bare(&target(&completed, &answer)).to_owned());
                let aliases = answer
                    .answers
                    .iter()
                    .filter(|record| is_alias(&record.data));
                names.extend(aliases.map(|record| bare(&record.name).to_owned()));
            }
        }
        if any {
            return (found, names);
        }
    }
    (Vec::new(), Vec::new())
}
