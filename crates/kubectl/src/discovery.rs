//! What a server of this release serves: names, short names, versions, kinds. One line a resource.

use ordinal_api::Kind;

/// A resource, as discovery tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// `statefulsets`
    pub(crate) plural: &'static str,
    /// `sts`, or several separated by commas; empty for none
    pub(crate) short: &'static str,
    /// `apps/v1`
    pub(crate) version: &'static str,
    /// Whether its objects live in a namespace.
    pub(crate) namespaced: bool,
    /// `StatefulSet`
    pub(crate) kind: &'static str,
}

/// Name, short names, version, namespaced or of the cluster, kind. Models `kubectl api-resources`, 1.37.
const SERVED: &str = "\
bindings - v1 n Binding
componentstatuses cs v1 c ComponentStatus
configmaps cm v1 n ConfigMap
endpoints ep v1 n Endpoints
events ev v1 n Event
limitranges limits v1 n LimitRange
namespaces ns v1 c Namespace
nodes no v1 c Node
persistentvolumeclaims pvc v1 n PersistentVolumeClaim
persistentvolumes pv v1 c PersistentVolume
pods po v1 n Pod
podtemplates - v1 n PodTemplate
replicationcontrollers rc v1 n ReplicationController
resourcequotas quota v1 n ResourceQuota
secrets - v1 n Secret
serviceaccounts sa v1 n ServiceAccount
services svc v1 n Service
mutatingadmissionpolicies - admissionregistration.k8s.io/v1 c MutatingAdmissionPolicy
mutatingadmissionpolicybindings - admissionregistration.k8s.io/v1 c MutatingAdmissionPolicyBinding
mutatingwebhookconfigurations - admissionregistration.k8s.io/v1 c MutatingWebhookConfiguration
validatingadmissionpolicies - admissionregistration.k8s.io/v1 c ValidatingAdmissionPolicy
validatingadmissionpolicybindings - admissionregistration.k8s.io/v1 c ValidatingAdmissionPolicyBinding
validatingwebhookconfigurations - admissionregistration.k8s.io/v1 c ValidatingWebhookConfiguration
customresourcedefinitions crd,crds apiextensions.k8s.io/v1 c CustomResourceDefinition
apiservices - apiregistration.k8s.io/v1 c APIService
controllerrevisions - apps/v1 n ControllerRevision
daemonsets ds apps/v1 n DaemonSet
deployments deploy apps/v1 n Deployment
replicasets rs apps/v1 n ReplicaSet
statefulsets sts apps/v1 n StatefulSet
selfsubjectreviews - authentication.k8s.io/v1 c SelfSubjectReview
tokenreviews - authentication.k8s.io/v1 c TokenReview
localsubjectaccessreviews - authorization.k8s.io/v1 n LocalSubjectAccessReview
selfsubjectaccessreviews - authorization.k8s.io/v1 c SelfSubjectAccessReview
selfsubjectrulesreviews - authorization.k8s.io/v1 c SelfSubjectRulesReview
subjectaccessreviews - authorization.k8s.io/v1 c SubjectAccessReview
horizontalpodautoscalers hpa autoscaling/v2 n HorizontalPodAutoscaler
cronjobs cj batch/v1 n CronJob
jobs - batch/v1 n Job
certificatesigningrequests csr certificates.k8s.io/v1 c CertificateSigningRequest
clustertrustbundles - certificates.k8s.io/v1 c ClusterTrustBundle
podcertificaterequests - certificates.k8s.io/v1 n PodCertificateRequest
leases - coordination.k8s.io/v1 n Lease
endpointslices - discovery.k8s.io/v1 n EndpointSlice
events ev events.k8s.io/v1 n Event
flowschemas - flowcontrol.apiserver.k8s.io/v1 c FlowSchema
prioritylevelconfigurations - flowcontrol.apiserver.k8s.io/v1 c PriorityLevelConfiguration
ingressclasses - networking.k8s.io/v1 c IngressClass
ingresses ing networking.k8s.io/v1 n Ingress
ipaddresses ip networking.k8s.io/v1 c IPAddress
networkpolicies netpol networking.k8s.io/v1 n NetworkPolicy
servicecidrs - networking.k8s.io/v1 c ServiceCIDR
runtimeclasses - node.k8s.io/v1 c RuntimeClass
poddisruptionbudgets pdb policy/v1 n PodDisruptionBudget
clusterrolebindings - rbac.authorization.k8s.io/v1 c ClusterRoleBinding
clusterroles - rbac.authorization.k8s.io/v1 c ClusterRole
rolebindings - rbac.authorization.k8s.io/v1 n RoleBinding
roles - rbac.authorization.k8s.io/v1 n Role
deviceclasses - resource.k8s.io/v1 c DeviceClass
devicetaintrules - resource.k8s.io/v1 c DeviceTaintRule
resourceclaims - resource.k8s.io/v1 n ResourceClaim
resourceclaimtemplates - resource.k8s.io/v1 n ResourceClaimTemplate
resourceslices - resource.k8s.io/v1 c ResourceSlice
priorityclasses pc scheduling.k8s.io/v1 c PriorityClass
csidrivers - storage.k8s.io/v1 c CSIDriver
csinodes - storage.k8s.io/v1 c CSINode
csistoragecapacities - storage.k8s.io/v1 n CSIStorageCapacity
storageclasses sc storage.k8s.io/v1 c StorageClass
volumeattachments - storage.k8s.io/v1 c VolumeAttachment
volumeattributesclasses vac storage.k8s.io/v1 c VolumeAttributesClass
storageversionmigrations - storagemigration.k8s.io/v1 c StorageVersionMigration";

/// Resources that `kubectl get all` means, in its order.
pub(crate) const ALL: [&str; 10] = [
    "pods",
    "replicationcontrollers",
    "services",
    "daemonsets",
    "deployments",
    "replicasets",
    "statefulsets",
    "horizontalpodautoscalers",
    "cronjobs",
    "jobs",
];

/// Resources with a subresource `scale`.
pub(crate) const SCALED: [&str; 4] = [
    "deployments",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
];

/// Every resource, in the order of discovery.
pub(crate) fn resources() -> impl Iterator<Item = Resource> {
    SERVED.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let mut next = || words.next();
        Some(Resource {
            plural: next()?,
            short: next().map(|short| if short == "-" { "" } else { short })?,
            version: next()?,
            namespaced: next()? == "n",
            kind: next()?,
        })
    })
}

impl Resource {
    /// `apps`; empty for the core group.
    pub(crate) fn group(self) -> &'static str {
        self.version.split_once('/').map_or("", |(group, _)| group)
    }

    /// `v1`
    pub(crate) fn version_only(self) -> &'static str {
        self.version
            .split_once('/')
            .map_or(self.version, |(_, version)| version)
    }

    /// `statefulset`
    pub(crate) fn singular(self) -> String {
        self.kind.to_ascii_lowercase()
    }

    /// `statefulsets.apps`, or `pods`
    pub(crate) fn group_resource(self) -> String {
        qualified(self.plural, self.group())
    }

    /// `statefulset.apps`, or `pod`
    pub(crate) fn group_singular(self) -> String {
        qualified(&self.singular(), self.group())
    }

    /// `StatefulSet.apps`, or `Pod`
    pub(crate) fn group_kind(self) -> String {
        qualified(self.kind, self.group())
    }

    /// The modelled kind, if it is one.
    pub(crate) fn modelled(self) -> Option<Kind> {
        Kind::from_api(self.version, self.kind)
    }

    /// The verbs that it serves.
    pub(crate) fn verbs(self) -> &'static str {
        match self.kind {
            "Binding"
            | "LocalSubjectAccessReview"
            | "SelfSubjectAccessReview"
            | "SelfSubjectRulesReview"
            | "SubjectAccessReview"
            | "SelfSubjectReview"
            | "TokenReview" => "create",
            "ComponentStatus" => "get,list",
            "Namespace" => "create,delete,get,list,patch,update,watch",
            _ => "create,delete,deletecollection,get,list,patch,update,watch",
        }
    }

    /// `all` for what `kubectl get all` shows.
    pub(crate) fn categories(self) -> &'static str {
        match self.group() {
            "admissionregistration.k8s.io" | "apiextensions.k8s.io" | "apiregistration.k8s.io" => {
                "api-extensions"
            }
            _ if ALL.contains(&self.plural) => "all",
            _ => "",
        }
    }

    /// Whether it is meant by a name. Case counts in short names alone.
    fn answers_to(self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        lower == self.plural || lower == self.singular() || self.is_short(name)
    }

    fn is_short(self, name: &str) -> bool {
        self.short.split(',').any(|short| short == name)
    }
}

fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{group}")
    }
}

/// The resource that a user means by `sts`, `statefulset`, `StatefulSets`, `statefulsets.apps` or `statefulsets.v1.apps`.
///
/// # Errors
/// What kubectl says of an unknown name.
pub(crate) fn find(argument: &str) -> Result<Resource, String> {
    let unknown = || format!("the server doesn't have a resource type \"{argument}\"");
    let Some((name, group)) = argument.split_once('.') else {
        return resources()
            .find(|resource| !argument.is_empty() && resource.answers_to(argument))
            .ok_or_else(unknown);
    };
    let with_version = |resource: &Resource| {
        // Of a short name the version is not looked at.
        group.split_once('.').is_some_and(|(version, group)| {
            (version == resource.version_only() || resource.is_short(name))
                && group == resource.group()
        })
    };
    resources()
        .filter(|resource| resource.answers_to(name))
        .find(|resource| resource.group() == group || with_version(resource))
        .ok_or_else(|| {
            format!("the server doesn't have a resource type \"{name}\" in group \"{group}\"")
        })
}

/// The resource of a modelled kind.
pub(crate) fn of(kind: Kind) -> Resource {
    let names = kind.names();
    Resource {
        plural: names.plural,
        short: names.short.first().copied().unwrap_or_default(),
        version: match names.group {
            "" => "v1",
            "apps" => "apps/v1",
            "batch" => "batch/v1",
            "discovery.k8s.io" => "discovery.k8s.io/v1",
            "storage.k8s.io" => "storage.k8s.io/v1",
            "policy" => "policy/v1",
            "scheduling.k8s.io" => "scheduling.k8s.io/v1",
            _ => "coordination.k8s.io/v1",
        },
        namespaced: names.namespaced,
        kind: names.kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_modelled_kind_is_served_under_its_names() {
        for kind in Kind::ALL {
            let found = find(kind.names().plural).expect("served");
            assert_eq!(found.modelled(), Some(*kind));
            assert_eq!(of(*kind).version, found.version);
        }
        assert_eq!(resources().count(), SERVED.lines().count());
    }

    #[test]
    fn a_group_narrows_and_an_unknown_one_is_named() {
        assert_eq!(
            find("Deployments.v1.apps").map(|r| r.kind),
            Ok("Deployment")
        );
        assert_eq!(
            find("statefulsets.extensions"),
            Err(
                "the server doesn't have a resource type \"statefulsets\" in group \"extensions\""
                    .to_owned()
            )
        );
    }
}
