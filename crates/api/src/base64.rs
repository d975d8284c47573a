//! Base64, as Secrets carry their data.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as text.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        for index in 0..4 {
            if index <= chunk.len() {
                let six = (group >> (18 - 6 * index)) & 63;
                out.push(char::from(LETTERS[six as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Text as bytes; `None` if it is no base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut group, mut bits) = (0_u32, 0);
    for byte in text
        .bytes()
        .filter(|b| !b.is_ascii_whitespace() && *b != b'=')
    {
        let six = LETTERS.iter().position(|letter| *letter == byte)?;
        group = group << 6 | u32::try_from(six).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((group >> bits & 0xff) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_coded_is_decoded() {
        for text in ["", "a", "ab", "abc", "abcd"] {
            let coded = encode(text.as_bytes());
            assert_eq!(decode(&coded).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(encode(b"s3cret"), "czNjcmV0");
    }
}
