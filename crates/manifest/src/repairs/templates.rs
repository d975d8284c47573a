//! Chart templates and other templates with braces.

use super::{Mended, Tools};
use crate::lines::parts;
use crate::reading::Position;
use crate::repairs::marks::structural;
use crate::text::Text;
use ordinal_api::list::IntoList;

/// What a template of a Helm chart is called.
pub(crate) const CHART: &str = "Helm chart template";

/// What kind of template a text is, and where that shows first.
pub(crate) fn is_template(text: &Text) -> Option<(&'static str, Position)> {
    let helm = |line: &str| {
        [
            ".Values",
            ".Release",
            ".Chart",
            "include ",
            "template \"",
            "toYaml",
            "nindent",
            "define ",
        ]
        .iter()
        .any(|sign| line.contains(sign))
    };
    let control = |line: &str| {
        let trimmed = line.trim_start();
        trimmed.starts_with("{{") || trimmed.starts_with("{%")
    };
    let found = structural(text).find(|(_, line)| {
        let braces = line.contains("{{") || line.contains("{%");
        braces && (helm(line) || control(line))
    });
    let (row, line) = found?;
    let column = line.find('{').unwrap_or(0);
    let jinja = structural(text).any(|(_, line)| line.contains("{%"));
    let what = if jinja { "Jinja template" } else { CHART };
    Some((what, text.at(row, column)))
}

/// `{{ name }}` standing for a whole value: the template's variable is read as a placeholder.
pub(crate) fn variables(tools: &Tools<'_>, text: &Text) -> Mended {
    if is_template(text).is_some() {
        return None;
    }
    let rows: Vec<usize> = structural(text).map(|(row, _)| row).into_list();
    let mut fixed = text.clone();
    let mut repairs = Vec::new();
    for row in rows {
        let line = &text.lines[row].text;
        let value = parts(line).value;
        if !value.starts_with("{{") {
            continue;
        }
        let mut plain = String::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}")?;
            plain.push_str(before);
            plain.push('<');
            plain.push_str(name.trim().trim_start_matches(['.', '$']));
            plain.push('>');
            rest = after;
        }
        plain.push_str(rest);
        let start = line.len() - line.trim_end().len();
        let at = line.rfind(value).unwrap_or(start);
        let sentence = format!(
            "`{value}` is a variable of a template and no value; it is read as the placeholder `{plain}`."
        );
        if let Some(repair) = tools.text(
            "template-variable",
            text.at(row, line[..at].chars().count()),
            sentence,
        ) {
            fixed.lines[row]
                .text
                .replace_range(at..at + value.len(), &plain);
            repairs.push(repair);
        }
    }
    (!repairs.is_empty()).then_some((fixed, repairs))
}
