//! A cluster whose Pods become ready by hand, and what the Deployment's controller does in it.

use expect_test::Expect;
use ordinal_api::condition::Condition;
use ordinal_api::pod::PodPhase;
use ordinal_api::{SimDuration, Text, Value};
use serde_json::json;

use crate::Config;
use crate::apiserver::{self, Patch, PatchType, Request};
use crate::controllers::deployment::*;
use crate::{Component, milestones};

/// A cluster without nodes: nobody touches its Pods but the test.
pub(super) struct Run(pub World);

impl Run {
    /// A Deployment `web` of one container, with this specification over what it must have.
    pub(super) fn of(spec: Value) -> Self {
        let mut run = Self(World::new(Config::with_nodes(0)));
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "nginx", "image": "nginx:1"}]},
                },
            },
        });
        run.send(Request::Create {
            object,
            namespace: "default".into(),
            strict: true,
        });
        run.patch(json!({ "spec": spec }));
        run
    }

    /// The same, with Pods that have been ready for a second, two seconds after the beginning.
    pub(super) fn with_ready_pods(spec: Value) -> Self {
        let mut run = Self::of(spec);
        run.run(1).ready().run(1);
        run
    }

    fn send(&mut self, request: Request) {
        apiserver::handle(&mut self.0, &request, None).expect("the request is valid");
    }

    pub(super) fn patch(&mut self, body: Value) -> &mut Self {
        let patch = Patch {
            type_: PatchType::Merge,
            body,
            subresource: Text::default(),
        };
        self.send(Request::Patch {
            kind: Kind::Deployment,
            namespace: "default".into(),
            name: "web".into(),
            patch,
        });
        self
    }

    pub(super) fn image(&mut self, image: &str) -> &mut Self {
        self.patch(json!({"spec": {"template": {"spec": {"containers": [{"name": "nginx", "image": image}]}}}}))
    }

    /// Does what is due, retries and deadlines too, for so long.
    pub(super) fn run(&mut self, secs: u64) -> &mut Self {
        let end = self.0.now() + SimDuration::secs(secs);
        while let Some(at) = self.0.next_due().filter(|at| *at <= end) {
            self.0.set_now(at);
            while self.0.step() {}
        }
        self.0.set_now(end);
        self
    }

    pub(super) fn each_pod(&mut self, change: impl Fn(&mut Object)) -> &mut Self {
        let pods: Vec<Id> = self.0.store.list(Kind::Pod).map(|(id, _)| id).collect();
        for pod in pods {
            let mut cx = Cx::new(&mut self.0, Component::Kubelet, None);
            let _ = cx.update(pod, |object| {
                change(object);
                true
            });
        }
        self
    }

    /// All Pods run and are ready from now on.
    pub(super) fn ready(&mut self) -> &mut Self {
        let now = self.0.now();
        self.each_pod(|object| {
            let status = Arc::make_mut(&mut object.as_pod_mut().expect("a Pod").status);
            status.phase = PodPhase::Running;
            ordinal_api::condition::set(&mut status.conditions, Condition::new("Ready", true, now));
        })
    }

    /// Whatever Pods there are become ready each second, for ten seconds.
    pub(super) fn ready_until_complete(&mut self) -> &mut Self {
        for _ in 0..10 {
            self.ready().run(1);
        }
        self
    }

    /// What the Deployment's controller did since a moment, the ReplicaSets by number.
    pub(super) fn told(&self, since_secs: u64, expected: Expect) {
        let mut text = String::new();
        for milestone in milestones::milestones(&self.0) {
            let ours = [
                "deployment/",
                "replicaset/",
                "event Normal ScalingReplicaSet",
                "event Warning",
            ];
            if milestone.at >= SimTime(since_secs * 1000)
                && ours.iter().any(|start| milestone.text.starts_with(start))
            {
                text.push_str(&format!("{} {}\n", milestone.at.as_ms(), milestone.text));
            }
        }
        for (n, name) in self.sets().iter().enumerate() {
            text = text.replace(name.as_str(), &format!("web-[{}]", n + 1));
        }
        expected.assert_eq(&text);
    }

    /// The names of all ReplicaSets that were ever made, in order.
    pub(super) fn sets(&self) -> Vec<Text> {
        let names = self
            .0
            .journal
            .iter()
            .filter(|entry| entry.verb == crate::journal::Verb::Create);
        let names = names
            .map(|entry| self.0.store.key(entry.subject))
            .filter(|key| key.kind == Kind::ReplicaSet);
        names.map(|key| key.name.clone()).collect()
    }

    /// The conditions of the Deployment, each with its reason.
    pub(super) fn conditions(&self) -> String {
        let stored = self
            .0
            .store
            .find(Kind::Deployment, "default", "web")
            .expect("made");
        let conditions = &stored
            .as_deployment()
            .expect("a Deployment")
            .status
            .conditions;
        let texts = conditions
            .iter()
            .map(|c| format!("{}={} {}", c.type_, c.status.as_str(), c.reason));
        texts.collect::<Vec<_>>().join(", ")
    }
}
