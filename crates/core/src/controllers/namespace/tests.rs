//! Namespaces that go, made by hand.

use ordinal_api::{Kind, Status};
use serde_json::json;

use crate::Config;
use crate::apiserver::DeleteOptions;
use crate::controllers::by_hand::ByHand;
use crate::release::Release;

fn lab(minor: u8) -> ByHand {
    let config = Config {
        nodes: Vec::new(),
        release: Release::of(minor),
        ..Config::default()
    };
    let mut hand = ByHand::with_config(config, &["a"]);
    hand.create(Kind::Namespace, json!({"metadata": {"name": "lab"}}));
    hand.create(
        Kind::ConfigMap,
        json!({"metadata": {"name": "settings", "namespace": "lab"}}),
    );
    hand.create(
        Kind::Pod,
        json!({"metadata": {"name": "p", "namespace": "lab"}, "spec": {"nodeName": "a", "containers": [{"name": "c", "image": "i"}]}}),
    );
    hand.delete(Kind::Namespace, "lab", DeleteOptions::default());
    hand
}

/// What is left in `lab`, and the namespace itself.
fn left(hand: &ByHand) -> Vec<String> {
    let store = &hand.world.store;
    let all = [Kind::Namespace, Kind::Pod, Kind::ConfigMap]
        .into_iter()
        .flat_map(|kind| store.list(kind));
    let ours = all
        .map(|(_, o)| o)
        .filter(|o| o.meta.namespace == "lab" || o.meta.name == "lab");
    let text = |o: &std::sync::Arc<ordinal_api::Object>| {
        format!(
            "{}{}",
            o.meta.name,
            if o.meta.is_deleting() { "*" } else { "" }
        )
    };
    ours.map(text).collect()
}

fn end_pod(hand: &mut ByHand) {
    let pod = hand.world.intern(Kind::Pod, "lab", "p");
    let options = DeleteOptions {
        grace_secs: Some(0),
        ..DeleteOptions::default()
    };
    hand.cx().delete(pod, options).expect("it is there");
}

#[test]
fn pods_go_first_and_then_the_rest() {
    let mut hand = lab(37);
    hand.run_until(4_900);
    assert_eq!(left(&hand), ["lab*", "p", "settings"]);
    hand.run_until(7_000);
    assert_eq!(left(&hand), ["lab*", "p*", "settings"]);
    let namespace = hand.world.intern(Kind::Namespace, "", "lab");
    assert_eq!(
        hand.world
            .waits_about(namespace)
            .next()
            .map(|w| w.guard.name),
        Some("OrderedNamespaceDeletion")
    );
    end_pod(&mut hand);
    hand.run_until(60_000);
    assert_eq!(left(&hand), Vec::<String>::new());
}

#[test]
fn a_pod_that_nobody_ends_holds_the_namespace() {
    let mut hand = lab(37);
    hand.run_until(600_000);
    assert_eq!(left(&hand), ["lab*", "p*", "settings"]);
}

#[test]
fn before_1_33_everything_goes_at_once() {
    let mut hand = lab(32);
    hand.run_until(7_000);
    assert_eq!(left(&hand), ["lab*", "p*"]);
}

#[test]
fn nothing_new_is_let_in() {
    let mut hand = lab(37);
    let object = ordinal_api::Object::from_value(
        Kind::ConfigMap,
        &json!({"metadata": {"name": "late", "namespace": "lab"}}),
    );
    let refused: Status = hand
        .cx()
        .create(object.expect("valid"))
        .expect_err("it is being deleted");
    assert!(
        refused.message.contains("because it is being terminated"),
        "{}",
        refused.message
    );
}

#[test]
fn nothing_is_told_any_more_about_what_is_in_it() {
    let mut hand = lab(37);
    let pod = hand.world.intern(Kind::Pod, "lab", "p");
    let before = hand.events().len();
    hand.cx().event(pod, true, "Late", "nobody hears this");
    assert_eq!(hand.events().len(), before);
}

#[test]
fn an_empty_namespace_goes_after_five_seconds() {
    let mut hand = ByHand::with_nodes(&[]);
    hand.create(Kind::Namespace, json!({"metadata": {"name": "lab"}}));
    hand.delete(Kind::Namespace, "lab", DeleteOptions::default());
    hand.run_until(4_999);
    assert_eq!(left(&hand), ["lab*"]);
    hand.run_until(5_000);
    assert_eq!(left(&hand), Vec::<String>::new());
}
