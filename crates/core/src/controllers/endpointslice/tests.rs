//! The rules as tables.

use std::sync::Arc;

use ordinal_api::Text;
use ordinal_api::endpointslice::{Endpoint, EndpointPort, EndpointSlice};

use super::*;

fn endpoint(pod: &str, ready: bool) -> Endpoint {
    Endpoint {
        address: format!("10.244.0.{}", pod.len()).into(),
        hostname: pod.into(),
        ready,
        serving: ready,
        terminating: false,
        node_name: "node-1".into(),
        zone: "zone-a".into(),
        pod: pod.into(),
        pod_uid: Default::default(),
    }
}

fn ports(number: u16) -> Arc<[EndpointPort]> {
    Arc::from([EndpointPort {
        name: "http".into(),
        protocol: "TCP".into(),
        port: number,
    }])
}

fn slice(number: u16, pods: &[&str]) -> EndpointSlice {
    EndpointSlice {
        endpoints: pods
            .iter()
            .map(|pod| Arc::new(endpoint(pod, true)))
            .collect(),
        ports: ports(number),
        written: None,
    }
}

fn is_there(pod: &str, ready: bool) -> (Text, Option<Wanted>) {
    (
        pod.into(),
        Some(Wanted {
            endpoint: endpoint(pod, ready),
            ports: ports(80),
        }),
    )
}

fn is_gone(pod: &str) -> (Text, Option<Wanted>) {
    (pod.into(), None)
}

/// `write 0: 80 [web-0 web-1!]`, with `!` after those that are not ready.
fn decide(slices: &[EndpointSlice], wanted: Vec<(Text, Option<Wanted>)>, all: bool) -> Vec<String> {
    let text = |slice: &EndpointSlice| {
        let pods = slice
            .endpoints
            .iter()
            .map(|e| format!("{}{}", e.pod, if e.ready { "" } else { "!" }));
        let port = slice.ports.first().map_or(0, |p| p.port);
        format!("{port} [{}]", pods.collect::<Vec<_>>().join(" "))
    };
    let slices: Vec<Slice> = slices.iter().map(Slice::of).collect();
    let intents = plan(&slices, wanted, all);
    let line = |intent: &Intent| match intent {
        Intent::Write { slice, content } => format!("write {slice}: {}", text(content)),
        Intent::Create(content) => format!("create: {}", text(content)),
        Intent::Delete(slice) => format!("delete {slice}"),
    };
    intents.iter().map(line).collect()
}

#[test]
fn a_service_without_pods_has_one_empty_slice() {
    assert_eq!(decide(&[], vec![], true), ["create: 0 []"]);
    assert_eq!(decide(&[EndpointSlice::default()], vec![], true), [""; 0]);
}

#[test]
fn the_first_pod_takes_the_place_of_the_empty_slice_and_the_last_one_leaves_it_behind() {
    let empty = [EndpointSlice::default()];
    assert_eq!(
        decide(&empty, vec![is_there("web-0", true)], false),
        ["write 0: 80 [web-0]"]
    );
    assert_eq!(
        decide(&[slice(80, &["web-0"])], vec![is_gone("web-0")], false),
        ["write 0: 0 []"]
    );
}

#[test]
fn only_what_changed_is_written() {
    let there = [slice(80, &["web-0", "web-1"])];
    assert_eq!(
        decide(&there, vec![is_there("web-1", true)], false),
        [""; 0]
    );
    assert_eq!(
        decide(&there, vec![is_there("web-1", false)], false),
        ["write 0: 80 [web-0 web-1!]"]
    );
    assert_eq!(decide(&there, vec![is_gone("web-7")], false), [""; 0]);
}

#[test]
fn a_look_at_all_pods_takes_out_the_others() {
    let there = [slice(80, &["stranger", "web-0"])];
    assert_eq!(
        decide(&there, vec![is_there("web-0", true)], true),
        ["write 0: 80 [web-0]"]
    );
    assert_eq!(
        decide(&there, vec![is_there("web-0", true)], false),
        [""; 0]
    );
}

#[test]
fn a_slice_that_somebody_disordered_is_put_in_order() {
    let there = [slice(80, &["web-1", "web-0", "web-1"])];
    let wanted = vec![is_there("web-0", true), is_there("web-1", true)];
    assert_eq!(decide(&there, wanted, true), ["write 0: 80 [web-0 web-1]"]);
}

#[test]
fn pods_with_other_port_numbers_have_a_slice_of_their_own() {
    let there = [slice(8080, &["web-0"])];
    assert_eq!(
        decide(&there, vec![is_there("web-1", true)], false),
        ["create: 80 [web-1]"]
    );
    // The only Pod of a slice moves: the slice is used again.
    assert_eq!(
        decide(&there, vec![is_there("web-0", true)], false),
        ["write 0: 80 [web-0]"]
    );
}

#[test]
fn a_full_slice_is_followed_by_another() {
    let names: Vec<String> = (0..CAPACITY).map(|n| format!("a-{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let full = slice(80, &names);
    assert_eq!(
        decide(
            std::slice::from_ref(&full),
            vec![is_there("web-0", true)],
            false
        ),
        ["create: 80 [web-0]"]
    );
    assert_eq!(
        decide(
            &[full, slice(80, &["web-0"])],
            vec![is_there("web-1", true)],
            false
        ),
        ["write 1: 80 [web-0 web-1]"]
    );
    assert_eq!(
        decide(
            &[slice(80, &["a"]), slice(80, &["b"])],
            vec![is_gone("b")],
            false
        ),
        ["delete 1"]
    );
}

#[test]
fn a_pod_whose_node_is_gone_is_left_out_and_the_service_is_told() {
    use serde_json::json;

    let mut lab = crate::lab::Lab::with_nodes(2);
    lab.create(
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}),
    );
    for name in ["a", "b"] {
        lab.create(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "nginx"}]}}));
    }
    lab.run_ms(10_000);
    let (node, other) = (lab.node_of("a"), lab.node_of("b"));
    assert_ne!(node, other);
    lab.delete(Kind::Node, &node, DeleteOptions::default());
    let more = json!({"metadata": {"labels": {"more": "x"}}});
    // A label by which no Service chooses changes no endpoint.
    lab.patch(Kind::Pod, "a", more.clone());
    lab.run_ms(1_000);
    assert!(lab.events(Kind::Service, "web").is_empty());
    lab.patch(Kind::Service, "web", more);
    lab.run_ms(1_000);
    let slices = lab.0.world().store.list(Kind::EndpointSlice);
    let ours = slices.filter_map(|(_, o)| {
        (o.meta.label(SERVICE_NAME) == Some("web")).then(|| o.as_endpoint_slice())?
    });
    let pods: Vec<Text> = ours
        .flat_map(|s| s.endpoints.iter().map(|e| e.pod.clone()))
        .collect();
    assert_eq!(pods, ["b"]);
    let told = lab.events(Kind::Service, "web");
    let expected = format!(
        "Error updating Endpoint Slices for Service default/web: skipping Pod a for Service default/web: Node {node} Not Found"
    );
    assert!(told.iter().any(|text| text.contains(&expected)), "{told:?}");
}
