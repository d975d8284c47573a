//! The tools with which a Pod asks: `nslookup`, `host`, `dig`, `getent`, and BusyBox' `nslookup`.
//!
//! What they print is modelled on bind9-dnsutils 9.18, glibc's `getent` and BusyBox 1.35; how names are completed is
//! each tool's own rule.

mod busybox;
mod dig;
mod getent;
mod host;
mod nslookup;

use ordinal_api::Text;
use ordinal_api::list::IntoList;

use super::{Answer, Data, Query, Rcode, RecordType, search};

/// What a tool prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Standard output.
    pub stdout: String,
    /// Exit code.
    pub exit: i32,
}

/// Where a tool runs, and whom it asks.
pub struct Asker<'a> {
    /// Asks the server.
    pub ask: &'a mut dyn FnMut(&Query) -> Answer,
    /// Address of the server.
    pub server: &'a str,
    /// Namespace of the Pod.
    pub namespace: &'a str,
    /// Domain of the cluster.
    pub domain: &'a str,
    /// The present as `date` prints it.
    pub date: &'a str,
}

impl Asker<'_> {
    fn query(&mut self, name: &str, type_: RecordType) -> Answer {
        (self.ask)(&Query::new(name, type_))
    }

    /// Asks for every completion of a name until one has an answer. Returns the name that was asked last, with its dot,
    /// the answer, and how many were asked.
    fn walk(&mut self, name: &str, type_: RecordType) -> (String, Answer, usize) {
        let names = search(self.namespace, self.domain, name);
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
    Some(match words {
        ["nslookup", rest @ ..] => nslookup::run(rest, asker),
        ["host", rest @ ..] => host::run(rest, asker),
        ["dig", rest @ ..] => dig::run(rest, asker),
        ["getent", rest @ ..] => getent::run(rest, asker),
        ["busybox", "nslookup", rest @ ..] => busybox::run(rest, asker),
        _ => return None,
    })
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
