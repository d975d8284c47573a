//! Expansion: the driver makes a volume larger, then the kubelet of a machine that has it mounted makes its file system larger.
//!
//! Models pkg/controller/volume/expand, external-resizer (`expandAndRecover`) and
//! pkg/volume/util/operationexecutor/node_expander.go, 1.37.

use ordinal_api::list::IntoList;
use std::sync::Arc;

use ordinal_api::condition::{self, Condition};
use ordinal_api::pod::PodPhase;
use ordinal_api::storage::{ClaimPhase, PersistentVolumeClaim};
use ordinal_api::{Kind, Object, Quantity, SimDuration, Text};

use super::{StorageWork, is_attachable, provisioner};
use crate::controllers::persistentvolume::PROVISIONED_BY;
use crate::queue::Work;
use crate::store::Link;
use crate::{Change, Component, Cx, Id};

/// A kubelet looks at its Pods' volumes again when it looks at the Pod: after a minute at the earliest.
const RESYNC: SimDuration = SimDuration::secs(60);
/// How far an expansion is, in the words of `status.allocatedResourceStatuses`.
const BY_DRIVER: &str = "ControllerResizeInProgress";
const BY_NODE: &str = "NodeResizePending";
/// Types of conditions that tell of an expansion.
const CONDITIONS: [&str; 2] = ["Resizing", "FileSystemResizePending"];

/// How much a claim asks for beyond what it has.
fn wanted(claim: &PersistentVolumeClaim) -> Option<Quantity> {
    let request = claim.spec.request();
    let has = claim.status.capacity.as_ref()?;
    (claim.status.phase == ClaimPhase::Bound && request > *has).then_some(request)
}

/// Sees a change: a claim that asks for more, a Pod that runs with one whose file system is too small.
pub(super) fn watch(cx: &mut Cx<'_>, change: &Change) {
    let Some(new) = &change.new else { return };
    let old = change.old.as_ref();
    let claims = match change.kind() {
        Kind::PersistentVolumeClaim => {
            let request = |o: &Arc<Object>| o.as_claim().map(|c| c.spec.request());
            let asks = old.is_some_and(|old| request(old) < request(new));
            let asks = asks && new.as_claim().is_some_and(|c| wanted(c).is_some());
            asks.then_some(change.id).into_iter().into_list()
        }
        Kind::Pod => {
            let runs = |o: &Arc<Object>| {
                o.as_pod()
                    .is_some_and(|p| p.status.phase == PodPhase::Running)
            };
            if !runs(new) || old.is_some_and(runs) {
                return;
            }
            let pod = new.as_pod().expect("a Pod");
            let claims = pod.claim_names();
            let store = &cx.world.store;
            claims
                .filter_map(|name| store.id(Kind::PersistentVolumeClaim, &new.meta.namespace, name))
                .filter(|id| {
                    let claim = store.get(*id).and_then(|o| o.as_claim());
                    claim.is_some_and(|c| condition::is_true(&c.status.conditions, CONDITIONS[1]))
                })
                .into_list()
        }
        _ => return,
    };
    let delay = cx.world.profile().controller();
    for claim in claims {
        cx.after(delay, Work::Storage(StorageWork::Expand(claim)));
    }
}

/// The driver that makes a volume larger, if there is one.
fn driver(object: &Object) -> Option<Text> {
    let by = object.meta.annotation(PROVISIONED_BY)?;
    provisioner::is_external(by).then(|| by.into())
}

/// The next step of an expansion.
pub(super) fn step(cx: &mut Cx<'_>, id: Id) {
    let Some(object) = cx.get(id) else { return };
    let Some(claim) = object.as_claim() else {
        return;
    };
    let Some(request) = wanted(claim) else { return };
    let volume_id = cx.id(Kind::PersistentVolume, "", &claim.volume_name);
    let Some(volume_object) = cx.get(volume_id) else {
        return;
    };
    let Some(volume) = volume_object.as_volume() else {
        return;
    };
    let name = &volume_object.meta.name;
    if volume.spec.size() >= request {
        return at_node(cx, id, name, &request);
    }
    let by_driver = condition::is_true(&claim.status.conditions, CONDITIONS[0]);
    if !by_driver {
        const TEXT: &str = "waiting for an external controller to expand this PVC";
        let source = Text::new_static("volume_expand");
        cx.by = Component::PersistentVolume;
        cx.event_from(
            id,
            false,
            "ExternalExpanding",
            TEXT.into(),
            source,
            Text::default(),
        );
    }
    // The stand-ins of recordings make volumes and do not enlarge them.
    let Some(driver) = driver(&volume_object).filter(|_| !cx.world.profile().stand_in) else {
        return;
    };
    cx.by = Component::Provisioner;
    let delay = SimDuration::ms(cx.world.profile().provision_ms);
    let again = Work::Storage(StorageWork::Expand(id));
    if !by_driver {
        let text = format!("External resizer is resizing volume {name}");
        tell(cx, id, &driver, "Resizing", text);
        write(cx, id, &request, BY_DRIVER, Some(CONDITIONS[0]));
        return cx.after(delay, again);
    }
    if provisioner::is_paused(cx.world) {
        return cx.after_in_background(SimDuration::secs(10), again);
    }
    let _ = cx.update(volume_id, |object| {
        let Some(volume) = object.as_volume_mut() else {
            return false;
        };
        let key = Text::new_static("storage");
        Arc::make_mut(&mut volume.spec)
            .capacity
            .insert(key, request.clone());
        Arc::make_mut(&mut volume.raw)["capacity"]["storage"] = request.to_string().into();
        true
    });
    if is_attachable(cx.world, volume) {
        tell(
            cx,
            id,
            &driver,
            "FileSystemResizeRequired",
            "Require file system resize of volume on node",
        );
        write(cx, id, &request, BY_NODE, Some(CONDITIONS[1]));
        cx.after_in_background(RESYNC, again);
    } else {
        write(cx, id, &request, "", None);
        tell(
            cx,
            id,
            &driver,
            "VolumeResizeSuccessful",
            "Resize volume succeeded",
        );
    }
}

fn tell(cx: &mut Cx<'_>, id: Id, driver: &str, reason: &'static str, text: impl Into<Text>) {
    let source = format!("external-resizer {driver}").into();
    cx.event_from(id, false, reason, text.into(), source, Text::default());
}

/// The kubelet of a machine that has the volume mounted makes the file system larger.
fn at_node(cx: &mut Cx<'_>, id: Id, name: &str, request: &Quantity) {
    let volume_id = cx.id(Kind::PersistentVolume, "", name);
    let pods = cx.world.store.linked(Link::PodOfClaim, id);
    let mut waits = false;
    let mut found = None;
    for (pod, object) in pods {
        let Some(body) = object
            .as_pod()
            .filter(|p| p.status.phase == PodPhase::Running)
        else {
            continue;
        };
        waits = true;
        let node = cx.world.store.node_of(body);
        let machine = node.and_then(|node| cx.world.machines.get(&node));
        let mounted = |machine: &crate::machine::Machine| {
            machine
                .pods
                .values()
                .any(|p| p.uid == object.meta.uid && p.mounts.contains(&volume_id))
        };
        if machine.is_some_and(|m| m.powered && m.kubelet && m.linked && mounted(m)) {
            found = Some((pod, body.node_name.clone()));
            break;
        }
    }
    match found {
        Some((pod, node)) => {
            cx.by = Component::Kubelet;
            write(cx, id, request, "", None);
            let text =
                format!("MountVolume.NodeExpandVolume succeeded for volume \"{name}\" {node}");
            for about in [pod, id] {
                let source = Text::new_static("kubelet");
                cx.event_from(
                    about,
                    false,
                    "FileSystemResizeSuccessful",
                    text.clone().into(),
                    source,
                    node.clone(),
                );
            }
        }
        // A kubelet that is away does it when it is back; without a Pod the next one to mount the volume does.
        None if waits => {
            cx.after_in_background(RESYNC, Work::Storage(StorageWork::Expand(id)));
        }
        None => {}
    }
}

/// Writes how far the expansion is. Without a condition it is done, and the claim has what it asked for.
fn write(
    cx: &mut Cx<'_>,
    id: Id,
    request: &Quantity,
    expansion: &'static str,
    type_: Option<&'static str>,
) {
    let now = cx.now();
    let tells = cx.world.release().tells_expansion();
    let _ = cx.update(id, |object| {
        let Some(claim) = object.as_claim_mut() else {
            return false;
        };
        let status = Arc::make_mut(&mut claim.status);
        status.conditions.retain(|c| !CONDITIONS.contains(&c.type_.as_str()));
        match type_ {
            Some(type_) => {
                let mut new = Condition::new(type_, true, now);
                if type_ == CONDITIONS[1] {
                    new.message = Text::new_static("Waiting for user to (re-)start a pod to finish file system resize of volume on node.");
                }
                condition::set(&mut status.conditions, new);
            }
            None => status.capacity = Some(request.clone()),
        }
        if tells {
            status.expansion = expansion;
            status.allocated = Some(request.clone());
        }
        true
    });
}
