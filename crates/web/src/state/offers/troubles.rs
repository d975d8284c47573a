//! Every kind of trouble with everything that it can befall.

use ordinal_api::{Kind, Object};
use ordinal_core::World;
use ordinal_core::machine::Machine;

use super::{in_namespace, pod_argument, running_on};

/// One kind of trouble with everything that it can befall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Its name.
    pub(crate) label: &'static str,
    /// One sentence about it.
    pub(crate) help: &'static str,
    /// What it can befall: name, whether it has befallen it already, and the line that brings it or takes it away.
    pub(crate) targets: Vec<(String, bool, String)>,
}

/// Every kind of trouble with everything that it can befall now; at most `most` targets each.
pub(crate) fn troubles(world: &World, most: usize) -> Vec<Trouble> {
    let machines = || world.machines.values().take(most);
    let node = |m: &Machine, is: bool, on: &str, off: &str| {
        let verb = if is { off } else { on };
        (m.name.to_string(), is, format!("{verb} {}", m.name))
    };
    let pods: Vec<_> = world
        .store
        .list(Kind::Pod)
        .map(|(_, pod)| pod)
        .take(most)
        .collect();
    let named = |line: &dyn Fn(&Object) -> String| {
        pods.iter()
            .map(|pod| (pod.meta.name.to_string(), false, line(pod)))
            .collect::<Vec<_>>()
    };
    let readiness = pods.iter().filter_map(|pod| {
        let local = running_on(world, pod.meta.uid)?;
        let failing = local.forced_ready == Some(false);
        let verb = if failing { "ready" } else { "not-ready" };
        Some((
            pod.meta.name.to_string(),
            failing,
            format!("{verb} {}", pod_argument(pod)),
        ))
    });
    let running = pods
        .iter()
        .filter(|pod| running_on(world, pod.meta.uid).is_some());
    let all = vec![
        Trouble {
            label: "Cut the power",
            help: "The machine stops at once and says nothing.",
            targets: machines()
                .map(|m| node(m, !m.powered, "power-off", "power-on"))
                .collect(),
        },
        Trouble {
            label: "Cut the network",
            help: "The machine runs on, but nobody hears it.",
            targets: machines()
                .filter(|m| m.powered)
                .map(|m| node(m, !m.linked, "partition", "heal"))
                .collect(),
        },
        Trouble {
            label: "Delete a pod",
            help: "Its owner notices and makes another.",
            targets: named(&|pod| {
                format!(
                    "kubectl delete pod {}{}",
                    pod.meta.name,
                    in_namespace(&pod.meta.namespace)
                )
            }),
        },
        Trouble {
            label: "Force delete a pod",
            help: "The API forgets it; its container may still write.",
            targets: named(&|pod| {
                let within = in_namespace(&pod.meta.namespace);
                format!(
                    "kubectl delete pod {}{within} --grace-period=0 --force",
                    pod.meta.name
                )
            }),
        },
        Trouble {
            label: "Crash a container",
            help: "It exits with code 1 and is started again, later each time.",
            targets: running
                .map(|pod| {
                    (
                        pod.meta.name.to_string(),
                        false,
                        format!("crash {}", pod_argument(pod)),
                    )
                })
                .collect(),
        },
        Trouble {
            label: "Fail readiness",
            help: "It runs, but is not Ready.",
            targets: readiness.collect(),
        },
        Trouble {
            label: "Trouble with storage",
            help: "Attaching and detaching volumes fails, or takes long.",
            targets: vec![
                (
                    "attaching fails".to_owned(),
                    false,
                    "attach-fails".to_owned(),
                ),
                ("works again".to_owned(), false, "attach-works".to_owned()),
                (
                    "30 s slower".to_owned(),
                    false,
                    "attach-delay 30".to_owned(),
                ),
                ("fast again".to_owned(), false, "attach-delay 0".to_owned()),
                (
                    "no new volumes".to_owned(),
                    false,
                    "provisioner-pause".to_owned(),
                ),
                (
                    "new volumes again".to_owned(),
                    false,
                    "provisioner-resume".to_owned(),
                ),
            ],
        },
    ];
    all.into_iter()
        .filter(|trouble| !trouble.targets.is_empty())
        .collect()
}
