//! What is being typed: the lines before it, and what Tab offers.

use std::rc::Rc;

use ordinal_kubectl::complete::Completion;

/// The field at the end of a terminal. The browser edits it; what is put into it from here has a number of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Field {
    /// Grows with each text that does not come from typing.
    pub(crate) revision: u32,
    /// That text, and where the cursor stands in it, in bytes.
    pub(crate) text: Rc<str>,
    pub(crate) cursor: usize,
    /// What the word before the cursor can become, where that is more than one thing.
    pub(crate) offers: Rc<[String]>,
    /// Which of them stands in the field.
    pub(crate) taken: Option<usize>,
    /// What stands before the word that they are for, what has been typed of it, and what stands behind it.
    around: [String; 3],
    /// The line that is looked at, and what was typed before it was.
    looked: Option<(usize, String)>,
}

impl Field {
    /// Puts a text into the field, as if it had been typed; nothing is looked for any more.
    pub(super) fn set(&mut self, text: &str) {
        self.put(text, text.len());
        self.looked = None;
    }

    fn put(&mut self, text: &str, cursor: usize) {
        self.revision += 1;
        self.text = text.into();
        self.cursor = cursor;
        self.offers = Rc::default();
        self.taken = None;
    }

    /// Puts one of the words that are offered into the field.
    pub(super) fn take(&mut self, number: usize) {
        let offers = self.offers.clone();
        if let Some(word) = offers.get(number) {
            let [head, _, behind] = &self.around;
            let before = format!("{head}{word}");
            self.put(&format!("{before}{behind}"), before.len());
            (self.offers, self.taken) = (offers, Some(number));
        }
    }

    /// Tab where words are offered and nothing was typed since: the next of them. Returns whether that is so.
    pub(super) fn turn(&mut self, before: &str, behind: &str) -> bool {
        let [head, typed, rest] = &self.around;
        let word = self.taken.map_or(typed, |taken| &self.offers[taken]);
        let same = before.strip_prefix(head.as_str()) == Some(word.as_str()) && rest == behind;
        if !same || self.offers.is_empty() {
            return false;
        }
        self.take(
            self.taken
                .map_or(0, |taken| (taken + 1) % self.offers.len()),
        );
        true
    }

    pub(super) fn older(&mut self, history: &[String], typed: &str) {
        let (at, typed) = match &self.looked {
            Some((at, first)) => (*at, first.clone()),
            None => (history.len(), typed.to_owned()),
        };
        if let Some(at) = at.checked_sub(1) {
            self.put(&history[at], history[at].len());
            self.looked = Some((at, typed));
        }
    }

    pub(super) fn newer(&mut self, history: &[String]) {
        let Some((at, typed)) = self.looked.take() else {
            return;
        };
        match history.get(at + 1) {
            Some(line) => {
                self.put(line, line.len());
                self.looked = Some((at + 1, typed));
            }
            None => self.set(&typed),
        }
    }

    /// The next older line with the text in it.
    pub(super) fn search(&mut self, history: &[String], typed: &str) {
        let (at, text) = match &self.looked {
            Some((at, first)) if history.get(*at).is_some_and(|line| line == typed) => {
                (*at, first.clone())
            }
            _ => (history.len(), typed.to_owned()),
        };
        let found = history[..at].iter().rposition(|line| line.contains(&text));
        if let Some(found) = found {
            self.put(&history[found], history[found].len());
            self.looked = Some((found, text));
        }
    }

    pub(super) fn complete(&mut self, before: &str, behind: &str, found: &Completion) {
        let typed = &before[found.from..];
        let common = found.common();
        let head = &before[..found.from];
        self.around = [head, typed, behind].map(str::to_owned);
        self.taken = None;
        if common.len() > typed.len() || found.candidates.len() == 1 {
            let before = format!("{head}{common}");
            self.put(&format!("{before}{behind}"), before.len());
            self.around[1] = common;
        }
        self.offers = match found.candidates.len() {
            0 | 1 => Rc::default(),
            _ => found.candidates.clone().into(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(all: &[&str]) -> Vec<String> {
        all.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn the_arrows_go_through_the_lines_and_back_to_what_was_typed() {
        let history = lines(&["one", "two"]);
        let mut field = Field::default();

        let mut seen = Vec::new();
        for up in [true, true, true, false, false, false] {
            match up {
                true => field.older(&history, "ty"),
                false => field.newer(&history),
            }
            seen.push(field.text.to_string());
        }

        assert_eq!(seen, ["two", "one", "one", "two", "ty", "ty"]);
    }

    #[test]
    fn searching_again_goes_further_back() {
        let history = lines(&["get pods", "get svc", "delete pod"]);
        let mut field = Field::default();

        field.search(&history, "get");
        assert_eq!(&*field.text, "get svc");
        field.search(&history, "get svc");
        assert_eq!(&*field.text, "get pods");
        field.search(&history, "get pods");
        assert_eq!(&*field.text, "get pods");
    }

    #[test]
    fn tab_takes_what_is_sure_and_offers_the_rest() {
        let mut field = Field::default();
        let found = |words: &[&str]| Completion {
            from: 4,
            candidates: lines(words),
        };

        field.complete("get w", " -o wide", &found(&["web-0", "web-1"]));
        assert_eq!((&*field.text, field.cursor), ("get web- -o wide", 8));
        assert_eq!(field.offers.len(), 2);
        let mut turns = Vec::new();
        for _ in 0..3 {
            let before = field.text[..field.cursor].to_owned();
            assert!(field.turn(&before, " -o wide"));
            turns.push(field.text.to_string());
        }
        assert_eq!(
            turns,
            [
                "get web-0 -o wide",
                "get web-1 -o wide",
                "get web-0 -o wide"
            ]
        );
        assert!(!field.turn("get web-0x", " -o wide"), "something was typed");
        field.complete("get web-1", "", &found(&["web-1"]));
        assert_eq!(&*field.text, "get web-1 ");
        assert!(field.offers.is_empty());
    }
}
