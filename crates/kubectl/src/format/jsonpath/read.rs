//! A template's text to its steps.

use ordinal_api::list::IntoList;

use super::{Node, Step, Template};

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
    Ok(Template {
        nodes,
        strict: false,
    })
}

/// `metadata.name`, `.metadata.name` or `{.metadata.name}` as a template.
///
/// # Errors
/// A text that has another form.
pub(crate) fn relaxed(text: &str) -> Result<String, String> {
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(text);
    let inner = inner.strip_prefix('.').unwrap_or(inner);
    if inner.is_empty() && text.is_empty() {
        return Ok(String::new());
    }
    if inner.is_empty() || inner.contains(['{', '}']) {
        return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'".to_owned());
    }
    Ok(format!("{{.{inner}}}"))
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
    if parts.len() > 3 {
        return Err(invalid());
    }
    for (bound, part) in bounds.iter_mut().zip(&parts) {
        if !part.is_empty() {
            *bound = Some(part.parse().map_err(|_| invalid())?);
        }
    }
    let single = parts.len() == 1;
    if single {
        bounds[1] = Some(bounds[0].unwrap_or(0) + 1);
    }
    Ok(vec![Step::Array(bounds, single)])
}
