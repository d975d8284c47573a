//! Maps and sets in the order of their keys, and sorting, in little code: WebAssembly pays for each type that a generic
//! function is used with, and these functions are short.
//!
//! A [`SortedMap`] keeps its entries in sorted runs of at most [`RUN`]: looking up costs two binary searches, inserting moves
//! a run at most. A small map is one run.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Bound, Index, RangeBounds};

/// Entries of a run.
const RUN: usize = 256;

/// A map in the order of its keys.
#[derive(Clone)]
pub struct SortedMap<K, V> {
    /// None is empty.
    runs: Vec<Vec<(K, V)>>,
    len: usize,
}

/// Where a key is, or would be put.
struct Place {
    run: usize,
    at: usize,
    found: bool,
}

/// Finds a place in so many runs of such lengths. `compare` says how the entry of a run at a place compares to what is
/// looked for.
#[inline(never)]
fn locate(
    runs: usize,
    length: &dyn Fn(usize) -> usize,
    compare: &dyn Fn(usize, usize) -> Ordering,
) -> Place {
    let (mut low, mut high) = (0, runs);
    let mut run = None;
    // First among the beginnings of the runs, then in the last run that begins before.
    loop {
        while low < high {
            let middle = low + (high - low) / 2;
            let (in_run, at) = match run {
                None => (middle, 0),
                Some(run) => (run, middle),
            };
            match compare(in_run, at) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => {
                    return Place {
                        run: in_run,
                        at,
                        found: true,
                    };
                }
            }
        }
        match run {
            None if low > 0 => {
                run = Some(low - 1);
                (low, high) = (0, length(low - 1));
            }
            _ => {
                return Place {
                    run: run.unwrap_or(0),
                    at: low,
                    found: false,
                };
            }
        }
    }
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

    /// The last entry.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
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
            self.runs.push(Vec::new());
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

    /// Takes the first entry away.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        (self.len > 0).then(|| self.take(0, 0))
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

/// The place of a key in a map.
pub struct Entry<'a, K, V> {
    map: &'a mut SortedMap<K, V>,
    key: K,
    place: Place,
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    /// Its value; this one if there is none.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// Its value; what `make` gives if there is none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        let Entry { map, key, place } = self;
        if place.found {
            &mut map.runs[place.run][place.at].1
        } else {
            map.put(place, key, make())
        }
    }

    /// Its value; the default if there is none.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value that is there.
    pub fn and_modify(self, change: impl FnOnce(&mut V)) -> Self {
        if self.place.found {
            change(&mut self.map.runs[self.place.run][self.place.at].1);
        }
        self
    }
}

/// Entries in order.
pub struct Iter<'a, K, V> {
    runs: std::slice::Iter<'a, Vec<(K, V)>>,
    front: std::slice::Iter<'a, (K, V)>,
    back: std::slice::Iter<'a, (K, V)>,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            runs: self.runs.clone(),
            front: self.front.clone(),
            back: self.back.clone(),
        }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.front.next() {
                return Some((key, value));
            }
            match self.runs.next() {
                Some(run) => self.front = run.iter(),
                None => return self.back.next().map(|(key, value)| (key, value)),
            }
        }
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.back.next_back() {
                return Some((key, value));
            }
            match self.runs.next_back() {
                Some(run) => self.back = run.iter(),
                None => return self.front.next_back().map(|(key, value)| (key, value)),
            }
        }
    }
}

/// Keys in order.
pub struct Keys<'a, K, V>(Iter<'a, K, V>);

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'a, K, V> Iterator for Keys<'a, K, V> {
    type Item = &'a K;
    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, _)| key)
    }
}

impl<K, V> DoubleEndedIterator for Keys<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, _)| key)
    }
}

/// Values in the order of their keys.
pub struct Values<'a, K, V>(Iter<'a, K, V>);

impl<'a, K, V> Iterator for Values<'a, K, V> {
    type Item = &'a V;
    fn next(&mut self) -> Option<&'a V> {
        self.0.next().map(|(_, value)| value)
    }
}

impl<K, V> DoubleEndedIterator for Values<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(_, value)| value)
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

/// A set in order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortedSet<T>(SortedMap<T, ()>);

impl<T> SortedSet<T> {
    /// An empty one.
    pub const fn new() -> Self {
        Self(SortedMap::new())
    }

    /// How many members it has.
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The members, in order.
    pub fn iter(&self) -> Keys<'_, T, ()> {
        self.0.keys()
    }

    /// The first member.
    pub fn first(&self) -> Option<&T> {
        self.iter().next()
    }

    /// The last member.
    pub fn last(&self) -> Option<&T> {
        self.iter().next_back()
    }

    /// Keeps the members of which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.0.retain(|member, ()| keep(member));
    }
}

impl<T: Ord> SortedSet<T> {
    /// Adds a member; whether it is new.
    pub fn insert(&mut self, member: T) -> bool {
        self.0.insert(member, ()).is_none()
    }

    /// Takes a member away; whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, member: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.remove(member).is_some()
    }

    /// Whether this is a member.
    pub fn contains<Q: Ord + ?Sized>(&self, member: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.contains_key(member)
    }

    /// Takes the first member away.
    pub fn pop_first(&mut self) -> Option<T> {
        self.0.pop_first().map(|(member, ())| member)
    }
}

impl<T> Default for SortedSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for SortedSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<T: Ord> Extend<T> for SortedSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, members: I) {
        for member in members {
            self.insert(member);
        }
    }
}

impl<T: Ord> FromIterator<T> for SortedSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        let mut set = Self::new();
        set.extend(members);
        set
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for SortedSet<T> {
    fn from(members: [T; N]) -> Self {
        members.into_iter().collect()
    }
}

impl<'a, T> IntoIterator for &'a SortedSet<T> {
    type Item = &'a T;
    type IntoIter = Keys<'a, T, ()>;
    fn into_iter(self) -> Keys<'a, T, ()> {
        self.iter()
    }
}

impl<T> IntoIterator for SortedSet<T> {
    type Item = T;
    type IntoIter = std::iter::Map<<SortedMap<T, ()> as IntoIterator>::IntoIter, fn((T, ())) -> T>;
    fn into_iter(self) -> Self::IntoIter {
        fn member<T>((member, ()): (T, ())) -> T {
            member
        }
        self.0.into_iter().map(member)
    }
}

/// Sorts, keeping the order of what is equal.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Sorts by a key, keeping the order of what has equal keys. The key is asked for at each comparison.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts by a comparison, keeping the order of what is equal.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut order = order(items.len(), &|a, b| compare(&items[a], &items[b]));
    // Each place in turn takes what belongs there; what has been moved away is found where it went.
    for place in 0..order.len() {
        let mut from = order[place] as usize;
        while from < place {
            from = order[from] as usize;
        }
        order[place] = from as u32;
        items.swap(place, from);
    }
}

/// The places of what is sorted, merged from the smallest pieces up.
#[inline(never)]
fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    let before = |a: u32, b: u32| compare(a as usize, b as usize) != Ordering::Greater;
    if order.windows(2).all(|pair| before(pair[0], pair[1])) {
        return order;
    }
    let mut merged = Vec::with_capacity(len);
    let mut width = 1;
    while width < len {
        merged.clear();
        let mut start = 0;
        while start < len {
            let (middle, end) = ((start + width).min(len), (start + 2 * width).min(len));
            let (mut left, mut right) = (start, middle);
            while left < middle || right < end {
                let take_left = right == end || left < middle && before(order[left], order[right]);
                let from = if take_left { &mut left } else { &mut right };
                merged.push(order[*from]);
                *from += 1;
            }
            start = end;
        }
        std::mem::swap(&mut order, &mut merged);
        width *= 2;
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Numbers without an order, always the same.
    fn numbers(count: u64) -> impl Iterator<Item = u64> {
        (1..=count).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40)
    }

    #[test]
    fn a_map_answers_as_a_tree_does() {
        let mut map = SortedMap::new();
        let mut tree = BTreeMap::new();
        for number in numbers(5000) {
            assert_eq!(
                map.insert(number, number + 1),
                tree.insert(number, number + 1)
            );
            *map.entry(number / 3).or_insert(0) += 1;
            *tree.entry(number / 3).or_insert(0) += 1;
        }
        for number in numbers(3000) {
            assert_eq!(map.remove(&number), tree.remove(&number));
            assert_eq!(map.get(&(number / 3)), tree.get(&(number / 3)));
        }
        assert_eq!(map.len(), tree.len());
        assert!(map.iter().eq(tree.iter()));
        assert!(map.iter().rev().eq(tree.iter().rev()));
        for (low, high) in [
            (0, 0),
            (0, 1 << 22),
            (1 << 20, 1 << 23),
            (7, 7),
            (1 << 30, 1 << 31),
        ] {
            assert!(map.range(low..high).eq(tree.range(low..high)));
            assert!(map.range(low..=high).rev().eq(tree.range(low..=high).rev()));
        }
        map.retain(|key, _| key % 7 == 0);
        tree.retain(|key, _| key % 7 == 0);
        assert!(map.into_iter().eq(tree));
    }

    #[test]
    fn equal_maps_are_equal_however_they_were_filled() {
        let up: SortedMap<u64, ()> = (0..1000).map(|n| (n, ())).collect();
        let down: SortedMap<u64, ()> = (0..1000).rev().map(|n| (n, ())).collect();
        assert!(up == down);
    }

    #[test]
    fn sorting_keeps_the_order_of_what_is_equal() {
        for count in [0, 1, 2, 3, 100, 1000] {
            let mut mine: Vec<(u64, usize)> = numbers(count).map(|n| n % 50).zip(0..).collect();
            let mut theirs = mine.clone();
            sort_by_key(&mut mine, |(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            assert_eq!(mine, theirs);
        }
    }
}
