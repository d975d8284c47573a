//! The map beside a tree, sorting beside the standard library.

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
