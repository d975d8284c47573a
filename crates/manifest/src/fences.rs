//! Divides a text at its fences: Markdown's, AsciiDoc's, inside quotes and list items.

use crate::blocks::cut;
use crate::text::{Line, Text, indent_of};

/// Lines that belong together, as the text shows it.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub text: Text,
    /// It stood between fences.
    pub fenced: bool,
}

/// Divides a text at its fences. Quote marks and the indentation of list items are taken off.
pub(crate) fn blocks(text: &Text) -> Vec<Block> {
    let asciidoc = text
        .lines
        .iter()
        .any(|line| line.text.starts_with("[source") || line.text.starts_with("[.console"));
    let mut blocks = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    let mut fence: Option<(String, usize)> = None;
    for line in &text.lines {
        let (bare, stripped) = unquoted(&line.text);
        let sign = fence_sign(bare, asciidoc);
        match (&fence, sign) {
            (None, Some(sign)) => {
                push(&mut blocks, &mut lines, false);
                fence = Some((sign, stripped + indent_of(bare)));
            }
            (Some((open, _)), Some(sign))
                if sign.starts_with(open.as_str()) && bare.trim() == sign =>
            {
                push(&mut blocks, &mut lines, true);
                fence = None;
            }
            (Some((_, indent)), _) => {
                let blank = line.text.len() - line.text.trim_start_matches([' ', '>']).len();
                lines.push(cut(line, blank.min(*indent)));
            }
            (None, None) => lines.push(cut(line, stripped)),
        }
    }
    push(&mut blocks, &mut lines, fence.is_some());
    blocks
}

fn push(blocks: &mut Vec<Block>, lines: &mut Vec<Line>, fenced: bool) {
    if !lines.is_empty() {
        let text = Text {
            lines: std::mem::take(lines),
            open_end: false,
        };
        blocks.push(Block { text, fenced });
    }
}

/// The line without `> ` before it, and how many bytes that were.
fn unquoted(line: &str) -> (&str, usize) {
    let trimmed = line.trim_start_matches(' ');
    match trimmed.strip_prefix('>') {
        Some(rest) if line.len() - trimmed.len() < 4 => {
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            (rest, line.len() - rest.len())
        }
        _ => (line, 0),
    }
}

fn fence_sign(line: &str, asciidoc: bool) -> Option<String> {
    let trimmed = line.trim_start();
    let sign = ['`', '~', '-']
        .into_iter()
        .find(|sign| trimmed.starts_with(*sign))?;
    let length = trimmed.chars().take_while(|c| *c == sign).count();
    let rest = &trimmed[length..];
    let is_fence = match sign {
        '-' => asciidoc && length == 4 && rest.trim().is_empty(),
        _ => length >= 3 && !rest.contains('`'),
    };
    is_fence.then(|| sign.to_string().repeat(length))
}

#[cfg(test)]
mod tests {
    use super::blocks;
    use crate::text::Text;

    #[test]
    fn fences_quotes_and_list_items_are_taken_off() {
        let text = "Do this:\n\n1. first\n\n   ```yaml\n   kind: A\n     b: c\n   ```\n\n> ```\n> kind: B\n> ```\nend\n";
        let fenced: Vec<String> = blocks(&Text::of(text))
            .iter()
            .filter(|block| block.fenced)
            .map(|block| block.text.joined())
            .collect();
        assert_eq!(fenced, ["kind: A\n  b: c\n", "kind: B\n"]);
    }
}
