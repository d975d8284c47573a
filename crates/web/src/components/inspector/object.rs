//! What an object is at this moment: its state in a sentence, what it keeps, and its YAML.

use ordinal_api::{Kind, Object, SimTime};
use ordinal_core::store::Link;
use ordinal_core::{Id, World};
use yew::{Html, html};

use crate::words::length;
use crate::yaml;

/// Its state in a sentence.
pub(super) fn state(world: &World, id: Id, clock: SimTime) -> String {
    let Some(object) = world.get(id) else {
        let machine = world.machines.get(&id);
        return match machine {
            Some(machine) if machine.is_running() => {
                "The API has forgotten it; the machine runs on.".to_owned()
            }
            Some(_) => "The API has forgotten it; the machine is off.".to_owned(),
            None => "It does not exist at this moment.".to_owned(),
        };
    };
    let age = length(clock.since(object.meta.creation_timestamp));
    let ends = match object.kind() {
        Kind::PersistentVolume | Kind::PersistentVolumeClaim if object.meta.is_deleting() => {
            "Being deleted. "
        }
        Kind::PersistentVolume if claim_that_goes(world, id).is_some() => {
            "Its claim is being deleted. "
        }
        _ => "",
    };
    let what = match object.kind() {
        Kind::Pod => pod(object, clock),
        Kind::Node => node(world, id, object),
        Kind::StatefulSet
        | Kind::Deployment
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::DaemonSet => workload(object),
        Kind::PersistentVolume => volume(object),
        Kind::PersistentVolumeClaim => claim(object),
        kind => format!("{kind}"),
    };
    format!("{ends}{what}. {age} old.")
}

/// The claim of a volume, if its end was asked for and something holds it.
pub(super) fn claim_that_goes(world: &World, volume: Id) -> Option<Id> {
    let mut claims = world.store.linked(Link::ClaimOfVolume, volume);
    claims
        .find(|(_, claim)| claim.meta.is_deleting())
        .map(|(id, _)| id)
}

fn pod(object: &Object, clock: SimTime) -> String {
    let Some(pod) = object.as_pod() else {
        return String::new();
    };
    let ready = ordinal_api::condition::find(&pod.status.conditions, "Ready");
    let is_ready = ready.is_some_and(|c| c.status == true.into());
    let on = if pod.node_name.is_empty() {
        String::new()
    } else {
        format!(" on {}", pod.node_name)
    };
    if let Some(deletion) = object.meta.deletion {
        let left = deletion.timestamp.since(clock);
        return if left.as_ms() > 0 {
            format!("Terminating{on}, {} of its grace left", length(left))
        } else {
            format!("Terminating{on}, its grace is over")
        };
    }
    if is_ready {
        let address = &pod.status.pod_ip;
        return format!("Ready{on} at {address}");
    }
    let waiting = pod.status.containers.iter().find_map(|c| match &c.state {
        ordinal_api::pod::ContainerState::Waiting { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    match waiting.filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{reason}{on}"),
        None => format!("{}{on}, not Ready", pod.status.phase.as_str()),
    }
}

fn node(world: &World, id: Id, object: &Object) -> String {
    let ready = object.as_node().is_some_and(|n| n.is_ready());
    let believed = if ready { "Ready" } else { "NotReady" };
    let Some(machine) = world.machines.get(&id) else {
        return believed.to_owned();
    };
    let truth = match (machine.powered, machine.linked, machine.kubelet) {
        (false, ..) => "the machine is off",
        (true, false, _) => "the machine runs, cut off from the network",
        (true, true, false) => "the machine boots",
        _ => "the machine runs",
    };
    let cordoned = object.as_node().is_some_and(|n| n.unschedulable);
    format!(
        "{believed}; {truth}{}",
        if cordoned { ", cordoned" } else { "" }
    )
}

fn workload(object: &Object) -> String {
    let (ready, wanted) = if let Some(set) = object.as_stateful_set() {
        (set.status.ready_replicas, set.spec.replicas)
    } else if let Some(deployment) = object.as_deployment() {
        (deployment.status.ready_replicas, deployment.spec.replicas)
    } else if let Some(set) = object.as_daemon_set() {
        let status = &set.status;
        (status.number_ready, status.desired_number_scheduled)
    } else if let Some(set) = object.as_replicated() {
        (set.status.ready_replicas, set.replicas)
    } else {
        (0, 0)
    };
    format!("{ready} of {wanted} ready")
}

fn volume(object: &Object) -> String {
    let Some(volume) = object.as_volume() else {
        return String::new();
    };
    let claim = volume.claim_ref.as_ref().map_or(String::new(), |claim| {
        format!(", for the claim {}", claim.name)
    });
    let class = &volume.spec.storage_class_name;
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(", class {class}")
    };
    format!("{:?}, {}{class}{claim}", volume.phase, capacity(volume))
}

fn claim(object: &Object) -> String {
    let Some(claim) = object.as_claim() else {
        return String::new();
    };
    let volume = if claim.volume_name.is_empty() {
        String::new()
    } else {
        format!(" to {}", claim.volume_name)
    };
    format!(
        "{:?}{volume}, asks for {}",
        claim.status.phase,
        claim.spec.request()
    )
}

/// What a StatefulSet's pod keeps over its incarnations, and what is new each time.
pub(super) fn keeps(world: &World, id: Id) -> Html {
    let Some(object) = world.get(id) else {
        return Html::default();
    };
    let Some(pod) = object.as_pod() else {
        return Html::default();
    };
    let of_set = object
        .meta
        .controller()
        .is_some_and(|owner| owner.kind == Some(Kind::StatefulSet));
    let address = if pod.status.pod_ip.is_empty() {
        "none yet"
    } else {
        pod.status.pod_ip.as_str()
    };
    let dns = (!pod.subdomain.is_empty()).then(|| format!("{}.{}", pod.hostname, pod.subdomain));
    let row = |name: &'static str, value: String| html! { <><dt>{ name }</dt><dd><code>{ value }</code></dd></> };
    html! {
        <>
            if of_set {
                <section class="inspector__section">
                    <h3>{ "What it keeps" }</h3>
                    <dl class="facts">
                        { row("name", object.meta.name.to_string()) }
                        { for dns.map(|dns| row("DNS name", dns)) }
                        { for pod.claim_names().map(|claim| row("disk", claim.to_string())) }
                    </dl>
                </section>
            }
            <section class="inspector__section">
                <h3>{ "What is new each time" }</h3>
                <dl class="facts">
                    { row("UID", format!("{}…", object.meta.uid.short())) }
                    { row("address", address.to_owned()) }
                    { row("node", if pod.node_name.is_empty() { "none yet".to_owned() } else { pod.node_name.to_string() }) }
                </dl>
            </section>
        </>
    }
}

/// The object as the API prints it.
pub(super) fn yaml(world: &World, id: Id) -> Html {
    let Some(object) = world.get(id) else {
        return Html::default();
    };
    html! {
        <details class="inspector__section inspector__yaml">
            <summary><h3>{ "YAML" }</h3></summary>
            <pre class="yaml" tabindex="0">{ yaml::print(&object.to_value()) }</pre>
        </details>
    }
}

fn capacity(volume: &ordinal_api::storage::PersistentVolume) -> String {
    volume
        .spec
        .capacity
        .get("storage")
        .map_or(String::new(), ToString::to_string)
}
