//! `host` of bind.

use super::{Asker, Printed, bare, is_alias, reversed, target, type_of};
use crate::dns::{Answer, Rcode, RecordType};

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let (mut type_, mut plain) = (None, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-t" => {
                let given = words.next().copied().unwrap_or_default();
                type_ = type_of(given);
                if type_.is_none() {
                    return Printed::fault(format!("host: invalid type: {given}\n\n"), 2);
                }
            }
            "-W" | "-N" | "-R" | "-c" | "-m" | "-p" => {
                words.next();
            }
            word if word.starts_with('-') => {}
            word => plain.push(word),
        }
    }
    let Some((name, servers)) = plain.split_first() else {
        return Printed::new(String::new(), 1);
    };
    let mut out = String::new();
    if let Some(server) = servers.first() {
        out = format!(
            "Using domain server:\nName: {server}\nAddress: {}#53\nAliases: \n\n",
            asker.server
        );
    }
    if let Some(reverse) = reversed(name) {
        let answer = asker.query(&reverse, RecordType::PTR);
        let failed = told(&reverse, &answer, &mut out);
        return Printed::new(out, failed);
    }
    let (asked, answer, _) = asker.walk(name, type_.unwrap_or(RecordType::A));
    // A name that is not there is told as it was given.
    let shown = if answer.rcode == Rcode::NoError {
        bare(&asked)
    } else {
        name
    };
    let mut failed = told(shown, &answer, &mut out);
    if failed != 0 {
        return Printed::new(out, failed);
    }
    match type_ {
        None => {
            let next = target(&asked, &answer);
            for type_ in [RecordType::AAAA, RecordType::MX] {
                let more = asker.query(&next, type_);
                failed = failed.max(told(bare(&next), &more, &mut out));
            }
        }
        Some(type_) if answer.answers.is_empty() => {
            out += &format!("{} has no {} record\n", bare(&asked), type_.as_str());
        }
        Some(_) => {}
    }
    Printed::new(out, failed)
}

/// Tells an answer; the exit code.
fn told(name: &str, answer: &Answer, out: &mut String) -> i32 {
    let number = match answer.rcode {
        Rcode::NoError => 0,
        Rcode::ServFail => 2,
        Rcode::NxDomain => 3,
    };
    if number != 0 {
        let rcode = answer.rcode.as_str();
        out.push_str(&format!("Host {name} not found: {number}({rcode})\n"));
        return 1;
    }
    for record in &answer.answers {
        let (owner, data) = (bare(&record.name), record.data.to_string());
        let line = match record.data.type_() {
            RecordType::A => format!("{owner} has address {data}"),
            RecordType::AAAA => format!("{owner} has IPv6 address {data}"),
            _ if is_alias(&record.data) => format!("{owner} is an alias for {data}"),
            RecordType::PTR => format!("{owner} domain name pointer {data}"),
            RecordType::TXT => format!("{owner} descriptive text {data}"),
            other => format!("{owner} has {} record {data}", other.as_str()),
        };
        out.push_str(&line);
        out.push('\n');
    }
    0
}
