//! Sorting short lists. The library's sort is fast for long ones and weighs several kilobytes a type on the page.

/// Sorts by a key; equal ones keep their order. Quadratic: for the few dozen findings of one text.
pub(crate) fn by_key<T, K: Ord>(list: &mut [T], key: impl Fn(&T) -> K) {
    for end in 1..list.len() {
        let mut at = end;
        while at > 0 && key(&list[at]) < key(&list[at - 1]) {
            list.swap(at, at - 1);
            at -= 1;
        }
    }
}
