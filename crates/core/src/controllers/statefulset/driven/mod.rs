//! Scenarios of the upstream tests, each under its number in the reference's lists, and promises that hold in random
//! schedules: the real controller is driven from one sync to the next in a world where nobody else acts. A Pod that is
//! created is Pending, then Running, then Ready; one that is deleted is gone at once, as in the upstream fakes.

mod admission;
mod claiming;
mod cluster;
mod control;
mod dial;
mod integration;
mod listed;
mod names;
mod owners;
mod played;
mod pods;
mod promises;
mod retention;
mod revisions;
mod rollouts;
mod rules;
mod schedule;
mod seen;
mod syncs;
mod watching;

use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::list::IntoList;
use ordinal_api::meta::Deletion;
use ordinal_api::pod::{Pod, PodPhase};
use ordinal_api::{Kind, Object, ObjectMeta, OwnerReference, Status, Text, Value};
use serde_json::json;

use super::{ordinal_of, sync_set};
use crate::apiserver::{DeleteOptions, Patch, PatchType, Request, Response};
use crate::journal::Verb;
use crate::refusals::Refusals;
use crate::release::Release;
use crate::{Component, Config, Cx, Id, Input, World};

const POLICIES: [&str; 2] = ["OrderedReady", "Parallel"];

/// The retention policies that many scenarios are repeated for: `whenDeleted`, `whenScaled`.
const RETENTIONS: [[&str; 2]; 4] = [
    ["Retain", "Retain"],
    ["Retain", "Delete"],
    ["Delete", "Retain"],
    ["Delete", "Delete"],
];

/// Numbers that look random and are the same in every run: xorshift.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn of(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 8) % bound.max(1) as u64).unwrap_or(0)
    }
}

/// The set `foo` of the upstream tests, alone in a world without machines.
#[derive(Clone)]
struct Rig {
    world: World,
    set: Id,
    /// Where [`Rig::events`] begins.
    told: u64,
}

/// `updateStrategy` with this partition.
fn rolling(partition: u32) -> Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}})
}

/// The set `foo` with some fields of its `spec` replaced.
fn foo(fields: &Value) -> Value {
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "foo", "namespace": "default"},
        "spec": {
            "replicas": 3, "serviceName": "governingsvc", "revisionHistoryLimit": 2,
            "updateStrategy": {"type": "RollingUpdate"},
            "selector": {"matchLabels": {"foo": "bar"}},
            "template": {
                "metadata": {"labels": {"foo": "bar"}},
                "spec": {
                    "containers": [{"name": "nginx", "image": "nginx",
                        "volumeMounts": [{"name": "datadir", "mountPath": "/tmp"}, {"name": "home", "mountPath": "/home"}]}],
                    "volumes": [{"name": "home", "hostPath": {"path": "/tmp/home"}}],
                },
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "datadir", "labels": {"role": "data"}},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }],
        },
    });
    for (key, value) in fields.as_object().into_iter().flatten() {
        set["spec"][key] = value.clone();
    }
    set
}

impl Rig {
    fn new(fields: Value) -> Self {
        Self::at(Release::default(), fields)
    }

    fn at(release: Release, fields: Value) -> Self {
        let mut rig = Self::empty(release);
        rig.create(foo(&fields)).expect("a valid set");
        rig
    }

    /// The world without the set.
    fn empty(release: Release) -> Self {
        let mut world = World::new(Config {
            nodes: Vec::new(),
            release,
            ..Config::default()
        });
        world.refusals = Refusals::of(Component::StatefulSet);
        let set = world.intern(Kind::StatefulSet, "default", "foo");
        Self {
            world,
            set,
            told: 0,
        }
    }

    fn of(policy: &str, replicas: u32) -> Self {
        Self::new(json!({"podManagementPolicy": policy, "replicas": replicas}))
    }

    /// With a retention policy.
    fn keeping(policy: &str, replicas: u32, retention: [&str; 2]) -> Self {
        let [deleted, scaled] = retention;
        Self::new(json!({
            "podManagementPolicy": policy, "replicas": replicas,
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": deleted, "whenScaled": scaled},
        }))
    }

    fn ready(mut self) -> Self {
        self.drive();
        self
    }

    // What a client does.

    fn request(&mut self, request: Request) -> Result<Arc<Object>, Status> {
        crate::history::apply(&mut self.world, &Input::Request(request)).and_then(Response::object)
    }

    fn create(&mut self, object: Value) -> Result<Arc<Object>, Status> {
        self.request(Request::Create {
            object,
            namespace: "default".into(),
            strict: true,
        })
    }

    /// Changes the set in part.
    fn patch(&mut self, body: Value) -> Result<Arc<Object>, Status> {
        self.request(Request::Patch {
            kind: Kind::StatefulSet,
            namespace: "default".into(),
            name: "foo".into(),
            patch: Patch {
                type_: PatchType::Merge,
                body,
                subresource: Text::default(),
            },
        })
    }

    fn scale(&mut self, replicas: u32) {
        self.patch(json!({"spec": {"replicas": replicas}}))
            .expect("replicas can be changed");
    }

    fn set_image(&mut self, image: &str) {
        let mut template = self.stateful_set().raw["template"].clone();
        template["spec"]["containers"][0]["image"] = json!(image);
        self.patch(json!({"spec": {"template": template}}))
            .expect("the template can be changed");
    }

    fn delete_set(&mut self, options: DeleteOptions) {
        let mut cx = Cx::new(&mut self.world, Component::User, None);
        cx.delete(self.set, options).expect("the set is there");
    }

    /// Writes an object past all checks.
    fn edit(&mut self, kind: Kind, name: &str, change: impl FnOnce(&mut Object)) {
        let id = self.world.intern(kind, "default", name);
        let mut cx = Cx::new(&mut self.world, Component::User, None);
        let written = cx.update(id, |object| {
            change(object);
            true
        });
        written.unwrap_or_else(|_| panic!("{name} is there"));
    }

    /// Deletes a Pod as a user does; with a finalizer it stays, Terminating.
    fn delete_pod(&mut self, name: &str, options: DeleteOptions) {
        let id = self.world.intern(Kind::Pod, "default", name);
        let mut cx = Cx::new(&mut self.world, Component::User, None);
        cx.delete(id, options).expect("the Pod is there");
    }

    /// Takes an object away whatever holds it.
    fn vanish(&mut self, kind: Kind, name: &str) {
        let id = self.world.intern(kind, "default", name);
        self.world.commit(id, None, Component::User, None);
    }

    /// Takes away the claims whose owner is gone, as the garbage collector does.
    fn collect(&mut self) {
        let is_there = |owner: &OwnerReference| {
            let kind = owner.kind.expect("an owner of a kind that is modelled");
            let there = self.get(kind, &owner.name);
            there.is_some_and(|there| there.meta.uid == owner.uid)
        };
        let claims = self.world.store.list(Kind::PersistentVolumeClaim);
        let gone = claims.filter(|(_, claim)| {
            let owners = &claim.meta.owner_references;
            !owners.is_empty() && !owners.iter().any(is_there)
        });
        for id in gone.map(|(id, _)| id).into_list() {
            self.world
                .commit(id, None, Component::GarbageCollector, None);
        }
    }

    // What a kubelet does.

    fn pod_is(&mut self, name: &str, phase: PodPhase, ready: bool) {
        let now = self.world.now();
        self.edit(Kind::Pod, name, |object| {
            let pod = object.as_pod_mut().expect("a Pod");
            let status = Arc::make_mut(&mut pod.status);
            status.phase = phase;
            condition::set(&mut status.conditions, Condition::new("Ready", ready, now));
        });
    }

    /// Marks a Pod as one that is being deleted and is still there.
    fn terminate(&mut self, name: &str) {
        let now = self.world.now();
        self.edit(Kind::Pod, name, |pod| {
            pod.meta.deletion = Some(Deletion {
                timestamp: now,
                grace_secs: 30,
            });
        });
    }

    /// Lets one Pod go on: Pending, Running, Ready. Returns whether there was one.
    fn advance(&mut self, dice: &mut Dice) -> bool {
        let open = self.pods();
        let open = open.iter().filter(|pod| !body(pod).is_ready());
        let mut open: Vec<&Arc<Object>> = open.filter(|pod| !pod.meta.is_deleting()).into_list();
        if open.is_empty() {
            return false;
        }
        let pod = open.swap_remove(dice.below(open.len())).clone();
        match body(&pod).status.phase {
            PodPhase::Pending => self.pod_is(&pod.meta.name, PodPhase::Running, false),
            PodPhase::Running => self.pod_is(&pod.meta.name, PodPhase::Running, true),
            _ => return false,
        }
        true
    }

    // What the controller does.

    /// One sync, as the queue would ask for it.
    fn sync(&mut self) -> Result<(), Status> {
        let mut cx = Cx::new(&mut self.world, Component::StatefulSet, None);
        match cx.get(self.set) {
            Some(object) => sync_set(&mut cx, self.set, &object),
            None => {
                super::sync(&mut cx, self.set);
                Ok(())
            }
        }
    }

    /// Syncs, and lets Pods go on, until nothing is left to do.
    fn drive(&mut self) {
        self.try_drive(&mut |_| {})
            .expect("the set comes to rest without a failure");
    }

    /// # Errors
    /// The first failure of a sync.
    fn try_drive(&mut self, after: &mut dyn FnMut(&mut Self)) -> Result<(), Status> {
        let mut dice = Dice(7);
        for _ in 0..5_000 {
            let version = self.world.resource_version;
            self.sync()?;
            after(self);
            self.collect();
            if !self.advance(&mut dice) && self.world.resource_version == version {
                return Ok(());
            }
        }
        panic!("it never comes to rest: {:?}", self.names());
    }

    /// Requests of the controller to change something, since the last time this was asked.
    fn writes(&mut self) -> Vec<(Verb, Kind, String)> {
        std::mem::take(&mut self.world.refusals.asked)
    }

    /// Ordinals of the Pods that the controller created and deleted in one sync.
    fn step(&mut self) -> (Vec<u32>, Vec<u32>) {
        self.writes();
        self.sync().expect("nothing is refused");
        let asked = self.writes();
        let of = |verb| {
            let pods = asked
                .iter()
                .filter(|(v, kind, _)| *v == verb && *kind == Kind::Pod);
            let mut ordinals: Vec<u32> = pods
                .map(|(_, _, name)| ordinal_of(name).expect("an ordinal"))
                .into_list();
            ordinal_api::sorted::sort(&mut ordinals);
            ordinals
        };
        (of(Verb::Create), of(Verb::Delete))
    }

    fn refuse(&mut self, verb: Verb, kind: Kind, pass: u32, status: Status) {
        self.world.refusals.refuse(verb, kind, pass, 1, status);
    }
}

fn body(pod: &Object) -> &Pod {
    pod.as_pod().expect("a Pod")
}

/// `datadir-foo-N`
fn claim(ordinal: u32) -> String {
    format!("datadir-foo-{ordinal}")
}

/// A Pod that holds back its own end.
fn hold(meta: &mut ObjectMeta) {
    meta.finalizers.push("example.com/hold".into());
}

fn refusal() -> Status {
    Status::internal("API server failed")
}

const AT_ONCE: DeleteOptions = DeleteOptions {
    grace_secs: Some(0),
    uid: None,
    resource_version: None,
    propagation: None,
};
