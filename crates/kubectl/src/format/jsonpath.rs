//! JSONPath templates: `{.items[*].metadata.name}`. Models client-go `util/jsonpath`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::json;

/// A template, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Template(Vec<Node>);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Path(Vec<Step>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Text(String),
    Number(f64), // tidy: a number typed into a filter, compared only
    Bool(bool),
    Word(String),
    Field(String),
    Wildcard,
    Recursive,
    Array([Option<i64>; 3], bool),
    Union(Vec<Vec<Step>>),
    Filter(Vec<Step>, Option<(String, Vec<Step>)>),
}

struct Reader<'a> {
    text: &'a [char],
    place: usize,
}

/// Reads a template.
///
/// # Errors
/// What is wrong with it, as the library says it.
pub(crate) fn parse(text: &str) -> Result<Template, String> {
    let letters: Vec<char> = text.chars().into_list();
    let mut nodes = Vec::new();
    let mut place = 0;
    let mut plain = String::new();
    while place < letters.len() {
        if letters[place] == '{' {
            if !plain.is_empty() {
                nodes.push(Node::Text(std::mem::take(&mut plain)));
            }
            let mut reader = Reader {
                text: &letters,
                place: place + 1,
            };
            nodes.push(Node::Path(reader.action(true)?));
            place = reader.place;
        } else {
            plain.push(letters[place]);
            place += 1;
        }
    }
    if !plain.is_empty() {
        nodes.push(Node::Text(plain));
    }
    Ok(Template(nodes))
}

/// Reads `metadata.name`, `.metadata.name` or `{.metadata.name}`.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn relaxed(text: &str) -> Result<Template, String> {
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(text);
    let inner = inner.strip_prefix('.').unwrap_or(inner);
    if inner.is_empty() && text.is_empty() {
        return Ok(Template::default());
    }
    if inner.is_empty() || inner.contains(['{', '}']) {
        return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'".to_owned());
    }
    parse(&format!("{{.{inner}}}"))
}

fn is_terminator(letter: char) -> bool {
    matches!(
        letter,
        ' ' | '\t' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'
    )
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.place).copied()
    }

    fn starts_with(&self, prefix: &str) -> bool {
        prefix
            .chars()
            .enumerate()
            .all(|(index, letter)| self.text.get(self.place + index) == Some(&letter))
    }

    /// Reads up to a terminator; a backslash takes the next letter as it is.
    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(letter) = self.peek() {
            if letter == '\\' {
                self.place += 1;
                word.extend(self.peek());
                self.place += 1;
                continue;
            }
            if is_terminator(letter) {
                break;
            }
            word.push(letter);
            self.place += 1;
        }
        word
    }

    fn action(&mut self, braced: bool) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            let Some(letter) = self.peek() else {
                return if braced {
                    Err("unclosed action".to_owned())
                } else {
                    Ok(steps)
                };
            };
            if braced && letter == '}' {
                self.place += 1;
                return Ok(steps);
            }
            if self.starts_with("[?(") {
                steps.push(self.filter()?);
                continue;
            }
            if self.starts_with("..") {
                self.place += 2;
                steps.push(Step::Recursive);
                if let Some(next) = self.peek()
                    && (next.is_alphanumeric() || next == '_')
                {
                    steps.push(Step::Field(self.word()));
                } else if self.peek() == Some('*') {
                    self.place += 1;
                    steps.push(Step::Wildcard);
                }
                continue;
            }
            match letter {
                '\n' | '\r' => return Err("unclosed action".to_owned()),
                ' ' | '@' | '$' => self.place += 1,
                '[' => steps.extend(self.array()?),
                '"' | '\'' => steps.push(Step::Text(self.quoted(letter)?)),
                '.' => {
                    self.place += 1;
                    let word = self.word();
                    steps.push(if word == "*" {
                        Step::Wildcard
                    } else {
                        Step::Field(word)
                    });
                }
                '+' | '-' | '0'..='9' => {
                    let start = self.place;
                    self.place += 1;
                    while self.peek().is_some_and(|c| c.is_ascii_digit() || c == '.') {
                        self.place += 1;
                    }
                    let text: String = self.text[start..self.place].iter().collect();
                    let number = ordinal_api::value::decimal(&text)
                        .ok_or_else(|| format!("cannot parse number {text}"))?;
                    steps.push(Step::Number(number));
                }
                c if c.is_alphanumeric() || c == '_' => {
                    let word = self.word();
                    steps.push(match word.as_str() {
                        "true" => Step::Bool(true),
                        "false" => Step::Bool(false),
                        _ => Step::Word(word),
                    });
                }
                other => {
                    return Err(format!(
                        "unrecognized character in action: U+{:04X} '{other}'",
                        u32::from(other)
                    ));
                }
            }
        }
    }

    fn quoted(&mut self, end: char) -> Result<String, String> {
        self.place += 1;
        let mut text = String::new();
        loop {
            let letter = self.peek().filter(|c| *c != '\n');
            self.place += 1;
            match letter {
                None => return Err("unterminated quoted string".to_owned()),
                Some('\\') => {
                    match self.peek() {
                        Some('n') => text.push('\n'),
                        Some('t') => text.push('\t'),
                        Some('r') => text.push('\r'),
                        Some(other) => text.push(other),
                        None => return Err("unterminated quoted string".to_owned()),
                    }
                    self.place += 1;
                }
                Some(letter) if letter == end => return Ok(text),
                Some(letter) => text.push(letter),
            }
        }
    }

    fn array(&mut self) -> Result<Vec<Step>, String> {
        self.place += 1;
        let start = self.place;
        while self.peek().is_some_and(|c| c != ']' && c != '\n') {
            self.place += 1;
        }
        if self.peek() != Some(']') {
            return Err("unterminated array".to_owned());
        }
        let text: String = self.text[start..self.place].iter().collect();
        self.place += 1;
        index(&text)
    }

    fn filter(&mut self) -> Result<Step, String> {
        self.place += 3;
        let start = self.place;
        let (mut depth, mut quote) = (1, None);
        loop {
            let Some(letter) = self.peek().filter(|c| *c != '\n') else {
                return Err("unterminated filter".to_owned());
            };
            self.place += 1;
            match (quote, letter) {
                (Some(end), letter) if letter == end => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(letter),
                (None, '(') => depth += 1,
                (None, ')') => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
        }
        let text: String = self.text[start..self.place - 1].iter().collect();
        if self.peek() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        self.place += 1;
        let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let side = |text: &str| {
            let letters: Vec<char> = text.chars().into_list();
            Reader {
                text: &letters,
                place: 0,
            }
            .action(false)
        };
        let Some(from) = text.find(is_operator).filter(|from| *from > 0) else {
            return Ok(Step::Filter(side(&text)?, None));
        };
        let rest = &text[from..];
        let length = rest.find(|c| !is_operator(c)).unwrap_or(rest.len());
        let (operator, right) = rest.split_at(length);
        Ok(Step::Filter(
            side(&text[..from])?,
            Some((operator.to_owned(), side(right)?)),
        ))
    }
}

fn index(text: &str) -> Result<Vec<Step>, String> {
    let parts: Vec<&str> = text.split(',').into_list();
    if parts.len() > 1 {
        let parts: Result<Vec<_>, _> = parts.iter().map(|part| index(part.trim())).collect();
        return Ok(vec![Step::Union(parts?)]);
    }
    if let Some(key) = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
    {
        let letters: Vec<char> = format!(".{key}").chars().into_list();
        return Reader {
            text: &letters,
            place: 0,
        }
        .action(false);
    }
    let text = if text == "*" { ":" } else { text };
    let invalid = || format!("invalid array index {text}");
    let mut bounds = [None; 3];
    let parts: Vec<&str> = text.split(':').into_list();
    if parts.len() > 3 || text.is_empty() {
        return Err(invalid());
    }
    for (bound, part) in bounds.iter_mut().zip(&parts) {
        if !part.is_empty() {
            *bound = Some(part.parse().map_err(|_| invalid())?);
        }
    }
    let single = parts.len() == 1;
    if single {
        bounds[1] = bounds[0].map(|at| at + 1);
    }
    Ok(vec![Step::Array(bounds, single)])
}

/// What one expression found, borrowed or made.
#[derive(Clone, Debug)]
enum Found<'a> {
    Value(&'a Value),
    Made(Value),
}

impl Found<'_> {
    fn get(&self) -> &Value {
        match self {
            Self::Value(value) => value,
            Self::Made(value) => value,
        }
    }
}

#[derive(Default)]
struct State {
    begin: bool,
    end: bool,
}

impl Template {
    /// What every expression found, one list each.
    ///
    /// # Errors
    /// An index out of bounds, a filter on what is no list.
    pub(crate) fn find(&self, value: &Value) -> Result<Vec<Vec<Value>>, String> {
        let mut out = Vec::new();
        run(&self.0, 0, value, &mut out, 0)?;
        Ok(out
            .into_iter()
            .map(|found| found.iter().map(|f| f.get().clone()).collect())
            .collect())
    }

    /// The text that the template makes.
    ///
    /// # Errors
    /// As [`Template::find`].
    pub(crate) fn print(&self, value: &Value) -> Result<String, String> {
        let mut text = String::new();
        for found in self.find(value)? {
            let words: Vec<String> = found.iter().map(shown).into_list();
            text.push_str(&words.join(" "));
        }
        Ok(text)
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        Value::Number(_) => crate::format::columns::go_text(value),
        other => json::compact(other),
    }
}

/// Runs nodes from a place; returns where the `end` stood that ended it.
fn run<'a>(
    nodes: &[Node],
    from: usize,
    current: &'a Value,
    out: &mut Vec<Vec<Found<'a>>>,
    depth: usize,
) -> Result<usize, String> {
    let mut place = from;
    while place < nodes.len() {
        match &nodes[place] {
            Node::Text(text) => out.push(vec![Found::Made(Value::String(text.clone()))]),
            Node::Path(steps) => {
                let mut state = State::default();
                let found = walk(vec![Found::Value(current)], steps, &mut state)?;
                if state.end {
                    if depth == 0 {
                        return Err("not in range, nothing to end".to_owned());
                    }
                    return Ok(place + 1);
                }
                if state.begin {
                    let mut next = place + 1;
                    if found.is_empty() {
                        let mut nothing = Vec::new();
                        next = run(nodes, place + 1, &Value::Null, &mut nothing, depth + 1)?;
                    }
                    for one in found {
                        next = match one {
                            Found::Value(value) => run(nodes, place + 1, value, out, depth + 1)?,
                            Found::Made(_) => place + 1,
                        };
                    }
                    place = next;
                    continue;
                }
                out.push(found);
            }
        }
        place += 1;
    }
    Ok(place)
}

fn walk<'a>(
    mut found: Vec<Found<'a>>,
    steps: &[Step],
    state: &mut State,
) -> Result<Vec<Found<'a>>, String> {
    for step in steps {
        found = match step {
            Step::Text(text) => vec![Found::Made(Value::String(text.clone()))],
            Step::Number(number) => vec![Found::Made(number_value(*number))],
            Step::Bool(value) => vec![Found::Made(Value::Bool(*value))],
            Step::Word(word) => match word.as_str() {
                "range" => {
                    state.begin = true;
                    found
                }
                "end" => {
                    state.end = true;
                    return Ok(Vec::new());
                }
                other => return Err(format!("unrecognized identifier {other}")),
            },
            Step::Union(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(walk(found.clone(), part, state)?);
                }
                all
            }
            other => {
                let mut all = Vec::new();
                for one in found {
                    if let Found::Value(value) = one {
                        step_into(value, other, &mut all)?;
                    }
                }
                all
            }
        };
    }
    Ok(found)
}

// tidy: a number typed into a filter, compared only
fn number_value(number: f64) -> Value {
    if number.fract() == 0.0 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(map) => map.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    }
}

fn descend<'a>(level: Vec<&'a Value>, out: &mut Vec<Found<'a>>) {
    if level.is_empty() {
        return;
    }
    out.extend(level.iter().copied().map(Found::Value));
    for value in level {
        descend(children(value), out);
    }
}

fn step_into<'a>(value: &'a Value, step: &Step, out: &mut Vec<Found<'a>>) -> Result<(), String> {
    match step {
        Step::Field(name) if name.is_empty() => out.push(Found::Value(value)),
        Step::Field(name) => out.extend(value.get(name).map(Found::Value)),
        Step::Wildcard => out.extend(children(value).into_iter().map(Found::Value)),
        Step::Recursive => {
            out.push(Found::Value(value));
            descend(children(value), out);
        }
        Step::Array(bounds, single) => array(value, bounds, *single, out)?,
        Step::Filter(left, test) => {
            let Some(items) = value.as_array() else {
                if value.is_null() {
                    return Ok(());
                }
                return Err(format!(
                    "{} is not array or slice and cannot be filtered",
                    crate::format::columns::go_text(value)
                ));
            };
            for item in items {
                if passes(item, left, test.as_ref())? {
                    out.push(Found::Value(item));
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn passes(item: &Value, left: &[Step], test: Option<&(String, Vec<Step>)>) -> Result<bool, String> {
    let mut state = State::default();
    let lefts = walk(vec![Found::Value(item)], left, &mut state)?;
    let Some((operator, right)) = test else {
        return Ok(!lefts.is_empty());
    };
    if lefts.is_empty() {
        return Ok(false);
    }
    if lefts.len() > 1 {
        return Err("can only compare one element at a time".to_owned());
    }
    let rights = walk(vec![Found::Value(item)], right, &mut state)?;
    let (Some(a), [b]) = (lefts.first(), rights.as_slice()) else {
        return if rights.is_empty() {
            Ok(false)
        } else {
            Err("can only compare one element at a time".to_owned())
        };
    };
    let order = compare(a.get(), b.get());
    let mismatch = || "incompatible types for comparison".to_owned();
    Ok(match operator.as_str() {
        "==" => order.ok_or_else(mismatch)?.is_eq(),
        "!=" => order.ok_or_else(mismatch)?.is_ne(),
        "<" => order.ok_or_else(mismatch)?.is_lt(),
        "<=" => order.ok_or_else(mismatch)?.is_le(),
        ">" => order.ok_or_else(mismatch)?.is_gt(),
        ">=" => order.ok_or_else(mismatch)?.is_ge(),
        other => return Err(format!("unrecognized filter operator {other}")),
    })
}

/// The order of two values of one type; `None` for values that cannot be compared.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64()?.partial_cmp(&b.as_f64()?), // tidy: numbers of a text, compared for display only
        },
        _ => None,
    }
}

fn array<'a>(
    value: &'a Value,
    bounds: &[Option<i64>; 3],
    single: bool,
    out: &mut Vec<Found<'a>>,
) -> Result<(), String> {
    let Some(items) = value.as_array() else {
        if value.is_null() {
            return Ok(());
        }
        let type_ = match value {
            Value::Object(_) => "map[string]interface {}",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            _ => "int64",
        };
        // `[*]` goes over the values of a map too.
        if let (Value::Object(map), [None, None, None]) = (value, bounds) {
            out.extend(map.values().map(Found::Value));
            return Ok(());
        }
        return Err(format!("{type_} is not array or slice"));
    };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let mut start = bounds[0].unwrap_or(0);
    if start < 0 {
        start += length;
    }
    let mut end = bounds[1].unwrap_or(length);
    if end < 0 || (end == 0 && single) {
        end += length;
    }
    if start == end {
        return Ok(());
    }
    if start >= length || start < 0 {
        return Err(format!(
            "array index out of bounds: index {start}, length {length}"
        ));
    }
    if end > length || end < 0 {
        return Err(format!(
            "array index out of bounds: index {}, length {length}",
            end - 1
        ));
    }
    if start > end {
        return Err(format!(
            "starting index {start} is greater than ending index {end}"
        ));
    }
    let step = bounds[2].unwrap_or(1);
    if step <= 0 {
        return Err("step must be > 0".to_owned());
    }
    let place = |n: i64| usize::try_from(n).unwrap_or_default();
    out.extend(
        items[place(start)..place(end)]
            .iter()
            .step_by(place(step).max(1))
            .map(Found::Value),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(template: &str) -> Result<String, String> {
        let value = json!({"items": [
            {"name": "a", "n": 1, "labels": {"x.y/z": "1"}},
            {"name": "b", "n": 2, "list": [{"k": "v"}]},
        ]});
        parse(template)?.print(&value)
    }

    #[test]
    fn paths_ranges_filters_and_literals_are_printed() {
        let ok = |template: &str| shown(template).expect("a template");
        assert_eq!(ok("{.items[*].name}"), "a b");
        assert_eq!(ok("{.items[-1:].name}"), "b");
        assert_eq!(ok("{.items[-1].name}"), "b");
        assert_eq!(ok("{.items[0].labels['x\\.y/z']}"), "1");
        assert_eq!(ok("{.items[0].labels.x\\.y/z}"), "1");
        assert_eq!(
            ok("{range .items[*]}{.name}={@.n}{\"\\n\"}{end}-"),
            "a=1\nb=2\n-"
        );
        assert_eq!(ok("{.items[?(@.n>1)].name}"), "b");
        assert_eq!(ok("{.items[?(@.name==\"a\")].n}"), "1");
        assert_eq!(ok("{..k}"), "v");
        assert_eq!(ok("{.items[*]['name','n']}"), "a b 1 2");
        assert_eq!(ok("{.none}{.items[0].labels}"), "{\"x.y/z\":\"1\"}");
    }

    #[test]
    fn faults_are_told_in_the_library_s_words() {
        let fault = |template: &str| shown(template).expect_err("a fault");
        assert_eq!(fault("{.items[0"), "unterminated array");
        assert_eq!(fault("{.items[x]}"), "invalid array index x");
        assert_eq!(fault("{.items"), "unclosed action");
        assert_eq!(
            fault("{.items[5]}"),
            "array index out of bounds: index 5, length 2"
        );
        assert_eq!(fault("{end}"), "not in range, nothing to end");
    }
}
