//! Nodes.

use super::{Terminal, WEB};

/// The machine of a Pod.
fn node_of(t: &mut Terminal, pod: &str) -> String {
    t.run(&format!(
        "kubectl get pod {pod} -o jsonpath='{{.spec.nodeName}}'"
    ))
}

#[test]
fn t078_cordon_twice() {
    let mut t = Terminal::base();
    t.shows("kubectl cordon node-2", "node/node-2 cordoned\n");
    t.shows("kubectl cordon node-2", "node/node-2 already cordoned\n");
    t.shows(
        "kubectl get node node-2 --no-headers",
        "node-2 Ready,SchedulingDisabled <none> * *",
    );
}

const DAEMON: &str = "apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-proxy, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: kube-proxy}}
  template:
    metadata: {labels: {k8s-app: kube-proxy}}
    spec:
      tolerations: [{operator: Exists}]
      containers: [{name: kube-proxy, image: 'registry.k8s.io/kube-proxy:v1.37.1'}]
";

/// A cluster with a Pod of a DaemonSet on node-2, and the name of that Pod.
fn with_daemon() -> (Terminal, String) {
    let mut t = Terminal::base();
    t.file("ds.yaml", DAEMON);
    t.shows(
        "kubectl apply -f ds.yaml",
        "daemonset.apps/kube-proxy created\n",
    );
    t.pass(10);
    let pod = t.run("kubectl get pods -n kube-system --field-selector spec.nodeName=node-2 -o jsonpath='{.items[0].metadata.name}'");
    (t, format!("kube-system/{pod}"))
}

#[test]
fn t079_a_daemon_holds_up_a_drain() {
    let (mut t, pod) = with_daemon();
    let why =
        format!("cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): {pod}");
    t.fails(
        "kubectl drain node-2",
        &format!(
            "node/node-2 cordoned\nerror: unable to drain node \"node-2\" due to error: {why}, continuing command...\nThere are pending nodes to be drained:\n node-2\n{why}\n"
        ),
    );
}

#[test]
fn t080_unless_it_is_ignored() {
    let (mut t, daemon) = with_daemon();
    let pod = t.run("kubectl get pods -l app=nginx --field-selector spec.nodeName=node-2 -o jsonpath='{.items[0].metadata.name}'");
    let text = t.run("kubectl drain node-2 --ignore-daemonsets");
    for line in [
        "node/node-2 cordoned",
        &format!("Warning: ignoring DaemonSet-managed Pods: {daemon}"),
        &format!("evicting pod default/{pod}"),
        &format!("pod/{pod} evicted"),
        "node/node-2 drained",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}

#[test]
fn t081_a_budget_holds_up_a_drain() {
    let mut t = Terminal::base();
    t.run("kubectl create pdb web --selector=app=nginx --min-available=3");
    t.pass(5);
    let node = node_of(&mut t, "web-1");
    let text = t.run(&format!("kubectl drain {node} --timeout=12s"));
    let refusal = "error when evicting pods/\"web-1\" -n \"default\" (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.";
    assert!(
        text.lines().filter(|line| *line == refusal).count() >= 2,
        "{text}"
    );
}

#[test]
fn t082_a_taint_evicts() {
    let mut t = Terminal::base();
    let node = node_of(&mut t, "web-1");
    t.shows(
        &format!("kubectl taint node {node} app=x:NoExecute"),
        &format!("node/{node} tainted\n"),
    );
    t.pass(60);
    let now = node_of(&mut t, "web-1");
    assert_ne!(now, node);
    t.shows(
        "kubectl get pod web-1 --no-headers",
        "web-1 1/1 Running 0 *",
    );
}

#[test]
fn t083_a_taint_is_taken_off() {
    let mut t = Terminal::base();
    t.run("kubectl taint node node-2 app=x:NoExecute");
    t.shows(
        "kubectl taint node node-2 app:NoExecute-",
        "node/node-2 untainted\n",
    );
}

/// The machine of web-1 has lost its power for a minute.
fn dark() -> (Terminal, String) {
    let mut t = Terminal::base();
    let node = node_of(&mut t, "web-1");
    t.fault(&format!("power-off {node}"));
    t.pass(60);
    (t, node)
}

#[test]
fn t084_a_lost_node() {
    let (mut t, node) = dark();
    let text = t.run(&format!("kubectl get node {node} --no-headers"));
    assert!(text.contains(" NotReady "), "{text}");
    t.shows(
        "kubectl get pod web-1 --no-headers",
        "web-1 1/1 Running 0 *",
    );
    let text = t.run("kubectl describe svc nginx");
    let endpoints = text
        .lines()
        .find_map(|line| line.strip_prefix("Endpoints:"))
        .expect("endpoints");
    assert_eq!(endpoints.matches(":80").count(), 2, "{text}");
}

#[test]
fn t085_its_pods_are_evicted_and_not_replaced() {
    let (mut t, _) = dark();
    t.pass(310);
    t.shows(
        "kubectl get pods --no-headers",
        "web-0 1/1 Running 0 *\nweb-1 1/1 Terminating 0 *\nweb-2 1/1 Running 0 *",
    );
}

#[test]
fn t086_delete_waits_for_it() {
    let (mut t, _) = dark();
    t.pass(310);
    t.fails(
        "kubectl delete pod web-1 --timeout=30s",
        "pod \"web-1\" deleted from default namespace\nerror: timed out waiting for the condition on pods/web-1\n",
    );
}

#[test]
fn t087_force_replaces_it_and_the_disk_is_held() {
    let (mut t, node) = dark();
    t.pass(310);
    let text = t.run("kubectl delete pod web-1 --force --grace-period=0");
    assert!(
        text.ends_with("\npod \"web-1\" force deleted from default namespace\n"),
        "{text}"
    );
    t.pass(30);
    assert_ne!(node_of(&mut t, "web-1"), node);
    let text = t.run("kubectl get pod web-1 --no-headers");
    assert!(text.contains(" ContainerCreating "), "{text}");
    let text = t.run("kubectl describe pod web-1");
    assert!(text.contains("FailedAttachVolume"), "{text}");
    t.pass(400);
    t.shows(
        "kubectl get pod web-1 --no-headers",
        "web-1 1/1 Running 0 *",
    );
}

#[test]
fn t088_the_node_comes_back() {
    let (mut t, node) = dark();
    t.pass(310);
    let uid = "kubectl get pod web-1 -o jsonpath='{.metadata.uid}'";
    let before = t.run(uid);
    t.fault(&format!("power-on {node}"));
    t.pass(120);
    assert_ne!(t.run(uid), before);
    t.shows("kubectl get sts web --no-headers", "web 3/3 *");
}

#[test]
fn t089_labels_of_a_node() {
    let mut t = Terminal::with(WEB);
    t.shows("kubectl label no node-1 disk=ssd", "node/node-1 labeled\n");
    t.shows(
        "kubectl label no node-1 disk=ssd",
        "node/node-1 not labeled\n",
    );
    t.fails(
        "kubectl label no node-1 disk=hdd",
        "error: 'disk' already has a value (ssd), and --overwrite is false\n",
    );
    t.shows("kubectl label no node-1 disk-", "node/node-1 unlabeled\n");
}
