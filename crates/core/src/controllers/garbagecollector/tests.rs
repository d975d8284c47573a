//! Owners and dependants made by hand: ConfigMaps, which nobody else acts on.

use ordinal_api::{Kind, OwnerReference};
use serde_json::json;

use crate::apiserver::{DeleteOptions, Propagation};
use crate::controllers::by_hand::ByHand;

fn map(hand: &mut ByHand, name: &str, owners: &[&str]) {
    let references = owners.iter().map(|owner| {
        let uid = hand.get(Kind::ConfigMap, owner).map(|o| o.meta.uid).unwrap_or_default();
        json!({"apiVersion": "v1", "kind": "ConfigMap", "name": owner, "uid": uid.to_string(), "blockOwnerDeletion": true})
    });
    let references: Vec<_> = references.collect();
    let meta = json!({"name": name, "namespace": "default", "ownerReferences": references});
    hand.create(Kind::ConfigMap, json!({"metadata": meta}));
}

fn delete(hand: &mut ByHand, name: &str, propagation: Propagation) {
    let options = DeleteOptions {
        propagation: Some(propagation),
        ..DeleteOptions::default()
    };
    hand.delete(Kind::ConfigMap, name, options);
}

/// Names of those that are left; a star marks one that is being deleted.
fn left(hand: &ByHand) -> Vec<String> {
    let all = hand.world.store.list(Kind::ConfigMap).map(|(_, o)| o);
    all.map(|o| {
        format!(
            "{}{}",
            o.meta.name,
            if o.meta.is_deleting() { "*" } else { "" }
        )
    })
    .collect()
}

#[test]
fn dependants_go_after_their_owner_in_the_background() {
    let mut hand = ByHand::with_nodes(&[]);
    map(&mut hand, "owner", &[]);
    map(&mut hand, "middle", &["owner"]);
    map(&mut hand, "leaf", &["middle"]);
    delete(&mut hand, "owner", Propagation::Background);
    assert_eq!(left(&hand), ["middle", "leaf"]);
    hand.run_until(1000);
    assert_eq!(left(&hand), Vec::<String>::new());
}

#[test]
fn an_owner_goes_last_in_the_foreground() {
    let mut hand = ByHand::with_nodes(&[]);
    map(&mut hand, "owner", &[]);
    map(&mut hand, "held", &["owner"]);
    let held = hand.id(Kind::ConfigMap, "held");
    let finalizer = |object: &mut ordinal_api::Object, on: bool| {
        object.meta.finalizers = if on {
            vec!["example.com/hold".into()]
        } else {
            Vec::new()
        };
        true
    };
    hand.cx()
        .update(held, |o| finalizer(o, true))
        .expect("it is there");
    delete(&mut hand, "owner", Propagation::Foreground);
    hand.run_until(1000);
    assert_eq!(left(&hand), ["owner*", "held*"]);
    let owner = hand.id(Kind::ConfigMap, "owner");
    assert_eq!(
        hand.world.waits_about(owner).next().map(|w| w.guard.name),
        Some("foregroundDeletion")
    );
    hand.cx()
        .update(held, |o| finalizer(o, false))
        .expect("it is there");
    hand.run_until(2000);
    assert_eq!(left(&hand), Vec::<String>::new());
}

#[test]
fn orphans_stay_and_have_no_owner() {
    let mut hand = ByHand::with_nodes(&[]);
    map(&mut hand, "owner", &[]);
    map(&mut hand, "child", &["owner"]);
    delete(&mut hand, "owner", Propagation::Orphan);
    hand.run_until(1000);
    assert_eq!(left(&hand), ["child"]);
    let child = hand.get(Kind::ConfigMap, "child").expect("it stays");
    assert_eq!(child.meta.owner_references, []);
}

#[test]
fn the_last_word_about_dependants_holds_and_without_one_the_word_before() {
    let mut hand = ByHand::with_nodes(&[]);
    let metadata =
        json!({"name": "held", "namespace": "default", "finalizers": ["example.com/hold"]});
    hand.create(Kind::ConfigMap, json!({ "metadata": metadata }));
    let mut said = |propagation| {
        let options = DeleteOptions {
            propagation,
            ..DeleteOptions::default()
        };
        hand.delete(Kind::ConfigMap, "held", options);
        let held = hand.get(Kind::ConfigMap, "held").expect("it is held");
        held.meta
            .finalizers
            .get(1)
            .map(|finalizer| finalizer.to_string())
    };
    assert_eq!(said(Some(Propagation::Orphan)).as_deref(), Some("orphan"));
    assert_eq!(said(None).as_deref(), Some("orphan"));
    let foreground = said(Some(Propagation::Foreground));
    assert_eq!(foreground.as_deref(), Some("foregroundDeletion"));
    assert_eq!(said(Some(Propagation::Background)), None);
}

#[test]
fn an_object_stays_while_one_of_its_owners_lives() {
    let mut hand = ByHand::with_nodes(&[]);
    map(&mut hand, "a", &[]);
    map(&mut hand, "b", &[]);
    map(&mut hand, "child", &["a", "b"]);
    delete(&mut hand, "a", Propagation::Background);
    hand.run_until(1000);
    assert_eq!(left(&hand), ["b", "child"]);
    let child = hand.get(Kind::ConfigMap, "child").expect("it stays");
    assert_eq!(
        child
            .meta
            .owner_references
            .iter()
            .map(|r| r.name.as_str())
            .collect::<Vec<_>>(),
        ["b"]
    );
    delete(&mut hand, "b", Propagation::Background);
    hand.run_until(2000);
    assert_eq!(left(&hand), Vec::<String>::new());
}

#[test]
fn a_successor_of_the_owners_name_is_another_owner() {
    let mut hand = ByHand::with_nodes(&[]);
    map(&mut hand, "owner", &[]);
    map(&mut hand, "child", &["owner"]);
    delete(&mut hand, "owner", Propagation::Background);
    map(&mut hand, "owner", &[]);
    hand.run_until(1000);
    assert_eq!(left(&hand), ["owner"]);
}

#[test]
fn an_object_that_is_born_with_an_owner_that_does_not_exist_is_collected() {
    let mut hand = ByHand::with_nodes(&[]);
    map(&mut hand, "child", &["nobody"]);
    hand.run_until(1000);
    assert_eq!(left(&hand), Vec::<String>::new());
}

#[test]
fn owners_of_each_other_end_in_the_foreground_too() {
    for propagation in [Propagation::Foreground, Propagation::Background] {
        let mut hand = ByHand::with_nodes(&[]);
        map(&mut hand, "a", &[]);
        map(&mut hand, "b", &["a"]);
        let (a, uid) = (
            hand.id(Kind::ConfigMap, "a"),
            hand.get(Kind::ConfigMap, "b").expect("just made").meta.uid,
        );
        let reference = OwnerReference::controller(Kind::ConfigMap, "b".into(), uid);
        hand.cx()
            .update(a, |object| {
                object.meta.owner_references.push(reference);
                true
            })
            .expect("it is there");
        delete(&mut hand, "a", propagation);
        hand.run_until(5000);
        assert_eq!(left(&hand), Vec::<String>::new(), "{propagation:?}");
    }
}

#[test]
fn a_dependant_that_is_born_while_its_owner_waits_goes_with_the_others() {
    let mut hand = ByHand::with_nodes(&[]);
    map(&mut hand, "owner", &[]);
    map(&mut hand, "held", &["owner"]);
    let held = hand.id(Kind::ConfigMap, "held");
    let hold = |object: &mut ordinal_api::Object, on: bool| {
        object.meta.finalizers = if on {
            vec!["example.com/hold".into()]
        } else {
            Vec::new()
        };
        true
    };
    hand.cx()
        .update(held, |o| hold(o, true))
        .expect("it is there");
    delete(&mut hand, "owner", Propagation::Foreground);
    hand.run_until(1000);
    map(&mut hand, "late", &["owner"]);
    hand.run_until(2000);
    assert_eq!(left(&hand), ["owner*", "held*", "late"]);
    hand.cx()
        .update(held, |o| hold(o, false))
        .expect("it is there");
    hand.run_until(3000);
    assert_eq!(left(&hand), Vec::<String>::new());
}
