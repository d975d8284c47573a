//! The field table: every type and field of the kinds we model, as the API server 1.37 publishes them.
//!
//! `table.txt` is generated (see `tests/schema_table.rs`) and read once. Reading manifests, strict decoding, merging
//! and `kubectl explain` all ask the same table, so none of them has a list of fields of its own.

mod convert;
pub mod decode;
mod encode;
mod table;
mod tidy;
mod words;

use std::sync::OnceLock;

pub use convert::convert;
pub use encode::encode;
pub use table::{Field, ListType, Patch, Zero};
pub use tidy::{base64, tidy};

/// One object type of the table, such as `core.v1.PodSpec`. Cheap to copy and compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub(crate) u16);

/// What one value is, below lists and maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Any text.
    String,
    /// Base64 text (`Secret.data`).
    Bytes,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// `true` or `false`.
    Bool,
    /// RFC 3339 with seconds.
    Time,
    /// RFC 3339 with microseconds.
    MicroTime,
    /// A number with a unit, such as `100m` or `1Gi`.
    Quantity,
    /// A port name or number, a count or a percentage.
    IntOrString,
    /// Anything at all.
    Any,
    /// An object of a known type.
    Object(TypeId),
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// One value.
    One(Leaf),
    /// A list of values.
    List(Leaf),
    /// A map from free keys to values.
    Map(Leaf),
}

impl FieldType {
    /// The object type of the value, of the list's items or of the map's values.
    pub fn object(self) -> Option<TypeId> {
        match self {
            FieldType::One(Leaf::Object(id))
            | FieldType::List(Leaf::Object(id))
            | FieldType::Map(Leaf::Object(id)) => Some(id),
            _ => None,
        }
    }
}

static TABLE: OnceLock<table::Table> = OnceLock::new();

fn table() -> &'static table::Table {
    TABLE.get_or_init(|| table::Table::read(&[include_str!("table.txt"), UNPUBLISHED]))
}

/// The type of a kind in one apiVersion, as written in a manifest: `("apps/v1", "StatefulSet")`.
pub fn kind_type(api_version: &str, kind: &str) -> Option<TypeId> {
    KINDS
        .iter()
        .find(|known| known.0 == api_version && known.1 == kind)
        .and_then(|known| type_named(known.2, kind))
}

/// The apiVersion in which a modelled kind is served, such as `policy/v1` for `PodDisruptionBudget`.
pub fn served_version(kind: &str) -> Option<&'static str> {
    KINDS
        .iter()
        .find(|known| known.1 == kind)
        .map(|known| known.0)
}

/// Every modelled kind with its apiVersion, sorted by group.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.iter().map(|known| (known.0, known.1))
}

/// A type by its group, version and name, such as `("core.v1", "PodSpec")`.
pub fn type_named(group: &str, name: &str) -> Option<TypeId> {
    table().type_named(group, name)
}

/// The short name of a type, as Go has it: `PodSpec`.
pub fn type_name(id: TypeId) -> &'static str {
    table().name(id)
}

/// The fields of a type, in the order of the published schema (by name).
pub fn fields(id: TypeId) -> &'static [Field] {
    table().fields(id)
}

/// One field of a type.
pub fn field(id: TypeId, name: &str) -> Option<&'static Field> {
    let fields = fields(id);
    fields
        .binary_search_by(|field| field.name.cmp(name))
        .ok()
        .map(|at| &fields[at])
}

/// Whether any modelled type has a field of this name.
pub fn is_field_name(name: &str) -> bool {
    table().is_field_name(name)
}

/// What the list of published fields leaves out, in the form of the table: its types are numbered after all others.
/// Models k8s.io/api/{autoscaling,scheduling,apps,core,batch,policy,storage,events,authentication}/v1/types.go, 1.37.
const UNPUBLISHED: &str = "\
#scheduling.v1
PriorityClass kind:s- apiVersion:s- metadata:229^ value:i^! globalDefault:b- description:s- preemptionPolicy:s
#apps.v1
DaemonSet kind:s- apiVersion:s- metadata:229^ spec:252^ status:253
DaemonSetSpec selector:226!@a template:160^! updateStrategy:254^ minReadySeconds:i- revisionHistoryLimit:i
DaemonSetStatus currentNumberScheduled:i^! numberMisscheduled:i^! desiredNumberScheduled:i^! numberReady:i^! observedGeneration:l- updatedNumberScheduled:i- numberAvailable:i- numberUnavailable:i- collisionCount:i conditions:[256~type@type
DaemonSetUpdateStrategy type:s-|OnDelete|RollingUpdate rollingUpdate:255
RollingUpdateDaemonSet maxUnavailable:o maxSurge:o
DaemonSetCondition type:s^! status:s^! lastTransitionTime:t reason:s- message:s-
#core.v1
LimitRange kind:s- apiVersion:s- metadata:229^ spec:258^
LimitRangeSpec limits:[259^@a
LimitRangeItem type:s^! max:{q min:{q default:{q defaultRequest:{q maxLimitRequestRatio:{q
ResourceQuota kind:s- apiVersion:s- metadata:229^ spec:261^ status:295^
ResourceQuotaSpec hard:{q scopes:[s@a scopeSelector:262@a
ScopeSelector matchExpressions:[263@a
ScopedResourceSelectorRequirement scopeName:s^! operator:s^! values:[s@a
#batch.v1
Job kind:s- apiVersion:s- metadata:229^ spec:265^ status:289^
JobSpec parallelism:i completions:i activeDeadlineSeconds:l podFailurePolicy:267 successPolicy:271 backoffLimit:i backoffLimitPerIndex:i maxFailedIndexes:i selector:226@a manualSelector:b template:160^! ttlSecondsAfterFinished:i completionMode:s suspend:b podReplacementPolicy:s managedBy:s scheduling:a
#storage.v1
CSIStorageCapacity kind:s- apiVersion:s- metadata:229^ nodeTopology:226@a storageClassName:s^! capacity:q maximumVolumeSize:q
#batch.v1
PodFailurePolicy rules:[268^!@a
PodFailurePolicyRule action:s^! onExitCodes:269 onPodConditions:[270@a
PodFailurePolicyOnExitCodesRequirement containerName:s operator:s^! values:[i^!@s
PodFailurePolicyOnPodConditionsPattern type:s^! status:s^
SuccessPolicy rules:[272^!@a
SuccessPolicyRule succeededIndexes:s succeededCount:i
CronJob kind:s- apiVersion:s- metadata:229^ spec:274^ status:292^
CronJobSpec schedule:s^! timeZone:s startingDeadlineSeconds:l concurrencyPolicy:s- suspend:b jobTemplate:275^! successfulJobsHistoryLimit:i failedJobsHistoryLimit:i
JobTemplateSpec metadata:229^ spec:265^
#core.v1
ReplicationController kind:s- apiVersion:s- metadata:229^ spec:277^ status:293^
ReplicationControllerSpec replicas:i minReadySeconds:i- selector:{s@a template:160
#autoscaling.v1
Scale kind:s- apiVersion:s- metadata:229^ spec:279^ status:a
ScaleSpec replicas:i-
#meta.v1
DeleteOptions kind:s- apiVersion:s- gracePeriodSeconds:l preconditions:281 orphanDependents:b propagationPolicy:s dryRun:[s ignoreStoreReadErrorWithClusterBreakingPotential:b
Preconditions uid:s resourceVersion:s
#policy.v1
Eviction kind:s- apiVersion:s- metadata:229^ deleteOptions:280
#core.v1
Binding kind:s- apiVersion:s- metadata:229^ target:130^!
#events.v1
Event kind:s- apiVersion:s- metadata:229^ eventTime:u%! series:285 reportingController:s- reportingInstance:s- action:s- reason:s- regarding:130^ related:130 note:s- type:s- deprecatedSource:72^ deprecatedFirstTimestamp:t% deprecatedLastTimestamp:t% deprecatedCount:i-
EventSeries count:i^! lastObservedTime:u%!
#authentication.v1
TokenRequest kind:s- apiVersion:s- metadata:229^ spec:287^! status:a
TokenRequestSpec audiences:[s^!@a boundObjectRef:288% expirationSeconds:l
BoundObjectReference kind:s- apiVersion:s- name:s- uid:s-
#batch.v1
JobStatus conditions:[290~type@a startTime:t completionTime:t active:i- succeeded:i- failed:i- terminating:i completedIndexes:s- failedIndexes:s uncountedTerminatedPods:291 ready:i
JobCondition type:s^! status:s^! lastProbeTime:t% lastTransitionTime:t% reason:s- message:s-
UncountedTerminatedPods succeeded:[s@s failed:[s@s
CronJobStatus active:[130@a lastScheduleTime:t lastSuccessfulTime:t
#core.v1
ReplicationControllerStatus replicas:i^! fullyLabeledReplicas:i- readyReplicas:i- availableReplicas:i- observedGeneration:l- conditions:[294~type@type
ReplicationControllerCondition type:s^! status:s^! lastTransitionTime:t% reason:s- message:s-
ResourceQuotaStatus hard:{q used:{q
";

/// (apiVersion, kind, group of the Go package). `kubectl api-resources` of 1.37, as far as we model it.
const KINDS: &[(&str, &str, &str)] = &[
    ("apps/v1", "ControllerRevision", "apps.v1"),
    ("apps/v1", "DaemonSet", "apps.v1"),
    ("apps/v1", "Deployment", "apps.v1"),
    ("apps/v1", "ReplicaSet", "apps.v1"),
    ("apps/v1", "StatefulSet", "apps.v1"),
    ("batch/v1", "CronJob", "batch.v1"),
    ("batch/v1", "Job", "batch.v1"),
    ("coordination.k8s.io/v1", "Lease", "coordination.v1"),
    ("discovery.k8s.io/v1", "EndpointSlice", "discovery.v1"),
    ("policy/v1", "PodDisruptionBudget", "policy.v1"),
    ("scheduling.k8s.io/v1", "PriorityClass", "scheduling.v1"),
    ("storage.k8s.io/v1", "CSIDriver", "storage.v1"),
    ("storage.k8s.io/v1", "CSINode", "storage.v1"),
    ("storage.k8s.io/v1", "CSIStorageCapacity", "storage.v1"),
    ("storage.k8s.io/v1", "StorageClass", "storage.v1"),
    ("storage.k8s.io/v1", "VolumeAttachment", "storage.v1"),
    ("v1", "ConfigMap", "core.v1"),
    ("v1", "Endpoints", "core.v1"),
    ("v1", "Event", "core.v1"),
    ("v1", "LimitRange", "core.v1"),
    ("v1", "Namespace", "core.v1"),
    ("v1", "Node", "core.v1"),
    ("v1", "PersistentVolume", "core.v1"),
    ("v1", "PersistentVolumeClaim", "core.v1"),
    ("v1", "Pod", "core.v1"),
    ("v1", "ReplicationController", "core.v1"),
    ("v1", "ResourceQuota", "core.v1"),
    ("v1", "Secret", "core.v1"),
    ("v1", "Service", "core.v1"),
    ("v1", "ServiceAccount", "core.v1"),
];
