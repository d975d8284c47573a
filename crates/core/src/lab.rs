//! A cluster for tests that are written as requests: objects as JSON, the clock by hand.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::{Kind, Object, SimDuration, Text, Value};

use crate::apiserver::{DeleteOptions, Patch, PatchType, Request};
use crate::config::NodeConfig;
use crate::release::Release;
use crate::{Cluster, Config, Input};

pub(crate) struct Lab(pub(crate) Cluster);

impl Lab {
    /// A cluster with these nodes, in one zone each: `n1` in `z1` …
    pub(crate) fn with_nodes(count: usize) -> Self {
        Self::of(count, Release::default())
    }

    pub(crate) fn of(count: usize, release: Release) -> Self {
        let node = |n| NodeConfig::plain(&format!("n{n}"), &format!("z{n}"));
        let nodes = (1..=count).map(node).collect();
        Self(Cluster::new(Config {
            nodes,
            release,
            ..Config::default()
        }))
    }

    pub(crate) fn try_create(&mut self, object: Value) -> Result<(), String> {
        let request = Request::Create {
            object,
            namespace: "default".into(),
            strict: false,
        };
        let answer = self
            .0
            .request(request)
            .and_then(|response| response.object());
        answer
            .map(|_| ())
            .map_err(|status| status.message.to_string())
    }

    pub(crate) fn create(&mut self, object: Value) {
        let name = object["metadata"]["name"].clone();
        self.try_create(object)
            .unwrap_or_else(|why| panic!("{name} is created: {why}"));
    }

    pub(crate) fn patch(&mut self, kind: Kind, name: &str, body: Value) {
        let namespace = Self::namespace_of(kind);
        let patch = Patch {
            type_: PatchType::Merge,
            body,
            subresource: Text::default(),
        };
        let request = Request::Patch {
            kind,
            namespace,
            name: name.into(),
            patch,
        };
        let answer = self
            .0
            .submit(Input::Request(request))
            .and_then(|response| response.object());
        answer.unwrap_or_else(|status| panic!("{name} is patched: {}", status.message));
    }

    pub(crate) fn delete(&mut self, kind: Kind, name: &str, options: DeleteOptions) {
        let namespace = Self::namespace_of(kind);
        let request = Request::Delete {
            kind,
            namespace,
            name: name.into(),
            options,
        };
        let _ = self
            .0
            .request(request)
            .unwrap_or_else(|status| panic!("{name} is deleted: {}", status.message));
    }

    fn namespace_of(kind: Kind) -> Text {
        if kind.is_namespaced() {
            "default".into()
        } else {
            Text::default()
        }
    }

    pub(crate) fn run_ms(&mut self, ms: u64) {
        self.0.run_for(SimDuration::ms(ms));
    }

    pub(crate) fn get(&self, kind: Kind, name: &str) -> Option<Arc<Object>> {
        self.0
            .world()
            .store
            .find(kind, &Self::namespace_of(kind), name)
            .cloned()
    }

    pub(crate) fn node_of(&self, pod: &str) -> Text {
        self.get(Kind::Pod, pod)
            .and_then(|o| o.as_pod().map(|p| p.node_name.clone()))
            .unwrap_or_default()
    }

    /// `REASON: MESSAGE` of every event about an object, in the order in which they were first seen.
    pub(crate) fn events(&self, kind: Kind, name: &str) -> Vec<String> {
        let events = self
            .0
            .world()
            .store
            .list(Kind::Event)
            .filter_map(|(_, o)| o.as_event());
        let mut events: Vec<_> = events
            .filter(|e| e.involved.kind == kind && e.involved.name == name)
            .into_list();
        ordinal_api::sorted::sort_by_key(&mut events, |e| e.first_seen);
        events
            .into_iter()
            .map(|e| format!("{}: {}", e.reason, e.message))
            .collect()
    }

    pub(crate) fn claim_phase(&self, name: &str) -> String {
        let claim = self.get(Kind::PersistentVolumeClaim, name);
        claim.map_or("gone".into(), |o| {
            o.as_claim().expect("a claim").status.phase.to_string()
        })
    }

    pub(crate) fn volume_phase(&self, name: &str) -> String {
        let volume = self.get(Kind::PersistentVolume, name);
        volume.map_or("gone".into(), |o| {
            o.as_volume().expect("a volume").phase.to_string()
        })
    }

    /// The only volume that was made for a claim.
    pub(crate) fn made_volume(&self) -> Option<Arc<Object>> {
        let mut all = self
            .0
            .world()
            .store
            .list(Kind::PersistentVolume)
            .map(|(_, o)| o);
        all.find(|o| o.meta.name.starts_with("pvc-")).cloned()
    }
}
