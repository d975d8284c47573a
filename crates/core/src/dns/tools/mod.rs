//! The tools with which a Pod asks: `nslookup`, `host`, `dig`, `getent`, and BusyBox' `nslookup`.
//!
//! What they print is modelled on bind9-dnsutils 9.18, glibc's `getent` and BusyBox 1.35 (`printed.txt` holds what those
//! really printed); how names are completed is each tool's own rule.

mod busybox;
mod dig;
mod getent;
mod host;
mod nslookup;

#[cfg(test)]
mod tests;

use ordinal_api::Text;
use ordinal_api::list::IntoList;

use super::{Answer, Data, Query, Rcode, RecordType, Resolver};

/// What a tool prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code.
    pub exit: i32,
}

impl Printed {
    fn new(stdout: String, exit: i32) -> Self {
        Self {
            stdout,
            exit,
            ..Self::default()
        }
    }

    fn fault(stderr: String, exit: i32) -> Self {
        Self {
            stderr,
            exit,
            ..Self::default()
        }
    }
}

/// Where a tool runs, and whom it asks.
pub struct Asker<'a> {
    /// Asks the server.
    pub ask: &'a mut dyn FnMut(&Query) -> Answer,
    /// Address of the server.
    pub server: &'a str,
    /// How the Pod completes names.
    pub resolver: &'a Resolver,
    /// The present as `date` prints it.
    pub date: &'a str,
    /// The tools are of a bind before 9.18, which does not tell that the server asks nobody else.
    pub old_bind: bool,
    /// Nothing comes back from the server.
    pub silent: bool,
}

impl Asker<'_> {
    fn query(&mut self, name: &str, type_: RecordType) -> Answer {
        (self.ask)(&Query::new(name, type_))
    }

    /// Asks for every completion of a name until one exists. Returns the name that was asked last, with its dot, the
    /// answer, and how many were asked. Unlike glibc, bind completes no name that is
    /// tried as it is first.
    fn walk(&mut self, name: &str, type_: RecordType) -> (String, Answer, usize) {
        let mut names = self.resolver.names(name);
        if self.resolver.is_long(name) {
            names.truncate(1);
        }
        let mut asked = 0;
        let mut last = None;
        for name in names {
            let answer = self.query(&name, type_);
            asked += 1;
            let found = answer.rcode != Rcode::NxDomain;
            last = Some((name.to_string(), answer));
            if found {
                break;
            }
        }
        match last {
            Some((name, answer)) => (name, answer, asked),
            None => (name.to_owned(), self.query(name, type_), 1),
        }
    }
}

/// Runs a tool; `None` for a word that is none.
pub fn run(words: &[&str], asker: &mut Asker<'_>) -> Option<Printed> {
    if asker.silent {
        return unanswered(words, asker);
    }
    Some(match words {
        ["nslookup", rest @ ..] => nslookup::run(rest, asker),
        ["host", rest @ ..] => host::run(rest, asker),
        ["dig", rest @ ..] => dig::run(rest, asker),
        ["getent", rest @ ..] => getent::run(rest, asker),
        ["busybox", "nslookup", rest @ ..] => busybox::run(rest, asker),
        _ => return None,
    })
}

/// What a tool says after it has waited in vain.
fn unanswered(words: &[&str], asker: &Asker<'_>) -> Option<Printed> {
    let (name, words) = words.split_first()?;
    let tries = match *name {
        "getent" => return Some(Printed::new(String::new(), 2)),
        "busybox" => 0,
        _ if asker.old_bind => 0,
        "host" => 2,
        "dig" | "nslookup" => 3,
        _ => return None,
    };
    let mut out = format!(
        ";; communications error to {}#53: timed out\n",
        asker.server
    )
    .repeat(tries);
    if *name == "dig" {
        out += &dig::head(words);
    }
    out += match tries {
        0 => ";; connection timed out; no servers could be reached\n",
        _ => ";; no servers could be reached\n",
    };
    if matches!(*name, "nslookup" | "busybox") {
        out.push('\n');
    }
    Some(Printed::new(out, if *name == "dig" { 9 } else { 1 }))
}

/// A name without its last dot.
fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Where aliases lead from a name, in the records of an answer.
fn target(name: &str, answer: &Answer) -> String {
    let mut name = name.to_owned();
    for record in &answer.answers {
        if record.data.type_() == RecordType::CNAME && same(&record.name, &name) {
            name = record.data.to_string();
        }
    }
    name
}

fn same(a: &Text, b: &str) -> bool {
    bare(a).eq_ignore_ascii_case(bare(b))
}

/// `5.1.244.10.in-addr.arpa.` for an address; `None` for anything else.
fn reversed(address: &str) -> Option<String> {
    match address.parse().ok()? {
        std::net::IpAddr::V4(v4) => {
            let octets: Vec<String> = v4.octets().iter().rev().map(u8::to_string).into_list();
            Some(format!("{}.in-addr.arpa.", octets.join(".")))
        }
        std::net::IpAddr::V6(v6) => {
            let digits = format!("{:032x}", u128::from(v6));
            let digits: Vec<String> = digits.chars().rev().map(String::from).into_list();
            Some(format!("{}.ip6.arpa.", digits.join(".")))
        }
    }
}

/// The addresses of one type in an answer.
fn addresses(answer: &Answer, type_: RecordType) -> Vec<String> {
    answer
        .answers
        .iter()
        .filter(|record| record.data.type_() == type_)
        .map(|record| record.data.to_string())
        .collect()
}

/// `-type=srv`, `-t srv`, `SRV`: the type that a word means.
fn type_of(word: &str) -> Option<RecordType> {
    const KNOWN: [&str; 12] = [
        "A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT", "ANY", "CAA", "HTTPS",
    ];
    let upper = word.to_ascii_uppercase();
    KNOWN
        .contains(&upper.as_str())
        .then(|| RecordType::parse(&upper))
}

/// Whether data is an alias.
fn is_alias(data: &Data) -> bool {
    data.type_() == RecordType::CNAME
}

/// A zone's record of itself as both kinds of `nslookup` print it.
fn zone_record(owner: &str, data: &Data) -> String {
    let shown = data.to_string();
    let mut out = format!("{}\n", bare(owner));
    let titles = [
        "origin",
        "mail addr",
        "serial",
        "refresh",
        "retry",
        "expire",
        "minimum",
    ];
    for (title, word) in titles.iter().zip(shown.split(' ')) {
        out.push_str(&format!("\t{title} = {}\n", bare(word)));
    }
    out
}
