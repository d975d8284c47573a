//! What one line of a manifest is, without parsing it: dashes, a key, a value.

/// A line taken apart. Columns count bytes from 0, which are characters as far as structure goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    /// Columns of leading dashes.
    pub dashes: Vec<usize>,
    /// Column of the key, or of whatever stands there.
    pub column: usize,
    /// The key, without quotes.
    pub key: Option<&'a str>,
    /// What follows the colon (or the dashes), trimmed, without a trailing comment.
    pub value: &'a str,
}

/// Takes a line apart.
pub(crate) fn parts(line: &str) -> Parts<'_> {
    let mut column = line.len() - line.trim_start_matches(' ').len();
    let mut dashes = Vec::new();
    while line[column..].starts_with("- ") || &line[column..] == "-" {
        dashes.push(column);
        let rest = &line[column + 1..];
        column += 1 + (rest.len() - rest.trim_start_matches(' ').len());
    }
    let rest = &line[column..];
    match split_key(rest) {
        Some((key, value)) => Parts {
            dashes,
            column,
            key: Some(key),
            value: without_comment(value).trim(),
        },
        None => Parts {
            dashes,
            column,
            key: None,
            value: without_comment(rest).trim(),
        },
    }
}

/// `key: value` with a blank or nothing behind the colon.
pub(crate) fn split_key(text: &str) -> Option<(&str, &str)> {
    if let Some(quote @ ('"' | '\'')) = text.chars().next() {
        let end = text[1..].find(quote)? + 1;
        let rest = text[end + 1..].strip_prefix(':')?;
        return (rest.is_empty() || rest.starts_with(' ')).then_some((&text[1..end], rest));
    }
    let length = text.find(|c: char| !is_key_char(c)).unwrap_or(text.len());
    let (key, rest) = text.split_at(length);
    // `env :` is legal, and people write it.
    let rest = rest.trim_start_matches(' ').strip_prefix(':')?;
    let is_key = !key.is_empty() && (rest.is_empty() || rest.starts_with([' ', '\t']));
    is_key.then_some((key, rest))
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '_' | '.' | '/' | '-' | '$' | '{' | '}')
        || (!c.is_ascii() && c.is_alphanumeric())
}

/// A word as field names are written: `volumeMounts`.
pub(crate) fn is_identifier(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The value without ` # …` at its end, as far as no quotes are open.
pub(crate) fn without_comment(value: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in value.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            None if c == '#' && before == ' ' => return &value[..at],
            None => {}
        }
        before = c;
    }
    value
}

/// Whether a value opens a block scalar: `|`, `>-`, `|2+`.
pub(crate) fn opens_block_scalar(value: &str) -> bool {
    value
        .strip_prefix(['|', '>'])
        .is_some_and(|rest| rest.chars().all(|c| matches!(c, '+' | '-' | '0'..='9')))
}

/// What is still open at the end of a value: brackets and quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unclosed {
    brackets: i32,
    quote: Option<char>,
}

impl Unclosed {
    /// What a value leaves open that starts with a bracket or a quote.
    pub(crate) fn of(value: &str) -> Unclosed {
        let mut state = Unclosed::default();
        if value.starts_with(['[', '{', '"', '\'']) {
            state.feed(value);
        }
        state
    }

    /// Goes on with the next line.
    pub(crate) fn feed(&mut self, text: &str) {
        let mut escaped = false;
        let mut before = ' ';
        for c in text.chars() {
            match self.quote {
                Some('"') if escaped => escaped = false,
                Some('"') if c == '\\' => escaped = true,
                Some(open) if c == open => self.quote = None,
                Some(_) => {}
                None => match c {
                    '"' | '\'' if !before.is_alphanumeric() => self.quote = Some(c),
                    '[' | '{' => self.brackets += 1,
                    ']' | '}' => self.brackets -= 1,
                    '#' if before == ' ' => return,
                    _ => {}
                },
            }
            before = c;
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.brackets > 0 || self.quote.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{Unclosed, parts};

    #[test]
    fn a_line_is_dashes_a_key_and_a_value() {
        let line = parts("  - - name: web  # the name");
        assert_eq!(
            (line.dashes, line.column, line.key, line.value),
            (vec![2, 4], 6, Some("name"), "web")
        );
        assert_eq!(parts("image: nginx:1.27").value, "nginx:1.27");
        assert_eq!(parts("- --port=80").key, None);
        assert_eq!(parts("\"quoted key\": x").key, Some("quoted key"));
        assert_eq!(parts("a sentence: with words").key, None);
        assert_eq!(parts("url: http://x/#top").value, "http://x/#top");
    }

    #[test]
    fn brackets_and_quotes_stay_open_over_lines() {
        let mut open = Unclosed::of("[ \"a]\",");
        assert!(open.is_open());
        open.feed("  'b' ]");
        assert!(!open.is_open());
        assert!(!Unclosed::of("it's").is_open());
    }
}
