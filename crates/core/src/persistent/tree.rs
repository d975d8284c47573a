//! A B+ tree that copies share until they change, over keys of two words.

use std::sync::Arc;

/// A key as the tree compares it: two words, the first of which counts more.
pub type Words = (u64, u64);

/// Entries of a node, at most. A write after a copy duplicates one node a level, so nodes are small.
const MOST: usize = 16;
/// A node with fewer is joined with its neighbour where both fit into one.
const FEW: usize = MOST / 4;
/// Room is made for so many entries at a time.
const ROOM: usize = 4;

/// Entries in the order of their keys. The key of a branch's entry is a lower bound of what is below it.
#[derive(Clone, Debug)]
enum Node<V> {
    Leaf(Vec<(Words, V)>),
    Branch(Vec<(Words, Arc<Node<V>>)>),
}

/// What came of an insertion: the value that was there, and the right half of a node that became too large.
type Inserted<V> = (Option<V>, Option<(Words, Arc<Node<V>>)>);

/// Values by key. A copy is O(1).
#[derive(Clone, Debug)]
pub(super) struct Tree<V> {
    root: Option<Arc<Node<V>>>,
    len: u32,
}

impl<V> Default for Tree<V> {
    fn default() -> Self {
        Self { root: None, len: 0 }
    }
}

/// Where a key's entry is, or where it would be.
fn place<T>(entries: &[(Words, T)], key: Words) -> Result<usize, usize> {
    entries.binary_search_by(|(other, _)| other.cmp(&key))
}

/// Which child has a key: the last one whose bound is not above it.
fn child<T>(entries: &[(Words, T)], key: Words) -> usize {
    place(entries, key).unwrap_or_else(|next| next.saturating_sub(1))
}

/// Puts an entry into a list that copies leave exactly full.
fn put<T>(entries: &mut Vec<T>, at: usize, entry: T) {
    if entries.len() == entries.capacity() {
        entries.reserve_exact(ROOM);
    }
    entries.insert(at, entry);
}

/// Splits a list that has too many. One that grows at its end stays whole, for most keys come in order.
fn split<T>(entries: &mut Vec<T>, at: usize) -> Vec<T> {
    let middle = if at + 1 == entries.len() {
        at
    } else {
        entries.len() / 2
    };
    entries.split_off(middle)
}

impl<V> Node<V> {
    /// What a leaf has from a key on.
    fn rest(&self, key: Words) -> &[(Words, V)] {
        match self {
            Self::Leaf(entries) => &entries[place(entries, key).unwrap_or_else(|next| next)..],
            Self::Branch(_) => &[],
        }
    }
}

impl<V: Clone> Node<V> {
    fn len(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Branch(entries) => entries.len(),
        }
    }

    /// Copies a leaf that others share, with room for a key that it has not.
    fn make_room(self: &mut Arc<Self>, key: Words) {
        if Arc::get_mut(self).is_none()
            && let Self::Leaf(entries) = &**self
        {
            let more = usize::from(place(entries, key).is_err());
            let mut copy = Vec::with_capacity(entries.len() + more);
            copy.extend_from_slice(entries);
            *self = Arc::new(Self::Leaf(copy));
        }
    }

    fn insert(self: &mut Arc<Self>, key: Words, value: V) -> Inserted<V> {
        self.make_room(key);
        match Arc::make_mut(self) {
            Self::Leaf(entries) => match place(entries, key) {
                Ok(at) => (Some(std::mem::replace(&mut entries[at].1, value)), None),
                Err(at) => {
                    put(entries, at, (key, value));
                    if entries.len() <= MOST {
                        return (None, None);
                    }
                    let right = split(entries, at);
                    (None, Some((right[0].0, Arc::new(Self::Leaf(right)))))
                }
            },
            Self::Branch(entries) => {
                let at = child(entries, key);
                let (old, right) = entries[at].1.insert(key, value);
                let Some(right) = right else {
                    return (old, None);
                };
                put(entries, at + 1, right);
                if entries.len() <= MOST {
                    return (old, None);
                }
                let right = split(entries, at + 1);
                (old, Some((right[0].0, Arc::new(Self::Branch(right)))))
            }
        }
    }

    /// Takes away an entry that is there.
    fn remove(self: &mut Arc<Self>, key: Words) -> Option<V> {
        match Arc::make_mut(self) {
            Self::Leaf(entries) => {
                let at = place(entries, key).ok()?;
                Some(entries.remove(at).1)
            }
            Self::Branch(entries) => {
                let at = child(entries, key);
                let old = entries[at].1.remove(key);
                match entries[at].1.len() {
                    0 => drop(entries.remove(at)),
                    left if left < FEW && entries.len() > 1 => {
                        Self::join(entries, at.min(entries.len() - 2));
                    }
                    _ => {}
                }
                old
            }
        }
    }

    /// Joins a child with the one after it, where one node holds both.
    fn join(entries: &mut Vec<(Words, Arc<Self>)>, at: usize) {
        if entries[at].1.len() + entries[at + 1].1.len() > MOST {
            return;
        }
        let (_, right) = entries.remove(at + 1);
        match (
            Arc::make_mut(&mut entries[at].1),
            Arc::unwrap_or_clone(right),
        ) {
            (Self::Leaf(left), Self::Leaf(right)) => left.extend(right),
            (Self::Branch(left), Self::Branch(right)) => left.extend(right),
            _ => unreachable!("all leaves are at the same depth"),
        }
    }
}

impl<V: Clone> Tree<V> {
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) fn get(&self, key: Words) -> Option<&V> {
        let mut node = self.root.as_ref()?;
        loop {
            match &**node {
                Node::Branch(entries) => node = &entries[child(entries, key)].1,
                Node::Leaf(entries) => return place(entries, key).ok().map(|at| &entries[at].1),
            }
        }
    }

    /// The value of a key, to be changed; nothing is copied when there is none.
    pub(super) fn get_mut(&mut self, key: Words) -> Option<&mut V> {
        self.get(key)?;
        self.own(key)
    }

    /// The same for a key that there is.
    pub(super) fn own(&mut self, key: Words) -> Option<&mut V> {
        let mut node = self.root.as_mut()?;
        loop {
            match Arc::make_mut(node) {
                Node::Branch(entries) => {
                    let at = child(entries, key);
                    node = &mut entries[at].1;
                }
                Node::Leaf(entries) => {
                    let at = place(entries, key).ok()?;
                    return Some(&mut entries[at].1);
                }
            }
        }
    }

    /// Sets the value of a key. Returns what was there.
    pub(super) fn insert(&mut self, key: Words, value: V) -> Option<V> {
        let root = self
            .root
            .get_or_insert_with(|| Arc::new(Node::Leaf(Vec::new())));
        let (old, right) = root.insert(key, value);
        if let Some(right) = right {
            let left = ((0, 0), root.clone());
            *root = Arc::new(Node::Branch(vec![left, right]));
        }
        self.len += u32::from(old.is_none());
        old
    }

    /// Takes a key away. Returns what was there; nothing is copied when there was nothing.
    pub(super) fn remove(&mut self, key: Words) -> Option<V> {
        self.get(key)?;
        self.take(key)
    }

    /// The same for a key that there is.
    pub(super) fn take(&mut self, key: Words) -> Option<V> {
        let root = self.root.as_mut()?;
        let old = root.remove(key)?;
        self.len -= 1;
        match &**root {
            Node::Leaf(entries) if entries.is_empty() => self.root = None,
            Node::Branch(entries) if entries.len() == 1 => self.root = Some(entries[0].1.clone()),
            _ => {}
        }
        Some(old)
    }

    /// Every entry from a key on, in order; none of them if none is `wanted`.
    pub(super) fn from(&self, key: Words, wanted: bool) -> Entries<'_, V> {
        let (root, leaf) = (self.root.as_deref().filter(|_| wanted), &[][..]);
        let mut entries = Entries {
            root,
            leaf,
            last: key,
        };
        entries.seek(key);
        entries
    }

    /// The entry with the least key.
    pub(super) fn first(&self) -> Option<(Words, &V)> {
        let mut node = self.root.as_ref()?;
        loop {
            match &**node {
                Node::Branch(entries) => node = &entries.first()?.1,
                Node::Leaf(entries) => return entries.first().map(|(key, value)| (*key, value)),
            }
        }
    }

    /// The entry with the greatest key.
    pub(super) fn last(&self) -> Option<(Words, &V)> {
        let mut node = self.root.as_ref()?;
        loop {
            match &**node {
                Node::Branch(entries) => node = &entries.last()?.1,
                Node::Leaf(entries) => return entries.last().map(|(key, value)| (*key, value)),
            }
        }
    }
}

/// Entries from a key on.
#[derive(Clone, Debug)]
pub(super) struct Entries<'a, V> {
    /// Where the next leaf is sought; nothing when there is none.
    root: Option<&'a Node<V>>,
    /// What is left of the present leaf.
    leaf: &'a [(Words, V)],
    last: Words,
}

impl<V> Entries<'_, V> {
    /// Finds the leaf with the first entry at or after a key.
    fn seek(&mut self, key: Words) {
        let Some(mut node) = self.root else {
            return;
        };
        // What comes next where the leaf has nothing any more: its neighbour, or one of its parents'.
        let mut beside = None;
        while let Node::Branch(entries) = node {
            let at = child(entries, key);
            if let Some((_, next)) = entries.get(at + 1) {
                beside = Some(&**next);
            }
            node = &entries[at].1;
        }
        self.leaf = node.rest(key);
        if let (true, Some(mut node)) = (self.leaf.is_empty(), beside) {
            while let Node::Branch(entries) = node {
                node = &entries[0].1;
            }
            self.leaf = node.rest(key);
        }
        if self.leaf.is_empty() {
            self.root = None;
        }
    }
}

impl<'a, V> Iterator for Entries<'a, V> {
    type Item = (Words, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        if self.leaf.is_empty() {
            let (next, carry) = self.last.1.overflowing_add(1);
            self.seek((self.last.0.checked_add(u64::from(carry))?, next));
        }
        let ((key, value), rest) = self.leaf.split_first()?;
        (self.leaf, self.last) = (rest, *key);
        Some((*key, value))
    }
}
