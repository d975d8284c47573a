//! Words as they reach a command: variables, the output of commands, sums.

use super::super::syntax::{Part, Word};
use super::{Run, Stop};
use ordinal_api::list::IntoList;

impl Run<'_> {
    /// Words as they reach the command: variables put in, divided at blanks where they were not quoted.
    pub(super) fn words(&mut self, words: &[Word]) -> Result<Vec<String>, Stop> {
        let mut all = Vec::new();
        let braced: Vec<Word> = words.iter().flat_map(braces).into_list();
        for word in &braced {
            let mut now: Option<String> = None;
            for part in word {
                let (text, divide) = self.part(part)?;
                if !divide {
                    now.get_or_insert_default().push_str(&text);
                    continue;
                }
                let starts = text.starts_with(char::is_whitespace);
                let ends = text.ends_with(char::is_whitespace);
                let mut pieces = text.split_whitespace().peekable();
                if starts {
                    all.extend(now.take());
                }
                while let Some(piece) = pieces.next() {
                    now.get_or_insert_default().push_str(piece);
                    if pieces.peek().is_some() || ends {
                        all.extend(now.take());
                    }
                }
            }
            all.extend(now);
            if all.len() > 10_000 {
                return Err(Stop::Bound("a command has more words than it may"));
            }
        }
        Ok(all)
    }

    /// A word that is not divided.
    pub(in crate::shell) fn one(&mut self, word: &Word) -> Result<String, Stop> {
        let mut whole = String::new();
        for part in word {
            whole.push_str(&self.part(part)?.0);
        }
        Ok(whole)
    }

    /// The text of a part, and whether blanks divide it.
    pub(in crate::shell) fn part(&mut self, part: &Part) -> Result<(String, bool), Stop> {
        Ok(match part {
            Part::Text { text, .. } => (text.clone(), false),
            Part::Variable {
                name,
                default,
                quoted,
            } => {
                let value = self.variable(name);
                match (default, value.is_empty()) {
                    (Some(default), true) => (self.one(default)?, !quoted),
                    _ => (value, !quoted),
                }
            }
            Part::Output { script, quoted } => {
                let (exit, mut text) = self.captured(|run| run.script(script, ""))?;
                self.shell.status = exit;
                text.truncate(text.trim_end_matches('\n').len());
                (text, !quoted)
            }
            Part::Sum(word) => {
                let text = self.one(word)?;
                (self.sum(&text).to_string(), false)
            }
        })
    }

    pub(super) fn variable(&self, name: &str) -> String {
        if name == "?" {
            return self.shell.status.to_string();
        }
        // `${NAME%suffix}` and `${NAME#prefix}`, with `*` at their open end.
        let operator = name.find(['#', '%']).filter(|at| *at > 0);
        let Some(at) = operator else {
            return self.shell.variables.get(name).cloned().unwrap_or_default();
        };
        let value = self.variable(&name[..at]);
        let (operator, pattern) = name.split_at(at).1.split_at(1);
        let longest = pattern.starts_with(operator);
        let pattern = pattern.trim_start_matches(operator);
        let cut = match operator {
            "#" => match pattern.strip_prefix('*') {
                Some(end) if longest => value.rfind(end).map(|at| &value[at + end.len()..]),
                Some(end) => value.find(end).map(|at| &value[at + end.len()..]),
                None => value.strip_prefix(pattern),
            },
            _ => match pattern.strip_suffix('*') {
                Some(start) if longest => value.find(start).map(|at| &value[..at]),
                Some(start) => value.rfind(start).map(|at| &value[..at]),
                None => value.strip_suffix(pattern),
            },
        };
        cut.unwrap_or(&value).to_owned()
    }

    /// The value of a sum of whole numbers: `+ - * / %`, from left to right with the usual ranks.
    pub(super) fn sum(&self, text: &str) -> i64 {
        let mut total = 0_i64;
        let mut product: Option<i64> = None;
        let mut sign = 1_i64;
        let mut operator = '*';
        let mut rest = text.trim();
        while let Some(first) = rest.chars().next() {
            let length = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            if length > 0 {
                let word = &rest[..length];
                let number = word
                    .parse()
                    .unwrap_or_else(|_| self.variable(word).parse().unwrap_or(0));
                product = Some(match (product, operator) {
                    (None, _) => number,
                    (Some(product), '/') => product.checked_div(number).unwrap_or(0),
                    (Some(product), '%') => product.checked_rem(number).unwrap_or(0),
                    (Some(product), _) => product.saturating_mul(number),
                });
                rest = rest[length..].trim_start();
                continue;
            }
            if matches!(first, '+' | '-') {
                total = total.saturating_add(sign.saturating_mul(product.take().unwrap_or(0)));
                sign = if first == '-' { -1 } else { 1 };
                operator = '*';
            } else {
                operator = first;
            }
            rest = rest[first.len_utf8()..].trim_start();
        }
        total.saturating_add(sign.saturating_mul(product.unwrap_or(0)))
    }
}

/// `web-{0..2}` and `{a,b}`: a word for each, the word itself where there is nothing of the kind.
fn braces(word: &Word) -> Vec<Word> {
    const MOST: i64 = 1_000;
    let found = word.iter().enumerate().find_map(|(place, part)| {
        let Part::Text {
            text,
            quoted: false,
        } = part
        else {
            return None;
        };
        let open = text.find('{')?;
        let close = open + text[open..].find('}')?;
        let inside = &text[open + 1..close];
        let choices: Vec<String> = if let Some((from, to)) = inside.split_once("..") {
            let (from, to): (i64, i64) = (from.parse().ok()?, to.parse().ok()?);
            let count = from.abs_diff(to).min(MOST as u64) as i64;
            let step = (to - from).signum();
            (0..=count)
                .map(|n| (from + n * step).to_string())
                .into_list()
        } else if inside.contains(',') {
            inside.split(',').map(str::to_owned).into_list()
        } else {
            return None;
        };
        Some((
            place,
            text[..open].to_owned(),
            choices,
            text[close + 1..].to_owned(),
        ))
    });
    let Some((place, before, choices, after)) = found else {
        return vec![word.clone()];
    };
    let with = |choice: String| {
        let mut now = word.clone();
        let text = format!("{before}{choice}{after}");
        now[place] = Part::Text {
            text,
            quoted: false,
        };
        braces(&now)
    };
    // More than a command may have are not made.
    choices.into_iter().flat_map(with).take(10_001).into_list()
}
