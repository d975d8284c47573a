//! `dig`: no completion of names unless it is asked for.

use super::{Asker, Printed, bare, reversed, type_of};
use crate::dns::{Answer, Data, Rcode, Record, RecordType};

const VERSION: &str = "9.18.49-1~deb12u3-Debian";

/// The parts of what is printed, each of which `+noPART` takes away.
const CMD: u16 = 1;
const COMMENTS: u16 = 2;
const QUESTION: u16 = 4;
const ANSWER: u16 = 8;
const AUTHORITY: u16 = 16;
const ADDITIONAL: u16 = 32;
const STATS: u16 = 64;
const ALL: u16 = 127;
/// And what is wished beside them.
const SHORT: u16 = 128;
const SEARCH: u16 = 256;
const SHOWS: u16 = 512;
const TCP: u16 = 1024;
const EDNS: u16 = 2048;
const RECURSE: u16 = 4096;
const IDENTIFY: u16 = 8192;
const TTLID: u16 = 16_384;

/// Options of the form `+WORD` and `+noWORD`.
const OPTIONS: &[(&str, u16)] = &[
    ("additional", ADDITIONAL),
    ("all", ALL),
    ("answer", ANSWER),
    ("authority", AUTHORITY),
    ("cmd", CMD),
    ("comments", COMMENTS),
    ("edns", EDNS),
    ("identify", IDENTIFY),
    ("question", QUESTION),
    ("rdflag", RECURSE),
    ("recurse", RECURSE),
    ("search", SEARCH),
    ("short", SHORT),
    ("showsearch", SHOWS),
    ("stats", STATS),
    ("tcp", TCP),
    ("ttlid", TTLID),
    ("vc", TCP),
];

/// What a command line asks for.
struct Wanted {
    wishes: u16,
    lookups: Vec<(String, RecordType)>,
    /// The server, as it was named; empty where it was not.
    server: String,
    /// What is printed before the first answer.
    head: String,
    stderr: String,
}

/// Reads a command line.
fn read(words: &[&str]) -> Result<Wanted, Printed> {
    let mut wishes = ALL | EDNS | RECURSE | TTLID;
    let mut usual = RecordType::A;
    let (mut lookups, mut stderr) = (Vec::<(String, RecordType)>::new(), String::new());
    let mut server = "";
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let mut type_ = None;
        match *word {
            "-x" => {
                let address = rest.next().copied().unwrap_or_default();
                let name = reversed(address).unwrap_or_else(|| address.to_owned());
                lookups.push((name, RecordType::PTR));
            }
            "-t" => {
                let given = rest.next().copied().unwrap_or_default();
                type_ = type_of(given);
                if type_.is_none() {
                    stderr += &format!(";; Warning, ignoring invalid type {given}\n");
                }
            }
            "-q" => lookups.extend(rest.next().map(|name| ((*name).to_owned(), usual))),
            "-b" | "-c" | "-p" | "-y" | "-k" => {
                rest.next();
            }
            "IN" | "in" => {}
            word => {
                if let Some(option) = word.strip_prefix('+') {
                    let said = || format!("Invalid option: +{option}\n{USAGE}");
                    wishes = wished(option, wishes).ok_or_else(|| Printed::fault(said(), 1))?;
                } else if let Some(named) = word.strip_prefix('@') {
                    server = named;
                } else if !word.starts_with('-') {
                    type_ = type_of(word);
                    if type_.is_none() {
                        lookups.push((word.to_owned(), usual));
                    }
                }
            }
        }
        if let Some(type_) = type_ {
            match lookups.last_mut() {
                Some(last) => last.1 = type_,
                None => usual = type_,
            }
        }
    }
    if lookups.is_empty() {
        lookups.push((".".to_owned(), RecordType::NS));
    }
    let mut head = String::new();
    if has(wishes, CMD) && !has(wishes, SHORT) {
        let said: String = words.iter().map(|word| format!(" {word}")).collect();
        let found = match server {
            "" => "",
            _ => "; (1 server found)\n",
        };
        head = format!("\n; <<>> DiG {VERSION} <<>>{said}\n{found};; global options: +cmd\n");
    }
    Ok(Wanted {
        wishes,
        lookups,
        server: server.to_owned(),
        head,
        stderr,
    })
}

/// What is printed before the first answer, and before that none came.
pub(super) fn head(words: &[&str]) -> String {
    read(words).map_or(String::new(), |wanted| wanted.head)
}

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let wanted = match read(words) {
        Ok(wanted) => wanted,
        Err(printed) => return printed,
    };
    let wishes = wanted.wishes;
    let mut printed = Printed::fault(wanted.stderr.clone(), 0);
    printed.stdout += &wanted.head;
    for (name, type_) in &wanted.lookups {
        let type_ = *type_;
        let mut names = vec![format!("{}.", bare(name))];
        let searches = has(wishes, SEARCH | SHOWS);
        if searches && !asker.resolver.is_long(name) {
            let all = asker.resolver.names(name);
            names = all.iter().map(ToString::to_string).collect();
        }
        let count = names.len();
        for (at, asked) in names.into_iter().enumerate() {
            let answer = asker.query(&asked, type_);
            let goes_on = answer.rcode == Rcode::NxDomain && at + 1 < count;
            if goes_on && !has(wishes, SHOWS) {
                continue;
            }
            if at > 0 && has(wishes, SHOWS) {
                printed.stdout += &wanted.head;
            }
            if has(wishes, SHORT) {
                let by = match has(wishes, IDENTIFY) {
                    true => format!(" from server {} in 1 ms.", asker.server),
                    false => String::new(),
                };
                let records = answer.answers.iter();
                printed
                    .stdout
                    .extend(records.map(|record| format!("{}{by}\n", record.data)));
            } else {
                printed.stdout += &full(&wanted, &asked, type_, &answer, asker);
                // A name that is too long to be completed is told of twice.
                if searches && asker.resolver.is_long(name) && answer.rcode == Rcode::NxDomain {
                    printed.stdout += &stats(&wanted, &asked, type_, &answer, asker);
                }
            }
            if !goes_on {
                break;
            }
        }
    }
    printed
}

const USAGE: &str = "Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n            {global-d-opt} host [@local-server] {local-d-opt}\n            [ host [@local-server] {local-d-opt} [...]]\n\nUse \"dig -h\" (or \"dig -h | more\") for complete list of options\n";

const fn has(wishes: u16, any: u16) -> bool {
    wishes & any != 0
}

/// The wishes after an option; `None` if there is none of that name. One that has a value changes nothing here.
fn wished(option: &str, wishes: u16) -> Option<u16> {
    const OTHERS: &[&str] = &[
        "adflag",
        "badcookie",
        "besteffort",
        "cdflag",
        "class",
        "cookie",
        "crypto",
        "dnssec",
        "fail",
        "ignore",
        "keepopen",
        "mapped",
        "multiline",
        "nsid",
        "nssearch",
        "onesoa",
        "opcode",
        "qr",
        "sigchase",
        "split",
        "trace",
        "ttlunits",
        "yaml",
    ];
    if option.contains('=') || OTHERS.contains(&option.strip_prefix("no").unwrap_or(option)) {
        return Some(wishes);
    }
    let of = |word: &str| {
        let found = OPTIONS.iter().find(|(known, _)| *known == word);
        found.map(|(_, wish)| *wish)
    };
    match of(option) {
        Some(wish) => Some(wishes | wish),
        None => Some(wishes & !of(option.strip_prefix("no")?)?),
    }
}

fn full(
    wanted: &Wanted,
    asked: &str,
    type_: RecordType,
    answer: &Answer,
    asker: &Asker<'_>,
) -> String {
    let wishes = wanted.wishes;
    let mut out = String::new();
    let comments = has(wishes, COMMENTS);
    if comments {
        out.push_str(";; Got answer:\n");
        if bare(asked).ends_with(".local") {
            out.push_str(";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n");
        }
        let aa = if answer.authoritative { " aa" } else { "" };
        let rd = if has(wishes, RECURSE) { " rd" } else { "" };
        out.push_str(&format!(
            ";; ->>HEADER<<- opcode: QUERY, status: {}, id: 31337\n;; flags: qr{aa}{rd}; QUERY: 1, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n",
            answer.rcode.as_str(),
            answer.answers.len(),
            answer.authority.len(),
            answer.additional.len() + usize::from(has(wishes, EDNS))
        ));
        if has(wishes, RECURSE) {
            out.push_str(";; WARNING: recursion requested but not available\n");
        }
        out.push('\n');
        if has(wishes, EDNS) {
            out.push_str(";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n");
        }
    }
    if has(wishes, QUESTION) {
        out.push_str(if comments {
            ";; QUESTION SECTION:\n;"
        } else {
            ";"
        });
        let mut column = asked.len();
        out.push_str(asked);
        advance(&mut out, &mut column, 32);
        put(&mut out, &mut column, "IN");
        advance(&mut out, &mut column, 40);
        out.push_str(type_.as_str());
        out.push_str(if comments { "\n\n" } else { "\n" });
    }
    for (title, records, part) in [
        ("ANSWER", &answer.answers, ANSWER),
        ("AUTHORITY", &answer.authority, AUTHORITY),
        ("ADDITIONAL", &answer.additional, ADDITIONAL),
    ] {
        if records.is_empty() || !has(wishes, part) {
            continue;
        }
        if comments {
            out.push_str(&format!(";; {title} SECTION:\n"));
        }
        out.extend(
            records
                .iter()
                .map(|record| line(record, has(wishes, TTLID))),
        );
        if comments {
            out.push('\n');
        }
    }
    out + &stats(wanted, asked, type_, answer, asker)
}

fn stats(
    wanted: &Wanted,
    asked: &str,
    type_: RecordType,
    answer: &Answer,
    asker: &Asker<'_>,
) -> String {
    let wishes = wanted.wishes;
    if !has(wishes, STATS) {
        return String::new();
    }
    let named = match wanted.server.as_str() {
        "" => asker.server,
        named => named,
    };
    let opt = if has(wishes, EDNS) { 11 } else { 0 };
    let records = answer
        .answers
        .iter()
        .chain(&answer.authority)
        .chain(&answer.additional);
    let size: usize = 12 + wire(asked) + 4 + opt + records.map(weight).sum::<usize>();
    let through = match has(wishes, TCP) || type_ == RecordType::ANY {
        true => "TCP",
        false => "UDP",
    };
    format!(
        ";; Query time: 1 msec\n;; SERVER: {}#53({named}) ({through})\n;; WHEN: {}\n;; MSG SIZE  rcvd: {size}\n\n",
        asker.server, asker.date
    )
}

fn put(out: &mut String, column: &mut usize, text: &str) {
    out.push_str(text);
    *column += text.len();
}

/// Goes to a column with tabs; from beyond it one step on.
fn advance(out: &mut String, column: &mut usize, to: usize) {
    if *column >= to {
        *column += 1;
        out.push(if column.is_multiple_of(8) { '\t' } else { ' ' });
        return;
    }
    while *column < to {
        out.push('\t');
        *column = (*column / 8 + 1) * 8;
    }
}

/// A record in its columns, which stand closer where it does not say how long it holds.
fn line(record: &Record, with_ttl: bool) -> String {
    let (mut out, mut column) = (String::new(), 0);
    put(&mut out, &mut column, &format!("{}.", bare(&record.name)));
    advance(&mut out, &mut column, 24);
    let mut next = 32;
    if with_ttl {
        put(&mut out, &mut column, &record.ttl.to_string());
        advance(&mut out, &mut column, next);
        next += 8;
    }
    put(&mut out, &mut column, "IN");
    advance(&mut out, &mut column, next);
    put(&mut out, &mut column, record.data.type_().as_str());
    advance(&mut out, &mut column, next + 8);
    out.push_str(&record.data.to_string());
    out.push('\n');
    out
}

/// Bytes of a name in a message; the server does not compress.
fn wire(name: &str) -> usize {
    match bare(name) {
        "" => 1,
        name => name.len() + 2,
    }
}

fn weight(record: &Record) -> usize {
    let shown = record.data.to_string();
    let data = match &record.data {
        Data::Soa { .. } => {
            let mut words = shown.split(' ');
            let mut next = || wire(words.next().unwrap_or_default());
            next() + next() + 20
        }
        data => match data.type_() {
            RecordType::A => 4,
            RecordType::AAAA => 16,
            RecordType::SRV => 6 + wire(shown.rsplit(' ').next().unwrap_or_default()),
            RecordType::TXT => shown.trim_matches('"').len() + 1,
            _ => wire(&shown),
        },
    };
    wire(&record.name) + 10 + data
}
