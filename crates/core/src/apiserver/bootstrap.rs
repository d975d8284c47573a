//! What exists before anybody asks: namespaces, nodes, the default class and its driver, the Service `kubernetes`.

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::condition::Condition;
use ordinal_api::namespace::Namespace;
use ordinal_api::node::{Node, NodeStatus, Taint, TaintEffect};
use ordinal_api::pod::TAINT_NOT_READY;
use ordinal_api::storage::{CSIDriver, CSINode};
use ordinal_api::{
    Body, Kind, Labels, Lasting, Object, ObjectMeta, SimDuration, SimTime, Text, Value,
};
use serde_json::json;

use crate::config::NodeConfig;
use crate::machine::Machine;
use crate::persistent::{Map, Set};
use crate::queue::Work;
use crate::rng::Stream;
use crate::{Component, Cx, World};

/// The driver of the simulated network disks.
pub const DRIVER: &str = "disk.ordinal.dev";
/// The class that is there at the beginning, and the default.
pub const DEFAULT_CLASS: &str = "standard";
/// The provisioner of classes whose volumes an administrator makes by hand.
pub const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Fills an empty world.
pub(crate) fn bootstrap(world: &mut World) {
    let nodes = world.config.nodes.clone();
    let mut cx = Cx::new(world, Component::ApiServer, None);
    for name in NAMESPACES {
        let meta = ObjectMeta::of(Lasting {
            labels: Arc::new(Labels::from([(
                Text::new_static("kubernetes.io/metadata.name"),
                name.into(),
            )])),
            ..Lasting::named("", name)
        });
        create(
            &mut cx,
            Object::new(meta, Body::Namespace(Namespace::default())),
        );
    }
    for node in &nodes {
        add_node(&mut cx, node);
    }
    let driver = CSIDriver {
        attach_required: true,
        raw: Arc::new(json!({"attachRequired": true, "podInfoOnMount": false})),
    };
    create(
        &mut cx,
        Object::new(ObjectMeta::named("", DRIVER), Body::CSIDriver(driver)),
    );
    create_from(
        &mut cx,
        Kind::StorageClass,
        &json!({
            "metadata": {"name": DEFAULT_CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            "provisioner": DRIVER, "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": true,
        }),
    );
    create_own_service(&mut cx);
    create_from(
        &mut cx,
        Kind::Service,
        &json!({
            "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
            "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.10", "ports": [{"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53}], "sessionAffinity": "None", "internalTrafficPolicy": "Cluster"},
        }),
    );
}

/// Makes the API server's own Service, unless somebody else has taken its address.
pub(crate) fn create_own_service(cx: &mut Cx<'_>) {
    let service = json!({
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": {"component": "apiserver", "provider": "kubernetes"}},
        "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.1", "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}], "sessionAffinity": "None", "internalTrafficPolicy": "Cluster"},
    });
    if let Ok(service) = Object::from_value(Kind::Service, &service) {
        let _ = super::create_object(cx, service);
    }
}

fn create(cx: &mut Cx<'_>, object: Object) {
    super::create_object(cx, object).expect("the world's first objects are valid");
}

fn create_from(cx: &mut Cx<'_>, kind: Kind, value: &Value) {
    create(
        cx,
        Object::from_value(kind, value).expect("the world's first objects are valid"),
    );
}

/// Lets a machine join: its Node, its CSINode and the machine itself.
pub(crate) fn add_node(cx: &mut Cx<'_>, config: &NodeConfig) {
    let now = cx.now();
    let name = &config.name;
    let number = u32::try_from(cx.world.machines.len()).unwrap_or(u32::MAX) + 1;
    let id = cx.id(Kind::Node, "", name);
    let period = cx.world.profile().heartbeat_ms;
    let phase = if cx.world.profile().stand_in {
        // One program stands in for all kubelets.
        0
    } else if cx.world.profile().jitter {
        u64::from(
            cx.world
                .parts
                .random
                .below(Stream::Heartbeat, u32::try_from(period).unwrap_or(10_000)),
        )
    } else {
        u64::from(number) * 700 % period
    };
    let machine = Machine {
        node: id,
        name: name.clone(),
        hardware: Arc::new(config.clone()),
        powered: true,
        kubelet: true,
        linked: true,
        shutdown: None,
        since: now,
        boot: 1,
        posted_boot: 1,
        heartbeat_phase_ms: phase,
        last_heartbeat: now,
        subnet: number,
        last_address: 1,
        images: Arc::default(),
        pulling: Vec::new(),
        pulls_until: now,
        pods: Map::new(),
        attached: Set::new(),
    };
    let machine = Arc::new(machine);
    cx.world.machines.insert(id, machine.clone());
    register(cx, &machine);
}

/// With this a kubelet leaves attaching and detaching to the controller.
pub(crate) const CONTROLLER_ATTACHES: &str =
    "volumes.kubernetes.io/controller-managed-attach-detach";

/// From its registration until a kubelet knows that it is ready.
const FIRST_STATUS: SimDuration = SimDuration::ms(150);

/// Makes the Node and the CSINode of a machine, as its kubelet does when it starts and finds none.
pub(crate) fn register(cx: &mut Cx<'_>, machine: &Machine) {
    let now = cx.now();
    let (name, number) = (&machine.name, machine.subnet);
    let mut labels = machine.hardware.labels.clone();
    for (key, value) in [
        ("kubernetes.io/hostname", name.as_str()),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/os", "linux"),
        ("beta.kubernetes.io/arch", "amd64"),
    ] {
        labels
            .entry(Text::new_static(key))
            .or_insert_with(|| value.into());
    }
    // Nodes that are there from the beginning have long been Ready; a new one is not yet, and tainted until it is.
    let fresh = now > SimTime::ZERO;
    let capacity: Arc<SortedMap<_, _>> =
        Arc::new(machine.hardware.capacity.iter().cloned().collect());
    let pressure =
        |type_, reason, message| Condition::new(type_, false, now).because(reason, message);
    let conditions = vec![
        pressure(
            "MemoryPressure",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        pressure(
            "DiskPressure",
            "KubeletHasNoDiskPressure",
            "kubelet has no disk pressure",
        ),
        pressure(
            "PIDPressure",
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        ),
        if fresh {
            Condition::new("Ready", false, now).because(
                "KubeletNotReady",
                "container runtime status check may not have completed yet",
            )
        } else {
            Condition::new("Ready", true, now)
                .because("KubeletReady", "kubelet is posting ready status")
        },
    ];
    let status = NodeStatus {
        allocatable: capacity.clone(),
        capacity,
        conditions,
        internal_ip: format!("172.18.{}.{}", number >> 8, number & 255).into(),
        kubelet_version: cx.world.release().to_string().into(),
        boot_id: super::new_uid(cx.world).to_string().into(),
        ..NodeStatus::default()
    };
    let node = Node {
        unschedulable: false,
        taints: if fresh {
            vec![Taint {
                time_added: Some(now),
                ..Taint::new(TAINT_NOT_READY, TaintEffect::NoSchedule)
            }]
        } else {
            Vec::new()
        },
        pod_cidr: format!("10.{}.{}.0/24", 244 + (number >> 8), number & 255).into(),
        raw: Arc::new(json!({})),
        status,
    };
    let annotations = [
        ("node.alpha.kubernetes.io/ttl", "0"),
        (CONTROLLER_ATTACHES, "true"),
    ];
    let annotations = annotations.map(|(key, value)| (Text::new_static(key), value.into()));
    let meta = ObjectMeta::of(Lasting {
        labels: Arc::new(labels),
        annotations: Arc::new(Labels::from(annotations)),
        ..Lasting::named("", name)
    });
    create(cx, Object::new(meta, Body::Node(Arc::new(node))));
    if fresh {
        let work = crate::kubelet::KubeletWork::Heard { node: machine.node };
        cx.after(FIRST_STATUS, Work::Kubelet(work));
    }
    if cx.find(Kind::CSINode, "", name).is_none() {
        let drivers = CSINode {
            drivers: vec![(Text::new_static(DRIVER), None)],
            ..CSINode::default()
        };
        create(
            cx,
            Object::new(ObjectMeta::named("", name), Body::CSINode(drivers)),
        );
    }
}
