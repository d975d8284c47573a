//! Questions, records and answers.

use std::fmt;

use ordinal_api::Text;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// The whole name, with or without the dot at its end.
    pub name: Text,
    /// What is asked for.
    pub type_: RecordType,
}

impl Query {
    /// A question.
    pub fn new(name: &str, type_: RecordType) -> Self {
        Self {
            name: name.into(),
            type_,
        }
    }
}

/// The type of a question or record: those that a cluster has records of, and those that are asked for all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of DNS")]
pub enum RecordType {
    A,
    AAAA,
    CNAME,
    MX,
    NS,
    PTR,
    SOA,
    SRV,
    TXT,
    ANY,
    CAA,
    DS,
    HINFO,
    HTTPS,
    NAPTR,
    SVCB,
    Other,
}

impl RecordType {
    /// Reads `A`, `srv` …; all further types are [`RecordType::Other`].
    pub fn parse(text: &str) -> Self {
        let known = [
            Self::A,
            Self::AAAA,
            Self::CNAME,
            Self::MX,
            Self::NS,
            Self::PTR,
            Self::SOA,
            Self::SRV,
            Self::TXT,
            Self::ANY,
            Self::CAA,
            Self::DS,
            Self::HINFO,
            Self::HTTPS,
            Self::NAPTR,
            Self::SVCB,
        ];
        known
            .into_iter()
            .find(|t| t.as_str().eq_ignore_ascii_case(text))
            .unwrap_or(Self::Other)
    }

    /// `A`, `SRV` …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::AAAA => "AAAA",
            Self::CNAME => "CNAME",
            Self::MX => "MX",
            Self::NS => "NS",
            Self::PTR => "PTR",
            Self::SOA => "SOA",
            Self::SRV => "SRV",
            Self::TXT => "TXT",
            Self::ANY => "ANY",
            Self::CAA => "CAA",
            Self::DS => "DS",
            Self::HINFO => "HINFO",
            Self::HTTPS => "HTTPS",
            Self::NAPTR => "NAPTR",
            Self::SVCB => "SVCB",
            Self::Other => "TYPE0",
        }
    }
}

/// How an answer turned out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rcode {
    /// The name exists, with or without records of that type.
    #[default]
    NoError,
    /// The name does not exist.
    NxDomain,
    /// The server could not find out.
    ServFail,
}

impl Rcode {
    /// `NOERROR`, `NXDOMAIN` or `SERVFAIL`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoError => "NOERROR",
            Self::NxDomain => "NXDOMAIN",
            Self::ServFail => "SERVFAIL",
        }
    }
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// How it turned out.
    pub rcode: Rcode,
    /// Whether the server says that it is the one who knows (`aa`).
    pub authoritative: bool,
    /// The records that were asked for, and those on the way to them.
    pub answers: Vec<Record>,
    /// Who says so where there are none.
    pub authority: Vec<Record>,
    /// Addresses of names in the answer.
    pub additional: Vec<Record>,
}

impl Answer {
    /// The addresses among the answers, in their order.
    pub fn addresses(&self) -> impl Iterator<Item = &Text> {
        self.answers.iter().filter_map(|record| match &record.data {
            Data::A(address) | Data::Aaaa(address) => Some(address),
            _ => None,
        })
    }

    /// All its records.
    pub fn records_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.answers
            .iter_mut()
            .chain(&mut self.authority)
            .chain(&mut self.additional)
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is, with the dot at the end.
    pub name: Text,
    /// Seconds for which it holds.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

/// What a record says; names have the dot at their end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of DNS")]
pub enum Data {
    A(Text),
    Aaaa(Text),
    Cname(Text),
    Ptr(Text),
    Srv {
        priority: u16,
        weight: u16,
        port: u16,
        target: Text,
    },
    Txt(Text),
    Soa {
        mname: Text,
        rname: Text,
        serial: u32,
        refresh: u32,
        retry: u32,
        expire: u32,
        minimum: u32,
    },
}

impl Data {
    /// Its type.
    pub const fn type_(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::AAAA,
            Self::Cname(_) => RecordType::CNAME,
            Self::Ptr(_) => RecordType::PTR,
            Self::Srv { .. } => RecordType::SRV,
            Self::Txt(_) => RecordType::TXT,
            Self::Soa { .. } => RecordType::SOA,
        }
    }
}

/// As `dig` prints it: `0 33 80 web-0.nginx.default.svc.cluster.local.`
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(text) | Self::Aaaa(text) | Self::Cname(text) | Self::Ptr(text) => {
                f.write_str(text)
            }
            Self::Srv {
                priority,
                weight,
                port,
                target,
            } => write!(f, "{priority} {weight} {port} {target}"),
            Self::Txt(text) => write!(f, "\"{text}\""),
            Self::Soa {
                mname,
                rname,
                serial,
                refresh,
                retry,
                expire,
                minimum,
            } => {
                write!(
                    f,
                    "{mname} {rname} {serial} {refresh} {retry} {expire} {minimum}"
                )
            }
        }
    }
}
