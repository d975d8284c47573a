//! `nslookup` of bind. Models bin/dig/nslookup.c, 9.18.

use super::{Asker, Printed, bare, is_alias, reversed, target, type_of, zone_record};
use crate::dns::{Answer, Rcode, RecordType};

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let (mut type_, mut plain) = (None, Vec::new());
    let mut out = String::new();
    for word in words {
        let given = ["-type=", "-query=", "-querytype=", "-q=", "-t=", "-ty="]
            .iter()
            .find_map(|prefix| word.strip_prefix(prefix));
        match given {
            Some(given) => {
                type_ = type_of(given);
                if type_.is_none() {
                    out.push_str(&format!("unknown query type: {given}\n"));
                }
            }
            None if word.starts_with('-') => {}
            None => plain.push(*word),
        }
    }
    let Some((name, servers)) = plain.split_first() else {
        return Printed::default();
    };
    let mut look = Lookup {
        out,
        // A server that was named is taken as it is.
        quiet: asker.old_bind || !servers.is_empty(),
        failed: false,
    };
    let head = format!(
        "Server:\t\t{}\nAddress:\t{}#53\n\n",
        servers.first().copied().unwrap_or(asker.server),
        asker.server
    );
    // Of an address the name is looked for, whatever was asked for.
    if let Some(reverse) = reversed(name) {
        let answer = asker.query(&reverse, RecordType::PTR);
        look.got(asker, &answer, 1);
        if type_.is_some() {
            look.out += &head;
        }
        look.told(bare(&reverse), &answer);
        return look.end();
    }
    let (asked, answer, count) = asker.walk(name, type_.unwrap_or(RecordType::A));
    look.got(asker, &answer, count);
    look.out += &head;
    // A name that is not there is told as it was given.
    let shown = if answer.rcode == Rcode::NxDomain {
        name
    } else {
        bare(&asked)
    };
    look.told(shown, &answer);
    let mut found = !answer.answers.is_empty();
    let mut last = (*name).to_owned();
    if type_.is_none() && !look.failed {
        let next = target(&asked, &answer);
        let second = asker.query(&next, RecordType::AAAA);
        look.got(asker, &second, 1);
        look.told(bare(&next), &second);
        found |= !second.answers.is_empty();
        last = bare(&next).to_owned();
    }
    if !found && !look.failed {
        look.out += &format!("*** Can't find {last}: No answer\n");
    }
    look.end()
}

struct Lookup {
    out: String,
    quiet: bool,
    failed: bool,
}

impl Lookup {
    /// What is said of a server that asks nobody else, once for every answer, and of one that cannot find out.
    fn got(&mut self, asker: &Asker<'_>, answer: &Answer, count: usize) {
        for n in 1..=count {
            let what = match n == count && answer.rcode == Rcode::ServFail {
                true => "SERVFAIL reply",
                false if self.quiet => continue,
                false => "recursion not available",
            };
            self.out += &format!(";; Got {what} from {}\n", asker.server);
        }
    }

    fn told(&mut self, name: &str, answer: &Answer) {
        if answer.rcode != Rcode::NoError {
            let rcode = answer.rcode.as_str();
            self.out += &format!("** server can't find {name}: {rcode}\n");
            self.failed = true;
            return;
        }
        for record in &answer.answers {
            let (owner, data) = (bare(&record.name), record.data.to_string());
            self.out += &match record.data.type_() {
                RecordType::A | RecordType::AAAA => format!("Name:\t{owner}\nAddress: {data}\n"),
                _ if is_alias(&record.data) => format!("{owner}\tcanonical name = {data}\n"),
                RecordType::SRV => format!("{owner}\tservice = {data}\n"),
                RecordType::PTR => format!("{owner}\tname = {data}\n"),
                RecordType::TXT => format!("{owner}\ttext = {data}\n"),
                _ => zone_record(owner, &record.data),
            };
        }
    }

    fn end(mut self) -> Printed {
        self.out.push('\n');
        Printed::new(self.out, i32::from(self.failed))
    }
}
