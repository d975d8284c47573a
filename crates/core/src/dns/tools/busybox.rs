//! `nslookup` of BusyBox since 1.29: a resolver of its own, which completes names without a dot only, and with every
//! suffix at once.

use super::{Asker, Printed, bare, is_alias, reversed, target, type_of, zone_record};
use crate::dns::{Rcode, Record, RecordType};

const USAGE: &str = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\nUsage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n\nQuery DNS about HOST\n\nQUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any\n";
/// A server that cannot find out is asked so often.
const TRIES: usize = 3;

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let (mut types, mut plain) = (Vec::new(), Vec::new());
    for word in words {
        let Some(option) = word.strip_prefix('-') else {
            plain.push(*word);
            continue;
        };
        let given = ["type=", "querytype=", "query=", "q=", "t="];
        let Some(given) = given.iter().find_map(|prefix| option.strip_prefix(prefix)) else {
            continue;
        };
        let lower = given.to_ascii_lowercase();
        match type_of(given).filter(|_| !matches!(lower.as_str(), "caa" | "https")) {
            Some(type_) => types.push(type_),
            None => {
                return Printed::fault(format!("nslookup: invalid query type \"{given}\"\n"), 1);
            }
        }
    }
    let Some((name, servers)) = plain.split_first() else {
        return Printed::fault(USAGE.to_owned(), 1);
    };
    let mut out = format!("Server:\t\t{0}\nAddress:\t{0}:53\n\n", asker.server);
    let names: Vec<String> = match reversed(name) {
        Some(reverse) if types.is_empty() => {
            types.push(RecordType::PTR);
            vec![bare(&reverse).to_owned()]
        }
        // With a server of one's own the list of suffixes is not read, and what points to a name is looked for as it is.
        _ if name.contains('.') || !servers.is_empty() || types.contains(&RecordType::PTR) => {
            vec![(*name).to_owned()]
        }
        _ => {
            let suffixes = asker.resolver.search.iter();
            suffixes.map(|suffix| format!("{name}.{suffix}")).collect()
        }
    };
    if types.is_empty() {
        types = vec![RecordType::A, RecordType::AAAA];
    }
    let questions = || {
        types
            .iter()
            .flat_map(|type_| names.iter().map(move |name| (*type_, name)))
    };
    let mut answers: Vec<_> = questions()
        .map(|(type_, name)| asker.query(&format!("{}.", bare(name)), type_))
        .collect();
    for _ in 1..TRIES {
        for ((type_, name), answer) in questions().zip(&mut answers) {
            if answer.rcode == Rcode::ServFail {
                *answer = asker.query(&format!("{}.", bare(name)), type_);
            }
        }
    }
    let mut failed = false;
    for ((_, name), answer) in questions().zip(&answers) {
        if answer.rcode != Rcode::NoError {
            failed = true;
            let why = answer.rcode.as_str();
            out.push_str(&format!("** server can't find {name}: {why}\n\n"));
            continue;
        }
        let owner = target(&format!("{}.", bare(name)), answer);
        out.extend(answer.answers.iter().map(|record| line(record, &owner)));
        out.push('\n');
    }
    Printed::new(out, i32::from(failed))
}

fn line(record: &Record, end_of_aliases: &str) -> String {
    let (owner, data) = (bare(&record.name), record.data.to_string());
    match record.data.type_() {
        RecordType::A | RecordType::AAAA => {
            format!("Name:\t{}\nAddress: {data}\n", bare(end_of_aliases))
        }
        _ if is_alias(&record.data) => format!("{owner}\tcanonical name = {}\n", bare(&data)),
        RecordType::SRV => format!("{owner}\tservice = {}\n", bare(&data)),
        RecordType::PTR => format!("{owner}\tname = {}\n", bare(&data)),
        RecordType::TXT => format!("{owner}\ttext = {data}\n"),
        _ => zone_record(owner, &record.data),
    }
}
