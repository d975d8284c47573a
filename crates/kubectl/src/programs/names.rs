//! `nslookup`, `dig`, `host`, `getent`: what a Pod's resolver asks, in the words of each tool.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, Text};
use ordinal_core::World;
use ordinal_core::dns::{Answer, Cache, Data, Query, Rcode, Record, RecordType, search};

use crate::Output;

/// A tool's question: who asks, through which cache.
pub(crate) struct Asker<'a> {
    pub(crate) world: &'a World,
    pub(crate) cache: &'a mut Cache,
    pub(crate) namespace: &'a str,
    /// Whether the server is reached at all.
    pub(crate) linked: bool,
}

/// The addresses of a name, each with the whole name.
pub(crate) fn addresses(
    world: &World,
    cache: &mut Cache,
    namespace: &str,
    name: &str,
) -> Vec<(String, String)> {
    for whole in search(namespace, &world.config.domain, name) {
        let answer = cache.ask(world, &Query::new(&whole, RecordType::A));
        let found: Vec<(String, String)> = pairs(&answer);
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn pairs(answer: &Answer) -> Vec<(String, String)> {
    let records = answer.answers.iter();
    records
        .filter_map(|record| match &record.data {
            Data::A(address) | Data::Aaaa(address) => {
                Some((bare(&record.name), address.to_string()))
            }
            _ => None,
        })
        .collect()
}

fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_owned()
}

/// The address of the cluster's DNS server.
pub(super) fn server(world: &World) -> Text {
    let service = world.store.find(Kind::Service, "kube-system", "kube-dns");
    let service = service.and_then(|o| o.as_service());
    service.map_or("10.96.0.10".into(), |s| s.cluster_ip.clone())
}

fn reversed(address: &str) -> String {
    let parts: Vec<&str> = address.split('.').rev().into_list();
    format!("{}.in-addr.arpa", parts.join("."))
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok()
}

fn timed_out() -> Output {
    Output {
        stdout: ";; connection timed out; no servers could be reached\n\n".to_owned(),
        exit: 1,
        ..Output::default()
    }
}

impl Asker<'_> {
    fn ask(&mut self, name: &str, type_: RecordType) -> Answer {
        self.cache.ask(self.world, &Query::new(name, type_))
    }

    /// `nslookup` of busybox before 1.29.
    pub(crate) fn nslookup_old(&mut self, name: &str) -> Output {
        let server = server(self.world);
        if !self.linked {
            return Output {
                stderr: format!(
                    "Server:    {server}\nAddress 1: {server}\n\nnslookup: can't resolve '{name}'\n"
                ),
                exit: 1,
                ..Output::default()
            };
        }
        let line = |asker: &mut Self, n: usize, address: &str| {
            let named = asker.ask(&format!("{}.", reversed(address)), RecordType::PTR);
            let named = named.answers.iter().find_map(|record| match &record.data {
                Data::Ptr(name) => Some(format!(" {}", bare(name))),
                _ => None,
            });
            let known = asker
                .world
                .store
                .find(Kind::Service, "kube-system", "kube-dns")
                .is_some();
            let named = named.unwrap_or(if address == server && !known {
                format!(" kube-dns.kube-system.svc.{}", asker.world.config.domain)
            } else {
                String::new()
            });
            format!("Address {n}: {address}{named}\n")
        };
        let mut output = Output::printed(format!("Server:    {server}\n"));
        let said = line(self, 1, &server);
        output.stdout += &said;
        output.stdout.push('\n');
        let found = if is_address(name) {
            vec![(name.to_owned(), name.to_owned())]
        } else {
            addresses(self.world, self.cache, self.namespace, name)
        };
        if found.is_empty() {
            output.warn(format!("nslookup: can't resolve '{name}'"));
            output.exit = 1;
            return output;
        }
        output.stdout += &format!("Name:      {name}\n");
        for (n, (_, address)) in found.iter().enumerate() {
            let said = line(self, n + 1, address);
            output.stdout += &said;
        }
        output
    }

    /// `nslookup` of busybox since 1.29: a name with a dot is asked for as it is, one without with every suffix.
    pub(crate) fn nslookup_new(&mut self, name: &str) -> Output {
        if !self.linked {
            return timed_out();
        }
        let server = server(self.world);
        let mut output = Output::printed(format!("Server:\t\t{server}\nAddress:\t{server}:53\n\n"));
        if is_address(name) {
            return self.reverse(name, output);
        }
        let domain = self.world.config.domain.clone();
        let names: Vec<Text> = if name.contains('.') {
            vec![name.into()]
        } else {
            let mut all = search(self.namespace, &domain, name);
            all.pop();
            all
        };
        let (mut replies, mut empty) = (String::new(), String::new());
        for name in names {
            for type_ in [RecordType::A, RecordType::AAAA] {
                let answer = self.ask(&name, type_);
                if answer.rcode != Rcode::NoError {
                    let said = format!(
                        "** server can't find {}: {}\n\n",
                        bare(&name),
                        answer.rcode.as_str()
                    );
                    empty += &said;
                    output.exit = 1;
                    continue;
                }
                for (name, address) in pairs(&answer) {
                    replies += &format!("Name:\t{name}\nAddress: {address}\n");
                }
                replies.push('\n');
            }
        }
        output.stdout += &replies;
        output.stdout += &empty;
        output
    }

    fn reverse(&mut self, address: &str, mut output: Output) -> Output {
        let name = reversed(address);
        let answer = self.ask(&format!("{name}."), RecordType::PTR);
        let found = answer
            .answers
            .iter()
            .filter_map(|record| match &record.data {
                Data::Ptr(target) => Some(format!("{name}\tname = {target}\n")),
                _ => None,
            });
        let found: String = found.collect();
        if found.is_empty() {
            output.stdout += &format!("** server can't find {name}: NXDOMAIN\n\n");
            output.exit = 1;
        } else {
            output.stdout += &found;
            output.stdout.push('\n');
        }
        output
    }

    /// `nslookup` of bind.
    pub(crate) fn nslookup(&mut self, words: &[&str]) -> Output {
        let wanted = words.iter().find_map(|word| {
            let word = word.strip_prefix('-')?;
            word.strip_prefix("type=")
                .or(word.strip_prefix("query="))
                .or(word.strip_prefix("q="))
        });
        let type_ = wanted.map_or(RecordType::A, RecordType::parse);
        let Some(name) = words.iter().find(|word| !word.starts_with('-')) else {
            return Output::default();
        };
        if !self.linked {
            return timed_out();
        }
        let server = server(self.world);
        let mut output = Output::printed(format!("Server:\t\t{server}\nAddress:\t{server}#53\n\n"));
        if is_address(name) {
            return self.reverse(name, output);
        }
        let (mut empty, mut last) = (false, (*name).to_owned());
        for whole in search(self.namespace, &self.world.config.domain, name) {
            let answer = self.ask(&whole, type_);
            last = bare(&whole);
            if answer.rcode != Rcode::NoError {
                continue;
            }
            let mut found = String::new();
            for record in &answer.answers {
                let name = bare(&record.name);
                found += &match &record.data {
                    Data::A(address) | Data::Aaaa(address) => {
                        format!("Name:\t{name}\nAddress: {address}\n")
                    }
                    Data::Cname(target) => format!("{name}\tcanonical name = {target}\n"),
                    Data::Srv {
                        priority,
                        weight,
                        port,
                        target,
                    } => {
                        format!("{name}\tservice = {priority} {weight} {port} {target}\n")
                    }
                    Data::Ptr(target) => format!("{name}\tname = {target}\n"),
                    Data::Txt(text) => format!("{name}\ttext = \"{text}\"\n"),
                    Data::Soa { .. } => continue,
                };
            }
            if found.is_empty() {
                empty = true;
                continue;
            }
            output.stdout += &found;
            output.stdout.push('\n');
            return output;
        }
        output.stdout += &match empty {
            true => format!("*** Can't find {name}: No answer\n\n"),
            false => format!("** server can't find {last}: NXDOMAIN\n\n"),
        };
        output.exit = 1;
        output
    }

    /// `dig [+short] [+search] [TYPE] NAME`, `dig -x ADDRESS`
    pub(crate) fn dig(&mut self, words: &[&str]) -> Output {
        let (mut name, mut type_, mut after_x) = (String::new(), RecordType::A, false);
        let flag = |wanted: &str| words.contains(&wanted);
        for word in words.iter().filter(|word| !word.starts_with(['+', '@'])) {
            match *word {
                "-x" => after_x = true,
                "-t" => {}
                address if after_x => {
                    (name, type_, after_x) = (reversed(address), RecordType::PTR, false);
                }
                word if RecordType::parse(word) != RecordType::Other => {
                    type_ = RecordType::parse(word)
                }
                word if word.starts_with('-') => {}
                word => name = word.to_owned(),
            }
        }
        if !self.linked {
            return timed_out();
        }
        let mut names = vec![Text::from(format!("{}.", bare(&name)))];
        if flag("+search") {
            names = search(self.namespace, &self.world.config.domain, &name);
        }
        let (mut asked, mut answer) = (names[0].clone(), Answer::default());
        for whole in names {
            answer = self.ask(&whole, type_);
            asked = whole;
            if answer.rcode == Rcode::NoError {
                break;
            }
        }
        if flag("+short") {
            let lines = answer
                .answers
                .iter()
                .map(|record| format!("{}\n", data(&record.data)));
            return Output::printed(lines.collect());
        }
        let server = server(self.world);
        let aa = if answer.authoritative { " aa" } else { "" };
        let mut text = format!(
            "\n; <<>> DiG 9.18.33 <<>> {}\n;; global options: +cmd\n;; Got answer:\n",
            words.join(" ")
        );
        if bare(&asked).ends_with(".local") {
            text += ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n";
        }
        text += &format!(
            ";; ->>HEADER<<- opcode: QUERY, status: {}, id: 31337\n;; flags: qr{aa} rd; QUERY: 1, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n;; WARNING: recursion requested but not available\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n",
            answer.rcode.as_str(),
            answer.answers.len(),
            answer.authority.len(),
            answer.additional.len() + 1
        );
        text += &columns(&format!(";{asked}"), "", type_.as_str(), "");
        for (title, records) in [
            ("ANSWER", &answer.answers),
            ("AUTHORITY", &answer.authority),
            ("ADDITIONAL", &answer.additional),
        ] {
            if !records.is_empty() {
                text += &format!("\n;; {title} SECTION:\n");
                text.extend(records.iter().map(line));
            }
        }
        let when = crate::clock::rfc1123(&self.world.now().to_rfc3339());
        let size = 40 + text.len() / 4;
        text += &format!(
            "\n;; Query time: 1 msec\n;; SERVER: {server}#53({server}) (UDP)\n;; WHEN: {when}\n;; MSG SIZE  rcvd: {size}\n\n"
        );
        Output::printed(text)
    }

    /// `host [-t TYPE] NAME`
    pub(crate) fn host(&mut self, words: &[&str]) -> Output {
        let (mut name, mut type_) = ("", RecordType::A);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "-t" => type_ = RecordType::parse(words.next().copied().unwrap_or_default()),
                word => name = word,
            }
        }
        if !self.linked {
            return timed_out();
        }
        let reverse = is_address(name);
        let asked = if reverse {
            format!("{}.", reversed(name))
        } else {
            name.to_owned()
        };
        let type_ = if reverse { RecordType::PTR } else { type_ };
        for whole in search(self.namespace, &self.world.config.domain, &asked) {
            let answer = self.ask(&whole, type_);
            if answer.answers.is_empty() {
                continue;
            }
            let lines = answer.answers.iter().map(|record| {
                let name = bare(&record.name);
                match &record.data {
                    Data::A(address) => format!("{name} has address {address}\n"),
                    Data::Aaaa(address) => format!("{name} has IPv6 address {address}\n"),
                    Data::Cname(target) => format!("{name} is an alias for {target}\n"),
                    Data::Ptr(target) => format!("{name} domain name pointer {target}\n"),
                    other => format!("{name} has {} record {}\n", type_.as_str(), data(other)),
                }
            });
            return Output::printed(lines.collect());
        }
        let name = bare(&asked);
        Output {
            stdout: format!("Host {name} not found: 3(NXDOMAIN)\n"),
            exit: 1,
            ..Output::default()
        }
    }

    /// `getent hosts NAME`
    pub(crate) fn getent(&mut self, name: &str) -> Output {
        let found = match self.linked {
            true => addresses(self.world, self.cache, self.namespace, name),
            false => Vec::new(),
        };
        let lines = found
            .iter()
            .map(|(name, address)| format!("{address:<15} {name}\n"));
        Output {
            stdout: lines.collect(),
            exit: if found.is_empty() { 2 } else { 0 },
            ..Output::default()
        }
    }
}

fn data(data: &Data) -> String {
    match data {
        Data::A(text) | Data::Aaaa(text) | Data::Cname(text) | Data::Ptr(text) => text.to_string(),
        Data::Srv {
            priority,
            weight,
            port,
            target,
        } => format!("{priority} {weight} {port} {target}"),
        Data::Txt(text) => format!("\"{text}\""),
        Data::Soa {
            mname,
            rname,
            serial,
            refresh,
            retry,
            expire,
            minimum,
        } => {
            format!("{mname} {rname} {serial} {refresh} {retry} {expire} {minimum}")
        }
    }
}

fn line(record: &Record) -> String {
    let type_ = match &record.data {
        Data::A(_) => "A",
        Data::Aaaa(_) => "AAAA",
        Data::Cname(_) => "CNAME",
        Data::Ptr(_) => "PTR",
        Data::Srv { .. } => "SRV",
        Data::Txt(_) => "TXT",
        Data::Soa { .. } => "SOA",
    };
    columns(
        &record.name,
        &record.ttl.to_string(),
        type_,
        &data(&record.data),
    )
}

/// Owner, seconds, class, type and data at the columns 24, 32, 40 and 48 of a terminal with stops every eight.
/// Models bind `lib/dns/masterdump.c` `indent`.
fn columns(owner: &str, ttl: &str, type_: &str, data: &str) -> String {
    let mut text = owner.to_owned();
    let mut column = owner.chars().count();
    for (stop, cell) in [(24, ttl), (32, "IN"), (40, type_), (48, data)] {
        if cell.is_empty() {
            continue;
        }
        if column >= stop {
            column += 1;
            text.push(if column.is_multiple_of(8) { '\t' } else { ' ' });
        }
        while column < stop {
            text.push('\t');
            column = (column / 8 + 1) * 8;
        }
        text += cell;
        column += cell.chars().count();
    }
    text.push('\n');
    text
}
