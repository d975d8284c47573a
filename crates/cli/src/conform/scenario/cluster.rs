//! The cluster of a scenario: nodes, classes, flags and latencies as recorded.

use ordinal_api::{Kind, Labels, Quantity, Text, Value};
use ordinal_core::apiserver::{DeleteOptions, Request};
use ordinal_core::config::{Flags, NodeConfig};
use ordinal_core::latency::Profile;
use ordinal_core::release::Release;
use ordinal_core::{Cluster, Config};
use serde_json::json;

/// The storage driver of the recordings.
const DRIVER: &str = "fake.csi";

/// Where the API server listens.
pub(super) const API_SERVER: &str = "192.0.2.1";
/// What the stand-ins need for their own calls, beside the time that they pretend.
const CALL_MS: u64 = 60;

/// Builds the cluster.
///
/// # Errors
/// What the recording asks for and cannot be had.
pub(super) fn build(recording: &Value) -> Result<Cluster, String> {
    let cluster = &recording["cluster"];
    let release = recording["release"].as_str().unwrap_or_default();
    let release =
        Release::parse(release).ok_or_else(|| format!("release {release:?} is not simulated"))?;
    let nodes = list(&cluster["nodes"])
        .iter()
        .map(node)
        .collect::<Result<_, _>>()?;
    let config = Config {
        release,
        nodes,
        profile: profile(&cluster["latency"]),
        flags: flags(&cluster["flags"])?,
        ..Config::default()
    };
    // A watch in the background reads what happened while a command in the foreground waited.
    let watched = list(&recording["steps"])
        .iter()
        .any(|step| step["background"].is_string());
    let mut built = match watched {
        true => Cluster::new(config),
        false => Cluster::without_history(config),
    };
    prepare(&mut built, cluster)?;
    Ok(built)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn node(node: &Value) -> Result<NodeConfig, String> {
    let text = |value: &Value| Text::from(value.as_str().unwrap_or_default());
    let pairs = |value: &Value| -> Vec<(Text, Text)> {
        let pairs = value.as_object().into_iter().flatten();
        pairs
            .map(|(key, value)| (key.as_str().into(), text(value)))
            .collect()
    };
    let quantity = |(key, value): (Text, Text)| {
        let parsed = Quantity::parse(&value).map_err(|_| format!("node capacity {key} {value}"))?;
        Ok::<_, String>((key, parsed))
    };
    let mut labels: Labels = pairs(&node["labels"]).into_iter().collect();
    if labels.contains_key("topology.kubernetes.io/zone") {
        // The stand-in for the cloud names one region.
        labels
            .entry("topology.kubernetes.io/region".into())
            .or_insert_with(|| "fake".into());
    }
    Ok(NodeConfig {
        name: text(&node["name"]),
        labels,
        capacity: pairs(&node["capacity"])
            .into_iter()
            .map(quantity)
            .collect::<Result<_, _>>()?,
    })
}

/// The stand-in kubelet and storage driver take the recorded times and no other.
fn profile(latency: &Value) -> Profile {
    let ms = |name: &str, otherwise: u64| latency[name].as_u64().unwrap_or(otherwise);
    Profile {
        name: "recorded",
        kubelet_ms: 20,
        sandbox_ms: 0,
        pull_ms: 0,
        start_ms: ms("start_ms", 1000) + CALL_MS,
        init_ms: ms("init_ms", 1000),
        answer_ms: ms("ready_ms", 0),
        stop_ms: ms("stop_ms", 1000) + CALL_MS,
        provision_ms: ms("provision_ms", 500),
        attach_ms: ms("attach_ms", 1000) + CALL_MS,
        detach_ms: ms("detach_ms", 1000),
        mount_ms: 0,
        // A stand-in takes a Pod away a moment after its containers have ended.
        unmount_ms: 50,
        controller_ms: 10,
        workload_ms: 20,
        call_ms: 10,
        again_ms: 20,
        scheduler_ms: 10,
        boot_ms: 0,
        heartbeat_ms: ms("heartbeat_ms", 10_000),
        annotations: "fake/",
        stand_in: true,
        ..Profile::EXACT
    }
}

fn flags(recorded: &Value) -> Result<Flags, String> {
    let mut flags = Flags::default();
    for (name, value) in recorded.as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        let number = || {
            text.trim_end_matches('s')
                .parse::<u64>()
                .map_err(|_| format!("flag {name}={text}"))
        };
        match name.as_str() {
            // They lift a rate limit that the simulator does not have.
            "kube-api-qps" | "kube-api-burst" => {}
            "disable-force-detach-on-timeout" => flags.no_forced_detach = text == "true",
            "terminated-pod-gc-threshold" => {
                flags.terminated_pods = Some(u32::try_from(number()?).map_err(|e| e.to_string())?);
            }
            "node-monitor-grace-period" => flags.node_monitor_grace_secs = Some(number()?),
            "default-not-ready-toleration-seconds" | "default-unreachable-toleration-seconds" => {
                flags.default_toleration_secs = Some(u32::try_from(number()?).unwrap_or(u32::MAX));
            }
            _ => return Err(format!("flag {name} is not simulated")),
        }
    }
    Ok(flags)
}

/// Puts the recorded classes and their driver in place of those of a simulated cluster, and taints nodes.
fn prepare(built: &mut Cluster, cluster: &Value) -> Result<(), String> {
    let own: Vec<Text> = built
        .world()
        .store
        .list(Kind::StorageClass)
        .map(|(_, o)| o.meta.name.clone())
        .collect();
    for name in own {
        delete(built, Kind::StorageClass, name)?;
    }
    let driver = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": DRIVER},
        "spec": {"attachRequired": true, "podInfoOnMount": false},
    });
    let own = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4", "endpoints": [{"addresses": [API_SERVER], "conditions": {"ready": true}}],
        "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    });
    for object in [&driver, &own].into_iter().chain(list(&cluster["classes"])) {
        create(built, object.clone())?;
    }
    for node in list(&cluster["nodes"]) {
        let name = node["name"].as_str().unwrap_or_default();
        if let Some(limit) = node["volumeLimit"].as_u64() {
            delete(built, Kind::CSINode, name.into())?;
            let drivers = json!([{"name": DRIVER, "nodeID": name, "topologyKeys": [], "allocatable": {"count": limit}}]);
            let object = json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": name}, "spec": {"drivers": drivers}});
            create(built, object)?;
        }
        if let Some(taints) = node.get("taints") {
            patch(built, Kind::Node, name, json!({"spec": {"taints": taints}}))?;
        }
    }
    Ok(())
}

fn delete(built: &mut Cluster, kind: Kind, name: Text) -> Result<(), String> {
    let options = DeleteOptions::default();
    let request = Request::Delete {
        kind,
        namespace: Text::default(),
        name,
        options,
    };
    built
        .request(request)
        .map(|_| ())
        .map_err(|status| status.message.to_string())
}

fn create(built: &mut Cluster, object: Value) -> Result<(), String> {
    let what = format!("{} {}", object["kind"], object["metadata"]["name"]);
    let request = Request::Create {
        object,
        namespace: "default".into(),
        strict: false,
    };
    let answer = built
        .request(request)
        .and_then(|response| response.object());
    answer
        .map(|_| ())
        .map_err(|status| format!("{what}: {}", status.message))
}

fn patch(built: &mut Cluster, kind: Kind, name: &str, body: Value) -> Result<(), String> {
    let patch = ordinal_core::apiserver::Patch {
        type_: ordinal_core::apiserver::PatchType::Merge,
        body,
        subresource: Text::default(),
    };
    let request = Request::Patch {
        kind,
        namespace: Text::default(),
        name: name.into(),
        patch,
    };
    let answer = built
        .request(request)
        .and_then(|response| response.object());
    answer
        .map(|_| ())
        .map_err(|status| format!("{kind} {name}: {}", status.message))
}
