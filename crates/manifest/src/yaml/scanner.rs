//! Text to tokens. Models `goyaml.v2/scannerc.go`.

use std::collections::VecDeque;

use super::Fault;
use crate::node::Mark;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    /// Handle and suffix.
    Tag(String, String),
    Scalar {
        text: String,
        plain: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: Mark,
    pub end: Mark,
}

/// A scalar, alias or bracket that may turn out to be a key.
#[derive(Clone, Copy, Default)]
pub(super) struct SimpleKey {
    pub(super) possible: bool,
    required: bool,
    pub(super) token: usize,
    pub(super) mark: Mark,
    index: usize,
}

pub(super) struct Scanner<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) mark: Mark,
    pub(super) tokens: VecDeque<Token>,
    pub(super) taken: usize,
    pub(super) ended: bool,
    pub(super) flow_level: usize,
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) simple_key_allowed: bool,
    pub(super) simple_keys: Vec<SimpleKey>,
    pub(super) max_depth: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, max_depth: usize) -> Self {
        Scanner {
            bytes: text.as_bytes(),
            at: 0,
            mark: Mark::default(),
            tokens: VecDeque::new(),
            taken: 0,
            ended: false,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            max_depth,
        }
    }

    pub(super) fn peek(&mut self) -> Result<&Token, Fault> {
        while self.needs_more()? {
            self.fetch()?;
        }
        Ok(self
            .tokens
            .front()
            .expect("the scanner ends with an end token"))
    }

    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        self.peek()?;
        let token = self.tokens.pop_front().expect("just looked at");
        if token.kind == Kind::StreamEnd {
            self.tokens.push_front(token.clone());
        } else {
            self.taken += 1;
        }
        Ok(token)
    }

    /// A token is ready unless a `:` further on may still make it a key.
    fn needs_more(&mut self) -> Result<bool, Fault> {
        if self.ended {
            return Ok(false);
        }
        if self.tokens.is_empty() {
            return Ok(true);
        }
        match self
            .simple_keys
            .iter()
            .position(|key| key.possible && key.token == self.taken)
        {
            None => Ok(false),
            Some(level) => self.is_valid(level),
        }
    }

    /// A key must be on one line, and at most 1024 characters long.
    pub(super) fn is_valid(&mut self, level: usize) -> Result<bool, Fault> {
        let key = &mut self.simple_keys[level];
        if !key.possible {
            return Ok(false);
        }
        if key.mark.row < self.mark.row || key.index + 1024 < self.at {
            if key.required {
                return Err(Fault::scanner(
                    "could not find expected ':'",
                    self.mark,
                    key.mark,
                ));
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    // Reading characters.

    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    pub(super) fn is_breakz(&self, ahead: usize) -> bool {
        self.is_end(ahead) || self.byte(ahead) == b'\n'
    }

    pub(super) fn is_blankz(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_breakz(ahead)
    }

    pub(super) fn is_end(&self, ahead: usize) -> bool {
        self.at + ahead >= self.bytes.len()
    }

    /// One character further; columns count characters.
    pub(super) fn skip(&mut self) {
        self.at += 1;
        while self
            .bytes
            .get(self.at)
            .is_some_and(|byte| byte & 0xc0 == 0x80)
        {
            self.at += 1;
        }
        self.mark.column += 1;
    }

    pub(super) fn skip_line(&mut self) {
        self.at += 1;
        self.mark = Mark {
            row: self.mark.row + 1,
            column: 0,
        };
    }

    /// Appends one character and goes past it.
    pub(super) fn read(&mut self, into: &mut String) {
        let start = self.at;
        self.skip();
        into.push_str(std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default());
    }

    pub(super) fn at_document_indicator(&self) -> bool {
        self.mark.column == 0
            && matches!(self.bytes.get(self.at..self.at + 3), Some(b"---" | b"..."))
            && self.is_blankz(3)
    }

    // Tokens.

    pub(super) fn push(&mut self, kind: Kind, start: Mark) {
        self.tokens.push_back(Token {
            kind,
            start,
            end: self.mark,
        });
    }

    pub(super) fn push_skipping(&mut self, kind: Kind, characters: usize) {
        let start = self.mark;
        (0..characters).for_each(|_| self.skip());
        self.push(kind, start);
    }

    fn fetch(&mut self) -> Result<(), Fault> {
        self.skip_to_next_token();
        self.unroll_indent(self.mark.column as isize);
        if self.is_end(0) {
            return self.fetch_stream_end();
        }
        if self.mark.column == 0 && self.byte(0) == b'%' {
            return self.fetch_directive();
        }
        if self.at_document_indicator() {
            let kind = if self.byte(0) == b'-' {
                Kind::DocumentStart
            } else {
                Kind::DocumentEnd
            };
            self.unroll_indent(-1);
            self.remove_simple_key()?;
            self.simple_key_allowed = false;
            self.push_skipping(kind, 3);
            return Ok(());
        }
        let in_flow = self.flow_level > 0;
        match self.byte(0) {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.push_skipping(Kind::FlowEntry, 1);
                Ok(())
            }
            b'-' if self.is_blankz(1) => self.fetch_block_entry(),
            b'?' if in_flow || self.is_blankz(1) => self.fetch_key(),
            b':' if in_flow || self.is_blankz(1) => self.fetch_value(),
            b'*' | b'&' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_anchor()?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'!' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_tag()?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'|' | b'>' if !in_flow => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                let token = self.scan_block_scalar()?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_flow_scalar()?;
                self.tokens.push_back(token);
                Ok(())
            }
            byte if self.starts_plain(byte) => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_plain_scalar()?;
                self.tokens.push_back(token);
                Ok(())
            }
            _ => Err(Fault::scanner(
                "found character that cannot start any token",
                self.mark,
                self.mark,
            )),
        }
    }

    fn starts_plain(&self, byte: u8) -> bool {
        let indicator = b"-?:,[]{}#&*!|>'\"%@`".contains(&byte);
        !(self.is_blankz(0) || indicator)
            || (byte == b'-' && !self.is_blank(1))
            || (self.flow_level == 0 && matches!(byte, b'?' | b':') && !self.is_blankz(1))
    }

    /// Tabs separate tokens in flow context and inside a line, but do not indent.
    fn skip_to_next_token(&mut self) {
        loop {
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.byte(0) == b' ' || (tabs && self.byte(0) == b'\t') {
                self.skip();
            }
            if self.byte(0) == b'#' {
                while !self.is_breakz(0) {
                    self.skip();
                }
            }
            if self.byte(0) != b'\n' {
                return;
            }
            self.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    pub(super) fn unroll_indent(&mut self, column: isize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(Kind::BlockEnd, self.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Opens a block collection in front of the token with this number, or at the end.
    pub(super) fn roll_indent(
        &mut self,
        mark: Mark,
        number: Option<usize>,
        kind: Kind,
    ) -> Result<(), Fault> {
        let column = mark.column as isize;
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > self.max_depth {
            return Err(Fault::scanner(
                &format!("exceeded max depth of {}", self.max_depth),
                self.mark,
                mark,
            ));
        }
        let token = Token {
            kind,
            start: mark,
            end: mark,
        };
        match number {
            Some(number) => self.tokens.insert(number - self.taken, token),
            None => self.tokens.push_back(token),
        }
        Ok(())
    }

    pub(super) fn save_simple_key(&mut self) -> Result<(), Fault> {
        let required = self.flow_level == 0 && self.indent == self.mark.column as isize;
        if self.simple_key_allowed {
            let token = self.taken + self.tokens.len();
            self.remove_simple_key()?;
            let key = SimpleKey {
                possible: true,
                required,
                token,
                mark: self.mark,
                index: self.at,
            };
            *self.simple_keys.last_mut().expect("one for each level") = key;
        }
        Ok(())
    }

    pub(super) fn remove_simple_key(&mut self) -> Result<(), Fault> {
        let mark = self.mark;
        let key = self.simple_keys.last_mut().expect("one for each level");
        if key.possible && key.required {
            return Err(Fault::scanner(
                "could not find expected ':'",
                mark,
                key.mark,
            ));
        }
        key.possible = false;
        Ok(())
    }
}
