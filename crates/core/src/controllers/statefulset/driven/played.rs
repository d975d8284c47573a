//! What becomes of a set in a schedule: events happen, every sync is looked at, and in the end it comes to rest.

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, Object, OwnerReference, SimDuration, Status, Text, Uid, Value};
use serde_json::json;

use super::promises::{Sync, hold};
use super::schedule::Event;
use super::{AT_ONCE, Dice, RETENTIONS, Rig, body, claim, ordinal_of};
use crate::apiserver::{DeleteOptions, Propagation, Request};
use crate::release::Release;

/// Upstream takes every replacement off the count of current Pods, also one of a Pod that the last status alone counts:
/// such a status is refused for ever, and the set does not come to rest.
const BELOW_ZERO: &str = "status.currentReplicas: Invalid value: -";

/// A set in the middle of a schedule.
pub(super) struct Played {
    rig: Rig,
    /// What the second writer read.
    copy: Option<Value>,
}

impl Played {
    pub(super) fn begin(release: Release, fields: &Value) -> Self {
        Self {
            rig: Rig::at(release, fields.clone()),
            copy: None,
        }
    }

    pub(super) fn happen(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Sync => return self.sync(),
            Event::Write(replicas) => return self.write_copy(replicas),
            Event::Read => self.copy = Some(self.set().to_value()),
            Event::Scale(replicas) => self.patch(&json!({"replicas": replicas})),
            Event::Image(number) => self.rig.set_image(&format!("nginx:{number}")),
            Event::Start(start) => self.patch(&json!({"ordinals": {"start": start}})),
            Event::Strategy(0) => {
                self.patch(&json!({"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}));
            }
            Event::Strategy(1) => {
                self.patch(
                    &json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": null}}),
                );
            }
            Event::Strategy(more) => {
                let rolling = json!({"partition": more - 2});
                self.patch(
                    &json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}),
                );
            }
            Event::MaxUnavailable(most) => {
                let rolling = json!({"maxUnavailable": most});
                self.patch(
                    &json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}),
                );
            }
            Event::Retention(which) => {
                let [deleted, scaled] = RETENTIONS[which];
                let policy = json!({"whenDeleted": deleted, "whenScaled": scaled});
                self.patch(&json!({"persistentVolumeClaimRetentionPolicy": policy}));
            }
            Event::MinReady(secs) => self.patch(&json!({"minReadySeconds": secs})),
            Event::Conflicts(one_in) => {
                let seed = self.rig.world.resource_version;
                self.rig
                    .world
                    .refusals
                    .conflicts(one_in, seed << 32 | 0x5bd1);
            }
            Event::Wait(secs) => {
                let now = self.rig.world.now() + SimDuration::secs(secs);
                self.rig.world.set_now(now);
            }
            Event::Collect => self.rig.collect(),
            Event::Gone => self.finish_deletions(),
            Event::Status => self.rig.edit(Kind::StatefulSet, "foo", |set| {
                let set = set.as_stateful_set_mut().expect("a StatefulSet");
                set.status.ready_replicas = 0;
                set.status.available_replicas = 0;
            }),
            Event::DeleteSet if !self.set().meta.is_deleting() => {
                self.rig.delete_set(DeleteOptions {
                    propagation: Some(Propagation::Foreground),
                    ..AT_ONCE
                });
            }
            Event::DeleteSet => {}
            Event::Stranger(ordinal) => self.stranger(&format!("foo-{ordinal}")),
            Event::DeleteClaim(which) => self.claim(which, &|rig, name| {
                let now = rig.world.now();
                rig.edit(Kind::PersistentVolumeClaim, name, |claim| {
                    claim.meta.deletion = Some(ordinal_api::meta::Deletion {
                        timestamp: now,
                        grace_secs: 0,
                    });
                });
            }),
            Event::Foreigner(which, manages) => self.claim(which, &|rig, name| {
                rig.edit(Kind::PersistentVolumeClaim, name, |claim| {
                    let mut owner =
                        OwnerReference::controller(Kind::ConfigMap, "note".into(), Uid(9));
                    owner.controller = manages;
                    claim.meta.owner_references.retain(|o| o.uid != Uid(9));
                    claim.meta.owner_references.push(owner);
                });
            }),
            Event::Advance(which)
            | Event::NotReady(which)
            | Event::End(which, _)
            | Event::Delete(which, _)
            | Event::Lose(which, _) => self.pod(which, event),
        }
        Ok(())
    }

    fn set(&self) -> &Arc<Object> {
        self.rig.world.get(self.rig.set).expect("the set is there")
    }

    /// Changes the specification; what the release does not take is refused, as it should be.
    fn patch(&mut self, spec: &Value) {
        let _ = self.rig.patch(json!({"spec": spec}));
    }

    fn pod(&mut self, which: usize, event: Event) {
        let pods = self.rig.pods();
        if pods.is_empty() {
            return;
        }
        let pod = pods[which % pods.len()].clone();
        let name = pod.meta.name.as_str();
        let phase = body(&pod).status.phase;
        match event {
            Event::Delete(_, true) => self.rig.vanish(Kind::Pod, name),
            _ if pod.meta.is_deleting() => {}
            Event::Delete(_, false) => self.rig.terminate(name),
            Event::Lose(_, what) => self.rig.edit(Kind::Pod, name, |pod| lose(pod, what)),
            _ if phase.is_terminal() => {}
            Event::Advance(_) if phase == PodPhase::Pending => {
                self.rig.pod_is(name, PodPhase::Running, false);
            }
            Event::Advance(_) => self.rig.pod_is(name, PodPhase::Running, true),
            Event::NotReady(_) => self.rig.pod_is(name, phase, false),
            Event::End(_, failed) => {
                let phase = if failed {
                    PodPhase::Failed
                } else {
                    PodPhase::Succeeded
                };
                self.rig.pod_is(name, phase, false);
            }
            _ => {}
        }
    }

    fn claim(&mut self, which: usize, change: &dyn Fn(&mut Rig, &str)) {
        let claims = self.rig.claims();
        if let Some(name) = claims.get(which % claims.len().max(1)) {
            change(&mut self.rig, name);
        }
    }

    /// A Pod by hand: it has the claim of its name, so that it can be adopted, and no revision.
    fn stranger(&mut self, name: &str) {
        let ordinal = ordinal_of(name).unwrap_or(0);
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", "labels": {"foo": "bar"}},
            "spec": {"containers": [{"name": "c", "image": "nginx"}],
                "volumes": [{"name": "datadir", "persistentVolumeClaim": {"claimName": claim(ordinal)}}]},
        });
        // The name may be taken.
        let _ = self.rig.create(pod);
    }

    fn finish_deletions(&mut self) {
        for kind in [Kind::Pod, Kind::PersistentVolumeClaim] {
            let all = self.rig.world.store.list(kind);
            let gone = all.filter(|(_, object)| object.meta.is_deleting());
            let gone: Vec<Text> = gone.map(|(_, object)| object.meta.name.clone()).into_list();
            for name in gone {
                self.rig.vanish(kind, &name);
            }
        }
    }

    /// The second writer: its write is taken only when nobody wrote since it read.
    fn write_copy(&mut self, replicas: u32) -> Result<(), String> {
        let Some(mut copy) = self.copy.take() else {
            return Ok(());
        };
        let before = self.set().clone();
        let read = copy["metadata"]["resourceVersion"].clone();
        let is_fresh = read == json!(before.meta.resource_version.to_string());
        copy["spec"]["replicas"] = json!(replicas);
        let answer = self.rig.request(Request::Update {
            object: copy,
            namespace: "default".into(),
            strict: true,
        });
        match answer {
            Ok(_) if is_fresh => Ok(()),
            Err(status) if !is_fresh && status.is_conflict() => {
                let same = Arc::ptr_eq(&before, self.set());
                if same {
                    Ok(())
                } else {
                    Err("a refused write changed something".into())
                }
            }
            other => Err(format!(
                "fresh {is_fresh}, answered {:?}",
                other.map(|_| ())
            )),
        }
    }

    /// One sync, and whether it kept every promise.
    fn sync(&mut self) -> Result<(), String> {
        self.sync_with_outcome().map(|_| ())
    }

    fn sync_with_outcome(&mut self) -> Result<Result<(), Status>, String> {
        self.rig.writes();
        let before = self.rig.clone();
        let outcome = self.rig.sync();
        let asked = self.rig.writes();
        hold(&Sync {
            before: &before,
            after: &self.rig,
            asked: &asked,
            outcome: &outcome,
        })
        .map_err(|why| format!("{why}; asked {asked:?}, {outcome:?}"))?;
        Ok(outcome)
    }

    /// R11, A12, A13: when nobody disturbs it any more and every Pod gets Ready, the set comes to what it should be, and
    /// then writes nothing.
    pub(super) fn come_to_rest(&mut self) -> Result<(), String> {
        self.rig.world.refusals.conflicts(0, 0);
        self.mend();
        let mut dice = Dice::of(3);
        let mut quiet = 0;
        for _ in 0..600 {
            let version = self.rig.world.resource_version;
            let outcome = self.sync_with_outcome()?;
            if outcome.is_err_and(|status| status.message.contains(BELOW_ZERO)) {
                return Ok(());
            }
            self.finish_deletions();
            self.rig.collect();
            let went_on = self.rig.advance(&mut dice);
            self.happen(Event::Wait(5))?;
            quiet = if went_on || self.rig.world.resource_version != version {
                0
            } else {
                quiet + 1
            };
            if quiet == 4 {
                return self.is_at_rest();
            }
        }
        Err(format!(
            "R11: it does not come to rest: {:?}",
            self.rig.names()
        ))
    }

    /// What only a person can mend: strangers under the set's names, and Pods too many that ended, two of which hold an
    /// ordered set for ever.
    fn mend(&mut self) {
        self.finish_deletions();
        let set = self.set().clone();
        let spec = &set.as_stateful_set().expect("a StatefulSet").spec;
        let range = spec.ordinals_start..spec.ordinals_start + spec.replicas;
        for pod in self.rig.pods() {
            let own = pod
                .meta
                .controller()
                .is_some_and(|owner| owner.uid == set.meta.uid);
            let fits = pod.meta.label("foo") == Some("bar");
            let wanted = ordinal_of(&pod.meta.name).is_some_and(|n| range.contains(&n));
            if !own || !fits || !wanted && body(&pod).status.phase.is_terminal() {
                self.rig.vanish(Kind::Pod, &pod.meta.name);
            }
        }
    }

    fn is_at_rest(&mut self) -> Result<(), String> {
        let set = self.set().clone();
        if set.meta.is_deleting() {
            return Ok(());
        }
        let spec = &set.as_stateful_set().expect("a StatefulSet").spec;
        let range = spec.ordinals_start..spec.ordinals_start + spec.replicas;
        let wanted: Vec<u32> = range.clone().collect();
        let found = self.rig.ordinals();
        if found != wanted {
            return Err(format!("R11: {found:?} instead of {wanted:?}"));
        }
        let status = self.rig.status();
        if status.ready_replicas != spec.replicas || status.available_replicas != spec.replicas {
            return Err(format!("R11: {status:?}"));
        }
        let partition = match &spec.update_strategy {
            ordinal_api::statefulset::UpdateStrategy::OnDelete => u32::MAX,
            ordinal_api::statefulset::UpdateStrategy::RollingUpdate(rolling) => {
                rolling.as_ref().map_or(0, |r| r.partition)
            }
        };
        for pod in self.rig.pods() {
            let index = ordinal_of(&pod.meta.name).unwrap_or(0) - range.start;
            let revision = pod.meta.label("controller-revision-hash");
            if index >= partition && revision != Some(status.update_revision.as_str()) {
                return Err(format!("R11: {} is old", pod.meta.name));
            }
        }
        self.rig.writes();
        self.rig.sync().map_err(|status| format!("A12: {status}"))?;
        let asked = self.rig.writes();
        if asked.is_empty() {
            Ok(())
        } else {
            Err(format!("A12: {asked:?}"))
        }
    }
}

fn lose(pod: &mut Object, what: u8) {
    if what == 0 {
        pod.meta.owner_references.clear();
        return;
    }
    let key = if what == 1 {
        "foo"
    } else {
        "statefulset.kubernetes.io/pod-name"
    };
    let mut labels = (*pod.meta.labels).clone();
    labels.remove(key);
    pod.meta.labels = Arc::new(labels);
}
