//! What a terminal shows at a moment: blocks of lines, of which only those that changed are made anew.

use ordinal_api::list::IntoList;
use std::rc::Rc;

use ordinal_api::SimTime;
use ordinal_kubectl::shell::Piece;

use super::field::Field;
use super::job::Job;

/// No terminal shows more lines than these.
const MOST_LINES: usize = 10_000;
/// So many lines are one piece of the page.
const CHUNK: usize = 100;

/// A line that was typed, and what it has printed so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    pub(crate) id: u32,
    pub(crate) prompt: String,
    pub(crate) line: String,
    /// Whether the screen was emptied since, so that only what was printed after that is left.
    pub(crate) is_cleared: bool,
    pub(crate) of_page: bool,
    /// What it printed, in pieces of so many lines.
    pub(crate) chunks: Vec<Rc<str>>,
    /// How many chunks were left out before them.
    pub(crate) left_out: usize,
}

/// What a terminal shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Screen {
    pub(crate) terminal: u32,
    pub(crate) blocks: Vec<Rc<Block>>,
    /// What stands before the field; nothing while a line is at work.
    pub(crate) prompt: Option<String>,
    pub(crate) field: Field,
    /// The editor, while it is open.
    pub(crate) editing: Option<Editing>,
}

/// What an editor begins with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Editing {
    /// Differs from one opening to the next.
    pub(crate) opened: (u32, usize),
    pub(crate) text: Rc<str>,
}

/// A block with how much of its job it shows.
#[derive(Clone, Debug)]
struct Held {
    pieces: usize,
    from: usize,
    version: u32,
    lines: usize,
    block: Rc<Block>,
}

/// What was shown last.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    held: Vec<Held>,
    screen: Rc<Screen>,
}

impl Held {
    /// The block of a job up to a moment, from a piece on; what was shown of it before is kept.
    fn of(job: &Job, pieces: usize, from: usize, before: Option<Held>) -> Self {
        let mut held = match before {
            Some(held)
                if (held.version, held.from) == (job.version, from) && held.pieces <= pieces =>
            {
                held
            }
            _ => {
                let block = Block {
                    id: job.id,
                    prompt: job.prompt.clone(),
                    line: job.line.clone(),
                    of_page: job.of_page,
                    is_cleared: from > 0,
                    ..Block::default()
                };
                Held {
                    pieces: from,
                    from,
                    version: job.version,
                    lines: 0,
                    block: Rc::new(block),
                }
            }
        };
        if held.pieces < pieces {
            let block = Rc::make_mut(&mut held.block);
            for piece in &job.pieces[held.pieces..pieces] {
                append(&mut block.chunks, &piece.text);
            }
            held.pieces = pieces;
            let whole = block.chunks.len().saturating_sub(1) * CHUNK;
            held.lines = whole + block.chunks.last().map_or(0, |last| last.lines().count());
        }
        held
    }
}

/// Puts a text behind others, in chunks of so many lines.
fn append(chunks: &mut Vec<Rc<str>>, text: &str) {
    let mut last = chunks
        .pop()
        .map_or_else(String::new, |chunk| chunk.to_string());
    let mut lines = last.matches('\n').count();
    for line in text.split_inclusive('\n') {
        if lines == CHUNK {
            chunks.push(std::mem::take(&mut last).into());
            lines = 0;
        }
        last.push_str(line);
        lines += usize::from(line.ends_with('\n'));
    }
    chunks.push(last.into());
}

/// How many pieces were printed up to a moment, and how many of them an empty screen has wiped out.
fn printed(pieces: &[Piece], at: SimTime) -> (usize, usize) {
    let come = pieces.partition_point(|piece| piece.at_ms <= at.0);
    let clears = pieces[..come].iter().rposition(|piece| piece.clears);
    (come, clears.map_or(0, |place| place + 1))
}

impl Shown {
    /// What is shown at a moment.
    pub(super) fn at(
        &mut self,
        at: SimTime,
        terminal: u32,
        jobs: &[Job],
        prompt: String,
        field: &Field,
    ) -> Rc<Screen> {
        let begun = jobs.partition_point(|job| job.start <= at);
        let busy = jobs[..begun].iter().any(|job| job.is_at_work(at));
        let mut before: Vec<Held> = std::mem::take(&mut self.held);
        let mut lines = 0;
        // From the last line backwards, until the screen was cleared or is full.
        for job in jobs[..begun].iter().rev() {
            let (pieces, from) = printed(&job.pieces, at);
            let old = before.iter().rposition(|held| held.block.id == job.id);
            let old = old.map(|place| before.remove(place));
            let held = Held::of(job, pieces, from, old);
            lines += held.lines + held.block.line.lines().count();
            self.held.push(held);
            if from > 0 || lines > MOST_LINES {
                break;
            }
        }
        self.held.reverse();
        let mut blocks: Vec<Rc<Block>> =
            self.held.iter().map(|held| held.block.clone()).into_list();
        if lines > MOST_LINES
            && let Some(first) = blocks.first_mut()
        {
            let block = Rc::make_mut(first);
            block.left_out = ((lines - MOST_LINES) / CHUNK).min(block.chunks.len());
            block.chunks.drain(..block.left_out);
        }
        let same = |a: &[Rc<Block>], b: &[Rc<Block>]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Rc::ptr_eq(a, b) || a == b)
        };
        let prompt = (!busy).then_some(prompt);
        let edited = jobs[..begun].iter().find(|job| job.is_edited(at));
        let editing = edited.and_then(|job| {
            let (_, text) = job.editing.clone()?;
            let opened = (job.id, job.saves.len());
            Some(Editing { opened, text })
        });
        let old = &self.screen;
        let rest = (&old.prompt, &old.field, old.terminal, &old.editing);
        if rest == (&prompt, field, terminal, &editing) && same(&old.blocks, &blocks) {
            return self.screen.clone();
        }
        self.screen = Rc::new(Screen {
            terminal,
            blocks,
            prompt,
            field: field.clone(),
            editing,
        });
        self.screen.clone()
    }
}
