//! The vocabulary, line by line.

use std::sync::Arc;

use expect_test::expect;
use ordinal_api::Uid;
use ordinal_api::condition::ConditionStatus;
use ordinal_api::event::{EventType, Told};

use super::*;
use crate::{Component, Config};

struct Journal {
    world: World,
    begin: usize,
}

impl Journal {
    fn new() -> Self {
        let world = World::new(Config::with_nodes(0));
        let begin = world.journal.len();
        Self { world, begin }
    }

    fn entry(
        &mut self,
        at: u64,
        kind: Kind,
        name: &str,
        verb: Verb,
        facts: Vec<Fact>,
    ) -> &mut Self {
        self.world.set_now(SimTime(at));
        let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
        let subject = self.world.intern(kind, namespace, name);
        let uid = Uid(self.world.journal.len() as u128 + 1);
        self.world
            .record(Component::User, subject, uid, verb, facts.into(), None);
        self
    }

    fn lines(&self) -> String {
        let begin = milestones(&World::new(Config::with_nodes(0))).len();
        assert!(self.begin > 0, "a world begins with something");
        lines(&self.world)
            .lines()
            .skip(begin)
            .map(|line| format!("{line}\n"))
            .collect()
    }
}

#[test]
fn facts_are_told_in_the_vocabulary_of_the_recordings() {
    let mut journal = Journal::new();
    let owner = ObjectKey::new(Kind::ReplicaSet, "default", "web");
    let event = Told {
        type_: EventType::Warning,
        reason: "FailedCreate".into(),
        component: "replicaset-controller".into(),
        involved: Arc::new(owner.clone()),
        message: "Error creating: no".into(),
    };
    let event = Fact::Event(Arc::new(event));
    let available = Fact::Condition {
        type_: "Available".into(),
        status: ConditionStatus::True,
        reason: "MinimumReplicasAvailable".into(),
    };
    journal
        .entry(
            20,
            Kind::Pod,
            "web-0",
            Verb::Create,
            vec![Fact::Created, Fact::Scheduled("node-1".into())],
        )
        .entry(
            20,
            Kind::Event,
            "web-0.1",
            Verb::Create,
            vec![event.clone()],
        )
        .entry(21, Kind::Event, "web-0.1", Verb::Update, vec![event])
        .entry(
            1234,
            Kind::Pod,
            "web-0",
            Verb::Update,
            vec![Fact::Running, Fact::Ready],
        )
        .entry(2000, Kind::Pod, "web-0", Verb::Delete, vec![Fact::Deleted])
        .entry(2010, Kind::Pod, "web-0", Verb::Create, vec![Fact::Created])
        .entry(
            2020,
            Kind::Pod,
            "shop/web-0",
            Verb::Create,
            vec![Fact::Created],
        )
        .entry(
            2030,
            Kind::Pod,
            "web-0",
            Verb::Update,
            vec![Fact::OwnerAdded(owner), Fact::Failed("".into())],
        )
        .entry(
            2040,
            Kind::Deployment,
            "web",
            Verb::Update,
            vec![Fact::Desired(3), available],
        )
        .entry(
            2050,
            Kind::ControllerRevision,
            "web-1",
            Verb::Create,
            vec![Fact::Created, Fact::RevisionNumber(1)],
        )
        .entry(
            2060,
            Kind::ControllerRevision,
            "web-1",
            Verb::Update,
            vec![Fact::RevisionNumber(3)],
        )
        .entry(
            2070,
            Kind::ConfigMap,
            "settings",
            Verb::Create,
            vec![Fact::Created],
        )
        .entry(
            2080,
            Kind::PersistentVolume,
            "pvc-1",
            Verb::Update,
            vec![Fact::VolumePhase(VolumePhase::Bound)],
        );
    expect![[r#"
        0.020	pod/web-0#1 created
        0.020	pod/web-0#1 scheduled node-1
        0.020	event Warning FailedCreate from replicaset-controller on replicaset/web: Error creating: no
        1.234	pod/web-0#1 running
        1.234	pod/web-0#1 ready
        2.000	pod/web-0#1 deleted
        2.010	pod/web-0#2 created
        2.020	pod/shop/web-0#1 created
        2.030	pod/web-0#2 owner-added replicaset/web
        2.030	pod/web-0#2 failed
        2.040	deployment/web#1 desired=3
        2.040	deployment/web#1 condition Available=True MinimumReplicasAvailable
        2.050	controllerrevision/web-1#1 created
        2.060	controllerrevision/web-1#1 revision=3
        2.080	pv/pvc-1#1 bound
    "#]]
    .assert_eq(&journal.lines());
}

#[test]
fn a_volume_attachment_is_named_by_its_volume_and_node_even_when_it_is_gone() {
    let mut journal = Journal::new();
    let of = Fact::AttachmentOf {
        volume: "pvc-1".into(),
        node: "n1".into(),
    };
    journal
        .entry(
            0,
            Kind::VolumeAttachment,
            "csi-77",
            Verb::Create,
            vec![Fact::Created, of],
        )
        .entry(
            5,
            Kind::VolumeAttachment,
            "csi-77",
            Verb::Update,
            vec![Fact::DetachRequested],
        )
        .entry(
            9,
            Kind::VolumeAttachment,
            "csi-77",
            Verb::Delete,
            vec![Fact::Deleted],
        );
    expect![[r#"
        0.000	volumeattachment/pvc-1@n1#1 created
        0.005	volumeattachment/pvc-1@n1#1 detach-requested
        0.009	volumeattachment/pvc-1@n1#1 deleted
    "#]]
    .assert_eq(&journal.lines());
}

#[test]
fn all_slices_of_a_service_speak_as_one_and_only_when_something_differs() {
    let list = |names: &[&str]| names.iter().map(|n| Text::from(*n)).collect::<Vec<_>>();
    let change =
        |ready: &[&str], not_ready: &[&str], terminating: &[(&str, bool)], gone: &[&str]| {
            let endpoints = Endpoints {
                service: "web".into(),
                ready: list(ready),
                not_ready: list(not_ready),
                terminating: terminating
                    .iter()
                    .map(|(pod, serving)| ((*pod).into(), *serving))
                    .collect(),
                gone: list(gone),
                ..Endpoints::default()
            };
            vec![Fact::Endpoints(Arc::new(endpoints))]
        };
    let mut journal = Journal::new();
    let slice = Kind::EndpointSlice;
    journal
        .entry(0, slice, "web-a", Verb::Create, change(&[], &[], &[], &[]))
        .entry(
            1,
            slice,
            "web-a",
            Verb::Update,
            change(&["web-1"], &["web-0"], &[], &[]),
        )
        .entry(
            2,
            slice,
            "web-b",
            Verb::Create,
            change(&["web-2"], &[], &[], &[]),
        )
        .entry(
            3,
            slice,
            "web-a",
            Verb::Update,
            change(&["web-1"], &[], &[], &[]),
        )
        .entry(
            4,
            slice,
            "web-a",
            Verb::Update,
            change(
                &["web-1"],
                &["web-0"],
                &[("web-0", true), ("web-1", false)],
                &[],
            ),
        )
        .entry(
            5,
            slice,
            "web-a",
            Verb::Update,
            change(&[], &[], &[], &["web-0", "web-1"]),
        )
        .entry(6, slice, "web-a", Verb::Delete, vec![Fact::Deleted])
        .entry(7, slice, "web-b", Verb::Delete, vec![Fact::Deleted]);
    expect![[r#"
        0.000	endpointslice/web endpoints ready=[] not-ready=[]
        0.001	endpointslice/web endpoints ready=[web-1] not-ready=[web-0]
        0.002	endpointslice/web endpoints ready=[web-1,web-2] not-ready=[web-0]
        0.004	endpointslice/web endpoints ready=[web-1,web-2] not-ready=[web-0] terminating=[web-0(serving),web-1]
        0.005	endpointslice/web endpoints ready=[web-2] not-ready=[]
        0.007	endpointslice/web deleted
    "#]]
    .assert_eq(&journal.lines());
}

#[test]
fn a_wait_without_a_number_is_met_by_any_life_of_the_name() {
    let cases = [
        ("pod/web-1 ready", "pod/web-1#2 ready", true),
        ("pod/web-1#1 ready", "pod/web-1#2 ready", false),
        ("pod/web-1#2 ready", "pod/web-1#2 ready", true),
        ("pod/web-1 ready", "pod/web-10#1 ready", false),
        (
            "deployment/web condition Progressing=False",
            "deployment/web#1 condition Progressing=False X",
            true,
        ),
        (
            "event Warning",
            "event Warning FailedCreate from x on pod/a: #1",
            true,
        ),
    ];
    for (wanted, milestone, met) in cases {
        assert_eq!(is_met_by(wanted, milestone), met, "{wanted} | {milestone}");
    }
}
