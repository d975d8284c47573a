//! Every number of the reference's lists is the name of a test here, or a line of the ledger with its reason.

use std::collections::BTreeSet;

use crate::ledger::NOT_PLAYED;

/// The lists, and how long they are.
const LISTS: [(char, u32); 7] = [
    ('c', 59),
    ('s', 25),
    ('p', 20),
    ('u', 25),
    ('i', 9),
    ('e', 33),
    ('a', 11),
];

const SOURCES: [&str; 13] = [
    include_str!("admission.rs"),
    include_str!("claiming.rs"),
    include_str!("cluster.rs"),
    include_str!("control.rs"),
    include_str!("integration.rs"),
    include_str!("names.rs"),
    include_str!("owners.rs"),
    include_str!("pods.rs"),
    include_str!("retention.rs"),
    include_str!("revisions.rs"),
    include_str!("rollouts.rs"),
    include_str!("syncs.rs"),
    include_str!("watching.rs"),
];

/// `c05` as list and number.
fn number(word: &str) -> Option<(char, u32)> {
    let list = word
        .chars()
        .next()
        .filter(|c| LISTS.iter().any(|(list, _)| list == c))?;
    let digits = word.get(1..).filter(|digits| digits.len() == 2)?;
    Some((list, digits.parse().ok()?))
}

/// The numbers at the beginning of a test's name: `c05_`, `u06_u07_`, `c24_to_c29_`.
fn numbers(name: &str) -> Vec<(char, u32)> {
    let mut found: Vec<(char, u32)> = Vec::new();
    let mut to = false;
    for word in name.split('_') {
        match number(word) {
            Some((list, last)) if to => {
                let first = found.last().map_or(last, |(_, first)| first + 1);
                found.extend((first..=last).map(|n| (list, n)));
                to = false;
            }
            Some(one) => found.push(one),
            None if word == "to" && !found.is_empty() => to = true,
            None => break,
        }
    }
    found
}

fn played() -> BTreeSet<(char, u32)> {
    let mut played = BTreeSet::new();
    for source in SOURCES {
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if line.trim() != "#[test]" {
                continue;
            }
            let name = lines.next().and_then(|line| line.strip_prefix("fn "));
            let name = name.and_then(|line| line.split('(').next());
            played.extend(numbers(name.unwrap_or_default()));
        }
    }
    played
}

#[test]
fn every_number_is_a_test_or_a_line_of_the_ledger_and_never_both() {
    let played = played();
    let left_out: BTreeSet<(char, u32)> =
        NOT_PLAYED.iter().filter_map(|(id, _)| number(id)).collect();
    assert_eq!(
        left_out.len(),
        NOT_PLAYED.len(),
        "each line is one of a list"
    );
    for (list, length) in LISTS {
        for n in 1..=length {
            let id = (list, n);
            assert!(
                played.contains(&id) != left_out.contains(&id),
                "{list}{n:02}: played {}, in the ledger {}",
                played.contains(&id),
                left_out.contains(&id)
            );
        }
    }
    assert_eq!(
        numbers("c24_to_c26_a_name"),
        [('c', 24), ('c', 25), ('c', 26)]
    );
    assert_eq!(numbers("u06_u07_a_pod"), [('u', 6), ('u', 7)]);
    assert_eq!(numbers("a_schedule_follows"), []);
}
