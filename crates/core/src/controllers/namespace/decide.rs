//! What is deleted next in a namespace, and what its conditions say. Pure.
//!
//! Models pkg/controller/namespace/deletion/namespaced_resources_deleter.go, 1.37.

use ordinal_api::condition::{Condition, ConditionStatus};
use ordinal_api::list::IntoList;
use ordinal_api::{Kind, SimDuration, SimTime, Text};

/// Something in a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) kind: Kind,
    pub(super) finalizers: Vec<Text>,
    /// Seconds of grace, for a Pod that has not ended.
    pub(super) grace_secs: u64,
}

/// Whether an object of that kind is deleted in this round: with Pods first, the rest waits for the last of them.
pub(super) fn is_next(kind: Kind, pods_first: bool, any_pods: bool) -> bool {
    kind == Kind::Pod || !pods_first || !any_pods
}

/// How long the controller waits before it looks again, if nothing else makes it: half of what the rest is thought to
/// take, and a second. Finalizers are given 15 s.
pub(super) fn next_look(left: &[Content]) -> SimDuration {
    let estimate = left.iter().map(|c| {
        if c.finalizers.is_empty() {
            c.grace_secs
        } else {
            c.grace_secs.max(15)
        }
    });
    SimDuration::secs(estimate.max().unwrap_or(0) / 2 + 1)
}

/// `pods. has 2 resource instances`, and the same for what holds them.
fn counted(words: Vec<String>, unit: &str) -> Vec<String> {
    let mut names: Vec<&String> = words.iter().into_list();
    ordinal_api::sorted::sort(&mut names);
    names.dedup();
    let count = |name: &String| words.iter().filter(|w| *w == name).count();
    names
        .into_iter()
        .map(|name| format!("{name} {unit} {} resource instances", count(name)))
        .collect()
}

/// The namespace's conditions while it is being deleted. Models namespace/deletion/status_condition_utils.go.
pub(super) fn conditions(left: &[Content], now: SimTime) -> Vec<Condition> {
    let resource = |kind: Kind| {
        let names = kind.names();
        format!("{}.{}", names.plural, names.group)
    };
    let remaining = counted(left.iter().map(|c| resource(c.kind)).collect(), "has");
    let finalizers = left
        .iter()
        .flat_map(|c| c.finalizers.iter().map(Text::to_string))
        .collect();
    let finalizers = counted(finalizers, "in");
    let fine = |type_, reason, message| Condition::new(type_, false, now).because(reason, message);
    let some = |type_, reason, message: String| {
        Condition::new(type_, ConditionStatus::True, now).because(reason, message)
    };
    let mut list = vec![
        fine(
            "NamespaceDeletionDiscoveryFailure",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        fine(
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        fine(
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
    ];
    list.push(if remaining.is_empty() {
        fine(
            "NamespaceContentRemaining",
            "ContentRemoved",
            "All content successfully removed",
        )
    } else {
        let message = format!("Some resources are remaining: {}", remaining.join(", "));
        some("NamespaceContentRemaining", "SomeResourcesRemain", message)
    });
    list.push(if finalizers.is_empty() {
        fine(
            "NamespaceFinalizersRemaining",
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
        )
    } else {
        let message = format!(
            "Some content in the namespace has finalizers remaining: {}",
            finalizers.join(", ")
        );
        some(
            "NamespaceFinalizersRemaining",
            "SomeFinalizersRemain",
            message,
        )
    });
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(grace_secs: u64) -> Content {
        Content {
            kind: Kind::Pod,
            finalizers: Vec::new(),
            grace_secs,
        }
    }

    fn held(kind: Kind) -> Content {
        Content {
            kind,
            finalizers: vec![Text::new_static("kubernetes.io/pvc-protection")],
            grace_secs: 0,
        }
    }

    #[test]
    fn the_rest_waits_for_the_last_pod() {
        assert!(is_next(Kind::Pod, true, true));
        assert!(!is_next(Kind::Service, true, true));
        assert!(is_next(Kind::Service, true, false));
        assert!(is_next(Kind::Service, false, true), "before the order came");
    }

    #[test]
    fn what_is_left_is_counted_by_resource_and_by_finalizer() {
        let left = [pod(30), pod(30), held(Kind::PersistentVolumeClaim)];
        let conditions = conditions(&left, SimTime::ZERO);
        let of =
            |type_| ordinal_api::condition::find(&conditions, type_).map(|c| c.message.to_string());
        let remaining = "Some resources are remaining: persistentvolumeclaims. has 1 resource instances, pods. has 2 resource instances";
        assert_eq!(of("NamespaceContentRemaining"), Some(remaining.to_owned()));
        let finalizers = "Some content in the namespace has finalizers remaining: kubernetes.io/pvc-protection in 1 resource instances";
        assert_eq!(
            of("NamespaceFinalizersRemaining"),
            Some(finalizers.to_owned())
        );
    }

    #[test]
    fn it_looks_again_after_half_of_what_the_rest_may_take() {
        assert_eq!(next_look(&[pod(30), pod(10)]), SimDuration::secs(16));
        assert_eq!(next_look(&[held(Kind::ConfigMap)]), SimDuration::secs(8));
    }
}
