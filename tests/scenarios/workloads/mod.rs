//! Workloads as an administrator sees them: a command line, what it prints, what becomes of the Pods.

mod cronjob;
mod daemonset;
mod drain;
mod replication;
mod rollout;
mod status;
mod watch;

use ordinal_api::{Kind, SimDuration, Value};
use ordinal_core::release::Release;
use ordinal_core::{Cluster, Config};
use ordinal_kubectl::session::Patience;
use ordinal_kubectl::{Output, Session, run};

/// A cluster and a terminal in which commands wait as real ones do.
pub(crate) struct Lab {
    pub(crate) cluster: Cluster,
    session: Session,
}

impl Lab {
    /// Three nodes of the newest release.
    pub(crate) fn new() -> Self {
        Self::of(Release::default())
    }

    /// Three nodes of a release.
    pub(crate) fn of(release: Release) -> Self {
        let config = Config {
            release,
            ..Config::with_nodes(3)
        };
        let session = Session {
            patience: Patience::Pass(|cluster, ms| {
                cluster.run_for(SimDuration::ms(ms));
            }),
            ..Session::default()
        };
        Self {
            cluster: Cluster::new(config),
            session,
        }
    }

    /// Applies a manifest and waits for half a minute.
    pub(crate) fn apply(&mut self, manifest: &str) {
        self.give(manifest);
        let output = self.run("kubectl apply -f -");
        assert!(output.is_ok(), "{}", output.stderr);
        self.wait(30);
    }

    /// Puts a manifest on the standard input.
    pub(crate) fn give(&mut self, manifest: &str) {
        self.session
            .files
            .insert("-".to_owned(), manifest.to_owned());
    }

    /// Runs a command line.
    pub(crate) fn run(&mut self, line: &str) -> Output {
        run(&mut self.cluster, &mut self.session, line)
    }

    /// Runs a command line that must go well, and returns what it prints.
    pub(crate) fn say(&mut self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.is_ok(), "{line}: {}", output.stderr);
        output.stdout
    }

    /// The watch that the last command began.
    pub(crate) fn watch(&mut self) -> ordinal_kubectl::Watch {
        self.session.watch.take().expect("a watch")
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, secs: u64) {
        self.cluster.run_for(SimDuration::secs(secs));
    }

    /// An object of the namespace `default`.
    pub(crate) fn object(&self, kind: Kind, name: &str) -> Value {
        let found = self.cluster.world().store.find(kind, "default", name);
        found.expect("it is there").to_value()
    }

    /// The names of the objects of a kind, in order.
    pub(crate) fn names(&self, kind: Kind) -> Vec<String> {
        let all = self.cluster.world().store.list(kind);
        let own = all.filter(|(_, object)| object.meta.namespace == "default");
        own.map(|(_, object)| object.meta.name.to_string())
            .collect()
    }
}

/// A workload `web` of one small container that says no more than it must, and `more` at the end of its selector.
pub(crate) fn workload(kind: &str, replicas: u32, more: &str) -> String {
    let selector = format!("\n  selector:\n    matchLabels:\n      app: web{more}");
    let (version, own) = match kind {
        "ReplicationController" => ("v1", String::new()),
        "StatefulSet" => ("apps/v1", format!("\n  serviceName: web{selector}")),
        _ => ("apps/v1", selector),
    };
    format!(
        "apiVersion: {version}
kind: {kind}
metadata:
  name: web
spec:
  replicas: {replicas}{own}
  template:
    metadata:
      labels:
        app: web
    spec:
      terminationGracePeriodSeconds: 5
      containers:
      - name: app
        image: nginx:1.27
"
    )
}

/// A budget for the Pods of [`workload`].
pub(crate) fn budget(rule: &str) -> String {
    format!(
        "apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  {rule}
  selector:
    matchLabels:
      app: web
"
    )
}
