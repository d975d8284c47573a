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
            per_pod(pods, nodes_for(pods)),
        );
    }
    let (hundred, many) = (
        per_pod(100, nodes_for(100)),
        per_pod(10_000, nodes_for(10_000)),
    );
    row("CPU per pod, 10000 pods, native", many);
    println!(
        "one pod among 10000 to one among 100, nodes grow\t{:.2}\ttimes\t2",
        many / hundred
    );
    let (hundred, many) = (per_pod(100, 100), per_pod(10_000, 100));
    row("CPU per pod, 100 pods on 100 nodes, native", hundred);
    row("CPU per pod, 10000 pods on 100 nodes, native", many);
    println!(
        "one pod among 10000 to one among 100, 100 nodes\t{:.2}\ttimes\t1.3",
        many / hundred
    );

    let mut cluster = load::cluster(1_000);
    load::bring_up(&mut cluster, &load::manifests(10_000), 10_000);
    println!(
        "copy of a world of 10000 pods\t{:.0}\tns\t",
        copy_ns(&cluster)
    );
    lose_zone(&mut cluster);
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

/// Milliseconds of CPU for one Pod: the best of three rounds, each of enough clusters to be measured at all.
fn per_pod(pods: usize, nodes: usize) -> f64 {
    let manifests = load::manifests(pods);
    let rounds = (0..3).map(|_| round(&manifests, pods, nodes, PODS_A_ROUND.div_ceil(pods)));
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
