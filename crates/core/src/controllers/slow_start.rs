//! Writes that one sync sends in batches of 1, 2, 4 …, each after the answers to the one before.
//!
//! Models pkg/controller/replicaset/replica_set.go `slowStartBatch`, 1.37; DaemonSets and Jobs have the same in their own words.

/// What is left of a row of writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batches {
    left: usize,
    size: usize,
}

impl Batches {
    /// So many writes.
    pub(crate) const fn of(count: usize) -> Self {
        Self {
            left: count,
            size: 1,
        }
    }

    /// How many writes the next batch has; 0 when none is left.
    pub(crate) fn next(&mut self) -> usize {
        let batch = self.size.min(self.left);
        self.left -= batch;
        self.size *= 2;
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_double_until_nothing_is_left() {
        let mut batches = Batches::of(10);
        let sizes: Vec<usize> =
            std::iter::from_fn(|| Some(batches.next()).filter(|n| *n > 0)).collect();
        assert_eq!(sizes, [1, 2, 4, 3]);
    }
}
