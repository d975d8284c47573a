//! Pods that answer, as they are asked in a terminal.

mod databases;
mod network;

use ordinal_core::{Cluster, Config};

use crate::Session;
use crate::shell::{Shell, prompt};

struct Terminal(Cluster, Session, Shell);

fn set(name: &str, image: &str, mount: &str, port: u16) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}s\nspec:\n  clusterIP: None\n  selector: {{app: {name}}}\n  ports: [{{name: web, port: {port}}}]\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: {name}\nspec:\n  serviceName: {name}s\n  replicas: 3\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n      - name: main\n        image: {image}\n        ports: [{{containerPort: {port}, name: web}}]\n        volumeMounts: [{{name: data, mountPath: {mount}}}]\n  volumeClaimTemplates:\n  - metadata: {{name: data}}\n    spec:\n      accessModes: [ReadWriteOnce]\n      resources: {{requests: {{storage: 1Gi}}}}\n"
    )
}

impl Terminal {
    fn of(name: &str, image: &str, mount: &str, port: u16) -> Self {
        let mut session = Session::default();
        session
            .files
            .insert("set.yaml".to_owned(), set(name, image, mount, port));
        let mut terminal = Self(
            Cluster::new(Config::with_nodes(3)),
            session,
            Shell::default(),
        );
        terminal.says("kubectl apply -f set.yaml; sleep 120");
        terminal
    }

    fn web() -> Self {
        Self::of("web", "nginx:1.25", "/usr/share/nginx/html", 80)
    }

    fn says(&mut self, line: &str) -> String {
        self.2.run(&mut self.0, &mut self.1, line).text()
    }

    fn address(&self, pod: &str) -> String {
        let world = self.0.world();
        let object = world.store.find(ordinal_api::Kind::Pod, "default", pod);
        let pod = object.and_then(|o| o.as_pod()).expect("the Pod is there");
        pod.status.pod_ip.to_string()
    }

    fn expect(&mut self, cases: &[(&str, &str)]) {
        for (line, expected) in cases {
            assert_eq!(self.says(line), *expected, "{line}");
        }
    }
}

#[test]
fn a_pod_knows_its_name_and_says_how_a_command_ended() {
    Terminal::web().expect(&[
        (
            "for i in 0 1 2; do kubectl exec web-$i -- sh -c 'hostname'; done",
            "web-0\nweb-1\nweb-2\n",
        ),
        (
            "kubectl exec web-0 -- hostname -f",
            "web-0.webs.default.svc.cluster.local\n",
        ),
        (
            "kubectl exec web-0 -- sh -c 'exit 3'; echo $?",
            "command terminated with exit code 3\n3\n",
        ),
        (
            "kubectl exec web-0 bash",
            "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n",
        ),
        (
            "kubectl exec web-0 -- cat /nope",
            "cat: /nope: No such file or directory\ncommand terminated with exit code 1\n",
        ),
        (
            "kubectl exec web-0 -- cat /etc/resolv.conf",
            "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
        ),
    ]);
}

#[test]
fn what_is_written_to_a_mounted_disk_is_there_after_the_pod_was_replaced_and_the_rest_is_not() {
    let mut terminal = Terminal::web();
    terminal.expect(&[
        ("kubectl exec web-1 -- sh -c 'echo hello > /usr/share/nginx/html/index.html; echo lost > /tmp/x'", ""),
        ("kubectl exec -it web-1 -- curl localhost", "hello\n"),
        ("kubectl exec web-1 -- cat /tmp/x", "lost\n"),
        ("kubectl exec web-0 -- ls /usr/share/nginx/html", ""),
    ]);
    let inputs = terminal.0.inputs().len();
    terminal.says("kubectl delete pod web-1; sleep 60");
    assert!(
        terminal.0.inputs().len() > inputs,
        "the history holds what was written"
    );
    terminal.expect(&[
        ("kubectl exec web-1 -- curl -s localhost", "hello\n"),
        (
            "kubectl exec web-1 -- cat /tmp/x",
            "cat: /tmp/x: No such file or directory\ncommand terminated with exit code 1\n",
        ),
    ]);
}

#[test]
fn what_is_written_inside_a_container_is_lost_when_it_is_started_again() {
    let mut terminal = Terminal::web();
    terminal.expect(&[(
        "kubectl exec web-0 -- sh -c 'echo a > /tmp/x; cat /tmp/x'",
        "a\n",
    )]);
    terminal.says("crash pod/web-0; sleep 60");
    terminal.expect(&[(
        "kubectl exec web-0 -- sh -c 'cat /tmp/x 2>/dev/null || echo gone'",
        "gone\n",
    )]);
}

#[test]
fn a_shell_in_a_pod_that_was_made_for_it_resolves_names_and_is_gone_when_it_ends() {
    let mut terminal = Terminal::web();
    let text = terminal.says("kubectl run -it --image busybox:1.28 dns-test --restart=Never --rm");
    assert!(
        text.ends_with("If you don't see a command prompt, try pressing enter.\n"),
        "{text}"
    );
    assert_eq!(prompt(&terminal.1), "/ # ");
    let address = terminal.address("web-0");
    let text = terminal.says("nslookup web-0.webs");
    assert_eq!(
        text,
        format!(
            "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\nName:      web-0.webs\nAddress 1: {address} web-0.webs.default.svc.cluster.local\n"
        )
    );
    assert_eq!(
        terminal.says("kubectl get pods"),
        "sh: kubectl: not found\n"
    );
    let text = terminal.says("true; exit");
    assert_eq!(
        text,
        "Session ended, resume using 'kubectl attach dns-test -c dns-test -n default -i -t' command\npod \"dns-test\" deleted from default namespace\n"
    );
    assert_eq!(prompt(&terminal.1), "$ ");
    assert!(!terminal.says("kubectl get pods").contains("dns-test"));
}

#[test]
fn a_pod_that_stores_what_is_posted_keeps_it_through_its_replacement() {
    let mut terminal = Terminal::of("kubia", "luksa/kubia-pet", "/var/data", 8080);
    let url = "localhost:8001/api/v1/namespaces/default/pods/kubia-0/proxy/";
    let hit = "You've hit kubia-0\nData stored on this pod: ";
    terminal.expect(&[
        ("kubectl proxy", "Starting to serve on 127.0.0.1:8001\n"),
        (
            &format!("curl {url}"),
            &format!("{hit}No data posted yet\n"),
        ),
        (
            &format!("curl -X POST -d \"Hey there!\" {url}"),
            "Data stored on pod kubia-0\n",
        ),
        (
            "kubectl delete po kubia-0; sleep 60",
            "pod \"kubia-0\" deleted from default namespace\n",
        ),
        (&format!("curl {url}"), &format!("{hit}Hey there!\n")),
        (
            "curl localhost:8001/api/v1/namespaces/default/pods/kubia-1/proxy/ | tail -n 1",
            "Data stored on this pod: No data posted yet\n",
        ),
    ]);
}

#[test]
fn a_command_that_the_image_has_not_is_told_as_the_runtime_and_the_shells_do() {
    let mut web = Terminal::web();
    let missing = web.says("kubectl exec web-0 -- nosuch");
    assert!(
        missing.starts_with("error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"")
            && missing.ends_with("\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown\n"),
        "{missing}"
    );
    assert!(
        web.says("kubectl exec web-0 -- /bin/nosuch").contains(
            "exec: \"/bin/nosuch\": stat /bin/nosuch: no such file or directory: unknown"
        )
    );
    web.expect(&[
        (
            "kubectl exec web-0 -- sh -c nosuch; echo $?",
            "sh: 1: nosuch: not found\ncommand terminated with exit code 127\n127\n",
        ),
        ("kubectl exec -it web-0 -- bash", ""),
        ("nosuch", "bash: nosuch: command not found\n"),
    ]);
    assert_eq!(prompt(&web.1), "root@web-0:/# ");
    web.expect(&[
        ("exit", "command terminated with exit code 127\n"),
        ("kubectl exec -it web-0 -- sh", ""),
    ]);
    assert_eq!(prompt(&web.1), "# ");

    let mut small = Terminal::of("web", "busybox:1.36", "/data", 80);
    assert!(
        small
            .says("kubectl exec -it web-0 -- bash")
            .contains("exec: \"bash\": executable file not found in $PATH: unknown")
    );
    assert!(small.1.inside.is_empty());
    small.expect(&[(
        "kubectl exec web-0 -- sh -c nosuch",
        "sh: nosuch: not found\ncommand terminated with exit code 127\n",
    )]);
}

#[test]
fn a_container_is_told_of_services_that_were_there_before_it_and_of_what_its_template_refers_to() {
    let mut terminal = Terminal::web();
    let pod = "kubectl apply -f - <<EOF
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
apiVersion: v1
kind: Service
metadata: {name: my-api}
spec: {selector: {app: api}, ports: [{name: http, port: 8080}], clusterIP: 10.96.7.7}
---
apiVersion: v1
kind: Pod
metadata: {name: tools}
spec:
  volumes: [{name: settings, configMap: {name: settings}}]
  containers:
  - name: tools
    image: busybox
    command: [sleep, '3600']
    env:
    - {name: ME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
    volumeMounts: [{name: settings, mountPath: /etc/settings}]
EOF
sleep 30; kubectl create service clusterip later --tcp=80:80";
    terminal.says(pod);
    terminal.expect(&[
        ("kubectl exec tools -- printenv ME COLOUR | head -1; kubectl exec tools -- printenv COLOUR", "tools\nblue\n"),
        ("kubectl exec tools -- cat /etc/settings/colour", "blue"),
        (
            "kubectl exec tools -- env | grep MY_API",
            "MY_API_PORT=tcp://10.96.7.7:8080\nMY_API_PORT_8080_TCP=tcp://10.96.7.7:8080\nMY_API_PORT_8080_TCP_ADDR=10.96.7.7\nMY_API_PORT_8080_TCP_PORT=8080\nMY_API_PORT_8080_TCP_PROTO=tcp\nMY_API_SERVICE_HOST=10.96.7.7\nMY_API_SERVICE_PORT=8080\nMY_API_SERVICE_PORT_HTTP=8080\n",
        ),
        ("kubectl exec tools -- env | grep -c LATER", "0\n"),
        ("kubectl exec tools -- env | grep -c WEBS_", "0\n"),
        ("kubectl exec tools -- ps | sed -n 2p", "    1 root      0:00 sleep 3600\n"),
    ]);
}
