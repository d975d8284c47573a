//! The Go types of enumerated words: decoding names them, and the published schema does not.

use super::{TypeId, type_name};

/// One line a type, then the fields that have it. Models k8s.io/api/*/v1/types.go and apimachinery meta/v1/types.go, 1.37.
const TYPES: &str = "\
types.UID ConfigMapNodeConfigSource.uid ObjectMeta.uid ObjectReference.uid OwnerReference.uid
v1.AddressType EndpointSlice.addressType
v1.AppArmorProfileType AppArmorProfile.type
v1.AzureDataDiskCachingMode AzureDiskVolumeSource.cachingMode
v1.AzureDataDiskKind AzureDiskVolumeSource.kind
v1.Capability Capabilities.add Capabilities.drop
v1.CompletionMode JobSpec.completionMode
v1.ConcurrencyPolicy CronJobSpec.concurrencyPolicy
v1.ConditionStatus PodFailurePolicyOnPodConditionsPattern.status
v1.ContainerRestartPolicy Container.restartPolicy EphemeralContainer.restartPolicy
v1.ContainerRestartRuleAction ContainerRestartRule.action
v1.ContainerRestartRuleOnExitCodesOperator ContainerRestartRuleOnExitCodes.operator
v1.CoordinatedLeaseStrategy LeaseSpec.strategy
v1.DNSPolicy PodSpec.dnsPolicy
v1.DaemonSetUpdateStrategyType DaemonSetUpdateStrategy.type
v1.DeploymentStrategyType DeploymentStrategy.type
v1.FSGroupPolicy CSIDriverSpec.fsGroupPolicy
v1.FinalizerName NamespaceSpec.finalizers
v1.GRPCProbeMode GRPCAction.mode
v1.HTTPProtocol HTTPGetAction.protocol
v1.HostPathType HostPathVolumeSource.type
v1.IPFamily ServiceSpec.ipFamilies
v1.IPFamilyPolicy ServiceSpec.ipFamilyPolicy
v1.LabelSelectorOperator LabelSelectorRequirement.operator
v1.LimitType LimitRangeItem.type
v1.ManagedFieldsOperationType ManagedFieldsEntry.operation
v1.MountPropagationMode VolumeMount.mountPropagation
v1.NodeInclusionPolicy TopologySpreadConstraint.nodeAffinityPolicy TopologySpreadConstraint.nodeTaintsPolicy
v1.NodeSelectorOperator NodeSelectorRequirement.operator
v1.OSName PodOS.name
v1.PersistentVolumeAccessMode PersistentVolumeClaimSpec.accessModes PersistentVolumeSpec.accessModes
v1.PersistentVolumeClaimRetentionPolicyType StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled
v1.PersistentVolumeMode PersistentVolumeClaimSpec.volumeMode PersistentVolumeSpec.volumeMode
v1.PersistentVolumeReclaimPolicy PersistentVolumeSpec.persistentVolumeReclaimPolicy StorageClass.reclaimPolicy
v1.PodConditionType PodFailurePolicyOnPodConditionsPattern.type PodReadinessGate.conditionType
v1.PodFSGroupChangePolicy PodSecurityContext.fsGroupChangePolicy
v1.PodFailurePolicyAction PodFailurePolicyRule.action
v1.PodFailurePolicyOnExitCodesOperator PodFailurePolicyOnExitCodesRequirement.operator
v1.PodManagementPolicyType StatefulSetSpec.podManagementPolicy
v1.PodReplacementPolicy JobSpec.podReplacementPolicy
v1.PodSELinuxChangePolicy PodSecurityContext.seLinuxChangePolicy
v1.PreemptionPolicy PodSpec.preemptionPolicy PriorityClass.preemptionPolicy
v1.ProcMountType SecurityContext.procMount
v1.Protocol ContainerPort.protocol EndpointPort.protocol ServicePort.protocol
v1.PullPolicy Container.imagePullPolicy EphemeralContainer.imagePullPolicy ImageVolumeSource.pullPolicy
v1.RecursiveReadOnlyMode VolumeMount.recursiveReadOnly
v1.ResourceName ContainerResizePolicy.resourceName
v1.ResourceQuotaScope ResourceQuotaSpec.scopes ScopedResourceSelectorRequirement.scopeName
v1.ResourceResizeRestartPolicy ContainerResizePolicy.restartPolicy
v1.RestartPolicy PodSpec.restartPolicy
v1.ScopeSelectorOperator ScopedResourceSelectorRequirement.operator
v1.SeccompProfileType SeccompProfile.type
v1.SecretType Secret.type
v1.ServiceAffinity ServiceSpec.sessionAffinity
v1.ServiceExternalTrafficPolicy ServiceSpec.externalTrafficPolicy
v1.ServiceInternalTrafficPolicy ServiceSpec.internalTrafficPolicy
v1.ServiceType ServiceSpec.type
v1.Signal Lifecycle.stopSignal
v1.StatefulSetUpdateStrategyType StatefulSetUpdateStrategy.type
v1.StorageMedium EmptyDirVolumeSource.medium
v1.SupplementalGroupsPolicy PodSecurityContext.supplementalGroupsPolicy
v1.TaintEffect Taint.effect Toleration.effect
v1.TerminationMessagePolicy Container.terminationMessagePolicy EphemeralContainer.terminationMessagePolicy
v1.TolerationOperator Toleration.operator
v1.URIScheme HTTPGetAction.scheme
v1.UnhealthyPodEvictionPolicyType PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy
v1.UnsatisfiableConstraintAction TopologySpreadConstraint.whenUnsatisfiable
v1.VolumeBindingMode StorageClass.volumeBindingMode
v1.VolumeLifecycleMode CSIDriverSpec.volumeLifecycleModes
";

/// The Go type of a text in a field: `string`, where it has no type of its own.
pub(super) fn go_text_type(owner: TypeId, field: &str) -> &'static str {
    let owner = type_name(owner);
    let is = |word: &str| word.split_once('.') == Some((owner, field));
    let mut lines = TYPES.lines().filter_map(|line| line.split_once(' '));
    lines
        .find(|(_, fields)| fields.split(' ').any(is))
        .map_or("string", |(name, _)| name)
}

/// Structs that stand among their owner's fields in Go: a type, the struct's name, and its fields, or after `!` those
/// that are not. Models k8s.io/api/core/v1/types.go, 1.37.
const EMBEDDED: &[(&str, &str, &str)] = &[
    ("ConfigMapEnvSource", "LocalObjectReference", "name"),
    ("ConfigMapKeySelector", "LocalObjectReference", "name"),
    ("ConfigMapProjection", "LocalObjectReference", "name"),
    ("ConfigMapVolumeSource", "LocalObjectReference", "name"),
    (
        "EphemeralContainer",
        "EphemeralContainerCommon",
        "!targetContainerName",
    ),
    (
        "PersistentVolumeSpec",
        "PersistentVolumeSource",
        "!capacity accessModes claimRef persistentVolumeReclaimPolicy storageClassName mountOptions volumeMode nodeAffinity volumeAttributesClassName",
    ),
    ("PersistentVolumeClaim", "TypeMeta", "apiVersion kind"),
    ("Probe", "ProbeHandler", "exec grpc httpGet tcpSocket"),
    ("SecretEnvSource", "LocalObjectReference", "name"),
    ("SecretKeySelector", "LocalObjectReference", "name"),
    ("SecretProjection", "LocalObjectReference", "name"),
    ("Volume", "VolumeSource", "!name"),
];

/// The struct among a type's fields that holds a field; messages name it.
pub(super) fn embedded(owner: TypeId, field: &str) -> Option<&'static str> {
    let owner = type_name(owner);
    let (_, name, fields) = EMBEDDED.iter().find(|(of, ..)| *of == owner)?;
    let inside = match fields.strip_prefix('!') {
        Some(others) => !others.split(' ').any(|other| other == field),
        None => fields.split(' ').any(|inside| inside == field),
    };
    inside.then_some(name)
}
