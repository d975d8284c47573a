//! Redirections and here-documents.

use super::words::interior;
use super::{Compound, Parser, Part, Redirect, Script, Target, Trouble, Word, ends_word, plain};

impl Parser<'_> {
    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>, Trouble> {
        let (stream, skip) = match (self.peek(), self.next(1)) {
            (Some('>'), _) => (1, 0),
            (Some('<'), _) => (0, 0),
            (Some(c @ ('1' | '2')), Some('>')) => (c as u8 - b'0', 1),
            (Some('&'), Some('>')) => (3, 1),
            _ => return Ok(None),
        };
        self.at += skip;
        if stream == 0 {
            return self.input().map(Some);
        }
        let append = self.take(">>");
        if !append {
            self.at += 1;
            if self.take("&") {
                let to = self.peek().and_then(|c| c.to_digit(10)).unwrap_or(1);
                self.at += 1;
                let to = Target::Stream(to as u8);
                return Ok(Some(Redirect { stream, to }));
            }
        }
        self.blanks();
        let file = self.target()?;
        let to = if append {
            Target::Append(file)
        } else {
            Target::File(file)
        };
        Ok(Some(Redirect { stream, to }))
    }

    fn input(&mut self) -> Result<Redirect, Trouble> {
        let redirect = |to| Ok(Redirect { stream: 0, to });
        if self.take("<<<") {
            self.blanks();
            let mut word = self.target()?;
            word.push(Part::Text {
                text: "\n".to_owned(),
                quoted: true,
            });
            return redirect(Target::Text(word));
        }
        if self.take("<<") {
            let tabs = self.take("-");
            self.blanks();
            let word = self.target()?;
            let quoted = word
                .iter()
                .any(|part| matches!(part, Part::Text { quoted: true, .. }));
            let end = plain(&word).ok_or(Trouble::Unfinished("a here-document"))?;
            self.waiting.push((end, quoted, tabs));
            return redirect(Target::Text(Word::new()));
        }
        self.at += 1;
        self.blanks();
        let file = self.target()?;
        redirect(Target::Input(file))
    }

    fn target(&mut self) -> Result<Word, Trouble> {
        match self.peek() {
            None => Err(Trouble::Unfinished("a file name")),
            Some(c) if ends_word(c) => Err(Trouble::Unexpected("newline".to_owned())),
            Some(_) => self.word(),
        }
    }

    /// The here-documents whose commands stand on the line that just ended.
    pub(super) fn documents(&mut self, steps: &mut Script) -> Result<(), Trouble> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut texts = Vec::new();
        for (end, quoted, tabs) in waiting {
            let mut text = String::new();
            loop {
                if self.at >= self.text.len() {
                    return Err(Trouble::Unfinished("a here-document"));
                }
                let mut line = String::new();
                while let Some(c) = self.peek().filter(|c| *c != '\n') {
                    line.push(c);
                    self.at += 1;
                }
                self.at += 1;
                let line = if tabs {
                    line.trim_start_matches('\t')
                } else {
                    &line
                };
                if line == end {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            // The break after the end word separates commands.
            self.at = (self.at - 1).min(self.text.len());
            texts.push(if quoted {
                vec![Part::Text { text, quoted }]
            } else {
                interior(&text, self.depth)?
            });
        }
        let mut texts = texts.into_iter();
        fill(steps, &mut texts);
        Ok(())
    }
}

/// Puts the texts of here-documents where they were announced, in order.
fn fill(steps: &mut Script, texts: &mut dyn Iterator<Item = Word>) {
    for command in steps.iter_mut().flat_map(|step| &mut step.stages) {
        match &mut command.compound {
            Some(Compound::For { body, .. } | Compound::Group(body)) => fill(body, texts),
            Some(Compound::While {
                condition, body, ..
            }) => {
                fill(condition, texts);
                fill(body, texts);
            }
            Some(Compound::If {
                branches,
                otherwise,
            }) => {
                for (condition, body) in branches {
                    fill(condition, texts);
                    fill(body, texts);
                }
                fill(otherwise, texts);
            }
            Some(Compound::Condition(_)) | None => {}
        }
        for redirect in &mut command.redirects {
            if let Target::Text(word) = &mut redirect.to
                && word.is_empty()
                && let Some(text) = texts.next()
            {
                *word = text;
            }
        }
    }
}
