//! Identity and names.

use ordinal_core::{Component, Config};

use super::{Terminal, WEB};

const TOOLS: &str =
    "kubectl run dnsutils --image=registry.k8s.io/e2e-test-images/jessie-dnsutils:1.3";

/// A terminal in a container with the tools.
fn with_tools(image: &str) -> Terminal {
    let mut t = Terminal::base();
    tools(&mut t, image);
    t
}

fn tools(t: &mut Terminal, image: &str) {
    t.run(&format!("kubectl run tools --image={image}"));
    t.pass(20);
}

fn address(t: &mut Terminal, pod: &str) -> String {
    t.run(&format!(
        "kubectl get pod {pod} -o jsonpath='{{.status.podIP}}'"
    ))
}

const NETSHOOT: &str = "nicolaka/netshoot";

#[test]
fn t021_host_names() {
    Terminal::base().shows(
        "for i in 0 1 2; do kubectl exec web-$i -- sh -c 'hostname'; done",
        "web-0\nweb-1\nweb-2\n",
    );
}

#[test]
fn t022_the_whole_host_name() {
    Terminal::base().shows(
        "kubectl exec web-0 -- hostname -f",
        "web-0.nginx.default.svc.cluster.local\n",
    );
}

#[test]
fn t023_busybox_1_28_prints_the_reverse_name() {
    let mut t = with_tools("busybox:1.28");
    let ip = address(&mut t, "web-0");
    t.shows(
        "kubectl exec tools -- nslookup web-0.nginx",
        &format!(
            "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\nName:      web-0.nginx\nAddress 1: {ip} web-0.nginx.default.svc.cluster.local\n"
        ),
    );
}

#[test]
fn t024_busybox_1_36_expands_no_dots() {
    let mut t = with_tools("busybox:1.36");
    let text = t.run("kubectl exec tools -- nslookup web-0.nginx");
    assert_eq!(
        text.matches("** server can't find web-0.nginx: NXDOMAIN")
            .count(),
        2,
        "{text}"
    );
}

#[test]
fn t025_busybox_1_36_finds_the_whole_name() {
    let mut t = with_tools("busybox:1.36");
    let ip = address(&mut t, "web-0");
    let text = t.run("kubectl exec tools -- nslookup web-0.nginx.default.svc.cluster.local");
    assert!(
        text.contains(&format!(
            "Name:\tweb-0.nginx.default.svc.cluster.local\nAddress: {ip}\n"
        )),
        "{text}"
    );
}

#[test]
fn t026_a_headless_service_has_all_addresses() {
    let mut t = with_tools(NETSHOOT);
    let text = t.run("kubectl exec tools -- nslookup nginx");
    assert_eq!(
        text.matches("Name:\tnginx.default.svc.cluster.local\nAddress: ")
            .count(),
        3,
        "{text}"
    );
}

#[test]
fn t027_records_of_a_port() {
    let mut t = with_tools(NETSHOOT);
    t.shows(
        "kubectl exec tools -- dig +short SRV _web._tcp.nginx.default.svc.cluster.local | sort",
        "0 33 80 web-0.nginx.default.svc.cluster.local.\n0 33 80 web-1.nginx.default.svc.cluster.local.\n0 33 80 web-2.nginx.default.svc.cluster.local.\n",
    );
}

#[test]
fn t028_dig_has_no_search_list() {
    let mut t = with_tools(NETSHOOT);
    let text = t.run("kubectl exec tools -- dig web-0.nginx");
    assert!(text.contains("status: NXDOMAIN"), "{text}");
}

#[test]
fn t029_a_pod_that_is_not_ready_has_no_name() {
    let mut t = with_tools(NETSHOOT);
    t.fault("not-ready pod/web-1");
    t.pass(40);
    let text = t.run("kubectl exec tools -- nslookup nginx");
    assert_eq!(text.matches("Name:").count(), 2, "{text}");
    let text = t.run("kubectl exec tools -- nslookup web-1.nginx");
    assert!(text.contains("can't find web-1.nginx: NXDOMAIN"), "{text}");
}

#[test]
fn t030_unless_the_service_publishes_it() {
    let mut t = Terminal::with(&WEB.replace(
        "  clusterIP: None\n",
        "  clusterIP: None\n  publishNotReadyAddresses: true\n",
    ));
    tools(&mut t, NETSHOOT);
    t.fault("not-ready pod/web-1");
    t.pass(40);
    let text = t.run("kubectl exec tools -- nslookup nginx");
    assert_eq!(text.matches("Name:").count(), 3, "{text}");
    let text = t.run("kubectl exec tools -- nslookup web-1.nginx");
    assert!(
        text.contains("Name:\tweb-1.nginx.default.svc.cluster.local"),
        "{text}"
    );
}

#[test]
fn t031_a_pod_that_is_being_deleted_has_no_name() {
    let mut t = with_tools(NETSHOOT);
    t.run("kubectl delete pod web-1 --wait=false");
    t.cluster.run_for(ordinal_api::SimDuration::ms(900));
    let text = t.run("kubectl exec tools -- nslookup web-1.nginx");
    assert!(text.contains("can't find web-1.nginx: NXDOMAIN"), "{text}");
}

#[test]
fn t032_its_successor_has_it_with_a_new_address() {
    let mut t = with_tools(NETSHOOT);
    let before = address(&mut t, "web-1");
    t.run("kubectl delete pod web-1");
    t.pass(60);
    let now = address(&mut t, "web-1");
    assert_ne!(before, now);
    let text = t.run("kubectl exec tools -- nslookup web-1.nginx");
    assert!(text.contains(&format!("Address: {now}\n")), "{text}");
}

#[test]
fn t033_without_the_service_there_are_no_names() {
    let mut t = with_tools(NETSHOOT);
    t.run("kubectl delete svc nginx");
    t.pass(40);
    let text = t.run("kubectl exec tools -- nslookup web-0.nginx");
    assert!(text.contains("can't find web-0.nginx: NXDOMAIN"), "{text}");
    t.shows(
        "kubectl get pods -l app=nginx --no-headers",
        "web-0 1/1 Running 0 *\nweb-1 1/1 Running 0 *\nweb-2 1/1 Running 0 *",
    );
    t.shows(
        "kubectl exec web-0 -- hostname -f",
        "web-0.nginx.default.svc.cluster.local\n",
    );
}

#[test]
fn t034_a_wrong_service_name() {
    let mut t = Terminal::with(&WEB.replace("serviceName: nginx", "serviceName: wrong"));
    tools(&mut t, NETSHOOT);
    for name in ["web-0.wrong", "web-0.nginx"] {
        let text = t.run(&format!("kubectl exec tools -- nslookup {name}"));
        assert!(
            text.contains(&format!("can't find {name}: NXDOMAIN")),
            "{text}"
        );
    }
    let text = t.run("kubectl exec tools -- nslookup nginx");
    assert_eq!(text.matches("Name:").count(), 3, "{text}");
}

#[test]
fn t035_a_service_with_an_address() {
    let mut t = Terminal::with(&WEB.replace("  clusterIP: None\n", ""));
    tools(&mut t, NETSHOOT);
    let ip = t.run("kubectl get svc nginx -o jsonpath='{.spec.clusterIP}'");
    let text = t.run("kubectl exec tools -- nslookup nginx");
    assert!(text.contains(&format!("Address: {ip}\n")), "{text}");
    let ip = address(&mut t, "web-0");
    let text = t.run("kubectl exec tools -- nslookup web-0.nginx");
    assert!(text.contains(&format!("Address: {ip}\n")), "{text}");
}

#[test]
fn t036_from_another_namespace() {
    let mut t = Terminal::base();
    t.run("kubectl create ns dev");
    t.run(&format!("{TOOLS} -n dev"));
    t.pass(20);
    let text = t.run("kubectl exec -n dev dnsutils -- nslookup web-0.nginx");
    assert!(text.contains("can't find web-0.nginx: NXDOMAIN"), "{text}");
    let text = t.run("kubectl exec -n dev dnsutils -- nslookup web-0.nginx.default");
    assert!(
        text.contains("Name:\tweb-0.nginx.default.svc.cluster.local"),
        "{text}"
    );
}

#[test]
fn t037_the_slice_of_a_service() {
    let mut t = Terminal::base();
    let line = "kubectl get endpointslices -l kubernetes.io/service-name=nginx";
    t.shows(line, "NAME ADDRESSTYPE PORTS ENDPOINTS AGE\n* IPv4 80 * *");
    let text = t.run(line);
    assert!(text.contains("\nnginx-"), "{text}");
}

#[test]
fn t038_endpoints_are_deprecated() {
    Terminal::base().shows(
        "kubectl get ep nginx",
        "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
         NAME ENDPOINTS AGE
         nginx * *",
    );
}

const BALANCED: &str = "apiVersion: v1
kind: Service
metadata: {name: w2}
spec:
  type: LoadBalancer
  selector: {statefulset.kubernetes.io/pod-name: web-2}
  ports: [{port: 8080, targetPort: 80}]
";

/// A Service that wants a load balancer where nobody has one.
fn balanced() -> Terminal {
    let mut t = Terminal::of(Config {
        absent: vec![Component::ServiceLoadBalancer],
        ..Config::with_nodes(3)
    });
    t.run("kubectl apply -f web.yaml");
    t.pass(60);
    t.file("w2.yaml", BALANCED);
    t.run("kubectl apply -f w2.yaml");
    t.pass(2);
    t
}

#[test]
fn t039_no_provider_of_load_balancers() {
    let mut t = balanced();
    t.shows(
        "kubectl get svc w2",
        "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE\nw2 LoadBalancer * <pending> * *",
    );
    let text = t.run("kubectl get svc w2");
    assert!(text.contains(" 8080:3"), "{text}");
}

#[test]
fn t040_no_address_of_a_load_balancer() {
    balanced().shows(
        "kubectl get svc w2 -o jsonpath='{.status.loadBalancer.ingress[0].ip}'",
        "",
    );
}

#[test]
fn t041_nobody_answers_a_port_without_endpoints() {
    let mut t = balanced();
    t.run("NODE=$(kubectl get node node-1 -o jsonpath='{.status.addresses[0].address}')");
    t.run("PORT=$(kubectl get svc w2 -o jsonpath='{.spec.ports[0].nodePort}')");
    t.run("kubectl scale sts web --replicas=2");
    t.pass(40);
    let text = t.run("curl $NODE:$PORT");
    assert!(
        text.starts_with("curl: (7) Failed to connect to "),
        "{text}"
    );
}

#[test]
fn t042_a_headless_service_described() {
    let mut t = Terminal::base();
    let text = t.run("kubectl describe svc nginx");
    assert!(text.contains("IP:                       None\n"), "{text}");
    let endpoints = text
        .lines()
        .find_map(|line| line.strip_prefix("Endpoints:"))
        .expect("endpoints");
    assert_eq!(endpoints.matches(":80").count(), 3, "{text}");
}
