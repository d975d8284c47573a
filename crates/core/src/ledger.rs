//! What is not modelled: one list, shown to the user when a manifest relies on it.

/// One thing that real clusters do and this one does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// A short name.
    pub name: &'static str,
    /// The fields that rely on it, as paths.
    pub fields: &'static [&'static str],
    /// What happens instead, as a sentence.
    pub instead: &'static str,
}

/// The list.
pub const GAPS: &[Gap] = &[
    Gap {
        name: "pod-template-hash",
        fields: &[],
        instead: "the hash in the names of a Deployment's ReplicaSets and Pods is as stable as in a real cluster, but another one",
    },
    Gap {
        name: "container processes",
        fields: &[
            "spec.containers[].command",
            "spec.containers[].args",
            "spec.initContainers[].command",
        ],
        instead: "nothing is executed: a container starts, answers after a while, runs until it is stopped and exits 0; an init container ends well after a second",
    },
    Gap {
        name: "probe handlers",
        fields: &[
            "spec.containers[].readinessProbe",
            "spec.containers[].livenessProbe",
            "spec.containers[].startupProbe",
        ],
        instead: "what a probe asks is not executed: it succeeds once its container answers, in the rhythm of its own timing; only a fault makes it fail",
    },
    Gap {
        name: "lifecycle hooks",
        fields: &[
            "spec.containers[].lifecycle.postStart",
            "spec.containers[].lifecycle.preStop",
        ],
        instead: "hooks are not executed; of all hooks only `preStop.sleep` takes its time",
    },
    Gap {
        name: "resource limits at run time",
        fields: &["spec.containers[].resources.limits"],
        instead: "limits count for scheduling and the QoS class; no container is throttled, killed for memory or evicted",
    },
];
