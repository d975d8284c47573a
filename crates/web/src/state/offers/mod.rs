//! What can be done with a thing at this moment, as command lines with a label and a sentence.

mod freed;
mod troubles;

use std::sync::Arc;

use ordinal_api::statefulset::{RetentionPolicy, StatefulSetSpec};
use ordinal_api::{Kind, Object, ObjectKey, Uid};
use ordinal_core::machine::Machine;
use ordinal_core::store::Link;
use ordinal_core::{Id, World};

pub(crate) use freed::{Freed, Goal, freed};
pub(crate) use troubles::{Trouble, troubles};

/// Taint that the page puts on a machine to keep pods away.
const TAINT: &str = "ordinal.dev/closed";
/// Taint by which an administrator says that a machine is really off. Models KEP-2268.
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// What its button is called.
    pub(crate) label: String,
    /// One sentence about it.
    pub(crate) help: &'static str,
    /// The command line.
    pub(crate) line: String,
    /// Whether it breaks something.
    pub(crate) danger: bool,
}

fn offer(label: impl Into<String>, help: &'static str, line: String) -> Offer {
    Offer {
        label: label.into(),
        help,
        line,
        danger: false,
    }
}

fn danger(label: impl Into<String>, help: &'static str, line: String) -> Offer {
    Offer {
        danger: true,
        ..offer(label, help, line)
    }
}

/// What can be done with a thing.
pub(crate) fn offers(world: &World, key: &ObjectKey) -> Vec<Offer> {
    let id = world.store.id(key.kind, &key.namespace, &key.name);
    let object = id.and_then(|id| world.get(id));
    match key.kind {
        Kind::Pod => object.map(|pod| of_pod(world, pod)).unwrap_or_default(),
        Kind::Node => id
            .map(|id| of_node(world, id, &key.name))
            .unwrap_or_default(),
        Kind::StatefulSet
        | Kind::Deployment
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::DaemonSet
        | Kind::Job
        | Kind::CronJob => object.map(|set| of_workload(set)).unwrap_or_default(),
        Kind::PersistentVolumeClaim if stays(object) => vec![danger(
            "Delete the claim",
            "It goes once no pod uses it, and with it what its reclaim policy says.",
            format!(
                "kubectl delete pvc {}{}",
                key.name,
                in_namespace(&key.namespace)
            ),
        )],
        Kind::PersistentVolume => of_volume(world, id, key),
        _ => Vec::new(),
    }
}

/// Whether a thing is there and nobody has asked for its end.
fn stays(object: Option<&Arc<Object>>) -> bool {
    object.is_some_and(|object| !object.meta.is_deleting())
}

/// ` -n NAMESPACE`, unless it is the default one.
fn in_namespace(namespace: &str) -> String {
    if namespace.is_empty() || namespace == "default" {
        String::new()
    } else {
        format!(" -n {namespace}")
    }
}

/// `pod/NAME` as fault lines name it.
fn pod_argument(pod: &Object) -> String {
    if pod.meta.namespace == "default" {
        format!("pod/{}", pod.meta.name)
    } else {
        format!("pod/{}/{}", pod.meta.namespace, pod.meta.name)
    }
}

fn of_pod(world: &World, pod: &Object) -> Vec<Offer> {
    let name = &pod.meta.name;
    let within = in_namespace(&pod.meta.namespace);
    let argument = pod_argument(pod);
    let mut list = Vec::new();
    if !pod.meta.is_deleting() {
        list.push(danger(
            "Delete",
            "Asks for its end with the usual grace.",
            format!("kubectl delete pod {name}{within}"),
        ));
    }
    list.push(danger(
        "Force delete",
        "The API forgets it at once; its container may still run.",
        format!("kubectl delete pod {name}{within} --grace-period=0 --force"),
    ));
    if let Some(local) = running_on(world, pod.meta.uid) {
        if local.forced_ready == Some(false) {
            list.push(offer(
                "Readiness back",
                "Its probes decide again.",
                format!("ready {argument}"),
            ));
        } else {
            list.push(danger(
                "Fail readiness",
                "It runs on, but nobody is sent to it.",
                format!("not-ready {argument}"),
            ));
        }
        list.push(danger(
            "Crash",
            "Its containers exit with code 1.",
            format!("crash {argument}"),
        ));
    }
    list
}

fn running_on(world: &World, uid: Uid) -> Option<&ordinal_core::machine::LocalPod> {
    let machines = world.machines.values();
    machines
        .into_iter()
        .filter(|m| m.is_running())
        .find_map(|m| m.pods.get(&uid))
        .map(|p| &**p)
}

fn of_node(world: &World, id: Id, name: &str) -> Vec<Offer> {
    let mut list = Vec::new();
    let machine: Option<&Machine> = world.machines.get(&id).map(|m| &**m);
    if let Some(machine) = machine {
        list.push(if machine.powered {
            danger(
                "Power off",
                "Everything on it stops at once, unsaid.",
                format!("power-off {name}"),
            )
        } else {
            offer(
                "Power on",
                "It boots and reports again.",
                format!("power-on {name}"),
            )
        });
        if machine.powered {
            list.push(if machine.linked {
                danger(
                    "Cut the network",
                    "Its pods run on, unheard.",
                    format!("partition {name}"),
                )
            } else {
                offer(
                    "Mend the network",
                    "It is heard again.",
                    format!("heal {name}"),
                )
            });
        }
    }
    let Some(node) = world.get(id).and_then(|o| o.as_node()) else {
        return list;
    };
    let tainted = |key: &str| node.taints.iter().any(|taint| taint.key == key);
    if !node.is_ready() && !tainted(OUT_OF_SERVICE) {
        list.push(offer(
            "Out of service",
            "You vouch that it is really off: its pods and attachments go at once.",
            format!("kubectl taint nodes {name} {OUT_OF_SERVICE}=nodeshutdown:NoExecute"),
        ));
    } else if tainted(OUT_OF_SERVICE) {
        list.push(offer(
            "Back in service",
            "Takes the out-of-service taint away.",
            format!("kubectl taint nodes {name} {OUT_OF_SERVICE}=nodeshutdown:NoExecute-"),
        ));
    }
    list.push(if tainted(TAINT) {
        offer(
            "Untaint",
            "Pods may come again.",
            format!("kubectl taint nodes {name} {TAINT}=true:NoExecute-"),
        )
    } else {
        danger(
            "Taint NoExecute",
            "Pods that do not tolerate it must leave.",
            format!("kubectl taint nodes {name} {TAINT}=true:NoExecute"),
        )
    });
    list.push(if node.unschedulable {
        offer(
            "Uncordon",
            "New pods may come again.",
            format!("kubectl uncordon {name}"),
        )
    } else {
        offer(
            "Cordon",
            "No new pods come; those that run stay.",
            format!("kubectl cordon {name}"),
        )
    });
    list.push(danger(
        "Delete the Node",
        "The API forgets the machine and its pods.",
        format!("kubectl delete node {name}"),
    ));
    list
}

fn of_workload(object: &Object) -> Vec<Offer> {
    let set = object.as_stateful_set().map(|set| &set.spec);
    let replicas = (set.map(|set| set.replicas))
        .or(object.as_deployment().map(|d| d.spec.replicas))
        .or(object.as_replicated().map(|set| set.replicas));
    let kind = object.kind().names().singular;
    let name = &object.meta.name;
    let within = in_namespace(&object.meta.namespace);
    let scale = |to: u32, help| {
        let line = format!("kubectl scale {kind} {name}{within} --replicas={to}");
        offer(format!("Scale to {to}"), help, line)
    };
    let claims_go = |policy: fn(&StatefulSetSpec) -> RetentionPolicy| {
        set.is_some_and(|set| policy(set) == RetentionPolicy::Delete)
    };
    let with_claims = claims_go(|set| set.when_scaled);
    let mut list = Vec::new();
    if let Some(replicas) = replicas {
        list.push(scale(replicas + 1, "One more."));
        if replicas > 0 {
            let help = if with_claims {
                "One less, and its claims go with it."
            } else {
                "One less; its disks stay."
            };
            list.push(scale(replicas - 1, help));
        }
        if replicas > 1 {
            let help = if with_claims {
                "All of them go, and their claims with them."
            } else {
                "All of them go; disks stay."
            };
            list.push(scale(0, help));
        }
    }
    if set.is_some() || matches!(object.kind(), Kind::Deployment | Kind::DaemonSet) {
        list.push(offer(
            "Restart",
            "Every pod is replaced by a new one, as its update strategy says.",
            format!("kubectl rollout restart {kind} {name}{within}"),
        ));
    }
    list.push(danger(
        "Delete",
        if claims_go(|set| set.when_deleted) {
            "Its pods go with it, and then its claims."
        } else {
            "Its pods go with it; claims and disks stay."
        },
        format!("kubectl delete {kind} {name}{within}"),
    ));
    list
}

fn of_volume(world: &World, id: Option<Id>, key: &ObjectKey) -> Vec<Offer> {
    let mut list = Vec::new();
    let claim = id.and_then(|id| world.store.linked(Link::ClaimOfVolume, id).next());
    if let Some((_, claim)) = claim.filter(|(_, claim)| stays(Some(claim))) {
        let within = in_namespace(&claim.meta.namespace);
        list.push(danger(
            "Delete the claim",
            "It goes once no pod uses it, and with it what its reclaim policy says.",
            format!("kubectl delete pvc {}{within}", claim.meta.name),
        ));
    }
    if stays(id.and_then(|id| world.get(id))) {
        list.push(danger(
            "Delete the volume",
            "It goes once no claim is bound to it.",
            format!("kubectl delete pv {}", key.name),
        ));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordinal_core::{Cluster, Config, Fault};

    fn labels(world: &World, kind: Kind, name: &str) -> Vec<String> {
        let key = ObjectKey::new(kind, "default", name);
        offers(world, &key)
            .into_iter()
            .map(|offer| offer.label)
            .collect()
    }

    #[test]
    fn a_machine_that_is_off_can_be_switched_on_and_vouched_for() {
        let mut cluster = Cluster::new(Config::default());
        assert!(labels(cluster.world(), Kind::Node, "node-2").contains(&"Power off".to_owned()));

        cluster
            .fault(Fault::PowerOff("node-2".into()))
            .expect("node-2 exists");

        let offered = labels(cluster.world(), Kind::Node, "node-2");
        assert!(offered.contains(&"Power on".to_owned()), "{offered:?}");
        assert!(
            !offered.contains(&"Cut the network".to_owned()),
            "{offered:?}"
        );
    }

    #[test]
    fn what_becomes_of_disks_is_said_as_the_retention_policy_has_it() {
        let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  replicas: 2\n  serviceName: web\n  \
                   persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Delete}\n  \
                   selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {containers: \
                   [{name: c, image: 'nginx:1.27'}]}}\n";
        let key = ObjectKey::new(Kind::StatefulSet, "default", "web");
        let told = |text: &str| -> Vec<&str> {
            let run = ordinal_kubectl::script::Script::of_text(text).play();
            let all = offers(run.cluster.world(), &key);
            let about = |o: &Offer| o.label == "Scale to 0" || o.label == "Delete";
            all.into_iter().filter(about).map(|o| o.help).collect()
        };

        assert_eq!(
            told(set),
            [
                "All of them go, and their claims with them.",
                "Its pods go with it, and then its claims."
            ]
        );
        assert_eq!(
            told(&set.replace(": Delete", ": Retain")),
            [
                "All of them go; disks stay.",
                "Its pods go with it; claims and disks stay."
            ]
        );
    }

    #[test]
    fn what_is_not_there_offers_nothing() {
        let cluster = Cluster::new(Config::default());

        assert_eq!(labels(cluster.world(), Kind::Pod, "web-0"), [""; 0]);
        assert_eq!(labels(cluster.world(), Kind::StatefulSet, "web"), [""; 0]);
    }
}
