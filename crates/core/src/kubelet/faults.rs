//! What breaks, and what is mended: power, links, containers, readiness, storage drivers.

use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::{Kind, Object, SimDuration, Status, Text, Uid};

use super::containers::Place;
use super::pod_worker::Worker;
use super::{KubeletWork, guards, node_status, probes, relist, shutdown};
use crate::apiserver;
use crate::config::NodeConfig;
use crate::history::record_input;
use crate::journal::{Fact, Verb};
use crate::machine::{LocalState, Machine};
use crate::queue::Work;
use crate::wait::On;
use crate::{Component, Cx, Fault, Id, World};

/// From the moment at which a machine is back on the network until its kubelet has posted its status.
const RECONNECT: SimDuration = SimDuration::ms(100);

/// Applies a fault now.
///
/// # Errors
/// `NotFound` for a machine or a Pod that does not exist, `AlreadyExists` for a machine that does,
/// 400 for a Pod without a running container.
pub(crate) fn apply(world: &mut World, fault: &Fault) -> Result<(), Status> {
    match fault {
        Fault::PowerOff(name) => {
            on_machine(world, name, &format!("cut the power of {name}"), power_off)
        }
        Fault::Shutdown(name) => {
            on_machine(world, name, &format!("shut {name} down"), shutdown::begin)
        }
        Fault::PowerOn(name) => on_machine(world, name, &format!("power {name} on"), power_on),
        Fault::Partition(name) => on_machine(
            world,
            name,
            &format!("cut {name} from the network"),
            partition,
        ),
        Fault::Heal(name) => {
            on_machine(world, name, &format!("connect {name} to the network"), heal)
        }
        Fault::Crash(name) => exit(world, name, 1, &format!("crash {name}")),
        Fault::Exit(name, code) => exit(
            world,
            name,
            *code,
            &format!("let {name} exit with code {code}"),
        ),
        Fault::NotReady(name) => force_ready(
            world,
            name,
            Some(false),
            &format!("fail the readiness of {name}"),
        ),
        Fault::Ready(name) => force_ready(
            world,
            name,
            None,
            &format!("leave the readiness of {name} to its probes"),
        ),
        Fault::AddNode(name) => add_node(world, name),
        Fault::RestartControllers => {
            let seq = input(world, "restart the controller manager");
            crate::controllers::restart(world, seq);
            Ok(())
        }
        Fault::AttachFails(fails) => {
            input(
                world,
                if *fails {
                    "let attaching fail"
                } else {
                    "let attaching work again"
                },
            );
            crate::storage::set_attach_fails(world, *fails);
            Ok(())
        }
        Fault::AttachDelay(delay) => {
            input(world, &format!("delay attaching by {delay}"));
            crate::storage::set_attach_delay(world, *delay);
            Ok(())
        }
        Fault::AttacherPaused(paused) => {
            input(
                world,
                if *paused {
                    "pause the attacher"
                } else {
                    "resume the attacher"
                },
            );
            crate::storage::set_attacher_paused(world, *paused);
            Ok(())
        }
        Fault::ProvisionerPaused(paused) => {
            input(
                world,
                if *paused {
                    "pause the provisioner"
                } else {
                    "resume the provisioner"
                },
            );
            crate::storage::set_provisioner_paused(world, *paused);
            Ok(())
        }
    }
}

fn input(world: &mut World, words: &str) -> u64 {
    record_input(world, Component::Fault, Fact::Command(words.into()))
}

/// Journals a fault about one object and returns its number.
fn input_about(world: &mut World, subject: Id, uid: Uid, words: &str) -> u64 {
    world.record(
        Component::Fault,
        subject,
        uid,
        Verb::Input,
        Fact::Command(words.into()).into(),
        None,
    )
}

/// Does something to a machine, which may have lost its Node.
fn on_machine(
    world: &mut World,
    name: &str,
    words: &str,
    act: fn(&mut Cx<'_>, &Machine, Uid),
) -> Result<(), Status> {
    let id = world.store.id(Kind::Node, "", name);
    let machine = id.and_then(|id| world.machines.get(&id)).cloned();
    let machine = machine.ok_or_else(|| Status::not_found(Kind::Node, name))?;
    let uid = world
        .get(machine.node)
        .map(|o| o.meta.uid)
        .unwrap_or_default();
    let seq = input_about(world, machine.node, uid, words);
    act(
        &mut Cx::new(world, Component::Kubelet, Some(seq)),
        &machine,
        uid,
    );
    Ok(())
}

pub(super) fn power_off(cx: &mut Cx<'_>, machine: &Machine, uid: Uid) {
    if !machine.powered {
        return;
    }
    let (node, now) = (machine.node, cx.now());
    cx.cause = Some(cx.happen(node, uid, Fact::PowerOff));
    for local in machine.pods.values() {
        let lost = relist::lose(cx, node, &machine.name, local);
        cx.machine(node, |machine| {
            machine.pods.insert(lost.uid, Arc::new(lost));
        });
    }
    let boot = machine.boot;
    node_status::silence(cx, node, |machine| {
        (machine.powered, machine.kubelet, machine.boot) = (false, false, boot);
        machine.shutdown = None;
        machine.pulling.clear();
        machine.pulls_until = now;
    });
    wait_for_machine(cx, machine);
}

fn power_on(cx: &mut Cx<'_>, machine: &Machine, uid: Uid) {
    if machine.powered {
        return;
    }
    let (node, now) = (machine.node, cx.now());
    cx.cause = Some(cx.happen(node, uid, Fact::PowerOn));
    let boot = machine.boot + 1;
    cx.machine(node, |machine| {
        machine.powered = true;
        machine.boot = boot;
        machine.since = now;
    });
    let delay = SimDuration::ms(cx.world.profile().boot_ms);
    cx.after(delay, Work::Kubelet(KubeletWork::Boot { node, boot }));
}

fn partition(cx: &mut Cx<'_>, machine: &Machine, uid: Uid) {
    if !machine.linked {
        return;
    }
    cx.cause = Some(cx.happen(machine.node, uid, Fact::LinkCut));
    node_status::silence(cx, machine.node, |machine| machine.linked = false);
    wait_for_machine(cx, machine);
}

fn heal(cx: &mut Cx<'_>, machine: &Machine, uid: Uid) {
    if machine.linked {
        return;
    }
    let (node, now) = (machine.node, cx.now());
    cx.cause = Some(cx.happen(node, uid, Fact::LinkHealed));
    cx.machine(node, |machine| {
        machine.linked = true;
        machine.since = now;
    });
    if machine.is_running() {
        cx.after(RECONNECT, Work::Kubelet(KubeletWork::Heard { node }));
    }
}

/// Pods of a machine that fell silent wait for it, where they had anything left to do.
fn wait_for_machine(cx: &mut Cx<'_>, machine: &Machine) {
    let cause = cx.cause;
    let mut cx = Cx::new(cx.world, Component::Kubelet, cause);
    for local in machine.pods.values() {
        let Some(object) = cx.get(local.id).filter(|o| o.meta.uid == local.uid) else {
            continue;
        };
        let unready = |pod: &Pod| !pod.is_ready() && !pod.status.phase.is_terminal();
        if object.meta.is_deleting() || object.as_pod().is_some_and(unready) {
            cx.wait(
                local.id,
                On::Machine(machine.node),
                &guards::KUBELET_SILENT,
                None,
            );
        }
    }
}

/// Finds a Pod by `NAME` or `NAMESPACE/NAME`, and the machine that it is on.
fn find_pod(world: &mut World, name: &str) -> Result<(Id, Arc<Object>, Id), Status> {
    let (namespace, short) = name.split_once('/').unwrap_or(("default", name));
    let id = world.store.id(Kind::Pod, namespace, short);
    let found = id.and_then(|id| Some((id, world.get(id)?.clone())));
    let (id, object) = found.ok_or_else(|| Status::not_found(Kind::Pod, short))?;
    let node = object.as_pod().and_then(|pod| world.store.node_of(pod));
    let node = node
        .ok_or_else(|| Status::bad_request(format!("pod {short} does not have a host assigned")))?;
    Ok((id, object, node))
}

fn exit(world: &mut World, name: &str, code: i32, words: &str) -> Result<(), Status> {
    let (id, object, node) = find_pod(world, name)?;
    let uid = object.meta.uid;
    let machine = world.machines.get(&node).filter(|m| m.is_running());
    let local = machine.and_then(|m| m.pods.get(&uid));
    if !local.is_some_and(|local| local.is_running()) {
        let container = object
            .as_pod()
            .and_then(|p| p.spec.containers.first())
            .map(|c| c.name.clone());
        return Err(Status::bad_request(format!(
            "container not found (\"{}\")",
            container.unwrap_or_default()
        )));
    }
    let seq = input_about(world, id, uid, words);
    let mut cx = Cx::new(world, Component::Kubelet, Some(seq));
    if let Some(mut worker) = Worker::open(&mut cx, node, uid) {
        for place in worker.places() {
            worker.ended(place, code);
        }
        worker.advance();
        worker.close();
    }
    Ok(())
}

fn force_ready(
    world: &mut World,
    name: &str,
    forced: Option<bool>,
    words: &str,
) -> Result<(), Status> {
    let (id, object, node) = find_pod(world, name)?;
    let uid = object.meta.uid;
    if !world
        .machines
        .get(&node)
        .is_some_and(|m| m.is_running() && m.pods.contains_key(&uid))
    {
        return Err(Status::bad_request(format!(
            "pod {} is not running",
            object.meta.name
        )));
    }
    let seq = input_about(world, id, uid, words);
    let mut cx = Cx::new(world, Component::Kubelet, Some(seq));
    let Some(mut worker) = Worker::open(&mut cx, node, uid) else {
        return Ok(());
    };
    worker.local.forced_ready = forced;
    if forced == Some(false) {
        worker.tell_unhealthy();
    }
    worker.look_at_all();
    worker.advance();
    worker.close();
    Ok(())
}

impl Worker<'_, '_> {
    /// Looks at every running container again, after something about its readiness or its behaviour changed.
    pub(super) fn look_at_all(&mut self) {
        for place in self.places() {
            let container = self.container(place);
            if let (LocalState::Running { since }, None) = (&container.state, container.stop) {
                let since = *since;
                self.look(place, since);
            }
        }
    }

    fn tell_unhealthy(&mut self) {
        let address = self.local.address.clone();
        for place in self.places() {
            let spec = self.spec(place);
            let said = spec
                .readiness_probe
                .as_ref()
                .map(|probe| probes::failure(spec, probe, &address));
            if let (true, Some(said)) = (self.container(place).is_running(), said) {
                self.event(true, "Unhealthy", said);
            }
        }
    }

    /// An image that was changed in the object: its container is stopped and started with the new one.
    pub(super) fn change_images(&mut self, old: &Object) {
        let Some(before) = old.as_pod().map(|pod| pod.spec.clone()) else {
            return;
        };
        let Some(now) = self.local.seen.as_pod().map(|pod| pod.spec.clone()) else {
            return;
        };
        if Arc::ptr_eq(&before, &now) {
            return;
        }
        for (index, (old, new)) in before.containers.iter().zip(&now.containers).enumerate() {
            let place = Place::App(index);
            if old.image == new.image || self.local.containers.len() <= index {
                continue;
            }
            let due = self.now() + SimDuration::ms(self.behaviour(place).stop_ms);
            let container = self.container(place);
            (container.failures, container.pull_failures) = (0, 0);
            if container.is_running() {
                (container.due, container.stop) = (due, Some(0));
                self.event(
                    false,
                    "Killing",
                    format!(
                        "Container {} definition changed, will be restarted",
                        new.name
                    ),
                );
            } else {
                let now = self.now();
                let container = self.container(place);
                if container.due != ordinal_api::SimTime::NEVER {
                    (container.state, container.due) = (LocalState::Waiting, now);
                }
            }
        }
    }
}

/// A machine joins; one that is there already but has no Node any more is registered again.
fn add_node(world: &mut World, name: &Text) -> Result<(), Status> {
    let id = world.intern(Kind::Node, "", name);
    if world.get(id).is_some() {
        return Err(Status::already_exists(Kind::Node, name));
    }
    let seq = input_about(world, id, Uid::NONE, &format!("add node {name}"));
    let zone = ["zone-a", "zone-b", "zone-c"][world.machines.len() % 3];
    let mut config = NodeConfig::plain(name, zone);
    if world.profile().stand_in {
        config.labels.clear();
    }
    let mut cx = Cx::new(world, Component::Kubelet, Some(seq));
    match cx.world.machines.get(&id).cloned() {
        Some(machine) => {
            if machine.is_heard() {
                apiserver::register(&mut cx, &machine);
            }
        }
        None => apiserver::add_node(&mut cx, &config),
    }
    Ok(())
}
