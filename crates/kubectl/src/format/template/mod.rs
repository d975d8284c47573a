//! `-o go-template`: as much of Go's text/template as is used with kubectl.
//!
//! Fields, `$`, variables, pipelines, `range`, `break`, `continue`, `if`, `else`, `with`, `define`, `template`, `block`,
//! `end`, and `functions`. `read`: a text to its nodes.

mod functions;
mod read;
mod words;

use ordinal_api::Value;
use ordinal_api::go;
use ordinal_api::sorted::SortedMap;

use self::functions::function;
pub(crate) use self::read::parse;
use self::words::words;

/// A template, read.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    nodes: Vec<Node>,
    /// What `define` and `block` name.
    named: SortedMap<String, Vec<Node>>,
}

#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Print(String),
    Block(Block),
    /// `{{template "NAME" PIPELINE}}`
    Call(String, String),
    /// `{{break}}`, or `{{continue}}`
    Leave(bool),
}

#[derive(Clone, Debug)]
struct Block {
    word: &'static str,
    pipeline: String,
    body: Vec<Node>,
    other: Vec<Node>,
}

struct Scope<'a> {
    root: &'a Value,
    variables: Vec<(String, Value)>,
    named: &'a SortedMap<String, Vec<Node>>,
    /// How deep one template stands in others.
    depth: usize,
}

/// How a body was left before its end: by an error in Go's words, by `break` or by `continue`.
enum Left {
    Failed(String),
    Broken,
    Continued,
}

impl From<String> for Left {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl Template {
    /// Writes the text that the template makes.
    ///
    /// # Errors
    /// What is wrong, as Go says it; what was made until then stays written.
    pub(crate) fn print(&self, value: &Value, out: &mut String) -> Result<(), String> {
        let mut scope = Scope {
            root: value,
            variables: Vec::new(),
            named: &self.named,
            depth: 0,
        };
        match run(&self.nodes, value, &mut scope, out) {
            Err(Left::Failed(why)) => Err(why),
            _ => Ok(()),
        }
    }
}

fn run(nodes: &[Node], dot: &Value, scope: &mut Scope<'_>, out: &mut String) -> Result<(), Left> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Leave(true) => return Err(Left::Broken),
            Node::Leave(false) => return Err(Left::Continued),
            Node::Call(name, pipeline) => {
                let Some(body) = scope.named.get(name) else {
                    let shown = match pipeline.as_str() {
                        "" => String::new(),
                        pipeline => format!(" {pipeline}"),
                    };
                    return Err(failed(&format!(
                        "<{{{{template \"{name}\"{shown}}}}}>: template \"{name}\" not defined"
                    ))
                    .into());
                };
                if scope.depth > 100 {
                    return Err(failed("exceeded maximum template depth (100)").into());
                }
                let value = evaluate(pipeline, dot, scope)?.unwrap_or_default();
                let mut inner = Scope {
                    root: &value,
                    variables: Vec::new(),
                    named: scope.named,
                    depth: scope.depth + 1,
                };
                run(body, &value, &mut inner, out)?;
            }
            Node::Print(pipeline) => {
                if let Some((name, pipeline)) = assigned(pipeline) {
                    let value = evaluate(pipeline, dot, scope)?.unwrap_or_default();
                    scope.variables.push((name.to_owned(), value));
                } else if let Some((name, pipeline)) = reassigned(pipeline) {
                    let value = evaluate(pipeline, dot, scope)?.unwrap_or_default();
                    let known = scope
                        .variables
                        .iter_mut()
                        .rev()
                        .find(|(known, _)| known == name);
                    let Some((_, place)) = known else {
                        return Err(
                            format!("template: output:1: undefined variable \"{name}\"").into()
                        );
                    };
                    *place = value;
                } else {
                    match evaluate(pipeline, dot, scope)? {
                        Some(value) => out.push_str(&go::text(&value)),
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
                            Value::Number(count) if count.is_u64() => {
                                let count = count.as_u64().unwrap_or_default().min(100_000);
                                (0..count).map(|n| (n.into(), n.into())).collect()
                            }
                            other => {
                                return Err(format!(
                                    "range can't iterate over {}",
                                    go::text(other)
                                )
                                .into());
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
                            let done = run(&block.body, &item, scope, out);
                            scope.variables.truncate(before);
                            match done {
                                Err(Left::Broken) => break,
                                Err(Left::Failed(why)) => return Err(why.into()),
                                Err(Left::Continued) | Ok(()) => {}
                            }
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

/// An error of a template that runs. Where it stands is told of the first line alone.
fn failed(why: &str) -> String {
    format!("template: output:1:2: executing \"output\" at {why}")
}

fn assigned(pipeline: &str) -> Option<(&str, &str)> {
    let (names, rest) = pipeline.split_once(":=")?;
    names
        .trim()
        .starts_with('$')
        .then(|| (names.trim(), rest.trim()))
}

/// `$x = PIPELINE`
fn reassigned(pipeline: &str) -> Option<(&str, &str)> {
    let (name, rest) = pipeline.split_once('=')?;
    let name = name.trim();
    let is_name = name.strip_prefix('$').is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    is_name.then(|| (name, rest.trim()))
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
        if !rest.is_empty() || piped.is_some() {
            return Err(failed(&format!(
                "<{first}>: can't give argument to non-function {first}"
            )));
        }
        return operand(first, dot, scope);
    }
    let mut arguments = Vec::new();
    for word in rest {
        arguments.push(operand(word, dot, scope)?.unwrap_or_default());
    }
    arguments.extend(piped);
    let called = function(first, &arguments);
    called.map_err(|why| failed(&format!("<{text}>: error calling {first}: {why}")))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_range_with_pipelines_is_printed() {
        let value = json!({"items": [{"n": "a"}, {"n": "b"}], "data": {"k": "aGk="}});
        let print = |text: &str| {
            let mut out = String::new();
            parse(text)?.print(&value, &mut out)?;
            Ok::<_, String>(out)
        };
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
        assert_eq!(
            print("{{define \"t\"}}[{{.n}}]{{end}}{{range .items}}{{template \"t\" .}}{{end}}")
                .as_deref(),
            Ok("[a][b]")
        );
        assert_eq!(
            print("{{range .items}}{{if eq .n \"b\"}}{{break}}{{end}}{{.n}}{{end}}").as_deref(),
            Ok("a")
        );
        assert_eq!(
            print("{{index .items 9}}").expect_err("a fault"),
            "template: output:1:2: executing \"output\" at <index .items 9>: error calling index: index out of range: 9"
        );
        assert_eq!(
            print("{{$x}}").expect_err("a fault"),
            "template: output:1: undefined variable \"$x\""
        );
    }
}
