//! What a tool printed against what was recorded, and what it asked.
//!
//! The order of records within a section does not count, nor that of the answers of BusyBox, which asks for everything
//! at once. Tokens hide how long an address is, which is what blanks beside it depend on; and when a tool was run, which
//! is what the seconds left of a kept answer depend on. Everything else is to the letter.

use crate::conform::tokens::Bindings;

/// How a text is laid out, which decides what is a record and what is not.
pub(super) struct Layout<'a> {
    /// The command.
    pub(super) words: &'a [&'a str],
    /// Whether the seconds of records count.
    pub(super) timed: bool,
    /// Whether a text has an address of which only a token is known.
    pub(super) hidden: &'a dyn Fn(&str) -> bool,
}

/// Compares two texts.
///
/// # Errors
/// Where they part.
pub(super) fn same(recorded: &str, printed: &str, layout: &Layout<'_>) -> Result<(), String> {
    let in_order = |text: &str| {
        let mut text = ordered(text, layout);
        text.push('\n');
        text
    };
    Bindings::default().same_text(&in_order(recorded), &in_order(printed))
}

/// The text with what has no order in one.
fn ordered(text: &str, layout: &Layout<'_>) -> String {
    let lines: Vec<String> = text.lines().map(|text| line(text, layout)).collect();
    if layout.words.first() != Some(&"busybox") {
        return in_sections(&lines, layout.words).join("\n");
    }
    let head = lines.len().min(3);
    let (head, rest) = lines.split_at(head);
    // An answer ends with an empty line; one without records is that line alone.
    let mut answers: Vec<String> = rest
        .split_inclusive(String::is_empty)
        .map(|answer| in_sections(answer, layout.words).join("\n"))
        .collect();
    answers.sort_unstable();
    [head.join("\n"), answers.join("\n")].join("\n")
}

/// Sorts what follows one another of the same kind of record.
fn in_sections(lines: &[String], words: &[&str]) -> Vec<String> {
    let mut items: Vec<(String, String)> = Vec::new();
    for line in lines {
        match items.last_mut() {
            // The address belongs to the name above it.
            Some((kind, name)) if kind == "Name:" && !name.contains('\n') => {
                *name = format!("{name}\n{line}");
            }
            _ => items.push((kind(line, words), line.clone())),
        }
    }
    let mut out = Vec::new();
    for run in items.chunk_by(|a, b| !a.0.is_empty() && a.0 == b.0) {
        let mut run: Vec<String> = run.iter().map(|(_, item)| item.clone()).collect();
        run.sort_unstable();
        out.extend(run);
    }
    out
}

/// The kind of record in a line; empty if there is none.
fn kind(line: &str, words: &[&str]) -> String {
    let cells: Vec<&str> = line.split_whitespace().collect();
    let known = [
        "\tservice = ",
        "\tname = ",
        " has address ",
        " has IPv6 address ",
        " has SRV record ",
        " domain name pointer ",
    ];
    if let Some(known) = known.iter().find(|known| line.contains(*known)) {
        return (*known).to_owned();
    }
    match *cells {
        ["Name:", _] => "Name:".to_owned(),
        [owner, _, "IN", type_, ..] if !owner.starts_with(';') => type_.to_owned(),
        [_, ..] if words.contains(&"+short") => "short".to_owned(),
        [_, ..] if words.first() == Some(&"getent") => "address".to_owned(),
        _ => String::new(),
    }
}

/// A line without the widths and the seconds that nobody can know.
fn line(text: &str, layout: &Layout<'_>) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let record = words.get(2) == Some(&"IN") && words[1].parse::<u32>().is_ok();
    let unknown = record && !layout.timed && !text.starts_with(';');
    if unknown {
        words[1] = "TTL";
    }
    match unknown || (layout.hidden)(text) {
        true => words.join(" "),
        false => text.to_owned(),
    }
}
