//! What differs from run to run stands in recordings as a token: `{uid:pod/web-0#1}`, `{age}`, `{any}`.
//!
//! [`Bindings`] compares a recorded text with a simulated one. A token that names something (`{ip:pod/web-0#1}`) stands
//! for the same value wherever it occurs, and two of them for two values; one that names nothing stands for any value
//! of its kind. `pieces` cuts a text into what stands there and its tokens.

mod pieces;

use std::collections::BTreeMap;

use ordinal_api::Value;

use self::pieces::{Piece, pieces};

pub use self::pieces::has_tokens;

/// What the tokens of one recording stand for.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    values: BTreeMap<String, String>,
}

impl Bindings {
    /// Says what a token (`{ip:pod/web-0}`) stands for.
    pub fn bind(&mut self, token: &str, value: &str) {
        self.values.insert(token.to_owned(), value.to_owned());
    }

    /// What a token stands for, if that is known.
    pub fn value(&self, token: &str) -> Option<&str> {
        self.values.get(token).map(String::as_str)
    }

    /// A recorded text with every known token replaced by what it stands for.
    pub fn filled(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Token(token, ..) => out.push_str(self.value(token).unwrap_or(token)),
            }
        }
        out
    }

    /// Whether a simulated text is what was recorded; keeps what the tokens stand for if it is.
    pub fn matches(&mut self, recorded: &str, simulated: &str) -> bool {
        let pieces = pieces(recorded);
        let mut found = Vec::new();
        if !self.go(&pieces, simulated, &mut found) {
            return false;
        }
        let named = found
            .iter()
            .map(|(token, value)| ((*token).to_owned(), (*value).to_owned()));
        self.values.extend(named);
        true
    }

    /// Tries the pieces from the left, each token with the longest value first.
    fn go<'t>(
        &self,
        pieces: &[Piece<'t>],
        text: &'t str,
        found: &mut Vec<(&'t str, &'t str)>,
    ) -> bool {
        let Some((first, rest)) = pieces.split_first() else {
            return text.is_empty();
        };
        match *first {
            Piece::Literal(literal) => text
                .strip_prefix(literal)
                .is_some_and(|text| self.go(rest, text, found)),
            Piece::Token(token, class, named) => {
                let known = found.iter().find(|(t, _)| *t == token).map(|(_, v)| *v);
                if let Some(known) = self.value(token).or(known).filter(|_| named) {
                    return text
                        .strip_prefix(known)
                        .is_some_and(|text| self.go(rest, text, found));
                }
                let length: usize = text
                    .chars()
                    .take_while(|c| class.allows(*c))
                    .map(char::len_utf8)
                    .sum();
                let mut ends: Vec<usize> =
                    text[..length].char_indices().map(|(at, _)| at).collect();
                ends.push(length);
                for end in ends
                    .into_iter()
                    .rev()
                    .filter(|end| *end > 0 || class.may_be_empty())
                {
                    let value = &text[..end];
                    let kept = found.len();
                    if named {
                        if self.is_taken(token, value, found) {
                            continue;
                        }
                        found.push((token, value));
                    }
                    if self.go(rest, &text[end..], found) {
                        return true;
                    }
                    found.truncate(kept);
                }
                false
            }
        }
    }

    /// Whether another token of the same kind stands for that value already.
    fn is_taken(&self, token: &str, value: &str, found: &[(&str, &str)]) -> bool {
        let kind = |token: &str| token.split(':').next().unwrap_or_default().to_owned();
        // Hashes of two workloads with one template may be equal, and Pods stand on the same nodes.
        let shared = ["{hash", "{node", "{port"];
        let head = kind(token);
        if shared.contains(&head.as_str()) {
            return false;
        }
        let known = self.values.iter().map(|(t, v)| (t.as_str(), v.as_str()));
        known
            .chain(found.iter().copied())
            .any(|(t, v)| v == value && t != token && kind(t) == head)
    }

    /// Compares a simulated value with a recorded one, deeply.
    ///
    /// # Errors
    /// The first difference: its path and both values.
    pub fn same_value(&mut self, recorded: &Value, simulated: &Value) -> Result<(), String> {
        self.same_at(recorded, simulated, &mut String::new())
    }

    fn same_at(
        &mut self,
        recorded: &Value,
        simulated: &Value,
        path: &mut String,
    ) -> Result<(), String> {
        let differ = |path: &str, what: String| {
            let path = if path.is_empty() {
                "it"
            } else {
                path.trim_start_matches('.')
            };
            Err(format!("{path} {what}"))
        };
        match (recorded, simulated) {
            (Value::Object(recorded), Value::Object(simulated)) => {
                for (key, value) in recorded {
                    let Some(given) = simulated.get(key) else {
                        return differ(
                            &format!("{path}.{key}"),
                            format!("is missing, recorded {value}"),
                        );
                    };
                    let length = path.len();
                    path.push('.');
                    path.push_str(key);
                    self.same_at(value, given, path)?;
                    path.truncate(length);
                }
                match simulated
                    .iter()
                    .find(|(key, _)| !recorded.contains_key(*key))
                {
                    Some((key, value)) => differ(
                        &format!("{path}.{key}"),
                        format!("is {value}, recorded without"),
                    ),
                    None => Ok(()),
                }
            }
            (Value::Array(recorded), Value::Array(simulated)) => {
                if recorded.len() != simulated.len() {
                    return differ(
                        path,
                        format!(
                            "has {} elements, recorded {}",
                            simulated.len(),
                            recorded.len()
                        ),
                    );
                }
                for (at, (value, given)) in recorded.iter().zip(simulated).enumerate() {
                    let length = path.len();
                    path.push_str(&format!("[{at}]"));
                    self.same_at(value, given, path)?;
                    path.truncate(length);
                }
                Ok(())
            }
            (Value::String(wanted), Value::String(given)) if self.matches(wanted, given) => Ok(()),
            _ if recorded == simulated => Ok(()),
            _ => differ(path, format!("is {simulated}, recorded {recorded}")),
        }
    }

    /// Compares texts.
    ///
    /// # Errors
    /// The first line that differs, with what stands there.
    pub fn same_text(&mut self, recorded: &str, simulated: &str) -> Result<(), String> {
        if recorded == simulated || self.matches(recorded, simulated) {
            return Ok(());
        }
        let (mut wanted, mut given) = (recorded.lines(), simulated.lines());
        for number in 1.. {
            match (wanted.next(), given.next()) {
                (Some(wanted), Some(given)) if self.matches(wanted, given) => {}
                (Some(wanted), Some(given)) => {
                    return Err(format!("line {number} is {given:?}, recorded {wanted:?}"));
                }
                (Some(wanted), None) => {
                    return Err(format!("line {number} is missing, recorded {wanted:?}"));
                }
                (None, Some(given)) => {
                    return Err(format!("line {number} is {given:?}, recorded without"));
                }
                (None, None) => break,
            }
        }
        Err(format!("is {simulated:?}, recorded {recorded:?}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_that_names_something_stands_for_one_value() {
        let mut bindings = Bindings::default();
        assert!(bindings.matches("pod {ip:pod/a#1}, {ip:pod/a#1}", "pod 10.0.0.1, 10.0.0.1"));
        assert!(!bindings.matches("pod {ip:pod/a#1}", "pod 10.0.0.2"));
        assert!(
            !bindings.matches("pod {ip:pod/b#1}", "pod 10.0.0.1"),
            "two names, two values"
        );
        assert!(bindings.matches("pod {ip:pod/b#1}", "pod 10.0.0.2"));
        assert_eq!(
            bindings.filled("to {ip:pod/b#1} {age}"),
            "to 10.0.0.2 {age}"
        );
    }

    #[test]
    fn a_token_without_a_name_stands_for_any_value_of_its_kind() {
        let mut bindings = Bindings::default();
        assert!(bindings.matches("{age} {age} on {node}.", "5s 3m20s on node-1."));
        assert!(bindings.matches(
            "web-{hash:web:1}-{rand:web:1.1} x",
            "web-5f4b46c5cc-abcde x"
        ));
        assert!(!bindings.matches("{port}/TCP", "http/TCP"));
        assert!(bindings.matches("a{any}b", "ab"));
    }

    #[test]
    fn braces_of_other_things_are_literal() {
        let mut bindings = Bindings::default();
        assert!(bindings.matches("{\"name\": \"{uid}\"} {.x}", "{\"name\": \"a-1\"} {.x}"));
        assert!(!has_tokens("{\"name\": 1} {other}"));
    }

    #[test]
    fn tokens_may_stand_in_the_name_of_another() {
        let mut bindings = Bindings::default();
        let token = "{ip:pod/web-{hash:web:1}-{rand:web:1.1}#1}";
        assert!(bindings.matches(&format!("at {token} now"), "at 10.0.0.1 now"));
        assert_eq!(bindings.value(token), Some("10.0.0.1"));
    }

    #[test]
    fn the_first_difference_of_values_has_its_path() {
        let mut bindings = Bindings::default();
        let recorded = json!({"a": [{"uid": "{uid:x#1}"}, {"n": 1}]});
        assert_eq!(
            bindings.same_value(&recorded, &json!({"a": [{"uid": "1-2"}, {"n": 1}]})),
            Ok(())
        );
        let why = bindings.same_value(&recorded, &json!({"a": [{"uid": "1-2"}, {"n": 2}]}));
        assert_eq!(why, Err("a[1].n is 2, recorded 1".into()));
        let why = bindings.same_value(&json!({"a": 1}), &json!({"a": 1, "b": 2}));
        assert_eq!(why, Err("b is 2, recorded without".into()));
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        let mut bindings = Bindings::default();
        assert_eq!(bindings.same_text("a {age}\nb\n", "a 5s\nb\n"), Ok(()));
        let why = bindings.same_text("a {age}\nb\n", "a 5s\nc\n");
        assert_eq!(why, Err("line 2 is \"c\", recorded \"b\"".into()));
    }
}
