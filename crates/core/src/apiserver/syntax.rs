//! What Go's JSON reader says of text that is no JSON. Models `encoding/json/scanner.go`.

/// The fault of a text; nothing if it is JSON.
pub(super) fn fault(text: &str) -> Option<String> {
    let mut scanner = Scanner {
        rest: text.chars(),
        depth: 0,
    };
    let found = scanner
        .value("looking for beginning of value")
        .and_then(|()| {
            scanner.blank();
            match scanner.rest.next() {
                None => Ok(()),
                Some(c) => Err(odd(Some(c), "after top-level value")),
            }
        });
    found.err()
}

/// Values inside each other, at most: Go's own bound.
const DEEPEST: usize = 10_000;

struct Scanner<'a> {
    rest: std::str::Chars<'a>,
    depth: usize,
}

fn odd(found: Option<char>, place: &str) -> String {
    let shown = match found {
        None => return "unexpected end of JSON input".to_owned(),
        Some('\'') => r"'\''".to_owned(),
        Some('"') => "'\"'".to_owned(),
        Some(c) => format!("{c:?}"),
    };
    format!("invalid character {shown} {place}")
}

impl Scanner<'_> {
    fn blank(&mut self) {
        let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
        self.rest = self.rest.as_str().trim_start_matches(blank).chars();
    }

    fn next(&mut self) -> Option<char> {
        self.blank();
        self.rest.next()
    }

    fn peek(&mut self) -> Option<char> {
        self.blank();
        self.rest.clone().next()
    }

    fn value(&mut self, place: &str) -> Result<(), String> {
        match self.peek() {
            Some('{' | '[') if self.depth == DEEPEST => Err("exceeded max depth".to_owned()),
            Some('{') => self.inside(Self::object),
            Some('[') => self.inside(Self::array),
            Some('"') => self.string(),
            Some('t') => self.literal("true"),
            Some('f') => self.literal("false"),
            Some('n') => self.literal("null"),
            Some('-' | '0'..='9') => self.number(),
            other => Err(odd(other, place)),
        }
    }

    fn inside(&mut self, part: fn(&mut Self) -> Result<(), String>) -> Result<(), String> {
        self.next();
        self.depth += 1;
        let read = part(self);
        self.depth -= 1;
        read
    }

    fn object(&mut self) -> Result<(), String> {
        if self.peek() == Some('}') {
            self.next();
            return Ok(());
        }
        loop {
            match self.peek() {
                Some('"') => self.string()?,
                other => return Err(odd(other, "looking for beginning of object key string")),
            }
            match self.next() {
                Some(':') => {}
                other => return Err(odd(other, "after object key")),
            }
            self.value("looking for beginning of value")?;
            match self.next() {
                Some(',') => {}
                Some('}') => return Ok(()),
                other => return Err(odd(other, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self) -> Result<(), String> {
        if self.peek() == Some(']') {
            self.next();
            return Ok(());
        }
        loop {
            self.value("looking for beginning of value")?;
            match self.next() {
                Some(',') => {}
                Some(']') => return Ok(()),
                other => return Err(odd(other, "after array element")),
            }
        }
    }

    fn string(&mut self) -> Result<(), String> {
        self.next();
        loop {
            match self.rest.next() {
                Some('"') => return Ok(()),
                Some('\\') => self.escape()?,
                Some(c) if c >= ' ' => {}
                other => return Err(odd(other, "in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.rest.next() {
            Some('b' | 'f' | 'n' | 'r' | 't' | '\\' | '/' | '"') => Ok(()),
            Some('u') => {
                for _ in 0..4 {
                    match self.rest.next() {
                        Some(c) if c.is_ascii_hexdigit() => {}
                        other => return Err(odd(other, "in \\u hexadecimal character escape")),
                    }
                }
                Ok(())
            }
            other => Err(odd(other, "in string escape code")),
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), String> {
        for wanted in word.chars() {
            let found = self.rest.next();
            if found != Some(wanted) {
                return Err(odd(
                    found,
                    &format!("in literal {word} (expecting {wanted:?})"),
                ));
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        let digits = |scanner: &mut Self| {
            let text = scanner.rest.as_str();
            let end = text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let count = text.len() - end;
            scanner.rest = text[count..].chars();
            count
        };
        let ahead = |scanner: &Self| scanner.rest.clone().next();
        if ahead(self) == Some('-') {
            self.rest.next();
        }
        if ahead(self) == Some('0') {
            self.rest.next();
        } else if digits(self) == 0 {
            return Err(odd(ahead(self), "in numeric literal"));
        }
        if ahead(self) == Some('.') {
            self.rest.next();
            if digits(self) == 0 {
                return Err(odd(ahead(self), "after decimal point in numeric literal"));
            }
        }
        if matches!(ahead(self), Some('e' | 'E')) {
            self.rest.next();
            if matches!(ahead(self), Some('+' | '-')) {
                self.rest.next();
            }
            if digits(self) == 0 {
                return Err(odd(ahead(self), "in exponent of numeric literal"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn text_that_is_no_json_is_told_as_go_tells_it() {
        for (text, words) in [
            ("", "unexpected end of JSON input"),
            ("{\"a\": 1", "unexpected end of JSON input"),
            (
                "nope",
                "invalid character 'o' in literal null (expecting 'u')",
            ),
            (
                "abc",
                "invalid character 'a' looking for beginning of value",
            ),
            (
                "{a: 1}",
                "invalid character 'a' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\": 1 \"b\": 2}",
                "invalid character '\"' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "{\"a\": 01}",
                "invalid character '1' after object key:value pair",
            ),
            ("{} x", "invalid character 'x' after top-level value"),
            ("\"a\\x\"", "invalid character 'x' in string escape code"),
        ] {
            assert_eq!(fault(text).as_deref(), Some(words), "{text}");
        }
        assert_eq!(fault("{\"a\": [1, -2.5e3, null, \"x\"]}"), None);
    }
}
