//! Lines that begin with dashes.

use super::{Choice, Layout, Level, Pending, Trust, legal};
use crate::shape::Shape;

impl Layout<'_> {
    /// A line that begins with dashes.
    pub(super) fn dash(&mut self, at: usize) -> (usize, bool) {
        let row = &self.rows[at];
        let dash = row.dashes[0];
        let key = row.key.as_deref();
        let choice = self.choose_list(at, dash, key);
        let to = match choice {
            Some(Choice::Level(at)) => {
                self.levels.truncate(at + 1);
                self.pending = None;
                self.levels[at].to
            }
            Some(Choice::Pending) | None => {
                let waiting = self.pending.take();
                let (shape, to) = match waiting {
                    Some(pending) => {
                        let keep = self.trust == Trust::Columns && dash >= pending.to;
                        (pending.shape, if keep { dash } else { pending.to + 2 })
                    }
                    None => (Shape::Unknown, dash),
                };
                self.levels.push(Level {
                    shape,
                    from: dash,
                    to,
                    keys: Vec::new(),
                    is_list: true,
                });
                to
            }
        };
        let mut shape = self
            .levels
            .last()
            .and_then(|list| list.shape.item())
            .unwrap_or(Shape::Unknown);
        let mut inner = to;
        for pair in row.dashes.windows(2) {
            inner += pair[1] - pair[0];
            self.levels.push(Level {
                shape,
                from: pair[1],
                to: inner,
                keys: Vec::new(),
                is_list: true,
            });
            shape = shape.item().unwrap_or(Shape::Unknown);
        }
        if let Some(key) = key {
            inner += row.column - row.dashes.last().copied().unwrap_or(dash);
            self.levels.push(Level {
                shape,
                from: row.column,
                to: inner,
                keys: Vec::new(),
                is_list: false,
            });
            self.enter(key, &row.value, row.column, inner);
        } else if row.value.is_empty() && self.trust == Trust::Columns {
            // A dash on a line of its own: the item's first key comes below it.
            self.pending = Some(Pending {
                shape,
                from: dash,
                to,
            });
        }
        (to, choice.is_none())
    }

    fn choose_list(&self, at: usize, dash: usize, key: Option<&str>) -> Option<Choice> {
        let row = &self.rows[at];
        let fits = |list: Shape| match (list.item(), key) {
            (None, _) => false,
            (Some(item), Some(key)) if row.dashes.len() == 1 => legal(item, key, &row.value),
            (Some(item), None) if row.dashes.len() == 1 && !row.value.is_empty() => {
                !item.is_nested() || row.value.starts_with('{')
            }
            (Some(_), _) => true,
        };
        let waiting = self.pending.as_ref().filter(|pending| fits(pending.shape));
        if self.trust == Trust::Columns {
            if waiting.is_some_and(|pending| dash >= pending.from) {
                return Some(Choice::Pending);
            }
            let natural = self
                .levels
                .iter()
                .rposition(|level| level.is_list && level.from == dash);
            if let Some(at) = natural
                && fits(self.levels[at].shape)
            {
                return Some(Choice::Level(at));
            }
        }
        // Among those that know the item's first key, one that knows the second as well.
        let follows = |list: Shape| self.next_key_fits(at, list);
        let open = (0..self.levels.len())
            .rev()
            .filter(|at| self.levels[*at].is_list && fits(self.levels[*at].shape));
        let mut candidates: Vec<(Choice, bool, usize)> = Vec::new();
        if let Some(pending) = waiting {
            candidates.push((
                Choice::Pending,
                follows(pending.shape),
                dash.abs_diff(pending.from),
            ));
        }
        candidates.extend(open.map(|at| {
            let level = &self.levels[at];
            (
                Choice::Level(at),
                follows(level.shape),
                dash.abs_diff(level.from),
            )
        }));
        let best = match self.trust {
            Trust::Nothing => candidates
                .iter()
                .find(|found| found.1)
                .or(candidates.first()),
            Trust::Columns => candidates.iter().min_by_key(|found| (!found.1, found.2)),
        };
        best.map(|found| found.0)
    }

    /// Whether the line after this item's first one can belong to an item of this list.
    fn next_key_fits(&self, at: usize, list: Shape) -> bool {
        let row = &self.rows[at];
        let (Some(item), Some(key)) = (list.item(), row.key.as_deref()) else {
            return true;
        };
        let next = self.rows[at + 1..].iter().find(|row| !row.opaque);
        match next
            .filter(|next| next.dashes.is_empty())
            .and_then(|next| next.key.as_deref())
        {
            None => true,
            Some(next) if row.value.is_empty() => {
                item.field(key)
                    .is_some_and(|inner| inner.field(next).is_some())
                    || item.field(next).is_some()
            }
            Some(next) => item.field(next).is_some(),
        }
    }
}
