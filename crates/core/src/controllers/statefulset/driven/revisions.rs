//! C16 to C19, C40 to C48 and C59: revisions are made, found again and forgotten.

use ordinal_api::{Kind, Text};
use serde_json::json;

use super::{POLICIES, RETENTIONS, Rig, refusal};
use crate::journal::Verb;

#[test]
fn c16_the_first_revision_is_current_and_update() {
    for retention in RETENTIONS {
        let mut rig = Rig::keeping("OrderedReady", 3, retention);
        rig.sync().expect("nothing is refused");
        let revisions = rig.revisions();
        assert_eq!(revisions.len(), 1);
        let (first, number) = &revisions[0];
        assert_eq!(*number, 1);
        assert_eq!(rig.status().current_revision, *first);
        assert_eq!(rig.status().update_revision, *first);
    }
}

#[test]
fn c17_another_template_makes_a_second_revision() {
    for retention in RETENTIONS {
        let mut rig = Rig::keeping("OrderedReady", 3, retention).ready();
        rig.set_image("nginx:2");
        rig.sync().expect("nothing is refused");
        let names: Vec<Text> = rig.revisions().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 2);
        assert_eq!(rig.status().current_revision, names[0]);
        assert_eq!(rig.status().update_revision, names[1]);
    }
}

#[test]
fn c18_the_same_template_makes_no_revision_and_nothing_else_but_the_template_does() {
    for retention in RETENTIONS {
        let mut rig = Rig::keeping("OrderedReady", 3, retention).ready();
        rig.set_image("nginx:2");
        rig.sync().expect("nothing is refused");
        let before = rig.revisions();
        rig.patch(json!({"spec": {"minReadySeconds": 1, "revisionHistoryLimit": 5, "ordinals": {"start": 1}}}))
            .expect("these can be changed");
        rig.patch(json!({"metadata": {"labels": {"team": "blue"}, "annotations": {"note": "1"}}}))
            .expect("metadata can be changed");
        rig.sync().expect("nothing is refused");
        assert_eq!(rig.revisions(), before);
        assert_eq!(rig.status().current_revision, before[0].0);
        assert_eq!(rig.status().update_revision, before[1].0);
    }
}

#[test]
fn c19_a_template_of_before_takes_its_revision_up_again_with_the_next_number() {
    for retention in RETENTIONS {
        let mut rig = Rig::keeping("OrderedReady", 3, retention).ready();
        for image in ["nginx:2", "nginx:3"] {
            rig.set_image(image);
            rig.sync().expect("nothing is refused");
        }
        let before = rig.revisions();
        let second = before[1].0.clone();
        assert_eq!(before.len(), 3);
        rig.set_image("nginx:2");
        rig.sync().expect("nothing is refused");
        assert_eq!(rig.revisions().len(), 3);
        assert_eq!(rig.revisions().last(), Some(&(second.clone(), 4)));
        assert_eq!(rig.status().update_revision, second);
    }
}

#[test]
fn c40_history_is_limited_also_after_syncs_that_fail() {
    for retention in RETENTIONS {
        let mut rig = Rig::keeping("OrderedReady", 3, retention).ready();
        for change in 0..7 {
            rig.set_image(&format!("nginx:{change}"));
            rig.refuse(Verb::Update, Kind::StatefulSet, 0, refusal());
            assert_eq!(rig.sync(), Err(refusal()));
            let most = 2 + 2;
            assert!(rig.revisions().len() <= most, "{:?}", rig.revisions());
        }
    }
}

fn history_is_limited(policy: &str) {
    let mut rig = Rig::of(policy, 3).ready();
    for change in 0..10 {
        rig.set_image(&format!("nginx:{change}"));
        rig.try_drive(&mut |rig| {
            let pods = rig.pods();
            let label = |pod: &std::sync::Arc<ordinal_api::Object>| {
                let label = pod.meta.label("controller-revision-hash");
                Text::from(label.unwrap_or_default())
            };
            let live: std::collections::BTreeSet<Text> = pods.iter().map(label).collect();
            let names: Vec<Text> = rig.revisions().into_iter().map(|(name, _)| name).collect();
            assert!(names.len() <= 2 + 2, "{names:?}");
            for revision in live {
                assert!(names.contains(&revision), "{revision} is in use");
            }
        })
        .expect("nothing is refused");
    }
    assert_eq!(rig.revisions().len(), 2 + 1, "{policy}");
    assert!(rig.images().iter().all(|image| image == "nginx:9"));
}

#[test]
fn c41_an_ordered_set_keeps_no_more_history_than_it_may() {
    history_is_limited("OrderedReady");
}

#[test]
fn c42_a_parallel_set_keeps_no_more_history_than_it_may() {
    history_is_limited("Parallel");
}

#[test]
fn c43_to_c48_the_template_of_the_oldest_revision_brings_the_first_image_back() {
    for policy in POLICIES {
        for (from, to) in [(3, 3), (3, 5), (5, 3)] {
            let mut rig = Rig::of(policy, from).ready();
            rig.set_image("nginx:2");
            rig.scale(to);
            rig.drive();
            assert!(rig.images().iter().all(|image| image == "nginx:2"));
            let oldest = rig.revisions()[0].0.clone();
            rig.set_image("nginx");
            rig.drive();
            assert!(rig.images().iter().all(|image| image == "nginx"));
            assert_eq!(
                rig.status().current_revision,
                oldest,
                "{policy} {from} {to}"
            );
            assert_eq!(rig.counts(), (to, to, to), "{policy} {from} {to}");
        }
    }
}

#[test]
fn a_revision_that_a_pod_still_has_is_kept_however_old() {
    let update = json!({"type": "OnDelete"});
    let fields = json!({"replicas": 2, "updateStrategy": update, "revisionHistoryLimit": 0});
    let mut rig = Rig::new(fields).ready();
    rig.set_image("nginx:2");
    rig.drive();
    let second = rig.status().update_revision.clone();
    rig.delete_pod("foo-1", super::AT_ONCE);
    rig.drive();
    for image in ["nginx:3", "nginx:4"] {
        rig.set_image(image);
        rig.drive();
    }
    // The current one, that of foo-1 and the newest; the third went.
    assert_eq!(rig.revisions().len(), 3);
    assert!(rig.revisions().iter().any(|(name, _)| *name == second));
}

#[test]
fn a_revision_of_that_name_and_other_content_is_a_collision() {
    let mut rig = Rig::of("OrderedReady", 1);
    let mut twin = rig.clone();
    twin.sync().expect("nothing is refused");
    let (name, _) = twin.revisions()[0].clone();
    let stranger = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": 1, "data": {"spec": {}},
        "metadata": {"name": name, "namespace": "default"},
    });
    rig.create(stranger).expect("a valid revision");
    rig.sync().expect("nothing is refused");
    assert_eq!(rig.status().collision_count, Some(1));
    assert_ne!(rig.status().update_revision, name);
    assert!(rig.revisions().iter().any(|(other, _)| *other == name));
}
