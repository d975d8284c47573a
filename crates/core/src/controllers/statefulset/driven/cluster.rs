//! E01 to E21 and E29 to E32: what users see of a set, one request after the other.

use std::sync::Arc;

use ordinal_api::pod::PodPhase;
use ordinal_api::{Kind, Object, SimTime, Text, Uid};
use serde_json::{Value, json};

use super::{AT_ONCE, Rig, claim, hold, rolling};
use crate::apiserver::{Patch, PatchType, Request};

const OLD: &str = "nginx";
const NEW: &str = "nginx:2";

#[test]
fn e01_names_service_and_claims_survive_a_restart_of_the_whole_set() {
    let mut rig = Rig::of("OrderedReady", 3).ready();
    let claims = |rig: &Rig| [0, 1, 2].map(|n| rig.uid(Kind::PersistentVolumeClaim, &claim(n)));
    let before = claims(&rig);
    rig.scale(0);
    rig.drive();
    assert_eq!(claims(&rig), before, "they stay");
    rig.scale(3);
    rig.drive();
    assert_eq!(claims(&rig), before);
    for (ordinal, pod) in rig.pods().iter().enumerate() {
        let body = super::body(pod);
        assert_eq!(body.hostname, format!("foo-{ordinal}"));
        assert_eq!(body.subdomain, "governingsvc");
        let mounted = body.claim_of_volume("datadir").map(|c| c.to_string());
        assert_eq!(mounted, Some(claim(ordinal as u32)));
    }
}

#[test]
fn e02_a_pod_is_adopted_released_and_adopted_again() {
    let mut rig = Rig::of("OrderedReady", 1).ready();
    let uid = rig.uid(Kind::Pod, "foo-0");
    let set = rig.uid(Kind::StatefulSet, "foo");
    let owner = |rig: &Rig| {
        let pod = rig.get(Kind::Pod, "foo-0").expect("it is there");
        pod.meta.controller().map(|owner| owner.uid)
    };
    let labels = rig.pods()[0].meta.labels.clone();
    rig.edit(Kind::Pod, "foo-0", |pod| pod.meta.owner_references.clear());
    rig.sync().expect("nothing is refused");
    assert_eq!(owner(&rig), Some(set), "adopted");
    rig.edit(Kind::Pod, "foo-0", |pod| pod.meta.labels = Arc::default());
    let taken = rig.sync().expect_err("its name is taken by its former Pod");
    assert!(taken.is_already_exists());
    assert_eq!(owner(&rig), None, "released");
    rig.edit(Kind::Pod, "foo-0", |pod| pod.meta.labels = labels);
    rig.sync().expect("nothing is refused");
    assert_eq!(owner(&rig), Some(set), "adopted again");
    assert_eq!(rig.uid(Kind::Pod, "foo-0"), uid, "the same all the time");
}

#[test]
fn e03_a_missing_pod_comes_back_although_one_above_it_is_not_ready() {
    let mut rig = Rig::of("OrderedReady", 2).ready();
    rig.pod_is("foo-1", PodPhase::Running, false);
    rig.delete_pod("foo-0", AT_ONCE);
    assert_eq!(rig.step(), (vec![0], vec![]));
    rig.drive();
    assert_eq!(rig.counts(), (2, 2, 2));
}

/// Order of deletions in a rollout, while one Pod is not Ready for a time.
fn rolls_out_and_back(fields: Value) {
    let mut rig = Rig::new(fields);
    rig.drive();
    let first = rig.status().update_revision.clone();
    rig.pod_is("foo-1", PodPhase::Running, false);
    rig.set_image(NEW);
    assert_eq!(rig.step(), (vec![], vec![]), "it waits for foo-1");
    rig.pod_is("foo-1", PodPhase::Running, true);
    for back in [false, true] {
        if back {
            rig.set_image(OLD);
        }
        let mut deleted = Vec::new();
        for _ in 0..40 {
            let (_, gone) = rig.step();
            deleted.extend(gone);
            if deleted.len() < 3 || rig.ordinals().len() < 3 {
                assert_ne!(rig.status().current_revision, rig.status().update_revision);
            }
            for pod in rig.pods() {
                rig.pod_is(&pod.meta.name, PodPhase::Running, true);
            }
        }
        assert_eq!(deleted, [2, 1, 0]);
        assert_eq!(rig.status().current_revision, rig.status().update_revision);
    }
    assert_eq!(rig.status().update_revision, first, "the same name again");
    assert!(rig.images().iter().all(|image| image == OLD));
}

#[test]
fn e04_a_rollout_with_claims_goes_down_from_the_top_and_back_to_the_same_revision() {
    rolls_out_and_back(json!({"updateStrategy": rolling(0)}));
}

#[test]
fn e05_a_rollout_without_claims_goes_down_from_the_top_and_back_to_the_same_revision() {
    rolls_out_and_back(json!({
        "updateStrategy": rolling(0), "volumeClaimTemplates": [],
        "template": {"metadata": {"labels": {"foo": "bar"}},
            "spec": {"containers": [{"name": "nginx", "image": OLD}]}},
    }));
}

fn set_partition(rig: &mut Rig, partition: u32) {
    rig.patch(json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": partition}}}}))
        .expect("the partition can be changed");
}

#[test]
fn e06_a_partition_that_falls_rolls_a_template_out_in_phases() {
    let mut rig = Rig::new(json!({"updateStrategy": rolling(3)})).ready();
    rig.set_image(NEW);
    rig.drive();
    assert_eq!(rig.images(), [OLD, OLD, OLD]);
    set_partition(&mut rig, 2);
    rig.drive();
    assert_eq!(rig.images(), [OLD, OLD, NEW]);
    for name in ["foo-0", "foo-2"] {
        rig.delete_pod(name, AT_ONCE);
    }
    rig.drive();
    assert_eq!(rig.images(), [OLD, OLD, NEW]);
    for (partition, images) in [(1, [OLD, NEW, NEW]), (0, [NEW, NEW, NEW])] {
        set_partition(&mut rig, partition);
        rig.drive();
        assert_eq!(rig.images(), images);
    }
    assert_eq!(rig.status().current_revision, rig.status().update_revision);
}

/// Below the partition a Pod is deleted in the middle of a rollout; it ends in this phase before it is gone.
fn comes_back_old(ends: Option<PodPhase>) {
    let mut rig = Rig::new(json!({"updateStrategy": rolling(1)})).ready();
    rig.set_image(NEW);
    assert_eq!(rig.step(), (vec![], vec![2]));
    rig.edit(Kind::Pod, "foo-0", |pod| hold(&mut pod.meta));
    rig.delete_pod("foo-0", AT_ONCE);
    if let Some(phase) = ends {
        rig.pod_is("foo-0", phase, false);
    }
    assert_eq!(rig.step(), (vec![], vec![]), "it waits for foo-0");
    rig.edit(Kind::Pod, "foo-0", |pod| pod.meta.finalizers.clear());
    rig.drive();
    assert_eq!(rig.images(), [OLD, NEW, NEW]);
}

#[test]
fn e07_a_pod_below_the_partition_that_is_deleted_in_a_rollout_comes_back_old() {
    comes_back_old(None);
}

#[test]
fn e08_so_does_one_whose_container_fails_when_it_is_stopped() {
    comes_back_old(Some(PodPhase::Failed));
}

#[test]
fn e09_on_delete_pods_come_back_at_the_newest_template_only() {
    let mut rig = Rig::new(json!({"updateStrategy": {"type": "OnDelete"}})).ready();
    let all = |rig: &mut Rig| {
        for name in ["foo-0", "foo-1", "foo-2"] {
            rig.delete_pod(name, AT_ONCE);
        }
        rig.drive();
    };
    all(&mut rig);
    assert_eq!(rig.images(), [OLD, OLD, OLD]);
    rig.set_image(NEW);
    rig.drive();
    assert_eq!(rig.images(), [OLD, OLD, OLD]);
    all(&mut rig);
    assert_eq!(rig.images(), [NEW, NEW, NEW]);
}

fn all_are(rig: &mut Rig, ready: bool) {
    for pod in rig.pods() {
        rig.pod_is(&pod.meta.name, PodPhase::Running, ready);
    }
}

#[test]
fn e10_an_ordered_set_is_scaled_in_order_and_halts_where_a_pod_is_not_ready() {
    let mut rig = Rig::of("OrderedReady", 1).ready();
    all_are(&mut rig, false);
    rig.scale(3);
    assert_eq!(rig.step(), (vec![], vec![]));
    for ordinal in [1, 2] {
        all_are(&mut rig, true);
        assert_eq!(rig.step(), (vec![ordinal], vec![]));
    }
    all_are(&mut rig, false);
    rig.scale(0);
    assert_eq!(rig.step(), (vec![], vec![]));
    all_are(&mut rig, true);
    for ordinal in [2, 1, 0] {
        assert_eq!(rig.step(), (vec![], vec![ordinal]));
    }
    assert!(rig.names().is_empty());
}

#[test]
fn e11_a_parallel_set_never_halts() {
    let mut rig = Rig::of("Parallel", 1).ready();
    all_are(&mut rig, false);
    rig.scale(3);
    assert_eq!(rig.step(), (vec![1, 2], vec![]));
    all_are(&mut rig, false);
    rig.scale(0);
    assert_eq!(rig.step(), (vec![], vec![0, 1, 2]));
}

#[test]
fn e12_a_pod_that_its_node_rejects_is_made_again_until_it_is_let_in() {
    let mut rig = Rig::of("OrderedReady", 1);
    rig.sync().expect("nothing is refused");
    let mut seen: Vec<Uid> = Vec::new();
    for _ in 0..3 {
        let uid = rig.uid(Kind::Pod, "foo-0");
        assert!(!seen.contains(&uid));
        seen.push(uid);
        rig.pod_is("foo-0", PodPhase::Failed, false);
        assert_eq!(rig.step(), (vec![], vec![0]));
        assert_eq!(rig.step(), (vec![0], vec![]));
    }
    rig.drive();
    assert!(!seen.contains(&rig.uid(Kind::Pod, "foo-0")));
    assert_eq!(rig.counts(), (1, 1, 1));
}

fn patch_part(rig: &mut Rig, part: &str, body: Value) -> Arc<Object> {
    rig.request(Request::Patch {
        kind: Kind::StatefulSet,
        namespace: "default".into(),
        name: "foo".into(),
        patch: Patch {
            type_: PatchType::Merge,
            body,
            subresource: Text::from(part),
        },
    })
    .expect("it is taken")
}

#[test]
fn e13_the_scale_alone_can_be_changed() {
    let mut rig = Rig::of("OrderedReady", 1).ready();
    for replicas in [2, 4] {
        patch_part(&mut rig, "scale", json!({"spec": {"replicas": replicas}}));
        assert_eq!(rig.stateful_set().spec.replicas, replicas);
        rig.drive();
        assert_eq!(rig.status().replicas, replicas);
    }
}

#[test]
fn e14_sets_are_listed_by_their_labels_and_replicas_and_image_changed_in_one() {
    let mut rig = Rig::of("OrderedReady", 1).ready();
    let listed = |rig: &mut Rig| {
        let list = Request::List {
            kind: Kind::StatefulSet,
            namespace: None,
            selector: ordinal_api::Selector::of_labels([("tier".into(), "x".into())].into()),
        };
        let input = crate::Input::Request(list);
        match crate::history::apply(&mut rig.world, &input) {
            Ok(crate::apiserver::Response::List(_, sets)) => sets.len(),
            other => panic!("a list: {other:?}"),
        }
    };
    assert_eq!(listed(&mut rig), 0);
    rig.patch(json!({"metadata": {"labels": {"tier": "x"}}}))
        .expect("labels");
    assert_eq!(listed(&mut rig), 1);
    let mut template = rig.stateful_set().raw["template"].clone();
    template["spec"]["containers"][0]["image"] = json!(NEW);
    rig.patch(json!({"spec": {"replicas": 2, "template": template}}))
        .expect("both");
    rig.drive();
    assert_eq!(rig.images(), [NEW, NEW]);
    rig.delete_set(AT_ONCE);
    assert_eq!(listed(&mut rig), 0);
}

#[test]
fn e15_conditions_that_a_client_writes_are_seen_and_the_counts_are_put_right() {
    let mut rig = Rig::of("OrderedReady", 1).ready();
    let condition = json!({"type": "Custom", "status": "True", "reason": "Why", "message": "E2E"});
    let written = patch_part(
        &mut rig,
        "status",
        json!({"status": {"conditions": [condition]}}),
    );
    assert_eq!(
        written.to_value()["status"]["conditions"][0]["type"],
        "Custom"
    );
    assert_eq!(rig.status().conditions.len(), 1);
    rig.sync().expect("nothing is refused");
    assert_eq!(
        rig.status().conditions.len(),
        1,
        "alone they are no reason to write"
    );
    rig.scale(2);
    rig.drive();
    assert_eq!(
        rig.status().conditions.len(),
        0,
        "the next write leaves them out"
    );
}

/// Available Pods of two that are Ready, before and after so many seconds.
fn available(min_ready: u32, after_secs: u64) -> (u32, u32) {
    let mut rig = Rig::new(json!({
        "replicas": 2, "podManagementPolicy": "Parallel", "minReadySeconds": min_ready,
    }));
    rig.drive();
    let before = rig.status().available_replicas;
    rig.world.set_now(SimTime(after_secs * 1_000));
    rig.sync().expect("nothing is refused");
    (before, rig.status().available_replicas)
}

#[test]
fn e20_e21_a_pod_is_available_when_it_has_been_ready_for_as_long_as_asked() {
    assert_eq!(available(30, 29), (0, 0));
    assert_eq!(available(30, 30), (0, 2));
    assert_eq!(available(3600, 600), (0, 0));
    assert_eq!(available(0, 0), (2, 2));
}

fn moved(start: u32, replicas: u32, to: Value) -> Vec<u32> {
    let mut rig = Rig::new(json!({"ordinals": {"start": start}, "replicas": replicas})).ready();
    rig.patch(json!({"spec": to}))
        .expect("ordinals can be changed");
    rig.drive();
    rig.ordinals()
}

#[test]
fn e29_a_first_ordinal_that_is_given_moves_the_set_up() {
    assert_eq!(
        moved(0, 2, json!({"ordinals": {"start": 2}, "replicas": 3})),
        [2, 3, 4]
    );
}

#[test]
fn e30_a_first_ordinal_that_rises_moves_the_set_up() {
    assert_eq!(moved(2, 2, json!({"ordinals": {"start": 4}})), [4, 5]);
}

#[test]
fn e31_a_first_ordinal_that_falls_moves_the_set_down() {
    assert_eq!(moved(3, 2, json!({"ordinals": {"start": 2}})), [2, 3]);
}

#[test]
fn e32_without_a_first_ordinal_the_set_begins_at_nought() {
    assert_eq!(moved(3, 2, json!({"ordinals": null})), [0, 1]);
}
