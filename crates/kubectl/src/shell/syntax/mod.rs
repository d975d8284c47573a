//! What a line says: words, redirections, pipelines, lists, loops. Parsing runs nothing.
//!
//! * `commands`: pipelines, lists and loops; `redirects`: redirections and here-documents; `words`: quotes, variables and what else makes a word

mod commands;
mod redirects;
mod words;

use ordinal_api::list::IntoList;

/// Commands one after the other.
pub(crate) type Script = Vec<Step>;

/// One pipeline, and whether it runs after the one before it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub join: Join,
    /// `!` before it.
    pub negated: bool,
    /// `&` after it.
    pub background: bool,
    pub stages: Vec<Command>,
}

/// What stands before a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// `;`, `&`, a line break or nothing.
    Always,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// One stage of a pipeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Command {
    pub assignments: Vec<(String, Word)>,
    pub words: Vec<Word>,
    pub redirects: Vec<Redirect>,
    pub compound: Option<Compound>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Compound {
    For {
        name: String,
        words: Vec<Word>,
        body: Script,
    },
    /// `while`, or `until` when `wanted` is false.
    While {
        wanted: bool,
        condition: Script,
        body: Script,
    },
    If {
        branches: Vec<(Script, Script)>,
        otherwise: Script,
    },
    Group(Script),
    /// `[[ … ]]`
    Condition(Vec<Word>),
}

/// `> file` and its kin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Redirect {
    /// Standard output is 1, standard error 2, both 3.
    pub stream: u8,
    pub to: Target,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    File(Word),
    Append(Word),
    /// `2>&1` and `>&2`
    Stream(u8),
    Input(Word),
    /// A here-document or here-string.
    Text(Word),
}

/// Pieces that are put together.
pub(crate) type Word = Vec<Part>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// Quoted text is not divided, and never a keyword.
    Text { text: String, quoted: bool },
    /// `$NAME` and `${NAME}`, also `$?` and `$#`; `${NAME:-default}`.
    Variable {
        name: String,
        default: Option<Word>,
        quoted: bool,
    },
    /// `$(…)` and back-quotes
    Output { script: Script, quoted: bool },
    /// `$((…))`
    Sum(Word),
}

/// Why a text is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// More lines may complete it.
    Unfinished(&'static str),
    /// They may not.
    Unexpected(String),
}

/// Scripts in scripts in words in scripts: more is nobody's command line.
const DEEPEST: usize = 24;

/// Reads a text as a shell does.
pub(crate) fn parse(text: &str) -> Result<Script, Trouble> {
    let characters: Vec<char> = text.chars().into_list();
    let mut parser = Parser::new(&characters, 0);
    let script = parser.script(&[])?;
    match parser.peek() {
        None if parser.waiting.is_empty() => Ok(script),
        None => Err(Trouble::Unfinished("a here-document")),
        Some(c) => Err(Trouble::Unexpected(c.to_string())),
    }
}

struct Parser<'a> {
    text: &'a [char],
    at: usize,
    depth: usize,
    /// Ends of here-documents that begin on the next line: the end word, whether it was quoted, whether tabs go.
    waiting: Vec<(String, bool, bool)>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a [char], depth: usize) -> Self {
        Self {
            text,
            at: 0,
            depth,
            waiting: Vec::new(),
        }
    }
}

/// The text of a word that needs nothing to be known.
pub(crate) fn plain(word: &Word) -> Option<String> {
    let mut whole = String::new();
    for part in word {
        match part {
            Part::Text { text, .. } => whole.push_str(text),
            _ => return None,
        }
    }
    Some(whole)
}

fn ends_word(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>'
    )
}
