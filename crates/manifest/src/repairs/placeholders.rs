//! Words that stand for something the reader must choose: `<name>`, `__NAME__`, `@NAME@`, `${NAME}`, `RELEASE-NAME` where
//! a value is expected, and `NAME` where an object's name is.
//!
//! In commands, scripts and configuration the same signs are the shell's, and are left alone.

use ordinal_api::list::IntoList;
use ordinal_api::schema::Leaf;

use super::scalars::visit;
use super::{Mended, Subject};
use crate::node::{Data, Node};
use crate::order;
use crate::reading::{Options, Repair};
use crate::shape::Shape;

/// A placeholder in a text: from, to (bytes), and its name.
type Found = (usize, usize, String);

/// A text without placeholders, and what each of them was read as.
type Filled = (String, Vec<(String, String)>);

pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let mut fixed = subject.text.clone();
    let mut repairs: Vec<Repair> = Vec::new();
    let mut edits: Vec<(Node, Filled)> = Vec::new();
    let root = Shape::of_kind(subject.api_version, subject.kind);
    // No object has capitals in its name, so they stand for one.
    let own_name = subject.node.path(&["metadata", "name"]);
    let own_name = own_name
        .and_then(Node::text)
        .filter(|name| is_capitals(name));
    visit(subject.node, root, None, &mut |node, shape, key| {
        let name = key.map_or("", |key| key.name.as_str());
        let (Shape::Scalar(leaf), Data::String(text)) = (shape, &node.data) else {
            return !matches!(name, "command" | "args" | "annotations" | "stringData")
                && (name, subject.kind) != ("data", "ConfigMap");
        };
        if matches!(name, "command" | "args" | "value") || text.contains('\n') {
            return false;
        }
        let options = subject.tools.options;
        let in_capitals =
            (name == "namespace" && is_capitals(text)) || Some(text.as_str()) == own_name;
        let filled = if in_capitals {
            let value = options.values.get(text);
            let value = value.cloned().unwrap_or_else(|| sanitized(text));
            Some((value.clone(), vec![(text.clone(), value)]))
        } else {
            filled(text, leaf, name, options)
        };
        if let Some(filled) = filled {
            edits.push((node.clone(), filled));
        }
        false
    });
    // From the end, so that columns on one line stay right.
    order::by_key(&mut edits, |edit| std::cmp::Reverse(edit.0.at));
    for (node, (plain, used)) in edits {
        let number = plain.parse::<i64>().is_ok();
        let written = if number {
            plain.clone()
        } else {
            crate::emit::scalar(&plain)
        };
        let listed: Vec<String> = used
            .iter()
            .map(|(name, value)| format!("`{name}` as `{value}`"))
            .into_list();
        let sentence = format!(
            "A placeholder stands where a value is expected; it reads {}.",
            listed.join(", ")
        );
        let at = subject.text.at(node.at.row, node.at.column);
        if let Some(repair) = subject.tools.object("placeholder", at, sentence)
            && fixed.replace(node.at, node.end, &written).is_some()
        {
            repairs.insert(0, repair);
        }
    }
    (!repairs.is_empty()).then_some((fixed, repairs))
}

/// The text with a value for every placeholder in it.
fn filled(text: &str, leaf: Leaf, key: &str, options: &Options) -> Option<Filled> {
    let mut plain = String::new();
    let mut used = Vec::new();
    let mut rest = text;
    while let Some((from, to, name)) = find(rest) {
        plain.push_str(&rest[..from]);
        let whole = from == 0 && to == rest.len() && plain.is_empty();
        let value = options
            .values
            .get(&name)
            .cloned()
            .unwrap_or_else(|| choose(&name, leaf, key, whole, &rest[to..]));
        plain.push_str(&value);
        used.push((rest[from..to].to_owned(), value));
        rest = &rest[to..];
    }
    plain.push_str(rest);
    (!used.is_empty()).then_some((plain, used))
}

fn is_capitals(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

fn choose(name: &str, leaf: Leaf, key: &str, whole: bool, after: &str) -> String {
    let fixed = match key {
        "nodePort" => "30080",
        "port" | "containerPort" | "targetPort" => "8080",
        "imagePullPolicy" => "IfNotPresent",
        "accessModes" => "ReadWriteOnce",
        "protocol" => "TCP",
        "restartPolicy" => "Always",
        "clusterIP" => "None",
        "cpu" => "100m",
        _ => match leaf {
            Leaf::Int32 | Leaf::Int64 | Leaf::IntOrString => "1",
            Leaf::Quantity if whole => "1Gi",
            Leaf::Quantity => "1",
            Leaf::Bytes => "cGxhY2Vob2xkZXI=",
            Leaf::Bool => "true",
            _ if after.starts_with("Gi") || after.starts_with("Mi") => "1",
            _ => return sanitized(name),
        },
    };
    fixed.to_owned()
}

/// A name that the API server takes.
fn sanitized(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() {
        "placeholder".to_owned()
    } else {
        plain.to_owned()
    }
}

fn find(text: &str) -> Option<Found> {
    let delimited = |open: &str, close: &str| -> Option<Found> {
        let from = text.find(open)?;
        let inner = &text[from + open.len()..];
        let length = inner.find(close)?;
        let name = &inner[..length];
        let good = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| {
                c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.' | '/' | '|' | '\'')
            });
        good.then(|| {
            (
                from,
                from + open.len() + length + close.len(),
                name.to_owned(),
            )
        })
    };
    let bare = || -> Option<Found> {
        let from = text.find('$')?;
        let inner = &text[from + 1..];
        let length = inner
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(inner.len());
        (length > 1).then(|| (from, from + 1 + length, inner[..length].to_owned()))
    };
    // What `helm template` writes for a release without a name.
    let release = || {
        const NAME: &str = "RELEASE-NAME";
        let from = text.find(NAME)?;
        Some((from, from + NAME.len(), NAME.to_owned()))
    };
    [
        release(),
        delimited("${", "}"),
        delimited("<", ">"),
        delimited("__", "__"),
        delimited("@", "@").filter(|found| is_capitals(&found.2)),
        bare(),
    ]
    .into_iter()
    .flatten()
    .min_by_key(|found| found.0)
}

#[cfg(test)]
mod tests {
    use super::filled;
    use crate::reading::Options;
    use ordinal_api::schema::Leaf;

    #[test]
    fn placeholders_get_a_value_that_fits_their_field() {
        let text =
            |text: &str, leaf| filled(text, leaf, "name", &Options::default()).map(|found| found.0);
        assert_eq!(
            text("<your-name>", Leaf::String).as_deref(),
            Some("your-name")
        );
        assert_eq!(text("${REPLICAS}", Leaf::Int32).as_deref(), Some("1"));
        assert_eq!(text("${SIZE}Gi", Leaf::Quantity).as_deref(), Some("1Gi"));
        assert_eq!(
            text("repo/__APP_NAME__:v1", Leaf::String).as_deref(),
            Some("repo/app-name:v1")
        );
        assert_eq!(
            text("/mnt/@SET@", Leaf::String).as_deref(),
            Some("/mnt/set")
        );
        assert_eq!(
            text("RELEASE-NAME-db", Leaf::String).as_deref(),
            Some("release-name-db")
        );
        assert_eq!(text("me@home and you@work", Leaf::String), None);
        assert_eq!(text("plain", Leaf::String), None);
        assert_eq!(text("$(POD_NAME)", Leaf::String), None);
    }
}
