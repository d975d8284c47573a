//! Inspecting, mistakes, the shell around it.

use super::{Terminal, WEB};

fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let place = rest
            .find(part)
            .unwrap_or_else(|| panic!("{part} in its order in\n{text}"));
        rest = &rest[place + part.len()..];
    }
}

#[test]
fn t090_a_pod_described() {
    let mut t = Terminal::base();
    in_order(
        &t.run("kubectl describe pod web-0"),
        &[
            "Name:             web-0\n",
            "Namespace:        default\n",
            "Service Account:  default\n",
            "Node:             node-",
            "Start Time:       ",
            "Labels:           app=nginx\n",
            "Annotations:      <none>\n",
            "Status:           Running\n",
            "IP:               10.",
            "IPs:\n  IP:           10.",
            "Controlled By:  StatefulSet/web\nContainers:\n  nginx:\n",
            "    State:          Running\n",
            "    Ready:          True\n    Restart Count:  0\n",
            "Conditions:\n",
            "Volumes:\n  www:\n    Type:       PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)\n",
            "QoS Class:",
            "Tolerations:",
            "Events:\n",
        ],
    );
}

#[test]
fn t091_a_prefix_describes_all_of_them() {
    let mut t = Terminal::base();
    let text = t.run("kubectl describe pod web");
    assert_eq!(text.matches("\nNamespace: ").count(), 3, "{text}");
    assert!(!text.contains("Events:"), "{text}");
}

#[test]
fn t092_describe_what_is_not_there() {
    Terminal::base().fails(
        "kubectl describe pod nope",
        "Error from server (NotFound): pods \"nope\" not found\n",
    );
}

#[test]
fn t093_a_pod_that_is_being_deleted() {
    let mut t = Terminal::base();
    t.run("kubectl delete pod web-0 --wait=false");
    let text = t.run("kubectl describe pod web-0");
    in_order(
        &text,
        &[
            "Terminating (lasts <invalid>)\n",
            "Termination Grace Period:  30s\n",
        ],
    );
}

#[test]
fn t094_a_crash_loop() {
    let mut t = Terminal::base();
    for _ in 0..4 {
        t.fault("crash pod/web-0");
        t.pass(50);
    }
    t.fault("crash pod/web-0");
    t.pass(10);
    let text = t.run("kubectl get pod web-0 --no-headers");
    assert!(text.contains("0/1   CrashLoopBackOff   "), "{text}");
    assert!(text.contains("s ago)"), "{text}");
}

#[test]
fn t095_events_by_their_creation() {
    let mut t = Terminal::base();
    let text = t.run("kubectl get events --sort-by=.metadata.creationTimestamp");
    assert!(
        text.starts_with("LAST SEEN   TYPE     REASON ")
            || text.starts_with("LAST SEEN   TYPE      REASON ")
            || text.starts_with("LAST SEEN   TYPE"),
        "{text}"
    );
    in_order(
        &text,
        &[
            "Create Pod web-0 in StatefulSet web successful",
            "Create Pod web-1 in StatefulSet web successful",
            "Create Pod web-2 in StatefulSet web successful",
        ],
    );
}

#[test]
fn t096_columns_of_ones_own() {
    Terminal::base().shows(
        "kubectl get pods -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName",
        "NAME NODE\nweb-0 *\nweb-1 *\nweb-2 *",
    );
}

#[test]
fn t097_a_path() {
    Terminal::base().shows(
        "kubectl get pods -o jsonpath='{.items[*].metadata.name}'",
        "web-0 web-1 web-2",
    );
}

#[test]
fn t098_columns_through_awk() {
    let mut t = Terminal::base();
    let text = t.run("kubectl get pods -o wide | awk '{print $1 \" \" $2 \" \" $3}' | column -t");
    assert_eq!(
        text,
        "NAME   READY  STATUS\nweb-0  1/1    Running\nweb-1  1/1    Running\nweb-2  1/1    Running\n"
    );
}

#[test]
fn t099_wait_for_what_is_so() {
    Terminal::base().shows(
        "kubectl wait pod/web-0 --for=condition=Ready",
        "pod/web-0 condition met\n",
    );
}

#[test]
fn t100_wait_in_vain() {
    Terminal::base().fails(
        "kubectl wait pod/web-0 --for=delete --timeout=1s",
        "error: timed out waiting for the condition on pods/web-0\n",
    );
}

#[test]
fn t101_exec_wants_two_dashes() {
    Terminal::base().fails(
        "kubectl exec web-0 bash",
        "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n",
    );
}

#[test]
fn t102_the_exit_code_of_a_command() {
    Terminal::base().ends(
        "kubectl exec web-0 -- sh -c 'exit 3'",
        "command terminated with exit code 3\n",
        3,
    );
}

#[test]
fn t103_a_pod_without_a_machine() {
    let mut t = Terminal::with(&WEB.replace(
        "        image: nginx:1.25\n",
        "        image: nginx:1.25\n        resources: {requests: {cpu: \"100\"}}\n",
    ));
    t.fails(
        "kubectl exec web-0 -- ls",
        "error: unable to upgrade connection: pod web-0 does not have a host assigned\n",
    );
    t.shows("kubectl logs web-0", "");
}

#[test]
fn t104_another_namespace_in_the_context() {
    let mut t = Terminal::base();
    t.shows(
        "kubectl config set-context --current --namespace=x",
        "Context \"kubernetes-admin@kubernetes\" modified.\n",
    );
    t.shows("kubectl get pods", "No resources found in x namespace.\n");
}

#[test]
fn t105_an_unknown_type() {
    Terminal::empty().fails(
        "kubectl get foo",
        "error: the server doesn't have a resource type \"foo\"\n",
    );
}

#[test]
fn t106_an_unknown_flag() {
    Terminal::empty().fails(
        "kubectl get pods --foo",
        "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n",
    );
}

#[test]
fn t107_an_unknown_verb() {
    Terminal::empty().fails(
        "kubectl gte pods",
        "error: unknown command \"gte\" for \"kubectl\"\n\nDid you mean this?\n\tget\n",
    );
}

#[test]
fn t108_a_namespace_that_is_not_there() {
    Terminal::empty().fails(
        "kubectl get ns x",
        "Error from server (NotFound): namespaces \"x\" not found\n",
    );
}

#[test]
fn t109_a_set_cannot_be_exposed() {
    Terminal::base().fails(
        "kubectl expose sts web",
        "error: cannot expose a StatefulSet.apps\n",
    );
}

#[test]
fn t110_one_is_there_and_one_is_not() {
    let mut t = Terminal::base();
    t.fails(
        "kubectl get pod web-0 web-9",
        "NAME READY STATUS RESTARTS AGE\nweb-0 1/1 Running 0 *\nError from server (NotFound): pods \"web-9\" not found",
    );
}

#[test]
fn t111_the_log_of_a_set() {
    let mut t = Terminal::base();
    t.shows(
        "kubectl logs sts/web",
        "Found 3 pods, using pod/web-0
         * * [notice] 1#1: using the \"epoll\" event method
         * * [notice] 1#1: nginx/1.25
         * * [notice] 1#1: start worker processes
         * * [notice] 1#1: start worker process 29",
    );
    t.fails(
        "kubectl logs web-0 -p",
        "Error from server (BadRequest): previous terminated container \"nginx\" in pod \"web-0\" not found\n",
    );
    t.shows(
        "kubectl logs -l app=nginx --tail=1 --prefix",
        "[pod/web-0/nginx] * * [notice] 1#1: start worker process 29
         [pod/web-1/nginx] * * [notice] 1#1: start worker process 29
         [pod/web-2/nginx] * * [notice] 1#1: start worker process 29",
    );
    t.run("kubectl set image sts/web nginx=does-not-exist:1");
    t.pass(60);
    t.fails(
        "kubectl logs web-2",
        "Error from server (BadRequest): container \"nginx\" in pod \"web-2\" is waiting to start: trying and failing to pull image\n",
    );
}

#[test]
fn t112_nothing_is_measured() {
    Terminal::base().fails("kubectl top pods", "error: Metrics API not available\n");
}

#[test]
fn files_are_copied_to_a_container_and_back() {
    let mut t = Terminal::base();
    t.file("page.html", "<p>hello</p>\n");
    t.shows(
        "kubectl cp page.html web-0:/usr/share/nginx/html/index.html",
        "",
    );
    t.shows("kubectl exec web-0 -- curl localhost", "<p>hello</p>\n");
    t.shows(
        "kubectl cp web-0:/usr/share/nginx/html/index.html copy.html",
        "tar: Removing leading `/' from member names\n",
    );
    t.shows("cat copy.html", "<p>hello</p>\n");
    t.shows(
        "kubectl cp page.html default/web-1:/usr/share/nginx/html",
        "",
    );
    t.shows(
        "kubectl exec web-1 -- curl localhost/page.html",
        "<p>hello</p>\n",
    );
    for (line, why) in [
        (
            "kubectl cp a b",
            "one of src or dest must be a remote file specification",
        ),
        (
            "kubectl cp web-0:a web-1:b",
            "one of src or dest must be a local file specification",
        ),
        (
            "kubectl cp none web-0:b",
            "none doesn't exist in local filesystem",
        ),
        (
            "kubectl cp page.html :b",
            "filespec must match the canonical format: [[namespace/]pod:]file/path",
        ),
        ("kubectl cp page.html web-0:", "filepath can not be empty"),
        ("kubectl cp a", "source and destination are required"),
    ] {
        t.fails(line, &format!("error: {why}\n"));
    }
    t.fails(
        "kubectl cp page.html web-9:/tmp",
        "Error from server (NotFound): pods \"web-9\" not found\n",
    );
}

#[test]
fn ports_are_forwarded_by_number_by_name_and_through_a_service() {
    let mut t = Terminal::base();
    let two = "Forwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\n";
    t.shows("kubectl port-forward web-0 8080:80", two);
    t.shows("kubectl port-forward sts/web 8080:web", two);
    t.shows("kubectl port-forward svc/nginx 8080:web", two);
    t.shows(
        "kubectl port-forward --address 0.0.0.0 pod/web-1 80",
        "Forwarding from 0.0.0.0:80 -> 80\n",
    );
    for (line, why) in [
        ("web-0 x", "Pod 'web-0' does not have a named port 'x'"),
        (
            "svc/nginx x",
            "Service 'nginx' does not have a named port 'x'",
        ),
        (
            "svc/nginx 81",
            "Service nginx does not have a service port 81",
        ),
        ("web-0 0", "remote port must be > 0"),
        (
            "web-0 a:80",
            "error parsing local port 'a': strconv.ParseUint: parsing \"a\": invalid syntax",
        ),
        (
            "web-0 80:70000",
            "error parsing remote port '70000': strconv.ParseUint: parsing \"70000\": value out of range",
        ),
        ("web-0 80:", "Pod 'web-0' does not have a named port ''"),
    ] {
        t.fails(
            &format!("kubectl port-forward {line}"),
            &format!("error: {why}\n"),
        );
    }
    t.run("kubectl create cm plain");
    t.fails(
        "kubectl port-forward cm/plain 80",
        "error: cannot attach to *v1.ConfigMap: selector for *v1.ConfigMap not implemented\n",
    );
}
