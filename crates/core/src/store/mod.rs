//! The objects of the API and the indexes that find them without a scan.
//!
//! A name is interned once to an [`Id`]; everything hot is keyed by it. The handle belongs to the *name*: a Pod that
//! is deleted and created again keeps its handle and gets a new uid.

mod endpoints;
mod facts;
mod links;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet, Vector};
use ordinal_api::{Kind, Labels, Object, ObjectKey, Text, Uid};

pub(crate) use facts::facts;
pub use links::Link;

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
    /// By hash of the name and number of the try: comparing numbers is cheaper than comparing names.
    ids: OrdMap<(u64, u32), Id>,
    keys: Vector<Arc<ObjectKey>>,
    objects: OrdMap<Id, Arc<Object>>,
    by_kind: OrdSet<(Kind, Id)>,
    by_owner: OrdSet<(Uid, Kind, Id)>,
    links: OrdSet<(Link, Id, Id)>,
    label_ids: OrdMap<(Text, Text, Text), Id>,
}

impl Store {
    /// The handle of a name, made if it has none yet.
    pub fn intern(&mut self, key: &ObjectKey) -> Id {
        match self.place_of(key.kind, &key.namespace, &key.name) {
            Ok(id) => id,
            Err(place) => {
                let id =
                    Id(u32::try_from(self.keys.len()).expect("a run has fewer than 2^32 names"));
                self.keys.push_back(Arc::new(key.clone()));
                self.ids.insert(place, id);
                id
            }
        }
    }

    /// The handle of a name, if it was ever used.
    pub fn id(&self, kind: Kind, namespace: &str, name: &str) -> Option<Id> {
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        self.place_of(kind, namespace, name).ok()
    }

    /// Finds a name, or the place where it would stand.
    fn place_of(&self, kind: Kind, namespace: &str, name: &str) -> Result<Id, (u64, u32)> {
        let hash = hash(kind, namespace, name);
        for probe in 0.. {
            let Some(id) = self.ids.get(&(hash, probe)) else {
                return Err((hash, probe));
            };
            let key = self.key(*id);
            if key.kind == kind && key.name == name && key.namespace == namespace {
                return Ok(*id);
            }
        }
        unreachable!("a place is free before the numbers end")
    }

    /// The name behind a handle.
    pub fn key(&self, id: Id) -> &Arc<ObjectKey> {
        self.keys
            .get(id.0 as usize)
            .expect("handles come from this store")
    }

    /// The object of a handle, if it exists.
    pub fn get(&self, id: Id) -> Option<&Arc<Object>> {
        self.objects.get(&id)
    }

    /// The object of a name, if it exists.
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        self.get(self.id(kind, namespace, name)?)
    }

    /// All objects of a kind, in the order in which their names were first used.
    pub fn list(&self, kind: Kind) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        let range = self.by_kind.range((kind, Id(0))..=(kind, Id(u32::MAX)));
        range.filter_map(|(_, id)| Some((*id, self.objects.get(id)?)))
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// How many objects of a kind there are; walks them.
    pub fn count(&self, kind: Kind) -> usize {
        self.by_kind
            .range((kind, Id(0))..=(kind, Id(u32::MAX)))
            .count()
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
        let range = (owner, first, Id(0))..=(owner, last, Id(u32::MAX));
        let range = self.by_owner.range(range);
        range.filter_map(|(_, _, id)| Some((*id, self.objects.get(id)?)))
    }

    /// All objects that stand in this relation to `target`.
    pub fn linked(&self, link: Link, target: Id) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        let range = self
            .links
            .range((link, target, Id(0))..=(link, target, Id(u32::MAX)));
        range.filter_map(|(_, _, id)| Some((*id, self.objects.get(id)?)))
    }

    /// Pods of a namespace that carry one label.
    pub fn pods_with_label(
        &self,
        namespace: &str,
        key: &str,
        value: &str,
    ) -> impl Iterator<Item = (Id, &Arc<Object>)> {
        let label = self
            .label_ids
            .get(&(namespace.into(), key.into(), value.into()))
            .copied();
        label
            .into_iter()
            .flat_map(|label| self.linked(Link::PodByLabel, label))
    }

    /// Services whose selector matches a Pod.
    pub fn services_of_pod<'a>(
        &'a self,
        pod: &'a Object,
    ) -> impl Iterator<Item = (Id, &'a Arc<Object>)> {
        let namespace = &pod.meta.namespace;
        let labels = pod.meta.labels.iter().filter_map(move |(key, value)| {
            self.label_ids
                .get(&(namespace.clone(), key.clone(), value.clone()))
                .copied()
        });
        labels
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
        let old = self.objects.get(&id).cloned();
        self.reindex(id, old.as_deref(), new.as_deref());
        match &new {
            Some(object) => self.objects.insert(id, object.clone()),
            None => self.objects.remove(&id),
        };
        Change { id, old, new }
    }

    fn reindex(&mut self, id: Id, old: Option<&Object>, new: Option<&Object>) {
        match (old, new) {
            (None, Some(object)) => {
                self.by_kind.insert((object.kind(), id));
            }
            (Some(object), None) => {
                self.by_kind.remove(&(object.kind(), id));
            }
            _ => {}
        }
        let kind = new.or(old).map_or(Kind::Event, Object::kind);
        let owners =
            |o: Option<&Object>| o.map_or(&[][..], |o| &o.meta.owner_references[..]).to_vec();
        if old.map(|o| &o.meta.owner_references) != new.map(|o| &o.meta.owner_references) {
            for owner in owners(old) {
                self.by_owner.remove(&(owner.uid, kind, id));
            }
            for owner in owners(new) {
                self.by_owner.insert((owner.uid, kind, id));
            }
        }
        if kind == Kind::Pod {
            self.reindex_labels(id, old, new);
        }
        if links::may_differ(old, new) {
            let before = old.map(|o| self.links_of(o)).unwrap_or_default();
            let after = new.map(|o| self.links_of(o)).unwrap_or_default();
            // Most writes change one relation of many.
            for (link, target) in before.iter().filter(|link| !after.contains(link)) {
                self.links.remove(&(*link, *target, id));
            }
            for (link, target) in after.iter().filter(|link| !before.contains(link)) {
                self.links.insert((*link, *target, id));
            }
        }
    }

    /// Labels change by few: those that stay are not looked up.
    fn reindex_labels(&mut self, id: Id, old: Option<&Object>, new: Option<&Object>) {
        let labels = |o: Option<&Object>| o.map(|o| o.meta.labels.clone()).unwrap_or_default();
        let Some(namespace) = new.or(old).map(|o| &o.meta.namespace) else {
            return;
        };
        let (before, after) = (labels(old), labels(new));
        if Arc::ptr_eq(&before, &after) {
            return;
        }
        let only = |a: &Labels, b: &Labels| -> Vec<(Text, Text)> {
            let lacks = |(key, value): &(&Text, &Text)| b.get(*key) != Some(*value);
            let entries = a.iter().filter(lacks);
            entries.map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        for (key, value) in only(&before, &after) {
            let label = self.label(namespace, &key, &value);
            self.links.remove(&(Link::PodByLabel, label, id));
        }
        for (key, value) in only(&after, &before) {
            let label = self.label(namespace, &key, &value);
            self.links.insert((Link::PodByLabel, label, id));
        }
    }

    fn label(&mut self, namespace: &Text, key: &Text, value: &Text) -> Id {
        let label = (namespace.clone(), key.clone(), value.clone());
        if let Some(id) = self.label_ids.get(&label) {
            return *id;
        }
        let next =
            Id(u32::try_from(self.label_ids.len()).expect("a run has fewer than 2^32 labels"));
        self.label_ids.insert(label, next);
        next
    }
}

/// FNV-1a over a name. It only finds places; names are compared before they count as equal.
fn hash(kind: Kind, namespace: &str, name: &str) -> u64 {
    let bytes = namespace.bytes().chain([0]).chain(name.bytes());
    let start = 0xcbf2_9ce4_8422_2325_u64 ^ kind as u64;
    bytes.fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
