//! Values by number: a persistent array in small pieces, which copies share until they change.
//!
//! Numbers are dense, so a place is found by three of their bits at a time, without a comparison. That makes a look
//! much cheaper than in a tree, and a write after a copy duplicates pieces of 8.

use std::sync::Arc;

const BITS: u32 = 3;
const WIDTH: usize = 1 << BITS;

#[derive(Clone, Debug)]
enum Node<T> {
    Branch([Option<Arc<Node<T>>>; WIDTH]),
    Leaf([Option<T>; WIDTH]),
}

/// Values by number. A copy is O(1).
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    root: Option<Arc<Node<T>>>,
    /// Bits of a number that stand below the root's own.
    shift: u32,
    /// Whoever holds the table counts here what he puts into it: a frame of history has many, and here is room.
    pub(crate) count: u32,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            root: None,
            shift: 0,
            count: 0,
        }
    }
}

impl<T> Node<T> {
    fn leaf() -> Self {
        Self::Leaf([const { None }; WIDTH])
    }

    fn branch() -> Self {
        Self::Branch([const { None }; WIDTH])
    }
}

fn digit(number: u32, shift: u32) -> usize {
    (number >> shift) as usize % WIDTH
}

impl<T: Clone> Table<T> {
    /// Whether a number is beyond what the root reaches.
    fn is_beyond(&self, number: u32) -> bool {
        number
            .checked_shr(self.shift + BITS)
            .is_some_and(|rest| rest != 0)
    }

    /// The value of a number.
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        if self.is_beyond(number) {
            return None;
        }
        let (mut node, mut shift) = (self.root.as_ref()?, self.shift);
        loop {
            match &**node {
                Node::Branch(below) => node = below[digit(number, shift)].as_ref()?,
                Node::Leaf(values) => return values[digit(number, 0)].as_ref(),
            }
            shift -= BITS;
        }
    }

    /// Sets the value of a number or takes it away. Returns what was there.
    pub(crate) fn set(&mut self, number: u32, value: Option<T>) -> Option<T> {
        let mut node = self.root.take().unwrap_or_else(|| Arc::new(Node::leaf()));
        while self.is_beyond(number) {
            let mut places = [const { None }; WIDTH];
            places[0] = Some(node);
            node = Arc::new(Node::Branch(places));
            self.shift += BITS;
        }
        let (mut node, mut shift) = (self.root.insert(node), self.shift);
        loop {
            match Arc::make_mut(node) {
                Node::Branch(below) => {
                    let empty = || {
                        Arc::new(if shift == BITS {
                            Node::leaf()
                        } else {
                            Node::branch()
                        })
                    };
                    node = below[digit(number, shift)].get_or_insert_with(empty);
                }
                Node::Leaf(values) => {
                    return std::mem::replace(&mut values[digit(number, 0)], value);
                }
            }
            shift -= BITS;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_their_handles_say_however_many_there_are() {
        let mut table = Table::default();
        let all = || {
            (0..5000_u32)
                .map(|n| n * 7 % 5000)
                .chain([1 << 20, u32::MAX])
        };
        for n in all() {
            assert_eq!(table.get(n), None);
            assert_eq!(table.set(n, Some(n)), None);
        }
        assert!(all().all(|n| table.get(n) == Some(&n)));
        assert_eq!(table.set(17, None), Some(17));
        assert_eq!(table.get(17), None);
        assert_eq!(table.get(5001), None);
    }

    #[test]
    fn a_copy_keeps_its_values() {
        let mut table = Table::default();
        for n in 0..100 {
            table.set(n, Some(n));
        }
        let copy = table.clone();
        table.set(50, Some(0));
        table.set(5000, Some(1));
        assert_eq!((copy.get(50), copy.get(5000)), (Some(&50), None));
        assert_eq!((table.get(50), table.get(5000)), (Some(&0), Some(&1)));
    }
}
