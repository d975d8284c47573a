//! The controller's decisions about a volume as API writes, events and waits.

use std::sync::Arc;

use ordinal_api::storage::VolumeAttachment;
use ordinal_api::{Body, Kind, Object, ObjectMeta, SimTime, Text};

use super::decide::{self, Attach, Detach, NodeView, View};
use super::gather::{gather, names};
use super::{Attachment, State};
use crate::apiserver::DeleteOptions;
use crate::controllers::Controller;
use crate::queue::Work;
use crate::storage::attacher_finalizer;
use crate::wait::On;
use crate::{Cx, Id};

/// Looks at one volume: operations that ended, then detaches, then attaches, as one beat of the loop does.
pub(crate) fn sync(cx: &mut Cx<'_>, volume: Id) {
    finish(cx, volume);
    let mut next = Next::default();
    let beat = decide::next_beat(cx.now());
    if beat > cx.now() {
        // An operation ends in its own time; what follows from it is the loop's.
        next.at(beat);
        return next.queue(cx, volume);
    }
    let view = gather(cx.world, volume);
    for node in &view.nodes {
        detach(cx, volume, &view, node, &mut next);
    }
    for node in view.nodes.iter().filter(|n| !n.pods.is_empty()) {
        // Each decision sees the ones before it.
        let view = gather(cx.world, volume);
        if let Some(index) = view.nodes.iter().position(|n| n.node == node.node) {
            attach(cx, volume, &view, index, &mut next);
        }
    }
    next.queue(cx, volume);
}

/// When to look again.
#[derive(Default)]
struct Next {
    progress: Option<SimTime>,
    background: Option<SimTime>,
}

impl Next {
    fn at(&mut self, at: SimTime) {
        self.progress = Some(self.progress.map_or(at, |other| other.min(at)));
    }

    fn at_in_background(&mut self, at: SimTime) {
        self.background = Some(self.background.map_or(at, |other| other.min(at)));
    }

    fn queue(self, cx: &mut Cx<'_>, volume: Id) {
        let work = Work::Sync(Controller::AttachDetach, volume);
        match (self.progress, self.background) {
            (Some(at), other) => cx.at(at.min(other.unwrap_or(at)), work),
            (None, Some(at)) => cx.after_in_background(at.since(cx.now()), work),
            (None, None) => {}
        }
    }
}

fn attachments(cx: &Cx<'_>, volume: Id) -> Vec<(Id, Attachment)> {
    let range = (volume, Id(0))..=(volume, Id(u32::MAX));
    let known = cx.world.parts.attach_detach.attachments.range(range);
    known
        .map(|((_, node), attachment)| (*node, attachment.clone()))
        .collect()
}

fn remember(cx: &mut Cx<'_>, volume: Id, node: Id, attachment: Attachment) {
    cx.world
        .parts
        .attach_detach
        .attachments
        .insert((volume, node), attachment);
}

/// Ends the operations whose answer is seen by now.
fn finish(cx: &mut Cx<'_>, volume: Id) {
    let now = cx.now();
    for (node, attachment) in attachments(cx, volume) {
        let object = cx.get(attachment.object);
        let body = object.as_ref().and_then(|o| o.as_volume_attachment());
        let (attaching, since, seen) = match attachment.state {
            State::Attaching { since, seen_at } => (true, since, seen_at),
            State::Detaching { since, seen_at } => (false, since, seen_at),
            // Deleted by somebody else: the volume is not there any more.
            _ if body.is_none() => {
                forget(cx, volume, node, &attachment);
                continue;
            }
            _ => continue,
        };
        let seen = seen.is_some_and(|at| at <= now);
        let error = match body {
            None if seen => {
                forget(cx, volume, node, &attachment);
                continue;
            }
            Some(body) if seen && attaching && body.attached => {
                attached(cx, volume, node, attachment);
                continue;
            }
            Some(VolumeAttachment {
                attach_error: Some((_, error)),
                ..
            }) if seen && attaching => error.clone(),
            Some(VolumeAttachment {
                detach_error: Some((_, error)),
                ..
            }) if seen && !attaching => error.clone(),
            _ if attaching && now >= since + decide::ATTACH_TIMEOUT => timeout_text(cx, volume),
            _ => continue,
        };
        failed(cx, volume, node, attachment, attaching, &error);
    }
}

fn timeout_text(cx: &Cx<'_>, volume: Id) -> Text {
    let source = cx
        .get(volume)
        .and_then(|o| o.as_volume()?.spec.csi.clone())
        .unwrap_or_default();
    let (driver, handle) = (source.driver, source.volume_handle);
    format!(
        "timed out waiting for external-attacher of {driver} CSI driver to attach volume {handle}"
    )
    .into()
}

fn forget(cx: &mut Cx<'_>, volume: Id, node: Id, attachment: &Attachment) {
    cx.proceed(attachment.object);
    report(cx, volume, node, false);
    cx.world
        .parts
        .attach_detach
        .attachments
        .remove(&(volume, node));
}

fn pods_on(cx: &Cx<'_>, volume: Id, node: Id) -> Vec<Id> {
    let view = gather(cx.world, volume);
    view.nodes
        .into_iter()
        .find(|n| n.node == node)
        .map(|n| n.pods)
        .unwrap_or_default()
}

fn attached(cx: &mut Cx<'_>, volume: Id, node: Id, attachment: Attachment) {
    let name = cx.world.store.key(volume).name.clone();
    remember(
        cx,
        volume,
        node,
        Attachment {
            state: State::Attached,
            failures: 0,
            ..attachment
        },
    );
    cx.world
        .parts
        .attach_detach
        .reported
        .remove(&(volume, node));
    for pod in pods_on(cx, volume, node) {
        // The space at the end is the server's own.
        let message = format!("AttachVolume.Attach succeeded for volume \"{name}\" ");
        cx.event(pod, false, "SuccessfulAttachVolume", message);
        look_at_other_volumes(cx, pod, volume);
    }
    report(cx, volume, node, true);
}

/// A Pod has one wait for all its volumes: what the others wait for is said again.
fn look_at_other_volumes(cx: &mut Cx<'_>, pod: Id, volume: Id) {
    let Some(object) = cx.get(pod) else { return };
    for claim in object
        .as_pod()
        .into_iter()
        .flat_map(|pod| pod.claim_names())
    {
        let claim = cx.find(Kind::PersistentVolumeClaim, &object.meta.namespace, claim);
        let name = claim
            .as_ref()
            .and_then(|c| c.as_claim())
            .map(|c| c.volume_name.clone())
            .unwrap_or_default();
        let other = cx.id(Kind::PersistentVolume, "", &name);
        if !name.is_empty() && other != volume {
            let at = decide::next_beat(cx.now());
            cx.at(at, Work::Sync(Controller::AttachDetach, other));
        }
    }
}

fn failed(
    cx: &mut Cx<'_>,
    volume: Id,
    node: Id,
    attachment: Attachment,
    attaching: bool,
    error: &str,
) {
    let name = cx.world.store.key(volume).name.clone();
    let failures = attachment.failures + 1;
    let retry_at = decide::next_beat(cx.now() + decide::back_off(failures));
    let state = if attaching {
        State::Uncertain { retry_at }
    } else {
        State::StillAttached { retry_at }
    };
    remember(
        cx,
        volume,
        node,
        Attachment {
            state,
            failures,
            ..attachment
        },
    );
    if attaching {
        for pod in pods_on(cx, volume, node) {
            let message = format!("AttachVolume.Attach failed for volume \"{name}\" : {error}");
            cx.event(pod, true, "FailedAttachVolume", message);
        }
    } else {
        report(cx, volume, node, true);
    }
}

/// Keeps `status.volumesAttached` of the node, on which its kubelet waits before it mounts.
fn report(cx: &mut Cx<'_>, volume: Id, node: Id, attached: bool) {
    let name = cx.world.store.key(volume).name.clone();
    let listed = cx
        .world
        .get(node)
        .and_then(|o| o.as_node())
        .map(|n| n.status.volumes_attached.contains(&name));
    if listed.is_none_or(|listed| listed == attached) {
        return;
    }
    let _ = cx.update(node, |object| {
        let Some(node) = object.as_node_mut() else {
            return false;
        };
        let list = &mut Arc::make_mut(node).status.volumes_attached;
        if attached {
            list.push(name);
        } else {
            list.retain(|v| *v != name);
        }
        true
    });
}

fn detach(cx: &mut Cx<'_>, volume: Id, view: &View, node: &NodeView, next: &mut Next) {
    let Some(mut attachment) = cx
        .world
        .parts
        .attach_detach
        .attachments
        .get(&(volume, node.node))
        .cloned()
    else {
        return;
    };
    let now = cx.now();
    match attachment.state {
        State::Attaching {
            seen_at: Some(at), ..
        }
        | State::Detaching {
            seen_at: Some(at), ..
        } => next.at(at),
        State::Attaching {
            since,
            seen_at: None,
        } => next.at_in_background(since + decide::ATTACH_TIMEOUT),
        // A Node that was registered anew has lost the list.
        State::Attached | State::StillAttached { .. } => report(cx, volume, node.node, true),
        State::Detaching { .. } | State::Uncertain { .. } => {}
    }
    let since = if node.pods.is_empty() {
        Some(node.undesired_since.unwrap_or(now))
    } else {
        None
    };
    if attachment.undesired_since != since {
        attachment.undesired_since = since;
        remember(cx, volume, node.node, attachment.clone());
    }
    let object = attachment.object;
    match decide::detach(node, since.unwrap_or(now), now) {
        Detach::Wanted => {
            // It is a wait only where somebody else wants the volume.
            if view
                .nodes
                .iter()
                .any(|n| n.node != node.node && !n.pods.is_empty())
            {
                cx.wait(object, On::Object(node.pods[0]), &decide::WANTED, None);
            } else {
                cx.proceed(object);
            }
        }
        Detach::Busy => cx.proceed(object),
        Detach::BackOff(at) => {
            cx.wait(object, On::Until(at), &decide::BACKING_OFF, Some(at));
            next.at_in_background(at);
        }
        Detach::Mounted { until } => {
            let guard = if until.is_some() {
                &decide::MAX_WAIT
            } else {
                &decide::MOUNTED
            };
            cx.wait(object, On::Machine(node.node), guard, until);
            if let Some(at) = until {
                next.at(at);
            }
        }
        Detach::Now => {
            cx.proceed(object);
            report(cx, volume, node.node, false);
            let state = State::Detaching {
                since: now,
                seen_at: None,
            };
            remember(
                cx,
                volume,
                node.node,
                Attachment {
                    state,
                    ..attachment
                },
            );
            // NotFound is seen by `finish` at the next look.
            if cx.delete(object, DeleteOptions::default()).is_err() {
                next.at(decide::next_beat(SimTime(now.0 + 1)));
            }
        }
    }
}

fn attach(cx: &mut Cx<'_>, volume: Id, view: &View, index: usize, next: &mut Next) {
    let node = &view.nodes[index];
    let waiting: &[Id] = &node.pods;
    let object_on = |cx: &Cx<'_>, node: Id| {
        cx.world
            .parts
            .attach_detach
            .attachments
            .get(&(volume, node))
            .map_or(volume, |a| a.object)
    };
    match decide::attach(view, index, cx.now()) {
        Attach::Already => {
            let object = object_on(cx, node.node);
            for pod in waiting {
                // Another of its volumes may hold it up still.
                let about_this = |on: On| on == On::Object(object);
                if cx
                    .world
                    .waits
                    .get(&(*pod, cx.by))
                    .is_some_and(|w| about_this(w.on))
                {
                    cx.proceed(*pod);
                }
            }
        }
        Attach::Busy(on) => {
            let detaching = matches!(node.state, Some(State::Detaching { .. }));
            let guard = if detaching {
                &decide::DETACHING
            } else {
                &decide::ATTACHING
            };
            let object = object_on(cx, on);
            for pod in waiting {
                cx.wait(*pod, On::Object(object), guard, None);
            }
        }
        Attach::BackOff(at) => {
            let object = object_on(cx, node.node);
            for pod in waiting {
                cx.wait(*pod, On::Object(object), &decide::BACKING_OFF, Some(at));
            }
            next.at_in_background(at);
        }
        Attach::Elsewhere { holder, tell } => {
            wait_for(cx, volume, node, holder);
            if tell
                && cx
                    .world
                    .parts
                    .attach_detach
                    .reported
                    .insert((volume, node.node))
                    .is_none()
            {
                tell_pods(cx, volume, view, node);
            }
        }
        Attach::Now => {
            begin(cx, volume, node.node, next);
            let object = object_on(cx, node.node);
            for pod in waiting {
                cx.wait(*pod, On::Object(object), &decide::ATTACHING, None);
            }
        }
    }
}

/// Pods wait for the attachment that is in their way; what holds that up is recorded with it.
fn wait_for(cx: &mut Cx<'_>, volume: Id, node: &NodeView, holder: Id) {
    let Some(attachment) = cx
        .world
        .parts
        .attach_detach
        .attachments
        .get(&(volume, holder))
    else {
        return;
    };
    let object = attachment.object;
    let until = cx.world.waits.get(&(object, cx.by)).and_then(|w| w.until);
    for pod in &node.pods {
        cx.wait(*pod, On::Object(object), &decide::EXCLUSIVE, until);
    }
}

fn tell_pods(cx: &mut Cx<'_>, volume: Id, view: &View, node: &NodeView) {
    let name = cx.world.store.key(volume).name.clone();
    let holders = view
        .nodes
        .iter()
        .filter(|n| n.node != node.node && n.state.is_some());
    let users: Vec<Id> = holders.flat_map(|n| n.pods.iter().copied()).collect();
    let users = names(cx.world, &users);
    for pod in &node.pods {
        let namespace = cx.world.store.key(*pod).namespace.clone();
        let text = decide::busy_text(
            cx.world.release().waiting_for_detach_text(),
            &name,
            &users,
            &namespace,
        );
        cx.event(*pod, true, "FailedAttachVolume", text);
    }
}

/// Asks the driver to attach: a VolumeAttachment, or the one that is there already.
fn begin(cx: &mut Cx<'_>, volume: Id, node: Id, next: &mut Next) {
    let now = cx.now();
    let Some(source) = cx.get(volume).and_then(|o| o.as_volume()?.spec.csi.clone()) else {
        return;
    };
    let (volume_name, node_name) = (
        cx.world.store.key(volume).name.clone(),
        cx.world.store.key(node).name.clone(),
    );
    let name = attachment_name(&source.volume_handle, &source.driver, &node_name);
    let id = cx.id(Kind::VolumeAttachment, "", &name);
    let failures = cx
        .world
        .parts
        .attach_detach
        .attachments
        .get(&(volume, node))
        .map_or(0, |a| a.failures);
    // One that failed before may have its answer already.
    let answered = cx.get(id).is_some_and(|o| {
        o.as_volume_attachment()
            .is_some_and(|a| a.attached || a.attach_error.is_some())
    });
    let seen_at = answered.then_some(now);
    let state = State::Attaching {
        since: now,
        seen_at,
    };
    remember(
        cx,
        volume,
        node,
        Attachment {
            object: id,
            state,
            undesired_since: None,
            failures,
        },
    );
    if cx.get(id).is_none() {
        let mut meta = ObjectMeta::named("", &name);
        meta.finalizers.push(attacher_finalizer(&source.driver));
        let body = VolumeAttachment {
            attacher: source.driver,
            node_name,
            volume: volume_name,
            ..VolumeAttachment::default()
        };
        let _ = cx.create(Object::new(meta, Body::VolumeAttachment(body)));
    }
    match seen_at {
        Some(at) => next.at(decide::next_beat(SimTime(at.0 + 1))),
        None => next.at_in_background(now + decide::ATTACH_TIMEOUT),
    }
}

/// `csi-` and 64 hexadecimal digits that follow from the three names. Upstream takes SHA-256; which hash it is nobody sees.
fn attachment_name(handle: &str, driver: &str, node: &str) -> String {
    let word = |salt: u8| {
        let bytes = std::iter::once(salt)
            .chain(handle.bytes())
            .chain(driver.bytes())
            .chain(node.bytes());
        // FNV-1a, with a last mix so that names that differ at their end differ everywhere.
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
        });
        (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    (0..4).fold(String::from("csi-"), |name, salt| {
        format!("{name}{:016x}", word(salt))
    })
}
