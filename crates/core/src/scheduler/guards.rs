//! The rules by which the scheduler keeps a Pod waiting.

use super::filters::Plugin;
use crate::wait::Guard;

macro_rules! guards {
    ($($name:ident $upstream:literal $rule:literal $source:literal;)*) => {
        $(pub(crate) static $name: Guard = Guard { name: $upstream, rule: $rule, source: $source };)*
    };
}

guards! {
    UNSCHEDULABLE "NodeUnschedulable" "a cordoned node takes no new Pods" "pkg/scheduler/framework/plugins/nodeunschedulable";
    NODE_NAME "NodeName" "a Pod that names its node waits for that node" "pkg/scheduler/framework/plugins/nodename";
    TAINTS "TaintToleration" "a node takes only Pods that tolerate its taints" "pkg/scheduler/framework/plugins/tainttoleration";
    NODE_AFFINITY "NodeAffinity" "a Pod goes only to nodes that its nodeSelector and required node affinity match" "pkg/scheduler/framework/plugins/nodeaffinity";
    PORTS "NodePorts" "a port of a host belongs to one Pod at a time" "pkg/scheduler/framework/plugins/nodeports";
    RESOURCES "NodeResourcesFit" "a Pod goes only where its requests are free" "pkg/scheduler/framework/plugins/noderesources/fit.go";
    ONE_POD "ReadWriteOncePod" "a claim with ReadWriteOncePod is used by one Pod at a time" "pkg/scheduler/framework/plugins/volumerestrictions";
    LIMITS "NodeVolumeLimits" "a node attaches only as many volumes as its driver allows" "pkg/scheduler/framework/plugins/nodevolumelimits/csi.go";
    VOLUMES "VolumeBinding" "a Pod goes only where its volumes can be reached" "pkg/scheduler/framework/plugins/volumebinding/binder.go";
    ZONES "VolumeZone" "a Pod goes only to the zone of its volume" "pkg/scheduler/framework/plugins/volumezone";
    SPREAD "PodTopologySpread" "a Pod goes only where its topology spread constraints hold" "pkg/scheduler/framework/plugins/podtopologyspread/filtering.go";
    AFFINITY "InterPodAffinity" "a Pod keeps to required affinity and anti-affinity to other Pods" "pkg/scheduler/framework/plugins/interpodaffinity/filtering.go";
    NO_NODES "no nodes" "a Pod needs a node" "pkg/scheduler/schedule_one.go";
    CLAIMS "PreFilter VolumeBinding" "a Pod waits until its claims exist and those that bind at once are bound" "pkg/scheduler/framework/plugins/volumebinding/volume_binding.go";
    PRE_BIND "PreBind VolumeBinding" "a Pod is bound to its node only when all its claims are bound" "pkg/scheduler/framework/plugins/volumebinding/binder.go BindPodVolumes";
    GATES "SchedulingGates" "a Pod with scheduling gates is not looked at" "pkg/scheduler/framework/plugins/schedulinggates";
    BACK_OFF "backoffQ" "a Pod that could not be placed is tried again after 1 s, doubled up to 10 s" "pkg/scheduler/backend/queue/backoff_queue.go";
}

/// The rule of a filter.
pub(crate) fn of(plugin: Plugin) -> &'static Guard {
    match plugin {
        Plugin::NodeUnschedulable => &UNSCHEDULABLE,
        Plugin::NodeName => &NODE_NAME,
        Plugin::TaintToleration => &TAINTS,
        Plugin::NodeAffinity => &NODE_AFFINITY,
        Plugin::NodePorts => &PORTS,
        Plugin::NodeResourcesFit => &RESOURCES,
        Plugin::VolumeRestrictions => &ONE_POD,
        Plugin::NodeVolumeLimits => &LIMITS,
        Plugin::VolumeBinding => &VOLUMES,
        Plugin::VolumeZone => &ZONES,
        Plugin::PodTopologySpread => &SPREAD,
        Plugin::InterPodAffinity => &AFFINITY,
    }
}
