//! grep.

use super::super::pattern::Pattern;
use super::super::run::{Run, Stop};
use super::{Flags, input};
use ordinal_api::list::IntoList;

pub(super) fn egrep(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Result<i32, Stop> {
    let words: Vec<&str> = std::iter::once("-E")
        .chain(words.iter().copied())
        .into_list();
    grep(run, &words, stdin)
}

/// `-i -v -E -F -c -o -w -q -n`, `-A` and `-B`, `-e`, `-m`.
pub(super) fn grep(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Result<i32, Stop> {
    let words: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with("--color") && *word != "--line-buffered")
        .into_list();
    let flags = Flags::of(&words, "eABCm");
    let mut files = flags.rest.clone();
    let mut texts: Vec<&str> = flags
        .values
        .iter()
        .filter(|(l, _)| *l == 'e')
        .map(|(_, v)| *v)
        .into_list();
    if texts.is_empty() {
        if files.is_empty() {
            run.print(true, "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
            return Ok(2);
        }
        texts.push(files.remove(0));
    }
    let mut patterns = Vec::new();
    for text in texts {
        let text = if flags.has('w') {
            format!("\\b{text}\\b")
        } else {
            text.to_owned()
        };
        let pattern = match flags.has('F') {
            true => Ok(Pattern::literal(&text, flags.has('i'))),
            false => Pattern::new(&text, flags.has('E'), flags.has('i')),
        };
        match pattern {
            Ok(pattern) => patterns.push(pattern),
            Err(why) => {
                run.print(true, &format!("grep: {why}\n"));
                return Ok(2);
            }
        }
    }
    let text = match input(run, "grep", &files, stdin) {
        Ok(text) => text,
        Err(_) => return Ok(2),
    };
    let around = |letter| {
        flags
            .value(letter)
            .or(flags.value('C'))
            .and_then(|n| n.parse().ok())
    };
    let (after, before): (usize, usize) = (around('A').unwrap_or(0), around('B').unwrap_or(0));
    let lines: Vec<&str> = text.lines().into_list();
    let most = flags.value('m').and_then(|n| n.parse().ok());
    let most: usize = most.unwrap_or(if flags.has('q') { 1 } else { usize::MAX });
    let mut found = 0;
    let mut shown: Vec<bool> = vec![false; lines.len()];
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let is_in = patterns.iter().any(|pattern| pattern.is_in(line)) != flags.has('v');
        if !is_in {
            continue;
        }
        found += 1;
        run.closes |= found == most;
        if found > most {
            found = most;
            break;
        }
        if flags.has('o') {
            let characters: Vec<char> = line.chars().into_list();
            let mut from = 0;
            while let Some((start, end)) = patterns
                .iter()
                .filter_map(|p| p.find(&characters, from))
                .min()
            {
                if end > start {
                    out.extend(&characters[start..end]);
                    out.push('\n');
                }
                from = end.max(start + 1);
                if from > characters.len() {
                    break;
                }
            }
        } else {
            let range = at.saturating_sub(before)..(at + after + 1).min(lines.len());
            shown[range].fill(true);
        }
    }
    if !flags.has('o') {
        for (at, line) in lines.iter().enumerate().filter(|(at, _)| shown[*at]) {
            if flags.has('n') {
                out.push_str(&format!("{}:", at + 1));
            }
            out.push_str(line);
            out.push('\n');
        }
    }
    if flags.has('c') {
        out = format!("{found}\n");
    }
    if !flags.has('q') {
        run.print(false, &out);
    }
    Ok(i32::from(found == 0))
}
