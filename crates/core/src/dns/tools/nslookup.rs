//! `nslookup` of bind.

use super::{Asker, Printed, addresses, bare, is_alias, reversed, target, type_of};
use crate::dns::{Answer, Rcode, RecordType};

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let mut type_ = None;
    let mut names = Vec::new();
    for word in words {
        let given = ["-type=", "-query=", "-querytype=", "-q=", "-t="]
            .iter()
            .find_map(|prefix| word.strip_prefix(prefix));
        match given {
            Some(given) => type_ = type_of(given),
            None if word.starts_with('-') => {}
            None => names.push(*word),
        }
    }
    let Some(name) = names.first() else {
        return Printed::default();
    };
    let mut out = String::new();
    let recursion = format!(";; Got recursion not available from {}\n", asker.server);
    if let Some(reverse) = reversed(name) {
        let answer = asker.query(&reverse, RecordType::PTR);
        out.push_str(&recursion);
        if answer.rcode == Rcode::NxDomain {
            out.push_str(&format!(
                "** server can't find {}: NXDOMAIN\n\n",
                bare(&reverse)
            ));
            return Printed {
                stdout: out,
                exit: 1,
            };
        }
        records(&answer, &mut out);
        out.push('\n');
        return Printed {
            stdout: out,
            exit: 0,
        };
    }
    let (asked, answer, count) = asker.walk(name, type_.unwrap_or(RecordType::A));
    out.extend(std::iter::repeat_n(recursion.as_str(), count));
    out.push_str(&format!(
        "Server:\t\t{0}\nAddress:\t{0}#53\n\n",
        asker.server
    ));
    if answer.rcode == Rcode::NxDomain {
        out.push_str(&format!("** server can't find {name}: NXDOMAIN\n\n"));
        return Printed {
            stdout: out,
            exit: 1,
        };
    }
    records(&answer, &mut out);
    let mut found = !answer.answers.is_empty();
    if type_.is_none() {
        let next = target(&asked, &answer);
        let second = asker.query(&next, RecordType::AAAA);
        out.push_str(&recursion);
        found |= !addresses(&second, RecordType::AAAA).is_empty();
        records(&second, &mut out);
    }
    if !found {
        out.push_str(&format!("*** Can't find {name}: No answer\n"));
    }
    out.push('\n');
    Printed {
        stdout: out,
        exit: i32::from(!found),
    }
}

fn records(answer: &Answer, out: &mut String) {
    for record in &answer.answers {
        let (owner, data) = (bare(&record.name), record.data.to_string());
        let line = match record.data.type_() {
            RecordType::A | RecordType::AAAA => format!("Name:\t{owner}\nAddress: {data}"),
            _ if is_alias(&record.data) => format!("{owner}\tcanonical name = {data}"),
            RecordType::SRV => format!("{owner}\tservice = {data}"),
            RecordType::PTR => format!("{owner}\tname = {data}"),
            RecordType::TXT => format!("{owner}\ttext = {data}"),
            other => format!("{owner}\t{} {data}", other.as_str()),
        };
        out.push_str(&line);
        out.push('\n');
    }
}
