//! Programs that take lines and give lines.

use super::super::run::{Run, Stop};
use super::{Flags, input};
use ordinal_api::list::IntoList;

type Done = Result<i32, Stop>;

pub(super) fn cat(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let flags = Flags::of(words, "");
    match input(run, "cat", &flags.rest, stdin) {
        Ok(text) => run.print(false, &text),
        Err(exit) => return Ok(exit),
    }
    Ok(0)
}

pub(super) fn tee(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    for file in Flags::of(words, "").rest {
        run.session.files.insert(file.to_owned(), stdin.to_owned());
    }
    run.print(false, stdin);
    Ok(0)
}

/// How many lines: `-n 5`, `-n5`, `-5`; or how many bytes: `-c 5`, `-c5`.
fn count(words: &[&str]) -> (bool, String, Vec<String>) {
    let (mut bytes, mut number) = (false, "10".to_owned());
    let mut rest = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix('-') {
            Some(n) if n.starts_with('c') => {
                let next = if n == "c" { words.next() } else { None };
                (bytes, number) = (true, next.map_or(&n[1..], |n| n).to_owned());
            }
            Some("n") => number = words.next().map_or(number, |n| (*n).to_owned()),
            Some(n) if n.starts_with(|c: char| c.is_ascii_digit()) => number = n.to_owned(),
            Some(n) if n.starts_with('n') => number = n[1..].to_owned(),
            Some("f" | "q") => {}
            _ => rest.push((*word).to_owned()),
        }
    }
    (bytes, number, rest)
}

fn ends(run: &mut Run<'_>, words: &[&str], stdin: &str, first: bool) -> Done {
    let name = if first { "head" } else { "tail" };
    let (bytes, number, files) = count(words);
    let files: Vec<&str> = files.iter().map(String::as_str).into_list();
    let text = match input(run, name, &files, stdin) {
        Ok(text) => text,
        Err(exit) => return Ok(exit),
    };
    let lines: Vec<&str> = text.lines().into_list();
    let what = if bytes { "bytes" } else { "lines" };
    let Ok(n) = number.trim_start_matches(['-', '+']).parse::<usize>() else {
        run.print(
            true,
            &format!("{name}: invalid number of {what}: '{number}'\n"),
        );
        return Ok(1);
    };
    if bytes {
        let end = text.floor_char_boundary(n);
        let begin = text.ceil_char_boundary(text.len().saturating_sub(n));
        run.closes |= first && text.len() >= n;
        run.print(false, if first { &text[..end] } else { &text[begin..] });
        return Ok(0);
    }
    run.closes |= first && !number.starts_with('-') && lines.len() >= n;
    let chosen = match (first, number.as_bytes().first()) {
        (true, Some(b'-')) => &lines[..lines.len().saturating_sub(n)],
        (true, _) => &lines[..n.min(lines.len())],
        (false, Some(b'+')) => &lines[n.saturating_sub(1).min(lines.len())..],
        (false, _) => &lines[lines.len().saturating_sub(n)..],
    };
    print_lines(run, chosen.iter().copied());
    Ok(0)
}

pub(super) fn head(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    ends(run, words, stdin, true)
}

pub(super) fn tail(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    ends(run, words, stdin, false)
}

pub(super) fn print_lines<'a>(run: &mut Run<'_>, lines: impl Iterator<Item = &'a str>) {
    let mut text = String::new();
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    run.print(false, &text);
}

/// `base64 [-d] [-w COLUMNS]`
pub(super) fn base64(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let decodes = words
        .iter()
        .any(|word| matches!(*word, "--decode" | "-d" | "-D"));
    let short: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with("--"))
        .into_list();
    let flags = Flags::of(&short, "w");
    let text = match input(run, "base64", &flags.rest, stdin) {
        Ok(text) => text,
        Err(exit) => return Ok(exit),
    };
    if decodes || flags.has('d') {
        let bytes = ordinal_api::base64::decode(&text);
        let is_whole = bytes.is_some() && text.trim_end().len().is_multiple_of(4);
        // What can be read comes first.
        run.print(false, &String::from_utf8_lossy(&bytes.unwrap_or_default()));
        if !is_whole {
            run.print(true, "base64: invalid input\n");
        }
        return Ok(i32::from(!is_whole));
    }
    let coded = ordinal_api::base64::encode(text.as_bytes());
    let column = flags
        .value('w')
        .map_or(76, |width| width.parse().unwrap_or(76));
    if column == 0 {
        run.print(false, &coded);
    } else {
        for line in coded.as_bytes().chunks(column) {
            run.print(false, &format!("{}\n", String::from_utf8_lossy(line)));
        }
    }
    Ok(0)
}

pub(super) fn wc(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let flags = Flags::of(words, "");
    let text = match input(run, "wc", &flags.rest, stdin) {
        Ok(text) => text,
        Err(exit) => return Ok(exit),
    };
    let counts = [
        ('l', text.matches('\n').count()),
        ('w', text.split_whitespace().count()),
        ('c', text.len()),
    ];
    let chosen: Vec<String> = counts
        .iter()
        .filter(|(letter, _)| flags.letters.is_empty() || flags.has(*letter))
        .map(|(_, count)| count.to_string())
        .into_list();
    let mut line = match chosen.as_slice() {
        [one] => one.clone(),
        several => several
            .iter()
            .map(|count| format!("{count:>7}"))
            .into_list()
            .join(" "),
    };
    for file in flags.rest {
        line.push(' ');
        line.push_str(file);
    }
    line.push('\n');
    run.print(false, &line);
    Ok(0)
}

pub(super) fn sort(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let flags = Flags::of(words, "kt");
    let text = match input(run, "sort", &flags.rest, stdin) {
        Ok(text) => text,
        Err(exit) => return Ok(exit),
    };
    let key = flags.value('k').unwrap_or("1");
    let by_number = flags.has('n') || key.ends_with('n');
    let digits: String = key.chars().take_while(char::is_ascii_digit).collect();
    let column: usize = digits.parse().unwrap_or(1).max(1);
    let mut lines: Vec<(i64, &str, &str)> = text
        .lines()
        .map(|line| {
            let from = match flags.value('t').and_then(|t| t.chars().next()) {
                Some(t) => line.split(t).nth(column - 1).unwrap_or_default(),
                None if column == 1 => line,
                None => line.split_whitespace().nth(column - 1).unwrap_or_default(),
            };
            let number = from.trim_start();
            let end = number
                .char_indices()
                .find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && *c == '-')))
                .map_or(number.len(), |(at, _)| at);
            let number = number[..end].parse().unwrap_or(0);
            (if by_number { number } else { 0 }, from, line)
        })
        .collect();
    ordinal_api::sorted::sort(&mut lines);
    if flags.has('r') || key.ends_with('r') {
        lines.reverse();
    }
    if flags.has('u') {
        lines.dedup();
    }
    print_lines(run, lines.iter().map(|(_, _, line)| *line));
    Ok(0)
}

pub(super) fn uniq(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let flags = Flags::of(words, "");
    let mut counted: Vec<(usize, &str)> = Vec::new();
    for line in stdin.lines() {
        match counted.last_mut() {
            Some((count, last)) if *last == line => *count += 1,
            _ => counted.push((1, line)),
        }
    }
    let text: String = counted
        .iter()
        .map(|(count, line)| match flags.has('c') {
            true => format!("{count:>7} {line}\n"),
            false => format!("{line}\n"),
        })
        .collect();
    run.print(false, &text);
    Ok(0)
}

/// Numbers of fields or characters: `1,3`, `2-`, `-4`.
fn is_chosen(list: &str, number: usize) -> bool {
    list.split(',').any(|part| match part.split_once('-') {
        None => part.parse() == Ok(number),
        Some((first, last)) => {
            number >= first.parse().unwrap_or(1) && number <= last.parse().unwrap_or(usize::MAX)
        }
    })
}

pub(super) fn cut(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let flags = Flags::of(words, "dfc");
    let text = match input(run, "cut", &flags.rest, stdin) {
        Ok(text) => text,
        Err(exit) => return Ok(exit),
    };
    let mark = flags
        .value('d')
        .and_then(|d| d.chars().next())
        .unwrap_or('\t');
    let mut out = String::new();
    for line in text.lines() {
        match (flags.value('f'), flags.value('c')) {
            (Some(list), _) if line.contains(mark) => {
                let fields = line.split(mark).zip(1..);
                let chosen = fields.filter(|(_, n)| is_chosen(list, *n));
                let chosen: Vec<&str> = chosen.map(|(field, _)| field).into_list();
                out.push_str(&chosen.join(mark.encode_utf8(&mut [0; 4])));
            }
            (None, Some(list)) => {
                out.extend(
                    line.chars()
                        .zip(1..)
                        .filter(|(_, n)| is_chosen(list, *n))
                        .map(|(c, _)| c),
                );
            }
            (Some(_), _) => out.push_str(line),
            (None, None) => {
                run.print(
                    true,
                    "cut: you must specify a list of bytes, characters, or fields\n",
                );
                return Ok(1);
            }
        }
        out.push('\n');
    }
    run.print(false, &out);
    Ok(0)
}

/// The characters of a set: `a-z`, `\n`.
fn set(text: &str) -> Vec<char> {
    let characters: Vec<char> = text
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .chars()
        .into_list();
    let mut all = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        if characters.get(at + 1) == Some(&'-')
            && let Some(last) = characters.get(at + 2)
        {
            all.extend((characters[at]..=*last).take(256));
            at += 3;
        } else {
            all.push(characters[at]);
            at += 1;
        }
    }
    all
}

pub(super) fn tr(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let flags = Flags::of(words, "");
    let from = flags.rest.first().map(|text| set(text)).unwrap_or_default();
    let to = flags.rest.get(1).map(|text| set(text)).unwrap_or_default();
    let mut out = String::new();
    for c in stdin.chars() {
        let at = from.iter().position(|known| *known == c);
        let new = match at {
            Some(_) if flags.has('d') => continue,
            Some(at) => to.get(at).or(to.last()).copied().unwrap_or(c),
            None => c,
        };
        if flags.has('s') && at.is_some() && out.ends_with(new) {
            continue;
        }
        out.push(new);
    }
    run.print(false, &out);
    Ok(0)
}

/// `column -t`: columns two blanks apart, as wide as their widest word.
pub(super) fn column(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Done {
    let flags = Flags::of(words, "so");
    let text = match input(run, "column", &flags.rest, stdin) {
        Ok(text) => text,
        Err(exit) => return Ok(exit),
    };
    if !flags.has('t') {
        run.print(false, &text);
        return Ok(0);
    }
    let mark = flags.value('s').and_then(|s| s.chars().next());
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| match mark {
            Some(mark) => line.split(mark).collect(),
            None => line.split_whitespace().collect(),
        })
        .into_list();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        for (at, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(at) {
                Some(known) => *known = width.max(*known),
                None => widths.push(width),
            }
        }
    }
    let mut out = String::new();
    for row in &rows {
        for (at, cell) in row.iter().enumerate() {
            out.push_str(cell);
            if at + 1 < row.len() {
                let gap = widths[at] - cell.chars().count() + 2;
                out.extend(std::iter::repeat_n(' ', gap));
            }
        }
        out.push('\n');
    }
    run.print(false, &out);
    Ok(0)
}
