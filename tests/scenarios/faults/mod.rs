//! Random faults over random clusters: whatever breaks, the promises are kept, and when it is mended all is well again.
//!
//! Each schedule follows from a number, which a failure prints beside the shortest list of lines that still fails.
//! `ORDINAL_SEED=N` plays one, `ORDINAL_SCHEDULES=N` so many from there on; `cargo xtask soak` plays them for long.

mod beside;
mod force;
mod invariants;
mod schedule;
mod steps;

use std::sync::atomic::{AtomicUsize, Ordering};

use ordinal_api::{Kind, SimDuration, SimTime};
use ordinal_core::truth::Promise;
use ordinal_core::wait::On;
use ordinal_core::{Cluster, Config, World};
use ordinal_kubectl::script::Script;
use ordinal_kubectl::{Session, run};

pub(crate) use schedule::SET;
use schedule::Schedule;

/// How many schedules are played.
const SCHEDULES: u64 = 2_000;
/// How long a cluster has to come back to itself once everything is mended: two evictions and a forced detach.
const CONVERGENCE: SimDuration = SimDuration::secs(1_800);

/// How many disks were written to by two: the checks would be worth nothing if that never happened.
static TWO_WRITERS: AtomicUsize = AtomicUsize::new(0);

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Plays a schedule.
///
/// # Errors
/// What was not as promised.
fn play(schedule: &Schedule) -> Result<Cluster, String> {
    let mut cluster = begin(schedule);
    let mut session = Session::default();
    for (at, line) in &schedule.lines {
        cluster.run_until(SimTime(*at));
        // Refusals are answers, too: what is not there cannot be broken.
        let _ = run(&mut cluster, &mut session, line);
    }
    let end = schedule.lines.last().map_or(60_000, |(at, _)| at + 1_000);
    cluster.run_until(SimTime(end));
    mend(&mut cluster, &mut session);
    cluster.run_for(CONVERGENCE);
    if let Some(why) = cluster.world().exhausted() {
        return Err(why.to_owned());
    }
    invariants::hold(&cluster, schedule.forces())?;
    keeps_promises(schedule, &cluster)?;
    has_converged(&cluster)?;
    steps::settled(cluster.world())?;
    Ok(cluster)
}

fn begin(schedule: &Schedule) -> Cluster {
    let mut config = Config::with_nodes(schedule.nodes);
    for (n, node) in config.nodes.iter_mut().enumerate() {
        let zone = format!("zone-{}", n % schedule.zones + 1);
        let labels = [("topology.kubernetes.io/zone", zone.as_str())];
        node.labels = labels.map(|(k, v)| (k.into(), v.into())).into();
    }
    config.seed = schedule.seed;
    config.flags.terminated_pods = Some(steps::ENDED_KEPT);
    let script = Script {
        config,
        until: ordinal_kubectl::script::Until::Moment(SimTime(60_000)),
        ..Script::of_text(&schedule.manifest)
    };
    script.play().cluster
}

/// Power, links, drivers, Nodes: everything as it was.
fn mend(cluster: &mut Cluster, session: &mut Session) {
    if cluster
        .world()
        .machines
        .values()
        .any(|m| m.shutdown.is_some())
    {
        // It loses its power in the end, and is mended then.
        cluster.run_for(SimDuration::secs(60));
    }
    let names: Vec<String> = cluster
        .world()
        .machines
        .values()
        .map(|m| m.name.to_string())
        .collect();
    let mut lines = vec!["attach-works".to_owned(), "provisioner-resume".to_owned()];
    for node in &names {
        if cluster.world().store.find(Kind::Node, "", node).is_none() {
            // Only a kubelet that starts registers its Node.
            lines.push(format!("power-off {node}"));
        }
        lines.push(format!("power-on {node}"));
        lines.push(format!("heal {node}"));
        lines.push(format!("kubectl uncordon {node}"));
        lines.push(format!(
            "kubectl taint nodes {node} node.kubernetes.io/out-of-service-"
        ));
    }
    for line in lines {
        let _ = run(cluster, session, &line);
    }
}

fn keeps_promises(schedule: &Schedule, cluster: &Cluster) -> Result<(), String> {
    for breach in cluster.breaches() {
        if breach.broken.promise == Promise::OneWriter {
            TWO_WRITERS.fetch_add(1, Ordering::Relaxed);
        }
        let forced = schedule.forces() && breach.broken.promise != Promise::NothingLost;
        let subject = &cluster.world().store.key(breach.broken.subject).name;
        if !forced {
            return Err(format!(
                "{} ms: {} is broken by {subject}",
                breach.at.as_ms(),
                breach.broken.promise.text()
            ));
        }
    }
    match &cluster.world().broken()[..] {
        [] => Ok(()),
        [still, ..] => Err(format!("{} is still broken", still.promise.text())),
    }
}

/// Whether only a person can end a wait: it says so, or it is for a claim that is itself kept by the Pod that waits for it.
fn is_for_administrator(world: &World, on: On) -> bool {
    match on {
        On::Administrator => true,
        On::Object(id) => world
            .get(id)
            .is_some_and(|o| o.kind() == Kind::PersistentVolumeClaim && o.meta.is_deleting()),
        _ => false,
    }
}

/// Everything that is wanted is there and Ready, and both truths are one; or an administrator has to do something, and it says so.
fn has_converged(cluster: &Cluster) -> Result<(), String> {
    let world = cluster.world();
    let about = |kind: Kind, name: &str| {
        let id = world.store.id(kind, "default", name);
        let waits = id.into_iter().flat_map(|id| world.waits_about(id));
        waits
            .map(|w| format!("{:?} {}", w.on, w.guard.name))
            .collect::<Vec<_>>()
            .join("; ")
    };
    for (_, object) in world.store.list(Kind::StatefulSet) {
        let set = object.as_stateful_set().expect("a StatefulSet");
        let ready = set.status.ready_replicas;
        if ready == set.spec.replicas {
            continue;
        }
        if !world
            .waits
            .values()
            .any(|w| is_for_administrator(world, w.on))
        {
            let pods = world.store.list(Kind::Pod).map(|(_, o)| &o.meta.name);
            let pods: Vec<String> = pods
                .map(|name| format!("{name}: {}", about(Kind::Pod, name)))
                .collect();
            return Err(format!(
                "{} has {ready} of {} ready, which waits for: {}; {}",
                object.meta.name,
                set.spec.replicas,
                about(Kind::StatefulSet, &object.meta.name),
                pods.join(", "),
            ));
        }
    }
    if let Some(truth) = world.pod_truths().into_iter().find(|t| t.is_parted()) {
        let pod = &world.store.key(truth.pod).name;
        return Err(format!("the API is wrong about {pod}: {truth:?}"));
    }
    if let Some(truth) = world.disk_truths().into_iter().find(|t| t.is_parted()) {
        let volume = &world.store.key(truth.volume).name;
        return Err(format!("the API is wrong about {volume}: {truth:?}"));
    }
    Ok(())
}

/// The first of these schedules that fails, made as short as it can be.
fn first_failure(seeds: std::ops::Range<u64>, step: u64) -> Option<String> {
    let mut seed = seeds.start;
    while seed < seeds.end {
        let schedule = Schedule::of(seed);
        if let Err(why) = play(&schedule) {
            let shortest = schedule.shrunk(|s| play(s).is_err());
            let why = play(&shortest).err().unwrap_or(why);
            return Some(format!("seed {seed}: {why}\n{shortest}"));
        }
        seed += step;
    }
    None
}

#[test]
fn whatever_breaks_the_promises_are_kept_and_when_it_is_mended_all_is_well_again() {
    let seed = number("ORDINAL_SEED");
    let few = if seed.is_some() { 1 } else { SCHEDULES };
    let (from, count) = (
        seed.unwrap_or(0),
        number("ORDINAL_SCHEDULES").unwrap_or(few),
    );
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|n| scope.spawn(move || first_failure(from + n..from + count, threads)))
            .collect();
        workers
            .into_iter()
            .filter_map(|w| w.join().expect("no schedule panics"))
            .collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let two_writers = TWO_WRITERS.load(Ordering::Relaxed);
    assert!(
        count < SCHEDULES || two_writers > 0,
        "no schedule gave two writers"
    );
}
