//! The controller's decisions about a volume as API writes, events and waits.

use ordinal_api::SimTime;
use ordinal_api::list::IntoList;

use super::State;
use super::decide::{self, Attach, Detach, NodeView, View};
use super::gather::{gather, names};
use super::guards;
use super::operations::{begin_attach, begin_detach, finish, remember, report};
use crate::controllers::Controller;
use crate::queue::Work;
use crate::store::Link;
use crate::wait::On;
use crate::{Cx, Id};

/// Looks at one volume: operations that ended, then detaches, then attaches, as one beat of the loop does.
pub(crate) fn sync(cx: &mut Cx<'_>, volume: Id) {
    finish(cx, volume);
    let mut next = Next::default();
    let beat = decide::next_beat(cx.now());
    if beat > cx.now() {
        // An operation ends in its own time; what follows from it is the loop's.
        note_unwanted(cx, volume);
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

/// Whether there is any Pod of a volume's claim: then its successor is not about to come.
fn has_pods(cx: &Cx<'_>, volume: Id) -> bool {
    let claim = cx
        .get(volume)
        .and_then(|o| o.as_volume()?.claim_ref.clone());
    let kind = ordinal_api::Kind::PersistentVolumeClaim;
    let claim = claim.and_then(|c| cx.world.store.id(kind, &c.namespace, &c.name));
    claim.is_some_and(|claim| {
        let mut pods = cx.world.store.linked(Link::PodOfClaim, claim);
        pods.next().is_some()
    })
}

/// Notes since when a volume is not wanted, where that begins now.
fn note_unwanted(cx: &mut Cx<'_>, volume: Id) {
    let now = cx.now();
    for node in gather(cx.world, volume).nodes {
        let known = &cx.world.parts.attach_detach.attachments;
        let attachment = known.get(&(volume, node.node)).map(|a| (**a).clone());
        let Some(mut attachment) = attachment.filter(|a| a.undesired_since.is_none()) else {
            continue;
        };
        if node.pods.is_empty() {
            attachment.undesired_since = Some(now);
            remember(cx, volume, node.node, attachment);
        }
    }
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

fn detach(cx: &mut Cx<'_>, volume: Id, view: &View, node: &NodeView, next: &mut Next) {
    let Some(mut attachment) = cx
        .world
        .parts
        .attach_detach
        .attachments
        .get(&(volume, node.node))
        .map(|attachment| (**attachment).clone())
    else {
        return;
    };
    let now = cx.now();
    match attachment.state {
        State::Asked {
            seen_at: Some(at), ..
        } => next.at(at),
        State::Asked {
            since,
            seen_at: None,
            ..
        } => next.at_in_background(since + decide::TIMEOUT),
        // A Node that was registered anew has lost the list.
        State::Attached => report(cx, volume, node.node, true),
        State::Uncertain => {}
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
    match decide::detach(view, node, since.unwrap_or(now), now) {
        Detach::Wanted => {
            // It is a wait only where somebody else wants the volume.
            if view
                .nodes
                .iter()
                .any(|n| n.node != node.node && !n.pods.is_empty())
            {
                cx.wait(object, On::Object(node.pods[0]), &guards::WANTED, None);
            } else {
                cx.proceed(object);
            }
        }
        Detach::Busy => cx.proceed(object),
        Detach::BackOff(at) => {
            cx.wait(object, On::Until(at), &guards::BACKING_OFF, Some(at));
            next.at_in_background(at);
        }
        Detach::Mounted { .. } if attachment.assumed_mounted == now => {
            next.at(decide::next_beat(SimTime(now.0 + 1)));
        }
        Detach::Mounted { until } => {
            let guard = if until.is_some() {
                &guards::MAX_WAIT
            } else {
                &guards::MOUNTED
            };
            cx.wait(object, On::Machine(node.node), guard, until);
            if let Some(at) = until {
                next.at(at);
            }
        }
        Detach::Now
            if since.is_some_and(|since| now.since(since) < decide::SUCCESSOR)
                && view.nodes.iter().all(|n| n.pods.is_empty())
                && !has_pods(cx, volume) =>
        {
            next.at(decide::next_beat(SimTime(now.0 + 1)));
        }
        Detach::Now => {
            cx.proceed(object);
            if let Some(at) = begin_detach(cx, volume, view.exclusive, node.node, attachment) {
                next.at(at);
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
            let here = on == node.node;
            let guard = match node.state {
                Some(State::Asked {
                    attaching: false, ..
                }) => &guards::DETACHING,
                _ if here => &guards::ATTACHING,
                _ => &guards::EXCLUSIVE,
            };
            let object = object_on(cx, on);
            for pod in waiting {
                cx.wait(*pod, On::Object(object), guard, None);
            }
        }
        Attach::BackOff(at) => {
            let object = object_on(cx, node.node);
            for pod in waiting {
                cx.wait(*pod, On::Object(object), &guards::BACKING_OFF, Some(at));
            }
            next.at_in_background(at);
        }
        Attach::Elsewhere(holder) => {
            wait_for(cx, volume, node, holder);
            let reported = &mut cx.world.parts.attach_detach.reported;
            if reported.insert((volume, node.node)) {
                tell_pods(cx, volume, view, node);
            }
        }
        Attach::Now => {
            match begin_attach(cx, volume, view.exclusive, node.node, waiting) {
                State::Asked {
                    seen_at: Some(at), ..
                } => {
                    next.at(decide::next_beat(SimTime(at.0 + 1)));
                }
                _ => next.at_in_background(cx.now() + decide::TIMEOUT),
            }
            let object = object_on(cx, node.node);
            for pod in waiting {
                cx.wait(*pod, On::Object(object), &guards::ATTACHING, None);
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
        cx.wait(*pod, On::Object(object), &guards::EXCLUSIVE, until);
    }
}

fn tell_pods(cx: &mut Cx<'_>, volume: Id, view: &View, node: &NodeView) {
    let name = cx.world.store.key(volume).name.clone();
    let holders = view
        .nodes
        .iter()
        .filter(|n| n.node != node.node && n.state.is_some());
    let users: Vec<Id> = holders.flat_map(|n| n.pods.iter().copied()).into_list();
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
