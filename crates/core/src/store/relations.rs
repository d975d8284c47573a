//! The indexes: what finds objects by their kind, their owners, their labels and what else they name.

use std::sync::Arc;

use ordinal_api::{Kind, Labels, Object, Text, Uid};

use super::names::{self, Name, Names};
use super::{Id, Link, Store, links};
use crate::persistent::{Key, Set, Table};

/// What finds objects by what they are and name; most writes leave it as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Relations {
    /// All but Events.
    pub by_kind: Set<OfKind>,
    /// Kinds of which there ever was an object, a bit each: most changes ask for some of which there is none.
    pub kinds: u64,
    pub by_owner: Set<(u64, u64)>,
    pub links: Set<Relation>,
    pub labels: Names<Label>,
    /// How many Services select by a label, so that no range is sought for the many labels that none does.
    pub selected: Table<u32>,
}

/// A label of Pods: namespace, key and value.
#[derive(Clone, Debug)]
pub(super) struct Label(pub Text, pub Text, pub Text);

impl Name for Label {
    fn hash(&self) -> u64 {
        names::hash(0, [&self.0, &self.1, &self.2])
    }
}

/// Bits of a handle: with two of them and a [`Link`], a relation is one number, quickly compared.
const ID_BITS: u32 = 30;
const _: () = assert!((Link::SliceOfService as u64) < 1 << (64 - 2 * ID_BITS));
const _: () = assert!(Kind::ALL.len() <= 64);

/// A handle with its kind, ordered by kind first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OfKind(pub u64);

impl OfKind {
    pub(super) fn new(kind: Kind, id: Id) -> Self {
        Self((kind as u64) << ID_BITS | u64::from(id.0))
    }

    pub(super) fn id(self) -> Id {
        Id((self.0 & Id::LAST) as u32)
    }

    /// Every handle of some kinds.
    pub(super) fn all(first: Kind, last: Kind) -> std::ops::RangeInclusive<Self> {
        Self::new(first, Id(0))..=Self::new(last, Id(Id::LAST as u32))
    }
}

/// An object and what it stands in a relation to, ordered by relation and target first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Relation(u64);

impl Relation {
    pub(super) fn new(link: Link, target: Id, id: Id) -> Self {
        let link = (link as u64) << (2 * ID_BITS);
        Self(link | u64::from(target.0) << ID_BITS | u64::from(id.0))
    }

    pub(super) fn id(self) -> Id {
        Id((self.0 & Id::LAST) as u32)
    }
}

impl Key for OfKind {
    fn pack(self) -> (u64, u64) {
        (0, self.0)
    }

    fn unpack((_, word): (u64, u64)) -> Self {
        Self(word)
    }
}

impl Key for Relation {
    fn pack(self) -> (u64, u64) {
        (0, self.0)
    }

    fn unpack((_, word): (u64, u64)) -> Self {
        Self(word)
    }
}

impl Id {
    pub(super) const LAST: u64 = (1 << ID_BITS) - 1;

    pub(super) fn from_number(number: u32) -> Self {
        assert!(
            u64::from(number) <= Self::LAST,
            "a run has fewer than 2^30 names"
        );
        Self(number)
    }
}

impl Store {
    pub(super) fn reindex(&mut self, id: Id, old: Option<&Object>, new: Option<&Object>) {
        let kind = new.or(old).map_or(Kind::Event, Object::kind);
        let entry = OfKind::new(kind, id);
        match (old, new) {
            (None, Some(_)) => {
                self.objects.count += 1;
                if kind != Kind::Event {
                    let relations = &mut *self.relations;
                    relations.by_kind.insert(entry);
                    relations.kinds |= 1 << kind as u32;
                } else if self.events.last().is_none_or(|last| *last < id) {
                    self.events.push(id);
                }
            }
            (Some(_), None) => {
                self.objects.count -= 1;
                self.relations.by_kind.remove(&entry);
            }
            _ => {}
        }
        if kind == Kind::Event {
            return;
        }
        if let (Some(old), Some(new)) = (old, new)
            && old.meta.lasts(&new.meta)
        {
            return self.relink(id, Some(old), Some(new));
        }
        let before = old.map_or(&[][..], |o| &o.meta.owner_references[..]);
        let after = new.map_or(&[][..], |o| &o.meta.owner_references[..]);
        if before != after {
            for owner in before {
                self.relations.by_owner.remove(&(half(owner.uid), entry.0));
            }
            for owner in after {
                self.relations.by_owner.insert((half(owner.uid), entry.0));
            }
        }
        if kind == Kind::Pod {
            self.reindex_labels(id, old, new);
        }
        self.relink(id, old, new);
    }

    /// Keeps the relations.
    fn relink(&mut self, id: Id, old: Option<&Object>, new: Option<&Object>) {
        if links::may_differ(old, new) {
            let before = old.map(|o| self.links_of(o)).unwrap_or_default();
            let after = new.map(|o| self.links_of(o)).unwrap_or_default();
            // Most writes change one relation of many.
            for (link, target) in before.iter().filter(|link| !after.contains(link)) {
                self.relations
                    .links
                    .remove(&Relation::new(*link, *target, id));
                self.count_selector(*link, *target, |count| count.saturating_sub(1));
            }
            for (link, target) in after.iter().filter(|link| !before.contains(link)) {
                self.relations
                    .links
                    .insert(Relation::new(*link, *target, id));
                self.count_selector(*link, *target, |count| count + 1);
            }
        }
    }

    fn count_selector(&mut self, link: Link, label: Id, change: impl Fn(u32) -> u32) {
        if link == Link::ServiceByLabel {
            let count = change(self.relations.selected.get(label.0).copied().unwrap_or(0));
            self.relations
                .selected
                .set(label.0, (count > 0).then_some(count));
        }
    }

    /// Labels change by few: those that stay are not looked up.
    fn reindex_labels(&mut self, id: Id, old: Option<&Object>, new: Option<&Object>) {
        let empty = Labels::new();
        let before = old.map(|o| &o.meta.labels);
        let after = new.map(|o| &o.meta.labels);
        if let (Some(before), Some(after)) = (before, after)
            && Arc::ptr_eq(before, after)
        {
            return;
        }
        let Some(namespace) = new.or(old).map(|o| &o.meta.namespace) else {
            return;
        };
        let before = before.map_or(&empty, |labels| labels);
        let after = after.map_or(&empty, |labels| labels);
        for (key, value) in before.iter().filter(|(k, v)| after.get(*k) != Some(v)) {
            let label = self.add_label(namespace, key, value);
            self.relations
                .links
                .remove(&Relation::new(Link::PodByLabel, label, id));
        }
        for (key, value) in after.iter().filter(|(k, v)| before.get(*k) != Some(v)) {
            let label = self.add_label(namespace, key, value);
            self.relations
                .links
                .insert(Relation::new(Link::PodByLabel, label, id));
        }
    }

    /// The handle of a label, made if it has none yet.
    pub(super) fn add_label(&mut self, namespace: &Text, key: &Text, value: &Text) -> Id {
        self.label(namespace, key, value).unwrap_or_else(|| {
            let label = Label(namespace.clone(), key.clone(), value.clone());
            Id::from_number(self.relations.labels.add(label))
        })
    }
}

/// Half of an identity: enough to find by; whoever finds compares the whole.
pub(super) fn half(uid: Uid) -> u64 {
    (uid.0 >> 64) as u64
}
