//! The runs that everything else is shown by: one script each, played by native tests, as WebAssembly and on the page.

use ordinal_api::{Kind, SimTime};
use ordinal_core::{Config, journal};
use ordinal_kubectl::script::{Script, Until};

/// Three Pods in a row, each with a disk from the cluster's default class.
pub const LEDGER: &str = include_str!("../manifests/ledger.yaml");
/// Three Pods whose volumes each lie in one machine.
pub const VAULT: &str = include_str!("../manifests/vault.yaml");
/// A Deployment with one claim for all its Pods beside a StatefulSet with one for each.
pub const BOARD: &str = include_str!("../manifests/board.yaml");

/// When something is done to a cluster that has come up.
pub const ACT_MS: u64 = 60_000;
/// When an administrator looks again after a loss of power: the Pods have long been evicted.
pub const RETURN_MS: u64 = 595_000;

/// A scenario and its name.
pub type Scenario = (&'static str, Script);

/// Every scenario, sorted by name.
pub fn all() -> Vec<Scenario> {
    vec![
        ("local_volume", local_volume()),
        ("node_out_of_service", node_out_of_service()),
        ("node_power_off", node_power_off()),
        ("ordered_creation", ordered_creation()),
        ("pod_deletion", pod_deletion()),
        ("scaling", scaling()),
        ("shared_claim", shared_claim()),
    ]
}

/// A set of three comes up.
pub fn ordered_creation() -> Script {
    script("ledger.yaml", LEDGER)
}

/// A set of three is scaled to five, then to two.
pub fn scaling() -> Script {
    ordered_creation()
        .at(ACT_MS, "kubectl scale statefulset ledger --replicas=5")
        .at(2 * ACT_MS, "kubectl scale statefulset ledger --replicas=2")
}

/// One Pod of a set is deleted.
pub fn pod_deletion() -> Script {
    ordered_creation().at(ACT_MS, "kubectl delete pod ledger-1")
}

/// The machine of `ledger-1` loses its power; much later somebody deletes the Pod by force.
pub fn node_power_off() -> Script {
    node_power_off_without_help().at(
        RETURN_MS,
        "kubectl delete pod ledger-1 --force --grace-period=0",
    )
}

/// The machine of `ledger-1` loses its power, and nobody comes.
pub fn node_power_off_without_help() -> Script {
    power_off(ordered_creation(), "ledger-1")
}

/// The machine of `ledger-1` loses its power; much later somebody says that it is out of service.
pub fn node_out_of_service() -> Script {
    let node = node_of(&ordered_creation(), "ledger-1");
    let taint = format!(
        "kubectl taint node {node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
    );
    node_power_off_without_help().at(RETURN_MS, &taint)
}

/// The machine of `vault-1` loses its power, and with it the only place of its volume; the Pod is deleted by force.
pub fn local_volume() -> Script {
    let script = power_off(script("vault.yaml", VAULT), "vault-1").at(
        RETURN_MS,
        "kubectl delete pod vault-1 --force --grace-period=0",
    );
    Script {
        until: Until::Moment(SimTime(RETURN_MS + 60_000)),
        ..script
    }
}

/// Three Pods of a Deployment on one claim, three of a StatefulSet on one each.
pub fn shared_claim() -> Script {
    Script {
        until: Until::Moment(SimTime(2 * ACT_MS)),
        ..script("board.yaml", BOARD)
    }
}

/// A text as it stands on three nodes, run until it settles.
pub fn script(file: &str, text: &str) -> Script {
    Script {
        config: Config::with_nodes(3),
        texts: vec![(file.to_owned(), text.to_owned())],
        strict: true,
        fill_missing: false,
        commands: Vec::new(),
        until: Until::Settled,
    }
}

fn power_off(script: Script, pod: &str) -> Script {
    let node = node_of(&script, pod);
    script.at(ACT_MS, &format!("power-off {node}"))
}

/// Where a Pod is once the cluster has come up. The same script gives the same run, so it will be there again.
///
/// # Panics
/// When it is nowhere.
pub fn node_of(script: &Script, pod: &str) -> String {
    let played = script.play();
    let pod = played
        .cluster
        .world()
        .store
        .find(Kind::Pod, "default", pod)
        .and_then(|object| object.as_pod().map(|pod| pod.node_name.to_string()));
    pod.filter(|node| !node.is_empty())
        .expect("the Pod is on a node once the cluster has come up")
}

/// The hash of every scenario's journal, as lines: `name<TAB>hash`.
pub fn hashes() -> String {
    let line = |(name, script): Scenario| {
        let hash = journal::hash(script.play().cluster.world());
        format!("{name}\t{hash:016x}\n")
    };
    all().into_iter().map(line).collect()
}
