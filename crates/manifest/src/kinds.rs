//! Which kinds a cluster of today serves, and what became of the versions it no longer does.

use ordinal_api::schema;

/// What the cluster knows of an apiVersion and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// In the field table.
    Modelled,
    /// Served by a real cluster, kept here without effect, whether its fields are known or not.
    Served,
    /// Was served once; today it is the given version.
    Moved(&'static str),
    /// Was served once and has no successor.
    Gone,
    /// `v1` `List` and the like: wraps objects.
    List,
    /// An OpenShift Template: wraps objects, with parameters.
    Template,
    /// Never heard of: a custom kind, or a mistake.
    Unknown,
}

pub(crate) fn known(api_version: &str, kind: &str) -> Known {
    let served = SERVED.iter().find(|entry| entry.1.contains(&kind));
    let kept = served.is_some_and(|entry| entry.0 == api_version);
    if !kept && schema::kind_type(api_version, kind).is_some() {
        return Known::Modelled;
    }
    if kind == "Template" && matches!(api_version, "v1" | "template.openshift.io/v1") {
        return Known::Template;
    }
    if let Some(item) = kind.strip_suffix("List")
        && api_version.ends_with("v1")
        && (item.is_empty() || known(api_version, item) == Known::Modelled)
    {
        return Known::List;
    }
    if kept || (api_version, kind) == ("autoscaling/v1", "HorizontalPodAutoscaler") {
        return Known::Served;
    }
    if (api_version, kind) == ("policy/v1beta1", "PodSecurityPolicy") {
        return Known::Gone;
    }
    let today = schema::served_version(kind).or(served.map(|entry| entry.0));
    match today {
        Some(today) if REMOVED.contains(&api_version) || group(today) == group(api_version) => {
            Known::Moved(today)
        }
        _ => Known::Unknown,
    }
}

/// The steps to what an object of that kind says of its Pods; `None` for kinds that make none.
pub(crate) fn pod_spec(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "Pod" => Some(&["spec"]),
        "StatefulSet"
        | "Deployment"
        | "ReplicaSet"
        | "ReplicationController"
        | "DaemonSet"
        | "Job" => Some(&["spec", "template", "spec"]),
        "CronJob" => Some(&["spec", "jobTemplate", "spec", "template", "spec"]),
        _ => None,
    }
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Versions that current releases do not serve any more.
const REMOVED: &[&str] = &[
    "apps/v1alpha1",
    "apps/v1beta1",
    "apps/v1beta2",
    "extensions/v1beta1",
    "policy/v1beta1",
    "storage.k8s.io/v1beta1",
    "networking.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "batch/v1beta1",
    "batch/v2alpha1",
    "autoscaling/v2beta1",
    "autoscaling/v2beta2",
    "discovery.k8s.io/v1beta1",
    "coordination.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "admissionregistration.k8s.io/v1beta1",
    "scheduling.k8s.io/v1beta1",
];

/// Built-in kinds of 1.37 that nothing here acts on.
const SERVED: &[(&str, &[&str])] = &[
    ("v1", &["Binding", "ComponentStatus", "PodTemplate"]),
    ("autoscaling/v2", &["HorizontalPodAutoscaler"]),
    (
        "networking.k8s.io/v1",
        &[
            "IPAddress",
            "Ingress",
            "IngressClass",
            "NetworkPolicy",
            "ServiceCIDR",
        ],
    ),
    (
        "rbac.authorization.k8s.io/v1",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    ),
    ("storage.k8s.io/v1", &["VolumeAttributesClass"]),
    ("apiextensions.k8s.io/v1", &["CustomResourceDefinition"]),
    (
        "admissionregistration.k8s.io/v1",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiregistration.k8s.io/v1", &["APIService"]),
    ("certificates.k8s.io/v1", &["CertificateSigningRequest"]),
    ("events.k8s.io/v1", &["Event"]),
    (
        "flowcontrol.apiserver.k8s.io/v1",
        &["FlowSchema", "PriorityLevelConfiguration"],
    ),
    ("node.k8s.io/v1", &["RuntimeClass"]),
    (
        "resource.k8s.io/v1",
        &[
            "DeviceClass",
            "ResourceClaim",
            "ResourceClaimTemplate",
            "ResourceSlice",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::{Known, known};

    #[test]
    fn a_version_that_was_removed_leads_to_the_one_of_today() {
        assert_eq!(known("apps/v1", "StatefulSet"), Known::Modelled);
        assert_eq!(
            known("apps/v1beta1", "StatefulSet"),
            Known::Moved("apps/v1")
        );
        assert_eq!(
            known("extensions/v1beta1", "Deployment"),
            Known::Moved("apps/v1")
        );
        assert_eq!(
            known("policy/v1beta1", "PodDisruptionBudget"),
            Known::Moved("policy/v1")
        );
        assert_eq!(
            known("rbac.authorization.k8s.io/v1beta1", "Role"),
            Known::Moved("rbac.authorization.k8s.io/v1")
        );
        assert_eq!(known("policy/v1beta1", "PodSecurityPolicy"), Known::Gone);
        assert_eq!(known("v1", "ReplicationController"), Known::Modelled);
        assert_eq!(known("batch/v1", "CronJob"), Known::Modelled);
        assert_eq!(known("batch/v1beta1", "CronJob"), Known::Moved("batch/v1"));
        assert_eq!(known("networking.k8s.io/v1", "Ingress"), Known::Served);
        assert_eq!(known("v1", "List"), Known::List);
        assert_eq!(known("v1", "PodList"), Known::List);
        assert_eq!(known("example.org/v1", "Database"), Known::Unknown);
        assert_eq!(known("apps/v1", "PetSet"), Known::Unknown);
        assert_eq!(known("apps/v1", "Service"), Known::Unknown);
    }
}
