//! The place of a key in a map, to fill.

use super::{Place, SortedMap};

/// The place of a key in a map.
pub struct Entry<'a, K, V> {
    pub(super) map: &'a mut SortedMap<K, V>,
    pub(super) key: K,
    pub(super) place: Place,
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
}
