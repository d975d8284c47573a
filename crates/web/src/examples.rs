//! The examples: manifests with a sentence on what to watch for, and a few things to try.

/// One example.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Example {
    /// How the address names it: `?example=NAME`.
    pub(crate) name: &'static str,
    /// How the menu names it.
    pub(crate) title: &'static str,
    /// What to watch for.
    pub(crate) watch: &'static str,
    /// The manifests.
    pub(crate) text: &'static str,
    /// Number of machines.
    pub(crate) nodes: usize,
    /// Command lines before the manifests are applied.
    pub(crate) before: &'static [&'static str],
    /// Command lines to try, with what they are called.
    pub(crate) tries: &'static [(&'static str, &'static str)],
}

macro_rules! manifest {
    ($name:literal) => {
        include_str!(concat!("../../../www/examples/", $name, ".yaml"))
    };
}

/// Every example, in the order of the menu. The first one is shown when the address names none.
pub(crate) const EXAMPLES: &[Example] = &[
    Example {
        name: "web-with-disks",
        title: "three web servers, one disk each",
        watch: "Pods come one after the other, each once the one before is Ready. Delete one: the name and the disk \
                stay, the pod is new.",
        text: manifest!("web-with-disks"),
        nodes: 3,
        before: &[],
        tries: &[
            ("Delete shop-1", "kubectl delete pod shop-1"),
            ("Scale to 5", "kubectl scale sts shop --replicas=5"),
            ("Scale to 2", "kubectl scale sts shop --replicas=2"),
            ("Cut the power of node-2", "power-off node-2"),
        ],
    },
    Example {
        name: "local-disks",
        title: "a database on local disks",
        watch: "Each member is tied to the machine that holds its disk. When that machine is off, its member waits: \
                no other machine has the bytes.",
        text: manifest!("local-disks"),
        nodes: 3,
        before: &[],
        tries: &[
            (
                "Delete the set, keep the disks",
                "kubectl delete sts archive",
            ),
            ("Delete archive-1", "kubectl delete pod archive-1"),
            ("Cut the power of node-2", "power-off node-2"),
            ("Power on node-2", "power-on node-2"),
        ],
    },
    Example {
        name: "pets",
        title: "two pets that remember",
        watch: "What a pet was told is on its disk. Cut its machine from the network: the cluster cannot know whether \
                the pet is gone, and nobody takes its place until you vouch for it.",
        text: manifest!("pets"),
        nodes: 3,
        before: &[],
        tries: &[
            ("Delete parrot-0", "kubectl delete pod parrot-0"),
            ("Cut node-3 from the network", "partition node-3"),
            (
                "Force delete parrot-0",
                "kubectl delete pod parrot-0 --grace-period=0 --force",
            ),
            ("Mend the network of node-3", "heal node-3"),
        ],
    },
    Example {
        name: "quorum",
        title: "a quorum, and a budget that guards it",
        watch: "Two of three must stay, says a PodDisruptionBudget. Drain one machine, then a second: the second drain \
                asks again and again, until the first machine is open and its pod is back.",
        text: manifest!("quorum"),
        nodes: 3,
        before: &[],
        tries: &[
            ("Drain node-2", "kubectl drain node-2 --ignore-daemonsets"),
            (
                "Drain node-3 as well",
                "kubectl drain node-3 --ignore-daemonsets",
            ),
            ("Open node-2 again", "kubectl uncordon node-2"),
            ("Cut the power of node-1", "power-off node-1"),
        ],
    },
    Example {
        name: "four-rooms",
        title: "four rooms, two closed",
        watch: "Taints keep pods off two machines. Scale to 3 and the street door, a LoadBalancer for one pod, leads \
                somewhere; scale back and the last one in leaves first.",
        text: manifest!("four-rooms"),
        nodes: 4,
        before: &[
            "kubectl taint nodes node-3 room=closed:NoExecute",
            "kubectl taint nodes node-4 room=closed:NoExecute",
        ],
        tries: &[
            (
                "Scale to 3",
                "kubectl scale sts guest -n guesthouse --replicas=3",
            ),
            (
                "Scale back to 2",
                "kubectl scale sts guest -n guesthouse --replicas=2",
            ),
            (
                "Close node-2 as well",
                "kubectl taint nodes node-2 room=closed:NoExecute",
            ),
        ],
    },
    Example {
        name: "shared-files",
        title: "readers on a file share",
        watch: "A file share needs no attaching. Delete a reader: it comes back with the same name, a new address and \
                the same files.",
        text: manifest!("shared-files"),
        nodes: 3,
        before: &[],
        tries: &[
            (
                "Delete reader-1",
                "kubectl delete pod reader-1 -n reading-room",
            ),
            ("Cut the power of node-2", "power-off node-2"),
            (
                "Scale to 1",
                "kubectl scale sts reader -n reading-room --replicas=1",
            ),
        ],
    },
    Example {
        name: "one-disk-for-all",
        title: "a Deployment around one disk",
        watch: "The Deployment's pods get random names and must share one disk; the StatefulSet's pods each have \
                their own. A disk for one machine holds the whole Deployment there.",
        text: manifest!("one-disk-for-all"),
        nodes: 3,
        before: &[],
        tries: &[
            (
                "Scale the Deployment to 4",
                "kubectl scale deployment desk --replicas=4",
            ),
            ("Cut the power of node-1", "power-off node-1"),
            ("Delete drawer-0", "kubectl delete pod drawer-0"),
        ],
    },
];

/// The example of that name.
pub(crate) fn named(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;
    use crate::state::Model;
    use ordinal_api::{Kind, SimTime};
    use ordinal_manifest::{Options, read};

    #[test]
    fn every_example_is_accepted_as_it_stands() {
        for example in EXAMPLES {
            let reading = read(example.text, &Options::strict());

            let errors: Vec<_> = reading.errors().collect();
            assert!(errors.is_empty(), "{}: {errors:?}", example.name);
            assert!(
                reading.missing.is_empty(),
                "{}: {:?}",
                example.name,
                reading.missing
            );
            assert!(reading.unmodelled.is_empty(), "{}", example.name);
        }
    }

    #[test]
    fn machines_to_break_run_a_pod_and_what_is_deleted_by_force_runs_on_one_of_them() {
        for example in EXAMPLES {
            let pairs = [("example".to_owned(), example.name.to_owned())];
            let mut model = Model::open(&Query::of(pairs));
            model.seek(SimTime(600_000));
            let pods = model.session.cluster().world().store.list(Kind::Pod);
            let pods: Vec<(&str, &str)> = pods
                .filter_map(|(_, o)| Some((&*o.meta.name, &*o.as_pod()?.node_name)))
                .collect();
            let words = example.tries.iter().map(|(_, line)| line);
            let words = words.map(|line| line.split(' ').collect::<Vec<_>>());
            let mut broken: Vec<&str> = Vec::new();
            for words in words {
                match words[..] {
                    ["power-off" | "partition", node] | ["kubectl", "drain", node, ..] => {
                        let runs = pods.iter().any(|(_, on)| *on == node);
                        assert!(runs, "{}: {node} of {pods:?}", example.name);
                        broken.push(node);
                    }
                    ["kubectl", "delete", "pod", name, .., "--force"] => {
                        let on = pods.iter().find(|(pod, _)| *pod == name).map(|(_, on)| *on);
                        let is_broken = on.is_some_and(|on| broken.contains(&on));
                        assert!(is_broken, "{}: {name} on {on:?}", example.name);
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn an_example_is_found_by_its_name() {
        assert_eq!(named("pets").map(|e| e.nodes), Some(3));
        assert_eq!(named("nothing"), None);
    }
}
