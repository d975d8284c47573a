//! Documents as the shell prints them: `{ "name" : "a", "age" : 3 }`.

/// A text of JavaScript with names in quotes and blanks where the shell puts them; the first document only.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_i32;
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => rest[1..].find(first).map_or(rest.len(), |at| at + 2),
            c if c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '.') => rest
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '.')))
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after.trim_start();
        match first {
            '{' | '[' => {
                depth += 1;
                out.push(first);
                out.push(' ');
                // Nothing between them is one blank.
                if rest.starts_with(['}', ']']) {
                    continue;
                }
            }
            '}' | ']' => {
                depth -= 1;
                if !out.ends_with(' ') {
                    out.push(' ');
                }
                out.push(first);
                if depth <= 0 {
                    break;
                }
            }
            ',' => out.push_str(", "),
            ':' => out.push_str(" : "),
            '"' | '\'' => {
                let inside = token.trim_matches(first);
                out.push_str(&format!("\"{inside}\""));
            }
            _ if rest.starts_with(':') => out.push_str(&format!("\"{token}\"")),
            _ => out.push_str(token),
        }
        if out.len() > 100_000 {
            break;
        }
    }
    out
}

/// The value of a field of a document as it is shown.
pub(super) fn field<'d>(document: &'d str, name: &str) -> Option<&'d str> {
    let (_, rest) = document.split_once(&format!("\"{name}\" : "))?;
    let end = rest.find([',', '}']).unwrap_or(rest.len());
    Some(rest[..end].trim_end())
}

/// Whether a document has all the fields that are wanted, with their values.
pub(super) fn same(document: &str, wanted: &str) -> bool {
    let inner = wanted.trim_start_matches("{ ").trim_end_matches(['}', ' ']);
    let mut pairs = inner.split(", ").filter(|pair| !pair.is_empty());
    pairs.all(|pair| document.contains(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_printed_as_the_shell_does() {
        let cases = [
            ("{name: \"a\", n:3}", "{ \"name\" : \"a\", \"n\" : 3 }"),
            (
                "{ 'x' : [1,2], y: {z: true} }",
                "{ \"x\" : [ 1, 2 ], \"y\" : { \"z\" : true } }",
            ),
            ("{}", "{ }"),
            ("", ""),
            ("{a", "{ a"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
        assert_eq!(field("{ \"_id\" : 7, \"n\" : 3 }", "_id"), Some("7"));
        assert!(same("{ \"a\" : 1, \"b\" : 2 }", "{ \"b\" : 2 }"));
        assert!(!same("{ \"a\" : 1 }", "{ \"b\" : 2 }"));
    }
}
