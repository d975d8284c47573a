//! U01 to U08 and U18 to U25: names, identities, storage and numbers.

use ordinal_api::pod::PodPhase;
use ordinal_api::statefulset::{IntOrPercent, RetentionPolicy, StatefulSet};
use ordinal_api::{Body, Kind, Object, Value};
use serde_json::json;

use super::super::members::{self, Seen};
use super::super::rollout::max_unavailable;
use super::super::{claims, ordinal_of, parent_of};
use super::{Rig, claim, foo, rolling};
use crate::{Component, Cx};

#[test]
fn u01_a_name_has_a_parent_and_an_ordinal_only_at_its_end() {
    let split = |name| (parent_of(name), ordinal_of(name));
    assert_eq!(split("foo-1"), (Some("foo"), Some(1)));
    assert_eq!(split("1-bar"), (None, None));
    assert_eq!(split("a-b-12"), (Some("a-b"), Some(12)));
}

/// A Pod as the controller sees it.
fn seen(rig: &mut Rig, name: &str) -> Seen {
    let id = rig.world.intern(Kind::Pod, "default", name);
    let mut cx = Cx::new(&mut rig.world, Component::StatefulSet, None);
    let object = cx.get(rig.set).expect("the set is there");
    let pods = members::of(&mut cx, rig.set, &object);
    let seen = pods.get(&id).expect("the Pod is owned");
    (**seen).clone()
}

/// A Pod of the set `foo` under this name.
fn own(rig: &mut Rig, name: &str) {
    let uid = rig.uid(Kind::StatefulSet, "foo");
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default",
            "labels": {"foo": "bar", "statefulset.kubernetes.io/pod-name": name},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "foo", "uid": uid.to_string(), "controller": true}]},
        "spec": {"containers": [{"name": "c", "image": "nginx"}],
            "volumes": [{"name": "datadir", "persistentVolumeClaim": {"claimName": claim(1)}}]},
    });
    rig.create(pod).expect("a valid Pod");
}

#[test]
fn u03_a_pod_belongs_to_the_set_that_its_name_begins_with() {
    let mut rig = Rig::of("OrderedReady", 3);
    for name in ["foo-1", "foo2-1", "foo-x-1"] {
        own(&mut rig, name);
    }
    assert!(seen(&mut rig, "foo-1").fits);
    assert!(!seen(&mut rig, "foo2-1").fits);
    assert!(!seen(&mut rig, "foo-x-1").fits);
}

/// The namespace cannot differ: a Pod is found through its set's.
#[test]
fn u04_a_pod_with_another_name_or_without_its_label_has_not_its_identity() {
    let mut rig = Rig::of("OrderedReady", 3);
    own(&mut rig, "foo-1");
    assert!(seen(&mut rig, "foo-1").consistent);
    own(&mut rig, "foo-01");
    assert!(!seen(&mut rig, "foo-01").consistent);
    rig.edit(Kind::Pod, "foo-1", |pod| {
        let mut labels = (*pod.meta.labels).clone();
        labels.remove("statefulset.kubernetes.io/pod-name");
        pod.meta.labels = labels.into();
    });
    assert!(!seen(&mut rig, "foo-1").consistent);
}

#[test]
fn u05_storage_matches_when_every_template_is_mounted_under_its_name_from_the_claim_of_the_ordinal()
{
    let set = StatefulSet::from_value(&foo(&json!({}))).expect("a valid set");
    let matches = |volumes: Value| {
        let pod =
            json!({"metadata": {"name": "foo-1"}, "spec": {"containers": [], "volumes": volumes}});
        let object = Object::from_value(Kind::Pod, &pod).expect("a Pod");
        let Body::Pod(pod) = &object.body else {
            panic!("a Pod");
        };
        claims::mounted(&set, "foo", 1, pod)
    };
    let from = |volume: &str, claim: &str| json!([{"name": volume, "persistentVolumeClaim": {"claimName": claim}}]);
    assert!(matches(from("datadir", "datadir-foo-1")));
    assert!(!matches(json!([])), "no volumes");
    assert!(
        !matches(json!([{"name": "datadir", "emptyDir": {}}])),
        "no claim"
    );
    for claim in [
        "datadir-foo-2",
        "datadir-foo-01",
        "datadir-foo",
        "datadir-fooo-1",
        "data-foo-1",
    ] {
        assert!(!matches(from("datadir", claim)), "{claim}");
    }
    assert!(
        !matches(from("data", "datadir-foo-1")),
        "under another name"
    );
}

#[test]
fn u06_u07_a_pod_gets_namespace_labels_and_its_claims_before_the_volumes_of_the_template() {
    let claims = json!([
        {"metadata": {"name": "datadir"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
        {"metadata": {"name": "home"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
    ]);
    let mut rig = Rig::new(json!({"volumeClaimTemplates": claims}));
    rig.set_image("nginx:2");
    rig.sync().expect("nothing is refused");
    let pod = rig.pods()[0].clone();
    assert_eq!(pod.meta.namespace, "default");
    assert_eq!(
        pod.meta.label("statefulset.kubernetes.io/pod-name"),
        Some("foo-0")
    );
    assert_eq!(pod.meta.label("apps.kubernetes.io/pod-index"), Some("0"));
    let value = pod.to_value();
    assert_eq!(value["spec"]["hostname"], "foo-0");
    assert_eq!(value["spec"]["subdomain"], "governingsvc");
    let volumes = value["spec"]["volumes"].as_array().expect("volumes");
    let names: Vec<&str> = volumes.iter().filter_map(|v| v["name"].as_str()).collect();
    let names: Vec<&&str> = names
        .iter()
        .filter(|n| !n.starts_with("kube-api"))
        .collect();
    assert_eq!(
        names,
        [&"datadir", &"home"],
        "the template's own home is replaced"
    );
    let claim = |n: usize| &volumes[n]["persistentVolumeClaim"]["claimName"];
    assert_eq!(
        (claim(0), claim(1)),
        (&json!("datadir-foo-0"), &json!("home-foo-0"))
    );
}

#[test]
fn u08_a_set_without_a_policy_keeps_its_claims() {
    use RetentionPolicy::{Delete, Retain};
    let policy = |fields: Value| {
        let set = StatefulSet::from_value(&foo(&fields)).expect("a valid set");
        (set.spec.when_deleted, set.spec.when_scaled)
    };
    assert_eq!(policy(json!({})), (Retain, Retain));
    let of = |deleted: &str, scaled: &str| json!({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": deleted, "whenScaled": scaled}});
    assert_eq!(policy(of("Retain", "Retain")), (Retain, Retain));
    assert_eq!(policy(of("Delete", "Retain")), (Delete, Retain));
    assert_eq!(policy(of("Retain", "Delete")), (Retain, Delete));
    assert_eq!(policy(of("Delete", "Delete")), (Delete, Delete));
}

#[test]
fn u18_running_and_ready_needs_both_the_phase_and_the_condition() {
    let mut rig = Rig::of("OrderedReady", 1);
    rig.sync().expect("nothing is refused");
    for (phase, condition, ready) in [
        (PodPhase::Pending, false, false),
        (PodPhase::Pending, true, false),
        (PodPhase::Running, false, false),
        (PodPhase::Running, true, true),
    ] {
        rig.pod_is("foo-0", phase, condition);
        assert_eq!(
            seen(&mut rig, "foo-0").ready,
            ready,
            "{phase:?} {condition}"
        );
    }
}

#[test]
fn u19_ordinals_are_in_the_order_of_numbers_not_of_words() {
    let mut rig = Rig::of("Parallel", 12).ready();
    rig.patch(json!({"spec": {"replicas": 0}}))
        .expect("a number");
    rig.writes();
    rig.sync().expect("nothing is refused");
    let asked = rig.writes();
    let deleted = asked.iter().filter(|(_, kind, _)| *kind == Kind::Pod);
    let ordinals: Vec<u32> = deleted
        .filter_map(|(_, _, name)| ordinal_of(name))
        .collect();
    assert_eq!(ordinals, (0..12).rev().collect::<Vec<u32>>());
}

#[test]
fn u21_a_new_pod_is_controlled_by_its_set() {
    let mut rig = Rig::of("OrderedReady", 1);
    rig.sync().expect("nothing is refused");
    let uid = rig.uid(Kind::StatefulSet, "foo");
    let owners = &rig.pods()[0].meta.owner_references;
    assert_eq!(owners.len(), 1);
    let owner = &owners[0];
    assert_eq!(
        (&*owner.api_version, &*owner.kind_text, &*owner.name),
        ("apps/v1", "StatefulSet", "foo")
    );
    assert_eq!(
        (owner.uid, owner.controller, owner.block_owner_deletion),
        (uid, true, true)
    );
}

/// What the newest revision stores.
fn newest(rig: &Rig) -> (Value, std::sync::Arc<ordinal_api::Labels>) {
    let name = rig.revisions().last().expect("a revision").0.clone();
    let revision = rig
        .get(Kind::ControllerRevision, &name)
        .expect("it is there");
    let data = &revision.as_controller_revision().expect("a revision").data;
    ((**data).clone(), revision.meta.annotations.clone())
}

#[test]
fn u22_a_revision_holds_the_template_alone_and_the_annotations_of_its_set() {
    let mut rig = Rig::empty(crate::release::Release::default());
    let mut set = foo(&json!({}));
    set["metadata"]["annotations"] = json!({"note": "first"});
    rig.create(set).expect("a valid set");
    rig.sync().expect("nothing is refused");
    let (data, annotations) = newest(&rig);
    assert_eq!(annotations.get("note").map(|n| &**n), Some("first"));
    let mut template = rig.stateful_set().raw["template"].clone();
    template["$patch"] = json!("replace");
    assert_eq!(data, json!({"spec": {"template": template}}));
    // Other fields of the set give the same data.
    rig.patch(json!({"spec": {"replicas": 7, "updateStrategy": rolling(2), "minReadySeconds": 9}}))
        .expect("these can be changed");
    rig.sync().expect("nothing is refused");
    assert_eq!((rig.revisions().len(), newest(&rig).0), (1, data));
}

#[test]
fn u23_each_revision_brings_its_own_template_back_lists_and_all() {
    let mut rig =
        Rig::new(json!({"updateStrategy": rolling(1), "podManagementPolicy": "Parallel"})).ready();
    let with_env = |env: Value| {
        let mut template = foo(&json!({}))["spec"]["template"].clone();
        template["spec"]["containers"][0]["env"] = env;
        json!({"spec": {"template": template}})
    };
    let first = json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]);
    rig.patch(with_env(first.clone()))
        .expect("the template can be changed");
    rig.patch(json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}))
        .expect("the partition can be changed");
    rig.drive();
    rig.patch(json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 1}}}}))
        .expect("the partition can be changed");
    let second = json!([{"name": "C", "value": "3"}]);
    rig.patch(with_env(second.clone()))
        .expect("the template can be changed");
    for name in ["foo-0", "foo-1", "foo-2"] {
        rig.vanish(Kind::Pod, name);
    }
    rig.drive();
    let env = |pod: &Object| pod.to_value()["spec"]["containers"][0]["env"].clone();
    let found: Vec<Value> = rig.pods().iter().map(|pod| env(pod)).collect();
    assert_eq!(found, [first, second.clone(), second]);
}

#[test]
fn u24_claims_have_the_labels_of_their_template_and_those_that_the_set_selects_by() {
    let labels = |template: Option<Value>, selector: Value, pods: Value| {
        let mut metadata = json!({"name": "datadir"});
        if let Some(labels) = template {
            metadata["labels"] = labels;
        }
        let spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
        let mut fields = json!({"selector": selector, "volumeClaimTemplates": [{"metadata": metadata, "spec": spec}]});
        fields["template"] = foo(&json!({}))["spec"]["template"].clone();
        fields["template"]["metadata"]["labels"] = pods;
        let mut rig = Rig::new(fields);
        rig.sync().expect("nothing is refused");
        let claim = rig.get(Kind::PersistentVolumeClaim, &claim(0));
        let labels = &claim.expect("it is made").meta.labels;
        let labels = labels.iter().map(|(k, v)| format!("{k}={v}"));
        labels.collect::<Vec<String>>().join(",")
    };
    let expression = json!({"matchExpressions": [{"key": "a", "operator": "Exists"}]});
    let by_label = json!({"matchLabels": {"a": "1"}});
    let pods = json!({"a": "1", "more": "yes"});
    assert_eq!(labels(None, expression, pods.clone()), "");
    assert_eq!(labels(None, by_label.clone(), pods.clone()), "a=1");
    let other = Some(json!({"b": "2"}));
    assert_eq!(labels(other, by_label.clone(), pods.clone()), "a=1,b=2");
    let same = Some(json!({"a": "9", "b": "2"}));
    assert_eq!(labels(same, by_label, pods), "a=1,b=2");
}

#[test]
fn u25_a_share_of_max_unavailable_is_rounded_down_and_at_least_one() {
    use IntOrPercent::{Int, Percent};
    for (wanted, replicas, allowed) in [
        (None, 10, 1),
        (Some(Int(3)), 10, 3),
        (Some(Int(3)), 0, 3),
        (Some(Int(0)), 0, 1),
        (Some(Percent(10)), 25, 2),
        (Some(Percent(100)), 5, 5),
        (Some(Percent(50)), 5, 2),
        (Some(Percent(10)), 5, 1),
        (Some(Percent(1)), 0, 1),
        (Some(Percent(0)), 0, 1),
    ] {
        assert_eq!(
            max_unavailable(wanted, replicas),
            allowed,
            "{wanted:?} of {replicas}"
        );
    }
}
