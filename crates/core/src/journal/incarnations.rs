//! Which life of a name an entry is about.

use ordinal_api::sorted::SortedMap;

use ordinal_api::Uid;

use super::{Entry, Verb};
use crate::Id;

/// Counts the lives of names while a journal is read from its beginning: `web-0#2` is the second Pod of that name.
#[derive(Clone, Debug, Default)]
pub struct Incarnations {
    lives: SortedMap<Id, u32>,
    by_uid: SortedMap<Uid, u32>,
}

impl Incarnations {
    /// The number of the life that an entry is about, from 1. Entries must be given in their order, each once.
    /// What happens to a machine after its Pod has left the API still counts for that Pod.
    pub fn of(&mut self, entry: &Entry) -> u32 {
        let life = self.lives.entry(entry.subject).or_insert(0);
        if entry.verb == Verb::Create {
            *life += 1;
            self.by_uid.insert(entry.uid, *life);
        }
        self.by_uid
            .get(&entry.uid)
            .copied()
            .unwrap_or((*life).max(1))
    }

    /// The number of the last life of a name, 0 before the first.
    pub fn present(&self, name: Id) -> u32 {
        self.lives.get(&name).copied().unwrap_or(0)
    }
}
