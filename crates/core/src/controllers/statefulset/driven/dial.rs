//! The version dial: what a set does in one release and not in another.

use ordinal_api::Text;
use ordinal_api::statefulset::{StatefulSet, StatefulSetStatus};
use serde_json::{Value, json};

use super::super::plan::Intent;
use super::super::tests::{not_ready, ready};
use super::super::view::View;
use super::{Rig, foo, rolling};
use crate::release::Release;

const NEW: &str = "nginx:2";

/// The version dial: a rollout to a template that never gets Ready, then the template is put right.
#[test]
fn a_broken_rollout_is_repaired_by_release_and_management() {
    /// Whether the set comes to itself, after so many syncs in which Pods get Ready where their image can run.
    fn repairs(release: &str, policy: &str, strategy: &Value, broken: &[u32]) -> bool {
        let release = Release::parse(release).expect("modelled");
        let fields = json!({"podManagementPolicy": policy, "updateStrategy": strategy});
        let mut rig = Rig::at(release, fields).ready();
        rig.set_image("broken");
        rig.sync().expect("nothing is refused");
        // As if the template had reached these Pods and none of them had got Ready.
        let revision: Text = rig.status().update_revision.clone();
        for ordinal in broken {
            let name = format!("foo-{ordinal}");
            if rig.get(ordinal_api::Kind::Pod, &name).is_none() {
                rig.sync().expect("nothing is refused");
            }
            rig.pod_is(&name, ordinal_api::pod::PodPhase::Pending, false);
            rig.edit(ordinal_api::Kind::Pod, &name, |pod| {
                let mut labels = (*pod.meta.labels).clone();
                labels.insert("controller-revision-hash".into(), revision.clone());
                pod.meta.labels = labels.into();
            });
        }
        rig.set_image(NEW);
        for _ in 0..40 {
            // A count below zero is refused once, and then the Pods are gone.
            let _ = rig.sync();
            for pod in rig.pods() {
                if super::body(&pod).spec.containers[0].image == NEW {
                    rig.pod_is(&pod.meta.name, ordinal_api::pod::PodPhase::Running, true);
                }
            }
        }
        rig.counts() == (3, 3, 3)
    }
    let defaults = json!({"rollingUpdate": {"partition": 0}, "type": "RollingUpdate"});
    // Release; Parallel, when the top Pod is broken, and when all are.
    let rows = [
        ("1.34.4", true, true),
        ("1.35.0", false, false),
        ("1.35.3", false, false),
        ("1.35.4", true, true),
        ("1.36.4", true, true),
        ("1.37.0", true, true),
        ("1.37.1", true, true),
    ];
    for (release, one, all) in rows {
        let parallel = |broken: &[u32]| repairs(release, "Parallel", &defaults, broken);
        assert_eq!(
            (parallel(&[2]), parallel(&[0, 1, 2])),
            (one, all),
            "{release}"
        );
        assert!(
            !repairs(release, "OrderedReady", &defaults, &[2]),
            "{release}: an ordered set waits for the broken Pod for ever"
        );
    }
}

/// The four rows of the dial by what one sync deletes.
#[test]
fn a_broken_rollout_of_a_parallel_set_is_repaired_pod_by_pod_or_at_once() {
    let deleted = |release: &str, broken: &[u32]| {
        let pods = (0..3).map(|n| {
            if broken.contains(&n) {
                not_ready(n, "foo-broken")
            } else {
                ready(n, "foo-old")
            }
        });
        let set = foo(&json!({"podManagementPolicy": "Parallel", "updateStrategy": rolling(0)}));
        let set = StatefulSet::from_value(&set).expect("a valid set");
        let (current, update): (Text, Text) = ("foo-old".into(), "foo-new".into());
        let plan = super::super::decide(&View {
            spec: &set.spec,
            status: &StatefulSetStatus::default(),
            generation: 3,
            deleting: false,
            current_revision: &current,
            update_revision: &update,
            collision_count: 0,
            pods: pods.collect(),
            stale_claims: Vec::new(),
            most_replicas: 10_000,
            release: Release::parse(release).expect("modelled"),
        });
        let deletes = |i: &&Intent| matches!(i, Intent::DeletePod { .. });
        plan.intents.iter().filter(deletes).count()
    };
    // Release, deleted when the top Pod is broken, and when all are.
    for (release, one, all) in [
        ("1.34", 1, 1),
        ("1.35.0", 0, 0),
        ("1.35.4", 1, 1),
        ("1.36", 1, 1),
        ("1.37", 1, 3),
    ] {
        assert_eq!(
            (deleted(release, &[2]), deleted(release, &[0, 1, 2])),
            (one, all),
            "{release}"
        );
    }
}

#[test]
fn until_1_30_a_pod_that_ended_is_made_again_in_the_same_sync_and_it_is_told() {
    use ordinal_api::pod::PodPhase::{Failed, Succeeded};
    for (phase, told) in [
        (
            Failed,
            "Warning RecreatingFailedPod StatefulSet default/foo is recreating failed Pod foo-0",
        ),
        (
            Succeeded,
            "Normal RecreatingTerminatedPod StatefulSet default/foo is recreating terminated Pod foo-0",
        ),
    ] {
        let mut rig = Rig::at(Release::of(30), json!({})).ready();
        rig.pod_is("foo-0", phase, false);
        rig.events();
        assert_eq!(rig.step(), (vec![0], vec![0]));
        assert_eq!(rig.events()[0], told);
    }
}
