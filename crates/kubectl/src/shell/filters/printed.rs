//! What prints its words: `echo`, `printf`, `seq`.

use super::super::run::{Run, Stop};
use ordinal_api::list::IntoList;

type Done = Result<i32, Stop>;

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
