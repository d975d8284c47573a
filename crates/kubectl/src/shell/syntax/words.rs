//! What makes a word: quotes, variables, the output of commands, sums.

use ordinal_api::list::IntoList;

use super::{Parser, Part, Script, Trouble, Word, ends_word};

impl Parser<'_> {
    pub(super) fn word(&mut self) -> Result<Word, Trouble> {
        let mut word = Word::new();
        while let Some(c) = self.peek().filter(|c| !ends_word(*c)) {
            match c {
                '\'' => {
                    let text = self.until('\'')?;
                    word.push(Part::Text { text, quoted: true });
                }
                '"' => {
                    self.at += 1;
                    self.double_quoted(&mut word, Some('"'))?;
                }
                '\\' => {
                    let text = self.next(1).filter(|c| *c != '\n');
                    self.at += 2;
                    let text = text.map(String::from).unwrap_or_default();
                    word.push(Part::Text { text, quoted: true });
                }
                '$' | '`' => {
                    let part = self.dollar(false)?;
                    word.push(part);
                }
                _ => {
                    self.at += 1;
                    push(&mut word, c, false);
                }
            }
        }
        Ok(word)
    }

    pub(super) fn until(&mut self, end: char) -> Result<String, Trouble> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(Trouble::Unfinished("a quote")),
                Some(c) => {
                    self.at += 1;
                    if c == end {
                        return Ok(text);
                    }
                    text.push(c);
                }
            }
        }
    }

    pub(super) fn double_quoted(
        &mut self,
        word: &mut Word,
        end: Option<char>,
    ) -> Result<(), Trouble> {
        // An empty quote is a word, too.
        word.push(Part::Text {
            text: String::new(),
            quoted: true,
        });
        loop {
            match self.peek() {
                None if end.is_none() => return Ok(()),
                None => return Err(Trouble::Unfinished("a quote")),
                c if c == end && c.is_some() => {
                    self.at += 1;
                    return Ok(());
                }
                Some('\\') => {
                    let escaped = match self.next(1) {
                        Some('\n') => None,
                        Some(c @ ('$' | '`' | '\\')) => Some(c),
                        Some('"') if end.is_some() => Some('"'),
                        _ => {
                            self.at += 1;
                            push(word, '\\', true);
                            continue;
                        }
                    };
                    self.at += 2;
                    if let Some(c) = escaped {
                        push(word, c, true);
                    }
                }
                Some('$' | '`') => {
                    let part = self.dollar(true)?;
                    word.push(part);
                }
                Some(c) => {
                    self.at += 1;
                    push(word, c, true);
                }
            }
        }
    }

    pub(super) fn dollar(&mut self, quoted: bool) -> Result<Part, Trouble> {
        if self.peek() == Some('`') {
            let text = self.until('`')?;
            let script = nested(&text, self.depth)?;
            return Ok(Part::Output { script, quoted });
        }
        self.at += 1;
        if self.take("((") {
            let mut word = Word::new();
            let mut open = 0;
            loop {
                match self.peek() {
                    None => return Err(Trouble::Unfinished("))")),
                    Some(')') if open == 0 && self.take("))") => return Ok(Part::Sum(word)),
                    Some('$') => {
                        let part = self.dollar(true)?;
                        word.push(part);
                    }
                    Some(c) => {
                        open += i32::from(c == '(') - i32::from(c == ')');
                        self.at += 1;
                        push(&mut word, c, true);
                    }
                }
            }
        }
        if self.take("(") {
            let script = self.script(&[])?;
            self.close(")")?;
            return Ok(Part::Output { script, quoted });
        }
        if self.take("{") {
            let mut inside = String::new();
            loop {
                match self.peek() {
                    None => return Err(Trouble::Unfinished("}")),
                    Some('}') => break,
                    Some(c) => inside.push(c),
                }
                self.at += 1;
            }
            self.at += 1;
            let (name, default) = match inside.split_once(":-") {
                Some((name, default)) => (name.to_owned(), Some(interior(default, self.depth)?)),
                None => (inside, None),
            };
            return Ok(Part::Variable {
                name,
                default,
                quoted,
            });
        }
        let mut name = String::new();
        match self.peek() {
            Some(c @ ('?' | '#' | '@' | '*' | '$' | '!')) => {
                name.push(c);
                self.at += 1;
            }
            Some(c) if c.is_ascii_digit() => {
                name.push(c);
                self.at += 1;
            }
            _ => {
                while let Some(c) = self
                    .peek()
                    .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
                {
                    name.push(c);
                    self.at += 1;
                }
            }
        }
        if name.is_empty() {
            return Ok(Part::Text {
                text: "$".to_owned(),
                quoted,
            });
        }
        Ok(Part::Variable {
            name,
            default: None,
            quoted,
        })
    }
}

/// A text as between double quotes.
pub(super) fn interior(text: &str, depth: usize) -> Result<Word, Trouble> {
    let characters: Vec<char> = text.chars().into_list();
    let mut parser = Parser::new(&characters, depth);
    let mut word = Word::new();
    parser.double_quoted(&mut word, None)?;
    Ok(word)
}

pub(super) fn nested(text: &str, depth: usize) -> Result<Script, Trouble> {
    let characters: Vec<char> = text.chars().into_list();
    Parser::new(&characters, depth).script(&[])
}

pub(super) fn push(word: &mut Word, c: char, as_quoted: bool) {
    match word.last_mut() {
        Some(Part::Text { text, quoted }) if *quoted == as_quoted => text.push(c),
        _ => word.push(Part::Text {
            text: c.to_string(),
            quoted: as_quoted,
        }),
    }
}
