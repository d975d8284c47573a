//! The catalogue of storage and nodes: what a real control plane and its kubelets do, situation by situation. A test's
//! name begins with the number of its situation; those without a test are in `ledger::SITUATIONS_LEFT_OUT`.

mod attach;
mod binding;
mod bound;
mod budgets;
mod capacity;
mod eviction;
mod expansion;
mod kubelet;
mod nodes;
mod numbers;
mod pairs;
mod preemption;
mod provisioning;
mod restarts;
mod scheduling;
mod siblings;
mod topology;

use ordinal_api::{Kind, SimDuration, Text, Value};
use ordinal_core::apiserver::{Patch, PatchType, Request};
use ordinal_core::config::NodeConfig;
use ordinal_core::milestones::{is_met_by, milestones};
use ordinal_core::release::Release;
use ordinal_core::{Cluster, Config, Input};
use ordinal_kubectl::{Session, run};
use serde_json::json;

/// A cluster and a terminal.
pub(crate) struct Sim {
    pub(crate) cluster: Cluster,
    session: Session,
}

impl Sim {
    /// So many nodes in one zone, of the newest release.
    pub(crate) fn new(nodes: usize) -> Self {
        Self::of("1.37", nodes)
    }

    /// So many nodes in one zone.
    pub(crate) fn of(release: &str, nodes: usize) -> Self {
        let zones: Vec<&str> = (0..nodes).map(|_| "a").collect();
        Self::zoned(release, &zones)
    }

    /// Nodes `n1`, `n2` … in these zones.
    pub(crate) fn zoned(release: &str, zones: &[&str]) -> Self {
        let node =
            |(number, zone): (usize, &&str)| NodeConfig::plain(&format!("n{}", number + 1), zone);
        Self::with(Config {
            release: Release::parse(release).expect("a release that is simulated"),
            nodes: zones.iter().enumerate().map(node).collect(),
            ..Config::default()
        })
    }

    pub(crate) fn with(config: Config) -> Self {
        Self {
            cluster: Cluster::new(config),
            session: Session::default(),
        }
    }

    /// Creates objects, or returns the first refusal.
    pub(crate) fn try_create(&mut self, object: Value) -> Result<(), String> {
        let request = Request::Create {
            object,
            namespace: "default".into(),
            strict: false,
        };
        let answer = self.cluster.request(request).and_then(|r| r.object());
        answer
            .map(|_| ())
            .map_err(|status| status.message.to_string())
    }

    /// Creates objects and gives the cluster a tenth of a second after each.
    pub(crate) fn create<const N: usize>(&mut self, objects: [Value; N]) -> &mut Self {
        for object in objects {
            let name = object["metadata"]["name"].clone();
            self.try_create(object)
                .unwrap_or_else(|why| panic!("{name}: {why}"));
            self.ms(100);
        }
        self
    }

    /// Patches an object or its status.
    pub(crate) fn try_patch(&mut self, what: &str, body: Value, sub: &str) -> Result<(), String> {
        let (kind, name) = self.named(what);
        let patch = Patch {
            type_: PatchType::Merge,
            body,
            subresource: sub.into(),
        };
        let namespace: Text = if kind.is_namespaced() {
            "default".into()
        } else {
            Text::default()
        };
        let request = Request::Patch {
            kind,
            namespace,
            name: name.into(),
            patch,
        };
        let answer = self.cluster.submit(Input::Request(request));
        answer
            .and_then(|r| r.object())
            .map(|_| ())
            .map_err(|status| status.message.to_string())
    }

    pub(crate) fn patch(&mut self, what: &str, body: Value) {
        let done = self.try_patch(what, body, "");
        done.unwrap_or_else(|why| panic!("{what}: {why}"));
    }

    pub(crate) fn patch_status(&mut self, what: &str, status: Value) {
        let done = self.try_patch(what, json!({"status": status}), "status");
        done.unwrap_or_else(|why| panic!("{what}: {why}"));
    }

    fn named<'w>(&self, what: &'w str) -> (Kind, &'w str) {
        let (kind, name) = what.split_once('/').expect("KIND/NAME");
        (Kind::from_argument(kind).expect("a kind"), name)
    }

    /// Runs a command line; both streams.
    pub(crate) fn k(&mut self, line: &str) -> String {
        let output = run(
            &mut self.cluster,
            &mut self.session,
            &format!("kubectl {line}"),
        );
        format!("{}{}", output.stdout, output.stderr)
    }

    /// A fault, in the words of the terminal.
    pub(crate) fn fault(&mut self, line: &str) {
        let output = run(&mut self.cluster, &mut self.session, line);
        assert!(output.is_ok(), "{line}: {}", output.stderr);
    }

    /// Lets time pass.
    pub(crate) fn ms(&mut self, ms: u64) -> &mut Self {
        self.cluster.run_for(SimDuration::ms(ms));
        self
    }

    pub(crate) fn secs(&mut self, secs: u64) -> &mut Self {
        self.ms(1000 * secs)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.cluster.world().now().as_ms()
    }

    /// A part of an object, `a.b.c`; null where there is none.
    pub(crate) fn value(&self, what: &str, path: &str) -> Value {
        let (kind, name) = self.named(what);
        let namespace = if kind.is_namespaced() { "default" } else { "" };
        let found = self.cluster.world().store.find(kind, namespace, name);
        let whole = found.map_or(Value::Null, |object| object.to_value());
        path.split('.')
            .filter(|part| !part.is_empty())
            .fold(whole, |value, part| match part.parse::<usize>() {
                Ok(place) if value.is_array() => value[place].clone(),
                _ => value[part].clone(),
            })
    }

    /// The same as a text; empty where there is none.
    pub(crate) fn get(&self, what: &str, path: &str) -> String {
        match self.value(what, path) {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    pub(crate) fn is_there(&self, what: &str) -> bool {
        !self.value(what, "").is_null()
    }

    /// Status, reason and message of a condition.
    pub(crate) fn condition(&self, what: &str, type_: &str) -> (String, String, String) {
        let list = self.value(what, "status.conditions");
        let found = list
            .as_array()
            .into_iter()
            .flatten()
            .find(|c| c["type"] == type_);
        let text = |key: &str| {
            let text = found.and_then(|c| c[key].as_str());
            text.unwrap_or_default().to_owned()
        };
        (text("status"), text("reason"), text("message"))
    }

    /// `Type Reason Message` of every event about an object, oldest first.
    pub(crate) fn events(&self, what: &str) -> Vec<String> {
        let (kind, name) = self.named(what);
        let world = self.cluster.world();
        let all = world
            .store
            .list(Kind::Event)
            .filter_map(|(_, o)| o.as_event());
        let mut own: Vec<_> = all
            .filter(|e| e.involved.kind == kind && e.involved.name == name)
            .collect();
        own.sort_by_key(|e| e.first_seen);
        own.iter()
            .map(|e| {
                let type_ = e.type_.as_str();
                format!("{type_} {} {}", e.reason, e.message)
                    .trim_end()
                    .to_owned()
            })
            .collect()
    }

    /// Events of a reason, without it.
    pub(crate) fn told(&self, what: &str, reason: &str) -> Vec<String> {
        let events = self.events(what);
        let of_reason = |event: &String| {
            let (type_, rest) = event.split_once(' ')?;
            let (given, message) = rest.split_once(' ').unwrap_or((rest, ""));
            (given == reason).then(|| format!("{type_} {message}"))
        };
        events.iter().filter_map(of_reason).collect()
    }

    /// When a milestone came, in milliseconds.
    pub(crate) fn times(&self, milestone: &str) -> Vec<u64> {
        milestones(self.cluster.world())
            .into_iter()
            .filter(|m| is_met_by(milestone, &m.text))
            .map(|m| m.at.as_ms())
            .collect()
    }

    /// When a milestone came for the first time.
    #[track_caller]
    pub(crate) fn at(&self, milestone: &str) -> u64 {
        let times = self.times(milestone);
        let subject = milestone.split([' ', '#']).next().unwrap_or_default();
        *times.first().unwrap_or_else(|| {
            let story = milestones(self.cluster.world()).into_iter();
            let story = story.filter(|m| m.text.contains(subject));
            let story: String = story
                .map(|m| format!("{} {}\n", m.at.as_ms(), m.text))
                .collect();
            panic!("never: {milestone}\n{story}")
        })
    }

    /// The nodes of Pods, in the order asked for.
    pub(crate) fn nodes(&self, pods: &[&str]) -> Vec<String> {
        let node = |pod: &&str| self.get(&format!("pod/{pod}"), "spec.nodeName");
        pods.iter().map(node).collect()
    }

    /// The names of the objects of a kind, in order.
    pub(crate) fn names(&self, kind: &str) -> Vec<String> {
        let kind = Kind::from_argument(kind).expect("a kind");
        let all = self.cluster.world().store.list(kind);
        let own = all.filter(|(_, o)| !kind.is_namespaced() || o.meta.namespace == "default");
        own.map(|(_, o)| o.meta.name.to_string()).collect()
    }
}

/// Lays one value over another: maps are joined, everything else is replaced.
fn over(mut base: Value, top: &Value) -> Value {
    match (&mut base, top) {
        (Value::Object(base), Value::Object(top)) => {
            for (key, value) in top {
                let old = base.remove(key).unwrap_or(Value::Null);
                base.insert(key.clone(), over(old, value));
            }
        }
        _ => return top.clone(),
    }
    base
}

/// A volume of 1Gi of the class `manual`, for one node, on a share that nobody attaches.
pub(crate) fn pv(name: &str, spec: Value) -> Value {
    let base = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "manual", "nfs": {"server": "s", "path": "/"}}});
    over(base, &json!({"spec": spec}))
}

/// A volume in one machine, of the class `local`.
pub(crate) fn local_pv(name: &str, node: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "local", "local": {"path": "/mnt"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}}}})
}

/// A claim of 1Gi of the class `manual`, for one node.
pub(crate) fn pvc(name: &str, spec: Value) -> Value {
    let base = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "manual", "resources": {"requests": {"storage": "1Gi"}}}});
    over(base, &json!({"spec": spec}))
}

/// A class.
pub(crate) fn class(name: &str, provisioner: &str, waits: bool) -> Value {
    let mode = if waits {
        "WaitForFirstConsumer"
    } else {
        "Immediate"
    };
    json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name},
        "provisioner": provisioner, "volumeBindingMode": mode})
}

/// A Pod of one small container with these claims mounted.
pub(crate) fn pod(name: &str, claims: &[&str], spec: Value) -> Value {
    let volumes: Vec<Value> = claims
        .iter()
        .map(|claim| json!({"name": claim, "persistentVolumeClaim": {"claimName": claim}}))
        .collect();
    let mounts: Vec<Value> = claims
        .iter()
        .map(|claim| json!({"name": claim, "mountPath": format!("/{claim}")}))
        .collect();
    let base = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": {
        "terminationGracePeriodSeconds": 5, "volumes": volumes,
        "containers": [{"name": "c", "image": "nginx:1.27", "volumeMounts": mounts}]}});
    over(base, &json!({"spec": spec}))
}

/// What a Pod's specification says that is to run on this node alone.
fn on(node: &str) -> Value {
    json!({"nodeSelector": {"kubernetes.io/hostname": node}})
}

/// What the scheduler said of a Pod that has no node.
fn said(sim: &Sim, name: &str) -> String {
    let (status, reason, message) = sim.condition(&format!("pod/{name}"), "PodScheduled");
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("False", "Unschedulable")
    );
    assert_eq!(
        sim.told(&format!("pod/{name}"), "FailedScheduling").last(),
        Some(&format!("Warning {message}"))
    );
    message
}

/// A StatefulSet `web`; with a claim `www` of the default class for each Pod if `disk`.
pub(crate) fn set(replicas: u32, disk: bool, spec: Value) -> Value {
    let (mounts, templates) = if disk {
        (
            json!([{"name": "www", "mountPath": "/www"}]),
            json!([{"metadata": {"name": "www"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]),
        )
    } else {
        (json!([]), json!([]))
    };
    let base = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
        "serviceName": "web", "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 5,
            "containers": [{"name": "c", "image": "nginx:1.27", "volumeMounts": mounts}]}},
        "volumeClaimTemplates": templates}});
    over(base, &json!({"spec": spec}))
}

/// A Deployment `api` whose Pods share the claims.
pub(crate) fn deployment(replicas: u32, claims: &[&str], pod_spec: Value) -> Value {
    let template = pod("api", claims, pod_spec);
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": "api"}},
        "template": {"metadata": {"labels": {"app": "api"}}, "spec": template["spec"]}}})
}
