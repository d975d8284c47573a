//! Pods: what the API has, what the machines run, and where the two part.

use ordinal_api::condition::{self, ConditionStatus};
use ordinal_api::pod::{ContainerState, ContainerStatus, PodPhase};
use ordinal_api::{Kind, Object, SimDuration, SimTime, Text};
use ordinal_core::machine::{LocalPod, LocalState, Machine, Stage};
use ordinal_core::{Id, World};

use super::groups::{Known, group_of, identity_of};
use super::{GroupKind, Identity, Pod, PodState, Truth};

pub(super) fn gather(
    world: &World,
    now: SimTime,
    groups: &[Known],
    identities: &[Identity],
) -> Vec<Pod> {
    let mut pods = Vec::new();
    for (id, object) in world.store.list(Kind::Pod) {
        let node = object.as_pod().and_then(|pod| world.store.node_of(pod));
        let machine = node.and_then(|node| world.machines.get(&node));
        let truth = node.map_or(Truth::Both, |node| {
            truth(world, node, machine.map(|m| &**m))
        });
        let local = machine
            .and_then(|m| m.pods.get(&object.meta.uid))
            .map(|l| &**l);
        let (state, word, trouble) = state(object, local, now);
        pods.push(pod(
            id,
            object,
            node,
            (state, word, trouble),
            truth,
            groups,
            identities,
        ));
    }
    for machine in world.machines.values() {
        for local in machine
            .pods
            .values()
            .filter(|local| local.stage != Stage::Stopped)
        {
            if world.get(local.id).is_some_and(|o| o.meta.uid == local.uid) {
                continue;
            }
            let runs = machine.is_running() && local.is_running();
            let (truth, word) = match (runs, machine.powered) {
                (true, _) => (Truth::Forgotten, "still runs"),
                (false, false) => (Truth::Ghost, "forgotten"),
                (false, true) => continue,
            };
            let state = (
                if runs {
                    PodState::Ready
                } else {
                    PodState::Failed
                },
                Text::new_static(word),
                runs,
            );
            pods.push(pod(
                local.id,
                &local.seen,
                Some(machine.node),
                state,
                truth,
                groups,
                identities,
            ));
        }
    }
    pods
}

fn pod(
    id: Id,
    object: &Object,
    node: Option<Id>,
    (state, word, trouble): (PodState, Text, bool),
    truth: Truth,
    groups: &[Known],
    identities: &[Identity],
) -> Pod {
    let group = group_of(groups, object);
    let identity = identity_of(object).and_then(|(_, ordinal)| {
        identities
            .iter()
            .position(|i| i.group == group && i.ordinal == ordinal)
    });
    let name = &object.meta.name;
    let short = match identity {
        Some(number) => Text::from(identities[number].ordinal.to_string()),
        None if groups[group].shown.kind == GroupKind::Alone => name.clone(),
        None => name.rsplit('-').next().unwrap_or(name).into(),
    };
    Pod {
        key: format!(
            "{}-{}",
            super::key("pod", &object.meta.namespace, name),
            object.meta.uid.short()
        )
        .into(),
        id,
        uid: object.meta.uid,
        name: name.clone(),
        short,
        identity,
        group,
        node,
        state,
        word,
        address: object
            .as_pod()
            .map(|p| p.status.pod_ip.clone())
            .unwrap_or_default(),
        trouble,
        truth,
        hue: None,
    }
}

fn truth(world: &World, node: Id, machine: Option<&Machine>) -> Truth {
    let Some(machine) = machine else {
        return Truth::Believed;
    };
    if machine.is_heard() {
        return Truth::Both;
    }
    let ready = world
        .get(node)
        .and_then(|o| o.as_node())
        .map(|n| condition::find(&n.status.conditions, "Ready"));
    let noticed = ready
        .flatten()
        .is_none_or(|c| c.status != ConditionStatus::True);
    match (noticed, machine.is_running()) {
        (false, _) => Truth::Unnoticed,
        (true, true) => Truth::CutOff,
        (true, false) => Truth::Believed,
    }
}

/// State, word and whether it is in trouble.
fn state(object: &Object, local: Option<&LocalPod>, now: SimTime) -> (PodState, Text, bool) {
    let Some(pod) = object.as_pod() else {
        return (PodState::Pending, Text::default(), false);
    };
    let plain = |state, word: &'static str| (state, Text::new_static(word), false);
    if let Some(deletion) = object.meta.deletion {
        let (left, grace) = (
            deletion.timestamp.since(now),
            SimDuration::secs(deletion.grace_secs),
        );
        return plain(PodState::Terminating { left, grace }, "Terminating");
    }
    let containers = || {
        pod.status
            .init_containers
            .iter()
            .chain(&pod.status.containers)
    };
    let waiting = containers().find_map(|c| match &c.state {
        ContainerState::Waiting { reason, .. } if is_trouble(reason) => Some(reason.clone()),
        ContainerState::Terminated {
            exit_code, reason, ..
        } if *exit_code != 0 => Some(reason.clone()),
        _ => None,
    });
    match pod.status.phase {
        PodPhase::Succeeded => plain(PodState::Succeeded, "Completed"),
        PodPhase::Failed if pod.status.reason.is_empty() => {
            (PodState::Failed, Text::new_static("Failed"), true)
        }
        PodPhase::Failed => (PodState::Failed, pod.status.reason.clone(), true),
        _ if pod.node_name.is_empty() => {
            let refused = condition::find(&pod.status.conditions, "PodScheduled");
            let trouble = refused.is_some_and(|c| c.status == ConditionStatus::False);
            (PodState::Pending, Text::new_static("Pending"), trouble)
        }
        phase => match waiting {
            Some(reason) => (
                back_off(local, now).unwrap_or(PodState::Creating),
                reason,
                true,
            ),
            None if phase == PodPhase::Running && pod.is_ready() => plain(PodState::Ready, "Ready"),
            None if phase == PodPhase::Running => plain(PodState::Running, "Not ready"),
            None => (
                PodState::Creating,
                creating(&pod.status.init_containers, local),
                false,
            ),
        },
    }
}

/// What a bound pod that does not run yet is at: `Creating`, or `Init 1/2`.
fn creating(init: &[ContainerStatus], local: Option<&LocalPod>) -> Text {
    let done = init
        .iter()
        .filter(|c| matches!(c.state, ContainerState::Terminated { exit_code: 0, .. }))
        .count();
    let pulls = |l: &LocalPod| {
        l.init_containers
            .iter()
            .chain(&l.containers)
            .any(|c| matches!(c.state, LocalState::Pulling { .. }))
    };
    match local {
        Some(local) if local.stage == Stage::Volumes => Text::new_static("Creating"),
        Some(local) if pulls(local) => Text::new_static("Pulling"),
        Some(LocalPod {
            stage: Stage::Init(_),
            ..
        }) => format!("Init {done}/{}", init.len()).into(),
        _ => Text::new_static("Creating"),
    }
}

/// Reasons of a waiting container that do not pass by themselves.
fn is_trouble(reason: &str) -> bool {
    !matches!(reason, "" | "ContainerCreating" | "PodInitializing")
}

/// The wait before a container is started, or its image pulled, again.
fn back_off(local: Option<&LocalPod>, now: SimTime) -> Option<PodState> {
    let containers = local
        .into_iter()
        .flat_map(|l| l.init_containers.iter().chain(&l.containers));
    let until = |state: &LocalState| match state {
        LocalState::BackOff { until, .. } => Some(*until),
        LocalState::PullFailed {
            retry_at,
            backing_off: true,
        } => Some(*retry_at),
        _ => None,
    };
    containers.into_iter().find_map(|container| {
        let left = until(&container.state)?.since(now);
        let failures = container.failures.max(container.pull_failures);
        let whole = (10_000_u64 << failures.saturating_sub(1).min(5)).min(300_000);
        Some(PodState::BackOff {
            left,
            whole: SimDuration::ms(whole.max(left.0)),
        })
    })
}
