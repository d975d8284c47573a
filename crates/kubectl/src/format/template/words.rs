//! The words of a pipeline.

/// What stands in quotes: between `"`, where a backslash escapes, or between backquotes.
#[derive(Default)]
pub(super) struct Quotes {
    open: Option<char>,
    escaped: bool,
}

impl Quotes {
    /// Goes one letter on. Returns whether it is quoted, or a quote itself.
    pub(super) fn take(&mut self, letter: char) -> bool {
        match self.open {
            Some(_) if self.escaped => self.escaped = false,
            Some('"') if letter == '\\' => self.escaped = true,
            Some(end) if letter == end => self.open = None,
            Some(_) => {}
            None if matches!(letter, '"' | '`') => self.open = Some(letter),
            None => return false,
        }
        true
    }
}

/// Words of a pipeline: quoted strings and brackets keep together.
pub(super) fn words(text: &str, separator: char) -> Vec<String> {
    let (mut words, mut word, mut depth) = (Vec::new(), String::new(), 0);
    let mut quotes = Quotes::default();
    for letter in text.chars() {
        let is_separator = if separator == ' ' {
            letter.is_whitespace()
        } else {
            letter == separator
        };
        match letter {
            _ if quotes.take(letter) => {}
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && is_separator => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => {}
        }
        word.push(letter);
    }
    if !word.trim().is_empty() {
        words.push(word);
    }
    words
}
