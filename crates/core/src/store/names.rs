//! Names that stand for numbers: each is kept once, and found by its hash.

use std::sync::Arc;

use crate::persistent::Table;

/// What is found by its hash.
pub(super) trait Name {
    /// The hash; equal names have equal ones. It only finds places: names are compared before they count as equal.
    fn hash(&self) -> u64;
}

/// Hashes texts, eight bytes at a time.
pub(super) fn hash<const N: usize>(start: u64, texts: [&str; N]) -> u64 {
    let mix =
        |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    texts.into_iter().fold(start, |hash, text| {
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        let hash = words
            .iter()
            .fold(hash, |hash, word| mix(hash, u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        mix(mix(hash, u64::from_le_bytes(last)), text.len() as u64)
    })
}

/// Names by number, from 0 in the order in which they were first used. A copy is O(1).
#[derive(Clone, Debug)]
pub(super) struct Names<T> {
    names: Table<Arc<T>>,
    count: u32,
    /// Numbers by the first bits of their names' hashes, or the next free place after it.
    places: Table<u32>,
    bits: u32,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            names: Table::default(),
            count: 0,
            places: Table::default(),
            bits: 6,
        }
    }
}

impl<T: Name> Names<T> {
    /// The name behind a number.
    pub(super) fn get(&self, number: u32) -> Option<&Arc<T>> {
        self.names.get(number)
    }

    /// The number of a name.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<u32> {
        let mut place = self.first_place(hash);
        loop {
            let number = *self.places.get(place)?;
            if self.names.get(number).is_some_and(|name| is_it(name)) {
                return Some(number);
            }
            place = self.next_place(place);
        }
    }

    /// Gives a number to a name that has none.
    pub(super) fn add(&mut self, name: T) -> u32 {
        let number = self.count;
        self.count += 1;
        // Half of the places stay free, so that the next free one is near.
        if self.count > 1 << (self.bits - 1) {
            self.bits += 1;
            self.places = Table::default();
            for number in 0..number {
                let name = self.names.get(number).expect("numbers are given in turn");
                self.put(name.hash(), number);
            }
        }
        self.put(name.hash(), number);
        self.names.set(number, Some(Arc::new(name)));
        number
    }

    fn put(&mut self, hash: u64, number: u32) {
        let mut place = self.first_place(hash);
        while self.places.get(place).is_some() {
            place = self.next_place(place);
        }
        self.places.set(place, Some(number));
    }

    fn first_place(&self, hash: u64) -> u32 {
        (hash >> (64 - self.bits)) as u32
    }

    fn next_place(&self, place: u32) -> u32 {
        (place + 1) & ((1 << self.bits) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Name for String {
        /// A bad one on purpose: many names have the same.
        fn hash(&self) -> u64 {
            hash(0, [&self[..1]])
        }
    }

    #[test]
    fn names_get_numbers_in_turn_and_keep_them_however_many_there_are() {
        let mut names = Names::<String>::default();
        let all: Vec<String> = (0..500).map(|n| format!("{}", n * 7919)).collect();
        for (number, name) in all.iter().enumerate() {
            assert_eq!(names.find(name.hash(), |n| n == name), None);
            assert_eq!(names.add(name.clone()) as usize, number);
        }
        for (number, name) in all.iter().enumerate() {
            assert_eq!(names.find(name.hash(), |n| n == name), Some(number as u32));
            assert_eq!(
                names.get(number as u32).map(|n| n.as_str()),
                Some(name.as_str())
            );
        }
    }

    #[test]
    fn every_byte_and_every_border_of_a_name_counts() {
        let all = [
            ["pod", "web-0"],
            ["podw", "eb-0"],
            ["pod", "web-1"],
            ["pod", "web-0\0"],
            ["", "a-name-of-more-than-eight-bytes"],
            ["", "a-name-of-more-than-eight-bytez"],
        ];
        let hashes: std::collections::BTreeSet<u64> =
            all.iter().map(|texts| hash(0, *texts)).collect();
        assert_eq!(hashes.len(), all.len());
    }
}
