//! Decisions as tables, without a cluster.

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{StatefulSet, StatefulSetStatus};
use ordinal_api::{SimTime, Text, Uid};
use serde_json::json;

use super::{Deletion, Intent, Plan, PodView, View, decide};
use crate::Id;
use crate::release::Release;

const OLD: &str = "web-old";
const NEW: &str = "web-new";

struct Case {
    set: StatefulSet,
    pods: Vec<PodView>,
}

/// A set with a policy and so many replicas; `update` is its update strategy.
fn set(policy: &str, replicas: u32, update: serde_json::Value) -> StatefulSet {
    StatefulSet::from_value(&json!({"spec": {
        "replicas": replicas, "podManagementPolicy": policy, "updateStrategy": update, "serviceName": "web",
        "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}},
    }}))
    .expect("a valid set")
}

pub(super) fn ready(ordinal: u32, revision: &str) -> PodView {
    PodView {
        id: Id(ordinal),
        uid: Uid(u128::from(ordinal) + 1),
        ordinal,
        phase: PodPhase::Running,
        ready: true,
        available: true,
        available_at: Some(SimTime::ZERO),
        terminating: false,
        revision: revision.into(),
        consistent: true,
        claims_owned: true,
    }
}

pub(super) fn not_ready(ordinal: u32, revision: &str) -> PodView {
    PodView {
        ready: false,
        available: false,
        available_at: None,
        ..ready(ordinal, revision)
    }
}

pub(super) fn terminating(ordinal: u32, revision: &str) -> PodView {
    PodView {
        terminating: true,
        ..ready(ordinal, revision)
    }
}

impl Case {
    fn plan(&self) -> Plan {
        self.plan_at(37)
    }

    fn plan_at(&self, minor: u8) -> Plan {
        let (current, update): (Text, Text) = (OLD.into(), NEW.into());
        let status = StatefulSetStatus::default();
        decide(&View {
            spec: &self.set.spec,
            status: &status,
            generation: 1,
            deleting: false,
            current_revision: &current,
            update_revision: &update,
            collision_count: 0,
            pods: self.pods.clone(),
            stale_claims: Vec::new(),
            most_replicas: 10_000,
            release: Release::of(minor),
        })
    }
}

fn created(plan: &Plan) -> Vec<u32> {
    plan.intents
        .iter()
        .filter_map(|i| {
            if let Intent::CreatePod { ordinal, .. } = i {
                Some(*ordinal)
            } else {
                None
            }
        })
        .collect()
}

fn deleted(plan: &Plan, reason: Deletion) -> Vec<u32> {
    let pod = |i: &Intent| {
        if let Intent::DeletePod { pod, why } = i {
            (*why == reason).then_some(pod.0)
        } else {
            None
        }
    };
    plan.intents.iter().filter_map(pod).collect()
}

fn rolling() -> serde_json::Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})
}

#[test]
fn an_ordered_set_creates_one_pod_and_only_after_a_ready_prefix() {
    let set = set("OrderedReady", 3, rolling());
    let next = |pods: Vec<PodView>| {
        created(
            &Case {
                set: set.clone(),
                pods,
            }
            .plan(),
        )
    };
    assert_eq!(next(vec![]), [0]);
    assert_eq!(next(vec![not_ready(0, NEW)]), [] as [u32; 0]);
    assert_eq!(next(vec![ready(0, NEW)]), [1]);
    assert_eq!(
        next(vec![not_ready(1, NEW)]),
        [0],
        "a missing Pod 0 comes back although Pod 1 is not Ready"
    );
}

#[test]
fn a_parallel_set_creates_every_missing_pod_at_once() {
    let case = Case {
        set: set("Parallel", 4, rolling()),
        pods: vec![not_ready(1, NEW)],
    };
    assert_eq!(created(&case.plan()), [0, 2, 3]);
}

#[test]
fn what_holds_an_ordered_set_is_named_with_the_pod_that_would_be_next() {
    let plan = Case {
        set: set("OrderedReady", 3, rolling()),
        pods: vec![not_ready(0, NEW)],
    }
    .plan();
    let hold = plan.hold.expect("it is held");
    assert_eq!(
        (hold.on, hold.next, hold.guard.name),
        (Id(0), Some(1), "OrderedReady")
    );
}

#[test]
fn a_pod_is_not_created_again_before_its_name_is_free() {
    let plan = Case {
        set: set("OrderedReady", 1, rolling()),
        pods: vec![terminating(0, NEW)],
    }
    .plan();
    assert_eq!(plan.intents, []);
    assert_eq!(
        plan.hold.expect("it is held").guard.name,
        "at most one Pod of a name"
    );
}

#[test]
fn scaling_down_goes_from_the_top_one_by_one_and_waits_for_every_replica() {
    let set = set("OrderedReady", 1, rolling());
    let gone = |pods: Vec<PodView>| {
        deleted(
            &Case {
                set: set.clone(),
                pods,
            }
            .plan(),
            Deletion::Condemned,
        )
    };
    assert_eq!(gone(vec![ready(0, NEW), ready(1, NEW), ready(2, NEW)]), [2]);
    assert_eq!(
        gone(vec![ready(0, NEW), ready(1, NEW), terminating(2, NEW)]),
        [] as [u32; 0]
    );
    assert_eq!(gone(vec![not_ready(0, NEW), ready(1, NEW)]), [] as [u32; 0]);
    assert_eq!(
        gone(vec![ready(0, NEW), ready(1, NEW), not_ready(2, NEW)]),
        [2],
        "one that is itself not Ready is no obstacle"
    );
    assert_eq!(
        gone(vec![ready(0, NEW), not_ready(1, NEW), not_ready(2, NEW)]),
        [] as [u32; 0],
        "the lower of two is in the way"
    );
}

#[test]
fn a_parallel_set_removes_all_that_are_too_many_at_once() {
    let case = Case {
        set: set("Parallel", 1, rolling()),
        pods: vec![not_ready(0, NEW), ready(1, NEW), not_ready(2, NEW)],
    };
    assert_eq!(deleted(&case.plan(), Deletion::Condemned), [2, 1]);
}

#[test]
fn a_pod_that_ended_is_deleted_and_nothing_else_happens_in_an_ordered_set() {
    let failed = PodView {
        phase: PodPhase::Failed,
        ..not_ready(0, NEW)
    };
    let case = Case {
        set: set("OrderedReady", 3, rolling()),
        pods: vec![failed],
    };
    let plan = case.plan();
    assert_eq!(
        (deleted(&plan, Deletion::Ended), created(&plan)),
        (vec![0], vec![])
    );
}

#[test]
fn moved_ordinals_are_created_before_those_outside_are_deleted() {
    let mut set = set("OrderedReady", 3, rolling());
    std::sync::Arc::make_mut(&mut set.spec).ordinals_start = 2;
    let plan = Case {
        set: set.clone(),
        pods: vec![ready(0, NEW), ready(1, NEW)],
    }
    .plan();
    assert_eq!(
        (created(&plan), deleted(&plan, Deletion::Condemned)),
        (vec![2], vec![])
    );
    let pods = (0..5).map(|n| ready(n, NEW)).collect();
    assert_eq!(
        deleted(&Case { set, pods }.plan(), Deletion::Condemned),
        [1]
    );
}

#[test]
fn a_rolling_update_without_a_budget_replaces_from_the_top_and_waits_for_the_replaced() {
    let case = |pods| {
        Case {
            set: set("OrderedReady", 3, rolling()),
            pods,
        }
        .plan_at(36)
    };
    assert_eq!(
        deleted(
            &case((0..3).map(|n| ready(n, OLD)).collect()),
            Deletion::Outdated
        ),
        [2]
    );
    assert_eq!(
        deleted(
            &case(vec![ready(0, OLD), ready(1, OLD), ready(2, NEW)]),
            Deletion::Outdated
        ),
        [1]
    );
    let plan = case(vec![ready(0, OLD), ready(1, OLD), not_ready(2, NEW)]);
    assert_eq!(
        deleted(&plan, Deletion::Outdated),
        [] as [u32; 0],
        "a broken rollout stops here, whatever the template says"
    );
}

#[test]
fn below_the_partition_a_pod_comes_back_old() {
    let update = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
    let plan = Case {
        set: set("Parallel", 3, update),
        pods: vec![ready(1, OLD)],
    }
    .plan();
    assert_eq!(
        plan.intents,
        [
            Intent::CreatePod {
                ordinal: 0,
                updated: false
            },
            Intent::CreatePod {
                ordinal: 2,
                updated: true
            }
        ]
    );
}

#[test]
fn on_delete_replaces_nothing_but_creates_new_ones_from_the_update() {
    let update = json!({"type": "OnDelete"});
    let plan = Case {
        set: set("OrderedReady", 3, update),
        pods: vec![ready(0, OLD), ready(1, OLD)],
    }
    .plan();
    assert_eq!(
        plan.intents,
        [Intent::CreatePod {
            ordinal: 2,
            updated: true
        }]
    );
}

#[test]
fn a_rollout_is_complete_when_every_pod_is_ready_at_the_update_revision() {
    let case = Case {
        set: set("OrderedReady", 2, rolling()),
        pods: vec![ready(0, NEW), ready(1, NEW)],
    };
    let status = case.plan().status;
    assert_eq!(
        (status.current_revision.as_str(), status.current_replicas),
        (NEW, 2)
    );
    let case = Case {
        set: set("OrderedReady", 2, rolling()),
        pods: vec![ready(0, NEW), not_ready(1, NEW)],
    };
    let status = case.plan().status;
    assert_eq!(
        (
            status.current_revision.as_str(),
            status.current_replicas,
            status.updated_replicas
        ),
        (OLD, 0, 2)
    );
}

#[test]
fn a_set_that_is_being_deleted_only_counts() {
    let (current, update): (Text, Text) = (OLD.into(), NEW.into());
    let case = Case {
        set: set("OrderedReady", 3, rolling()),
        pods: vec![ready(0, NEW)],
    };
    let plan = decide(&View {
        spec: &case.set.spec,
        status: &case.set.status,
        generation: 2,
        deleting: true,
        current_revision: &current,
        update_revision: &update,
        collision_count: 0,
        pods: case.pods.clone(),
        stale_claims: Vec::new(),
        most_replicas: 10_000,
        release: Release::default(),
    });
    assert_eq!(
        (
            plan.intents.len(),
            plan.status.replicas,
            plan.status.ready_replicas
        ),
        (0, 1, 1)
    );
}
