//! Sorting by one function for all types.

use std::cmp::Ordering;

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
    if items.len() < 2 {
        return;
    }
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
