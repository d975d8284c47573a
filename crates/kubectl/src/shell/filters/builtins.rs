//! What is part of the shell itself.

use super::super::run::{Run, Stop};
use super::Flags;
use ordinal_api::list::IntoList;

type Done = Result<i32, Stop>;

pub(super) fn yes(_: &mut Run<'_>, _: &[&str], _: &str) -> Done {
    Ok(0)
}

pub(super) fn no(_: &mut Run<'_>, _: &[&str], _: &str) -> Done {
    Ok(1)
}

pub(super) fn exit(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    if let Some(code) = words.first().and_then(|word| word.parse().ok()) {
        run.shell.status = code;
    }
    Err(Stop::Exit)
}

pub(super) fn leave(_: &mut Run<'_>, _: &[&str], _: &str) -> Done {
    Err(Stop::Leave(false))
}

pub(super) fn again(_: &mut Run<'_>, _: &[&str], _: &str) -> Done {
    Err(Stop::Leave(true))
}

pub(super) fn clear(run: &mut Run<'_>, _: &[&str], _: &str) -> Done {
    run.clear();
    Ok(0)
}

/// A line of what a loop reads, divided at blanks; the last name gets what is left.
pub(super) fn read(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    let Some(line) = run.read_line() else {
        return Ok(1);
    };
    let whole = run.shell.variables.get("IFS").is_some_and(String::is_empty);
    let names = Flags::of(words, "p").rest;
    let mut rest = line.as_str();
    for (at, name) in names.iter().enumerate() {
        let last = at + 1 == names.len();
        let value = match whole {
            true => std::mem::take(&mut rest),
            false if last => std::mem::take(&mut rest).trim(),
            false => {
                let (word, left) = rest
                    .trim_start()
                    .split_once(char::is_whitespace)
                    .unwrap_or((rest.trim(), ""));
                rest = left;
                word
            }
        };
        run.shell
            .variables
            .insert((*name).to_owned(), value.to_owned());
    }
    if names.is_empty() {
        run.shell.variables.insert("REPLY".to_owned(), line);
    }
    Ok(0)
}

pub(super) fn alias(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    if words.is_empty() {
        let all: String = run
            .shell
            .aliases
            .iter()
            .map(|(name, text)| format!("alias {name}='{text}'\n"))
            .collect();
        run.print(false, &all);
    }
    for word in words {
        match word.split_once('=') {
            Some((name, text)) => {
                run.shell.aliases.insert(name.to_owned(), text.to_owned());
            }
            None => match run.shell.aliases.get(*word).cloned() {
                Some(text) => run.print(false, &format!("alias {word}='{text}'\n")),
                None => {
                    run.print(true, &format!("bash: alias: {word}: not found\n"));
                    return Ok(1);
                }
            },
        }
    }
    Ok(0)
}

pub(super) fn export(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    for word in words {
        if let Some((name, value)) = word.split_once('=') {
            run.shell
                .variables
                .insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(0)
}

pub(super) fn unset(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    for word in words {
        run.shell.variables.remove(*word);
    }
    Ok(0)
}

pub(super) fn history(run: &mut Run<'_>, _: &[&str], _: &str) -> Done {
    let lines = run.shell.history.iter().enumerate();
    let text: String = lines
        .map(|(n, line)| format!("{:>5}  {line}\n", n + 1))
        .collect();
    run.print(false, &text);
    Ok(0)
}

/// What there is to type.
pub(super) fn help(run: &mut Run<'_>, _: &[&str], _: &str) -> Done {
    let names = super::names().filter(|name| name.len() > 1).into_list();
    let mut text = format!(
        "kubectl (`kubectl help` lists its commands), curl, ssh NODE, and of a shell:\n  {}\nWhat breaks things, and mends them:\n",
        names.join(" ")
    );
    for (word, arguments, does) in crate::fault::WORDS {
        text += &format!("  {:<25} {does}\n", format!("{word} {arguments}"));
    }
    run.print(false, &text);
    Ok(0)
}

pub(super) fn ls(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    let flags = Flags::of(words, "");
    let folder = flags.rest.first().copied().unwrap_or_default();
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    let mut names: Vec<&str> = Vec::new();
    for file in run.session.files.keys().filter(|file| *file != "-") {
        let inside = match folder {
            "" | "." => Some(file.as_str()),
            _ if file == folder => Some(file.as_str()),
            _ => file
                .strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/')),
        };
        let name = inside.map(|rest| rest.split('/').next().unwrap_or(rest));
        names.extend(name);
    }
    names.dedup();
    if names.is_empty() && !matches!(folder, "" | ".") {
        let text = format!("ls: cannot access '{folder}': No such file or directory\n");
        run.print(true, &text);
        return Ok(2);
    }
    let text: String = names.iter().map(|name| format!("{name}\n")).collect();
    run.print(false, &text);
    Ok(0)
}

/// Lets simulated time pass: `5`, `0.5`, `1m`.
pub(super) fn sleep(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    let mut total = 0_u64;
    for word in words {
        match milliseconds(word) {
            Some(ms) => total = total.saturating_add(ms),
            None => {
                run.print(true, &format!("sleep: invalid time interval '{word}'\n"));
                return Ok(1);
            }
        }
    }
    if words.is_empty() {
        run.print(true, "sleep: missing operand\n");
        return Ok(1);
    }
    run.pass(total)?;
    Ok(0)
}

/// A span of time as `sleep` and `watch` read it.
pub(super) fn milliseconds(word: &str) -> Option<u64> {
    let number = word.trim_end_matches(['s', 'm', 'h']);
    let unit = match &word[number.len()..] {
        "" | "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let thousandths: u64 = thousandths.parse().ok()?;
    whole
        .checked_mul(1000)?
        .checked_add(thousandths)?
        .checked_mul(unit)
        .map(|ms| ms / 1000)
}
