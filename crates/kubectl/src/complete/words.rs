//! The words of a line that is being typed.

use super::table::BEFORE;

/// The words of the command at the end of a line, and where the word before the cursor begins.
pub(super) fn split(line: &str) -> (Vec<String>, usize) {
    let mut words: Vec<String> = Vec::new();
    let (mut from, mut word, mut quote) = (0, String::new(), None);
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') if word.is_empty() || at > from => quote = Some(c),
            (None, '|' | ';' | '&' | '(' | '\n' | '{' | '`') if !word.contains('=') => {
                words.clear();
                word.clear();
                from = at + c.len_utf8();
            }
            (None, '>' | '<') => {
                words.push(c.to_string());
                word.clear();
                from = at + 1;
            }
            (None, c) if c.is_whitespace() => {
                let begins = BEFORE.split(' ').any(|keyword| keyword == word);
                let assigns = word.contains('=') && !word.starts_with('-');
                if !word.is_empty() && !(words.is_empty() && (begins || assigns)) {
                    words.push(std::mem::take(&mut word));
                }
                word.clear();
                from = at + c.len_utf8();
            }
            (None, c) => word.push(c),
        }
    }
    // What `watch` and `xargs` run is a command again.
    if matches!(words.first().map(String::as_str), Some("watch" | "xargs")) {
        let mut of_watch = 1;
        while of_watch < words.len() && words[of_watch].starts_with('-') {
            of_watch += if words[of_watch].len() == 2 { 2 } else { 1 };
        }
        words.drain(..of_watch.min(words.len()));
    }
    (words, from)
}
