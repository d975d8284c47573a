//! Pipelines, lists and loops.

use super::words::push;
use super::{
    Command, Compound, DEEPEST, Join, Parser, Script, Step, Trouble, Word, ends_word, plain,
};

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    pub(super) fn next(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    pub(super) fn take(&mut self, expected: &str) -> bool {
        let found = expected
            .chars()
            .enumerate()
            .all(|(i, c)| self.next(i) == Some(c));
        if found {
            self.at += expected.chars().count();
        }
        found
    }

    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.next(1) == Some('\n') => self.at += 2,
                Some('#') if self.at == 0 || self.before().is_none_or(ends_word) => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn before(&self) -> Option<char> {
        self.at
            .checked_sub(1)
            .and_then(|at| self.text.get(at))
            .copied()
    }

    /// Everything between pipelines that only separates.
    fn gaps(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some('\n' | ';') => self.at += 1,
                Some('&') if self.next(1) != Some('&') => self.at += 1,
                _ => return,
            }
        }
    }

    /// The keyword that stands here, if it is one of these.
    fn keyword(&mut self, words: &[&'static str]) -> Option<&'static str> {
        let found = words.iter().copied().find(|word| {
            let ends = self.next(word.chars().count()).is_none_or(ends_word);
            ends && word
                .chars()
                .enumerate()
                .all(|(i, c)| self.next(i) == Some(c))
        })?;
        Some(found)
    }

    pub(super) fn script(&mut self, ends: &[&'static str]) -> Result<Script, Trouble> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Trouble::Unexpected("(".to_owned()));
        }
        let mut steps = Script::new();
        let mut join = Join::Always;
        loop {
            if join == Join::Always {
                self.gaps();
            } else {
                while matches!(self.peek(), Some('\n')) || {
                    let at = self.at;
                    self.blanks();
                    self.at > at
                } {
                    if self.peek() == Some('\n') {
                        self.at += 1;
                    }
                }
            }
            if matches!(self.peek(), None | Some(')')) || self.keyword(ends).is_some() {
                break;
            }
            let mut step = self.step(join)?;
            self.blanks();
            step.background = self.peek() == Some('&') && self.next(1) != Some('&');
            steps.push(step);
            join = match self.peek() {
                Some('&') if self.take("&&") => Join::And,
                Some('|') if self.take("||") => Join::Or,
                Some('\n' | ';' | '&' | ')') | None => Join::Always,
                Some(c) => return Err(Trouble::Unexpected(c.to_string())),
            };
            if self.peek() == Some('\n') && !self.waiting.is_empty() {
                self.at += 1;
                self.documents(&mut steps)?;
            }
        }
        if join != Join::Always {
            return Err(Trouble::Unfinished("a command after && or ||"));
        }
        self.depth -= 1;
        Ok(steps)
    }

    fn step(&mut self, join: Join) -> Result<Step, Trouble> {
        let mut negated = false;
        while self.peek() == Some('!') && self.next(1).is_none_or(ends_word) {
            negated = !negated;
            self.at += 1;
            self.blanks();
        }
        let mut stages = Vec::new();
        loop {
            self.blanks();
            while self.peek() == Some('\n') && !stages.is_empty() {
                self.at += 1;
                self.blanks();
            }
            stages.push(self.command()?);
            self.blanks();
            if self.peek() != Some('|') || self.next(1) == Some('|') {
                return Ok(Step {
                    join,
                    negated,
                    background: false,
                    stages,
                });
            }
            self.at += 1;
            // `|&` hands on both streams; what is printed to the other one is seen all the same.
            self.take("&");
        }
    }

    fn command(&mut self) -> Result<Command, Trouble> {
        let mut command = Command {
            compound: self.compound()?,
            ..Command::default()
        };
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                command.redirects.push(redirect);
                continue;
            }
            match self.peek() {
                None | Some('\n' | ';' | '|' | '&' | ')') => break,
                Some('(') => return Err(Trouble::Unexpected("(".to_owned())),
                Some(_) if command.compound.is_some() => {
                    let word = self.word()?;
                    return Err(Trouble::Unexpected(plain(&word).unwrap_or_default()));
                }
                Some(_) => {}
            }
            let start = self.at;
            if command.words.is_empty()
                && let Some(name) = self.assignment()
            {
                let value = match self.peek() {
                    None | Some(' ' | '\t' | '\n' | ';' | '|' | '&' | ')') => Word::new(),
                    _ => self.word()?,
                };
                command.assignments.push((name, value));
                continue;
            }
            self.at = start;
            let word = self.word()?;
            command.words.push(word);
        }
        let empty = command.words.is_empty() && command.assignments.is_empty();
        if empty && command.redirects.is_empty() && command.compound.is_none() {
            return Err(match self.peek() {
                Some(c) => Trouble::Unexpected(c.to_string()),
                None => Trouble::Unfinished("a command"),
            });
        }
        Ok(command)
    }

    /// `NAME=`, if it stands here.
    fn assignment(&mut self) -> Option<String> {
        let mut name = String::new();
        while let Some(c) = self
            .next(name.len())
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        {
            name.push(c);
        }
        let starts = name.starts_with(|c: char| !c.is_ascii_digit());
        if !starts || self.next(name.len()) != Some('=') {
            return None;
        }
        self.at += name.len() + 1;
        Some(name)
    }

    fn compound(&mut self) -> Result<Option<Compound>, Trouble> {
        let Some(word) = self.keyword(&["for", "while", "until", "if", "{", "[["]) else {
            if self.peek() == Some('(') {
                self.at += 1;
                let body = self.script(&[])?;
                self.close(")")?;
                return Ok(Some(Compound::Group(body)));
            }
            let stray = ["do", "done", "then", "else", "elif", "fi", "}"];
            return match self.keyword(&stray) {
                Some(word) => Err(Trouble::Unexpected(word.to_owned())),
                None => Ok(None),
            };
        };
        self.at += word.len();
        let compound = match word {
            "for" => self.for_loop()?,
            "while" | "until" => {
                let condition = self.script(&["do"])?;
                Compound::While {
                    wanted: word == "while",
                    condition,
                    body: self.body()?,
                }
            }
            "if" => self.branches()?,
            "[[" => self.condition()?,
            _ => {
                let body = self.script(&["}"])?;
                self.close("}")?;
                Compound::Group(body)
            }
        };
        Ok(Some(compound))
    }

    fn condition(&mut self) -> Result<Compound, Trouble> {
        let mut words = Vec::new();
        loop {
            while matches!(self.peek(), Some(' ' | '\t' | '\r' | '\n')) {
                self.at += 1;
            }
            if self.keyword(&["]]"]).is_some() {
                self.at += 2;
                return Ok(Compound::Condition(words));
            }
            words.push(self.operand()?);
        }
    }

    /// A word of a condition: only blanks end it.
    fn operand(&mut self) -> Result<Word, Trouble> {
        let mut word = Word::new();
        loop {
            word.extend(self.word()?);
            match self.peek() {
                None => return Err(Trouble::Unfinished("]]")),
                Some(' ' | '\t' | '\r' | '\n') => return Ok(word),
                Some(c) => {
                    self.at += 1;
                    push(&mut word, c, false);
                }
            }
        }
    }

    fn for_loop(&mut self) -> Result<Compound, Trouble> {
        self.blanks();
        let word = self.word()?;
        let name = plain(&word).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| match self.peek() {
            Some(c) => Trouble::Unexpected(c.to_string()),
            None => Trouble::Unfinished("a name after for"),
        })?;
        self.gaps();
        let mut words = Vec::new();
        if self.keyword(&["in"]).is_some() {
            self.at += 2;
            loop {
                self.blanks();
                // What ends a word and is no blank ends the list: the body follows, or it is said to be unexpected.
                if self.peek().is_none_or(ends_word) {
                    break;
                }
                words.push(self.word()?);
            }
        }
        Ok(Compound::For {
            name,
            words,
            body: self.body()?,
        })
    }

    fn body(&mut self) -> Result<Script, Trouble> {
        self.gaps();
        self.close("do")?;
        let body = self.script(&["done"])?;
        self.close("done")?;
        Ok(body)
    }

    fn branches(&mut self) -> Result<Compound, Trouble> {
        let mut branches = Vec::new();
        loop {
            let condition = self.script(&["then"])?;
            self.close("then")?;
            let body = self.script(&["elif", "else", "fi"])?;
            branches.push((condition, body));
            match self.keyword(&["elif", "else", "fi"]) {
                Some("elif") => self.at += 4,
                Some("else") => {
                    self.at += 4;
                    let otherwise = self.script(&["fi"])?;
                    self.close("fi")?;
                    return Ok(Compound::If {
                        branches,
                        otherwise,
                    });
                }
                _ => {
                    self.close("fi")?;
                    return Ok(Compound::If {
                        branches,
                        otherwise: Script::new(),
                    });
                }
            }
        }
    }

    pub(super) fn close(&mut self, word: &'static str) -> Result<(), Trouble> {
        self.blanks();
        match self.peek() {
            None => Err(Trouble::Unfinished(word)),
            Some(_) if self.take(word) => Ok(()),
            Some(c) => Err(Trouble::Unexpected(c.to_string())),
        }
    }
}
