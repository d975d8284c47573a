//! The other side: who forces a Pod away that cannot be seen, gets two of it, and the promise that broke says so.

use ordinal_api::{Kind, SimTime};
use ordinal_core::truth::{Breach, Promise};
use ordinal_core::{Cluster, Id};
use ordinal_kubectl::script::{Script, Until};

use super::schedule::{SET, SHARE};

/// `a-0` on a disk of this class; its machine is cut off, the Pod is deleted by force, and much later the machine is back.
fn forced(class: &str) -> (Cluster, Id) {
    let set = SET
        .replace("NAME", "a")
        .replace("REPLICAS", "1")
        .replace("POLICY", "OrderedReady")
        .replace("CLASS", class);
    let script = Script {
        until: Until::Moment(SimTime(60_000)),
        ..Script::of_text(&format!("{SHARE}{set}"))
    };
    let mut cluster = script.play().cluster;
    let world = cluster.world();
    let pod = world
        .store
        .id(Kind::Pod, "default", "a-0")
        .expect("a-0 runs");
    let node = world.get(pod).and_then(|o| o.as_pod()).expect("a Pod");
    let node = node.node_name.to_string();
    let mut session = ordinal_kubectl::Session::default();
    for (at, line) in [
        (60_000, format!("partition {node}")),
        (
            120_000,
            "kubectl delete pod a-0 --force --grace-period=0".to_owned(),
        ),
        (900_000, format!("heal {node}")),
    ] {
        cluster.run_until(SimTime(at));
        ordinal_kubectl::run(&mut cluster, &mut session, &line);
    }
    cluster.run_until(SimTime(960_000));
    (cluster, pod)
}

fn of(breaches: &[Breach], promise: Promise) -> Option<&Breach> {
    breaches.iter().find(|b| b.broken.promise == promise)
}

#[test]
fn a_pod_forced_away_from_a_machine_that_is_cut_off_runs_twice_and_writes_twice_to_a_share() {
    let (cluster, pod) = forced("share");

    let breaches = cluster.breaches();

    let twice = of(&breaches, Promise::OneRunning).expect("two of it run");
    assert_eq!(twice.broken.subject, pod);
    assert!((120_000..900_000).contains(&twice.at.as_ms()));
    let writers = of(&breaches, Promise::OneWriter).expect("both write");
    assert_eq!(writers.broken.machines.len(), 2);
    // The frame shows it, the one before does not, and the cause leads back to the command.
    let frames = cluster.frames();
    assert!(frames[writers.frame].broken().contains(&writers.broken));
    assert!(!frames[writers.frame - 1].broken().contains(&writers.broken));
    let mut cause = writers.cause;
    let mut words = Vec::new();
    while let Some(entry) = cause.and_then(|seq| cluster.world().entry(seq)) {
        words.push(format!("{:?}", entry.facts));
        cause = entry.cause;
    }
    assert!(
        words.last().is_some_and(|w| w.contains("delete")),
        "{words:#?}"
    );
    let parted = frames[writers.frame].pod_truths();
    assert!(
        parted
            .iter()
            .any(|t| t.pod == pod && t.believed.is_none() && t.so.is_some())
    );
    // The kubelet that is back finds a Pod that nobody knows, and ends it.
    assert_eq!(cluster.world().broken(), []);
}

#[test]
fn a_disk_that_is_attached_is_taken_from_the_lost_machine_before_the_next_one_writes() {
    let (cluster, _) = forced("standard");

    let breaches = cluster.breaches();

    assert!(of(&breaches, Promise::OneRunning).is_some());
    assert_eq!(of(&breaches, Promise::OneWriter), None);
    assert_eq!(of(&breaches, Promise::NothingLost), None);
}
