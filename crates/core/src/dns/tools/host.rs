//! `host` of bind.

use super::{Asker, Printed, bare, is_alias, reversed, target, type_of};
use crate::dns::{Answer, Rcode, RecordType};

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let (mut type_, mut name) = (None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-t" => type_ = words.next().and_then(|word| type_of(word)),
            word if word.starts_with('-') => {}
            word => name = name.or(Some(word)),
        }
    }
    let Some(name) = name else {
        return Printed::default();
    };
    let mut out = String::new();
    if let Some(reverse) = reversed(name) {
        let answer = asker.query(&reverse, RecordType::PTR);
        if answer.rcode == Rcode::NxDomain {
            out = format!("Host {reverse} not found: 3(NXDOMAIN)\n");
            return Printed {
                stdout: out,
                exit: 1,
            };
        }
        records(&answer, &mut out);
        return Printed {
            stdout: out,
            exit: 0,
        };
    }
    let (asked, answer, _) = asker.walk(name, type_.unwrap_or(RecordType::A));
    if answer.rcode == Rcode::NxDomain {
        out = format!("Host {name} not found: 3(NXDOMAIN)\n");
        return Printed {
            stdout: out,
            exit: 1,
        };
    }
    records(&answer, &mut out);
    if type_.is_none() {
        let next = target(&asked, &answer);
        for type_ in [RecordType::AAAA, RecordType::parse("MX")] {
            let more = asker.query(&next, type_);
            records(&more, &mut out);
        }
    } else if answer.answers.is_empty() {
        let shown = type_.map_or("A", RecordType::as_str);
        out = format!("{} has no {shown} record\n", bare(&asked));
    }
    Printed {
        stdout: out,
        exit: 0,
    }
}

fn records(answer: &Answer, out: &mut String) {
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
}
