//! Regular expressions as grep, sed and awk know them, as far as people type them at a cluster.

use ordinal_api::list::IntoList;

/// How much work one search may do; a pattern that needs more finds nothing.
const STEPS: u32 = 200_000;
/// Groups in groups.
const DEEPEST: usize = 16;

/// A pattern, ready to search with.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    branches: Vec<Vec<Piece>>,
    ignore_case: bool,
}

#[derive(Clone, Debug)]
struct Piece {
    atom: Atom,
    least: u32,
    most: u32,
}

#[derive(Clone, Debug)]
enum Atom {
    Character(char),
    Any,
    Class(Vec<(char, char)>, bool),
    Start,
    End,
    Border,
    Group(Vec<Vec<Piece>>),
}

impl Pattern {
    /// Reads a pattern; `extended` as for `grep -E`.
    ///
    /// # Errors
    /// What grep says of it.
    pub(crate) fn new(text: &str, extended: bool, ignore_case: bool) -> Result<Self, String> {
        let characters: Vec<char> = text.chars().into_list();
        let mut reader = Reader {
            text: &characters,
            at: 0,
            extended,
        };
        let branches = reader.branches(0)?;
        if reader.at < characters.len() {
            return Err("Unmatched ) or \\)".to_owned());
        }
        Ok(Self {
            branches,
            ignore_case,
        })
    }

    /// A pattern that is just these characters.
    pub(crate) fn literal(text: &str, ignore_case: bool) -> Self {
        let piece = |c| Piece {
            atom: Atom::Character(c),
            least: 1,
            most: 1,
        };
        Self {
            branches: vec![text.chars().map(piece).collect()],
            ignore_case,
        }
    }

    /// The first match at or after a place: where it begins and ends, in characters.
    pub(crate) fn find(&self, text: &[char], from: usize) -> Option<(usize, usize)> {
        let mut search = Search {
            text,
            ignore_case: self.ignore_case,
            steps: STEPS,
        };
        for start in from..=text.len() {
            let mut longest = None;
            search.branches(&self.branches, start, &mut |_, end| {
                longest = longest.max(Some(end));
                false
            });
            if let Some(end) = longest {
                return Some((start, end));
            }
        }
        None
    }

    /// Whether it is anywhere in a line.
    pub(crate) fn is_in(&self, line: &str) -> bool {
        let line: Vec<char> = line.chars().into_list();
        self.find(&line, 0).is_some()
    }
}

struct Reader<'a> {
    text: &'a [char],
    at: usize,
    extended: bool,
}

impl Reader<'_> {
    /// The sign that stands here, if it is this one: bare in one syntax, behind a backslash in the other.
    fn is_sign(&self, sign: char) -> Option<usize> {
        let at = |ahead: usize| self.text.get(self.at + ahead).copied();
        match self.extended {
            true => (at(0) == Some(sign)).then_some(1),
            false => (at(0) == Some('\\') && at(1) == Some(sign)).then_some(2),
        }
    }

    fn branches(&mut self, depth: usize) -> Result<Vec<Vec<Piece>>, String> {
        if depth > DEEPEST {
            return Err("Regular expression too big".to_owned());
        }
        let mut branches = vec![Vec::new()];
        while self.at < self.text.len() && self.is_sign(')').is_none() {
            if let Some(length) = self.is_sign('|') {
                self.at += length;
                branches.push(Vec::new());
                continue;
            }
            let first = branches.last().is_none_or(Vec::is_empty);
            let atom = self.atom(depth, first)?;
            let (least, most) = self.count();
            if let Some(branch) = branches.last_mut() {
                branch.push(Piece { atom, least, most });
            }
        }
        Ok(branches)
    }

    fn atom(&mut self, depth: usize, first: bool) -> Result<Atom, String> {
        if let Some(length) = self.is_sign('(') {
            self.at += length;
            let inside = self.branches(depth + 1)?;
            let Some(length) = self.is_sign(')') else {
                return Err("Unmatched ( or \\(".to_owned());
            };
            self.at += length;
            return Ok(Atom::Group(inside));
        }
        let c = self.text[self.at];
        self.at += 1;
        Ok(match c {
            '.' => Atom::Any,
            '^' if first || self.extended => Atom::Start,
            '$' if self.at == self.text.len() || self.extended => Atom::End,
            '[' => self.class()?,
            '\\' => {
                let Some(&c) = self.text.get(self.at) else {
                    return Err("Trailing backslash".to_owned());
                };
                self.at += 1;
                match c {
                    'b' | '<' | '>' => Atom::Border,
                    'w' => Atom::Class(vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')], true),
                    's' => Atom::Class(vec![(' ', ' '), ('\t', '\t')], true),
                    'd' => Atom::Class(vec![('0', '9')], true),
                    't' => Atom::Character('\t'),
                    c => Atom::Character(c),
                }
            }
            c => Atom::Character(c),
        })
    }

    fn class(&mut self) -> Result<Atom, String> {
        let wanted = self.text.get(self.at) != Some(&'^');
        self.at += usize::from(!wanted);
        let mut ranges = Vec::new();
        loop {
            let Some(&c) = self.text.get(self.at) else {
                return Err("Unmatched [, [^, [:, [., or [=".to_owned());
            };
            if c == ']' && !ranges.is_empty() {
                self.at += 1;
                return Ok(Atom::Class(ranges, wanted));
            }
            if c == '[' && self.text.get(self.at + 1) == Some(&':') {
                let rest: String = self.text[self.at + 2..].iter().take(8).collect();
                let named = NAMED.iter().find(|(name, _)| rest.starts_with(name));
                if let Some((name, members)) = named {
                    ranges.extend_from_slice(members);
                    self.at += name.len() + 2;
                    continue;
                }
            }
            let range = match (self.text.get(self.at + 1), self.text.get(self.at + 2)) {
                (Some('-'), Some(&end)) if end != ']' => {
                    self.at += 2;
                    (c, end)
                }
                _ => (c, c),
            };
            self.at += 1;
            ranges.push(range);
        }
    }

    fn count(&mut self) -> (u32, u32) {
        if self.text.get(self.at) == Some(&'*') {
            self.at += 1;
            return (0, u32::MAX);
        }
        for (sign, count) in [('+', (1, u32::MAX)), ('?', (0, 1))] {
            if let Some(length) = self.is_sign(sign) {
                self.at += length;
                return count;
            }
        }
        let start = self.at;
        if let Some(length) = self.is_sign('{') {
            self.at += length;
            let least = self.number();
            let most = match self.text.get(self.at) {
                Some(',') => {
                    self.at += 1;
                    self.number().or(Some(u32::MAX))
                }
                _ => least,
            };
            if let (Some(least), Some(most), Some(length)) = (least, most, self.is_sign('}')) {
                self.at += length;
                return (least, most);
            }
            self.at = start;
        }
        (1, 1)
    }

    fn number(&mut self) -> Option<u32> {
        let digits: String = self.text[self.at..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .take(4)
            .collect();
        self.at += digits.len();
        digits.parse().ok()
    }
}

const NAMED: [(&str, &[(char, char)]); 5] = [
    ("space:]", &[(' ', ' '), ('\t', '\t')]),
    ("digit:]", &[('0', '9')]),
    ("alpha:]", &[('a', 'z'), ('A', 'Z')]),
    ("alnum:]", &[('a', 'z'), ('A', 'Z'), ('0', '9')]),
    ("upper:]", &[('A', 'Z')]),
];

struct Search<'a> {
    text: &'a [char],
    ignore_case: bool,
    steps: u32,
}

/// What comes after a match; says whether the search is over.
type Then<'t> = &'t mut dyn FnMut(&mut Search<'_>, usize) -> bool;

impl Search<'_> {
    fn branches(&mut self, branches: &[Vec<Piece>], at: usize, then: Then<'_>) -> bool {
        branches
            .iter()
            .any(|branch| self.pieces(branch, 0, at, then))
    }

    /// The pieces of a branch; `done` of the first one's repetitions have matched.
    fn pieces(&mut self, pieces: &[Piece], done: u32, at: usize, then: Then<'_>) -> bool {
        if self.steps == 0 {
            return false;
        }
        self.steps -= 1;
        let Some((piece, rest)) = pieces.split_first() else {
            return then(self, at);
        };
        if done < piece.most {
            let found = match &piece.atom {
                Atom::Group(branches) => {
                    self.branches(branches, at, &mut |search, end| {
                        // A repetition of nothing would repeat for ever.
                        (end > at || done < piece.least)
                            && search.pieces(pieces, done + 1, end, then)
                    })
                }
                atom => match self.single(atom, at) {
                    Some(end) if end > at || done < piece.least => {
                        self.pieces(pieces, done + 1, end, then)
                    }
                    _ => false,
                },
            };
            if found {
                return true;
            }
        }
        done >= piece.least && self.pieces(rest, 0, at, then)
    }

    fn single(&self, atom: &Atom, at: usize) -> Option<usize> {
        let here = self.text.get(at).copied();
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let before = at.checked_sub(1).and_then(|at| self.text.get(at)).copied();
        let matches = match atom {
            Atom::Start => return (at == 0).then_some(at),
            Atom::End => return here.is_none().then_some(at),
            Atom::Border => return (word(before) != word(here)).then_some(at),
            Atom::Any => here.is_some(),
            Atom::Character(c) => here.is_some_and(|here| self.same(*c, here)),
            Atom::Class(ranges, wanted) => here.is_some_and(|here| {
                let other = match self.ignore_case {
                    true if here.is_lowercase() => here.to_ascii_uppercase(),
                    true => here.to_ascii_lowercase(),
                    false => here,
                };
                let is_in = |c: char| ranges.iter().any(|(a, b)| (*a..=*b).contains(&c));
                (is_in(here) || is_in(other)) == *wanted
            }),
            Atom::Group(_) => false,
        };
        matches.then_some(at + 1)
    }

    fn same(&self, a: char, b: char) -> bool {
        a == b || (self.ignore_case && a.to_lowercase().eq(b.to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_find_what_grep_finds() {
        let cases = [
            ("web-[0-2]", false, "pod/web-1", true),
            ("^web", false, "my-web", false),
            ("Running$", false, "1/1 Running", true),
            ("a|b", false, "a", false),
            ("a|b", true, "xbx", true),
            ("a\\|b", false, "xbx", true),
            ("(ab)+c", true, "xababc", true),
            ("[^ ]* 0/1", false, "web-0 0/1", true),
            ("x{2,3}", true, "axxb", true),
            ("x{2,3}", true, "axb", false),
            ("\\bweb\\b", true, "web-0", true),
            ("[[:space:]]+", true, "a b", true),
            ("", false, "anything", true),
            ("(a*)*b", true, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false),
        ];
        for (pattern, extended, line, expected) in cases {
            let found = Pattern::new(pattern, extended, false)
                .expect(pattern)
                .is_in(line);
            assert_eq!(found, expected, "{pattern} in {line}");
        }
        assert!(Pattern::new("(a", true, false).is_err());
        assert!(Pattern::new("[a", true, false).is_err());
        assert!(Pattern::literal("RUNNING", true).is_in("running"));
    }
}
