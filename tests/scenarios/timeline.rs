//! The times of a power cut, each beside the range in which a real cluster shows it: printed as a table, and held to it.
//!
//! Defaults of 1.32 and later, profile `exact`, three Nodes in one zone; the Pod has a disk that is attached.

use ordinal_api::SimTime;
use ordinal_kubectl::script::{Script, Until};
use ordinal_tests::run::Run;

use crate::faults::SET;

/// The machine loses its power.
const CUT_MS: u64 = 120_000;
/// Somebody acts, long after the eviction.
const ACT_MS: u64 = 600_000;

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  replicas: 3
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec: {containers: [{name: main, image: 'nginx:1'}]}
";

fn lost(commands: &[(u64, &str)]) -> Run {
    let set = SET
        .replace("NAME", "a")
        .replace("REPLICAS", "3")
        .replace("POLICY", "OrderedReady")
        .replace("CLASS", "standard");
    let mut script = Script {
        until: Until::Moment(SimTime(1_200_000)),
        ..Script::of_text(&format!("{set}{DEPLOYMENT}"))
    };
    for node in &mut script.config.nodes {
        node.labels.clear();
    }
    let script = script.at(CUT_MS, "power-off node-2");
    let script = commands
        .iter()
        .fold(script, |script, (at, line)| script.at(*at, line));
    Run::of(&script)
}

/// The Pod of the set that stood on the lost machine.
fn pod_of(run: &Run) -> String {
    let on = |name: &&&str| run.times(&format!("pod/{name}#1 scheduled node-2")).len() == 1;
    ["a-0", "a-1", "a-2"]
        .iter()
        .find(on)
        .map(|name| (*name).to_owned())
        .expect("one of the three stands on node-2")
}

struct Row {
    what: &'static str,
    /// Milliseconds after the moment from which it counts.
    given: Option<u64>,
    /// The reference's range, in milliseconds.
    range: std::ops::RangeInclusive<u64>,
}

/// The first time at or after a moment.
fn after(run: &Run, from: u64, milestone: &str) -> Option<u64> {
    let times = run.times(milestone);
    let at = times
        .into_iter()
        .map(|at| at.as_ms())
        .find(|at| *at >= from);
    at.map(|at| at - from)
}

fn rows() -> Vec<Row> {
    let row = |what, given, range| Row { what, given, range };
    let alone = lost(&[]);
    let pod = pod_of(&alone);
    let of = |text: &str| after(&alone, CUT_MS, text);
    let unknown = of("node/node-2#1 unknown");
    let since = |text: &str| Some(of(text)?.saturating_sub(unknown?));
    let tainted = of("node/node-2#1 taint node.kubernetes.io/unreachable:NoExecute");
    let evicted = of(&format!("pod/{pod}#1 deletion-requested"));
    let mut rows = vec![
        row("cut: Node Ready=Unknown", unknown, 40_000..=55_000),
        row(
            "Unknown: NoSchedule taint",
            since("node/node-2#1 taint node.kubernetes.io/unreachable:NoSchedule"),
            0..=200,
        ),
        row(
            "Unknown: Pod not Ready",
            since(&format!("pod/{pod}#1 not-ready")),
            0..=200,
        ),
        row(
            "Unknown: readyReplicas falls",
            since("statefulset/a#1 status readyReplicas=2"),
            0..=200,
        ),
        row(
            "Unknown: NoExecute taint",
            tainted.zip(unknown).map(|(t, u)| t - u),
            0..=200,
        ),
        row(
            "NoExecute: eviction",
            evicted.zip(tainted).map(|(e, t)| e - t),
            300_000..=300_100,
        ),
        row("cut: eviction", evicted, 340_000..=355_100),
    ];
    let deployed = alone.milestones.iter().filter(|m| {
        m.text.starts_with("pod/d-") && m.text.ends_with(" created") && m.at.as_ms() > CUT_MS
    });
    let replaced = deployed.map(|m| m.at.as_ms() - CUT_MS).next();
    rows.push(row(
        "eviction: a Deployment's Pod is replaced",
        replaced.zip(evicted).map(|(r, e)| r - e),
        0..=1_000,
    ));
    let never = alone.times(&format!("pod/{pod}#2 created")).is_empty()
        && alone.times(&format!("pod/{pod}#1 deleted")).is_empty();
    rows.push(row(
        "a StatefulSet's Pod: Terminating for ever",
        never.then_some(0),
        0..=0,
    ));

    let forced = lost(&[(
        ACT_MS,
        &format!("kubectl delete pod {pod} --force --grace-period=0"),
    )]);
    let of = |text: &str| after(&forced, ACT_MS, text);
    rows.push(row(
        "forced deletion: successor",
        of(&format!("pod/{pod}#2 created")),
        0..=1_000,
    ));
    rows.push(row(
        "forced deletion: detach",
        of("volumeattachment/"),
        360_000..=360_300,
    ));
    rows.push(row(
        "forced deletion: runs again",
        of(&format!("pod/{pod}#2 running")),
        360_000..=390_000,
    ));

    let marked = lost(&[(
        ACT_MS,
        "kubectl taint nodes node-2 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute",
    )]);
    let of = |text: &str| after(&marked, ACT_MS, text);
    rows.push(row(
        "out of service: Pod gone",
        of(&format!("pod/{pod}#1 deleted")),
        0..=20_100,
    ));
    rows.push(row(
        "out of service: runs again",
        of(&format!("pod/{pod}#2 running")),
        0..=60_000,
    ));

    let removed = lost(&[(ACT_MS, "kubectl delete node node-2")]);
    let of = |text: &str| after(&removed, ACT_MS, text);
    rows.push(row(
        "Node deleted: Pod gone",
        of(&format!("pod/{pod}#1 deleted")),
        40_000..=80_100,
    ));
    rows.push(row(
        "Node deleted: runs again",
        of(&format!("pod/{pod}#2 running")),
        400_000..=460_000,
    ));

    let back = lost(&[(ACT_MS, "power-on node-2")]);
    let of = |text: &str| after(&back, ACT_MS, text);
    rows.push(row(
        "power back: Ready",
        of("node/node-2#1 ready"),
        5_000..=40_000,
    ));
    rows.push(row(
        "power back: the old Pod ends",
        of(&format!("pod/{pod}#1 deleted")),
        5_000..=70_000,
    ));
    rows.push(row(
        "power back: successor runs",
        of(&format!("pod/{pod}#2 running")),
        5_000..=90_000,
    ));
    rows
}

#[test]
fn a_power_cut_shows_itself_at_the_times_of_a_real_cluster() {
    let rows = rows();

    let secs = |ms: u64| format!("{}.{:01}", ms / 1000, ms % 1000 / 100);
    let mut table =
        String::from("| from: to | simulated, s | reference, s |\n| --- | --- | --- |\n");
    for row in &rows {
        let given = row.given.map_or("never".to_owned(), secs);
        let (least, most) = (secs(*row.range.start()), secs(*row.range.end()));
        table += &format!("| {} | {given} | {least} to {most} |\n", row.what);
    }
    println!("{table}");
    for row in rows {
        let given = row.given.unwrap_or(u64::MAX);
        assert!(row.range.contains(&given), "{}\n{table}", row.what);
    }
}
