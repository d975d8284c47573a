//! The objects of the API and the indexes that find them without a scan.
//!
//! A name is interned once to an [`Id`]; everything hot is keyed by it. The handle belongs to the *name*: a Pod that
//! is deleted and created again keeps its handle and gets a new uid.

mod endpoints;
mod facts;
mod links;
mod names;

use std::sync::Arc;

use ordinal_api::{Kind, Labels, Object, ObjectKey, Text, Uid};

use crate::persistent::{Key, List, Set, Shared, Table};
use names::{Name, Names};

pub(crate) use facts::facts;
pub use links::Link;
pub(crate) use names::hash;

/// The handle of a name (kind, namespace, name). It stays valid for the whole run, whether or not the object exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u32);

/// A change of one stored object, as watchers see it.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its handle.
    pub id: Id,
    /// What was stored; `None` when it is created.
    pub old: Option<Arc<Object>>,
    /// What is stored now; `None` when it is gone.
    pub new: Option<Arc<Object>>,
}

impl Change {
    /// The object as it is, or as it was last.
    pub fn object(&self) -> &Arc<Object> {
        self.new
            .as_ref()
            .or(self.old.as_ref())
            .expect("a change has an object before or after")
    }

    /// The kind of the object.
    pub fn kind(&self) -> Kind {
        self.object().kind()
    }
}

/// The objects.
#[derive(Clone, Debug, Default)]
pub struct Store {
    keys: Names<ObjectKey>,
    /// It counts those that there are.
    objects: Table<Arc<Object>>,
    /// Events, the gone ones among them: they are most of what is made, and a list costs a frame of history nothing.
    events: List<Id>,
    relations: Shared<Relations>,
}

/// What finds objects by what they are and name; most writes leave it as it is.
#[derive(Clone, Debug, Default)]
struct Relations {
    /// All but Events.
    by_kind: Set<OfKind>,
    /// Kinds of which there ever was an object, a bit each: most changes ask for some of which there is none.
    kinds: u64,
    by_owner: Set<(u64, u64)>,
    links: Set<Relation>,
    labels: Names<Label>,
    /// How many Services select by a label, so that no range is sought for the many labels that none does.
    selected: Table<u32>,
}

/// A label of Pods: namespace, key and value.
#[derive(Clone, Debug)]
struct Label(Text, Text, Text);

impl Name for Label {
    fn hash(&self) -> u64 {
        names::hash(0, [&self.0, &self.1, &self.2])
    }
}

impl Name for ObjectKey {
    fn hash(&self) -> u64 {
        hash_of_key(self.kind, &self.namespace, &self.name)
    }
}

fn hash_of_key(kind: Kind, namespace: &str, name: &str) -> u64 {
    names::hash(1 + kind as u64, [namespace, name])
}

/// Bits of a handle: with two of them and a [`Link`], a relation is one number, quickly compared.
const ID_BITS: u32 = 30;
const _: () = assert!((Link::SliceOfService as u64) < 1 << (64 - 2 * ID_BITS));
const _: () = assert!(Kind::ALL.len() <= 64);

/// A handle with its kind, ordered by kind first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OfKind(u64);

impl OfKind {
    fn new(kind: Kind, id: Id) -> Self {
        Self((kind as u64) << ID_BITS | u64::from(id.0))
    }

    fn id(self) -> Id {
        Id((self.0 & Id::LAST) as u32)
    }

    /// Every handle of some kinds.
    fn all(first: Kind, last: Kind) -> std::ops::RangeInclusive<Self> {
        Self::new(first, Id(0))..=Self::new(last, Id(Id::LAST as u32))
    }
}

/// An object and what it stands in a relation to, ordered by relation and target first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Relation(u64);

impl Relation {
    fn new(link: Link, target: Id, id: Id) -> Self {
        let link = (link as u64) << (2 * ID_BITS);
        Self(link | u64::from(target.0) << ID_BITS | u64::from(id.0))
    }

    fn id(self) -> Id {
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
    const LAST: u64 = (1 << ID_BITS) - 1;

    fn from_number(number: u32) -> Self {
        assert!(
            u64::from(number) <= Self::LAST,
            "a run has fewer than 2^30 names"
        );
        Self(number)
    }
}

impl Store {
    /// The handle of a name, made if it has none yet. The namespace is dropped where the kind has none.
    pub fn intern(&mut self, kind: Kind, namespace: &str, name: &str) -> Id {
        self.id(kind, namespace, name).unwrap_or_else(|| {
            Id::from_number(self.keys.add(ObjectKey::new(kind, namespace, name)))
        })
    }

    /// The handle of a name, if it was ever used.
    pub fn id(&self, kind: Kind, namespace: &str, name: &str) -> Option<Id> {
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        let is_it =
            |key: &ObjectKey| key.name == name && key.kind == kind && key.namespace == namespace;
        self.keys
            .find(hash_of_key(kind, namespace, name), is_it)
            .map(Id)
    }

    /// The name behind a handle.
    pub fn key(&self, id: Id) -> &Arc<ObjectKey> {
        self.keys.get(id.0).expect("handles come from this store")
    }

    /// The object of a handle, if it exists.
    pub fn get(&self, id: Id) -> Option<&Arc<Object>> {
        self.objects.get(id.0)
    }

    /// The object of a name, if it exists.
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        self.get(self.id(kind, namespace, name)?)
    }

    /// All objects of a kind, in the order in which their names were first used.
    pub fn list(&self, kind: Kind) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        self.handles(kind).filter_map(|id| self.with_object(id))
    }

    /// Handles of a kind; those of Events may be of such that are gone.
    fn handles(&self, kind: Kind) -> impl Iterator<Item = Id> {
        let (start, end) = OfKind::all(kind, kind).into_inner();
        let any = self.relations.kinds >> kind as u32 & 1 == 1;
        let kept = self.relations.by_kind.from_if(start, any);
        let events = (kind == Kind::Event).then(|| self.events.iter().copied());
        kept.take_while(move |entry| *entry <= end)
            .map(OfKind::id)
            .chain(events.into_iter().flatten())
    }

    /// Events about an object; looks at every Event.
    pub fn events_about(&self, about: Id) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        let key = self.key(about);
        self.list(Kind::Event)
            .filter(|(_, object)| object.as_event().is_some_and(|e| e.involved == *key))
    }

    fn with_object(&self, id: Id) -> Option<(Id, &Arc<Object>)> {
        Some((id, self.get(id)?))
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.count as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.count == 0
    }

    /// How many objects of a kind there are; walks them.
    pub fn count(&self, kind: Kind) -> usize {
        self.list(kind).count()
    }

    /// All objects that name this identity among their owners, by kind.
    pub fn owned_by(&self, owner: Uid) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        self.owned_in(owner, Kind::Namespace, Kind::Event)
    }

    /// Objects of one kind that name this identity among their owners.
    pub fn owned_of_kind(
        &self,
        owner: Uid,
        kind: Kind,
    ) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        self.owned_in(owner, kind, kind)
    }

    fn owned_in(
        &self,
        owner: Uid,
        first: Kind,
        last: Kind,
    ) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        let (start, end) = OfKind::all(first, last).into_inner();
        let half = half(owner);
        self.relations
            .by_owner
            .from((half, start.0))
            .take_while(move |entry| *entry <= (half, end.0))
            .filter_map(|(_, entry)| self.with_object(OfKind(entry).id()))
            .filter(move |(_, object)| {
                let owners = &object.meta.owner_references;
                owners.iter().any(|reference| reference.uid == owner)
            })
    }

    /// All objects that stand in this relation to `target`.
    pub fn linked(&self, link: Link, target: Id) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        let (first, last) = (Id(0), Id(Id::LAST as u32));
        let end = Relation::new(link, target, last);
        self.relations
            .links
            .from(Relation::new(link, target, first))
            .take_while(move |relation| *relation <= end)
            .filter_map(|relation| self.with_object(relation.id()))
    }

    fn label(&self, namespace: &str, key: &str, value: &str) -> Option<Id> {
        let is_it = |label: &Label| label.2 == value && label.1 == key && label.0 == namespace;
        self.relations
            .labels
            .find(names::hash(0, [namespace, key, value]), is_it)
            .map(Id)
    }

    /// Pods of a namespace that carry one label.
    pub fn pods_with_label(
        &self,
        namespace: &str,
        key: &str,
        value: &str,
    ) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        self.label(namespace, key, value)
            .into_iter()
            .flat_map(|label| self.linked(Link::PodByLabel, label))
    }

    /// Services whose selector matches a Pod.
    pub fn services_of_pod<'a>(
        &'a self,
        pod: &'a Object,
    ) -> impl Iterator<Item = (Id, &'a Arc<Object>)> {
        let namespace = &pod.meta.namespace;
        let labels = pod.meta.labels.iter();
        labels
            .filter_map(move |(key, value)| self.label(namespace, key, value))
            .filter(|label| self.relations.selected.get(label.0).is_some())
            .flat_map(|label| self.linked(Link::ServiceByLabel, label))
            .filter(|(_, service)| {
                let selector = service.as_service().map(|s| &s.selector);
                selector.is_some_and(|s| {
                    s.iter()
                        .all(|(key, value)| pod.meta.labels.get(key) == Some(value))
                })
            })
    }

    /// Stores, replaces or removes an object and keeps the indexes.
    pub(crate) fn put(&mut self, id: Id, new: Option<Arc<Object>>) -> Change {
        let old = self.objects.set(id.0, new.clone());
        self.reindex(id, old.as_deref(), new.as_deref());
        Change { id, old, new }
    }

    fn reindex(&mut self, id: Id, old: Option<&Object>, new: Option<&Object>) {
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
    fn add_label(&mut self, namespace: &Text, key: &Text, value: &Text) -> Id {
        self.label(namespace, key, value).unwrap_or_else(|| {
            let label = Label(namespace.clone(), key.clone(), value.clone());
            Id::from_number(self.relations.labels.add(label))
        })
    }
}

/// Half of an identity: enough to find by; whoever finds compares the whole.
fn half(uid: Uid) -> u64 {
    (uid.0 >> 64) as u64
}
