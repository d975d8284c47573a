//! What a template finds in an object.

use ordinal_api::Value;
use ordinal_api::go;
use ordinal_api::list::IntoList;

use super::super::json;
use super::{Node, Step, Template};

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
    strict: bool,
}

impl Template {
    /// What every expression found, one list each.
    ///
    /// # Errors
    /// An index out of bounds, a filter on what is no list.
    pub(crate) fn find(&self, value: &Value) -> Result<Vec<Vec<Value>>, String> {
        let mut out = Vec::new();
        run(self, 0, value, &mut out, 0)?;
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
        Value::Null => "null".to_owned(),
        Value::Number(_) => go::text(value),
        other => json::compact(other),
    }
}

/// Runs nodes from a place; returns where the `end` stood that ended it.
fn run<'a>(
    template: &Template,
    from: usize,
    current: &'a Value,
    out: &mut Vec<Vec<Found<'a>>>,
    depth: usize,
) -> Result<usize, String> {
    let nodes = template.nodes.as_slice();
    let mut place = from;
    while place < nodes.len() {
        match &nodes[place] {
            Node::Text(text) => out.push(vec![Found::Made(Value::String(text.clone()))]),
            Node::Path(steps) => {
                let mut state = State {
                    strict: template.strict,
                    ..State::default()
                };
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
                        next = run(template, place + 1, &Value::Null, &mut nothing, depth + 1)?;
                    }
                    for one in found {
                        next = match one {
                            Found::Value(value) => run(template, place + 1, value, out, depth + 1)?,
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
                let looked = !found.is_empty();
                for one in found {
                    if let Found::Value(value) = one {
                        step_into(value, other, &mut all)?;
                    }
                }
                match other {
                    Step::Field(name) if state.strict && looked && all.is_empty() => {
                        return Err(format!("{name} is not found"));
                    }
                    _ => all,
                }
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

/// A value and everything below it that holds something, each before what it holds.
fn descend<'a>(value: &'a Value, out: &mut Vec<Found<'a>>) {
    let inside = children(value);
    if inside.is_empty() {
        return;
    }
    out.push(Found::Value(value));
    for value in inside {
        descend(value, out);
    }
}

fn step_into<'a>(value: &'a Value, step: &Step, out: &mut Vec<Found<'a>>) -> Result<(), String> {
    match step {
        Step::Field(name) if name.is_empty() => out.push(Found::Value(value)),
        Step::Field(name) => out.extend(value.get(name).map(Found::Value)),
        Step::Wildcard => out.extend(children(value).into_iter().map(Found::Value)),
        Step::Recursive => descend(value, out),
        Step::Array(bounds, single) => array(value, bounds, *single, out)?,
        Step::Filter(left, test) => {
            let Some(items) = value.as_array() else {
                if value.is_null() {
                    return Ok(());
                }
                return Err(format!(
                    "{} is not array or slice and cannot be filtered",
                    go::text(value)
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
