//! The objects of the API and the indexes that find them without a scan.
//!
//! A name is interned once to an [`Id`]; everything hot is keyed by it. The handle belongs to the *name*: a Pod that
//! is deleted and created again keeps its handle and gets a new uid.

mod endpoints;
mod facts;
mod links;
mod names;
mod relations;

use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::{Kind, Object, ObjectKey, Uid};

use crate::persistent::{List, Shared, Table};
use names::{Name, Names};
use relations::{Label, OfKind, Relation, Relations, half};

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

impl Name for ObjectKey {
    fn hash(&self) -> u64 {
        hash_of_key(self.kind, &self.namespace, &self.name)
    }
}

fn hash_of_key(kind: Kind, namespace: &str, name: &str) -> u64 {
    names::hash(1 + kind as u64, [namespace, name])
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

    /// The node that a Pod is bound to, by its handle, whether or not it exists; `None` for a Pod that waits for one, also where
    /// somebody has looked up the empty name.
    pub fn node_of(&self, pod: &Pod) -> Option<Id> {
        let name = Some(&pod.node_name).filter(|name| !name.is_empty())?;
        self.id(Kind::Node, "", name)
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
}

#[cfg(test)]
mod tests {
    use ordinal_api::Kind;
    use serde_json::json;

    use crate::lab::Lab;

    #[test]
    fn a_pod_that_waits_for_a_node_is_on_none_whatever_names_were_looked_up() {
        let mut lab = Lab::with_nodes(0);
        lab.create(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "c", "image": "c:1"}]},
        }));
        let store = &mut lab.0.world_mut().store;
        store.intern(Kind::Node, "", "");

        let pod = store.find(Kind::Pod, "default", "web").expect("it is made");

        assert_eq!(store.node_of(pod.as_pod().expect("a Pod")), None);
    }
}
