//! Bytes to text: byte order marks, sizes, and files that are no text at all.

use crate::reading::{Diagnostic, Limits, Position, Severity, Words};
use ordinal_api::list::IntoList;

/// A text, and what YAML cannot read in it.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// Without a byte order mark, with `\n` for every line break, and without control characters.
    pub text: String,
    /// The first control character, in kubectl's words.
    pub stray: Option<Diagnostic>,
}

/// Bytes as text.
pub(crate) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, Diagnostic> {
    if bytes.len() > limits.bytes {
        let (size, most) = (bytes.len(), limits.bytes);
        return Err(refusal(
            format!("the text has {size} bytes; at most {most} are read"),
            Position::default(),
        ));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        bytes => std::str::from_utf8(bytes).ok().map(str::to_owned),
    };
    let Some(mut text) = text else {
        return Err(refusal(
            "this is not text in UTF-8: a binary file, or another encoding".to_owned(),
            Position::default(),
        ));
    };
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
    let mut stray = None;
    if let Some(found) = text.chars().find(|c| strange(*c)) {
        let at = place(&text, found);
        if text.chars().filter(|c| strange(*c)).count() * 50 > text.len() {
            return Err(refusal(
                "this is a binary file, not a manifest".to_owned(),
                at,
            ));
        }
        let message = format!(
            "line {}: control characters are not allowed (found U+{:04X})",
            at.line, found as u32
        );
        // A NUL is no slip of a copy: something else was to stand there.
        if text.contains('\0') {
            return Err(refusal(message, at));
        }
        stray = Some(refusal(message, at));
        text.retain(|c| !strange(c));
    }
    if text.contains('\r') {
        text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    Ok(Decoded { text, stray })
}

/// Where a character stands first.
fn place(text: &str, c: char) -> Position {
    let before = text.split(c).next().unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position {
        line: before.matches('\n').count() as u32 + 1,
        column: line.chars().count() as u32 + 1,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| unit([pair[0], pair[1]]))
        .into_list();
    String::from_utf16(&units).ok()
}

fn refusal(message: String, at: Position) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        message,
        words: Words::Ordinal,
        at,
        path: None,
        suggestion: None,
    }
}

#[cfg(test)]
mod tests {
    use super::decode;
    use crate::reading::Limits;

    #[test]
    fn line_breaks_and_byte_order_marks_are_made_equal() {
        let text = |bytes: &[u8]| {
            let decoded = decode(bytes, &Limits::default());
            decoded.expect("text").text
        };
        assert_eq!(text(b"\xef\xbb\xbfa\r\nb\rc"), "a\nb\nc");
        assert_eq!(text(b"\xff\xfea\0b\0"), "ab");
    }

    #[test]
    fn what_is_no_text_is_refused_with_a_reason() {
        let limits = Limits {
            bytes: 8,
            ..Limits::default()
        };
        let reason = |bytes: &[u8]| decode(bytes, &limits).expect_err("refused").message;
        assert!(reason(b"123456789").contains("at most 8"));
        assert!(reason(b"\x80\x81").contains("UTF-8"));
        assert!(reason(b"\0\x01\x02").contains("binary"));
    }
}
