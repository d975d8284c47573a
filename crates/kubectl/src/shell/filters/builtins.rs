//! What is part of the shell itself, or runs other commands.

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

pub(super) fn echo(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    let mut words = words;
    let (mut ends, mut escapes) = ("\n", false);
    while let Some((first, rest)) = words.split_first() {
        match *first {
            "-n" => ends = "",
            "-e" => escapes = true,
            "-ne" | "-en" => (ends, escapes) = ("", true),
            _ => break,
        }
        words = rest;
    }
    let mut text = words.join(" ");
    if escapes {
        text = unescaped(&text);
    }
    text.push_str(ends);
    run.print(false, &text);
    Ok(0)
}

/// `\n`, `\t` and `\\` as what they stand for.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('\\') | None => plain.push('\\'),
            Some(other) => plain.extend(['\\', other]),
        }
    }
    plain
}

pub(super) fn printf(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    let Some((format, values)) = words.split_first() else {
        run.print(
            true,
            "bash: printf: usage: printf [-v var] format [arguments]\n",
        );
        return Ok(2);
    };
    let mut values = values.iter();
    loop {
        let mut text = String::new();
        let (mut taken, mut wants) = (false, false);
        let mut characters = format.chars();
        while let Some(c) = characters.next() {
            if c != '%' {
                text.push(c);
                continue;
            }
            let mut width = String::new();
            let kind = loop {
                match characters.next() {
                    Some(c) if c == '-' || c.is_ascii_digit() => width.push(c),
                    other => break other,
                }
            };
            if kind == Some('%') {
                text.push('%');
                continue;
            }
            wants = true;
            let value = values.next().copied();
            taken |= value.is_some();
            let value = value.unwrap_or(if kind == Some('d') { "0" } else { "" });
            let columns: usize = width.trim_start_matches('-').parse().unwrap_or(0).min(200);
            let gap = " ".repeat(columns.saturating_sub(value.chars().count()));
            match width.starts_with('-') {
                true => text.extend([value, &gap]),
                false => text.extend([&gap, value]),
            }
        }
        run.print(false, &unescaped(&text));
        if !wants || !taken || values.len() == 0 {
            return Ok(0);
        }
    }
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

pub(super) fn seq(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    let numbers: Vec<i64> = words
        .iter()
        .filter_map(|word| word.parse().ok())
        .into_list();
    let (first, step, last) = match numbers[..] {
        [last] => (1, 1, last),
        [first, last] => (first, 1, last),
        [first, step, last] if step != 0 => (first, step, last),
        _ => {
            run.print(true, "seq: missing operand\n");
            return Ok(1);
        }
    };
    let mut text = String::new();
    let mut number = first;
    while (step > 0 && number <= last) || (step < 0 && number >= last) {
        text.push_str(&format!("{number}\n"));
        if text.len() > run.shell.limits.output {
            return Err(Stop::Bound("the line printed more than it may"));
        }
        number = match number.checked_add(step) {
            Some(number) => number,
            None => break,
        };
    }
    run.print(false, &text);
    Ok(0)
}

pub(super) fn sh(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    match words {
        ["-c", text, ..] => run.text(text, ""),
        _ => run.text(stdin, ""),
    }
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

fn milliseconds(word: &str) -> Option<u64> {
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

/// Runs a command again and again, each time on an empty screen, until nothing more happens in the cluster.
pub(super) fn watch(run: &mut Run<'_>, words: &[&str], _: &str) -> Done {
    let flags = Flags::of_command(words, "nd");
    let every = flags
        .value('n')
        .and_then(milliseconds)
        .unwrap_or(2000)
        .max(100);
    let command = flags.rest.join(" ");
    if command.is_empty() {
        run.print(true, "Usage:\n watch [options] command\n");
        return Ok(1);
    }
    let mut last = None;
    loop {
        let text = run.output_of(&command)?;
        if last.as_ref() != Some(&text) {
            run.clear();
            let secs = every / 1000;
            let tenth = every % 1000 / 100;
            run.print(
                false,
                &format!("Every {secs}.{tenth}s: {command}\n\n{text}"),
            );
            last = Some(text);
        }
        if run.session.until.is_none() && run.cluster.next_progress().is_none() {
            return Ok(0);
        }
        run.pass(every)?;
    }
}

pub(super) fn xargs(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let flags = Flags::of_command(words, "nI");
    let (name, first) = match flags.rest.split_first() {
        Some((name, first)) => (*name, first.to_vec()),
        None => ("echo", Vec::new()),
    };
    let mut given: Vec<Vec<String>> = Vec::new();
    if let Some(mark) = flags.value('I') {
        for line in stdin.lines() {
            given.push(
                first
                    .iter()
                    .map(|word| word.replace(mark, line.trim()))
                    .collect(),
            );
        }
    } else {
        let all: Vec<&str> = stdin.split_whitespace().into_list();
        let most = flags.value('n').and_then(|n| n.parse().ok());
        let most: usize = most.unwrap_or(all.len()).max(1);
        for some in all.chunks(most) {
            given.push(
                first
                    .iter()
                    .chain(some)
                    .map(|word| (*word).to_owned())
                    .collect(),
            );
        }
    }
    let mut worst = 0;
    for words in given {
        if run.named(name, &words, "")? != 0 {
            worst = 123;
        }
    }
    Ok(worst)
}

impl<'a> Flags<'a> {
    /// Flags before a command; what follows the first other word belongs to that command.
    fn of_command(words: &[&'a str], valued: &str) -> Self {
        let mut at = 0;
        while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
            let takes = word.len() == 2 && word.ends_with(|c| valued.contains(c) && c != 'd');
            at += 1 + usize::from(takes);
        }
        let at = at.min(words.len());
        let mut flags = Self::of(&words[..at], valued.trim_end_matches('d'));
        flags.rest = words[at..].to_vec();
        flags
    }
}
