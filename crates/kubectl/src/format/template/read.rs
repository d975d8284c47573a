//! A template's text to its nodes. Models text/template/parse.

use ordinal_api::sorted::SortedMap;

use super::words::{Quotes, words};
use super::{Block, Node, Template};

/// Reads a template.
///
/// # Errors
/// What is wrong with it, as Go says it.
pub(crate) fn parse(text: &str) -> Result<Template, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(start) = rest.find("{{") {
        let mut before = &rest[..start];
        line += before.matches('\n').count();
        let after = &rest[start + 2..];
        let (trim_left, after) = match after.strip_prefix("- ") {
            Some(after) => (true, after),
            None => (false, after),
        };
        if trim_left {
            before = before.trim_end();
        }
        if !before.is_empty() {
            tokens.push((false, before.to_owned()));
        }
        let Some(end) = closing(after) else {
            return Err(format!("template: output:{line}: unclosed action"));
        };
        let action = &after[..end];
        rest = &after[end + 2..];
        let action = match action.strip_suffix(" -") {
            Some(action) => {
                rest = rest.trim_start();
                action
            }
            None => action,
        };
        tokens.push((true, action.trim().to_owned()));
    }
    if !rest.is_empty() {
        tokens.push((false, rest.to_owned()));
    }
    let mut reader = Reader {
        tokens: &tokens,
        place: 0,
        named: SortedMap::new(),
        variables: Vec::new(),
    };
    let (nodes, end) = reader.nodes(0)?;
    let named = reader.named;
    match end {
        None => Ok(Template { nodes, named }),
        Some(word) => Err(format!("template: output:1: unexpected {{{{{word}}}}}")),
    }
}

/// Where an action ends: the first `}}` outside quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quotes = Quotes::default();
    let mut letters = text.char_indices();
    let end =
        letters.find(|(place, letter)| !quotes.take(*letter) && text[*place..].starts_with("}}"));
    end.map(|(place, _)| place)
}

const BLOCKS: [&str; 3] = ["range", "if", "with"];

struct Reader<'a> {
    tokens: &'a [(bool, String)],
    place: usize,
    named: SortedMap<String, Vec<Node>>,
    /// Variables that are known here.
    variables: Vec<String>,
}

/// The name in `"NAME" PIPELINE`, and the rest.
fn name_of(pipeline: &str) -> Option<(String, String)> {
    let words = words(pipeline, ' ');
    let name = serde_json::from_str(words.first()?).ok()?;
    Some((name, words[1..].join(" ")))
}

impl Reader<'_> {
    /// Whether the functions and variables of a pipeline are there; notes those that it makes.
    fn known(&mut self, pipeline: &str) -> Result<(), String> {
        known(pipeline)?;
        let made = pipeline.split_once(":=").map_or("", |(names, _)| names);
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let mut quoted = false;
        let mut rest = &pipeline[made.len()..];
        while let Some(place) = rest.find(['$', '"']) {
            let from = &rest[place + 1..];
            if rest[place..].starts_with('"') {
                quoted = !quoted;
                rest = from;
                continue;
            }
            let end = from.find(|c| !is_name(c)).unwrap_or(from.len());
            let name = format!("${}", &from[..end]);
            if !quoted && end > 0 && !self.variables.contains(&name) {
                return Err(format!("template: output:1: undefined variable \"{name}\""));
            }
            rest = &from[end..];
        }
        let names = made
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        self.variables.extend(names.map(str::to_owned));
        Ok(())
    }

    /// A body up to its end; what ended it.
    fn nodes(&mut self, depth: usize) -> Result<(Vec<Node>, Option<String>), String> {
        let mut nodes = Vec::new();
        while let Some((is_action, text)) = self.tokens.get(self.place) {
            self.place += 1;
            if !is_action {
                nodes.push(Node::Text(text.clone()));
                continue;
            }
            if text.starts_with("/*") {
                continue;
            }
            if depth > 50 {
                return Err("template: output:1: nested too deeply".to_owned());
            }
            let (word, pipeline) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let pipeline = pipeline.trim();
            match word {
                "end" | "else" => return Ok((nodes, Some(text.clone()))),
                "break" | "continue" => nodes.push(Node::Leave(word == "break")),
                "template" | "define" | "block" => {
                    let Some((name, pipeline)) = name_of(pipeline) else {
                        return Err(format!("template: output:1: missing name in {word} clause"));
                    };
                    if word != "template" {
                        let variables = std::mem::take(&mut self.variables);
                        let (body, end) = self.nodes(depth + 1)?;
                        self.variables = variables;
                        if end.is_none() {
                            return Err("template: output:1: unexpected EOF".to_owned());
                        }
                        self.named.insert(name.clone(), body);
                    }
                    if word != "define" {
                        self.known(&pipeline)?;
                        nodes.push(Node::Call(name, pipeline));
                    }
                }
                _ => match BLOCKS.iter().find(|block| **block == word) {
                    None => {
                        self.known(text)?;
                        nodes.push(Node::Print(text.clone()));
                    }
                    Some(_) if pipeline.is_empty() => {
                        return Err(format!("template: output:1: missing value for {word}"));
                    }
                    Some(word) => {
                        let before = self.variables.len();
                        let block = self.block(word, pipeline, depth)?;
                        self.variables.truncate(before);
                        nodes.push(Node::Block(block));
                    }
                },
            }
        }
        Ok((nodes, None))
    }

    /// What stands between `if` and its `end`.
    fn block(&mut self, word: &'static str, pipeline: &str, depth: usize) -> Result<Block, String> {
        self.known(pipeline)?;
        let (body, end) = self.nodes(depth + 1)?;
        let mut other = Vec::new();
        let end = match end
            .as_deref()
            .map(|text| text.split_once(' ').unwrap_or((text, "")))
        {
            Some(("else", "")) => {
                let end;
                (other, end) = self.nodes(depth + 1)?;
                end
            }
            // `else if` and `else with` share the end with the first.
            Some(("else", again)) => {
                let again = again.trim();
                let (word, pipeline) = again.split_once(' ').unwrap_or((again, ""));
                let Some(word) = BLOCKS.iter().find(|block| **block == word) else {
                    return Err(format!(
                        "template: output:1: unexpected <{word}> in else clause"
                    ));
                };
                other.push(Node::Block(self.block(word, pipeline.trim(), depth + 1)?));
                Some("end".to_owned())
            }
            _ => end,
        };
        if end.is_none() {
            return Err("template: output:1: unexpected EOF".to_owned());
        }
        Ok(Block {
            word,
            pipeline: pipeline.to_owned(),
            body,
            other,
        })
    }
}

const FUNCTIONS: [&str; 26] = [
    "and",
    "base64decode",
    "break",
    "call",
    "continue",
    "eq",
    "exists",
    "false",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "nil",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "true",
    "urlquery",
];

/// Whether the functions that a pipeline names are there.
fn known(pipeline: &str) -> Result<(), String> {
    let mut quote = None;
    let mut before = ' ';
    let mut name = String::new();
    for letter in pipeline.chars().chain([' ']) {
        let inside = letter.is_alphanumeric() || letter == '_';
        match quote {
            Some(end) if letter == end && before != '\\' => quote = None,
            Some(_) => {}
            None if matches!(letter, '"' | '`' | '\'') => quote = Some(letter),
            None if !name.is_empty() && inside => name.push(letter),
            None if letter.is_alphabetic()
                && !(before.is_alphanumeric() || matches!(before, '.' | '$' | '_')) =>
            {
                name.push(letter);
            }
            None if !name.is_empty() => {
                let function = std::mem::take(&mut name);
                if !FUNCTIONS.contains(&function.as_str()) {
                    return Err(format!(
                        "template: output:1: function \"{function}\" not defined"
                    ));
                }
            }
            None => {}
        }
        before = letter;
    }
    Ok(())
}
