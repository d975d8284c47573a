//! What an update changed, as a unified diff with three lines around each change.
//! Models apimachinery `util/diff`, which prints the structs as JSON and compares the lines.

use std::fmt::Write as _;
use std::ops::Range;

const AROUND: usize = 3;

/// The differing lines of two texts.
pub(super) fn of(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut same = Vec::new();
    let often = frequent(&new);
    let texts = Texts {
        a: &old,
        b: &new,
        often: &often,
    };
    matches(texts, 0..old.len(), 0..new.len(), &mut same);
    // Changes are what lies between the lines that are the same.
    let mut changes: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    let (mut a, mut b) = (0, 0);
    same.push((old.len(), new.len(), 0));
    for (start_a, start_b, length) in same {
        if a < start_a || b < start_b {
            changes.push((a..start_a, b..start_b));
        }
        (a, b) = (start_a + length, start_b + length);
    }
    let mut text = String::new();
    let mut rest = changes.as_slice();
    while !rest.is_empty() {
        let near =
            |pair: &[(Range<usize>, Range<usize>)]| pair[1].0.start - pair[0].0.end <= 2 * AROUND;
        let count = 1 + rest.windows(2).take_while(|pair| near(pair)).count();
        let (hunk, others) = rest.split_at(count);
        write_hunk(&old, &new, hunk, &mut text);
        rest = others;
    }
    text
}

fn write_hunk(
    old: &[&str],
    new: &[&str],
    hunk: &[(Range<usize>, Range<usize>)],
    text: &mut String,
) {
    let (first, last) = (&hunk[0], &hunk[hunk.len() - 1]);
    let before = AROUND.min(first.0.start);
    let after = AROUND.min(old.len() - last.0.end);
    let range = |from: usize, to: usize| match to - from {
        1 => format!("{}", from + 1),
        0 => format!("{from},0"),
        length => format!("{},{length}", from + 1),
    };
    let _ = writeln!(
        text,
        "@@ -{} +{} @@",
        range(first.0.start - before, last.0.end + after),
        range(first.1.start - before, last.1.end + after)
    );
    let mut at = first.0.start - before;
    for (gone, added) in hunk {
        for line in &old[at..gone.start] {
            let _ = writeln!(text, " {line}");
        }
        for line in &old[gone.clone()] {
            let _ = writeln!(text, "-{line}");
        }
        for line in &new[added.clone()] {
            let _ = writeln!(text, "+{line}");
        }
        at = gone.end;
    }
    for line in &old[at..last.0.end + after] {
        let _ = writeln!(text, " {line}");
    }
}

/// The lines of both texts, and which of the second are too frequent to begin with.
#[derive(Clone, Copy)]
struct Texts<'a> {
    a: &'a [&'a str],
    b: &'a [&'a str],
    often: &'a [bool],
}

/// In a long text, lines that make up more than a hundredth of it. Models go-difflib `chainB`.
fn frequent(lines: &[&str]) -> Vec<bool> {
    let most = lines.len() / 100 + 1;
    let count = |line: &&str| lines.iter().filter(|other| *other == line).count();
    let often = |line| lines.len() >= 200 && count(line) > most;
    lines.iter().map(often).collect()
}

/// The longest run of equal lines, with the frequent ones around it, then the same on both sides of it.
fn matches(
    texts: Texts<'_>,
    in_a: Range<usize>,
    in_b: Range<usize>,
    found: &mut Vec<(usize, usize, usize)>,
) {
    let Texts { a, b, often } = texts;
    let mut best = (in_a.start, in_b.start, 0);
    // Lengths of the runs that end at each line of `b`.
    let mut lengths = vec![0; in_b.len() + 1];
    for i in in_a.clone() {
        let mut next = vec![0; in_b.len() + 1];
        for j in in_b.clone() {
            if !often[j] && a[i] == b[j] {
                let length = lengths[j - in_b.start] + 1;
                next[j - in_b.start + 1] = length;
                if length > best.2 {
                    best = (i + 1 - length, j + 1 - length, length);
                }
            }
        }
        lengths = next;
    }
    let (mut i, mut j, mut length) = best;
    while i > in_a.start && j > in_b.start && a[i - 1] == b[j - 1] {
        (i, j, length) = (i - 1, j - 1, length + 1);
    }
    while i + length < in_a.end && j + length < in_b.end && a[i + length] == b[j + length] {
        length += 1;
    }
    if length == 0 {
        return;
    }
    matches(texts, in_a.start..i, in_b.start..j, found);
    found.push((i, j, length));
    matches(texts, i + length..in_a.end, j + length..in_b.end, found);
}
