//! Bytes to text: byte order marks, sizes, and files that are no text at all.

use crate::reading::{Diagnostic, Limits, Position, Severity, Words};
use ordinal_api::list::IntoList;

/// The text, without a byte order mark and with `\n` for every line break.
pub(crate) fn decode(bytes: &[u8], limits: &Limits) -> Result<String, Diagnostic> {
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
    let Some(text) = text else {
        return Err(refusal(
            "this is not text in UTF-8: a binary file, or another encoding".to_owned(),
            Position::default(),
        ));
    };
    let strange = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
    if let Some((offset, found)) = text.char_indices().find(|(_, c)| strange(c)) {
        let before = &text[..offset];
        let line = before.matches('\n').count() as u32 + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count() as u32
            + 1;
        let message = if text.chars().filter(strange).count() * 50 > text.len() {
            "this is a binary file, not a manifest".to_owned()
        } else {
            format!(
                "line {line}: control characters are not allowed (found U+{:04X})",
                found as u32
            )
        };
        return Err(refusal(message, Position { line, column }));
    }
    Ok(if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    })
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
        let limits = Limits::default();
        assert_eq!(
            decode(b"\xef\xbb\xbfa\r\nb\rc", &limits).expect("text"),
            "a\nb\nc"
        );
        assert_eq!(decode(b"\xff\xfea\0b\0", &limits).expect("text"), "ab");
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
