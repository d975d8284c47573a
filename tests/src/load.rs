//! Many Pods at once: what the benchmarks bring up, natively and as WebAssembly.

use ordinal_api::{Kind, SimTime};
use ordinal_core::{Cluster, Config};
use ordinal_kubectl::apply_objects;
use serde_json::{Value, json};

/// Pods of one StatefulSet, at most.
const PODS_A_SET: usize = 100;
/// Longest run, in simulated time: a set of a hundred comes up one by one.
const AT_MOST: SimTime = SimTime(24 * 3_600_000);

/// A cluster of so many nodes, to which nothing was applied yet. It keeps every frame, as the page's does.
pub fn cluster(nodes: usize) -> Cluster {
    Cluster::new(Config::with_nodes(nodes))
}

/// The manifests of so many Pods: StatefulSets of at most a hundred, each with its Service, each Pod with its disk.
pub fn manifests(pods: usize) -> Vec<Value> {
    let sets = pods.div_ceil(PODS_A_SET);
    let sizes = (0..sets).map(|set| PODS_A_SET.min(pods - set * PODS_A_SET));
    sizes
        .enumerate()
        .flat_map(|(number, replicas)| set(&format!("set-{number}"), replicas))
        .collect()
}

fn set(name: &str, replicas: usize) -> [Value; 2] {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"clusterIP": "None", "selector": {"app": name}, "ports": [{"port": 80}]},
    });
    let container = json!({
        "name": "main", "image": "example.org/main:1.0", "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    });
    let claim = json!({
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
        "spec": {
            "serviceName": name, "replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
            "volumeClaimTemplates": [claim],
        },
    });
    [service, set]
}

/// Applies manifests and runs until nothing is left to do.
///
/// # Panics
/// When not every Pod is Ready then.
pub fn bring_up(cluster: &mut Cluster, manifests: &[Value], pods: usize) {
    let objects = manifests.iter().map(|object| ("STDIN", object));
    let applied = apply_objects(cluster, "default", objects);
    assert!(applied.is_ok(), "{}", applied.stderr);
    cluster.settle(AT_MOST);
    let list = cluster.world().store.list(Kind::Pod);
    let ready = list.filter(|(_, pod)| pod.as_pod().is_some_and(|pod| pod.is_ready()));
    assert_eq!(ready.count(), pods, "Pods that are Ready");
}
