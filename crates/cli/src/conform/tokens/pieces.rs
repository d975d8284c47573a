//! A recorded text as literal parts and tokens.

/// The kinds of tokens and what each may stand for. A brace before any other word is a brace.
const KINDS: &[(&str, Class)] = &[
    ("age", Class::Age),
    ("any", Class::Line),
    ("apiserver", Class::Word),
    ("cidr", Class::Address),
    ("commit", Class::Word),
    ("cwd", Class::Word),
    ("dir", Class::Word),
    ("events", Class::Text),
    ("go", Class::Word),
    ("hash", Class::Name),
    ("hex", Class::Name),
    ("id", Class::Word),
    ("ip", Class::Address),
    ("ip-dashed", Class::Name),
    ("ip-reversed", Class::Address),
    ("kubeconfig", Class::Word),
    ("log", Class::Line),
    ("n", Class::Digits),
    ("node", Class::Dotted),
    ("port", Class::Digits),
    ("pv", Class::Dotted),
    ("rand", Class::Name),
    ("rv", Class::Digits),
    ("serial", Class::Digits),
    ("server", Class::Word),
    ("time", Class::Line),
    ("tmp", Class::Word),
    ("uid", Class::Name),
    ("va", Class::Dotted),
];

/// What a token may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// `5s`, `3m20s`, `2d4h`, `<unknown>`.
    Age,
    /// Digits, dots, colons, hexadecimal letters, a slash.
    Address,
    /// Digits.
    Digits,
    /// Lower-case letters, digits and dashes.
    Name,
    /// The same with dots.
    Dotted,
    /// Anything without a space.
    Word,
    /// Anything within a line, also nothing.
    Line,
    /// Anything, also nothing.
    Text,
}

impl Class {
    pub(super) fn allows(self, c: char) -> bool {
        match self {
            Self::Age => c.is_ascii_lowercase() || c.is_ascii_digit() || "<>.".contains(c),
            Self::Address => c.is_ascii_hexdigit() || ".:/-".contains(c),
            Self::Digits => c.is_ascii_digit(),
            Self::Name => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
            Self::Dotted => Self::Name.allows(c) || c == '.',
            Self::Word => !c.is_whitespace(),
            Self::Line => c != '\n',
            Self::Text => true,
        }
    }

    pub(super) fn may_be_empty(self) -> bool {
        matches!(self, Self::Line | Self::Text)
    }
}

/// A part of a recorded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Literal(&'t str),
    /// The whole token with its braces, and whether it names something.
    Token(&'t str, Class, bool),
}

/// Cuts a recorded text into literal parts and tokens.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(open) = text[at..].find('{').map(|o| o + at) {
        match token(&text[open..]) {
            Some((whole, class, named)) => {
                if open > from {
                    pieces.push(Piece::Literal(&text[from..open]));
                }
                pieces.push(Piece::Token(whole, class, named));
                from = open + whole.len();
                at = from;
            }
            None => at = open + 1,
        }
    }
    if from < text.len() {
        pieces.push(Piece::Literal(&text[from..]));
    }
    pieces
}

/// The token at the beginning of a text. Tokens may stand in the name of another: `{ip:pod/web-{rand:web:1}#1}`.
fn token(text: &str) -> Option<(&str, Class, bool)> {
    let mut depth = 0_usize;
    let end = text.char_indices().find_map(|(at, c)| {
        depth = match c {
            '{' => depth + 1,
            '}' => depth - 1,
            _ => depth,
        };
        (depth == 0).then_some(at)
    })?;
    let inside = &text[1..end];
    let (head, named) = match inside.split_once(':') {
        Some((head, _)) => (head, true),
        None => (
            inside.split_once('#').map_or(inside, |(head, _)| head),
            false,
        ),
    };
    let (_, class) = KINDS.iter().find(|(kind, _)| *kind == head)?;
    // A moment or an age with its value is not the name of anything: two may be equal.
    // Neither is the address of any node.
    let named = named && !matches!(head, "age" | "time") && inside != "ip:node";
    Some((&text[..=end], *class, named))
}

/// Whether a recorded text has any token.
pub fn has_tokens(text: &str) -> bool {
    pieces(text).iter().any(|p| matches!(p, Piece::Token(..)))
}
