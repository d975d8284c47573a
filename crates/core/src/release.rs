//! Releases of Kubernetes, and what changed between them: one table, each row with its source.

use std::fmt;

/// A minor release, 1.29 to the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    /// The second number of the version: 37 for 1.37.
    pub minor: u8,
    /// The third: what a patch release mended or turned off counts from it on.
    pub patch: u8,
}

/// The oldest release that can be chosen.
pub const OLDEST: Release = Release::of(29);
/// The newest release, which is the default.
pub const NEWEST: Release = Release::of(37);

/// Which of three wordings a release has for a thing, in the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Wording {
    First,
    Second,
    Third,
}

impl Default for Release {
    fn default() -> Self {
        NEWEST
    }
}

impl Release {
    /// Reads `1.37`, `v1.37` or `1.37.1`; `None` outside of the range that is modelled.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text.split('.');
        if parts.next() != Some("1") {
            return None;
        }
        let mut release = Self::of(parts.next()?.parse().ok()?);
        if let Some(patch) = parts.next() {
            release.patch = patch.parse().ok()?;
        }
        (OLDEST.minor..=NEWEST.minor)
            .contains(&release.minor)
            .then_some(release)
    }

    /// A minor release: 1.37.1 of the newest (that of the recordings), else the first of its kind.
    pub const fn of(minor: u8) -> Self {
        Self {
            minor,
            patch: (minor == 37) as u8,
        }
    }

    const fn since(self, minor: u8) -> bool {
        self.minor >= minor
    }

    const fn wording(self, second: u8, third: u8) -> Wording {
        if self.since(third) {
            Wording::Third
        } else if self.since(second) {
            Wording::Second
        } else {
            Wording::First
        }
    }

    /// Since a patch release of one minor version.
    const fn since_patch(self, minor: u8, patch: u8) -> bool {
        self.minor > minor || self.minor == minor && self.patch >= patch
    }

    /// `--node-monitor-grace-period`, in seconds: 50 since 1.32, 40 before (pull request 126287).
    pub const fn node_monitor_grace_secs(self) -> u64 {
        if self.since(32) { 50 } else { 40 }
    }

    /// A StatefulSet with OnDelete whose Pods are all of the update revision takes it as its current one, since 1.37
    /// (pkg/controller/statefulset/stateful_set_utils.go `completeUpdate`; `completeRollingUpdate` before).
    pub const fn completes_on_delete(self) -> bool {
        self.since(37)
    }

    /// A Job that is suspended has no `startTime` any more, since 1.36 (feature `MutableSchedulingDirectivesForSuspendedJobs`,
    /// pkg/controller/job/job_controller.go `syncJob`).
    pub const fn forgets_start_of_suspended_jobs(self) -> bool {
        self.since(36)
    }

    /// Events of the workload controllers begin with a capital (`Create Pod …`) since 1.35 (recordings).
    pub const fn capital_events(self) -> bool {
        self.since(35)
    }

    /// `kubectl rollout undo` of an applied object warns that the last applied configuration stays, since 1.36
    /// (kubectl `pkg/polymorphichelpers/rollback.go`; not in the recordings of 1.35).
    pub const fn warns_of_applied_rollback(self) -> bool {
        self.since(36)
    }

    /// `kubectl describe sts` shows the Service, the management policy and the claims' retention policy, since 1.37
    /// (recordings).
    pub const fn describes_set_in_full(self) -> bool {
        self.since(37)
    }

    /// What identifies a StatefulSet is refused field by field (`field is immutable`) since 1.37; before, in one sentence
    /// that names the fields which may change (pkg/apis/apps/validation `ValidateStatefulSetUpdate`).
    pub const fn immutable_set_by_field(self) -> bool {
        self.since(37)
    }

    /// That sentence names `revisionHistoryLimit` since 1.33: before, it could not be changed either.
    pub const fn set_history_limit_changes(self) -> bool {
        self.since(33)
    }

    /// A Service may have any name that is a DNS-1123 label since 1.36 (gate `RelaxedServiceNameValidation`); before, it had
    /// to begin with a letter.
    pub const fn relaxed_service_names(self) -> bool {
        self.since(36)
    }

    /// What may not change in a StorageClass is told as `field is immutable` since 1.36, without the value since 1.37
    /// (declarative validation); before, as `updates to … are forbidden.`, but for the binding mode
    /// (pkg/apis/storage/validation).
    pub const fn class_update_wording(self) -> Wording {
        self.wording(36, 37)
    }

    /// The version of kustomize in `kubectl version` (kubectl `go.mod`).
    pub const fn kustomize(self) -> &'static str {
        match self.minor {
            ..=30 => "v5.0.4-0.20230601165947-6ce0bf390ce3",
            31 => "v5.4.2",
            32 => "v5.5.0",
            33 => "v5.6.0",
            34 | 35 => "v5.7.1",
            _ => "v5.8.1",
        }
    }

    /// A node's `spec.providerID` that changes is told as `field cannot be modified once set` since 1.37 (declarative
    /// validation), in a sentence about the node before (pkg/apis/core/validation `ValidateNodeUpdate`).
    pub const fn provider_id_is_declared(self) -> bool {
        self.since(37)
    }

    /// `kubectl describe` says `successThreshold=1 failureThreshold=3` of a probe since 1.37, `#success=1 #failure=3` before
    /// (kubectl `pkg/describe`).
    pub const fn describes_thresholds_by_name(self) -> bool {
        self.since(37)
    }

    /// `kubectl describe node` has no `Kube-Proxy Version`, and that of a Service has `AppProtocol`, of a CronJob
    /// `Time Zone`, since 1.36 (kubectl `pkg/describe`).
    pub const fn describes_as_in_1_36(self) -> bool {
        self.since(36)
    }

    /// `kubectl get nodes -o wide` shows the architecture behind the kernel's version since 1.36 (pkg/printers/internalversion).
    pub const fn kernel_with_architecture(self) -> bool {
        self.since(36)
    }

    /// Of several classes that are marked as the default the one that counts is shown as such since 1.37; before, each of
    /// them, in lists and by itself (pkg/printers/internalversion).
    pub const fn shows_effective_default_class(self) -> bool {
        self.since(37)
    }

    /// `kubectl scale` of what is not there: the server's refusal since 1.35; in 1.32 to 1.34 behind `no objects passed to
    /// scale`, before that these words only (kubectl `pkg/cmd/scale`).
    pub const fn scale_of_nothing_wording(self) -> Wording {
        self.wording(32, 35)
    }

    /// kubectl names the containers that there are behind the name of one that is not, since 1.36 (kubectl
    /// `pkg/cmd/util/podcmd`, `pkg/polymorphichelpers`).
    pub const fn lists_containers(self) -> bool {
        self.since(36)
    }

    /// What `kubectl run` says of a wrong command line has no second line that points to its help, since 1.37 (kubectl `pkg/cmd/run`).
    pub const fn run_errors_are_bare(self) -> bool {
        self.since(37)
    }

    /// What `kubectl drain` says of Pods without a controller: in 1.30 to 1.35 `cannot delete` is in it twice (kubectl `pkg/drain`).
    pub const fn pods_without_controller_text(self) -> &'static str {
        if self.since(36) {
            "Pods that declare no controller (use --force to override)"
        } else if self.since(30) {
            "cannot delete Pods that declare no controller (use --force to override)"
        } else {
            "Pods declare no controller (use --force to override)"
        }
    }

    /// Events of Deployments say `from 1 to 3` since 1.31, `to 3 from 1` before (pull request 125118).
    pub const fn scaled_from_to(self) -> bool {
        self.since(31)
    }

    /// Reads and writes of Endpoints warn of their deprecation, since 1.33.
    pub const fn warns_of_endpoints(self) -> bool {
        self.since(33)
    }

    /// The DNS server caches names of the cluster: until 1.31, as kubeadm configures it (pull request 128359).
    pub const fn dns_caches_cluster(self) -> bool {
        !self.since(32)
    }

    /// `spec.updateStrategy.rollingUpdate.maxUnavailable` is honoured (gate `MaxUnavailableStatefulSet`, recordings):
    /// on in 1.35.0 to 1.35.3 and from 1.37 on, off between: it held broken Parallel sets.
    pub const fn max_unavailable_stateful_set(self) -> bool {
        self.since(35) && !self.since_patch(35, 4) || self.since(37)
    }

    /// With `maxUnavailable`, Pods of a Parallel set that are old and not available are replaced whatever the budget says,
    /// since 1.37 (pull request 137666).
    pub const fn parallel_repairs(self) -> bool {
        self.since(37)
    }

    /// A StatefulSet deletes a Pod that has ended and creates it again in the same sync, with an event of its own, until
    /// 1.30; since 1.31 it is created in a later one (pull request 123809).
    pub const fn recreates_ended_at_once(self) -> bool {
        !self.since(31)
    }

    /// A claim tells how far its expansion is (`status.allocatedResources`) since 1.32 (gate `RecoverVolumeExpansionFailure`).
    pub const fn tells_expansion(self) -> bool {
        self.since(32)
    }

    /// A bound claim has a condition that says whether any Pod uses it, since 1.37 (gate `PersistentVolumeClaimUnusedSinceTime`).
    pub const fn claims_tell_unused(self) -> bool {
        self.since(37)
    }

    /// A Pod that waits for a volume held by another node reads `Waiting for detach …` since 1.36, `Multi-Attach error …` before (recordings).
    pub const fn waiting_for_detach_text(self) -> bool {
        self.since(36)
    }

    /// `FailedScheduling` has `no new claims to deallocate, ` in 1.34 to 1.36 (recordings, release notes).
    pub const fn dynamic_resources_text(self) -> bool {
        self.since(34) && !self.since(37)
    }

    /// `FailedScheduling` of a Pod for which others have to go says where it is to be placed since 1.37; before, nothing of
    /// preemption (pkg/scheduler/framework/preemption).
    pub const fn tells_potential_placement(self) -> bool {
        self.since(37)
    }

    /// A node whose taints are not tolerated reads `untolerated taint(s)` since 1.34, with key and value before.
    pub const fn short_taint_text(self) -> bool {
        self.since(34)
    }

    /// What fails before any node is looked at ends in the word `not found` since 1.34 (recordings), in a sentence about preemption before.
    pub const fn early_rejection_not_found(self) -> bool {
        self.since(34)
    }

    /// A Pod that goes wakes one that one of its anti-affinity terms keeps away since 1.37; before, all of them had to.
    pub const fn any_anti_affinity_wakes(self) -> bool {
        self.since(37)
    }

    /// An idle scheduler tries Pods again before their back-off has passed since 1.33 (gate `SchedulerPopFromBackoffQ`).
    pub const fn pops_from_backoff_queue(self) -> bool {
        self.since(33)
    }

    /// Nodes with larger free volumes are preferred since 1.37 (gate `StorageCapacityScoring`, feature-gates of the recordings).
    pub const fn storage_capacity_scoring(self) -> bool {
        self.since(37)
    }

    /// A driver may keep Pods from nodes where it is not installed since 1.37 (gate `VolumeLimitScaling`, feature-gates of the recordings).
    pub const fn volume_limit_scaling(self) -> bool {
        self.since(37)
    }

    /// While a volume is made for a Pod, `status.nominatedNodeName` shows its node since 1.35 (gate `NominatedNodeNameForExpectation`).
    pub const fn nominates_while_binding(self) -> bool {
        self.since(35)
    }

    /// `node(s) didn't match PersistentVolume's node affinity` since 1.33, `node(s) had volume node affinity conflict` before (pull request 129887).
    pub const fn volume_affinity_text(self) -> bool {
        self.since(33)
    }

    /// Whether a Job succeeds or fails is told (`SuccessCriteriaMet`, `FailureTarget`) before its Pods are gone and that is
    /// final (`Complete`, `Failed`), since 1.31 (gates `JobManagedBy` and `JobSuccessPolicy`).
    pub const fn job_tells_success_early(self) -> bool {
        self.since(31)
    }

    /// `status.terminatingReplicas` of Deployments and ReplicaSets, since 1.35 (gate `DeploymentReplicaSetTerminatingReplicas`).
    pub const fn terminating_replicas(self) -> bool {
        self.since(35)
    }

    /// A namespace's Pods are deleted before anything else in it, since 1.33 (gate `OrderedNamespaceDeletion`, enhancement 5080).
    pub const fn ordered_namespace_deletion(self) -> bool {
        self.since(33)
    }

    /// kubectl tells the namespace of what it deleted, and that a session in a container is recorded, since 1.34.
    pub const fn kubectl_tells_namespace(self) -> bool {
        self.since(34)
    }

    /// `kubectl exec POD COMMAND` is an error since 1.31; before, it ran the command and asked for `--`.
    pub const fn exec_wants_dashes(self) -> bool {
        self.since(31)
    }

    /// `Session ended` whatever the restart policy, and the containers that there are behind one that is not, since 1.36.
    pub const fn session_always_ends(self) -> bool {
        self.since(36)
    }

    /// `status.observedGeneration` of Pods tells which version their kubelet has seen, since 1.34 (gate
    /// `PodObservedGenerationTracking`, feature-gates of the recordings).
    pub const fn pod_observed_generation(self) -> bool {
        self.since(34)
    }

    /// Zone and region labels of the node are copied to the Pod at binding since 1.35 (recordings).
    pub const fn pod_topology_labels(self) -> bool {
        self.since(35)
    }

    /// The event `Pulled` tells the image's size since 1.30 (pkg/kubelet/images/image_manager.go).
    pub const fn image_size_text(self) -> bool {
        self.since(30)
    }

    /// Container events say `Container created` since 1.35; `Created container: c` in 1.32 to 1.34; `Created container c` before.
    pub const fn container_event_wording(self) -> Wording {
        self.wording(32, 35)
    }
}

/// `v1.37.1`, as nodes report it.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1.{}.{}", self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read_with_and_without_its_patch_and_only_within_the_range() {
        let read = |text| Release::parse(text).map(|release| release.to_string());
        assert_eq!(read("1.35.4").as_deref(), Some("v1.35.4"));
        assert_eq!(read("v1.34").as_deref(), Some("v1.34.0"));
        assert_eq!(Release::parse("1.37"), Some(NEWEST));
        assert_eq!(read("1.37.0").as_deref(), Some("v1.37.0"));
        for outside in ["1.28", "1.28.9", "1.38", "2.35", "1.35.x", "1"] {
            assert_eq!(Release::parse(outside), None, "{outside}");
        }
    }

    #[test]
    fn max_unavailable_is_a_matter_of_the_patch_release_in_1_35() {
        let honoured = |text| {
            Release::parse(text)
                .expect("modelled")
                .max_unavailable_stateful_set()
        };
        let on = ["1.35.0", "1.35.3", "1.37.0", "1.37.1"];
        let off = ["1.29.9", "1.34.4", "1.35.4", "1.35.7", "1.36.0", "1.36.4"];
        assert!(on.into_iter().all(honoured));
        assert!(!off.into_iter().any(honoured));
    }
}
