//! Reading JSON trees by path: what is not there is empty.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

static NULL: Value = Value::Null;
static NONE: &[Value] = &[];

/// The value at a path such as `spec.template.spec`; `Null` if a step is not there.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.')
        .try_fold(value, |value, key| value.get(key))
        .unwrap_or(&NULL)
}

/// Whether something stands at a path.
pub(crate) fn has(value: &Value, path: &str) -> bool {
    !at(value, path).is_null()
}

/// The string at a path, or empty.
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

/// The number at a path, or 0.
pub(crate) fn number(value: &Value, path: &str) -> i64 {
    at(value, path).as_i64().unwrap_or_default()
}

/// The boolean at a path, or false.
pub(crate) fn flag(value: &Value, path: &str) -> bool {
    at(value, path).as_bool().unwrap_or_default()
}

/// The list at a path, or an empty one.
pub(crate) fn items<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).as_array().map_or(NONE, Vec::as_slice)
}

/// The entries of the map at a path, sorted by key.
pub(crate) fn entries<'a>(
    value: &'a Value,
    path: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    at(value, path).as_object().into_iter().flatten()
}

/// A string, number or boolean as it stands in a text; empty for `Null`.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `text`, or `<none>` where it is empty.
pub(crate) fn or_none(text: &str) -> String {
    or(text, "<none>")
}

/// `text`, or something else where it is empty.
pub(crate) fn or(text: &str, other: &str) -> String {
    if text.is_empty() { other } else { text }.to_owned()
}

/// `a=b,c=d`
pub(crate) fn pairs(value: &Value, path: &str) -> String {
    let pairs: Vec<String> = entries(value, path)
        .map(|(key, value)| format!("{key}={}", plain(value)))
        .into_list();
    pairs.join(",")
}

/// A label selector in one line: `app=web,env in (a,b),!x`. Models apimachinery `metav1.FormatLabelSelector`.
pub(crate) fn selector(value: &Value) -> String {
    if value.is_null() {
        return "<none>".to_owned();
    }
    let mut parts: Vec<(String, String)> = entries(value, "matchLabels")
        .map(|(key, value)| (key.clone(), format!("{key}={}", plain(value))))
        .into_list();
    for expression in items(value, "matchExpressions") {
        let key = text(expression, "key");
        let mut values: Vec<&str> = items(expression, "values")
            .iter()
            .filter_map(Value::as_str)
            .into_list();
        ordinal_api::sorted::sort(&mut values);
        let values = values.join(",");
        let part = match text(expression, "operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        };
        parts.push((key.to_owned(), part));
    }
    ordinal_api::sorted::sort_by(&mut parts, |a, b| a.0.cmp(&b.0));
    let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).into_list();
    or_none(&parts.join(","))
}

/// `True` or `False`, or that nothing is said. Models `printBoolPtr`.
pub(crate) fn flag_or_unset(value: &Value, path: &str) -> &'static str {
    match at(value, path).as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
}

/// Whom a workload selects; a ReplicationController does so by labels alone.
pub(crate) fn selector_of(object: &Value) -> String {
    match text(object, "kind") {
        "ReplicationController" => or_none(&pairs(object, "spec.selector")),
        _ => selector(at(object, "spec.selector")),
    }
}

/// `kind/name` of the managing owner, as the object names it.
pub(crate) fn controller(value: &Value) -> Option<&Value> {
    items(value, "metadata.ownerReferences")
        .iter()
        .find(|owner| flag(owner, "controller"))
}

/// The element of a list whose `key` is this.
pub(crate) fn named<'a>(list: &'a [Value], key: &str, name: &str) -> &'a Value {
    list.iter()
        .find(|item| text(item, key) == name)
        .unwrap_or(&NULL)
}
