//! `getent hosts` and `getent ahosts` of glibc.

use super::{Asker, Printed, addresses, bare, reversed, target};
use crate::dns::{Rcode, RecordType};

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let [database, name, ..] = words else {
        return Printed {
            exit: 1,
            ..Printed::default()
        };
    };
    let mut out = String::new();
    if let Some(reverse) = reversed(name) {
        let answer = asker.query(&reverse, RecordType::PTR);
        let mut names = addresses(&answer, RecordType::PTR);
        ordinal_api::sorted::sort(&mut names);
        return match names.first().filter(|_| answer.rcode == Rcode::NoError) {
            Some(found) => Printed {
                stdout: format!("{name:<15} {}\n", bare(found)),
                exit: 0,
            },
            None => Printed {
                exit: 2,
                ..Printed::default()
            },
        };
    }
    let types: &[RecordType] = match *database {
        "hosts" => &[RecordType::AAAA, RecordType::A],
        "ahosts" => &[RecordType::A, RecordType::AAAA],
        "ahostsv4" => &[RecordType::A],
        "ahostsv6" => &[RecordType::AAAA],
        _ => {
            return Printed {
                exit: 1,
                ..Printed::default()
            };
        }
    };
    let (mut found, mut canonical) = (Vec::new(), String::new());
    for type_ in types {
        // A name without addresses of this type is not the end of the walk.
        for completed in super::search(asker.namespace, asker.domain, name) {
            let answer = asker.query(&completed, *type_);
            let here = addresses(&answer, *type_);
            if here.is_empty() {
                continue;
            }
            if canonical.is_empty() {
                canonical = bare(&target(&completed, &answer)).to_owned();
            }
            found.extend(here);
            break;
        }
        if *database == "hosts" && !found.is_empty() {
            break;
        }
    }
    for (index, address) in found.iter().enumerate() {
        if *database == "hosts" {
            out.push_str(&format!("{address:<15} {canonical}\n"));
        } else {
            let shown = if index == 0 { canonical.as_str() } else { "" };
            out.push_str(&format!(
                "{address:<15} STREAM {shown}\n{address:<15} DGRAM  \n{address:<15} RAW    \n"
            ));
        }
    }
    Printed {
        exit: if found.is_empty() { 2 } else { 0 },
        stdout: out,
    }
}
