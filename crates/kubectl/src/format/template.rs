//! `-o go-template`: as much of Go's text/template as is used with kubectl.
//!
//! Fields, `$`, variables, pipelines, `range`, `if`, `else`, `with`, `end`, and the functions `index`, `len`, `print`,
//! `println`, `printf`, `eq`, `ne`, `lt`, `gt`, `and`, `or`, `not`, `base64decode`, `exists`.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::columns::go_text;

/// A template, read.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<Node>);

#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Print(String),
    Block(Block),
}

#[derive(Clone, Debug)]
struct Block {
    word: &'static str,
    pipeline: String,
    body: Vec<Node>,
    other: Vec<Node>,
}

/// Reads a template.
///
/// # Errors
/// What is wrong with it, as Go says it.
pub(crate) fn parse(text: &str) -> Result<Template, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(start) = rest.find("{{") {
        let mut before = &rest[..start];
        line += before.matches('\n').count();
        let after = &rest[start + 2..];
        let (trim_left, after) = match after.strip_prefix("- ") {
            Some(after) => (true, after),
            None => (false, after),
        };
        if trim_left {
            before = before.trim_end();
        }
        if !before.is_empty() {
            tokens.push((false, before.to_owned()));
        }
        let Some(end) = closing(after) else {
            return Err(format!("template: output:{line}: unclosed action"));
        };
        let action = &after[..end];
        rest = &after[end + 2..];
        let action = match action.strip_suffix(" -") {
            Some(action) => {
                rest = rest.trim_start();
                action
            }
            None => action,
        };
        tokens.push((true, action.trim().to_owned()));
    }
    if !rest.is_empty() {
        tokens.push((false, rest.to_owned()));
    }
    let mut place = 0;
    let (nodes, end) = nodes(&tokens, &mut place, 0)?;
    match end {
        None => Ok(Template(nodes)),
        Some(word) => Err(format!("template: output:1: unexpected {{{{{word}}}}}")),
    }
}

/// Where an action ends: the first `}}` outside quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (place, letter) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if letter == '\\' => escaped = true,
            Some(end) if letter == end => quote = None,
            Some(_) => {}
            None if matches!(letter, '"' | '`') => quote = Some(letter),
            None if text[place..].starts_with("}}") => return Some(place),
            None => {}
        }
    }
    None
}

const BLOCKS: [&str; 3] = ["range", "if", "with"];

fn nodes(
    tokens: &[(bool, String)],
    place: &mut usize,
    depth: usize,
) -> Result<(Vec<Node>, Option<String>), String> {
    let mut nodes = Vec::new();
    while let Some((is_action, text)) = tokens.get(*place) {
        *place += 1;
        if !is_action {
            nodes.push(Node::Text(text.clone()));
            continue;
        }
        if text.starts_with("/*") {
            continue;
        }
        let (word, pipeline) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        if word == "end" || word == "else" {
            if depth == 0 {
                return Ok((nodes, Some(text.clone())));
            }
            return Ok((nodes, Some(text.clone())));
        }
        let Some(block) = BLOCKS.iter().find(|block| **block == word) else {
            known(text)?;
            nodes.push(Node::Print(text.clone()));
            continue;
        };
        if pipeline.trim().is_empty() {
            return Err(format!("template: output:1: missing value for {word}"));
        }
        known(pipeline)?;
        if depth > 50 {
            return Err("template: output:1: nested too deeply".to_owned());
        }
        let (body, end) = self::nodes(tokens, place, depth + 1)?;
        let mut other = Vec::new();
        let mut end = end;
        if let Some(text) = end.clone().filter(|text| text.starts_with("else")) {
            if let Some(condition) = text.strip_prefix("else if ") {
                let (inner, inner_end) = self::nodes(tokens, place, depth + 1)?;
                let mut last = Vec::new();
                end = inner_end;
                if end.as_deref() == Some("else") {
                    (last, end) = self::nodes(tokens, place, depth + 1)?;
                }
                other.push(Node::Block(Block {
                    word: "if",
                    pipeline: condition.to_owned(),
                    body: inner,
                    other: last,
                }));
            } else {
                (other, end) = self::nodes(tokens, place, depth + 1)?;
            }
        }
        if end.is_none() {
            return Err("template: output:1: unexpected EOF".to_owned());
        }
        nodes.push(Node::Block(Block {
            word: block,
            pipeline: pipeline.trim().to_owned(),
            body,
            other,
        }));
    }
    Ok((nodes, None))
}

const FUNCTIONS: [&str; 26] = [
    "and",
    "base64decode",
    "break",
    "call",
    "continue",
    "eq",
    "exists",
    "false",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "nil",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "true",
    "urlquery",
];

/// Whether the functions that a pipeline names are there.
fn known(pipeline: &str) -> Result<(), String> {
    let mut quote = None;
    let mut before = ' ';
    let mut name = String::new();
    for letter in pipeline.chars().chain([' ']) {
        let inside = letter.is_alphanumeric() || letter == '_';
        match quote {
            Some(end) if letter == end && before != '\\' => quote = None,
            Some(_) => {}
            None if matches!(letter, '"' | '`' | '\'') => quote = Some(letter),
            None if !name.is_empty() && inside => name.push(letter),
            None if letter.is_alphabetic()
                && !(before.is_alphanumeric() || matches!(before, '.' | '$' | '_')) =>
            {
                name.push(letter);
            }
            None if !name.is_empty() => {
                let function = std::mem::take(&mut name);
                if !FUNCTIONS.contains(&function.as_str()) {
                    return Err(format!(
                        "template: output:1: function \"{function}\" not defined"
                    ));
                }
            }
            None => {}
        }
        before = letter;
    }
    Ok(())
}

struct Scope<'a> {
    root: &'a Value,
    variables: Vec<(String, Value)>,
}

impl Template {
    /// The text that the template makes.
    ///
    /// # Errors
    /// What is wrong, as Go says it.
    pub(crate) fn print(&self, value: &Value) -> Result<String, String> {
        let mut out = String::new();
        let mut scope = Scope {
            root: value,
            variables: Vec::new(),
        };
        run(&self.0, value, &mut scope, &mut out)?;
        Ok(out)
    }
}

fn run(nodes: &[Node], dot: &Value, scope: &mut Scope<'_>, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Print(pipeline) => {
                if let Some((name, pipeline)) = assigned(pipeline) {
                    let value = evaluate(pipeline, dot, scope)?.unwrap_or_default();
                    scope.variables.push((name.to_owned(), value));
                } else {
                    match evaluate(pipeline, dot, scope)? {
                        Some(value) => out.push_str(&go_text(&value)),
                        None => out.push_str("<no value>"),
                    }
                }
            }
            Node::Block(block) => {
                let before = scope.variables.len();
                let (names, pipeline) = match assigned(&block.pipeline) {
                    Some((names, pipeline)) => (Some(names), pipeline),
                    None => (None, block.pipeline.as_str()),
                };
                let value = evaluate(pipeline, dot, scope)?.unwrap_or_default();
                match block.word {
                    "range" => {
                        let list: Vec<(Value, Value)> = match &value {
                            Value::Array(items) => items
                                .iter()
                                .enumerate()
                                .map(|(index, item)| (Value::from(index), item.clone()))
                                .collect(),
                            Value::Object(map) => map
                                .iter()
                                .map(|(k, v)| (Value::from(k.as_str()), v.clone()))
                                .collect(),
                            Value::Null => Vec::new(),
                            other => {
                                return Err(format!("range can't iterate over {}", go_text(other)));
                            }
                        };
                        if list.is_empty() {
                            run(&block.other, dot, scope, out)?;
                        }
                        for (index, item) in list {
                            if let Some(names) = names {
                                match names.split_once(',') {
                                    Some((first, second)) => {
                                        scope.variables.push((first.trim().to_owned(), index));
                                        scope
                                            .variables
                                            .push((second.trim().to_owned(), item.clone()));
                                    }
                                    None => scope.variables.push((names.to_owned(), item.clone())),
                                }
                            }
                            run(&block.body, &item, scope, out)?;
                            scope.variables.truncate(before);
                        }
                    }
                    word => {
                        if let Some(name) = names {
                            scope.variables.push((name.to_owned(), value.clone()));
                        }
                        if truth(&value) {
                            let inner = if word == "with" { &value } else { dot };
                            run(&block.body, inner, scope, out)?;
                        } else {
                            run(&block.other, dot, scope, out)?;
                        }
                        scope.variables.truncate(before);
                    }
                }
            }
        }
    }
    Ok(())
}

fn assigned(pipeline: &str) -> Option<(&str, &str)> {
    let (names, rest) = pipeline.split_once(":=")?;
    names
        .trim()
        .starts_with('$')
        .then(|| (names.trim(), rest.trim()))
}

fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_i64() != Some(0),
        Value::String(s) => !s.is_empty(),
        Value::Array(a) => !a.is_empty(),
        Value::Object(o) => !o.is_empty(),
    }
}

/// Words of a pipeline: quoted strings and brackets keep together.
fn words(text: &str, separator: char) -> Vec<String> {
    let (mut words, mut word, mut quote, mut depth) = (Vec::new(), String::new(), None, 0);
    let mut escaped = false;
    for letter in text.chars() {
        let is_separator = if separator == ' ' {
            letter.is_whitespace()
        } else {
            letter == separator
        };
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if letter == '\\' => escaped = true,
            Some(end) if letter == end => quote = None,
            Some(_) => {}
            None if matches!(letter, '"' | '`') => quote = Some(letter),
            None if letter == '(' => depth += 1,
            None if letter == ')' => depth -= 1,
            None if depth == 0 && is_separator => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            None => {}
        }
        word.push(letter);
    }
    if !word.trim().is_empty() {
        words.push(word);
    }
    words
}

fn evaluate(pipeline: &str, dot: &Value, scope: &Scope<'_>) -> Result<Option<Value>, String> {
    let mut value: Option<Value> = None;
    for (index, command) in words(pipeline, '|').iter().enumerate() {
        let piped = (index > 0).then(|| value.take().unwrap_or_default());
        value = self::command(command.trim(), piped, dot, scope)?;
    }
    Ok(value)
}

fn command(
    text: &str,
    piped: Option<Value>,
    dot: &Value,
    scope: &Scope<'_>,
) -> Result<Option<Value>, String> {
    let words = words(text, ' ');
    let Some((first, rest)) = words.split_first() else {
        return Ok(piped);
    };
    if !first.starts_with(|c: char| c.is_ascii_alphabetic())
        || matches!(&**first, "true" | "false" | "nil")
    {
        return operand(first, dot, scope);
    }
    let mut arguments = Vec::new();
    for word in rest {
        arguments.push(operand(word, dot, scope)?.unwrap_or_default());
    }
    arguments.extend(piped);
    function(first, &arguments)
}

fn operand(word: &str, dot: &Value, scope: &Scope<'_>) -> Result<Option<Value>, String> {
    if let Some(inner) = word.strip_prefix('(') {
        let end = inner.rfind(')').unwrap_or(inner.len());
        let value = evaluate(&inner[..end], dot, scope)?;
        let path = inner.get(end + 1..).unwrap_or_default();
        return Ok(value.and_then(|value| follow(&value, path).cloned()));
    }
    if word.starts_with('"') {
        return Ok(Some(serde_json::from_str(word).unwrap_or_default()));
    }
    if let Some(raw) = word.strip_prefix('`') {
        return Ok(Some(Value::from(raw.trim_end_matches('`'))));
    }
    if let Some(path) = word.strip_prefix('.') {
        return Ok(follow(dot, path).cloned());
    }
    if word.starts_with('$') {
        let (name, path) = word.split_once('.').unwrap_or((word, ""));
        if name == "$" {
            return Ok(follow(scope.root, path).cloned());
        }
        let found = scope.variables.iter().rev().find(|(n, _)| n == name);
        let Some((_, value)) = found else {
            return Err(format!("template: output:1: undefined variable \"{name}\""));
        };
        return Ok(follow(value, path).cloned());
    }
    Ok(match word {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "nil" => Some(Value::Null),
        number => number.parse::<i64>().ok().map(Value::from),
    })
}

fn follow<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.trim_start_matches('.')
        .split('.')
        .filter(|key| !key.is_empty())
        .try_fold(value, |value, key| value.get(key))
}

fn function(name: &str, arguments: &[Value]) -> Result<Option<Value>, String> {
    let text = |value: &Value| go_text(value);
    let all = |arguments: &[Value]| {
        let words: Vec<String> = arguments.iter().map(text).into_list();
        words.join(" ")
    };
    let order = || {
        arguments
            .first()
            .zip(arguments.get(1))
            .and_then(|(a, b)| super::jsonpath::compare(a, b))
    };
    Ok(Some(match name {
        "index" => {
            let Some((first, keys)) = arguments.split_first() else {
                return Ok(None);
            };
            let mut value = first;
            for key in keys {
                let next = match key {
                    Value::String(key) => value.get(key),
                    key => key
                        .as_u64()
                        .and_then(|n| value.get(usize::try_from(n).ok()?)),
                };
                match next {
                    Some(next) => value = next,
                    None => return Ok(None),
                }
            }
            value.clone()
        }
        "len" => Value::from(match arguments.first() {
            Some(Value::Array(items)) => items.len(),
            Some(Value::Object(map)) => map.len(),
            Some(Value::String(text)) => text.len(),
            _ => 0,
        }),
        "print" => Value::from(arguments.iter().map(text).collect::<String>()),
        "println" => Value::from(format!("{}\n", all(arguments))),
        "printf" => Value::from(printf(arguments)),
        "eq" => Value::Bool(
            arguments
                .split_first()
                .is_some_and(|(first, rest)| rest.contains(first)),
        ),
        "ne" => Value::Bool(arguments.first() != arguments.get(1)),
        "lt" => Value::Bool(order().is_some_and(std::cmp::Ordering::is_lt)),
        "le" => Value::Bool(order().is_some_and(std::cmp::Ordering::is_le)),
        "gt" => Value::Bool(order().is_some_and(std::cmp::Ordering::is_gt)),
        "ge" => Value::Bool(order().is_some_and(std::cmp::Ordering::is_ge)),
        "not" => Value::Bool(!arguments.first().is_some_and(truth)),
        "and" => arguments
            .iter()
            .find(|value| !truth(value))
            .or(arguments.last())
            .cloned()
            .unwrap_or_default(),
        "or" => arguments
            .iter()
            .find(|value| truth(value))
            .or(arguments.last())
            .cloned()
            .unwrap_or_default(),
        "exists" => Value::Bool(function("index", arguments)?.is_some()),
        "base64decode" => {
            let coded = arguments.first().map(text).unwrap_or_default();
            let bytes = crate::base64::decode(&coded).unwrap_or_default();
            Value::from(String::from_utf8_lossy(&bytes).into_owned())
        }
        other => {
            return Err(format!(
                "template: output:1: function \"{other}\" not defined"
            ));
        }
    }))
}

fn printf(arguments: &[Value]) -> String {
    let Some((format, rest)) = arguments.split_first() else {
        return String::new();
    };
    let format = go_text(format);
    let mut rest = rest.iter();
    let mut out = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let mut width = String::new();
        while let Some(c) = letters.next_if(|c| c.is_ascii_digit() || matches!(c, '-' | '.')) {
            width.push(c);
        }
        match letters.next() {
            Some('%') => out.push('%'),
            Some(verb) => {
                let value = rest.next().map_or_else(
                    || format!("%!{verb}(MISSING)"),
                    |v| {
                        if verb == 'q' {
                            v.to_string()
                        } else {
                            go_text(v)
                        }
                    },
                );
                let left = width.starts_with('-');
                let size: usize = width.trim_start_matches('-').parse().unwrap_or_default();
                let blanks = " ".repeat(size.min(500).saturating_sub(value.chars().count()));
                if left {
                    out.push_str(&value);
                    out.push_str(&blanks);
                } else {
                    out.push_str(&blanks);
                    out.push_str(&value);
                }
            }
            None => out.push_str("%!(NOVERB)"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_range_with_pipelines_is_printed() {
        let value = json!({"items": [{"n": "a"}, {"n": "b"}], "data": {"k": "aGk="}});
        let print = |text: &str| parse(text).and_then(|t| t.print(&value));
        assert_eq!(
            print("{{range .items}}{{.n}}{{\"\\n\"}}{{end}}").as_deref(),
            Ok("a\nb\n")
        );
        assert_eq!(print("{{.data.k | base64decode}}").as_deref(), Ok("hi"));
        assert_eq!(print("{{.none}}").as_deref(), Ok("<no value>"));
        assert_eq!(
            print("{{if .none}}x{{else}}y{{end}}{{len .items}}").as_deref(),
            Ok("y2")
        );
        assert_eq!(
            print("{{.x").expect_err("a fault"),
            "template: output:1: unclosed action"
        );
    }
}
