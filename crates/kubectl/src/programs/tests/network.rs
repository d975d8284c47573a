//! What Pods reach, by which name, and in which words they say that they do not.

use super::Terminal;

#[test]
fn names_are_told_in_the_words_of_each_tool() {
    let mut terminal = Terminal::web();
    terminal.says("kubectl run -it --image busybox:1.36 old --restart=Never --rm");
    let address = terminal.address("web-0");
    terminal.expect(&[
        ("nslookup web-0.webs", "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find web-0.webs: NXDOMAIN\n\n** server can't find web-0.webs: NXDOMAIN\n\n"),
        ("nslookup web-0.webs.default.svc.cluster.local", &format!("Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb-0.webs.default.svc.cluster.local\nAddress: {address}\n\n\n")),
        ("wget -qO- nowhere", "wget: bad address 'nowhere'\n"),
    ]);
    terminal.says("exit");
    terminal.says("kubectl run -it --image nicolaka/netshoot new --restart=Never --rm -- bash");
    terminal.expect(&[
        ("nslookup web-0.webs", &format!("Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\tweb-0.webs.default.svc.cluster.local\nAddress: {address}\n\n")),
        ("nslookup web-9.webs", "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find web-9.webs: NXDOMAIN\n\n"),
        ("dig +short SRV _web._tcp.webs.default.svc.cluster.local", "0 33 80 web-0.webs.default.svc.cluster.local.\n0 33 80 web-1.webs.default.svc.cluster.local.\n0 33 80 web-2.webs.default.svc.cluster.local.\n"),
        ("dig web-0.webs | grep status | awk '{print $6}'", "NXDOMAIN,\n"),
        ("host web-9.webs", "Host web-9.webs not found: 3(NXDOMAIN)\n"),
        ("getent hosts web-0.webs", &format!("{address:<15} web-0.webs.default.svc.cluster.local\n")),
        ("curl nope", "curl: (6) Could not resolve host: nope\n"),
        ("curl web-0.webs:81", "curl: (7) Failed to connect to web-0.webs port 81 after 0 ms: Could not connect to server\n"),
    ]);
}

#[test]
fn a_machine_without_a_network_is_not_reached() {
    let mut terminal = Terminal::web();
    let node = {
        let world = terminal.0.world();
        let object = world.store.find(ordinal_api::Kind::Pod, "default", "web-0");
        let pod = object.and_then(|o| o.as_pod()).expect("the Pod is there");
        pod.node_name.to_string()
    };
    terminal.says(&format!("partition {node}"));
    let text = terminal.says("kubectl exec web-0 -- hostname");
    assert!(
        text.starts_with("Error from server: error dialing backend: dial tcp "),
        "{text}"
    );
    let text = terminal.says("kubectl exec web-1 -- curl -s -m 2 web-0.webs; echo $?");
    assert!(
        text.starts_with("command terminated with exit code "),
        "{text}"
    );
}

#[test]
fn what_reaches_others_tells_it_in_its_own_words() {
    let mut web = Terminal::of("web", "nginx:1.25-alpine", "/usr/share/nginx/html", 80);
    web.says("kubectl exec web-1 -- sh -c 'echo hello > /usr/share/nginx/html/index.html'");
    let address = web.address("web-1");
    let stars = "*".repeat(32);
    let connecting = format!("Connecting to web-1.webs ({address}:80)\n");
    web.says("kubectl exec -it web-0 -- sh");
    let cases = [
        ("wget -qO- web-1.webs", "hello\n".to_owned()),
        (
            "wget -O- http://web-1.webs/",
            format!(
                "hello\n{connecting}writing to stdout\n-                    100% |{stars}|     6  0:00:00 ETA\nwritten to stdout\n"
            ),
        ),
        (
            "wget http://web-1.webs/",
            format!(
                "{connecting}saving to 'index.html'\nindex.html           100% |{stars}|     6  0:00:00 ETA\n'index.html' saved\n"
            ),
        ),
        ("cat /index.html", "hello\n".to_owned()),
        (
            "wget -O- web-1.webs/nope",
            format!("{connecting}wget: server returned error: HTTP/1.1 404 Not Found\n"),
        ),
        (
            "wget -qO- web-1.webs:81",
            format!("wget: can't connect to remote host ({address}): Connection refused\n"),
        ),
        (
            "wget -qO- nowhere",
            "wget: bad address 'nowhere'\n".to_owned(),
        ),
        (
            "ping -c 1 web-1.webs",
            format!(
                "PING web-1.webs ({address}): 56 data bytes\n64 bytes from {address}: seq=0 ttl=62 time=0.200 ms\n\n--- web-1.webs ping statistics ---\n1 packets transmitted, 1 packets received, 0% packet loss\nround-trip min/avg/max = 0.200/0.200/0.200 ms\n"
            ),
        ),
        (
            "nc -zv web-1.webs 80",
            format!("web-1.webs ({address}:80) open\n"),
        ),
        (
            "nc -zv web-1.webs 81",
            format!("nc: web-1.webs ({address}:81): Connection refused\n"),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(web.says(line), expected, "{line}");
    }
}

#[test]
fn a_pod_asks_as_its_dns_settings_say() {
    let mut terminal = Terminal::web();
    let pods = "kubectl apply -f - <<EOF
apiVersion: v1
kind: Pod
metadata: {name: own}
spec:
  dnsConfig: {searches: [example.com], options: [{name: ndots, value: '1'}]}
  hostAliases: [{ip: 10.9.9.9, hostnames: [legacy, legacy.local]}]
  containers: [{name: c, image: registry.k8s.io/tools}]
---
apiVersion: v1
kind: Pod
metadata: {name: outside}
spec:
  dnsPolicy: Default
  containers: [{name: c, image: registry.k8s.io/tools}]
EOF
sleep 30";
    terminal.says(pods);
    terminal.expect(&[
        (
            "kubectl exec own -- cat /etc/resolv.conf",
            "search default.svc.cluster.local svc.cluster.local cluster.local example.com\nnameserver 10.96.0.10\n",
        ),
        ("kubectl exec own -- host www", "www.example.com has address 192.0.2.80\n"),
        ("kubectl exec own -- host -t a web-0.webs", "Host web-0.webs not found: 3(NXDOMAIN)\ncommand terminated with exit code 1\n"),
        ("kubectl exec own -- getent hosts legacy", "10.9.9.9        legacy legacy.local\n"),
        ("kubectl exec own -- tail -n 1 /etc/hosts", "10.9.9.9\tlegacy\tlegacy.local\n"),
        ("kubectl exec outside -- cat /etc/resolv.conf", "nameserver 192.0.2.1\n"),
        ("kubectl exec outside -- host -t a kubernetes.default.svc.cluster.local", "Host kubernetes.default.svc.cluster.local not found: 3(NXDOMAIN)\ncommand terminated with exit code 1\n"),
        ("kubectl exec outside -- host -t a www.example.com", "www.example.com has address 192.0.2.80\n"),
    ]);
}

#[test]
fn a_proxy_reaches_the_api_pods_and_services() {
    let mut terminal = Terminal::web();
    terminal.says(
        "kubectl exec web-1 -- sh -c 'echo one > /usr/share/nginx/html/index.html'; kubectl proxy",
    );
    let api = "curl -s localhost:8001/api/v1/namespaces/default";
    let missing = "{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {},\n  \"status\": \"Failure\",\n  \"message\": \"services \\\"nope\\\" not found\",\n  \"reason\": \"NotFound\",\n  \"details\": {\n    \"name\": \"nope\",\n    \"kind\": \"services\"\n  },\n  \"code\": 404\n}";
    terminal.expect(&[
        (&format!("{api}/pods/web-1/proxy/"), "one\n"),
        (&format!("{api}/pods/http:web-1:80/proxy/"), "one\n"),
        (&format!("{api}/services/nope/proxy/"), missing),
        (
            &format!("{api}/services/webs:81/proxy/ | grep message"),
            "  \"message\": \"no service port 81 found for service \\\"webs\\\"\",\n",
        ),
        (
            &format!("{api}/pods/web-0 | sed -n 1,4p"),
            "{\n  \"kind\": \"Pod\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {\n",
        ),
    ]);
    assert!(
        terminal
            .says(&format!("{api}/services/webs:web/proxy/"))
            .contains("403")
    );
    terminal.says("kubectl scale sts web --replicas=0; sleep 60");
    terminal.expect(&[(
        &format!("{api}/services/webs/proxy/ | grep message"),
        "  \"message\": \"no endpoints available for service \\\"webs\\\"\",\n",
    )]);
}
