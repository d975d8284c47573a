//! What a scenario asks of its world.

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::statefulset::{StatefulSet, StatefulSetStatus};
use ordinal_api::{Kind, Object, OwnerReference, Text, Uid};

use super::{Rig, body, ordinal_of};
use crate::journal::Fact;

impl Rig {
    pub(super) fn stateful_set(&self) -> &StatefulSet {
        let set = self.world.get(self.set).expect("the set is there");
        set.as_stateful_set().expect("a StatefulSet")
    }

    pub(super) fn status(&self) -> &StatefulSetStatus {
        &self.stateful_set().status
    }

    /// `status.replicas`, `readyReplicas`, `updatedReplicas`
    pub(super) fn counts(&self) -> (u32, u32, u32) {
        let status = self.status();
        (
            status.replicas,
            status.ready_replicas,
            status.updated_replicas,
        )
    }

    pub(super) fn get(&self, kind: Kind, name: &str) -> Option<&Arc<Object>> {
        self.world.store.find(kind, "default", name)
    }

    pub(super) fn uid(&self, kind: Kind, name: &str) -> Uid {
        self.get(kind, name).expect("it is there").meta.uid
    }

    /// All Pods, by ordinal.
    pub(super) fn pods(&self) -> Vec<Arc<Object>> {
        let pods = self.world.store.list(Kind::Pod);
        let mut pods: Vec<Arc<Object>> = pods.map(|(_, pod)| pod.clone()).into_list();
        ordinal_api::sorted::sort_by_key(&mut pods, |pod| ordinal_of(&pod.meta.name));
        pods
    }

    pub(super) fn names(&self) -> Vec<Text> {
        self.pods().iter().map(|p| p.meta.name.clone()).into_list()
    }

    pub(super) fn ordinals(&self) -> Vec<u32> {
        let pods = self.pods();
        pods.iter()
            .filter_map(|p| ordinal_of(&p.meta.name))
            .into_list()
    }

    /// The images of all Pods, by ordinal.
    pub(super) fn images(&self) -> Vec<Text> {
        let image = |pod: &Arc<Object>| body(pod).spec.containers[0].image.clone();
        self.pods().iter().map(image).into_list()
    }

    /// Names and numbers of the revisions, oldest first.
    pub(super) fn revisions(&self) -> Vec<(Text, u64)> {
        let all = self.world.store.list(Kind::ControllerRevision);
        let mut all: Vec<(Text, u64)> = all
            .map(|(_, r)| {
                let revision = r.as_controller_revision().expect("a revision");
                (r.meta.name.clone(), revision.revision)
            })
            .into_list();
        ordinal_api::sorted::sort_by_key(&mut all, |(_, number)| *number);
        all
    }

    /// Kind and name of the owners of a claim: `StatefulSet foo`.
    pub(super) fn owners(&self, claim: &str) -> Vec<String> {
        let claim = self.get(Kind::PersistentVolumeClaim, claim);
        let owners = claim.map(|claim| claim.meta.owner_references.clone());
        let text = |owner: &OwnerReference| format!("{} {}", owner.kind_text, owner.name);
        owners.unwrap_or_default().iter().map(text).collect()
    }

    /// Names of the claims that are there.
    pub(super) fn claims(&self) -> Vec<Text> {
        let claims = self.world.store.list(Kind::PersistentVolumeClaim);
        let mut names: Vec<Text> = claims.map(|(_, o)| o.meta.name.clone()).into_list();
        ordinal_api::sorted::sort(&mut names);
        names
    }

    /// `Normal REASON MESSAGE` of everything told about the set since the last time this was asked.
    pub(super) fn events(&mut self) -> Vec<String> {
        let from = std::mem::replace(&mut self.told, self.world.journal.len() as u64);
        let entries = self.world.journal.iter().filter(|entry| entry.seq >= from);
        let facts = entries.flat_map(|entry| entry.facts.iter());
        let text = |fact: &Fact| match fact {
            Fact::Event(event) if event.involved.name == "foo" => {
                let type_ = event.type_.as_str();
                Some(format!("{type_} {} {}", event.reason, event.message))
            }
            _ => None,
        };
        facts.filter_map(text).collect()
    }
}
