//! Puts lines under the parents they can only have: indentation that is a column off, on another step, or gone.
//!
//! Every line keeps its text; only its column changes. Where the indentation points to a place at which the key is legal,
//! it is believed. Otherwise the nearest open parent that knows the key is taken. Free maps such as labels end at the first
//! key that a parent further out knows and still lacks.

mod lists;

use crate::shape::Shape;

/// One line to be placed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// Leading dashes with their columns.
    pub dashes: Vec<usize>,
    /// Column of the key or value behind them.
    pub column: usize,
    /// The key.
    pub key: Option<String>,
    /// What follows it, without comment.
    pub value: String,
    /// Comments, blank lines, and the inside of scalars over several lines: goes where the line before goes.
    pub opaque: bool,
}

/// Where a row goes: the column of its first character, and how far each further dash and the key is from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The new column.
    pub column: usize,
    /// Whether the column was not what the text said.
    pub moved: bool,
    /// No parent knows the key.
    pub lost: bool,
}

/// Whether columns mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Columns are right unless the field table says otherwise.
    Columns,
    /// Columns are gone.
    Nothing,
}

/// An open map or list.
struct Level {
    shape: Shape,
    /// Column in the text.
    from: usize,
    /// Column in the result.
    to: usize,
    keys: Vec<String>,
    is_list: bool,
}

/// A key without a value: what comes next may be inside.
struct Pending {
    shape: Shape,
    from: usize,
    to: usize,
}

struct Layout<'a> {
    trust: Trust,
    rows: &'a [Row],
    levels: Vec<Level>,
    pending: Option<Pending>,
}

/// Places all rows of one document.
pub(crate) fn place(rows: &[Row], root: Shape, trust: Trust) -> Vec<Placed> {
    let from = rows
        .iter()
        .find(|row| !row.opaque)
        .map_or(0, |row| row.column);
    let root = Level {
        shape: root,
        from,
        to: 0,
        keys: Vec::new(),
        is_list: false,
    };
    let mut layout = Layout {
        trust,
        rows,
        levels: vec![root],
        pending: None,
    };
    let mut placed = Vec::with_capacity(rows.len());
    let (mut shift, mut inside) = (0, 0);
    for (at, row) in rows.iter().enumerate() {
        if row.opaque {
            let column = match trust {
                Trust::Columns => (row.column as isize + shift).max(0) as usize,
                Trust::Nothing => inside,
            };
            placed.push(Placed {
                column,
                moved: false,
                lost: false,
            });
            continue;
        }
        let here = layout.row(at);
        let first = row.dashes.first().copied().unwrap_or(row.column);
        shift = here.column as isize - first as isize;
        inside = here.column + row.column - first + 2;
        placed.push(here);
    }
    placed
}

impl Layout<'_> {
    fn row(&mut self, at: usize) -> Placed {
        let row = &self.rows[at];
        let first = row.dashes.first().copied().unwrap_or(row.column);
        let (column, lost) = match row.dashes.is_empty() {
            true => self.key(at),
            false => self.dash(at),
        };
        let moved = match self.trust {
            Trust::Columns => column != first,
            Trust::Nothing => true,
        };
        Placed {
            column,
            moved,
            lost,
        }
    }

    /// A line that is `key: value`, or a word on its own.
    fn key(&mut self, at: usize) -> (usize, bool) {
        let row = &self.rows[at];
        let Some(key) = row.key.as_deref() else {
            let to = self
                .pending
                .as_ref()
                .map_or(row.column, |pending| pending.to + 2);
            return (
                if self.trust == Trust::Columns {
                    row.column.max(to)
                } else {
                    to
                },
                false,
            );
        };
        let (choice, lost) = self.choose_map(at, key);
        let to = match choice {
            Choice::Pending => self.open_pending(row.column),
            Choice::Level(at) => {
                self.levels.truncate(at + 1);
                self.levels[at].to
            }
        };
        self.enter(key, &row.value, row.column, to);
        (to, lost)
    }

    fn enter(&mut self, key: &str, value: &str, from: usize, to: usize) {
        let level = self.levels.last_mut().expect("the root stays");
        level.keys.push(key.to_owned());
        let shape = level.shape.field(key).unwrap_or(Shape::Unknown);
        self.pending = value.is_empty().then_some(Pending { shape, from, to });
    }

    /// Opens the map behind the key that waits, for a first line in this column.
    fn open_pending(&mut self, from: usize) -> usize {
        let pending = self.pending.take().expect("chosen because it waits");
        let keep = self.trust == Trust::Columns && from > pending.to;
        let to = if keep { from } else { pending.to + 2 };
        self.levels.push(Level {
            shape: pending.shape,
            from,
            to,
            keys: Vec::new(),
            is_list: false,
        });
        to
    }

    fn choose_map(&self, at: usize, key: &str) -> (Choice, bool) {
        let row = &self.rows[at];
        let inside = self.pending.as_ref().is_some_and(|pending| {
            !matches!(pending.shape, Shape::List(_)) && legal(pending.shape, key, &row.value)
        });
        let takes = |level: &Level| {
            !level.is_list
                && !level.keys.iter().any(|known| known == key)
                && legal(level.shape, key, &row.value)
        };
        if self.trust == Trust::Nothing {
            return self.choose_blind(at, key, inside, &takes);
        }
        // Where the column points to.
        let natural = match &self.pending {
            Some(pending) if row.column > pending.from => {
                if inside {
                    return (Choice::Pending, false);
                }
                None
            }
            _ => self
                .levels
                .iter()
                .rposition(|level| !level.is_list && level.from == row.column),
        };
        if let Some(at) = natural
            && takes(&self.levels[at])
        {
            return (Choice::Level(at), false);
        }
        // The nearest that knows the key, the deeper of two equally near.
        let mut best: Option<(usize, Choice)> = None;
        if inside && let Some(pending) = &self.pending {
            best = Some((row.column.abs_diff(pending.from + 2), Choice::Pending));
        }
        for (at, level) in self.levels.iter().enumerate().rev() {
            let distance = row.column.abs_diff(level.from);
            let strict =
                !matches!(level.shape, Shape::Map(_) | Shape::Unknown) || natural == Some(at);
            if strict && takes(level) && best.is_none_or(|best| distance < best.0) {
                best = Some((distance, Choice::Level(at)));
            }
        }
        if let Some((_, choice)) = best {
            return (choice, false);
        }
        // Nobody knows it: believe the column, or stay where we are.
        match &self.pending {
            Some(pending)
                if row.column > pending.from && !matches!(pending.shape, Shape::List(_)) =>
            {
                (Choice::Pending, true)
            }
            _ => {
                let nearest = |at: &usize| row.column.abs_diff(self.levels[*at].from);
                let maps = (0..self.levels.len())
                    .rev()
                    .filter(|at| !self.levels[*at].is_list);
                (
                    Choice::Level(natural.or(maps.min_by_key(nearest)).unwrap_or(0)),
                    true,
                )
            }
        }
    }

    /// Without columns: inside the key that waits, or the deepest open map that knows the key and what comes under it; a
    /// free map only when none further out is waiting for just this key.
    fn choose_blind(
        &self,
        at: usize,
        key: &str,
        inside: bool,
        takes: &dyn Fn(&Level) -> bool,
    ) -> (Choice, bool) {
        let free = |shape: Shape| matches!(shape, Shape::Map(_) | Shape::Unknown);
        if inside {
            return (Choice::Pending, false);
        }
        let knows = |level: &Level| !free(level.shape) && takes(level);
        let suits = |level: &Level| knows(level) && self.suits_next(at, key, level.shape);
        let outer = self
            .levels
            .iter()
            .rposition(suits)
            .or_else(|| self.levels.iter().rposition(knows));
        if let Some(at) = outer {
            return (Choice::Level(at), false);
        }
        match self
            .levels
            .iter()
            .rposition(|level| !level.is_list && free(level.shape))
        {
            Some(at) => (Choice::Level(at), false),
            None => {
                let deepest = self
                    .levels
                    .iter()
                    .rposition(|level| !level.is_list)
                    .unwrap_or(0);
                (Choice::Level(deepest), true)
            }
        }
    }

    /// Whether the line below a key without a value can be inside it.
    fn suits_next(&self, at: usize, key: &str, owner: Shape) -> bool {
        // A container has a restartPolicy too, but only a pod's stands alone.
        if key == "restartPolicy" && owner.field("imagePullPolicy").is_some() {
            return false;
        }
        let (row, Some(shape)) = (&self.rows[at], owner.field(key)) else {
            return false;
        };
        let Some(next) = self.rows[at + 1..].iter().find(|row| !row.opaque) else {
            return true;
        };
        if !row.value.is_empty() || !shape.is_nested() {
            return true;
        }
        match (next.dashes.is_empty(), next.key.as_deref()) {
            (false, Some(inner)) => shape.item().is_some_and(|item| item.field(inner).is_some()),
            (false, None) => shape.item().is_some(),
            (true, Some(inner)) => shape.field(inner).is_some(),
            (true, None) => true,
        }
    }
}

#[derive(Clone, Copy)]
enum Choice {
    Pending,
    Level(usize),
}

fn legal(shape: Shape, key: &str, value: &str) -> bool {
    shape
        .field(key)
        .is_some_and(|inner| inner.suits(value) && (!value.is_empty() || !is_never_empty(inner)))
}

/// Numbers and booleans are never left out; a string may be.
fn is_never_empty(shape: Shape) -> bool {
    use ordinal_api::schema::Leaf;
    matches!(shape, Shape::Scalar(Leaf::Int32 | Leaf::Int64 | Leaf::Bool))
}
