//! apiVersions that current releases do not serve any more.

use super::{Mended, Subject};
use crate::kinds::{Known, known};

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let Subject {
        tools,
        text,
        node,
        api_version,
        kind,
        ..
    } = subject;
    let Known::Moved(today) = known(api_version, kind) else {
        return None;
    };
    // Kinds that nothing here acts on are kept as they are.
    ordinal_api::schema::kind_type(today, kind)?;
    let value = node.get("apiVersion")?;
    let at = text.at(value.at.row, value.at.column);
    let mut sentence = format!("`{api_version}` is not served any more; {kind} is `{today}` now.");
    let mut fixed = (*text).clone();
    fixed.replace(value.at, value.end, today)?;
    // apps/v1beta1 replaced pods only when somebody deleted them.
    let old_default = *kind == "StatefulSet"
        && *api_version == "apps/v1beta1"
        && node.path(&["spec", "updateStrategy"]).is_none();
    if old_default
        && let Some((key, _)) = node.get("spec").and_then(|spec| spec.entry("template"))
        && crate::text::indent_of(&text.lines[key.at.row].text) == key.at.column
    {
        sentence.push_str(" Its old default `updateStrategy: OnDelete` is written down.");
        fixed.insert(
            key.at.row,
            key.at.column,
            &["updateStrategy:".to_owned(), "  type: OnDelete".to_owned()],
        );
    }
    Some((fixed, vec![tools.object("removed-version", at, sentence)?]))
}
