//! What a sync of a Job may see: what it asks for, what was counted so far, and its Pods.

use ordinal_api::list::IntoList;
use ordinal_api::pod::{ContainerState, Pod, PodPhase};
use ordinal_api::podspec::RestartPolicy;
use ordinal_api::{Kind, Object, SimDuration, SimTime, Value, condition, value};

use super::indexes::Indexes;
use super::policies::{self, SuccessRule, Verdict};
use super::{COMPLETION_INDEX, INDEX_FAILURES, INDEX_IGNORED_FAILURES, TRACKING};
use crate::{Id, World};

/// A Job with its Pods.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) now: SimTime,
    pub(super) deleting: bool,
    pub(super) spec: Spec,
    pub(super) status: Counted,
    pub(super) pods: Vec<PodView>,
    pub(super) failures: Failures,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Spec {
    pub(super) parallelism: u32,
    pub(super) completions: Option<u32>,
    pub(super) backoff_limit: u32,
    pub(super) active_deadline_secs: Option<u64>,
    pub(super) indexed: bool,
    pub(super) suspend: bool,
    /// `podReplacementPolicy: Failed`
    pub(super) only_failed: bool,
    /// `template.spec.restartPolicy: OnFailure`
    pub(super) restarts: bool,
    /// `backoffLimitPerIndex`: so often each index is tried again.
    pub(super) limit_per_index: Option<u32>,
    pub(super) max_failed_indexes: Option<u32>,
    pub(super) success: Vec<SuccessRule>,
}

/// What was counted so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    pub(super) start_time: Option<SimTime>,
    pub(super) succeeded: u32,
    pub(super) failed: u32,
    pub(super) indexes: Indexes,
    pub(super) failed_indexes: Indexes,
    /// The condition `Complete` or `Failed` is True.
    pub(super) finished: bool,
    /// The condition `FailureTarget` or `SuccessCriteriaMet` is True: which, its reason and message.
    pub(super) decided: Option<Decided>,
    /// The condition `Suspended`, if there is one.
    pub(super) suspended: Option<bool>,
}

/// How a Job ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decided {
    pub(super) failed: bool,
    pub(super) reason: String,
    pub(super) message: String,
}

/// A Pod of the Job.
#[derive(Clone, Debug)]
pub(super) struct PodView {
    pub(super) id: Id,
    pub(super) phase: PodPhase,
    pub(super) deleting: bool,
    pub(super) ready: bool,
    /// It is not counted yet.
    pub(super) tracked: bool,
    pub(super) index: Option<u32>,
    /// When it ended.
    pub(super) ended: SimTime,
    pub(super) restarts: u32,
    /// What its failure would mean.
    pub(super) verdict: Verdict,
    /// Failures of its index before it that count, and that do not.
    pub(super) index_failures: (u32, u32),
    /// What decides which Pods go first: with a node or not, phase, Ready, since when, and when created.
    pub(super) rank: (bool, u8, bool, u64, u64),
}

/// Pods that failed since one succeeded, and when the last did. Models `backoffRecord`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(super) count: u32,
    pub(super) last: SimTime,
}

impl Decided {
    pub(super) fn of(failed: bool, reason: &str, message: &str) -> Self {
        Self {
            failed,
            reason: reason.to_owned(),
            message: message.to_owned(),
        }
    }
}

impl PodView {
    /// Models controller_utils.go `IsPodActive`.
    pub(super) fn is_active(&self) -> bool {
        !self.phase.is_terminal() && !self.deleting
    }
}

pub(super) fn number(value: &Value, key: &str) -> Option<u32> {
    let number = value.get(key).and_then(Value::as_u64)?;
    Some(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Reads what is asked for.
pub(super) fn spec(raw: &Value) -> Spec {
    let spec = raw.get("spec").unwrap_or(&Value::Null);
    let policy = value::at(spec, &["template", "spec", "restartPolicy"]);
    let completions = number(spec, "completions");
    let indexed = spec["completionMode"] == "Indexed";
    let of_indexes = |key: &str| number(spec, key).filter(|_| indexed);
    Spec {
        parallelism: number(spec, "parallelism").unwrap_or(1),
        completions,
        backoff_limit: number(spec, "backoffLimit").unwrap_or(6),
        active_deadline_secs: spec.get("activeDeadlineSeconds").and_then(Value::as_u64),
        indexed,
        suspend: spec["suspend"] == true,
        only_failed: spec["podReplacementPolicy"] == "Failed",
        restarts: policy.is_some_and(|policy| policy == "OnFailure"),
        limit_per_index: of_indexes("backoffLimitPerIndex"),
        max_failed_indexes: of_indexes("maxFailedIndexes"),
        success: policies::success_rules(spec, completions.unwrap_or(0)),
    }
}

/// Reads what was counted.
pub(super) fn counted(raw: &Value, completions: u32) -> Counted {
    let status = raw.get("status").unwrap_or(&Value::Null);
    let conditions = status.get("conditions").and_then(Value::as_array);
    let find = |type_: &str| {
        let mut all = conditions.into_iter().flatten();
        all.find(|condition| condition["type"] == type_)
    };
    let is_true = |type_: &str| find(type_).filter(|condition| condition["status"] == "True");
    let decided = |type_: &str| {
        let condition = is_true(type_)?;
        let text = |key: &str| condition[key].as_str().unwrap_or_default().to_owned();
        Some(Decided {
            failed: type_ == "FailureTarget",
            reason: text("reason"),
            message: text("message"),
        })
    };
    let indexes = |key: &str| Indexes::parse(status[key].as_str().unwrap_or_default(), completions);
    Counted {
        start_time: status["startTime"]
            .as_str()
            .and_then(SimTime::parse_rfc3339),
        succeeded: number(status, "succeeded").unwrap_or(0),
        failed: number(status, "failed").unwrap_or(0),
        indexes: indexes("completedIndexes"),
        failed_indexes: indexes("failedIndexes"),
        finished: is_true("Complete").or(is_true("Failed")).is_some(),
        decided: decided("SuccessCriteriaMet").or_else(|| decided("FailureTarget")),
        suspended: find("Suspended").map(|condition| condition["status"] == "True"),
    }
}

/// Looks at a Job.
pub(super) fn view(world: &World, object: &Object, raw: &Value, failures: Failures) -> View {
    let spec = spec(raw);
    let owned = world.store.owned_by(object.meta.uid);
    let asked = raw.get("spec").unwrap_or(&Value::Null);
    let pods = owned.filter_map(|(id, stored)| Some(pod_view(id, stored, stored.as_pod()?, asked)));
    View {
        now: world.now(),
        deleting: object.meta.is_deleting(),
        status: counted(raw, spec.completions.unwrap_or(0)),
        spec,
        pods: pods.into_list(),
        failures,
    }
}

fn pod_view(id: Id, stored: &Object, pod: &Pod, asked: &Value) -> PodView {
    let ready = condition::find(&pod.status.conditions, "Ready");
    let since = ready.map_or(0, |ready| ready.last_transition.0);
    let phase = match pod.status.phase {
        PodPhase::Pending => 0,
        PodPhase::Unknown => 1,
        _ => 2,
    };
    let younger = |at: u64| u64::MAX - at / 1000;
    let init = pod.status.init_containers.iter();
    let restarted = init
        .chain(&pod.status.containers)
        .map(|c| c.restart_count)
        .sum();
    let noted = |key: &str| stored.meta.annotation(key).and_then(|n| n.parse().ok());
    PodView {
        id,
        phase: pod.status.phase,
        deleting: stored.meta.is_deleting(),
        ready: pod.is_ready(),
        tracked: stored.meta.has_finalizer(TRACKING),
        index: noted(COMPLETION_INDEX),
        ended: ended(stored, pod),
        restarts: restarted,
        verdict: policies::verdict(asked, stored, pod),
        index_failures: (
            noted(INDEX_FAILURES).unwrap_or(0),
            noted(INDEX_IGNORED_FAILURES).unwrap_or(0),
        ),
        rank: (
            !pod.node_name.is_empty(),
            phase,
            pod.is_ready(),
            younger(since),
            younger(stored.meta.creation_timestamp.0),
        ),
    }
}

/// When a Pod ended: its last container did, it was no longer Ready, its deletion was asked for. Models `getFinishedTime`.
fn ended(stored: &Object, pod: &Pod) -> SimTime {
    let ends = pod.status.containers.iter().map(|c| match &c.state {
        ContainerState::Terminated { finished_at, .. } => Some(*finished_at),
        _ => None,
    });
    let of_containers = ends.collect::<Option<Vec<_>>>();
    if let Some(last) = of_containers.and_then(|ends| ends.into_iter().max()) {
        return last;
    }
    let ready = condition::find(&pod.status.conditions, "Ready");
    if let Some(ready) = ready.filter(|_| !pod.is_ready()) {
        return ready.last_transition;
    }
    stored
        .meta
        .deletion
        .map_or(stored.meta.creation_timestamp, |deletion| {
            let asked = deletion.timestamp.0;
            SimTime(asked.saturating_sub(SimDuration::secs(deletion.grace_secs).as_ms()))
        })
}

/// Whether a Pod is meant to end, and belongs to a Job.
pub(crate) fn is_of_job(object: &Object) -> bool {
    let owner = object.meta.controller();
    owner.is_some_and(|owner| owner.kind == Some(Kind::Job))
        && object
            .as_pod()
            .is_some_and(|pod| pod.spec.restart_policy != RestartPolicy::Always)
}
