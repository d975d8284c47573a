//! Characters that look like what they are not: no-break and zero-width spaces, smart quotes, tabs, full-width signs.

use crate::text::Text;

/// One kind of look-alike that was replaced, with the place of the first.
pub(crate) struct Replaced {
    pub name: &'static str,
    pub what: &'static str,
    pub row: usize,
    pub column: usize,
    pub count: usize,
}

/// Replaces look-alikes outside comments. `skip` says which kinds are to be left alone.
pub(crate) fn characters(text: &Text, skip: &dyn Fn(&str) -> bool) -> (Text, Vec<Replaced>) {
    let mut result = text.clone();
    let mut found: Vec<Replaced> = Vec::new();
    for (row, line) in result.lines.iter_mut().enumerate() {
        if line.text.is_ascii() && !line.text.contains('\t') {
            continue;
        }
        let mut fresh = String::with_capacity(line.text.len());
        let mut in_comment = false;
        for (column, c) in line.text.chars().enumerate() {
            in_comment |= c == '#' && (fresh.is_empty() || fresh.ends_with(' '));
            let leading = fresh.trim_start_matches(' ').is_empty();
            let kind = if in_comment {
                None
            } else {
                look_alike(c, leading)
            };
            match kind.filter(|kind| !skip(kind.0)) {
                None => fresh.push(c),
                Some((name, what, plain)) => {
                    if c == '\t' && leading {
                        let width = fresh.len() / 2 * 2 + 2 - fresh.len();
                        (0..width).for_each(|_| fresh.push(' '));
                    } else {
                        fresh.push_str(plain);
                    }
                    match found.iter_mut().find(|known| known.name == name) {
                        Some(known) => known.count += 1,
                        None => found.push(Replaced {
                            name,
                            what,
                            row,
                            column,
                            count: 1,
                        }),
                    }
                }
            }
        }
        line.text = fresh;
    }
    (result, found)
}

/// Whether a line begins with a character that only looks like a blank, or like nothing.
pub(crate) fn begins_oddly(line: &str) -> bool {
    let first = line.trim_start_matches(' ').chars().next();
    let kind = first
        .filter(|c| *c != '\t')
        .and_then(|c| look_alike(c, true));
    kind.is_some_and(|kind| matches!(kind.0, "no-break-space" | "zero-width-character"))
}

/// The repair's name, the character's name and what stands for it.
fn look_alike(c: char, leading: bool) -> Option<(&'static str, &'static str, &'static str)> {
    match c {
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}' | '\u{2002}' | '\u{2003}' | '\u{2009}' => {
            Some(("no-break-space", "no-break space", " "))
        }
        '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {
            Some(("zero-width-character", "invisible character", ""))
        }
        '“' | '”' | '„' | '‟' | '″' => Some(("smart-quote", "typographic quote", "\"")),
        '‘' | '’' | '‚' | '′' => Some(("smart-quote", "typographic quote", "'")),
        '\u{2013}' | '\u{2014}' | '\u{2212}' | '\u{2010}' | '\u{2011}' if leading => {
            Some(("dash", "typographic dash", "-"))
        }
        '：' => Some(("full-width-colon", "full-width colon", ": ")),
        '\t' => Some(("tab", "tab", " ")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::characters;
    use crate::text::Text;

    #[test]
    fn look_alikes_are_replaced_outside_comments() {
        let text = Text::of(
            "a:\n\u{a0}\u{a0}b: \u{201c}x\u{201d} # \u{201c}kept\u{201d}\n\tc: \u{200b}1\n",
        );
        let (text, found) = characters(&text, &|_| false);
        assert_eq!(
            text.joined(),
            "a:\n  b: \"x\" # \u{201c}kept\u{201d}\n  c: 1\n"
        );
        let names: Vec<_> = found.iter().map(|kind| kind.name).collect();
        assert_eq!(
            names,
            [
                "no-break-space",
                "smart-quote",
                "tab",
                "zero-width-character"
            ]
        );
    }
}
