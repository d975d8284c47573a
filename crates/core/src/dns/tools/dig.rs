//! `dig`: no completion of names unless it is asked for.

use super::{Asker, Printed, bare, reversed, type_of};
use crate::dns::{Answer, Data, Record, RecordType};

const VERSION: &str = "9.18.49-1~deb12u3-Debian";

#[derive(Default)]
struct Wishes {
    short: bool,
    search: bool,
    nothing: bool,
    answer: bool,
}

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let mut wishes = Wishes::default();
    let (mut type_, mut name) = (None, None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "+short" => wishes.short = true,
            "+search" => wishes.search = true,
            "+noall" => wishes.nothing = true,
            "+answer" => wishes.answer = true,
            "-x" => {
                type_ = Some(RecordType::PTR);
                name = rest.next().and_then(|address| reversed(address));
            }
            "-t" => type_ = rest.next().and_then(|word| type_of(word)),
            word if word.starts_with(['+', '-', '@']) => {}
            word => match type_of(word).filter(|_| type_.is_none() && !word.contains('.')) {
                Some(found) => type_ = Some(found),
                None => name = name.or(Some(word.to_owned())),
            },
        }
    }
    let type_ = type_.unwrap_or(RecordType::A);
    let name = name.unwrap_or_else(|| ".".to_owned());
    let (asked, answer) = if wishes.search {
        let (asked, answer, _) = asker.walk(&name, type_);
        (asked, answer)
    } else {
        let absolute = format!("{}.", bare(&name));
        let answer = asker.query(&absolute, type_);
        (absolute, answer)
    };
    let asked = format!("{}.", bare(&asked));
    let stdout = if wishes.short {
        answer
            .answers
            .iter()
            .map(|record| format!("{}\n", record.data))
            .collect()
    } else if wishes.nothing {
        if wishes.answer {
            answer.answers.iter().map(line).collect()
        } else {
            String::new()
        }
    } else {
        full(words, &asked, type_, &answer, asker)
    };
    Printed { stdout, exit: 0 }
}

fn full(
    words: &[&str],
    asked: &str,
    type_: RecordType,
    answer: &Answer,
    asker: &Asker<'_>,
) -> String {
    let mut out = format!(
        "\n; <<>> DiG {VERSION} <<>> {}\n;; global options: +cmd\n;; Got answer:\n",
        words.join(" ")
    );
    if bare(asked).ends_with(".local") {
        out.push_str(";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n");
    }
    let aa = if answer.authoritative { " aa" } else { "" };
    out.push_str(&format!(
        ";; ->>HEADER<<- opcode: QUERY, status: {}, id: 31337\n;; flags: qr{aa} rd; QUERY: 1, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n;; WARNING: recursion requested but not available\n\n",
        answer.rcode.as_str(),
        answer.answers.len(),
        answer.authority.len(),
        answer.additional.len() + 1
    ));
    out.push_str(
        ";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n;",
    );
    let mut column = asked.len();
    out.push_str(asked);
    advance(&mut out, &mut column, 32);
    put(&mut out, &mut column, "IN");
    advance(&mut out, &mut column, 40);
    out.push_str(type_.as_str());
    out.push_str("\n\n");
    for (title, records) in [
        ("ANSWER", &answer.answers),
        ("AUTHORITY", &answer.authority),
        ("ADDITIONAL", &answer.additional),
    ] {
        if !records.is_empty() {
            out.push_str(&format!(";; {title} SECTION:\n"));
            out.extend(records.iter().map(line));
            out.push('\n');
        }
    }
    let size = 12 + wire(asked) + 4 + 11;
    let records = answer
        .answers
        .iter()
        .chain(&answer.authority)
        .chain(&answer.additional);
    let size: usize = size + records.map(weight).sum::<usize>();
    out.push_str(&format!(
        ";; Query time: 1 msec\n;; SERVER: {0}#53({0}) (UDP)\n;; WHEN: {1}\n;; MSG SIZE  rcvd: {size}\n\n",
        asker.server, asker.date
    ));
    out
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

fn line(record: &Record) -> String {
    let (mut out, mut column) = (String::new(), 0);
    put(&mut out, &mut column, &format!("{}.", bare(&record.name)));
    advance(&mut out, &mut column, 24);
    put(&mut out, &mut column, &record.ttl.to_string());
    advance(&mut out, &mut column, 32);
    put(&mut out, &mut column, "IN");
    advance(&mut out, &mut column, 40);
    put(&mut out, &mut column, record.data.type_().as_str());
    advance(&mut out, &mut column, 48);
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
