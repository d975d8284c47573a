//! The trees against the ordered collections of the standard library.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use oorandom::Rand32;
use ordinal_api::{SimTime, Uid};

use super::{Key, Numbers, Set};
use crate::Id;

/// What is asked of a collection: keys of some pattern, more insertions than removals and then the reverse.
fn rounds(seed: u64) -> impl Iterator<Item = (bool, (u64, u64))> {
    let mut random = Rand32::new(seed);
    let spread = [8, 60, 700, 5000][seed as usize % 4];
    let mut next = 0;
    (0..6000).map(move |n| {
        let add = random.rand_range(0..10) < if n < 3000 { 7 } else { 3 };
        let number = u64::from(random.rand_range(0..spread));
        let key = match seed % 3 {
            0 => (number % 7, number),
            1 => (u64::MAX - number % 2, u64::MAX - number),
            // In order, as moments are; the oldest go first.
            _ if add => {
                next += 1;
                (next / 5, next)
            }
            _ => (number, number * 5),
        };
        (add, key)
    })
}

#[test]
fn a_set_is_what_an_ordered_set_of_the_standard_library_is_whatever_comes_and_goes() {
    for seed in 0..24 {
        let (mut ours, mut theirs) = (Set::<(u64, u64)>::new(), BTreeSet::new());
        for (step, (add, key)) in rounds(seed).enumerate() {
            if add {
                assert_eq!(ours.insert(key), theirs.insert(key), "{seed} {step}");
            } else {
                assert_eq!(ours.remove(&key), theirs.remove(&key), "{seed} {step}");
            }
            assert_eq!(ours.contains(&key), theirs.contains(&key));
            assert_eq!(ours.len(), theirs.len());
            let near = (key.0, key.1.saturating_sub(3));
            let (some, same) = (ours.from(near).take(5), theirs.range(near..).take(5));
            assert!(some.eq(same.copied()), "{seed} {step}");
        }
        assert!(ours.iter().eq(theirs.iter().copied()));
        for key in theirs {
            assert!(ours.remove(&key));
        }
        assert!(ours.is_empty() && ours.iter().next().is_none());
    }
}

#[test]
fn copies_keep_what_they_had() {
    let mut map = Numbers::<u64, u64>::new();
    let mut copies = Vec::new();
    let mut theirs = BTreeMap::new();
    for (step, (add, (_, key))) in rounds(2).enumerate() {
        if add {
            assert_eq!(
                map.insert(key, step as u64),
                theirs.insert(key, step as u64)
            );
        } else {
            assert_eq!(map.remove(&key), theirs.remove(&key));
        }
        assert_eq!(map.get(&key), theirs.get(&key).copied());
        if step % 100 == 0 {
            copies.push((map.clone(), theirs.clone()));
        }
    }
    for (copy, theirs) in copies {
        assert!(copy.iter().eq(theirs));
    }
}

fn check<K: Key + Ord + std::fmt::Debug>(keys: &[K]) {
    for a in keys {
        assert_eq!(K::unpack(a.pack()), *a);
        for b in keys {
            assert_eq!(a.pack().cmp(&b.pack()), a.cmp(b), "{a:?} {b:?}");
        }
    }
}

#[test]
fn keys_are_in_the_order_of_their_words_and_come_back_from_them() {
    let ids = [Id(0), Id(1), Id(1 << 20), Id(u32::MAX)];
    let moments = [
        SimTime(0),
        SimTime(1),
        SimTime(1 << 33),
        SimTime((1 << 48) - 1),
    ];
    check(&ids);
    check(&moments);
    check(&[Uid(0), Uid(1), Uid(1 << 64), Uid(u128::MAX)]);
    check(&[None, Some(0), Some(7)]);
    let turns = [i32::MIN, -1, 0, 1, i32::MAX].map(Reverse);
    let turns = turns.into_iter().flat_map(|priority| {
        let of = move |at| ids.map(|id| (priority, at, id));
        moments.into_iter().flat_map(of)
    });
    check(&turns.collect::<Vec<_>>());
}
