//! The rules as tables.

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::condition::Condition;
use ordinal_api::meta::Deletion;
use ordinal_api::pod::{Pod, PodPhase, PodStatus};
use ordinal_api::{Body, Kind, Lasting, Object, ObjectMeta, OwnerReference, SimTime, Uid};
use serde_json::json;

use super::*;

const NOW: SimTime = SimTime(100_000);

fn set(replicas: u32, min_ready_seconds: u64) -> Object {
    let value = json!({
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas, "minReadySeconds": min_ready_seconds,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web", "tier": "front"}}, "spec": {}},
        },
    });
    let mut object = Object::from_value(Kind::ReplicaSet, &value).expect("valid");
    object.meta.uid = Uid(1);
    object
}

struct Made(Object);

fn pod(number: u32) -> Made {
    let labels = [
        ("app".into(), "web".into()),
        ("tier".into(), "front".into()),
    ];
    let meta = ObjectMeta::of(Lasting {
        uid: Uid(u128::from(number) + 100),
        labels: Arc::new(labels.into()),
        owner_references: vec![OwnerReference::controller(
            Kind::ReplicaSet,
            "web".into(),
            Uid(1),
        )],
        ..Lasting::named("default", &format!("web-{number}"))
    });
    let mut pod = Pod::of_template(Arc::default(), Arc::default());
    pod.node_name = "node-1".into();
    pod.status = Arc::new(PodStatus {
        phase: PodPhase::Running,
        ..PodStatus::default()
    });
    Made(Object::new(meta, Body::Pod(pod)))
}

impl Made {
    fn with(mut self, change: impl FnOnce(&mut ObjectMeta, &mut Pod, &mut PodStatus)) -> Self {
        let pod = self.0.body.clone();
        let Body::Pod(mut pod) = pod else {
            unreachable!("made as a Pod")
        };
        let mut status = (*pod.status).clone();
        change(&mut self.0.meta, &mut pod, &mut status);
        pod.status = Arc::new(status);
        self.0.body = Body::Pod(pod);
        self
    }

    fn ready(self, since_ms: u64) -> Self {
        self.with(|_, _, status| {
            status
                .conditions
                .push(Condition::new("Ready", true, SimTime(since_ms)))
        })
    }

    fn phase(self, phase: PodPhase) -> Self {
        self.with(|_, _, status| status.phase = phase)
    }

    fn deleting(self) -> Self {
        self.with(|meta, _, _| {
            meta.deletion = Some(Deletion {
                timestamp: NOW,
                grace_secs: 30,
            })
        })
    }

    fn orphan(self) -> Self {
        self.with(|meta, _, _| meta.owner_references.clear())
    }

    fn labelled(self, app: &'static str) -> Self {
        self.with(|meta, _, _| meta.labels = Arc::new([("app".into(), app.into())].into()))
    }
}

fn decide(set: &Object, pods: &[Made]) -> Plan {
    let pods = pods
        .iter()
        .zip(0..)
        .map(|(made, n)| (Id(n), &made.0))
        .collect();
    let body = set.as_replica_set().expect("a ReplicaSet");
    plan(
        &Seen {
            now: NOW,
            meta: &set.meta,
            set: body,
            pods,
        },
        SortedMap::new,
    )
}

#[test]
fn missing_pods_are_made_and_surplus_pods_deleted() {
    // (replicas, Pods there) => intents
    let cases = [
        (3, 0, vec![Intent::Create(3)]),
        (3, 2, vec![Intent::Create(1)]),
        (2, 2, vec![]),
        (0, 2, vec![Intent::Delete(Id(0)), Intent::Delete(Id(1))]),
        (600, 0, vec![Intent::Create(500)]),
    ];
    for (replicas, there, expected) in cases {
        let pods: Vec<_> = (0..there).map(|n| pod(n).ready(0)).collect();
        assert_eq!(
            decide(&set(replicas, 0), &pods).intents,
            expected,
            "{replicas} of {there}"
        );
    }
}

#[test]
fn a_set_that_is_being_deleted_makes_nothing() {
    let mut owner = set(3, 0);
    owner.meta.deletion = Some(Deletion {
        timestamp: NOW,
        grace_secs: 0,
    });
    assert_eq!(decide(&owner, &[]).intents, []);
}

#[test]
fn ended_and_ending_pods_are_replaced_at_once_and_only_the_ending_are_counted() {
    let pods = [
        pod(0).ready(0),
        pod(1).phase(PodPhase::Failed),
        pod(2).phase(PodPhase::Succeeded).deleting(),
        pod(3).ready(0).deleting(),
    ];
    let plan = decide(&set(3, 0), &pods);
    assert_eq!(plan.intents, [Intent::Create(2)]);
    assert_eq!(
        plan.counts,
        Counts {
            active: 1,
            fully_labeled: 1,
            ready: 1,
            available: 1,
            terminating: 1
        }
    );
}

#[test]
fn an_orphan_that_fits_is_adopted_and_counted_and_one_that_no_longer_fits_is_released_and_replaced()
{
    let pods = [
        pod(0).ready(0).orphan().labelled("web"),
        pod(1).ready(0).labelled("debug"),
    ];
    let plan = decide(&set(2, 0), &pods);
    assert_eq!(
        plan.intents,
        [
            Intent::Adopt(Id(0)),
            Intent::Release(Id(1)),
            Intent::Create(1)
        ]
    );
    assert_eq!(
        plan.counts,
        Counts {
            active: 1,
            fully_labeled: 0,
            ready: 1,
            available: 1,
            terminating: 0
        }
    );
}

#[test]
fn a_ready_pod_is_available_after_min_ready_seconds_to_the_millisecond() {
    let pods = [
        pod(0).ready(90_000),
        pod(1).ready(90_001),
        pod(2).ready(95_000),
    ];
    let plan = decide(&set(3, 10), &pods);
    assert_eq!((plan.counts.ready, plan.counts.available), (3, 1));
    assert_eq!(plan.look_again_at, Some(SimTime(100_001)));
}

#[test]
fn pods_between_whose_ages_there_is_no_order_are_chosen_all_the_same() {
    // Of one second, so neither is older; the others' identities stand between theirs.
    let rank = |n: u32| Rank {
        assigned: true,
        phase: 2,
        ready_since: None,
        cost: 0,
        related: 0,
        restarts: 0,
        created: SimTime(u64::from(n * 7 % 3) * 1_000),
        uid: Uid(u128::from(n * 31 % 97)),
    };
    let pods = || (0..97).map(|n| (crate::Id(n), rank(n))).collect();
    let chosen = to_delete(pods(), 40, SimTime(1_000_000));
    assert_eq!(chosen.len(), 40);
    assert_eq!(chosen, to_delete(pods(), 40, SimTime(1_000_000)));
}

#[test]
fn pods_go_in_the_order_of_the_ranking() {
    let base = || Rank {
        assigned: true,
        phase: 2,
        ready_since: Some(SimTime(10_000)),
        cost: 0,
        related: 1,
        restarts: 0,
        created: SimTime(5_000),
        uid: Uid(50),
    };
    // Each pair: the first goes before the second, whatever the later rules say.
    let cases: Vec<(&str, Rank, Rank)> = vec![
        (
            "unassigned",
            Rank {
                assigned: false,
                cost: 9,
                ..base()
            },
            base(),
        ),
        (
            "pending",
            Rank {
                phase: 0,
                cost: 9,
                ..base()
            },
            base(),
        ),
        (
            "unknown",
            Rank {
                phase: 1,
                cost: 9,
                ..base()
            },
            base(),
        ),
        (
            "not ready",
            Rank {
                ready_since: None,
                cost: 9,
                ..base()
            },
            base(),
        ),
        (
            "lower cost",
            Rank {
                cost: -1,
                related: 0,
                ..base()
            },
            base(),
        ),
        (
            "doubled up",
            Rank {
                related: 2,
                ready_since: Some(SimTime(1_000)),
                ..base()
            },
            base(),
        ),
        (
            "ready for less",
            Rank {
                ready_since: Some(SimTime(90_000)),
                restarts: 0,
                ..base()
            },
            Rank {
                restarts: 9,
                ..base()
            },
        ),
        (
            "same power of two: lower uid",
            Rank {
                ready_since: Some(SimTime(9_000)),
                uid: Uid(49),
                ..base()
            },
            base(),
        ),
        (
            "same second: more restarts",
            Rank {
                ready_since: Some(SimTime(10_900)),
                restarts: 1,
                uid: Uid(99),
                ..base()
            },
            base(),
        ),
        (
            "younger",
            Rank {
                created: SimTime(80_000),
                uid: Uid(99),
                ..base()
            },
            base(),
        ),
    ];
    for (rule, first, second) in cases {
        let pods = vec![(Id(2), second), (Id(1), first)];
        assert_eq!(to_delete(pods, 1, NOW), [Id(1)], "{rule}");
    }
}

#[test]
fn pods_are_made_in_batches_that_double_each_after_the_answers_to_the_one_before() {
    let mut cluster = crate::Cluster::new(crate::Config {
        profile: crate::latency::Profile {
            call_ms: 8,
            ..crate::latency::Profile::EXACT
        },
        ..crate::Config::default()
    });
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let object = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"},
        "spec": {"replicas": 9, "selector": {"matchLabels": {"app": "web"}}, "template": template},
    });
    let request = crate::apiserver::Request::Create {
        object,
        namespace: "default".into(),
        strict: false,
    };
    let _ = cluster.request(request).expect("it is created");
    let _ = cluster.run_for(ordinal_api::SimDuration::ms(100));
    let made = cluster.world().journal.iter().filter(|entry| {
        entry.verb == crate::journal::Verb::Create
            && cluster.world().store.key(entry.subject).kind == Kind::Pod
    });
    let at: Vec<u64> = made.map(|entry| entry.at.0).collect();
    let waves: Vec<u64> = at.iter().map(|ms| (ms - at[0]) / 8).collect();
    assert_eq!(waves, [0, 1, 1, 2, 2, 2, 2, 3, 3]);
    let set = cluster
        .world()
        .store
        .find(Kind::ReplicaSet, "default", "web");
    let status = &set
        .and_then(|set| set.as_replica_set())
        .expect("the set")
        .status;
    assert_eq!(status.replicas, 9, "counted when all are there");
}
