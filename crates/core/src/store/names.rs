//! Names that stand for numbers: each is kept once, and found by its hash.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::persistent::List;

/// What is found by its hash.
pub(super) trait Name {
    /// The hash; equal names have equal ones. It only finds places: names are compared before they count as equal.
    fn hash(&self) -> u64;
}

/// Hashes texts, eight bytes at a time.
pub(crate) fn hash<const N: usize>(start: u64, texts: [&str; N]) -> u64 {
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

/// Names by number, from 0 in the order in which they were first used. A copy is O(1), and so is a name after it.
#[derive(Clone, Debug)]
pub(super) struct Names<T> {
    names: List<Arc<T>>,
    /// Numbers by the first bits of their names' hashes, or the next free place after it. Copies share it, and each
    /// adds its own: whoever finds a number asks whether it is the name's, so those of others are passed by.
    /// A place that is taken holds the first half of the hash and, in the other, the number and one: it tells most
    /// other names apart, and where it belongs in a larger table, without a look at the name.
    places: Arc<[AtomicU64]>,
}

const HALF: u32 = 32;

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            names: List::default(),
            places: empty(6),
        }
    }
}

/// A free place farther than this from where it should be tells of a table that other copies have filled.
const FAR: usize = 64;

/// Places of a power of two.
fn empty(bits: u32) -> Arc<[AtomicU64]> {
    (0..1 << bits).map(|_| AtomicU64::new(0)).collect()
}

/// What a taken place holds.
fn entry(hash: u64, number: u32) -> u64 {
    hash >> HALF << HALF | u64::from(number + 1)
}

impl<T: Name> Names<T> {
    /// The name behind a number.
    pub(super) fn get(&self, number: u32) -> Option<&Arc<T>> {
        self.names.get(number as usize)
    }

    /// The number of a name.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<u32> {
        let mut place = self.first_place(hash);
        for _ in 0..self.places.len() {
            let there = self.places[place].load(Ordering::Acquire);
            let number = (there as u32).checked_sub(1)?;
            let alike = there >> HALF == hash >> HALF;
            if alike && self.get(number).is_some_and(|name| is_it(name)) {
                return Some(number);
            }
            place = self.next_place(place);
        }
        None
    }

    /// Gives a number to a name that has none.
    pub(super) fn add(&mut self, name: T) -> u32 {
        let number = self.names.len() as u32;
        let entry = entry(name.hash(), number);
        self.names.push(Arc::new(name));
        // Half of the places stay free, so that the next free one is near.
        let grows = 2 * self.names.len() >= self.places.len();
        if grows || !self.put(entry, FAR) {
            let bits = (4 * self.names.len()).next_power_of_two().ilog2().max(6);
            let before = std::mem::replace(&mut self.places, empty(bits));
            let far = self.places.len();
            if grows {
                let taken = before.iter().map(|place| place.load(Ordering::Acquire));
                taken.filter(|there| *there != 0).for_each(|there| {
                    self.put(there, far);
                });
                self.put(entry, far);
            } else {
                // Copies that went other ways have filled it: only its own are kept.
                for (number, name) in self.names.iter().enumerate() {
                    self.put(self::entry(name.hash(), number as u32), far);
                }
            }
        }
        number
    }

    /// Takes the first free place for a half of a hash and a number; `false` if it is farther away than that.
    fn put(&self, entry: u64, far: usize) -> bool {
        let mut place = self.first_place(entry);
        for _ in 0..far {
            let (free, order) = (0, Ordering::AcqRel);
            let put = self.places[place].compare_exchange(free, entry, order, Ordering::Acquire);
            // A copy that went this way before may have put it there.
            if put.is_ok() || put == Err(entry) {
                return true;
            }
            place = self.next_place(place);
        }
        false
    }

    fn first_place(&self, hash: u64) -> usize {
        (hash >> (64 - self.places.len().ilog2())) as usize
    }

    fn next_place(&self, place: usize) -> usize {
        (place + 1) % self.places.len()
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
    fn copies_that_go_different_ways_do_not_find_each_others_names() {
        let mut first = Names::<String>::default();
        (0..20).for_each(|n| _ = first.add(format!("common {n}")));
        let find =
            |names: &Names<String>, name: &str| names.find(name.to_owned().hash(), |n| n == name);
        for way in 0..50 {
            let mut second = first.clone();
            for n in 0..way {
                assert_eq!(second.add(format!("{way} {n}")), 20 + n);
            }
            assert_eq!(find(&first, &format!("{way} 0")), None);
            for n in 0..way {
                assert_eq!(find(&second, &format!("{way} {n}")), Some(20 + n));
                assert_eq!(find(&second, &format!("{} {n}", way - 1)), None);
            }
            assert_eq!(find(&second, "common 7"), Some(7));
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
        let hashes: ordinal_api::sorted::SortedSet<u64> =
            all.iter().map(|texts| hash(0, *texts)).collect();
        assert_eq!(hashes.len(), all.len());
    }
}
