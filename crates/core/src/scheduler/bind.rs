//! Binding: the Pod gets its node; before that its claims get their volumes.
//! Models plugins/volumebinding/binder.go `BindPodVolumes` and pkg/registry/core/pod/storage `assignPod`, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::storage::ClaimRef;
use ordinal_api::{Object, SimDuration, SimTime, Text, Uid};

use super::filters::{Choice, ClaimPlan, bind_completed};
use super::node_info::NodeInfo;
use super::{SchedulerWork, account, guards, queue};
use crate::controllers::persistentvolume::{BOUND_BY_CONTROLLER, SELECTED_NODE};
use crate::queue::Work;
use crate::wait::On;
use crate::{Cx, Id};

/// A Pod that has been given a node in the scheduler's mind, and whose claims are being bound.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// The Pod as it was tried.
    pub(crate) object: Arc<Object>,
    /// Its node.
    pub(crate) node: Id,
    node_name: Text,
    plans: Arc<[ClaimPlan]>,
    since: SimTime,
    /// When the claims are looked at next, if that is known.
    poll: Option<SimTime>,
}

/// How often the claims are looked at.
const POLL_MS: u64 = 1000;
/// `bindTimeoutSeconds`
const TIMEOUT: SimDuration = SimDuration::secs(600);
const TOPOLOGY_LABELS: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// A node was found: the Pod is bound to it, once its claims are.
pub(crate) fn start(
    cx: &mut Cx<'_>,
    id: Id,
    object: &Arc<Object>,
    node: Id,
    name: &Text,
    plans: Vec<ClaimPlan>,
) {
    cx.world.parts.scheduler.promised.remove(&id);
    if plans.is_empty() {
        bind(cx, id, object, name);
        return;
    }
    if let Some(why) = conflict(cx, id, &plans) {
        fail(cx, id, &why);
        return;
    }
    let since = cx.now();
    let binding = Binding {
        object: object.clone(),
        node,
        node_name: name.clone(),
        plans: plans.into(),
        since,
        poll: None,
    };
    account(cx, object, node, true);
    let binding = Arc::new(binding);
    cx.world
        .parts
        .scheduler
        .bindings
        .insert(id, binding.clone());
    queue::bind(cx, id);
    if cx.world.release().nominates_while_binding() {
        let name = name.clone();
        let _ = cx.update(id, |object| {
            let Some(pod) = object.as_pod_mut() else {
                return false;
            };
            Arc::make_mut(&mut pod.status).nominated_node_name = name;
            true
        });
    }
    cx.wait(
        id,
        On::Object(binding.plans[0].0),
        &guards::PRE_BIND,
        Some(since + TIMEOUT),
    );
    for (claim, choice) in binding.plans.iter() {
        pre_bind(cx, *claim, *choice, name);
    }
    let work = SchedulerWork::Timeout {
        pod: id,
        uid: object.meta.uid,
        since,
    };
    cx.after_in_background(TIMEOUT, Work::Scheduler(work));
    look(cx, id);
}

/// Why the first write to a claim is refused: it is of a version that somebody has changed meanwhile. A StatefulSet whose
/// claims go with it writes itself into them just after it made the Pod.
fn conflict(cx: &Cx<'_>, id: Id, plans: &[ClaimPlan]) -> Option<String> {
    let claim = super::queue::overtaken(cx.world, id)?;
    let written = plans.contains(&(claim, Choice::Provision));
    let name = &cx.world.store.key(claim).name;
    written.then(|| {
        format!(
            "Operation cannot be fulfilled on persistentvolumeclaims \"{name}\": the object has been modified; please apply your changes to the latest version and try again"
        )
    })
}

/// Reserves the volume for the claim, or asks for one to be made at the node.
fn pre_bind(cx: &mut Cx<'_>, claim: Id, choice: Choice, node: &Text) {
    let Some(object) = cx.get(claim) else { return };
    let reference = Arc::new(ClaimRef {
        namespace: object.meta.namespace.clone(),
        name: object.meta.name.clone(),
        uid: object.meta.uid,
        resource_version: object.meta.resource_version,
    });
    let _ = match choice {
        Choice::Static(volume) => cx.update(volume, |object| {
            let Some(volume) = object.as_volume_mut() else {
                return false;
            };
            let ours = volume.claim_ref.is_none();
            let changed = volume.claim_ref.as_ref() != Some(&reference);
            volume.claim_ref = Some(reference);
            if ours {
                Arc::make_mut(&mut object.meta.annotations)
                    .insert(BOUND_BY_CONTROLLER.into(), "yes".into());
            }
            changed
        }),
        Choice::Provision => cx.update(claim, |object| {
            let annotations = Arc::make_mut(&mut object.meta.annotations);
            annotations
                .insert(Text::new_static(SELECTED_NODE), node.clone())
                .as_ref()
                != Some(node)
        }),
    };
}

impl Binding {
    /// When the claims are looked at next.
    fn next_look(&self, now: SimTime) -> SimTime {
        let looks = now.since(self.since).0 / POLL_MS + 1;
        self.since + SimDuration::ms(looks * POLL_MS)
    }

    /// A Pod that is thought to be on a node, with nothing left to do.
    pub(crate) fn thought(object: Arc<Object>, node: &NodeInfo) -> Self {
        Self {
            object,
            node: node.id,
            node_name: node.name().clone(),
            plans: Arc::from([]),
            since: SimTime::ZERO,
            poll: None,
        }
    }
}

enum Progress {
    Waiting(Id),
    Done,
    Failed(String),
}

/// How far the claims are.
fn progress(cx: &Cx<'_>, binding: &Binding) -> Progress {
    let mut waiting = None;
    for (claim, choice) in binding.plans.iter() {
        let Some(object) = cx.get(*claim) else {
            let key = cx.world.store.key(*claim);
            let what = match choice {
                Choice::Static(_) => "binding",
                Choice::Provision => "provisioning pvc",
            };
            return Progress::Failed(format!(
                "failed to check {what}: could not find v1.PersistentVolumeClaim \"{}/{}\"",
                key.namespace, key.name
            ));
        };
        match choice {
            Choice::Static(volume) => {
                let name = &cx.world.store.key(*volume).name;
                let Some(object) = cx.get(*volume) else {
                    return Progress::Failed(format!(
                        "failed to check binding: could not find v1.PersistentVolume \"{name}\""
                    ));
                };
                let reference = object.as_volume().and_then(|v| v.claim_ref.as_ref());
                if reference.is_none_or(|r| r.uid == Uid::NONE) {
                    return Progress::Failed(format!("ClaimRef got reset for pv \"{name}\""));
                }
            }
            Choice::Provision
                if object.meta.annotation(SELECTED_NODE) != Some(binding.node_name.as_str()) =>
            {
                return Progress::Failed(format!(
                    "provisioning failed for PVC \"{}\"",
                    object.meta.name
                ));
            }
            Choice::Provision => {}
        }
        if !bind_completed(&object) {
            waiting.get_or_insert(*claim);
        }
    }
    waiting.map_or(Progress::Done, Progress::Waiting)
}

/// Something about the claims has changed: if that ends the wait, the next look of the scheduler will see it.
pub(crate) fn look(cx: &mut Cx<'_>, id: Id) {
    let Some(binding) = cx.world.parts.scheduler.bindings.get(&id).cloned() else {
        return;
    };
    if let Progress::Waiting(claim) = progress(cx, &binding) {
        cx.wait(
            id,
            On::Object(claim),
            &guards::PRE_BIND,
            Some(binding.since + TIMEOUT),
        );
        return;
    }
    let at = binding.next_look(cx.now());
    if binding.poll != Some(at) {
        let uid = binding.object.meta.uid;
        cx.at(at, Work::Scheduler(SchedulerWork::Poll { pod: id, uid }));
        cx.wait(id, On::Until(at), &guards::PRE_BIND, Some(at));
        let binding = Binding {
            poll: Some(at),
            ..(*binding).clone()
        };
        cx.world
            .parts
            .scheduler
            .bindings
            .insert(id, Arc::new(binding));
    }
}

/// The scheduler looks at the claims.
pub(crate) fn poll(cx: &mut Cx<'_>, id: Id, uid: Uid) {
    let Some(binding) = cx
        .world
        .parts
        .scheduler
        .bindings
        .get(&id)
        .filter(|b| b.object.meta.uid == uid)
        .cloned()
    else {
        return;
    };
    match cx.get(id) {
        None => {
            let pod = &binding.object.meta.name;
            let why = format!("pod does not exist any more: pod \"{pod}\" not found");
            return fail(cx, id, &format!("binding volumes: {why}"));
        }
        Some(pod) if pod.meta.is_deleting() => return forget(cx, id),
        Some(_) => {}
    }
    match progress(cx, &binding) {
        Progress::Waiting(_) => {
            let binding = Binding {
                poll: None,
                ..(*binding).clone()
            };
            cx.world
                .parts
                .scheduler
                .bindings
                .insert(id, Arc::new(binding));
        }
        Progress::Failed(why) => fail(cx, id, &format!("binding volumes: {why}")),
        Progress::Done => {
            if let Some(why) = out_of_reach(cx, &binding) {
                fail(cx, id, &format!("binding volumes: {why}"));
                return;
            }
            forget(cx, id);
            bind(cx, id, &binding.object, &binding.node_name);
        }
    }
}

/// A volume that the node cannot reach, after all.
fn out_of_reach(cx: &Cx<'_>, binding: &Binding) -> Option<String> {
    let node = cx.get(binding.node)?;
    binding.plans.iter().find_map(|(claim, _)| {
        let claim = cx.get(*claim)?;
        let volume = cx.find(ordinal_api::Kind::PersistentVolume, "", &claim.as_claim()?.volume_name)?;
        let fits = volume.as_volume()?.spec.fits_node(&binding.node_name, &node.meta.labels);
        let (volume, node) = (&volume.meta.name, &binding.node_name);
        (!fits).then(|| format!("pv \"{volume}\" node affinity doesn't match node \"{node}\": no matching NodeSelectorTerms"))
    })
}

/// Ten minutes have passed.
pub(crate) fn time_out(cx: &mut Cx<'_>, id: Id, uid: Uid, since: SimTime) {
    let same = |b: &Arc<Binding>| b.object.meta.uid == uid && b.since == since;
    if cx.world.parts.scheduler.bindings.get(&id).is_some_and(same) {
        fail(cx, id, "binding volumes: context deadline exceeded");
    }
}

/// A Pod goes whose claims are being bound: the next look finds that out. Returns whether there is such a look.
pub(crate) fn outlive(cx: &mut Cx<'_>, id: Id) -> bool {
    let Some(binding) = cx.world.parts.scheduler.bindings.get(&id).cloned() else {
        return false;
    };
    if binding.plans.is_empty() {
        return false;
    }
    let uid = binding.object.meta.uid;
    let at = binding.next_look(cx.now());
    cx.at(at, Work::Scheduler(SchedulerWork::Poll { pod: id, uid }));
    true
}

/// The claims could not be bound: the Pod is tried again.
fn fail(cx: &mut Cx<'_>, id: Id, why: &str) {
    forget(cx, id);
    let message = Text::from(format!("running PreBind plugin \"VolumeBinding\": {why}"));
    super::attempt::tell(cx, id, "SchedulerError", &message, false);
    if let Some(at) = queue::retry(cx, id) {
        cx.wait(id, On::Until(at), &guards::BACK_OFF, Some(at));
    }
}

/// The node is no longer the Pod's, not even in the scheduler's mind.
pub(crate) fn forget(cx: &mut Cx<'_>, id: Id) {
    if let Some(binding) = cx.world.parts.scheduler.bindings.get(&id).cloned() {
        cx.world.parts.scheduler.bindings.remove(&id);
        account(cx, &binding.object, binding.node, false);
    }
}

/// Writes the node into the Pod, and says so.
fn bind(cx: &mut Cx<'_>, id: Id, object: &Object, node: &Text) {
    let now = cx.now();
    let labels = cx
        .world
        .release()
        .pod_topology_labels()
        .then(|| cx.find(ordinal_api::Kind::Node, "", node))
        .flatten();
    let labels: Vec<(Text, Text)> = labels
        .iter()
        .flat_map(|node| topology_labels(node))
        .into_list();
    let written = cx.update(id, |object| {
        if object.as_pod().is_none_or(|pod| !pod.node_name.is_empty()) || object.meta.is_deleting()
        {
            return false;
        }
        if labels
            .iter()
            .any(|(key, value)| object.meta.labels.get(key) != Some(value))
        {
            Arc::make_mut(&mut object.meta.labels).extend(labels);
        }
        let pod = object.as_pod_mut().expect("it was one just now");
        pod.node_name = node.clone();
        let status = Arc::make_mut(&mut pod.status);
        status.nominated_node_name = Text::default();
        condition::set(
            &mut status.conditions,
            Condition::new("PodScheduled", true, now),
        );
        true
    });
    if written.is_ok() {
        let (namespace, name) = (&object.meta.namespace, &object.meta.name);
        cx.event(
            id,
            false,
            "Scheduled",
            format!("Successfully assigned {namespace}/{name} to {node}"),
        );
        cx.proceed(id);
    }
}

/// Labels that a node gives to its Pods. Models plugin/pkg/admission/podtopologylabels.
fn topology_labels(node: &Object) -> impl Iterator<Item = (Text, Text)> {
    let labels = node.meta.labels.clone();
    TOPOLOGY_LABELS
        .into_iter()
        .filter_map(move |key| Some((Text::new_static(key), labels.get(key)?.clone())))
}
