//! `test`, `[ … ]` and `[[ … ]]`: whether something holds.

use ordinal_api::list::IntoList;

use super::super::pattern::Pattern;
use super::super::run::{Run, Stop};
use super::super::syntax::{Part, Word, plain};

/// `test` and `[`, whose words are like those of every command.
pub(super) fn test(run: &mut Run<'_>, words: &[&str], _: &str) -> Result<i32, Stop> {
    let words = match words {
        [inside @ .., "]"] => inside,
        all => all,
    };
    let all = words.split(|word| *word == "-a").all(|part| match part {
        ["!", rest @ ..] => !holds(run, rest),
        part => holds(run, part),
    });
    Ok(i32::from(!all))
}

fn holds(run: &Run<'_>, words: &[&str]) -> bool {
    let number = |word: &str| word.parse::<i64>().unwrap_or(0);
    match words {
        [] => false,
        ["-z", text] => text.is_empty(),
        ["-n", text] => !text.is_empty(),
        ["-f" | "-e" | "-r" | "-s", file] => run.file(file).is_some(),
        [text] => !text.is_empty(),
        [a, "=" | "==", b] => a == b,
        [a, "!=", b] => a != b,
        [a, "-eq", b] => number(a) == number(b),
        [a, "-ne", b] => number(a) != number(b),
        [a, "-lt", b] => number(a) < number(b),
        [a, "-le", b] => number(a) <= number(b),
        [a, "-gt", b] => number(a) > number(b),
        [a, "-ge", b] => number(a) >= number(b),
        _ => false,
    }
}

/// `[[ … ]]`, whose words are not divided: `&&` and `||`, `!`, patterns after `==`, expressions after `=~`.
///
/// # Errors
/// What stops the commands in it.
pub(in crate::shell) fn condition(run: &mut Run<'_>, words: &[Word]) -> Result<bool, Stop> {
    for branch in words.split(|word| is(word, "||")) {
        let mut all = true;
        for term in branch.split(|word| is(word, "&&")) {
            all = all && self::term(run, term)?;
        }
        if all {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is(word: &Word, text: &str) -> bool {
    plain(word).as_deref() == Some(text)
}

fn term(run: &mut Run<'_>, words: &[Word]) -> Result<bool, Stop> {
    let negations = words.iter().take_while(|word| is(word, "!")).count();
    let words = &words[negations..];
    let found = match words {
        [text, operator, wanted] if is(operator, "=~") => matches(run, text, wanted, true)?,
        [text, operator, wanted] if is(operator, "==") || is(operator, "=") => {
            matches(run, text, wanted, false)?
        }
        [text, operator, wanted] if is(operator, "!=") => !matches(run, text, wanted, false)?,
        words => {
            let texts = words.iter().map(|word| run.one(word));
            let texts = texts.collect::<Result<Vec<String>, Stop>>()?;
            holds(run, &texts.iter().map(String::as_str).into_list())
        }
    };
    Ok(found == negations.is_multiple_of(2))
}

/// Whether a text is as a pattern of file names says, or holds what an expression describes. What is quoted means itself.
fn matches(run: &mut Run<'_>, text: &Word, wanted: &Word, expression: bool) -> Result<bool, Stop> {
    let text = run.one(text)?;
    let mut pattern = String::new();
    for part in wanted {
        let is_literal = match part {
            Part::Text { quoted, .. }
            | Part::Variable { quoted, .. }
            | Part::Output { quoted, .. } => *quoted,
            Part::Sum(_) => true,
        };
        for c in run.part(part)?.0.chars() {
            match c {
                _ if expression && !is_literal => pattern.push(c),
                '*' if !is_literal => pattern.push_str(".*"),
                '?' if !is_literal => pattern.push('.'),
                '[' | ']' | '-' if !is_literal => pattern.push(c),
                c if c.is_ascii_punctuation() => pattern.extend(['\\', c]),
                c => pattern.push(c),
            }
        }
    }
    if !expression {
        pattern = format!("^{pattern}$");
    }
    Ok(Pattern::new(&pattern, true, false).is_ok_and(|pattern| pattern.is_in(&text)))
}
