//! The server's own structs as JSON: some messages print them, with the names and the order of Go's fields.
//!
//! `go.txt` is made from k8s.io/api's types: one line a type, then its fields. `s` a text, `i` a number, `b` a
//! boolean, `q` a quantity, `n` anything that is null when it is not there, `.T` a struct, `*T` a pointer to one, `[T` a
//! list of them, `~T` a struct whose fields stand among its owner's
//! (`~T=key`: in a manifest they stand below that key). Fields are written in a manifest as Go's name
//! without its capital, or as what follows `=`; those that begin small are printed as they are, with `?` only if there.

use std::fmt::Write as _;

use serde_json::Value;

const TABLE: &str = include_str!("go.txt");

/// A value as a struct of that type: compact, or with each field on its own line, indented by one space.
pub(super) fn print(type_: &str, value: &Value, lines: bool) -> String {
    let mut writer = Writer {
        text: String::new(),
        lines,
        depth: 0,
    };
    if value.is_null() {
        return "null".to_owned();
    }
    writer.one(type_, value);
    writer.text
}

struct Writer {
    text: String,
    lines: bool,
    depth: usize,
}

fn fields(type_: &str) -> Option<&'static str> {
    let mut lines = TABLE.lines().filter_map(|line| line.split_once(' '));
    lines
        .find(|(name, _)| *name == type_)
        .map(|(_, fields)| fields)
}

/// The name of a Go field in a manifest: `hostPID` for `HostPID`, `awsElasticBlockStore` for `AWSElasticBlockStore`.
fn manifest_name(field: &str) -> String {
    let capitals = field.bytes().take_while(u8::is_ascii_uppercase).count();
    let small = if capitals == field.len() || capitals < 2 {
        capitals
    } else {
        capitals - 1
    };
    let (start, rest) = field.split_at(small);
    start.to_ascii_lowercase() + rest
}

impl Writer {
    fn one(&mut self, type_: &str, value: &Value) {
        self.open('{');
        let mut first = true;
        self.inside(type_, value, &mut first);
        self.close('}', first);
    }

    fn inside(&mut self, type_: &str, value: &Value, first: &mut bool) {
        for word in fields(type_).unwrap_or_default().split(' ') {
            if let Some(embedded) = word.strip_prefix('~') {
                let (embedded, value) = match embedded.split_once('=') {
                    Some((embedded, key)) => (embedded, &value[key]),
                    None => (embedded, value),
                };
                self.inside(embedded, value, first);
                continue;
            }
            let (name, code) = word.split_once(':').unwrap_or((word, "n"));
            let (name, manifest) = match name.split_once('=') {
                Some((name, manifest)) => (name, manifest.to_owned()),
                None => (name, manifest_name(name)),
            };
            let found = value.get(&manifest).unwrap_or(&Value::Null);
            let (optional, code) = match code.strip_prefix('?') {
                Some(code) => (true, code),
                None => (false, code),
            };
            let nothing = match found {
                Value::Null => true,
                Value::Array(items) => items.is_empty(),
                Value::Object(map) => map.is_empty(),
                _ => false,
            };
            if optional && nothing {
                continue;
            }
            self.next(first);
            let _ = write!(self.text, "\"{name}\":");
            if self.lines {
                self.text.push(' ');
            }
            self.field(code, found);
        }
    }

    fn field(&mut self, code: &str, value: &Value) {
        let zero = match code {
            "s" => Some("\"\""),
            "i" => Some("0"),
            "b" => Some("false"),
            "q" => Some("\"0\""),
            _ => None,
        };
        if let Some(zero) = zero.filter(|_| value.is_null()) {
            self.text.push_str(zero);
        } else if let Some(type_) = code.strip_prefix('.') {
            self.one(type_, value);
        } else if value.is_null() {
            self.text.push_str("null");
        } else if let Some(type_) = code.strip_prefix('*') {
            self.one(type_, value);
        } else if let Some(type_) = code.strip_prefix('[') {
            let items = value.as_array().map_or(&[][..], Vec::as_slice);
            self.open('[');
            let mut first = true;
            for item in items {
                self.next(&mut first);
                self.one(type_, item);
            }
            self.close(']', first);
        } else {
            self.any(value);
        }
    }

    fn any(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                self.open('{');
                let mut first = true;
                for (key, value) in map {
                    self.next(&mut first);
                    let _ = write!(self.text, "{}:", Value::from(key.as_str()));
                    if self.lines {
                        self.text.push(' ');
                    }
                    self.any(value);
                }
                self.close('}', first);
            }
            Value::Array(items) => {
                self.open('[');
                let mut first = true;
                for item in items {
                    self.next(&mut first);
                    self.any(item);
                }
                self.close(']', first);
            }
            other => {
                let _ = write!(self.text, "{other}");
            }
        }
    }

    fn open(&mut self, bracket: char) {
        self.text.push(bracket);
        self.depth += 1;
    }

    fn next(&mut self, first: &mut bool) {
        if !*first {
            self.text.push(',');
        }
        *first = false;
        self.line();
    }

    fn close(&mut self, bracket: char, empty: bool) {
        self.depth -= 1;
        if !empty {
            self.line();
        }
        self.text.push(bracket);
    }

    fn line(&mut self) {
        if self.lines {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n(' ', self.depth));
        }
    }
}
