//! What is not modelled: one list, shown to the user when a manifest relies on it.

/// One thing that real clusters do and this one does not.
#[derive(Clone, Copy, Debug)]
pub struct Gap {
    /// A short name.
    pub name: &'static str,
    /// The fields that rely on it, as paths.
    pub fields: &'static [&'static str],
    /// Whether a value of one of the fields makes a difference.
    pub matters: fn(&str) -> bool,
    /// What happens instead, as a sentence.
    pub instead: &'static str,
}

/// Every value does.
fn always(_: &str) -> bool {
    true
}

/// More replicas than are made.
fn is_over_the_bound(replicas: &str) -> bool {
    let most = u64::from(crate::config::Limits::default().replicas);
    replicas.parse().is_ok_and(|count: u64| count > most)
}

/// The list.
pub const GAPS: &[Gap] = &[
    Gap {
        name: "time zones",
        fields: &["spec.timeZone"],
        matters: always,
        instead: "every schedule of a CronJob is read in UTC; the names of zones are checked, but not what their clocks show",
    },
    Gap {
        name: "very many replicas",
        fields: &["spec.replicas"],
        matters: is_over_the_bound,
        instead: "of one StatefulSet, ReplicaSet or Deployment 10,000 Pods are made; the others are wanted for ever",
    },
    Gap {
        name: "pod-template-hash",
        fields: &[],
        matters: always,
        instead: "the hash in the names of a Deployment's ReplicaSets and Pods, and of a DaemonSet's revisions, is as stable as in a real cluster, but another one",
    },
    Gap {
        name: "stored Endpoints",
        fields: &[],
        matters: always,
        instead: "the Endpoints of a Service are made from its slices when kubectl reads them; nothing stores or watches them",
    },
    Gap {
        name: "container processes",
        fields: &[
            "spec.containers[].command",
            "spec.containers[].args",
            "spec.initContainers[].command",
        ],
        matters: always,
        instead: "nothing is executed: a container starts, answers after a while, runs until it is stopped and exits 0; an init container ends well after a second, and so does one of a Job, unless `sleep` or `exit` in its command says otherwise",
    },
    Gap {
        name: "images",
        fields: &["spec.containers[].image", "spec.initContainers[].image"],
        matters: crate::kubelet::is_telling_image,
        instead: "no registry is asked: every image can be pulled but one with the tag `bad`, or with `does-not-exist`, `no-such` or `nosuch` in its name; with the tag `crash` it ends with code 1 after a second",
    },
    Gap {
        name: "probe handlers",
        fields: &[
            "spec.containers[].readinessProbe",
            "spec.containers[].livenessProbe",
            "spec.containers[].startupProbe",
        ],
        matters: always,
        instead: "what a probe asks is not executed: it succeeds once its container answers, in the rhythm of its own timing; only a fault makes it fail",
    },
    Gap {
        name: "lifecycle hooks",
        fields: &[
            "spec.containers[].lifecycle.postStart",
            "spec.containers[].lifecycle.preStop",
        ],
        matters: always,
        instead: "hooks are not executed; of all hooks only `preStop.sleep` takes its time",
    },
    Gap {
        name: "resource limits at run time",
        fields: &["spec.containers[].resources.limits"],
        matters: always,
        instead: "limits count for scheduling and the QoS class; no container is throttled, killed for memory or evicted",
    },
    Gap {
        name: "owners in another namespace",
        fields: &["metadata.ownerReferences"],
        matters: always,
        instead: "an owner is looked for in the dependant's own namespace; one that is not there counts as gone, without the event `OwnerRefInvalidNamespace`; owners of kinds that are not modelled count as present",
    },
    Gap {
        name: "node shutdown",
        fields: &[],
        matters: always,
        instead: "a machine that is shut down gives its Pods 20 s and critical ones 10 s more; other periods, and kubelets that hold no shutdown up (the default: see `power-off`), cannot be set",
    },
    Gap {
        name: "controller restarts",
        fields: &[],
        matters: always,
        instead: "controllers restart only where they are told to (`restart-controllers`), all together and in no time",
    },
    Gap {
        name: "detaching while attaching",
        fields: &[],
        matters: always,
        instead: "a VolumeAttachment that is deleted while its driver attaches is detached at once, without waiting for the driver's answer",
    },
    Gap {
        name: "slow start",
        fields: &[],
        matters: always,
        instead: "with the times `exact` an answer of the API server takes no time, so that the batches of 1, 2, 4 … in which Pods are made are one instant; with `kind` and `cloud` each waits for the one before",
    },
    Gap {
        name: "Endpoints objects",
        fields: &[],
        matters: always,
        instead: "a Service has EndpointSlices only; the older Endpoints object beside them is not made",
    },
    Gap {
        name: "topology-aware routing",
        fields: &["spec.trafficDistribution", "spec.internalTrafficPolicy"],
        matters: always,
        instead: "slices carry the zone of each endpoint but no hints, and nothing is routed",
    },
    Gap {
        name: "IPv6 and dual stack",
        fields: &["spec.ipFamilies", "spec.ipFamilyPolicy"],
        matters: always,
        instead: "Pods and Services have IPv4 addresses only; slices written by hand may hold others",
    },
    Gap {
        name: "load balancers",
        fields: &[
            "spec.loadBalancerClass",
            "spec.loadBalancerSourceRanges",
            "spec.externalTrafficPolicy",
        ],
        matters: always,
        instead: "the simulated cloud gives every LoadBalancer an address after two seconds, without a finalizer, health checks or traffic",
    },
    Gap {
        name: "the DNS server itself",
        fields: &[],
        matters: always,
        instead: "it has no Pods that could fail, knows every change at once, answers in a fixed order, and outside of the cluster knows www.example.com and db.example.com only",
    },
    Gap {
        name: "image locality",
        fields: &[],
        matters: always,
        instead: "images have no size: nodes that have a Pod's image already are not preferred",
    },
    Gap {
        name: "dynamic resources",
        fields: &["spec.resourceClaims"],
        matters: always,
        instead: "ResourceClaims do not count for scheduling",
    },
    Gap {
        name: "published storage capacity",
        fields: &[],
        matters: always,
        instead: "drivers have room for every volume and publish no CSIStorageCapacity; those that are written by hand count",
    },
    Gap {
        name: "other schedulers",
        fields: &["spec.schedulerName"],
        matters: always,
        instead: "a Pod that names another scheduler than default-scheduler is given a node by nobody",
    },
    Gap {
        name: "infeasible expansion",
        fields: &[],
        matters: always,
        instead: "a driver makes every volume as large as is asked for; none refuses, and none needs the Pod to be gone",
    },
    Gap {
        name: "recycling",
        fields: &["spec.persistentVolumeReclaimPolicy"],
        matters: always,
        instead: "a recycled volume is empty and free at once, without a Pod that scrubs it",
    },
    Gap {
        name: "refused access modes",
        fields: &["spec.accessModes"],
        matters: always,
        instead: "drivers of disks refuse a claim for several nodes and do not try again; drivers whose name says nothing take every mode",
    },
    Gap {
        name: "sentences of explain",
        fields: &[],
        matters: always,
        instead: "`kubectl explain` tells the group, kind, type and values of a field; the sentences about it are larger than the page and are not carried",
    },
    Gap {
        name: "edit without an editor",
        fields: &[],
        matters: always,
        instead: "`kubectl edit` opens the page's own editor; a command line by itself has none and changes nothing",
    },
    Gap {
        name: "conflicts between controllers",
        fields: &[],
        matters: always,
        instead: "writes of controllers do not collide: what a real scheduler tries again after `Operation cannot be fulfilled`, succeeds the first time",
    },
];

/// Situations of the catalogue of storage and nodes (`tests/scenarios/catalogue`) without a test, by number, and why.
pub const SITUATIONS_LEFT_OUT: &[(u16, &str)] = &[
    (
        40,
        "it is about metrics of the controller, which the simulator does not have",
    ),
    (
        56,
        "writes of controllers never fail, so no status of a Node is left unwritten before a detach",
    ),
    (
        107,
        "the releases that showed `NodeLost` ended with 1.12; the oldest one here is 1.29, which evicts by taints",
    ),
];

/// Scenarios of the upstream tests of StatefulSets, by their numbers in the lists that the tests follow, which are not
/// played; and why.
pub const NOT_PLAYED: &[(&str, &str)] = &[
    (
        "c59",
        "revisions that another release wrote: a run has one release from its beginning to its end",
    ),
    (
        "s18",
        "a deletion that an informer missed: every component sees every change",
    ),
    (
        "p05",
        "a claim that cannot be read: reads of a controller do not fail",
    ),
    (
        "u02",
        "from a claim to its Pod: no handler of claims is there that would ask",
    ),
    (
        "u20",
        "sets that overlap, by age and name: all of them are asked, in the order of their handles",
    ),
    (
        "i09",
        "the strategy Recreate: its gate is off in every release that is modelled",
    ),
    ("e16", "ZooKeeper runs: the database itself is not executed"),
    ("e17", "Redis runs: the database itself is not executed"),
    ("e18", "MySQL runs: the database itself is not executed"),
    (
        "e19",
        "CockroachDB runs: the database itself is not executed",
    ),
    (
        "e33",
        "what was added later is about the strategy Recreate, whose gate is off, and maxUnavailable, which c20 to c23 play",
    ),
];
