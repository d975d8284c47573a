//! Finds manifests in prose: where one begins, and where prose goes on.

use ordinal_api::schema;

use crate::flat;
use crate::lines::{Parts, is_identifier, opens_block_scalar, parts, split_key, without_comment};
use crate::normalise;
use crate::numbers::without_numbers;
use crate::text::{Line, Text, indent_of, is_separator};

/// A manifest found in a block.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub text: Text,
    /// It was the body of a here-document whose word is not quoted, so the shell takes one backslash away.
    pub heredoc: bool,
    /// Line numbers were taken off.
    pub numbered: bool,
    /// It follows another without `---` or prose between them.
    pub joined: bool,
}

pub(crate) fn cut(line: &Line, bytes: usize) -> Line {
    Line {
        text: line.text[bytes..].to_owned(),
        line: line.line,
        shift: line.shift + bytes as i32,
    }
}

/// Every manifest of a block, prose and commands left out. Where no `prose` is expected, every key belongs to the manifest.
pub(crate) fn segments(block: &Text, prose: bool) -> Vec<Segment> {
    let (text, numbered) = without_numbers(block);
    // Tabs and odd spaces count as blanks here; replacing them is a repair of its own.
    let (view, _) = normalise::characters(&text, &|name| {
        !matches!(name, "tab" | "no-break-space" | "zero-width-character")
    });
    let mut segments = Vec::new();
    let mut at = 0;
    let mut heredoc = false;
    let mut last_end = usize::MAX;
    while at < text.lines.len() {
        let line = view.lines[at].text.as_str();
        let Some(column) = start_of(&view.lines, at) else {
            let passes = is_idle(line) || is_separator(line);
            heredoc = opens_heredoc(line) || (heredoc && passes);
            at += 1;
            continue;
        };
        // Where something is glued to the first line, the second tells the column of the others.
        let glued = indent_of(line) != column;
        let second = view
            .lines
            .get(at + 1)
            .map_or(0, |next| indent_of(&next.text));
        let base = if glued { second } else { column };
        let end = end_of(&view.lines, at, base, glued, prose);
        let lines = (at..end).map(|row| match indent_of(&text.lines[row].text) {
            _ if row == at && view.lines[row].text == text.lines[row].text => {
                cut(&text.lines[row], column)
            }
            indent => cut(&text.lines[row], indent.min(base)),
        });
        let mut lines: Vec<Line> = lines.collect();
        if let Some(last) = lines.last_mut() {
            let tag = |text: &str| {
                let text = text.trim_end();
                let bare = text.strip_suffix("</pre>").or(text.strip_suffix("</code>"));
                bare.map(str::len)
            };
            while let Some(length) = tag(&last.text) {
                last.text.truncate(length);
            }
        }
        let between = view.lines.get(last_end..at);
        let joined = between.is_some_and(|lines| lines.iter().all(|line| is_idle(&line.text)));
        let text = Text {
            lines,
            open_end: false,
        };
        segments.push(Segment {
            text,
            heredoc,
            numbered,
            joined,
        });
        (at, last_end) = (end, end);
    }
    segments
}

/// Nothing, or a comment.
fn is_idle(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// `cat <<EOF | kubectl apply -f -` and its relatives, unless the word is quoted.
fn opens_heredoc(line: &str) -> bool {
    line.split_once("<<").is_some_and(|(before, word)| {
        let word = word.strip_prefix('-').unwrap_or(word).trim_start();
        before.contains(' ') && word.starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

/// The column (in bytes) at which a manifest starts in this line.
fn start_of(lines: &[Line], at: usize) -> Option<usize> {
    let line = &lines[at].text;
    let column = indent_of(line);
    if opens_manifest(&line[column..]) {
        let partner = if line[column..].starts_with("kind") {
            "apiVersion"
        } else {
            "kind"
        };
        return (has_partner(lines, at, column, partner) || flat::is_flat(line)).then_some(column);
    }
    // A sentence or a file name glued to the first line.
    let inside = line.find("apiVersion:")?;
    let glued = flat::is_flat(line)
        || lines
            .get(at + 1)
            .is_some_and(|next| next.text.trim_start().starts_with("kind:"));
    let before = line[..inside].trim();
    let named =
        before == "---" || !before.contains(['"', '\'', '`', '{']) && !before.ends_with([':', '-']);
    (glued && named).then_some(inside)
}

pub(crate) fn opens_manifest(text: &str) -> bool {
    ["apiVersion:", "kind:", "\"apiVersion\":", "\"kind\":"]
        .iter()
        .any(|key| {
            text.strip_prefix(key).is_some_and(|rest| {
                rest.trim_start()
                    .starts_with(|c: char| c.is_alphanumeric() || c == '"' || c == '\'' || c == '{')
            })
        })
        || text.starts_with("{\"apiVersion\"")
        || text.starts_with("{\"kind\"")
}

/// `kind` follows `apiVersion` (or the other way round) among the next lines, before another of the first.
fn has_partner(lines: &[Line], at: usize, column: usize, partner: &str) -> bool {
    let own = if partner == "kind" {
        "apiVersion"
    } else {
        "kind"
    };
    lines[at..]
        .iter()
        .enumerate()
        .take(400)
        .find_map(|(row, line)| {
            let text = line.text.trim_start_matches(' ');
            let near = indent_of(&line.text) <= column + 2;
            if near && text.starts_with(partner) && text[partner.len()..].starts_with(':') {
                return Some(true);
            }
            let again = row > 0
                && indent_of(&line.text) == column
                && text.starts_with(own)
                && text[own.len()..].starts_with(':');
            (again || is_separator(&line.text)).then_some(false)
        })
        == Some(true)
}

/// The line behind the last one of a manifest that starts here.
fn end_of(lines: &[Line], start: usize, column: usize, glued: bool, prose: bool) -> usize {
    let kind = lines[start..].iter().take(400).find_map(|line| {
        let rest = line.text.trim_start().strip_prefix("kind:")?;
        Some(without_comment(rest).trim().trim_matches('"').to_owned())
    });
    let modelled = kind.as_deref().and_then(schema::served_version).is_some();
    let flat = flat::is_flat(&lines[start].text);
    let gone = !flat && is_gone(&lines[start..], column);
    let mut seen: Vec<String> = Vec::new();
    seen.extend(glued.then(|| "apiVersion".to_owned()));
    let mut free = false;
    let mut literal: Option<usize> = None;
    let mut end = start;
    for (row, line) in lines.iter().enumerate().skip(start) {
        let text = line.text.as_str();
        let indent = indent_of(text);
        let trimmed = text.trim();
        if trimmed.is_empty() || (indent <= column && trimmed.starts_with('#')) {
            continue;
        }
        if row > start && is_separator(text) {
            break;
        }
        let parts = parts(text);
        if let Some(opened) = literal {
            if indent > opened || (gone && !ends_literal(&parts)) {
                end = row;
                continue;
            }
            literal = None;
        }
        if opens_block_scalar(parts.value) {
            literal = Some(parts.column);
        }
        if row == start || indent > column {
            end = row;
            if let Some(key) = parts.key.filter(|_| indent == column) {
                seen.push(key.to_owned());
            }
            continue;
        }
        // Only lines at the first column (or left of it) are left to judge.
        let key = parts.key.or_else(|| glued_key(trimmed));
        let again = key.is_some_and(|key| {
            matches!(key, "apiVersion" | "kind")
                && parts.dashes.is_empty()
                && seen.iter().any(|known| known == key)
                && (!(gone || flat) || begins_again(lines, row, key))
        });
        let belongs = match key {
            _ if trimmed == "..." || trimmed == "…" => row + 1 < lines.len(),
            Some(key) if parts.dashes.is_empty() => {
                !again
                    && (!prose
                        || belongs_at_top(key, modelled)
                        || ((gone || flat) && free && split_key(trimmed).is_some()))
            }
            Some(key) => gone || flat || schema::is_field_name(key),
            None if parts.dashes.is_empty() => gone && row == end + 1 && continues(&lines[row..]),
            // An item of the page's own list, left of an indented manifest.
            None if prose && indent < column => false,
            None => !parts.value.contains(". "),
        };
        if !belongs || (flat && row > start && again) {
            break;
        }
        free = parts.value.is_empty() && key.is_some_and(is_free_map)
            || (free
                && (!parts.value.is_empty() || key.is_none_or(|key| !schema::is_field_name(key))));
        if let Some(key) = key.filter(|_| !gone || matches!(key, Some("apiVersion" | "kind"))) {
            seen.push(key.to_owned());
        }
        end = row;
    }
    end + 1
}

/// Whether this `apiVersion` or `kind` has its partner next to it: a reference to an object has only one of the two there.
fn begins_again(lines: &[Line], row: usize, key: &str) -> bool {
    let partner = if key == "kind" { "apiVersion" } else { "kind" };
    let next = lines[row + 1..].iter().find(|line| !is_idle(&line.text));
    next.is_some_and(|line| parts(&line.text).key == Some(partner))
}

/// Without indentation a block scalar ends at the next field, or where another one begins.
pub(crate) fn ends_literal(parts: &Parts<'_>) -> bool {
    parts
        .key
        .is_some_and(|key| schema::is_field_name(key) || opens_block_scalar(parts.value))
}

/// Whether the manifest goes on behind a line that is only words: a value over several lines.
fn continues(lines: &[Line]) -> bool {
    let near = lines
        .iter()
        .skip(1)
        .take(8)
        .take_while(|line| !line.text.trim().is_empty());
    near.map(|line| parts(&line.text)).any(|parts| {
        !parts.dashes.is_empty() && !parts.value.contains(". ")
            || parts.key.is_some_and(schema::is_field_name)
    })
}

/// `apiVersion:apps/v1`, the blank forgotten.
fn glued_key(text: &str) -> Option<&str> {
    let (key, _) = text.split_once(':')?;
    matches!(key, "apiVersion" | "kind" | "metadata" | "spec").then_some(key)
}

fn belongs_at_top(key: &str, modelled: bool) -> bool {
    schema::is_field_name(key)
        || (!modelled && is_identifier(key) && key.starts_with(|c: char| c.is_ascii_lowercase()))
}

fn is_free_map(key: &str) -> bool {
    matches!(
        key,
        "labels"
            | "annotations"
            | "matchLabels"
            | "nodeSelector"
            | "selector"
            | "data"
            | "stringData"
            | "requests"
            | "limits"
            | "capacity"
            | "parameters"
            | "hard"
    )
}

/// Whether the indentation is gone: what must be inside `metadata` stands in its column.
fn is_gone(lines: &[Line], column: usize) -> bool {
    let mut waiting = false;
    for line in lines.iter().take(60) {
        let trimmed = line.text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indent = indent_of(&line.text);
        if waiting && indent <= column {
            return trimmed.starts_with("name:")
                || trimmed.starts_with("labels:")
                || trimmed.starts_with("namespace:")
                || trimmed.starts_with("annotations:");
        }
        waiting = without_comment(trimmed).trim() == "metadata:" && indent <= column;
        if is_separator(&line.text) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::segments;
    use crate::text::Text;

    fn found(text: &str) -> Vec<String> {
        segments(&Text::of(text), true)
            .iter()
            .map(|segment| segment.text.joined())
            .collect()
    }

    const DISK: &str = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: disk\nspec:\n  accessModes:\n  - ReadWriteOnce\n";

    #[test]
    fn a_manifest_ends_where_prose_begins() {
        let text = format!(
            "The file disk.yaml:\n\n{DISK}\nNow apply it:\n\n$ kubectl apply -f disk.yaml\nNAME  STATUS\n"
        );
        assert_eq!(found(&text), [DISK]);
    }

    #[test]
    fn a_second_api_version_begins_a_second_manifest() {
        assert_eq!(found(&format!("{DISK}{DISK}")), [DISK, DISK]);
    }

    #[test]
    fn wrappers_of_the_shell_are_left_out() {
        let text = format!("cat <<EOF | kubectl apply -f -\n{DISK}EOF\n");
        assert_eq!(found(&text), [DISK]);
        assert!(segments(&Text::of(&text), true)[0].heredoc);
        let text = format!("vim disk.yaml\n####\n{DISK}####\nkubectl apply -f disk.yaml\n");
        assert_eq!(found(&text), [DISK]);
    }

    #[test]
    fn an_item_of_the_page_s_own_list_ends_an_indented_manifest() {
        let indented: String = DISK.lines().map(|line| format!("   {line}\n")).collect();
        let text = format!("- The claim\n\n{indented}\n- Look at it\n\n  kubectl get pvc\n");
        assert_eq!(found(&text), [DISK]);
    }

    #[test]
    fn tags_of_a_page_around_a_manifest_are_left_out() {
        let text = format!("<pre><code>{}</code></pre>\n", DISK.trim_end());
        assert_eq!(found(&text), [DISK]);
    }

    #[test]
    fn line_numbers_are_taken_off() {
        let numbered: String = DISK
            .lines()
            .zip(1..)
            .map(|(line, number)| format!("{number:>2}. {line}\n"))
            .collect();
        assert_eq!(found(&numbered), [DISK]);
    }
}
