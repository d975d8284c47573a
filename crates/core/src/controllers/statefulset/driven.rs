//! Scenarios of the upstream tests, by their numbers, and promises that hold in random schedules: a set is driven from
//! one decision to the next without a cluster. A Pod that is created is Pending, then Running, then Ready; one that is
//! deleted is gone at once, as in the upstream fakes.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{
    PodManagementPolicy, StatefulSet, StatefulSetStatus, UpdateStrategy,
};
use ordinal_api::{SimTime, Text, Uid};
use serde_json::{Value, json};

use super::{Deletion, Intent, Plan, PodView, View, decide};
use crate::Id;
use crate::release::Release;

const OLD: &str = "web-old";
const NEW: &str = "web-new";
const POLICIES: [&str; 2] = ["OrderedReady", "Parallel"];

/// Numbers that look random and are the same in every run: xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or(0)
    }
}

#[derive(Clone)]
struct Driven {
    set: StatefulSet,
    pods: Vec<PodView>,
    current: Text,
    update: Text,
    status: StatefulSetStatus,
    release: Release,
    next: u32,
}

fn rolling(partition: u32) -> Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}})
}

impl Driven {
    fn new(policy: &str, replicas: u32, update: Value) -> Self {
        let set = json!({"spec": {
            "replicas": replicas, "podManagementPolicy": policy, "updateStrategy": update, "serviceName": "web",
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}},
        }});
        Self {
            set: StatefulSet::from_value(&set).expect("a valid set"),
            pods: Vec::new(),
            current: OLD.into(),
            update: OLD.into(),
            status: StatefulSetStatus::default(),
            release: Release::default(),
            next: 0,
        }
    }

    fn scale(&mut self, replicas: u32) {
        Arc::make_mut(&mut self.set.spec).replicas = replicas;
    }

    fn plan(&self) -> Plan {
        decide(&View {
            spec: &self.set.spec,
            status: &self.status,
            generation: 1,
            deleting: false,
            current_revision: &self.current,
            update_revision: &self.update,
            collision_count: 0,
            pods: self.pods.clone(),
            stale_claims: Vec::new(),
            most_replicas: 10_000,
            max_unavailable_enabled: self.release.max_unavailable_stateful_set(),
            parallel_repairs: self.release.minor != 35,
        })
    }

    /// One sync: decides, then does it.
    fn sync(&mut self) -> Plan {
        let plan = self.plan();
        for intent in &plan.intents {
            match intent {
                Intent::CreatePod { ordinal, updated } => {
                    self.next += 1;
                    self.pods.push(PodView {
                        id: Id(self.next),
                        uid: Uid(u128::from(self.next)),
                        ordinal: *ordinal,
                        phase: PodPhase::Pending,
                        ready: false,
                        available: false,
                        available_at: None,
                        terminating: false,
                        revision: if *updated {
                            self.update.clone()
                        } else {
                            self.current.clone()
                        },
                        consistent: true,
                        claims_owned: true,
                    });
                }
                Intent::DeletePod { pod, .. } => self.pods.retain(|p| p.id != *pod),
                _ => {}
            }
        }
        self.status = plan.status.clone();
        self.current = plan.status.current_revision.clone();
        plan
    }

    /// Lets one Pod go on: Pending, Running, Ready.
    fn advance(&mut self, dice: &mut Dice) {
        let mut open: Vec<usize> = (0..self.pods.len())
            .filter(|at| !self.pods[*at].ready)
            .into_list();
        if open.is_empty() {
            return;
        }
        let pod = &mut self.pods[open.swap_remove(dice.below(open.len()))];
        if pod.phase == PodPhase::Pending {
            pod.phase = PodPhase::Running;
        } else {
            (pod.ready, pod.available, pod.available_at) = (true, true, Some(SimTime::ZERO));
        }
    }

    /// Drives the set until nothing is left to do.
    fn drive(&mut self) {
        let mut dice = Dice(7);
        for _ in 0..2_000 {
            let plan = self.sync();
            let idle = !plan
                .intents
                .iter()
                .any(|i| matches!(i, Intent::CreatePod { .. } | Intent::DeletePod { .. }));
            if idle && self.pods.iter().all(|p| p.ready) {
                self.sync();
                return;
            }
            self.advance(&mut dice);
        }
        panic!("it never comes to rest: {:?}", self.ordinals());
    }

    fn ordinals(&self) -> Vec<u32> {
        let mut ordinals: Vec<u32> = self.pods.iter().map(|p| p.ordinal).into_list();
        ordinal_api::sorted::sort(&mut ordinals);
        ordinals
    }

    fn revisions(&self) -> Vec<&str> {
        let mut pods: Vec<&PodView> = self.pods.iter().into_list();
        ordinal_api::sorted::sort_by_key(&mut pods, |p| p.ordinal);
        pods.iter().map(|p| p.revision.as_str()).collect()
    }

    fn counts(&self) -> (u32, u32, u32) {
        (
            self.status.replicas,
            self.status.ready_replicas,
            self.status.updated_replicas,
        )
    }
}

fn up(policy: &str, replicas: u32, update: Value) -> Driven {
    let mut driven = Driven::new(policy, replicas, update);
    driven.drive();
    driven
}

fn gone(plan: &Plan) -> usize {
    plan.intents
        .iter()
        .filter(|i| matches!(i, Intent::DeletePod { .. }))
        .count()
}

fn made(plan: &Plan) -> Vec<u32> {
    let ordinal = |i: &Intent| {
        if let Intent::CreatePod { ordinal, .. } = i {
            Some(*ordinal)
        } else {
            None
        }
    };
    plan.intents.iter().filter_map(ordinal).collect()
}

#[test]
fn c01_a_set_of_three_comes_up() {
    for policy in POLICIES {
        assert_eq!(up(policy, 3, rolling(0)).counts(), (3, 3, 3), "{policy}");
    }
}

#[test]
fn c02_a_set_is_scaled_up() {
    for policy in POLICIES {
        let mut driven = up(policy, 3, rolling(0));
        driven.scale(4);
        driven.drive();
        assert_eq!(driven.counts(), (4, 4, 4), "{policy}");
    }
}

#[test]
fn c03_a_set_is_scaled_to_nothing() {
    for policy in POLICIES {
        let mut driven = up(policy, 3, rolling(0));
        driven.scale(0);
        driven.drive();
        assert_eq!(driven.counts(), (0, 0, 0), "{policy}");
    }
}

#[test]
fn c04_pods_that_vanish_come_back() {
    for policy in POLICIES {
        let mut driven = up(policy, 5, rolling(0));
        driven.pods.retain(|p| p.ordinal % 2 == 1);
        driven.drive();
        assert_eq!(driven.ordinals(), [0, 1, 2, 3, 4], "{policy}");
    }
}

#[test]
fn c05_c06_a_pod_that_ended_is_deleted_in_one_sync_and_made_again_in_the_next() {
    for (policy, phase) in [
        ("OrderedReady", PodPhase::Failed),
        ("Parallel", PodPhase::Failed),
        ("OrderedReady", PodPhase::Succeeded),
        ("Parallel", PodPhase::Succeeded),
    ] {
        let mut driven = Driven::new(policy, 3, rolling(0));
        driven.sync();
        driven.pods[0].phase = phase;
        let first = driven.sync();
        assert_eq!((gone(&first), made(&first)), (1, vec![]), "{policy}");
        let second = driven.sync();
        assert_eq!((gone(&second), made(&second)), (0, vec![0]), "{policy}");
    }
}

#[test]
fn c14_ordinals_begin_where_the_set_says() {
    let mut driven = Driven::new("OrderedReady", 3, rolling(0));
    Arc::make_mut(&mut driven.set.spec).ordinals_start = 2;
    driven.drive();
    assert_eq!(
        (driven.ordinals(), driven.counts()),
        (vec![2, 3, 4], (3, 3, 3))
    );
}

#[test]
fn c20_c21_max_unavailable_deletes_in_batches_and_ordered_sets_create_one_by_one() {
    for (policy, second) in [("OrderedReady", vec![4]), ("Parallel", vec![4, 5])] {
        let update = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 3, "maxUnavailable": 2}});
        let mut driven = up(policy, 6, update);
        driven.update = NEW.into();
        assert_eq!(gone(&driven.sync()), 2, "{policy}");
        assert_eq!(driven.ordinals(), [0, 1, 2, 3], "{policy}");
        assert_eq!(made(&driven.sync()), second, "{policy}");
        driven.drive();
        assert_eq!(
            driven.revisions(),
            [OLD, OLD, OLD, NEW, NEW, NEW],
            "{policy}"
        );
    }
}

#[test]
fn c24_to_c29_a_rolling_update_reaches_every_pod_while_the_set_is_scaled() {
    for policy in POLICIES {
        for (from, to) in [(3, 3), (3, 5), (5, 3)] {
            let mut driven = up(policy, from, rolling(0));
            driven.update = NEW.into();
            driven.scale(to);
            driven.drive();
            assert!(
                driven.revisions().iter().all(|r| *r == NEW),
                "{policy} {from} {to}"
            );
            assert_eq!(driven.counts(), (to, to, to), "{policy} {from} {to}");
            assert_eq!(driven.current, NEW, "{policy} {from} {to}");
        }
    }
}

#[test]
fn c30_to_c35_on_delete_keeps_old_pods_until_they_are_made_again() {
    for policy in POLICIES {
        let mut driven = up(policy, 3, json!({"type": "OnDelete"}));
        driven.update = NEW.into();
        driven.scale(5);
        driven.drive();
        assert_eq!(driven.revisions(), [OLD, OLD, OLD, NEW, NEW], "{policy}");
        driven.scale(0);
        driven.drive();
        driven.scale(3);
        driven.drive();
        assert_eq!(driven.revisions(), [NEW, NEW, NEW], "{policy}");
    }
}

#[test]
fn c36_to_c39_below_the_partition_pods_stay_old() {
    for policy in POLICIES {
        for to in [3, 5] {
            let mut driven = up(policy, 3, rolling(2));
            driven.update = NEW.into();
            driven.scale(to);
            driven.drive();
            assert_eq!(driven.revisions()[..2], [OLD, OLD], "{policy}");
            assert!(
                driven.revisions()[2..].iter().all(|r| *r == NEW),
                "{policy}"
            );
        }
    }
}

#[test]
fn c55_to_c58_a_parallel_set_is_scaled_in_two_syncs() {
    for (from, to) in [(3, 30), (10, 1), (501, 0), (0, 1000)] {
        let mut driven = up("Parallel", from, rolling(0));
        driven.scale(to);
        driven.sync();
        assert_eq!(driven.sync().status.replicas, to, "{from} to {to}");
    }
}

/// The version dial: a Parallel set whose rollout is broken gets a template that is right.
#[test]
fn a_broken_rollout_of_a_parallel_set_is_repaired_by_release() {
    let broken = |minor: u8, ordinals: &[u32]| {
        let mut driven = up("Parallel", 3, rolling(0));
        driven.release = Release::of(minor);
        driven.update = NEW.into();
        for pod in driven
            .pods
            .iter_mut()
            .filter(|p| ordinals.contains(&p.ordinal))
        {
            (pod.ready, pod.available, pod.available_at) = (false, false, None);
            pod.revision = "web-broken".into();
        }
        gone(&driven.plan())
    };
    // Release, deleted when the top Pod is broken, and when all are.
    for (minor, one, all) in [(34, 1, 1), (35, 0, 0), (36, 1, 1), (37, 1, 3)] {
        assert_eq!(
            (broken(minor, &[2]), broken(minor, &[0, 1, 2])),
            (one, all),
            "1.{minor}"
        );
    }
}

/// The promises of one decision (reference §5: A14, M5, M6, M8, M9, M10, B1, B2).
fn promises(driven: &Driven, plan: &Plan) -> Result<(), String> {
    let spec = &driven.set.spec;
    let ordered = spec.pod_management_policy == PodManagementPolicy::OrderedReady;
    let range = spec.ordinals_start..spec.ordinals_start + spec.replicas;
    let find = |id: Id| {
        driven
            .pods
            .iter()
            .find(|p| p.id == id)
            .expect("a Pod that is there")
    };
    let at = |ordinal: u32| driven.pods.iter().find(|p| p.ordinal == ordinal);
    let well = |p: &PodView| p.ready && p.available && !p.terminating;
    let ok = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    let (created, mut deleted) = (made(plan), Vec::new());
    for intent in &plan.intents {
        if let Intent::DeletePod { pod, why } = intent {
            deleted.push((find(*pod), *why));
        }
    }
    for ordinal in &created {
        ok(
            range.contains(ordinal) && at(*ordinal).is_none(),
            "A11: only what is missing is created",
        )?;
        let below = (range.start..*ordinal).all(|o| at(o).is_some_and(&well));
        ok(!ordered || below, "M5: all below are Ready")?;
    }
    ok(!ordered || created.len() <= 1, "M6: one creation a sync")?;
    let scaled = deleted.iter().any(|(_, why)| *why == Deletion::Condemned);
    ok(!ordered || created.is_empty() || !scaled, "M6: never both")?;
    let all_well = range.clone().all(|o| at(o).is_some_and(&well));
    for (pod, why) in &deleted {
        ok(!pod.terminating, "a Pod is deleted once")?;
        match why {
            Deletion::Ended => ok(
                matches!(pod.phase, PodPhase::Failed | PodPhase::Succeeded),
                "A14",
            )?,
            Deletion::Condemned => {
                ok(!range.contains(&pod.ordinal), "A14: only what is too many")?;
                ok(!ordered || all_well, "M8: all in range are well")?;
                let higher = |p: &&PodView| !range.contains(&p.ordinal) && p.ordinal > pod.ordinal;
                ok(
                    !ordered || driven.pods.iter().filter(higher).count() == 0,
                    "M7: from the top",
                )?;
            }
            Deletion::Outdated => {
                ok(
                    pod.revision != driven.update && range.contains(&pod.ordinal),
                    "A14: only what is old",
                )?;
                let partition = match &spec.update_strategy {
                    UpdateStrategy::RollingUpdate(rolling) => {
                        rolling.as_ref().map_or(0, |r| r.partition)
                    }
                    UpdateStrategy::OnDelete => return Err("OnDelete replaces nothing".into()),
                };
                ok(
                    pod.ordinal >= range.start + partition,
                    "A14: not below the partition",
                )?;
                let above = (pod.ordinal + 1..range.end)
                    .all(|o| at(o).is_some_and(|p| p.revision == driven.update && well(p)));
                ok(
                    !ordered || all_well && above,
                    "M8, M10: from the top, all well",
                )?;
            }
        }
    }
    if !ordered {
        let missing = range.clone().filter(|o| at(*o).is_none()).count();
        ok(created.len() == missing, "B1: all that are missing")?;
        let too_many = driven
            .pods
            .iter()
            .filter(|p| !range.contains(&p.ordinal) && !p.terminating)
            .count();
        let condemned = deleted
            .iter()
            .filter(|(_, why)| *why == Deletion::Condemned)
            .count();
        ok(condemned == too_many, "B2: all that are too many")?;
    }
    Ok(())
}

/// Plays a schedule of so many steps; what breaks a promise, with its step.
fn schedule(seed: u64, steps: usize) -> Result<(), String> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let update = [
        rolling(0),
        rolling(1),
        json!({"type": "OnDelete"}),
        json!({"type": "RollingUpdate"}),
    ];
    let mut driven = Driven::new(
        POLICIES[dice.below(2)],
        dice.below(5) as u32,
        update[dice.below(4)].clone(),
    );
    driven.release = Release::of(34 + dice.below(4) as u8);
    for step in 0..steps {
        match dice.below(9) {
            0 => driven.scale(dice.below(6) as u32),
            1 => driven.update = [OLD, NEW, "web-third"][dice.below(3)].into(),
            2 => {
                let at = dice.below(driven.pods.len());
                if let Some(pod) = driven.pods.get_mut(at) {
                    (pod.ready, pod.available, pod.available_at) = (false, false, None);
                    pod.phase =
                        [PodPhase::Running, PodPhase::Failed, PodPhase::Succeeded][dice.below(3)];
                }
            }
            3 if !driven.pods.is_empty() => {
                let at = dice.below(driven.pods.len());
                driven.pods.remove(at);
            }
            4 => {
                let at = dice.below(driven.pods.len());
                if let Some(pod) = driven.pods.get_mut(at) {
                    pod.terminating = true;
                }
            }
            5 => driven.pods.retain(|p| !p.terminating),
            _ => driven.advance(&mut dice),
        }
        let plan = driven.plan();
        promises(&driven, &plan)
            .map_err(|why| format!("step {step}: {why}: {:?}", plan.intents))?;
        driven.sync();
    }
    Ok(())
}

/// `ORDINAL_SEED=N` plays one schedule, `ORDINAL_SCHEDULES=N` so many.
#[test]
fn promises_hold_in_random_schedules() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let seeds = match number("ORDINAL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ORDINAL_SCHEDULES").unwrap_or(2_000),
    };
    for seed in seeds {
        if schedule(seed, 40).is_err() {
            // The shortest beginning that breaks it.
            let (steps, why) = (1..=40)
                .find_map(|steps| schedule(seed, steps).err().map(|why| (steps, why)))
                .expect("it broke before");
            panic!("ORDINAL_SEED={seed} breaks a promise after {steps} steps: {why}");
        }
    }
}
