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
        ("db.pets.insert({_id: 7, name: \"a\"})", "WriteResult({ \"nInserted\" : 1 })\n"),
    ]);
    assert_eq!(prompt(&terminal.1), "rs0:PRIMARY> ");
    terminal.expect(&[
        ("exit", "bye\n"),
        ("exit", ""),
        (
            "kubectl exec mongodb-1 -- mongo --quiet --eval 'db.pets.find()'",
            "Error: error: {\n\t\"ok\" : 0,\n\t\"errmsg\" : \"not master and slaveOk=false\",\n\t\"code\" : 13435,\n\t\"codeName\" : \"NotMasterNoSlaveOk\"\n}\n",
        ),
        (
            "kubectl exec mongodb-1 -- mongo --quiet --eval 'rs.slaveOk(); db.pets.find({name: \"a\"}); db.pets.find({name: \"b\"}).count()'",
            "{ \"_id\" : 7, \"name\" : \"a\" }\n0\n",
        ),
        (
            "kubectl exec mongodb-2 -- mongo mongodb-0.mongodbs --quiet --eval 'db.pets.count()'",
            "1\n",
        ),
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
    let mut terminal = Terminal::of("mysql", "mysql:5.7", "/var/lib/mysql", 3306);
    terminal.expect(&[
        ("kubectl exec mysql-0 -- mysql -e \"CREATE DATABASE d; USE d; CREATE TABLE t (id int, name text); INSERT INTO t VALUES (1, 'a'), (20, 'b')\"", ""),
        ("kubectl exec mysql-0 -- mysql d -e 'SELECT * FROM t'", "id\tname\n1\ta\n20\tb\n"),
        (
            "kubectl exec -it mysql-0 -- mysql -e \"SELECT name, id FROM d.t WHERE id = 20\"",
            "+------+----+\n| name | id |\n+------+----+\n| b    | 20 |\n+------+----+\n",
        ),
        ("kubectl exec mysql-1 -- mysql -e 'SELECT * FROM d.t'; echo $?", "ERROR 1146 (42S02) at line 1: Table 'd.t' doesn't exist\ncommand terminated with exit code 1\n1\n"),
        ("kubectl exec mysql-1 -- mysql -h mysql-0.mysqls -e 'SELECT COUNT(*) FROM d.t'", "COUNT(*)\n2\n"),
        ("kubectl exec mysql-1 -- mysql -h nowhere -e 'SELECT 1'", "ERROR 2005 (HY000): Unknown MySQL server host 'nowhere' (-2)\ncommand terminated with exit code 1\n"),
        ("kubectl exec mysql-0 -- mysql -uroot -pwrong -e 'SELECT 1'", "mysql: [Warning] Using a password on the command line interface can be insecure.\nERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)\ncommand terminated with exit code 1\n"),
    ]);
    terminal.says("kubectl exec -it mysql-0 -- mysql");
    assert_eq!(prompt(&terminal.1), "mysql> ");
    terminal.expect(&[
        ("SELECT * FROM", ""),
        ("t;", "ERROR 1046 (3D000): No database selected\n"),
        ("use d", "Database changed\n"),
        ("DELETE FROM t WHERE id = 1;", "Query OK, 1 row affected (0.01 sec)\n\n"),
        (
            "SELECT * FROM t;",
            "+----+------+\n| id | name |\n+----+------+\n| 20 | b    |\n+----+------+\n1 row in set (0.00 sec)\n\n",
        ),
        ("SHOW TABLES;", "+-------------+\n| Tables_in_d |\n+-------------+\n| t           |\n+-------------+\n1 row in set (0.00 sec)\n\n"),
        ("exit", "Bye\n"),
    ]);
}

#[test]
fn a_server_with_users_wants_to_know_who_asks() {
    let mut terminal = Terminal::of("mongodb", "mongo:3.6", "/data/db", 27017);
    terminal.says("kubectl patch sts mongodb --type=json -p '[{\"op\":\"add\",\"path\":\"/spec/template/spec/containers/0/command\",\"value\":[\"mongod\",\"--auth\",\"--replSet\",\"rs0\"]}]'; sleep 120");
    let user = "db.createUser({ user: 'admin', pwd: 'secret', roles: [ {role: 'clusterAdmin', db: 'admin'} ] })";
    let refused = "{\n\t\"ok\" : 0,\n\t\"errmsg\" : \"not authorized on admin to execute command\",\n\t\"code\" : 13,\n\t\"codeName\" : \"Unauthorized\"\n}\n";
    terminal.says("kubectl exec -it mongodb-0 -- mongo --quiet");
    terminal.expect(&[
        ("rs.initiate()", "{ \"ok\" : 1 }\n"),
        ("use admin", "switched to db admin\n"),
        (user, "Successfully added user: { \"user\" : \"admin\", \"roles\" : [ { \"role\" : \"clusterAdmin\", \"db\" : \"admin\" } ] }\n"),
        ("rs.add('mongodb-1.mongodbs')", refused),
        ("db.auth('admin', 'wrong')", "Error: Authentication failed.\n0\n"),
        ("db.auth('admin', 'secret')", "1\n"),
        ("rs.add('mongodb-1.mongodbs')", "{ \"ok\" : 1 }\n"),
        ("exit", "bye\n"),
        ("kubectl exec mongodb-0 -- mongo --quiet --eval 'db.a.count()'", refused),
        ("kubectl exec mongodb-0 -- mongo --quiet -u admin -p secret --eval 'db.a.count()'", "0\n"),
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
