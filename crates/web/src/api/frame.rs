//! The world under the playhead, as plain objects.

use ordinal_api::{Kind, condition};
use ordinal_core::World;

use super::plain::plain;
use crate::state::Model;

pub(super) struct Frame {
    t_ms: f64,
    shown_ms: f64,
    settled: bool,
    caption: String,
    pods: Vec<Pod>,
    nodes: Vec<Node>,
    claims: Vec<Claim>,
    disks: Vec<Disk>,
}

plain!(Frame { t_ms shown_ms settled caption pods nodes claims disks });

struct Pod {
    namespace: String,
    name: String,
    uid: String,
    phase: &'static str,
    ready: bool,
    terminating: bool,
    node: Option<String>,
    ip: Option<String>,
}

plain!(Pod { namespace name uid phase ready terminating node ip });

struct Node {
    name: String,
    ready: bool,
    taints: Vec<String>,
    powered: bool,
    linked: bool,
}

plain!(Node { name ready taints powered linked });

struct Claim {
    namespace: String,
    name: String,
    phase: String,
    volume: Option<String>,
}

plain!(Claim { namespace name phase volume });

struct Disk {
    volume: String,
    attached: Vec<String>,
    mounted: Vec<String>,
    writes: Vec<Write>,
}

plain!(Disk { volume attached mounted writes });

struct Write {
    pod: String,
    uid: String,
    node: String,
    path: String,
    text: String,
}

plain!(Write { pod uid node path text });

impl Frame {
    pub(super) fn of(model: &Model) -> Self {
        let position = model.position();
        let frames = model.session.cluster().frames();
        let world = &frames[position.frame.min(frames.len() - 1)];
        let drawn = model.session.stage().model_at(frames, model.playback.at_ms);
        Self {
            t_ms: position.sim.as_ms() as f64,
            shown_ms: model.playback.at_ms,
            settled: model.session.is_settled(),
            caption: drawn
                .caption
                .map_or(String::new(), |caption| caption.text()),
            pods: pods(world),
            nodes: nodes(world),
            claims: claims(world),
            disks: disks(world),
        }
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn pods(world: &World) -> Vec<Pod> {
    let pod = |object: &ordinal_api::Object| {
        let pod = object.as_pod()?;
        Some(Pod {
            namespace: object.meta.namespace.to_string(),
            name: object.meta.name.to_string(),
            uid: object.meta.uid.to_string(),
            phase: pod.status.phase.as_str(),
            ready: condition::is_true(&pod.status.conditions, "Ready"),
            terminating: object.meta.is_deleting(),
            node: some(&pod.node_name),
            ip: some(&pod.status.pod_ip),
        })
    };
    world
        .store
        .list(Kind::Pod)
        .filter_map(|(_, object)| pod(object))
        .collect()
}

fn nodes(world: &World) -> Vec<Node> {
    let node = |machine: &ordinal_core::machine::Machine| {
        let node = world.get(machine.node).and_then(|object| object.as_node());
        let taint =
            |taint: &ordinal_api::node::Taint| format!("{}:{}", taint.key, taint.effect.as_str());
        Node {
            name: machine.name.to_string(),
            ready: node.is_some_and(|node| node.is_ready()),
            taints: node.map_or(Vec::new(), |node| node.taints.iter().map(taint).collect()),
            powered: machine.powered,
            linked: machine.linked,
        }
    };
    world
        .machines
        .values()
        .map(|machine| node(machine))
        .collect()
}

fn disks(world: &World) -> Vec<Disk> {
    let name = |id: &ordinal_core::Id| world.store.key(*id).name.to_string();
    let write = |write: &ordinal_core::disk::Write| Write {
        pod: write.pod.to_string(),
        uid: write.uid.to_string(),
        node: write.node.to_string(),
        path: write.path.to_string(),
        text: write.text.to_string(),
    };
    let disk = |disk: &ordinal_core::disk::Disk| Disk {
        volume: disk.name.to_string(),
        attached: disk.attached.iter().map(name).collect(),
        mounted: disk.mounted.iter().map(|mount| name(&mount.pod)).collect(),
        writes: disk.writes.iter().map(|w| write(w)).collect(),
    };
    world.disks.values().map(|d| disk(d)).collect()
}

fn claims(world: &World) -> Vec<Claim> {
    let claim = |object: &ordinal_api::Object| {
        let claim = object.as_claim()?;
        Some(Claim {
            namespace: object.meta.namespace.to_string(),
            name: object.meta.name.to_string(),
            phase: format!("{:?}", claim.status.phase),
            volume: some(&claim.volume_name),
        })
    };
    world
        .store
        .list(Kind::PersistentVolumeClaim)
        .filter_map(|(_, object)| claim(object))
        .collect()
}
