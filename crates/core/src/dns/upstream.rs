//! The rest of the world, as far as it is needed: two names, and a root that knows no other.

use ordinal_api::Text;

use super::message::{Answer, Data, Query, Rcode, Record, RecordType};
use super::zone::{dotted, normal};

/// Addresses that documentation may use.
const NAMES: [(&str, &str, Option<&str>); 2] = [
    ("www.example.com", "192.0.2.80", None),
    ("db.example.com", "192.0.2.53", Some("2001:db8::53")),
];
const TTL: u32 = 300;

/// What a resolver outside of the cluster answers.
pub fn resolve(query: &Query) -> Answer {
    let name = normal(&query.name);
    let known = NAMES.iter().find(|(known, ..)| *known == name);
    let data = known.and_then(|(_, v4, v6)| match query.type_ {
        RecordType::A => Some(Data::A(Text::new_static(v4))),
        RecordType::AAAA => v6.map(|v6| Data::Aaaa(Text::new_static(v6))),
        _ => None,
    });
    let rcode = if known.is_some() {
        Rcode::NoError
    } else {
        Rcode::NxDomain
    };
    let authority = if data.is_none() {
        vec![root()]
    } else {
        Vec::new()
    };
    let answers = data.map(|data| Record {
        name: dotted(&query.name),
        ttl: TTL,
        data,
    });
    Answer {
        rcode,
        authoritative: true,
        answers: answers.into_iter().collect(),
        authority,
        additional: Vec::new(),
    }
}

fn root() -> Record {
    let data = Data::Soa {
        mname: Text::new_static("a.root-servers.net."),
        rname: Text::new_static("nstld.verisign-grs.com."),
        serial: 2_026_010_100,
        refresh: 1800,
        retry: 900,
        expire: 604_800,
        minimum: 86_400,
    };
    Record {
        name: Text::new_static("."),
        ttl: 86_400,
        data,
    }
}
