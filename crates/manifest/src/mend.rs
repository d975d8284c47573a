//! From damaged text to readable documents, one repair after another until it reads.

use crate::kinds::{self, Known};
use crate::lines::parts;
use crate::node::{Key, Node};
use crate::normalise;
use crate::order;
use crate::reading::{Options, Repair, Unmodelled};
use crate::repairs::{self, Subject, Tools, marks};
use crate::text::{Line, Text};
use crate::yaml::{self, Fault};
use ordinal_api::list::IntoList;

/// A document that can be read.
pub(crate) struct Draft {
    pub text: Text,
    pub node: Node,
    pub duplicates: Vec<Key>,
    pub repairs: Vec<Repair>,
    /// Lines were left out of it (`...`).
    pub abridged: bool,
    /// It stood among prose.
    pub from_prose: bool,
}

/// All documents of a text, if every one of them can be read. Empty ones are left out.
///
/// Of a large object that nothing here acts on, such as a custom resource's definition, only the name is read, unless the
/// reading is strict.
pub(crate) fn read_all(text: &Text, options: &Options) -> Result<Vec<Draft>, (Fault, Text)> {
    let mut drafts = Vec::new();
    for document in text.documents() {
        let joined = document.joined();
        let head = if joined.len() > KEPT_BYTES && !options.strict {
            head(&document)
        } else {
            None
        };
        match yaml::parse(head.as_ref().unwrap_or(&joined), &options.limits) {
            Err(fault) => return Err((fault, document)),
            Ok(parsed) => drafts.extend(parsed.node.map(|node| Draft {
                text: document,
                node,
                duplicates: parsed.duplicates,
                repairs: Vec::new(),
                abridged: false,
                from_prose: false,
            })),
        }
    }
    Ok(drafts)
}

/// How much of an unmodelled object is worth keeping as a value.
pub(crate) const KEPT_BYTES: usize = 16 << 10;

/// apiVersion, kind and name of an object that nothing here acts on.
fn head(text: &Text) -> Option<String> {
    let line = |start: &str| text.lines.iter().find(|line| line.text.starts_with(start));
    let (version, kind) = (line("apiVersion:")?, line("kind:")?);
    let value = |line: &Line| parts(&line.text).value.trim_matches(['"', '\'']).to_owned();
    if !is_foreign(&value(version), &value(kind))
        && kinds::known(&value(version), &value(kind)) != Known::Unknown
    {
        return None;
    }
    let name = text
        .lines
        .iter()
        .find(|line| line.text.starts_with("  name:"))?;
    Some(format!(
        "{}\n{}\nmetadata:\n{}\n",
        version.text, kind.text, name.text
    ))
}

/// Of a kind that exists, or existed, and that nothing here acts on.
fn is_foreign(api_version: &str, kind: &str) -> bool {
    match kinds::known(api_version, kind) {
        Known::Served | Known::Gone => true,
        Known::Moved(today) => ordinal_api::schema::kind_type(today, kind).is_none(),
        _ => false,
    }
}

/// Repairs a text until it reads.
pub(crate) fn mend(tools: &Tools<'_>, text: &Text) -> Result<Vec<Draft>, (Fault, Text)> {
    let limits = &tools.options.limits;
    let abridged = marks::has_ellipses(text);
    let first = match read_all(text, tools.options) {
        Ok(drafts) if !abridged && is_clean(&drafts) => return Ok(drafts),
        Ok(_) => None,
        Err(fault) => Some(fault),
    };
    let mut fixed = text.clone();
    let mut repairs: Vec<Repair> = Vec::new();
    for step in repairs::TEXT {
        if !(repairs.is_empty() && abridged)
            && let Ok(mut drafts) = read_all(&fixed, tools.options)
            && is_clean(&drafts)
        {
            finish(&mut drafts, repairs, abridged);
            return Ok(drafts);
        }
        if repairs.len() < limits.repairs
            && let Some((better, made)) = step(tools, &fixed)
        {
            fixed = better;
            repairs.extend(made);
        }
    }
    match (read_all(&fixed, tools.options), first) {
        (Ok(mut drafts), _) => {
            finish(&mut drafts, repairs, abridged);
            Ok(drafts)
        }
        (Err(_), Some(fault)) | (Err(fault), None) => Err(fault),
    }
}

fn finish(drafts: &mut [Draft], mut repairs: Vec<Repair>, abridged: bool) {
    for draft in drafts.iter_mut() {
        draft.abridged = abridged;
    }
    order::by_key(&mut repairs, |repair| repair.at);
    if let Some(first) = drafts.first_mut() {
        first.repairs = repairs;
    }
}

/// Reads, and means something: objects, each with a kind.
pub(crate) fn is_clean(drafts: &[Draft]) -> bool {
    drafts.iter().all(|draft| {
        is_object(&draft.node) && !is_joined(&draft.duplicates) && !is_disguised(&draft.text)
    })
}

/// Reads by accident: what must be inside `metadata` stands beside it, or keys begin with a no-break space.
fn is_disguised(text: &Text) -> bool {
    crate::repairs::indentation::is_gone(text)
        || text
            .lines
            .iter()
            .any(|line| normalise::begins_oddly(&line.text))
}

/// Has an apiVersion and a kind.
pub(crate) fn is_object(node: &Node) -> bool {
    let named = |name| {
        node.get(name)
            .and_then(Node::text)
            .is_some_and(|text| !text.is_empty())
    };
    named("apiVersion") && named("kind")
}

/// Two documents without `---` between them read as one with two kinds.
fn is_joined(duplicates: &[Key]) -> bool {
    duplicates
        .iter()
        .any(|key| key.at.column == 0 && matches!(key.name.as_str(), "apiVersion" | "kind"))
}

/// A text that cannot be read, of a kind that nothing here acts on: its name is enough.
pub(crate) fn unmodelled(text: &Text) -> Option<Unmodelled> {
    let joined = text
        .lines
        .iter()
        .map(|line| line.text.as_str())
        .into_list()
        .join(" ");
    let word = |key: &str| {
        let (_, rest) = joined.split_once(key)?;
        rest.split_whitespace()
            .next()
            .map(|word| word.trim_matches(['"', '\'']).to_owned())
    };
    let (api_version, kind) = (word("apiVersion:")?, word("kind:")?);
    is_foreign(&api_version, &kind).then(|| Unmodelled {
        api_version,
        kind,
        name: word("name:").unwrap_or_default(),
        at: text.at(0, 0),
        value: None,
    })
}

/// A key that stands twice, where indentation that lies may be why.
pub(crate) fn mend_duplicates(tools: &Tools<'_>, draft: &mut Draft) {
    let Some((text, repairs)) = repairs::indentation::rebuild(tools, &draft.text) else {
        return;
    };
    let Ok(parsed) = yaml::parse(&text.joined(), &tools.options.limits) else {
        return;
    };
    if let Some(node) = parsed.node.filter(is_object)
        && parsed.duplicates.is_empty()
    {
        draft.text = text;
        draft.node = node;
        draft.duplicates = Vec::new();
        draft.repairs.extend(repairs);
    }
}

/// Repairs an object until the API server would take it, or nothing helps any more.
pub(crate) fn mend_object(tools: &Tools<'_>, draft: &mut Draft) {
    let limits = &tools.options.limits;
    let mut again = true;
    while again && draft.repairs.len() < limits.repairs {
        again = false;
        for step in repairs::OBJECT {
            let field = |name| {
                draft
                    .node
                    .get(name)
                    .and_then(Node::text)
                    .unwrap_or_default()
            };
            let (api_version, kind) = (field("apiVersion").to_owned(), field("kind").to_owned());
            let subject = Subject {
                tools,
                text: &draft.text,
                node: &draft.node,
                api_version: &api_version,
                kind: &kind,
            };
            let Some((text, made)) = step(&subject) else {
                continue;
            };
            // A repair that was made before on this line goes in circles.
            let circles = made.iter().any(|repair| {
                draft
                    .repairs
                    .iter()
                    .any(|known| known.id == repair.id && known.sentence == repair.sentence)
            });
            if made.is_empty() || circles {
                continue;
            }
            let Ok(parsed) = yaml::parse(&text.joined(), limits) else {
                continue;
            };
            let Some(node) = parsed.node.filter(is_object) else {
                continue;
            };
            draft.text = text;
            draft.node = node;
            draft.duplicates = parsed.duplicates;
            draft.repairs.extend(made);
            again = true;
        }
    }
}
