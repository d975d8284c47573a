//! The kinds that the cluster models, with the names under which the API serves them.

use std::fmt;

/// A kind of object. The order is the one in which kinds are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants are Kubernetes' own kinds")]
pub enum Kind {
    Namespace,
    Node,
    Pod,
    StatefulSet,
    ReplicaSet,
    Deployment,
    ControllerRevision,
    Service,
    EndpointSlice,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
    VolumeAttachment,
    CSINode,
    CSIDriver,
    CSIStorageCapacity,
    Secret,
    ConfigMap,
    ServiceAccount,
    PodDisruptionBudget,
    PriorityClass,
    Lease,
    DaemonSet,
    Endpoints,
    ResourceQuota,
    LimitRange,
    Job,
    CronJob,
    ReplicationController,
    Event,
}

/// The newer of the two groups that serve Events, with names of its own for some fields.
pub const EVENTS: &str = "events.k8s.io";

/// How the API names a kind.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// `StatefulSet`
    pub kind: &'static str,
    /// `apps`; empty for the core group
    pub group: &'static str,
    /// `v1`
    pub version: &'static str,
    /// `statefulsets`
    pub plural: &'static str,
    /// `statefulset`
    pub singular: &'static str,
    /// `sts`
    pub short: &'static [&'static str],
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
}

macro_rules! kinds {
    ($($kind:ident $group:literal $version:literal $plural:literal $singular:literal [$($short:literal)*] $namespaced:literal;)*) => {
        impl Kind {
            /// Every kind, in their order.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// The names of this kind.
            pub const fn names(self) -> Names {
                match self {
                    $(Kind::$kind => Names {
                        kind: stringify!($kind), group: $group, version: $version, plural: $plural,
                        singular: $singular, short: &[$($short),*], namespaced: $namespaced,
                    },)*
                }
            }
        }
    };
}

kinds! {
    Namespace "" "v1" "namespaces" "namespace" ["ns"] false;
    Node "" "v1" "nodes" "node" ["no"] false;
    Pod "" "v1" "pods" "pod" ["po"] true;
    StatefulSet "apps" "v1" "statefulsets" "statefulset" ["sts"] true;
    ReplicaSet "apps" "v1" "replicasets" "replicaset" ["rs"] true;
    Deployment "apps" "v1" "deployments" "deployment" ["deploy"] true;
    ControllerRevision "apps" "v1" "controllerrevisions" "controllerrevision" [] true;
    Service "" "v1" "services" "service" ["svc"] true;
    EndpointSlice "discovery.k8s.io" "v1" "endpointslices" "endpointslice" [] true;
    PersistentVolume "" "v1" "persistentvolumes" "persistentvolume" ["pv"] false;
    PersistentVolumeClaim "" "v1" "persistentvolumeclaims" "persistentvolumeclaim" ["pvc"] true;
    StorageClass "storage.k8s.io" "v1" "storageclasses" "storageclass" ["sc"] false;
    VolumeAttachment "storage.k8s.io" "v1" "volumeattachments" "volumeattachment" [] false;
    CSINode "storage.k8s.io" "v1" "csinodes" "csinode" [] false;
    CSIDriver "storage.k8s.io" "v1" "csidrivers" "csidriver" [] false;
    CSIStorageCapacity "storage.k8s.io" "v1" "csistoragecapacities" "csistoragecapacity" [] true;
    Secret "" "v1" "secrets" "secret" [] true;
    ConfigMap "" "v1" "configmaps" "configmap" ["cm"] true;
    ServiceAccount "" "v1" "serviceaccounts" "serviceaccount" ["sa"] true;
    PodDisruptionBudget "policy" "v1" "poddisruptionbudgets" "poddisruptionbudget" ["pdb"] true;
    PriorityClass "scheduling.k8s.io" "v1" "priorityclasses" "priorityclass" ["pc"] false;
    Lease "coordination.k8s.io" "v1" "leases" "lease" [] true;
    DaemonSet "apps" "v1" "daemonsets" "daemonset" ["ds"] true;
    Endpoints "" "v1" "endpoints" "endpoints" ["ep"] true;
    ResourceQuota "" "v1" "resourcequotas" "resourcequota" ["quota"] true;
    LimitRange "" "v1" "limitranges" "limitrange" ["limits"] true;
    Job "batch" "v1" "jobs" "job" [] true;
    CronJob "batch" "v1" "cronjobs" "cronjob" ["cj"] true;
    ReplicationController "" "v1" "replicationcontrollers" "replicationcontroller" ["rc"] true;
    Event "" "v1" "events" "event" ["ev"] true;
}

impl Kind {
    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(self) -> String {
        let names = self.names();
        if names.group.is_empty() {
            names.version.to_owned()
        } else {
            format!("{}/{}", names.group, names.version)
        }
    }

    /// `statefulsets.apps`, or `pods` for the core group: as API errors name a resource.
    pub fn group_resource(self) -> String {
        let names = self.names();
        if names.group.is_empty() {
            names.plural.to_owned()
        } else {
            format!("{}.{}", names.plural, names.group)
        }
    }

    /// `StatefulSet.apps`, or `Pod`: as validation errors name a kind.
    pub fn group_kind(self) -> String {
        let names = self.names();
        if names.group.is_empty() {
            names.kind.to_owned()
        } else {
            format!("{}.{}", names.kind, names.group)
        }
    }

    /// Whether objects of this kind live in a namespace.
    pub fn is_namespaced(self) -> bool {
        self.names().namespaced
    }

    /// The kind that is served under this version and kind, if it is one of ours.
    pub fn from_api(api_version: &str, kind: &str) -> Option<Self> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        // Events are served by two groups.
        let group = match (group, kind) {
            (EVENTS, "Event") => "",
            (group, _) => group,
        };
        Self::ALL.iter().copied().find(|k| {
            let names = k.names();
            names.kind == kind && names.group == group && names.version == version
        })
    }

    /// The kind that a user means by `sts`, `statefulset`, `StatefulSets` or `statefulsets.apps`.
    pub fn from_argument(argument: &str) -> Option<Self> {
        let lower = argument.to_ascii_lowercase();
        Self::ALL.iter().copied().find(|k| {
            let names = k.names();
            lower == names.plural
                || lower == names.singular
                || names.short.contains(&lower.as_str())
                || lower == k.group_resource()
                || lower == format!("{}.{}", names.singular, names.group)
                || lower == format!("{}.{}.{}", names.plural, names.version, names.group)
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.names().kind)
    }
}
