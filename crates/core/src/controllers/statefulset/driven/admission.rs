//! A01 to A11: what the API server makes of a set before the controller sees it.

use std::sync::Arc;

use ordinal_api::{Kind, Object, Status, Text};
use serde_json::{Value as Json, json};

use super::{Rig, foo};
use crate::apiserver::{Patch, PatchType, Request};
use crate::release::Release;

fn subresource(rig: &mut Rig, subresource: &str, body: Json) -> Result<Arc<Object>, Status> {
    rig.request(Request::Patch {
        kind: Kind::StatefulSet,
        namespace: "default".into(),
        name: "foo".into(),
        patch: Patch {
            type_: PatchType::Merge,
            body,
            subresource: Text::from(subresource),
        },
    })
}

fn generation(rig: &Rig) -> u64 {
    rig.world
        .get(rig.set)
        .expect("the set is there")
        .meta
        .generation
}

/// What is said about a set with such fields.
fn refusal(fields: &Json) -> String {
    let mut rig = Rig::empty(Release::default());
    let refused = rig.create(foo(fields));
    refused.map_or_else(|status| status.message, |_| "taken".into())
}

#[test]
fn a01_a_status_that_comes_with_a_new_set_is_left_out() {
    let mut set = foo(&json!({}));
    set["status"] = json!({"replicas": 5, "observedGeneration": 9});
    let mut rig = Rig::empty(Release::default());
    rig.create(set).expect("a valid set");
    assert_eq!(rig.status().replicas, 0);
    assert_eq!(rig.status().observed_generation, 0);
    assert_eq!(generation(&rig), 1);
}

#[test]
fn a02_replicas_and_min_ready_seconds_can_be_changed() {
    let mut rig = Rig::of("OrderedReady", 3);
    rig.patch(json!({"spec": {"replicas": 5}}))
        .expect("replicas");
    rig.patch(json!({"spec": {"minReadySeconds": 10}}))
        .expect("minReadySeconds");
    assert_eq!(rig.stateful_set().spec.replicas, 5);
    assert_eq!(rig.stateful_set().spec.min_ready_seconds, 10);
    assert_eq!(generation(&rig), 3);
}

#[test]
fn a03_min_ready_seconds_below_zero_is_refused() {
    let why = "StatefulSet.apps \"foo\" is invalid: spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0";
    assert_eq!(refusal(&json!({"minReadySeconds": -1})), why);
    let mut rig = Rig::of("OrderedReady", 3);
    let refused = rig.patch(json!({"spec": {"minReadySeconds": -1}}));
    assert_eq!(refused.expect_err("it is refused").message, why);
}

#[test]
fn a04_a_negative_history_limit_is_taken_with_a_warning_and_keeps_everything() {
    let warning = "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";
    let mut rig = Rig::new(json!({"revisionHistoryLimit": -1}));
    assert_eq!(*rig.world.warnings, [warning]);
    rig.patch(json!({"spec": {"revisionHistoryLimit": 2}}))
        .expect("a limit");
    assert_eq!(*rig.world.warnings, [] as [&str; 0]);
    rig.patch(json!({"spec": {"revisionHistoryLimit": -3}}))
        .expect("no limit");
    assert_eq!(*rig.world.warnings, [warning]);
    for image in 0..6 {
        rig.set_image(&format!("nginx:{image}"));
        rig.drive();
    }
    assert_eq!(rig.revisions().len(), 6);
}

#[test]
fn a05_another_word_than_retain_and_delete_is_refused() {
    for half in ["whenDeleted", "whenScaled"] {
        let why = format!(
            "StatefulSet.apps \"foo\" is invalid: spec.persistentVolumeClaimRetentionPolicy.{half}: Unsupported value: \"invalid policy\": supported values: \"Retain\", \"Delete\""
        );
        let fields = json!({"persistentVolumeClaimRetentionPolicy": {half: "invalid policy"}});
        assert_eq!(refusal(&fields), why);
    }
}

#[test]
fn a06_the_retention_policy_can_be_changed() {
    let mut rig = Rig::of("OrderedReady", 3);
    let policy = json!({"whenDeleted": "Delete", "whenScaled": "Delete"});
    rig.patch(json!({"spec": {"persistentVolumeClaimRetentionPolicy": policy}}))
        .expect("the policy");
    assert_eq!(
        rig.stateful_set().raw["persistentVolumeClaimRetentionPolicy"],
        policy
    );
}

#[test]
fn a07_the_selector_cannot_be_changed() {
    let mut rig = Rig::of("OrderedReady", 3);
    let refused = rig.patch(json!({"spec": {"selector": {"matchLabels": {"foo": "baz"}}}}));
    let refused = refused.expect_err("it is refused");
    assert_eq!(refused.code, 422, "{refused}");
    assert!(refused.message.contains("spec.selector"), "{refused}");
    assert_eq!(generation(&rig), 1);
}

#[test]
fn a08_a_change_of_the_status_changes_nothing_of_the_specification() {
    let mut rig = Rig::of("OrderedReady", 3);
    let body = json!({"spec": {"replicas": 9}, "status": {"replicas": 2}});
    subresource(&mut rig, "status", body).expect("a status");
    assert_eq!(rig.stateful_set().spec.replicas, 3);
    assert_eq!(rig.status().replicas, 2);
    assert_eq!(generation(&rig), 1);
}

#[test]
fn a09_max_unavailable_is_kept_where_the_release_honours_it_and_dropped_where_it_does_not() {
    for (release, kept) in [
        ("1.34", false),
        ("1.35.0", true),
        ("1.35.4", false),
        ("1.36", false),
        ("1.37", true),
    ] {
        let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 1, "maxUnavailable": 2}});
        let release_of = Release::parse(release).expect("modelled");
        let mut rig = Rig::at(release_of, json!({"updateStrategy": strategy}));
        let stored = |rig: &Rig| {
            rig.stateful_set().raw["updateStrategy"]["rollingUpdate"]
                .get("maxUnavailable")
                .is_some()
        };
        assert_eq!(stored(&rig), kept, "{release}, created");
        rig.patch(json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 3}}}}))
            .expect("the strategy");
        assert_eq!(stored(&rig), kept, "{release}, changed");
    }
}

const STRATEGY: &str = "spec.updateStrategy: Invalid value: ";

#[test]
fn a10_without_its_gate_recreate_is_no_strategy() {
    let refused = refusal(&json!({"updateStrategy": {"type": "Recreate"}}));
    assert!(refused.contains(STRATEGY), "{refused}");
    assert!(
        refused.contains("must be 'RollingUpdate' or 'OnDelete'"),
        "{refused}"
    );
}

#[test]
fn a11_strategies_can_be_changed_but_not_to_recreate() {
    let to =
        |type_: &str| json!({"spec": {"updateStrategy": {"type": type_, "rollingUpdate": null}}});
    for from in ["RollingUpdate", "OnDelete"] {
        for other in ["RollingUpdate", "OnDelete"] {
            let mut rig = Rig::new(json!({"updateStrategy": {"type": from}}));
            rig.patch(to(other)).expect("a strategy");
            assert_eq!(rig.stateful_set().raw["updateStrategy"]["type"], other);
        }
        let mut rig = Rig::new(json!({"updateStrategy": {"type": from}}));
        let refused = rig.patch(to("Recreate")).expect_err("it is refused");
        assert!(refused.message.contains(STRATEGY), "{refused}");
        assert_eq!(rig.stateful_set().raw["updateStrategy"]["type"], from);
    }
    let mut rig = Rig::new(json!({"updateStrategy": {"type": "OnDelete"}}));
    let with_block = json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}}});
    let refused = rig.patch(with_block).expect_err("it is refused");
    assert!(
        refused
            .message
            .contains("only allowed for updateStrategy 'RollingUpdate'"),
        "{refused}"
    );
}
