//! sed: `s`, `p`, `d` and `q` behind line numbers, `$` and patterns.

use super::super::pattern::Pattern;
use super::super::run::{Run, Stop};
use super::{Flags, input};
use ordinal_api::list::IntoList;

struct Rule {
    from: Option<Address>,
    to: Option<Address>,
    /// Inside of the range at present.
    open: bool,
    act: Act,
}

enum Address {
    Line(usize),
    Last,
    Match(Pattern),
}

enum Act {
    Print,
    Delete,
    Quit,
    Replace {
        pattern: Pattern,
        by: String,
        all: bool,
        print: bool,
    },
}

pub(super) fn sed(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Result<i32, Stop> {
    let flags = Flags::of(words, "e");
    let mut files = flags.rest.clone();
    let mut scripts: Vec<&str> = flags.values.iter().map(|(_, value)| *value).into_list();
    if scripts.is_empty() && !files.is_empty() {
        scripts.push(files.remove(0));
    }
    let extended = flags.has('E') || flags.has('r');
    let mut rules = Vec::new();
    for script in scripts {
        match read(script, extended) {
            Ok(more) => rules.extend(more),
            Err(why) => {
                run.print(
                    true,
                    &format!(
                        "sed: -e expression #1, char {}: {why}\n",
                        script.chars().count()
                    ),
                );
                return Ok(1);
            }
        }
    }
    let text = match input(run, "sed", &files, stdin) {
        Ok(text) => text,
        Err(exit) => return Ok(exit),
    };
    let count = text.lines().count();
    let mut out = String::new();
    'lines: for (line, number) in text.lines().zip(1..) {
        let mut line = line.to_owned();
        let mut quits = false;
        for rule in &mut rules {
            if !rule.applies(&line, number, count) {
                continue;
            }
            match &rule.act {
                Act::Delete => continue 'lines,
                Act::Quit => quits = true,
                Act::Print => {
                    out.push_str(&line);
                    out.push('\n');
                }
                Act::Replace {
                    pattern,
                    by,
                    all,
                    print,
                } => {
                    let (new, changed) = replaced(&line, pattern, by, *all);
                    line = new;
                    if changed && *print {
                        out.push_str(&line);
                        out.push('\n');
                    }
                }
            }
        }
        if !flags.has('n') {
            out.push_str(&line);
            out.push('\n');
        }
        if quits {
            run.closes = true;
            break;
        }
    }
    match files.as_slice() {
        [file] if flags.has('i') => run.write(file, &out, false),
        _ => run.print(false, &out),
    }
    Ok(0)
}

impl Rule {
    fn applies(&mut self, line: &str, number: usize, count: usize) -> bool {
        let is_at = |address: &Address| match address {
            Address::Line(at) => *at == number,
            Address::Last => number == count,
            Address::Match(pattern) => pattern.is_in(line),
        };
        let Some(from) = &self.from else {
            return true;
        };
        let Some(to) = &self.to else {
            return is_at(from);
        };
        let was_open = self.open;
        self.open |= is_at(from);
        let inside = self.open;
        let ends = match to {
            Address::Line(at) => number >= *at,
            other => was_open && is_at(other),
        };
        self.open &= !ends;
        inside
    }
}

fn read(script: &str, extended: bool) -> Result<Vec<Rule>, &'static str> {
    let characters: Vec<char> = script.chars().into_list();
    let mut at = 0;
    let mut rules = Vec::new();
    while at < characters.len() {
        if matches!(characters[at], ' ' | ';' | '\n') {
            at += 1;
            continue;
        }
        let from = address(&characters, &mut at, extended)?;
        let to = match characters.get(at) {
            Some(',') => {
                at += 1;
                address(&characters, &mut at, extended)?
            }
            _ => None,
        };
        let act = match characters.get(at) {
            Some('p') => Act::Print,
            Some('d') => Act::Delete,
            Some('q') => Act::Quit,
            Some('s') => {
                at += 1;
                replacement(&characters, &mut at, extended)?
            }
            Some(_) => return Err("unknown command"),
            None => return Err("missing command"),
        };
        if !matches!(act, Act::Replace { .. }) {
            at += 1;
        }
        rules.push(Rule {
            from,
            to,
            open: false,
            act,
        });
    }
    Ok(rules)
}

fn address(text: &[char], at: &mut usize, extended: bool) -> Result<Option<Address>, &'static str> {
    match text.get(*at) {
        Some('$') => {
            *at += 1;
            Ok(Some(Address::Last))
        }
        Some('/') => {
            *at += 1;
            let inside = until(text, at, '/')?;
            let pattern = Pattern::new(&inside, extended, false);
            pattern
                .map(|p| Some(Address::Match(p)))
                .map_err(|_| "invalid pattern")
        }
        Some(c) if c.is_ascii_digit() => {
            let digits: String = text[*at..]
                .iter()
                .take_while(|c| c.is_ascii_digit())
                .collect();
            *at += digits.len();
            Ok(digits.parse().ok().map(Address::Line))
        }
        _ => Ok(None),
    }
}

fn until(text: &[char], at: &mut usize, end: char) -> Result<String, &'static str> {
    let mut inside = String::new();
    loop {
        match text.get(*at) {
            None => return Err("unterminated `s' command"),
            Some(c) if *c == end => break,
            Some('\\') if text.get(*at + 1) == Some(&end) => {
                inside.push(end);
                *at += 1;
            }
            Some('\\') => {
                inside.push('\\');
                *at += 1;
                inside.extend(text.get(*at));
            }
            Some(c) => inside.push(*c),
        }
        *at += 1;
    }
    *at += 1;
    Ok(inside)
}

fn replacement(text: &[char], at: &mut usize, extended: bool) -> Result<Act, &'static str> {
    let Some(&mark) = text.get(*at) else {
        return Err("unterminated `s' command");
    };
    *at += 1;
    let pattern = until(text, at, mark)?;
    let by = until(text, at, mark)?;
    let (mut all, mut print, mut ignore) = (false, false, false);
    while let Some(flag) = text.get(*at) {
        match flag {
            'g' => all = true,
            'p' => print = true,
            'i' | 'I' => ignore = true,
            _ => break,
        }
        *at += 1;
    }
    let pattern = Pattern::new(&pattern, extended, ignore).map_err(|_| "invalid pattern")?;
    Ok(Act::Replace {
        pattern,
        by,
        all,
        print,
    })
}

/// The line with matches replaced; `&` in the new text is what matched.
fn replaced(line: &str, pattern: &Pattern, by: &str, all: bool) -> (String, bool) {
    let characters: Vec<char> = line.chars().into_list();
    let mut out = String::new();
    let (mut from, mut changed) = (0, false);
    while let Some((start, end)) = pattern.find(&characters, from) {
        out.extend(&characters[from..start]);
        let mut new = by.chars();
        while let Some(c) = new.next() {
            match c {
                '&' => out.extend(&characters[start..end]),
                '\\' => match new.next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    other => out.extend(other),
                },
                c => out.push(c),
            }
        }
        changed = true;
        from = end;
        if start == end {
            out.extend(characters.get(end));
            from += 1;
        }
        if !all || from > characters.len() {
            break;
        }
    }
    out.extend(characters.get(from..).unwrap_or_default());
    (out, changed)
}
