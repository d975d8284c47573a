//! Maps and sets in the order of their keys, and sorting, in little code: WebAssembly pays for each type that a generic
//! function is used with, and these functions are short.
//!
//! A [`SortedMap`] keeps its entries in sorted runs of at most [`RUN`]: looking up costs two binary searches, inserting moves
//! a run at most. A small map is one run.

mod entry;
mod iter;
mod order;
mod place;
mod set;
#[cfg(test)]
mod tests;

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Bound, Index, RangeBounds};

use place::{Place, locate};

pub use entry::Entry;
pub use iter::{Iter, Keys, Values};
pub use order::{sort, sort_by, sort_by_key};
pub use set::SortedSet;

/// Entries of a run.
const RUN: usize = 256;

/// A map in the order of its keys.
#[derive(Clone)]
pub struct SortedMap<K, V> {
    /// None is empty.
    runs: Vec<Vec<(K, V)>>,
    len: usize,
}

impl<K, V> SortedMap<K, V> {
    /// An empty one.
    pub const fn new() -> Self {
        Self {
            runs: Vec::new(),
            len: 0,
        }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        self.runs.clear();
        self.len = 0;
    }

    /// The entries, in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter {
            runs: self.runs.iter(),
            front: [].iter(),
            back: [].iter(),
        }
    }

    /// The keys, in order.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.iter())
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> Values<'_, K, V> {
        Values(self.iter())
    }

    /// The values to change, in the order of their keys.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.runs.iter_mut().flatten().map(|(_, value)| value)
    }

    /// The entries, their values to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.runs
            .iter_mut()
            .flatten()
            .map(|(key, value)| (&*key, value))
    }

    /// The keys alone.
    pub fn into_keys(self) -> impl Iterator<Item = K> {
        self.runs.into_iter().flatten().map(|(key, _)| key)
    }

    /// The values alone.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.runs.into_iter().flatten().map(|(_, value)| value)
    }

    /// The first entry.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// Keeps the entries of which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        let mut len = 0;
        for run in &mut self.runs {
            run.retain_mut(|(key, value)| keep(key, value));
            len += run.len();
        }
        self.runs.retain(|run| !run.is_empty());
        self.len = len;
    }

    fn take(&mut self, run: usize, at: usize) -> (K, V) {
        let entry = self.runs[run].remove(at);
        if self.runs[run].is_empty() {
            self.runs.remove(run);
        }
        self.len -= 1;
        entry
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Place
    where
        K: Borrow<Q>,
    {
        locate(self.runs.len(), &|run| self.runs[run].len(), &|run, at| {
            self.runs[run][at].0.borrow().cmp(key)
        })
    }

    fn put(&mut self, place: Place, key: K, value: V) -> &mut V {
        self.len += 1;
        let Place {
            mut run, mut at, ..
        } = place;
        if self.runs.is_empty() {
            // Many have one entry, and every version of an object may keep its own: no room beside it.
            self.runs = vec![Vec::with_capacity(1)];
        }
        if self.runs[run].len() == RUN {
            // What grows at its end keeps its runs full.
            let half = if at == RUN { RUN } else { RUN / 2 };
            let rest = self.runs[run].split_off(half);
            self.runs.insert(run + 1, rest);
            if at >= half {
                run += 1;
                at -= half;
            }
        }
        self.runs[run].insert(at, (key, value));
        &mut self.runs[run][at].1
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let Place { run, at, found } = self.place(key);
        found.then(|| &self.runs[run][at].1)
    }

    /// The value of a key, to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let Place { run, at, found } = self.place(key);
        found.then(|| &mut self.runs[run][at].1)
    }

    /// Whether it has a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).found
    }

    /// Puts a value at a key; the value before, if any.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.place(&key);
        if place.found {
            return Some(std::mem::replace(
                &mut self.runs[place.run][place.at].1,
                value,
            ));
        }
        self.put(place, key, value);
        None
    }

    /// Takes a key away.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let Place { run, at, found } = self.place(key);
        found.then(|| self.take(run, at).1)
    }

    /// The place of a key, to fill.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let place = self.place(&key);
        Entry {
            map: self,
            key,
            place,
        }
    }

    /// The entries between two keys.
    pub fn range<Q: Ord + ?Sized>(
        &self,
        range: impl RangeBounds<Q>,
    ) -> impl DoubleEndedIterator<Item = (&K, &V)>
    where
        K: Borrow<Q>,
    {
        let start = match range.start_bound() {
            Bound::Included(key) => self.offset(key, false),
            Bound::Excluded(key) => self.offset(key, true),
            Bound::Unbounded => (0, 0),
        };
        let end = match range.end_bound() {
            Bound::Included(key) => self.offset(key, true),
            Bound::Excluded(key) => self.offset(key, false),
            Bound::Unbounded => (self.runs.len(), 0),
        };
        let mut iter = Iter {
            runs: [].iter(),
            front: [].iter(),
            back: [].iter(),
        };
        if start.0 == end.0 {
            if let Some(run) = self.runs.get(start.0) {
                iter.front = run[start.1..end.1.max(start.1)].iter();
            }
        } else if start < end {
            iter.front = self.runs[start.0][start.1..].iter();
            iter.runs = self.runs[start.0 + 1..end.0].iter();
            if let Some(run) = self.runs.get(end.0) {
                iter.back = run[..end.1].iter();
            }
        }
        iter
    }

    fn offset<Q: Ord + ?Sized>(&self, key: &Q, after: bool) -> (usize, usize)
    where
        K: Borrow<Q>,
    {
        let Place { run, at, found } = self.place(key);
        (run, at + usize::from(after && found))
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K: PartialOrd, V: PartialOrd> PartialOrd for SortedMap<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other.iter())
    }
}

impl<K: Ord, V: Ord> Ord for SortedMap<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a, K: Ord + Copy, V: Copy> Extend<(&'a K, &'a V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(*key, *value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<'a, K, V> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;
    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<(K, V)>>>;
    fn into_iter(self) -> Self::IntoIter {
        self.runs.into_iter().flatten()
    }
}

impl<K: Ord + Borrow<Q>, Q: Ord + ?Sized, V> Index<&Q> for SortedMap<K, V> {
    type Output = V;
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the map has this key")
    }
}

impl<K: serde::Serialize, V: serde::Serialize> serde::Serialize for SortedMap<K, V> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<K: crate::read::Read + Ord + for<'a> From<&'a str>, V: crate::read::Read> crate::read::Read
    for SortedMap<K, V>
{
    fn read(value: &crate::Value) -> Result<Self, String> {
        let Some(map) = value.as_object() else {
            return crate::read::wrong(value, "a map");
        };
        let mut read = Self::new();
        for (key, value) in map {
            read.insert(K::from(key), V::read(value)?);
        }
        Ok(read)
    }
}
