//! Scanning what is longer than an indicator: anchors, tags and the five styles of scalars.
//! Models `goyaml.v2/scannerc.go`.

use super::Fault;
use super::scanner::{Kind, Scanner, Token};
use crate::node::Mark;

impl Scanner<'_> {
    fn token(&self, kind: Kind, start: Mark, end: Mark) -> Token {
        Token { kind, start, end }
    }

    fn fault<T>(&self, problem: &str, context: Mark) -> Result<T, Fault> {
        Err(Fault::scanner(problem, self.mark, context))
    }

    pub(super) fn scan_anchor(&mut self) -> Result<Token, Fault> {
        let start = self.mark;
        let is_alias = self.byte(0) == b'*';
        self.skip();
        let mut name = String::new();
        while self.byte(0).is_ascii_alphanumeric() || matches!(self.byte(0), b'_' | b'-') {
            self.read(&mut name);
        }
        let ends = self.is_blankz(0)
            || matches!(
                self.byte(0),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if name.is_empty() || !ends {
            return self.fault(
                "did not find expected alphabetic or numeric character",
                start,
            );
        }
        let kind = if is_alias {
            Kind::Alias(name)
        } else {
            Kind::Anchor(name)
        };
        Ok(self.token(kind, start, self.mark))
    }

    pub(super) fn scan_tag(&mut self) -> Result<Token, Fault> {
        let start = self.mark;
        let (mut handle, mut suffix) = (String::new(), String::new());
        self.skip();
        if self.byte(0) == b'<' {
            self.skip();
            self.scan_tag_uri(&mut suffix);
            if self.byte(0) != b'>' {
                return self.fault("did not find the expected '>'", start);
            }
            self.skip();
        } else {
            while self.byte(0).is_ascii_alphanumeric() || matches!(self.byte(0), b'_' | b'-') {
                self.read(&mut suffix);
            }
            if self.byte(0) == b'!' {
                self.skip();
                handle = format!("!{}!", std::mem::take(&mut suffix));
            } else {
                handle.push('!');
            }
            self.scan_tag_uri(&mut suffix);
            if handle != "!" && suffix.is_empty() {
                return self.fault("did not find expected tag URI", start);
            }
        }
        if !self.is_blankz(0) {
            return self.fault("did not find expected whitespace or line break", start);
        }
        Ok(self.token(Kind::Tag(handle, suffix), start, self.mark))
    }

    fn scan_tag_uri(&mut self, into: &mut String) {
        while self.byte(0).is_ascii_alphanumeric()
            || (self.byte(0) != 0 && b"_-;/?:@&=+$,.!~*'()[]%".contains(&self.byte(0)))
        {
            self.read(into);
        }
    }

    pub(super) fn scan_block_scalar(&mut self) -> Result<Token, Fault> {
        let start = self.mark;
        let literal = self.byte(0) == b'|';
        self.skip();
        let (mut keep, mut strip, mut increment) = (false, false, 0);
        for _ in 0..2 {
            match self.byte(0) {
                b'+' if !keep && !strip => keep = true,
                b'-' if !keep && !strip => strip = true,
                b'0' if increment == 0 => {
                    return self.fault("found an indentation indicator equal to 0", start);
                }
                digit @ b'1'..=b'9' if increment == 0 => increment = isize::from(digit - b'0'),
                _ => break,
            }
            self.skip();
        }
        while self.is_blank(0) {
            self.skip();
        }
        if self.byte(0) == b'#' {
            while !self.is_breakz(0) {
                self.skip();
            }
        }
        if !self.is_breakz(0) {
            return self.fault("did not find expected comment or line break", start);
        }
        if !self.is_end(0) {
            self.skip_line();
        }
        let mut end = self.mark;
        let mut indent = if increment > 0 {
            self.indent.max(0) + increment
        } else {
            0
        };
        let (mut text, mut break_before, mut breaks) = (String::new(), "", String::new());
        let mut leading_blank = false;
        self.scan_block_breaks(&mut indent, &mut breaks, start, &mut end)?;
        while self.mark.column as isize == indent && !self.is_end(0) {
            let blank = self.is_blank(0);
            if !literal && !leading_blank && !blank && break_before == "\n" {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(break_before);
            }
            text.push_str(&breaks);
            breaks.clear();
            leading_blank = blank;
            while !self.is_breakz(0) {
                self.read(&mut text);
            }
            end = self.mark;
            break_before = "";
            if !self.is_end(0) {
                break_before = "\n";
                self.skip_line();
            }
            let mut after = end;
            self.scan_block_breaks(&mut indent, &mut breaks, start, &mut after)?;
        }
        if !strip {
            text.push_str(break_before);
        }
        if keep {
            text.push_str(&breaks);
        }
        Ok(self.token(Kind::Scalar { text, plain: false }, start, end))
    }

    /// Empty lines and the indentation of the next one, which the first line with text decides.
    fn scan_block_breaks(
        &mut self,
        indent: &mut isize,
        breaks: &mut String,
        start: Mark,
        end: &mut Mark,
    ) -> Result<(), Fault> {
        *end = self.mark;
        let mut widest = 0;
        loop {
            let inside = |column: usize| *indent == 0 || (column as isize) < *indent;
            while inside(self.mark.column) && self.byte(0) == b' ' {
                self.skip();
            }
            widest = widest.max(self.mark.column as isize);
            if inside(self.mark.column) && self.byte(0) == b'\t' {
                return self.fault(
                    "found a tab character where an indentation space is expected",
                    start,
                );
            }
            if self.byte(0) != b'\n' {
                break;
            }
            breaks.push('\n');
            self.skip_line();
        }
        if *indent == 0 {
            *indent = widest.max(self.indent + 1).max(1);
        }
        Ok(())
    }

    pub(super) fn scan_flow_scalar(&mut self) -> Result<Token, Fault> {
        let start = self.mark;
        let quote = self.byte(0);
        let single = quote == b'\'';
        self.skip();
        let mut text = String::new();
        loop {
            if self.at_document_indicator() {
                return self.fault("found unexpected document indicator", start);
            }
            if self.is_end(0) {
                return self.fault("found unexpected end of stream", start);
            }
            let mut leading_blanks = false;
            while !self.is_blankz(0) {
                match (self.byte(0), self.byte(1)) {
                    (b'\'', b'\'') if single => {
                        text.push('\'');
                        self.skip();
                        self.skip();
                    }
                    (byte, _) if byte == quote => break,
                    (b'\\', b'\n') if !single => {
                        self.skip();
                        self.skip_line();
                        leading_blanks = true;
                        break;
                    }
                    (b'\\', code) if !single => self.scan_escape(code, &mut text, start)?,
                    _ => self.read(&mut text),
                }
            }
            if self.byte(0) == quote {
                break;
            }
            let folded = self.scan_blanks(leading_blanks, None, start)?;
            folded.join(&mut text);
        }
        self.skip();
        Ok(self.token(Kind::Scalar { text, plain: false }, start, self.mark))
    }

    fn scan_escape(&mut self, code: u8, text: &mut String, start: Mark) -> Result<(), Fault> {
        let simple = match code {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\u{b}',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'e' => '\u{1b}',
            b' ' => ' ',
            b'"' => '"',
            b'\'' => '\'',
            b'\\' => '\\',
            b'/' => '/',
            b'N' => '\u{85}',
            b'_' => '\u{a0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => return self.scan_hex(2, text, start),
            b'u' => return self.scan_hex(4, text, start),
            b'U' => return self.scan_hex(8, text, start),
            _ => return self.fault("found unknown escape character", start),
        };
        text.push(simple);
        self.skip();
        self.skip();
        Ok(())
    }

    fn scan_hex(&mut self, digits: usize, text: &mut String, start: Mark) -> Result<(), Fault> {
        self.skip();
        self.skip();
        let mut code = 0u32;
        for ahead in 0..digits {
            match char::from(self.byte(ahead)).to_digit(16) {
                Some(digit) => code = (code << 4) | digit,
                None => return self.fault("did not find expected hexdecimal number", start),
            }
        }
        let Some(found) = char::from_u32(code) else {
            return self.fault("found invalid Unicode character escape code", start);
        };
        text.push(found);
        (0..digits).for_each(|_| self.skip());
        Ok(())
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<Token, Fault> {
        let start = self.mark;
        let mut end = start;
        let indent = self.indent + 1;
        let mut text = String::new();
        let mut folded = Folded::default();
        loop {
            if self.at_document_indicator() || self.byte(0) == b'#' {
                break;
            }
            while !self.is_blankz(0) {
                let in_flow = self.flow_level > 0;
                if (self.byte(0) == b':' && self.is_blankz(1))
                    || (in_flow && matches!(self.byte(0), b',' | b'?' | b'[' | b']' | b'{' | b'}'))
                {
                    break;
                }
                std::mem::take(&mut folded).join(&mut text);
                self.read(&mut text);
                end = self.mark;
            }
            if self.is_end(0) || !self.is_blankz(0) {
                break;
            }
            folded = self.scan_blanks(false, Some(indent), start)?;
            if self.flow_level == 0 && (self.mark.column as isize) < indent {
                break;
            }
        }
        if folded.broken {
            self.simple_key_allowed = true;
        }
        Ok(self.token(Kind::Scalar { text, plain: true }, start, end))
    }

    /// Blanks and line breaks between two words.
    fn scan_blanks(
        &mut self,
        broken: bool,
        indent: Option<isize>,
        start: Mark,
    ) -> Result<Folded, Fault> {
        let mut folded = Folded {
            broken,
            ..Folded::default()
        };
        while !self.is_end(0) && self.is_blankz(0) {
            if self.is_blank(0) {
                let column = self.mark.column as isize;
                if folded.broken
                    && indent.is_some_and(|indent| column < indent)
                    && self.byte(0) == b'\t'
                {
                    return self.fault("found a tab character that violates indentation", start);
                }
                if folded.broken {
                    self.skip();
                } else {
                    self.read(&mut folded.blanks);
                }
            } else {
                if folded.broken {
                    folded.breaks += 1;
                } else {
                    folded.blanks.clear();
                    folded.broken = true;
                    folded.first = true;
                }
                self.skip_line();
            }
        }
        Ok(folded)
    }
}

/// What stands between two words of a scalar that may go over several lines.
#[derive(Default)]
struct Folded {
    blanks: String,
    /// A line has ended.
    broken: bool,
    /// It ended with a line break of its own, not with an escaped one.
    first: bool,
    /// Line breaks after the first.
    breaks: usize,
}

impl Folded {
    fn join(self, text: &mut String) {
        if !self.broken {
            text.push_str(&self.blanks);
        } else if self.breaks == 0 && self.first {
            text.push(' ');
        } else {
            (0..self.breaks).for_each(|_| text.push('\n'));
        }
    }
}
