//! What can be a key: it is packed into two words, whose order is its own.

use std::cmp::Reverse;

use ordinal_api::condition::ConditionStatus;
use ordinal_api::{SimTime, Uid};

use super::tree::Words;
use crate::{Component, Id};

/// A small value that is told by two words, in whose order it stands.
pub trait Key: Copy {
    /// The words.
    fn pack(self) -> Words;
    /// The value of words that [`pack`](Self::pack) gave.
    fn unpack(words: Words) -> Self;
}

impl Key for Words {
    fn pack(self) -> Words {
        self
    }

    fn unpack(words: Words) -> Self {
        words
    }
}

/// A key of one word.
macro_rules! word {
    ($($type:ty: $pack:expr, $unpack:expr;)*) => {
        $(impl Key for $type {
            fn pack(self) -> Words {
                let pack: fn(Self) -> u64 = $pack;
                (0, pack(self))
            }

            fn unpack((_, word): Words) -> Self {
                let unpack: fn(u64) -> Self = $unpack;
                unpack(word)
            }
        })*
    };
}

word! {
    u16: u64::from, |word| word as u16;
    u32: u64::from, |word| word as u32;
    u64: |word| word, |word| word;
    Id: |id| id.0.into(), |word| Id(word as u32);
    SimTime: |at| at.0, SimTime;
    Option<u64>: |word| word.map_or(0, |w| w + 1), |word| word.checked_sub(1);
}

impl Key for Option<ConditionStatus> {
    fn pack(self) -> Words {
        (0, self.map_or(0, |status| status as u64 + 1))
    }

    fn unpack((_, word): Words) -> Self {
        use ConditionStatus::{False, True, Unknown};
        [None, Some(True), Some(False), Some(Unknown)][word as usize % 4]
    }
}

impl Key for (Id, Component) {
    fn pack(self) -> Words {
        (self.0.0.into(), self.1 as u64)
    }

    fn unpack((id, component): Words) -> Self {
        let all = Component::ALL;
        (Id(id as u32), all[component as usize % all.len()])
    }
}

impl Key for Uid {
    fn pack(self) -> Words {
        ((self.0 >> 64) as u64, self.0 as u64)
    }

    fn unpack((high, low): Words) -> Self {
        Self(u128::from(high) << 64 | u128::from(low))
    }
}

/// Two of one word each.
macro_rules! pair {
    ($(($first:ty, $second:ty))*) => {
        $(impl Key for ($first, $second) {
            fn pack(self) -> Words {
                (self.0.pack().1, self.1.pack().1)
            }

            fn unpack((first, second): Words) -> Self {
                (Key::unpack((0, first)), Key::unpack((0, second)))
            }
        })*
    };
}

pair! {
    (Id, Id)
    (SimTime, u64)
    (SimTime, Option<u64>)
}

/// The highest first, then the earliest; a moment is below 2^48 ms, some 9,000 years.
impl Key for (Reverse<i32>, SimTime, Id) {
    fn pack(self) -> Words {
        let (Reverse(priority), at, id) = self;
        let priority = u64::from(!(priority as u32 ^ 1 << 31));
        (
            priority << 32 | at.0 >> 16 & 0xffff_ffff,
            at.0 << 48 | u64::from(id.0),
        )
    }

    fn unpack((first, second): Words) -> Self {
        let priority = (!((first >> 32) as u32) ^ 1 << 31) as i32;
        let at = (first & 0xffff_ffff) << 16 | second >> 48;
        (Reverse(priority), SimTime(at), Id(second as u32))
    }
}
