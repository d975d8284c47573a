//! What it costs to bring Pods up, natively: CPU for each from apply to Ready, its growth, and the cost of a copy.

use std::env;
use std::fs;
use std::hint::black_box;
use std::time::Instant;

use ordinal_api::{Kind, SimDuration, Text};
use ordinal_core::{Cluster, Fault};
use ordinal_tests::load;
use serde_json::Value;

/// The system counts CPU in steps of some milliseconds.
const PODS_A_ROUND: usize = 1_000;
/// Pods of the largest cluster, and of all the clusters together that one of its Pods is compared with.
const MANY: usize = 10_000;
/// The page takes about twice as long as the machine itself.
const IN_WASM_MS: f64 = 0.1;

fn main() {
    // `cargo bench --bench cluster -- 300 30`: so many Pods on so many nodes, once, for a profiler.
    let numbers: Vec<usize> = env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    if let [pods, nodes] = numbers[..] {
        let time = round(&load::manifests(pods), pods, nodes, 1);
        row(
            &format!("CPU per pod, {pods} pods on {nodes} nodes, native"),
            time,
        );
        return;
    }
    for pods in [3, 30, 100, 300, 1_000] {
        row(
            &format!("CPU per pod, {pods} pods, native"),
            per_pod(pods, nodes_for(pods), PODS_A_ROUND),
        );
    }
    growth("nodes grow", [nodes_for(100), nodes_for(MANY)], "2");
    growth("100 nodes", [100, 100], "1.3");

    let mut cluster = load::cluster(1_000);
    load::bring_up(&mut cluster, &load::manifests(MANY), MANY);
    println!(
        "copy of a world of 10000 pods\t{:.0}\tns\t",
        copy_ns(&cluster)
    );
    lose_zone(&mut cluster);
}

/// What a Pod costs in a cluster of ten thousand against one in a cluster of a hundred. A hundred such clusters stand beside each
/// other, so that both sides need as much memory that is new to the machine: what is left is what the size of a cluster costs.
fn growth(what: &str, nodes: [usize; 2], budget: &str) {
    let few = per_pod(100, nodes[0], MANY);
    let many = per_pod(MANY, nodes[1], MANY);
    row(
        &format!("CPU per pod, 100 clusters of 100 pods, {what}, native"),
        few,
    );
    row(
        &format!("CPU per pod, one cluster of {MANY} pods, {what}, native"),
        many,
    );
    println!(
        "one pod among {MANY} to one among 100, {what}\t{:.2}\ttimes\t{budget}",
        many / few
    );
}

/// A third of the machines lose their power at once; what the control plane does in the hour after that.
fn lose_zone(cluster: &mut Cluster) {
    const ZONE: &str = "topology.kubernetes.io/zone";
    let nodes = cluster.world().store.list(Kind::Node);
    let lost: Vec<Text> = nodes
        .filter(|(_, node)| node.meta.label(ZONE) == Some("zone-a"))
        .map(|(_, node)| node.meta.name.clone())
        .collect();
    let changes = cluster.world().journal.len();
    let start = cpu_ms();
    for node in &lost {
        cluster
            .fault(Fault::PowerOff(node.clone()))
            .expect("the machine has power");
    }
    cluster.run_for(SimDuration::secs(3_600));
    println!(
        "{} of 1000 nodes lose their power, 10000 pods, an hour\t{:.2}\ts\t2",
        lost.len(),
        (cpu_ms() - start) / 1e3
    );
    println!(
        "changes in that hour\t{}\t\t",
        cluster.world().journal.len() - changes
    );
}

fn row(what: &str, ms: f64) {
    let budget = if what.contains(" 300 pods") {
        format!("{IN_WASM_MS} in wasm")
    } else {
        String::new()
    };
    println!("{what}\t{ms:.4}\tms\t{budget}");
}

/// Ten Pods a node, or as many as a node takes.
fn nodes_for(pods: usize) -> usize {
    pods.div_ceil(10)
}

/// Milliseconds of CPU for one Pod: the best of three rounds, each of enough clusters for so many Pods.
fn per_pod(pods: usize, nodes: usize, in_a_round: usize) -> f64 {
    let manifests = load::manifests(pods);
    let rounds = (0..3).map(|_| round(&manifests, pods, nodes, in_a_round.div_ceil(pods)));
    rounds.fold(f64::INFINITY, f64::min)
}

fn round(manifests: &[Value], pods: usize, nodes: usize, clusters: usize) -> f64 {
    let mut clusters: Vec<Cluster> = (0..clusters).map(|_| load::cluster(nodes)).collect();
    let start = cpu_ms();
    for cluster in &mut clusters {
        load::bring_up(cluster, manifests, pods);
    }
    (cpu_ms() - start) / (pods * clusters.len()) as f64
}

fn copy_ns(cluster: &Cluster) -> f64 {
    const COPIES: u32 = 100_000;
    let start = Instant::now();
    for _ in 0..COPIES {
        black_box(cluster.world().clone());
    }
    start.elapsed().as_nanos() as f64 / f64::from(COPIES)
}

/// CPU time of this thread, where the system tells it; otherwise the wall clock's.
fn cpu_ms() -> f64 {
    thread_local!(static START: Instant = Instant::now());
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ns = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    ns.map_or_else(
        || START.with(|start| start.elapsed().as_secs_f64() * 1e3),
        |ns| ns / 1e6,
    )
}
