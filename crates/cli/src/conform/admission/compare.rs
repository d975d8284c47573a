//! What was recorded against what came back.

use ordinal_api::Value;
use ordinal_core::apiserver::http::{self, Answer};
use ordinal_core::apiserver::{Request, Response};
use ordinal_core::history::Exchange;
use ordinal_kubectl::Output;

/// What one request led to.
#[derive(Debug)]
pub(super) struct Seen {
    /// The answers, the one that decided last; none where kubectl gave up by itself.
    answers: Vec<Answer>,
    warnings: Vec<String>,
    output: Option<Output>,
}

impl Seen {
    pub(super) fn of_call(answer: Answer) -> Self {
        Self {
            warnings: answer.warnings.clone(),
            answers: vec![answer],
            output: None,
        }
    }

    /// The writes of a command; where it wrote nothing, the last read that was refused.
    pub(super) fn of_command(exchanges: Vec<Exchange>, output: Output) -> Self {
        let writes = exchanges.iter().filter(|e| inner(&e.request).writes());
        let mut answers: Vec<Answer> = writes.map(answer).collect();
        if answers.is_empty() {
            let refused = exchanges.iter().rev().find(|e| e.answer.is_err());
            answers.extend(refused.map(answer));
        }
        Self {
            warnings: answers
                .last()
                .map(|a| a.warnings.clone())
                .unwrap_or_default(),
            answers,
            output: Some(output),
        }
    }
}

fn inner(request: &Request) -> &Request {
    match request {
        Request::With { request, .. } => inner(request),
        other => other,
    }
}

fn answer(exchange: &Exchange) -> Answer {
    let (code, body) = match (&exchange.answer, inner(&exchange.request)) {
        (Err(status), _) => (status.code, http::failure(status)),
        (Ok(_), Request::Evict { .. } | Request::Bind { .. }) => {
            (201, serde_json::json!({"status": "Success"}))
        }
        (Ok(Response::Object(object)), Request::Delete { .. }) => {
            // What nothing holds goes without a mark.
            (200, http::deleted(object, object.meta.is_deleting()))
        }
        (Ok(Response::Object(object)), Request::Patch { patch, .. })
            if patch.subresource == "scale" =>
        {
            (200, http::scale(&object.to_value()))
        }
        (Ok(Response::Object(object)), request) => {
            // What was never changed was made by this very request.
            let created = match request {
                Request::Create { .. } => true,
                Request::Apply { .. } => exchange.created,
                _ => false,
            };
            (if created { 201 } else { 200 }, object.to_value())
        }
        (Ok(_), _) => (200, Value::Null),
    };
    Answer {
        code,
        body,
        warnings: exchange.warnings.clone(),
    }
}

/// What differs, in words.
pub(super) fn differences(case: &Value, seen: &Seen) -> Vec<String> {
    let mut found = Vec::new();
    let recorded = &case["answer"];
    match seen.answers.last() {
        None if recorded.is_null() => {}
        None => found.push(format!("answer: none here; recorded {}", short(recorded))),
        Some(answer) if recorded.is_null() => found.push(format!(
            "answer: {} here; recorded none",
            short(&answer.body)
        )),
        Some(answer) => one_answer("answer", recorded, answer, &mut found),
    }
    let earlier = case["earlier"].as_array().map_or(&[][..], Vec::as_slice);
    let ours = &seen.answers[..seen.answers.len().saturating_sub(1)];
    if earlier.len() != ours.len() {
        found.push(format!(
            "earlier: {} writes here; recorded {}",
            ours.len(),
            earlier.len()
        ));
    }
    for (recorded, ours) in earlier.iter().zip(ours) {
        one_answer("earlier", &recorded["answer"], ours, &mut found);
    }
    let recorded: Vec<&str> = case["warnings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let ours: Vec<String> = seen
        .warnings
        .iter()
        .map(|text| format!("299 - {}", Value::from(text.as_str())))
        .collect();
    if !(recorded.len() == ours.len() && recorded.iter().zip(&ours).all(|(r, o)| matches(r, o))) {
        found.push(format!("warnings: {ours:?} here; recorded {recorded:?}"));
    }
    if let (Some(recorded), Some(output)) = (case["kubectl"].as_object(), &seen.output) {
        for (stream, ours) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let recorded = recorded[stream].as_str().unwrap_or_default();
            if !matches(recorded, ours) {
                found.push(format!("{stream}: {ours:?} here; recorded {recorded:?}"));
            }
        }
        if recorded["exit"] != output.exit {
            found.push(format!(
                "exit code: {} here; recorded {}",
                output.exit, recorded["exit"]
            ));
        }
    }
    found
}

fn short(value: &Value) -> String {
    let text = value["message"]
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(300).collect()
}

fn one_answer(what: &str, recorded: &Value, ours: &Answer, found: &mut Vec<String>) {
    let mut differ = |key: &str, ours: &Value, recorded: &Value| {
        if let Some(place) = difference(recorded, ours, "") {
            found.push(format!("{what} {key}{place}"));
        }
    };
    differ("code", &ours.code.into(), &recorded["code"]);
    if recorded.get("object").is_some() {
        let mut object = ours.body.clone();
        if let Some(map) = object.as_object_mut() {
            map.remove("status");
            if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.remove("managedFields");
            }
        }
        differ("object", &object, &recorded["object"]);
        return;
    }
    for key in ["status", "reason", "message"] {
        differ(key, &ours.body[key], &recorded[key]);
    }
    let mut details = ours.body["details"].clone();
    let causes = details.as_object_mut().and_then(|map| {
        map.remove("retryAfterSeconds");
        map.remove("causes")
    });
    if details.as_object().is_some_and(serde_json::Map::is_empty) {
        details = Value::Null;
    }
    differ("details", &details, &recorded["details"]);
    if recorded["status"] == "Failure" {
        let causes = causes.unwrap_or_else(|| Value::Array(Vec::new()));
        differ("causes", &causes, &recorded["causes"]);
    }
}

/// The first place where two values differ, in words.
fn difference(recorded: &Value, ours: &Value, path: &str) -> Option<String> {
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            for (key, value) in recorded {
                let at = format!("{path}.{key}");
                let same = ours
                    .get(key)
                    .or_else(|| ours.iter().find(|(k, _)| matches(key, k)).map(|(_, v)| v));
                match same {
                    Some(mine) => {
                        if let Some(found) = difference(value, mine, &at) {
                            return Some(found);
                        }
                    }
                    None => return Some(format!("{at}: not here; recorded {value}")),
                }
            }
            let extra = ours
                .iter()
                .find(|(key, _)| !recorded.keys().any(|k| matches(k, key)));
            extra.map(|(key, value)| format!("{path}.{key}: {value} here; not recorded"))
        }
        (Value::Array(recorded), Value::Array(ours)) => {
            let pairs = recorded.iter().zip(ours).enumerate();
            for (index, (recorded, ours)) in pairs {
                if let Some(found) = difference(recorded, ours, &format!("{path}[{index}]")) {
                    return Some(found);
                }
            }
            (recorded.len() != ours.len()).then(|| {
                format!(
                    "{path}: {} items here; recorded {}",
                    ours.len(),
                    recorded.len()
                )
            })
        }
        (Value::String(recorded), Value::String(ours)) if matches(recorded, ours) => None,
        (Value::String(recorded), Value::Number(_)) if is_token(recorded) => None,
        (recorded, ours) if recorded == ours => None,
        (recorded, ours) => Some(format!("{path}: {ours} here; recorded {recorded}")),
    }
}

const TOKENS: &[&str] = &[
    "uid",
    "ip",
    "age",
    "time",
    "hash",
    "rand",
    "pv",
    "va",
    "node",
    "rv",
    "port",
    "id",
    "server",
    "tmp",
    "any",
    "dir",
    "apiserver",
];

/// The length of the token at the beginning of a text.
fn token(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('{')?;
    let end = inside.find('}')?;
    let name = inside[..end].split(':').next().unwrap_or_default();
    TOKENS.contains(&name).then_some(end + 2)
}

fn is_token(text: &str) -> bool {
    token(text) == Some(text.len())
}

/// Whether a text is what was recorded, where a token stands for anything that is not empty.
pub(super) fn matches(recorded: &str, ours: &str) -> bool {
    if recorded == ours {
        return true;
    }
    let start = (0..recorded.len())
        .filter(|at| recorded.is_char_boundary(*at))
        .find_map(|at| token(&recorded[at..]).map(|length| (at, length)));
    let Some((at, length)) = start else {
        return false;
    };
    let Some(rest) = ours.strip_prefix(&recorded[..at]) else {
        return false;
    };
    let after = &recorded[at + length..];
    let mut ends = rest.char_indices().map(|(place, c)| place + c.len_utf8());
    ends.any(|end| matches(after, &rest[end..]))
}
