//! Look-alike characters: see `normalise`.

use super::marks::structural;
use super::{Mended, Subject, Tools};
use crate::normalise;
use crate::text::Text;

pub(crate) fn repair(tools: &Tools<'_>, text: &Text) -> Mended {
    let (fixed, found) = normalise::characters(text, &|name| tools.options.without.contains(name));
    let repairs: Vec<_> = found
        .iter()
        .filter_map(|kind| {
            let s = if kind.count == 1 { "" } else { "s" };
            let sentence = format!(
                "{} {}{s} replaced: a manifest knows only the plain character.",
                kind.count, kind.what
            );
            tools.text(kind.name, text.at(kind.row, kind.column), sentence)
        })
        .collect();
    (!repairs.is_empty()).then_some((fixed, repairs))
}

/// No-break spaces as indentation read well, as keys that begin with one; so do values in typographic quotes.
pub(crate) fn repair_object(subject: &Subject<'_>) -> Mended {
    let quoted = |(_, line): (usize, &str)| {
        let value = crate::lines::parts(line).value;
        let bare = value.trim_start_matches(['[', ' ']);
        bare.starts_with(['\u{201c}', '\u{201d}', '\u{2018}'])
            && value.ends_with(['\u{201d}', '\u{201c}', '\u{2019}', ']'])
    };
    if !subject
        .text
        .lines
        .iter()
        .any(|line| normalise::begins_oddly(&line.text))
        && !structural(subject.text).any(quoted)
    {
        return None;
    }
    repair(subject.tools, subject.text)
}
