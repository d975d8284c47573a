//! A list that grows at its end, and whose copies share all of it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::table::Table;

const SIZE: usize = 16;

type Chunk<T> = [OnceLock<T>; SIZE];

/// Values in the order in which they came. A copy is O(1), and so is a value added after it: the places behind the
/// end are shared too. Whoever adds a value first takes the place; a copy that goes another way finds it taken and
/// goes on in a piece of its own. What a list shows is what it was given, whatever its copies do.
#[derive(Clone, Debug)]
pub struct List<T> {
    /// It counts the values.
    chunks: Table<Arc<Chunk<T>>>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            chunks: Table::default(),
        }
    }
}

fn chunk<T>(values: impl Iterator<Item = T>) -> Arc<Chunk<T>> {
    let mut chunk = [const { OnceLock::new() }; SIZE];
    for (place, value) in chunk.iter_mut().zip(values) {
        *place = OnceLock::from(value);
    }
    Arc::new(chunk)
}

impl<'a, T: Clone> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = Values<'a, T>;

    fn into_iter(self) -> Values<'a, T> {
        self.iter()
    }
}

impl<T: Clone> List<T> {
    /// A list without values.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.chunks.count as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.chunks.count == 0
    }

    /// The value of that number, from 0.
    pub fn get(&self, number: usize) -> Option<&T> {
        if number >= self.len() {
            return None;
        }
        self.chunks.get((number / SIZE) as u32)?[number % SIZE].get()
    }

    /// The value that came last.
    pub fn last(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Every value, oldest first.
    pub fn iter(&self) -> Values<'_, T> {
        Values {
            list: self,
            numbers: 0..self.len(),
        }
    }

    /// Adds a value.
    pub fn push(&mut self, mut value: T) {
        let (number, at) = (self.chunks.count / SIZE as u32, self.len() % SIZE);
        let place = self.chunks.get(number).filter(|_| at > 0);
        if let Some(place) = place.map(|chunk| &chunk[at]) {
            match place.set(value) {
                Ok(()) => {
                    self.chunks.count += 1;
                    return;
                }
                Err(back) => value = back,
            }
        }
        self.go_on(number, at, [value]);
        self.chunks.count += 1;
    }

    /// Puts another value in the place of one that there is.
    pub fn replace(&mut self, number: usize, value: T) {
        let (chunk, at) = (number / SIZE, number % SIZE);
        let end = self.len().min((chunk + 1) * SIZE);
        let after = (number + 1..end).filter_map(|n| self.get(n).cloned());
        let values: Vec<T> = [value].into_iter().chain(after).collect();
        if number < self.len() {
            self.go_on(chunk as u32, at, values);
        }
    }

    /// Goes on in a piece of its own, with the values before a place and these.
    fn go_on(&mut self, number: u32, at: usize, values: impl IntoIterator<Item = T>) {
        let before = self.chunks.get(number).map_or(&[][..], |c| &c[..at]);
        let before = before.iter().filter_map(|place| place.get().cloned());
        let own = chunk(before.chain(values));
        self.chunks.set(number, Some(own));
    }
}

/// Values from either end.
#[derive(Clone, Debug)]
pub struct Values<'a, T> {
    list: &'a List<T>,
    numbers: Range<usize>,
}

impl<'a, T: Clone> Iterator for Values<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.list.get(self.numbers.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.numbers.size_hint()
    }
}

impl<T: Clone> DoubleEndedIterator for Values<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.list.get(self.numbers.next_back()?)
    }
}

impl<T: Clone> ExactSizeIterator for Values<'_, T> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(list: &List<u32>) -> Vec<u32> {
        list.iter().copied().collect()
    }

    #[test]
    fn values_come_back_in_their_order_from_either_end() {
        let mut list = List::new();
        (0..1000).for_each(|n| list.push(n));
        assert_eq!(of(&list), (0..1000).collect::<Vec<_>>());
        assert_eq!(list.iter().rev().take(2).collect::<Vec<_>>(), [&999, &998]);
        assert_eq!((list.get(700), list.get(1000)), (Some(&700), None));
        assert_eq!((list.last(), List::<u32>::new().last()), (Some(&999), None));
    }

    #[test]
    fn copies_that_go_different_ways_do_not_see_each_other() {
        for common in 0..40 {
            let mut first = List::new();
            (0..common).for_each(|n| first.push(n));
            let mut second = first.clone();
            let third = second.clone();
            (0..20).for_each(|n| first.push(100 + n));
            (0..20).for_each(|n| second.push(200 + n));
            let ways = |from: u32| (0..common).chain(from..from + 20).collect::<Vec<_>>();
            assert_eq!((of(&first), of(&second)), (ways(100), ways(200)));
            assert_eq!(of(&third), (0..common).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_value_is_replaced_in_one_copy_only() {
        let mut list = List::new();
        (0..20).for_each(|n| list.push(n));
        let copy = list.clone();
        list.replace(18, 7);
        list.replace(20, 9);
        list.push(8);
        assert_eq!(of(&list)[17..], [17, 7, 19, 8]);
        assert_eq!(of(&copy)[17..], [17, 18, 19]);
    }
}
