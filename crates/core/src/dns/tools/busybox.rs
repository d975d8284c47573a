//! `nslookup` of BusyBox since 1.29: a resolver of its own, which completes names without a dot only, and with every
//! suffix at once.

use super::{Asker, Printed, addresses, bare, is_alias};
use crate::dns::{Rcode, RecordType};

pub(super) fn run(words: &[&str], asker: &mut Asker<'_>) -> Printed {
    let Some(name) = words.iter().find(|word| !word.starts_with('-')) else {
        return Printed {
            exit: 1,
            ..Printed::default()
        };
    };
    let mut out = format!("Server:\t\t{0}\nAddress:\t{0}:53\n\n", asker.server);
    let names: Vec<String> = if name.contains('.') {
        vec![format!("{}.", bare(name))]
    } else {
        let names = super::search(asker.namespace, asker.domain, name);
        let completed = names.len().saturating_sub(1);
        names
            .iter()
            .take(completed)
            .map(ToString::to_string)
            .collect()
    };
    let mut failed = false;
    for type_ in [RecordType::A, RecordType::AAAA] {
        for name in &names {
            let answer = asker.query(name, type_);
            if answer.rcode != Rcode::NoError {
                failed = true;
                let why = answer.rcode.as_str();
                out.push_str(&format!("** server can't find {}: {why}\n\n", bare(name)));
                continue;
            }
            for record in answer
                .answers
                .iter()
                .filter(|record| is_alias(&record.data))
            {
                let (owner, data) = (bare(&record.name), record.data.to_string());
                out.push_str(&format!("{owner}\tcanonical name = {}\n", bare(&data)));
            }
            let found = addresses(&answer, type_);
            let owner = answer
                .answers
                .last()
                .map_or(name.as_str(), |record| &record.name);
            for address in found {
                out.push_str(&format!("Name:\t{}\nAddress: {address}\n", bare(owner)));
            }
            out.push('\n');
        }
    }
    Printed {
        stdout: out,
        exit: i32::from(failed),
    }
}
