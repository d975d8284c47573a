//! Maps and sets by small keys, over one tree each for shared values, for small ones and for none.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Index;

use super::key::Key;
use super::tree::{Tree, Words};
use super::value::{Slot, Stored};

/// Shared values (`Arc<T>`) by key, in its order. A copy is O(1).
pub struct Map<K, V> {
    tree: Tree<Slot>,
    of: PhantomData<fn() -> (K, V)>,
}

/// Small values by key, in its order. A copy is O(1).
pub struct Numbers<K, V> {
    tree: Tree<Words>,
    of: PhantomData<fn() -> (K, V)>,
}

/// Keys in their order. A copy is O(1).
pub struct Set<K> {
    tree: Tree<()>,
    of: PhantomData<fn() -> K>,
}

/// What all three have.
macro_rules! common {
    ($name:ident<$($parameter:ident),*>) => {
        impl<$($parameter),*> Clone for $name<$($parameter),*> {
            fn clone(&self) -> Self {
                Self { tree: self.tree.clone(), of: PhantomData }
            }
        }

        impl<$($parameter),*> Default for $name<$($parameter),*> {
            fn default() -> Self {
                Self { tree: Tree::default(), of: PhantomData }
            }
        }

        impl<$($parameter),*> fmt::Debug for $name<$($parameter),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.tree.fmt(f)
            }
        }

        impl<$($parameter),*> $name<$($parameter),*> {
            /// One without anything.
            pub fn new() -> Self {
                Self::default()
            }

            /// How many keys there are.
            pub fn len(&self) -> usize {
                self.tree.len()
            }

            /// Whether there are none.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Takes all keys away.
            pub fn clear(&mut self) {
                *self = Self::default();
            }
        }
    };
}

common!(Map<K, V>);
common!(Numbers<K, V>);
common!(Set<K>);

impl<K: Key, V: Stored> Map<K, V> {
    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.tree.get(key.pack()).map(V::look)
    }

    /// Whether a key has a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.tree.get(key.pack()).is_some()
    }

    /// The value of a key, to be replaced or made one's own.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.tree.get_mut(key.pack()).map(V::look_mut)
    }

    /// The value of a key, made if it has none yet.
    pub fn get_or_insert(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        if !self.contains_key(&key) {
            self.insert(key, value());
        }
        let own = self.tree.own(key.pack()).map(V::look_mut);
        own.expect("it is there or was just made")
    }

    /// Sets the value of a key. Returns what was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.tree.insert(key.pack(), value.store()).map(V::take)
    }

    /// Takes a key away. Returns what was there.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.tree.remove(key.pack()).map(V::take)
    }

    /// The same for a key that there is.
    pub fn take(&mut self, key: &K) -> Option<V> {
        self.tree.take(key.pack()).map(V::take)
    }

    /// Every key and its value, from a key on.
    pub fn from(&self, key: K) -> impl Iterator<Item = (K, &V)> {
        let entries = self.tree.from(key.pack(), true);
        entries.map(|(words, slot)| (K::unpack(words), V::look(slot)))
    }

    /// Every key and its value.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.from(K::unpack((0, 0)))
    }

    /// Every key.
    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.iter().map(|(key, _)| key)
    }

    /// Every value.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The least key and its value.
    pub fn first(&self) -> Option<(K, &V)> {
        let first = self.tree.first();
        first.map(|(words, slot)| (K::unpack(words), V::look(slot)))
    }

    /// The greatest key and its value.
    pub fn last(&self) -> Option<(K, &V)> {
        let last = self.tree.last();
        last.map(|(words, slot)| (K::unpack(words), V::look(slot)))
    }
}

impl<K: Key, V: Stored> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<K: Key, V: Stored> Index<&K> for Map<K, V> {
    type Output = V;

    fn index(&self, key: &K) -> &V {
        self.get(key).expect("the key has a value")
    }
}

impl<K: Key, V: Key> Numbers<K, V> {
    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<V> {
        self.tree.get(key.pack()).map(|value| V::unpack(*value))
    }

    /// Whether a key has a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.tree.get(key.pack()).is_some()
    }

    /// Sets the value of a key. Returns what was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.tree.insert(key.pack(), value.pack()).map(V::unpack)
    }

    /// Takes a key away. Returns what was there.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.tree.remove(key.pack()).map(V::unpack)
    }

    /// Every key and its value.
    pub fn iter(&self) -> impl Iterator<Item = (K, V)> {
        let entries = self.tree.from((0, 0), true);
        entries.map(|(key, value)| (K::unpack(key), V::unpack(*value)))
    }
}

impl<K: Key> Set<K> {
    /// Whether it has a key.
    pub fn contains(&self, key: &K) -> bool {
        self.tree.get(key.pack()).is_some()
    }

    /// Adds a key. Returns whether it is new.
    pub fn insert(&mut self, key: K) -> bool {
        self.tree.insert(key.pack(), ()).is_none()
    }

    /// Takes a key away. Returns whether it was there.
    pub fn remove(&mut self, key: &K) -> bool {
        self.tree.remove(key.pack()).is_some()
    }

    /// Every key from one on.
    pub fn from(&self, key: K) -> impl Iterator<Item = K> {
        self.from_if(key, true)
    }

    /// The same, or none where it is known that none is wanted.
    pub fn from_if(&self, key: K, wanted: bool) -> impl Iterator<Item = K> {
        let entries = self.tree.from(key.pack(), wanted);
        entries.map(|(words, ())| K::unpack(words))
    }

    /// Every key.
    pub fn iter(&self) -> impl Iterator<Item = K> {
        self.from(K::unpack((0, 0)))
    }
}
