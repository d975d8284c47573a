//! Pods that answer, as they are asked in a terminal.

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
fn a_replica_set_elects_another_primary_when_its_member_dies() {
    let mut terminal = Terminal::of("mongodb", "mongo:3.6", "/data/db", 27017);
    terminal.says("kubectl exec -it mongodb-0 -- bash");
    assert_eq!(prompt(&terminal.1), "root@mongodb-0:/# ");
    terminal.says("mongo --quiet");
    assert_eq!(prompt(&terminal.1), "> ");
    terminal.expect(&[
        ("rs.initiate( {\n  _id : \"rs0\",\n  members: [ { _id : 0, host : \"mongodb-0.mongodbs\" } ]\n});", "{ \"ok\" : 1 }\n"),
        ("rs.add(\"mongodb-1.mongodbs\");\nrs.add(\"mongodb-2.mongodbs\");", "{ \"ok\" : 1 }\n{ \"ok\" : 1 }\n"),
        ("db.pets.insert({name: \"a\"})", "WriteResult({ \"nInserted\" : 1 })\n"),
        ("exit", ""),
        ("exit", ""),
        ("kubectl exec mongodb-1 -- mongo --eval 'db.pets.find()'", "{name: \"a\"}\n"),
        ("kubectl exec mongodb-1 -- mongo --eval 'db.isMaster()' | grep ismaster", "\t\"ismaster\" : false,\n"),
    ]);
    let node = {
        let world = terminal.0.world();
        let object = world
            .store
            .find(ordinal_api::Kind::Pod, "default", "mongodb-0");
        let pod = object
            .and_then(|o| o.as_pod())
            .expect("the member is there");
        pod.node_name.to_string()
    };
    terminal.says(&format!("power-off {node}; sleep 60"));
    terminal.expect(&[
        (
            "kubectl exec mongodb-1 -- mongo --eval 'db.isMaster()' | grep ismaster",
            "\t\"ismaster\" : true,\n",
        ),
        (
            "kubectl exec mongodb-2 -- mongo --eval 'rs.status()' | grep -c PRIMARY",
            "1\n",
        ),
    ]);
}

#[test]
fn each_database_has_its_own_disk() {
    let mut terminal = Terminal::of("mysql", "mysql:8.0", "/var/lib/mysql", 3306);
    terminal.expect(&[
        ("kubectl exec mysql-0 -- mysql -e \"CREATE TABLE t (id int, name text); INSERT INTO t VALUES (1, 'a')\"", "Query OK, 0 rows affected (0.01 sec)\n\nQuery OK, 1 row affected (0.01 sec)\n\n"),
        ("kubectl exec mysql-0 -- mysql -e 'SELECT * FROM t'", "+----+------+\n| id | name |\n+----+------+\n| 1  | a    |\n+----+------+\n1 row in set (0.00 sec)\n\n"),
        ("kubectl exec mysql-1 -- mysql -e 'SELECT * FROM t'", "ERROR 1146 (42S02): Table 't' doesn't exist\n"),
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
