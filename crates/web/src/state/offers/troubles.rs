//! Every kind of trouble with everything that it can befall.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use ordinal_api::node::Node;
use ordinal_api::{Kind, Object};
use ordinal_core::World;
use ordinal_core::machine::Machine;

use super::{OUT_OF_SERVICE, TAINT, in_namespace, pod_argument, running_on};

/// One kind of trouble with everything that it can befall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Its name.
    pub(crate) label: &'static str,
    /// One sentence about it.
    pub(crate) help: &'static str,
    /// What it can befall: name, whether it has befallen it already, and the line that brings it or takes it away.
    pub(crate) targets: Vec<Target>,
}

/// A target: its name, whether it is befallen, and the line that brings that or takes it away.
type Target = (String, bool, String);

/// The Nodes of the API, by name.
fn nodes(world: &World, most: usize) -> impl Iterator<Item = (&str, &Node)> {
    let all = world.store.list(Kind::Node).take(most);
    all.filter_map(|(_, object)| Some((object.meta.name.as_str(), &**object.as_node()?)))
}

fn is_tainted(node: &Node, key: &str) -> bool {
    node.taints.iter().any(|taint| taint.key == key)
}

fn taint(name: &str, node: &Node, key: &str, value: &str) -> Target {
    let is = is_tainted(node, key);
    let end = if is { "-" } else { "" };
    let line = format!("kubectl taint nodes {name} {key}={value}:NoExecute{end}");
    (name.to_owned(), is, line)
}

/// The zones with their machines, where there are several.
fn zones(world: &World) -> Vec<Target> {
    let mut zones: SortedMap<&str, Vec<&Machine>> = SortedMap::new();
    for machine in world.machines.values() {
        let node = world.get(machine.node);
        let zone = node.and_then(|o| o.meta.label("topology.kubernetes.io/zone"));
        if let Some(zone) = zone {
            zones.entry(zone).or_default().push(machine);
        }
    }
    if zones.len() < 2 {
        return Vec::new();
    }
    let target = |(zone, machines): (&str, Vec<&Machine>)| {
        let is = machines.iter().all(|m| !m.powered);
        let verb = if is { "power-on" } else { "power-off" };
        let lines = machines.iter().filter(|m| m.powered != is);
        let lines: Vec<_> = lines.map(|m| format!("{verb} {}", m.name)).into_list();
        (zone.to_owned(), is, lines.join("; "))
    };
    zones.into_iter().map(target).collect()
}

/// Every kind of trouble with everything that it can befall now; at most `most` targets each.
pub(crate) fn troubles(world: &World, most: usize) -> Vec<Trouble> {
    let mut all = of_machines(world, most);
    all.extend(of_nodes(world, most));
    all.extend(of_pods(world, most));
    all.push(of_storage(world));
    all.retain(|trouble| !trouble.targets.is_empty());
    all
}

fn of_machines(world: &World, most: usize) -> Vec<Trouble> {
    let machines = || world.machines.values().take(most).map(|m| &**m);
    let machine = |m: &Machine, is: bool, on: &str, off: &str| {
        let verb = if is { off } else { on };
        (m.name.to_string(), is, format!("{verb} {}", m.name))
    };
    let reboot = |m: &Machine| {
        let line = format!("power-off {0}; power-on {0}", m.name);
        (m.name.to_string(), false, line)
    };
    vec![
        Trouble {
            label: "Cut the power",
            help: "The machine stops at once and says nothing.",
            targets: machines()
                .map(|m| machine(m, !m.powered, "power-off", "power-on"))
                .collect(),
        },
        Trouble {
            label: "Cut the network",
            help: "The machine runs on, but nobody hears it.",
            targets: machines()
                .filter(|m| m.powered)
                .map(|m| machine(m, !m.linked, "partition", "heal"))
                .collect(),
        },
        Trouble {
            label: "Reboot",
            help: "The power goes and comes back: the same pods start again.",
            targets: machines().filter(|m| m.powered).map(reboot).collect(),
        },
        Trouble {
            label: "Lose a zone",
            help: "Every machine of a zone loses its power at once.",
            targets: zones(world),
        },
    ]
}

fn of_nodes(world: &World, most: usize) -> Vec<Trouble> {
    let each = |target: &dyn Fn(&str, &Node) -> Target| -> Vec<Target> {
        let nodes = nodes(world, most);
        nodes.map(|(name, node)| target(name, node)).collect()
    };
    vec![
        Trouble {
            label: "Vouch that a machine is off",
            help: "The out-of-service taint: its pods and attachments go at once. Never say it of one that may still run.",
            targets: nodes(world, most)
                .filter(|(_, node)| !node.is_ready() || is_tainted(node, OUT_OF_SERVICE))
                .map(|(name, node)| taint(name, node, OUT_OF_SERVICE, "nodeshutdown"))
                .collect(),
        },
        Trouble {
            label: "Close a machine",
            help: "A taint with NoExecute: pods must leave, and none come.",
            targets: each(&|name, node| taint(name, node, TAINT, "true")),
        },
        Trouble {
            label: "Cordon",
            help: "No new pods come; those that run stay.",
            targets: each(&|name, node| {
                let is = node.unschedulable;
                let verb = if is { "uncordon" } else { "cordon" };
                (name.to_owned(), is, format!("kubectl {verb} {name}"))
            }),
        },
        Trouble {
            label: "Drain",
            help: "Cordons it and asks its pods to leave, as far as disruption budgets allow.",
            targets: each(&|name, _| {
                let options = "--ignore-daemonsets --delete-emptydir-data --force";
                let line = format!("kubectl drain {name} {options}");
                (name.to_owned(), false, line)
            }),
        },
        Trouble {
            label: "Delete a Node",
            help: "The API forgets the machine and then its pods.",
            targets: each(&|name, _| {
                let line = format!("kubectl delete node {name}");
                (name.to_owned(), false, line)
            }),
        },
    ]
}

fn of_pods(world: &World, most: usize) -> Vec<Trouble> {
    let pods = || world.store.list(Kind::Pod).map(|(_, pod)| pod).take(most);
    let mut namespaces = pods().map(|pod| &pod.meta.namespace);
    let first = namespaces.next();
    let are_in_several = namespaces.any(|namespace| Some(namespace) != first);
    let named = |pod: &Object| match are_in_several {
        true => format!("{}/{}", pod.meta.namespace, pod.meta.name),
        false => pod.meta.name.to_string(),
    };
    let each = |line: &dyn Fn(&Object) -> Option<String>| -> Vec<Target> {
        pods()
            .filter_map(|pod| Some((named(pod), false, line(pod)?)))
            .collect()
    };
    let delete = |pod: &Object| {
        let within = in_namespace(&pod.meta.namespace);
        format!("kubectl delete pod {}{within}", pod.meta.name)
    };
    let readiness = pods().filter_map(|pod| {
        let local = running_on(world, pod.meta.uid)?;
        let failing = local.forced_ready == Some(false);
        let verb = if failing { "ready" } else { "not-ready" };
        let line = format!("{verb} {}", pod_argument(pod));
        Some((named(pod), failing, line))
    });
    vec![
        Trouble {
            label: "Delete a pod",
            help: "Its owner notices and makes another.",
            targets: each(&|pod| Some(delete(pod))),
        },
        Trouble {
            label: "Force delete a pod",
            help: "The API forgets it; its container may still write.",
            targets: each(&|pod| Some(delete(pod) + " --grace-period=0 --force")),
        },
        Trouble {
            label: "Crash a container",
            help: "It exits with code 1 and is started again, later each time.",
            targets: each(&|pod| {
                running_on(world, pod.meta.uid)?;
                Some(format!("crash {}", pod_argument(pod)))
            }),
        },
        Trouble {
            label: "Fail readiness",
            help: "It runs, but is not Ready.",
            targets: readiness.collect(),
        },
    ]
}

fn of_storage(world: &World) -> Trouble {
    let befell = world.storage_faults;
    let target = |name: &str, is: bool, on: &str, off: &str| {
        let line = if is { off } else { on };
        (name.to_owned(), is, line.to_owned())
    };
    Trouble {
        label: "Trouble with storage",
        help: "Attaching and detaching volumes fails, or takes long.",
        targets: vec![
            target(
                "attaching fails",
                befell.attach_fails,
                "attach-fails",
                "attach-works",
            ),
            target(
                "30 s slower",
                befell.attach_is_slow,
                "attach-delay 30",
                "attach-delay 0",
            ),
            target(
                "no new volumes",
                befell.provisioner_is_paused,
                "provisioner-pause",
                "provisioner-resume",
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordinal_kubectl::script::Script;

    #[test]
    fn pods_of_one_name_in_two_namespaces_are_told_apart() {
        let pod = |namespace: &str| {
            format!(
                "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: \
                 {{name: twin, namespace: {namespace}}}\nspec: {{containers: [{{name: c, image: 'nginx:1.27'}}]}}\n---\n"
            )
        };
        let run = Script::of_text(&(pod("east") + &pod("west"))).play();

        let all = troubles(run.cluster.world(), 12);

        let delete = all.iter().find(|trouble| trouble.label == "Delete a pod");
        let targets = &delete.expect("there are pods").targets;
        let shown: Vec<(&str, &str)> = targets
            .iter()
            .map(|(name, _, line)| (name.as_str(), line.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("east/twin", "kubectl delete pod twin -n east"),
                ("west/twin", "kubectl delete pod twin -n west")
            ]
        );
    }
}
