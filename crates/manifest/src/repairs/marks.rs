//! Marks of the page that carried the manifest: callouts, ellipses, entities, forgotten blanks behind colons.

use ordinal_api::list::IntoList;
use ordinal_api::schema;

use super::{Mended, Subject, Tools};
use crate::lines::{opens_block_scalar, parts};
use crate::reading::Repair;
use crate::text::{Text, indent_of};

/// Rows that are not inside a block scalar.
pub(crate) fn structural(text: &Text) -> impl Iterator<Item = (usize, &str)> {
    let mut literal: Option<usize> = None;
    text.lines
        .iter()
        .enumerate()
        .filter_map(move |(row, line)| {
            let line = line.text.as_str();
            if line.trim().is_empty() {
                return None;
            }
            if literal.is_some_and(|column| indent_of(line) > column) {
                return None;
            }
            literal = None;
            if line.trim_start().starts_with('#') {
                return None;
            }
            let parts = parts(line);
            if opens_block_scalar(parts.value) {
                literal = Some(match parts.key {
                    Some(_) => parts.column,
                    None => parts.dashes.last().copied().unwrap_or(0),
                });
            }
            Some((row, line))
        })
}

/// `(1)`, `<1>` behind a value.
fn callout(line: &str) -> Option<(usize, u32)> {
    let trimmed = line.trim_end();
    let (open, close) = if trimmed.ends_with(')') {
        ('(', ')')
    } else {
        ('<', '>')
    };
    let inner = trimmed.strip_suffix(close)?;
    let at = inner.rfind(open)?;
    let number: u32 = inner[at + 1..]
        .parse()
        .ok()
        .filter(|number| (1..50).contains(number))?;
    let before = line[..at].trim_end();
    let before = before
        .strip_suffix(['#'])
        .or(before.strip_suffix("//"))
        .unwrap_or(before)
        .trim_end();
    (line[..at].ends_with(' ') && !before.is_empty()).then_some((before.len(), number))
}

pub(crate) fn callouts(tools: &Tools<'_>, text: &Text) -> Mended {
    let mut fixed = text.clone();
    let mut repairs: Vec<Repair> = Vec::new();
    for (row, line) in structural(text) {
        let Some((length, number)) = callout(line) else {
            continue;
        };
        let at = text.at(row, line[..length].chars().count() + 1);
        let sentence =
            format!("The callout {number} of the page stood behind the value and was taken off.");
        if let Some(repair) = tools.text("callout", at, sentence) {
            fixed.lines[row].text.truncate(length);
            repairs.push(repair);
        }
    }
    (!repairs.is_empty()).then_some((fixed, repairs))
}

/// `type: LoadBalancer (1)` reads well, and means nothing. Counted, callouts are not part of a value.
pub(crate) fn callouts_of(subject: &Subject<'_>) -> Mended {
    let numbers: Vec<u32> = structural(subject.text)
        .filter_map(|(_, line)| callout(line))
        .map(|found| found.1)
        .into_list();
    // The text may have begun to count in an object before.
    let counts = (numbers.first() == Some(&1) || numbers.len() > 1)
        && numbers
            .windows(2)
            .all(|pair| pair[1] == pair[0] + 1 || pair[1] == pair[0]);
    if counts {
        callouts(subject.tools, subject.text)
    } else {
        None
    }
}

/// Whether a line stands for lines that were left out.
fn is_ellipsis(line: &str) -> bool {
    let bare = line.trim().trim_start_matches("- ");
    matches!(
        bare,
        "..." | "…" | "[...]" | "{...}" | "<...>" | "(...)" | "-..."
    ) || parts(line).key.is_some()
        && matches!(parts(line).value, "..." | "…" | "[...]" | "{...}" | "<...>")
}

/// Whether a text has lines that stand for others.
pub(crate) fn has_ellipses(text: &Text) -> bool {
    structural(text).any(|(_, line)| is_ellipsis(line))
}

pub(crate) fn ellipses(tools: &Tools<'_>, text: &Text) -> Mended {
    let rows: Vec<usize> = structural(text)
        .filter(|(_, line)| is_ellipsis(line))
        .map(|(row, _)| row)
        .into_list();
    let mut fixed = text.clone();
    let mut repairs = Vec::new();
    for row in rows.into_iter().rev() {
        let sentence =
            "`...` stands for lines that were left out; it is no YAML and was removed.".to_owned();
        if let Some(repair) = tools.text(
            "ellipsis",
            text.at(row, indent_of(&text.lines[row].text)),
            sentence,
        ) {
            fixed.lines.remove(row);
            repairs.insert(0, repair);
        }
    }
    (!repairs.is_empty()).then_some((fixed, repairs))
}

/// `apiVersion:apps/v1`: the blank behind the colon of a known key.
pub(crate) fn colons(tools: &Tools<'_>, text: &Text) -> Mended {
    let mut fixed = text.clone();
    let mut repairs = Vec::new();
    for (row, line) in structural(text) {
        let body = line.trim_start_matches([' ', '-']);
        let start = line.len() - body.len();
        let Some((key, rest)) = body.split_once(':') else {
            continue;
        };
        let glued = rest.starts_with(|c: char| !c.is_whitespace() && c != ':' && c != '/');
        if !glued || !schema::is_field_name(key) {
            continue;
        }
        let colon = start + key.len() + 1;
        let sentence = format!("A blank was put behind the colon of `{key}`.");
        if let Some(repair) = tools.text("missing-blank", text.at(row, colon), sentence) {
            fixed.lines[row].text.insert(colon, ' ');
            repairs.push(repair);
        }
    }
    (!repairs.is_empty()).then_some((fixed, repairs))
}

/// Values that YAML cannot read as they stand: masked ones (`*****`), such as begin with `@`, and `\\$` in double quotes.
pub(crate) fn values(tools: &Tools<'_>, text: &Text) -> Mended {
    let mut fixed = text.clone();
    let mut repairs = Vec::new();
    for (row, line) in structural(text) {
        let value = parts(line).value;
        let masked = value.len() > 2 && value.bytes().all(|byte| byte == b'*');
        let escaped = value.contains('"') && value.contains("\\$");
        let Some(from) = line.find(value) else {
            continue;
        };
        let (better, why) = if masked || value.starts_with(['@', '`', '%']) {
            (
                format!("{value:?}"),
                "cannot stand without quotes and was put in them",
            )
        } else if escaped {
            (
                value.replace("\\$", "$"),
                "has a backslash that only the shell understands; it was taken out",
            )
        } else {
            continue;
        };
        let at = text.at(row, line[..from].chars().count());
        let sentence = format!("The value of this line {why}.");
        if let Some(repair) = tools.text("unreadable-value", at, sentence) {
            fixed.lines[row]
                .text
                .replace_range(from..from + value.len(), &better);
            repairs.push(repair);
        }
    }
    (!repairs.is_empty()).then_some((fixed, repairs))
}

/// `&lt;`, `&quot;` and the like, from a page's source.
pub(crate) fn entities(tools: &Tools<'_>, text: &Text) -> Mended {
    const ENTITIES: &[(&str, &str)] = &[
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("<br>", ""),
        ("<br/>", ""),
        ("&amp;", "&"),
    ];
    let mut fixed = text.clone();
    let mut repairs = Vec::new();
    for (row, line) in fixed.lines.iter_mut().enumerate() {
        let Some(first) = ENTITIES
            .iter()
            .filter_map(|entity| line.text.find(entity.0))
            .min()
        else {
            continue;
        };
        let sentence = "Character codes of a web page were replaced by the characters.".to_owned();
        if let Some(repair) = tools.text("html-entity", text.at(row, first), sentence) {
            for (code, character) in ENTITIES {
                line.text = line.text.replace(code, character);
            }
            repairs.push(repair);
        }
    }
    (!repairs.is_empty()).then_some((fixed, repairs))
}

/// The signs that Markdown marks text with, and that writers put a backslash before when a manifest has no fence.
const MARKDOWN: &[char] = &['_', '[', ']', '*', '#', '-', '<', '>', '{', '}'];

/// `\\[ "ReadWriteOnce" \\]`, `image: my\\_db`: the backslashes of Markdown text without a fence.
///
/// They read as part of a value, so one that no value begins with, or no name has, must show what they are.
pub(crate) fn escapes(tools: &Tools<'_>, text: &Text) -> Mended {
    let is_telling = |(_, line): (usize, &str)| {
        let parts = parts(line);
        let begins = parts.value.strip_prefix('\\');
        begins.is_some_and(|rest| rest.starts_with(MARKDOWN))
            || matches!(parts.key, Some("image" | "name" | "app")) && parts.value.contains("\\_")
    };
    if !structural(text).any(is_telling) {
        return None;
    }
    let mut fixed = text.clone();
    let mut repairs = Vec::new();
    for (row, line) in structural(text) {
        let mut plain = String::new();
        let mut quoted = false;
        let mut rest = line.chars().peekable();
        while let Some(c) = rest.next() {
            quoted ^= c == '"';
            let escape = c == '\\' && !quoted && rest.peek().is_some_and(|c| MARKDOWN.contains(c));
            plain.extend((!escape).then_some(c));
        }
        if plain == line {
            continue;
        }
        let first = line.find('\\').unwrap_or_default();
        let sentence = "Markdown needs this backslash, a manifest does not.".to_owned();
        if let Some(repair) = tools.text("markdown-escape", text.at(row, first), sentence) {
            fixed.lines[row].text = plain;
            repairs.push(repair);
        }
    }
    (!repairs.is_empty()).then_some((fixed, repairs))
}

/// The same in a text that reads.
pub(crate) fn escapes_of(subject: &Subject<'_>) -> Mended {
    escapes(subject.tools, subject.text)
}

/// The backslashes that an unquoted here-document needs and loses.
pub(crate) fn heredoc(tools: &Tools<'_>, text: &Text) -> Mended {
    let mut fixed = text.clone();
    let mut repairs = Vec::new();
    for (row, line) in text.lines.iter().enumerate() {
        let Some(first) = ["\\$", "\\`", "\\\\"]
            .iter()
            .filter_map(|code| line.text.find(code))
            .min()
        else {
            continue;
        };
        let sentence =
            "The shell takes this backslash away before kubectl reads the here-document."
                .to_owned();
        if let Some(repair) = tools.text("heredoc-escape", text.at(row, first), sentence) {
            let plain = line
                .text
                .replace("\\\\", "\u{1}")
                .replace("\\$", "$")
                .replace("\\`", "`")
                .replace('\u{1}', "\\");
            fixed.lines[row].text = plain;
            repairs.push(repair);
        }
    }
    (!repairs.is_empty()).then_some((fixed, repairs))
}
