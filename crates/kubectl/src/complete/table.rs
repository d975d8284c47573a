//! Which commands take what.

/// Subcommands, and which kinds they take: `*` any, `-` none, else their names.
pub(super) const SUBCOMMANDS: &[(&str, &str)] = &[
    (
        "apply",
        "edit-last-applied set-last-applied view-last-applied",
    ),
    ("auth", "can-i reconcile whoami"),
    ("certificate", "approve deny"),
    ("cluster-info", "dump"),
    ("completion", "bash fish powershell zsh"),
    (
        "config",
        "current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users \
         rename-context set set-cluster set-context set-credentials unset use-context view",
    ),
    (
        "create",
        "clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget \
         priorityclass quota role rolebinding secret service serviceaccount token",
    ),
    ("plugin", "list"),
    ("rollout", "history pause restart resume status undo"),
    ("set", "env image resources selector serviceaccount subject"),
    ("top", "node pod"),
];

/// The kinds that a command takes; `*` for any, `pod` for Pods and what has them, `node` for names of Nodes.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("annotate", "*"),
    ("attach", "pod"),
    (
        "autoscale",
        "deployment replicaset replicationcontroller statefulset",
    ),
    ("cordon", "node"),
    ("debug", "*"),
    ("delete", "*"),
    ("describe", "*"),
    ("drain", "node"),
    ("edit", "*"),
    ("exec", "pod"),
    ("explain", "kinds"),
    (
        "expose",
        "deployment pod replicaset replicationcontroller service",
    ),
    ("get", "*"),
    ("label", "*"),
    ("logs", "pod"),
    ("patch", "*"),
    ("port-forward", "pod"),
    ("rollout history", "daemonset deployment statefulset"),
    ("rollout pause", "deployment"),
    ("rollout restart", "daemonset deployment statefulset"),
    ("rollout resume", "deployment"),
    ("rollout status", "daemonset deployment statefulset"),
    ("rollout undo", "daemonset deployment statefulset"),
    (
        "scale",
        "deployment replicaset replicationcontroller statefulset",
    ),
    ("set env", "*"),
    ("set image", "*"),
    ("set resources", "*"),
    ("taint", "node nodes"),
    ("top node", "node"),
    ("top pod", "podname"),
    ("uncordon", "node"),
    ("wait", "*"),
];

pub(super) const PODS_OF: &str =
    "daemonsets deployments jobs pods replicasets replicationcontrollers services statefulsets";
pub(super) const OUTPUTS: &str = "custom-columns custom-columns-file go-template go-template-file json jsonpath jsonpath-as-json \
                       jsonpath-file name wide yaml";
/// Words after which a command begins.
pub(super) const BEFORE: &str = "! do done else fi if sudo then time until while";

pub(super) fn row<'t>(table: &'t [(&str, &str)], key: &str) -> Option<&'t str> {
    let found = table.iter().find(|(name, _)| *name == key);
    found.map(|(_, text)| *text)
}
