//! Deleting, scaling, disks.

use super::{Terminal, WEB};

fn rows(text: &str, pod: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words.first() == Some(&pod)).then(|| (words[1].to_owned(), words[2].to_owned()))
        })
        .collect()
}

/// What a watch shows of a Pod while a line runs and for so many seconds.
fn watched(t: &mut Terminal, line: &str, seconds: u64) -> String {
    ordinal_kubectl::run(
        &mut t.cluster,
        &mut t.session,
        "kubectl get pods -w --watch-only",
    );
    let mut watch = t.session.watch.take().expect("a watch");
    t.run(line);
    let mut text = watch.poll(&mut t.cluster);
    for _ in 0..seconds * 100 {
        let _ = t.cluster.run_for(ordinal_api::SimDuration::ms(10));
        text.push_str(&watch.poll(&mut t.cluster));
    }
    text
}

#[test]
fn t043_delete_returns_when_the_pod_is_gone() {
    let mut t = Terminal::base();
    let path = "-o jsonpath='{.metadata.uid} {.status.podIP} {.spec.volumes[0].persistentVolumeClaim.claimName}'";
    let before = t.run(&format!("kubectl get pod web-0 {path}"));
    t.shows(
        "kubectl delete pod web-0",
        "pod \"web-0\" deleted from default namespace\n",
    );
    t.pass(30);
    let after = t.run(&format!("kubectl get pod web-0 {path}"));
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split(' ').collect(), after.split(' ').collect());
    assert_ne!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
    assert_eq!(before[2], after[2]);
    t.shows(
        "kubectl get pod web-0 --no-headers",
        "web-0 1/1 Running 0 *",
    );
}

#[test]
fn t044_a_deletion_watched() {
    let mut t = Terminal::base();
    let text = watched(&mut t, "kubectl delete pod web-0 --wait=false", 30);
    let mut statuses: Vec<String> = rows(&text, "web-0").into_iter().map(|row| row.1).collect();
    statuses.dedup();
    assert_eq!(
        statuses,
        [
            "Terminating",
            "Completed",
            "Pending",
            "ContainerCreating",
            "Running"
        ],
        "{text}"
    );
}

#[test]
fn t045_a_program_that_does_not_stop() {
    let mut t = Terminal::with(&WEB.replace(
        "    metadata: {labels: {app: nginx}}\n    spec:",
        "    metadata: {labels: {app: nginx}, annotations: {ordinal.dev/stop-after: 1h}}\n    spec:",
    ));
    let text = watched(&mut t, "kubectl delete pod web-0 --wait=false", 29);
    let mut seen = rows(&text, "web-0");
    seen.dedup();
    assert_eq!(
        seen,
        [("1/1".to_owned(), "Terminating".to_owned())],
        "{text}"
    );
    let text = watched(&mut t, "", 10);
    assert!(
        rows(&text, "web-0").contains(&("0/1".to_owned(), "Error".to_owned())),
        "{text}"
    );
}

#[test]
fn t046_delete_by_label() {
    let mut t = Terminal::base();
    t.shows(
        "kubectl delete pod -l app=nginx",
        "pod \"web-0\" deleted from default namespace\npod \"web-1\" deleted from default namespace\npod \"web-2\" deleted from default namespace\n",
    );
    t.pass(60);
    t.shows(
        "kubectl get pods --sort-by=.metadata.creationTimestamp -o name",
        "pod/web-0\npod/web-1\npod/web-2\n",
    );
}

const FORCED: &str = "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n";

#[test]
fn t047_delete_by_force() {
    let mut t = Terminal::base();
    t.shows(
        "kubectl delete pod web-0 --force --grace-period=0",
        &format!("{FORCED}pod \"web-0\" force deleted from default namespace\n"),
    );
    t.pass(1);
    t.shows("kubectl get pod web-0 -o name", "pod/web-0\n");
}

#[test]
fn t048_a_grace_period_of_0_is_1() {
    Terminal::base().shows(
        "kubectl delete pod web-0 --grace-period=0",
        "pod \"web-0\" deleted from default namespace\n",
    );
}

#[test]
fn t049_delete_what_is_not_there() {
    Terminal::base().fails(
        "kubectl delete pod web-9",
        "Error from server (NotFound): pods \"web-9\" not found\n",
    );
}

#[test]
fn t050_scale_up() {
    let mut t = Terminal::base();
    t.shows(
        "kubectl scale sts web --replicas=5",
        "statefulset.apps/web scaled\n",
    );
    t.pass(60);
    t.shows("kubectl get sts web --no-headers", "web 5/5 *");
    t.shows(
        "kubectl get pvc -o name",
        "persistentvolumeclaim/www-web-0\npersistentvolumeclaim/www-web-1\npersistentvolumeclaim/www-web-2\npersistentvolumeclaim/www-web-3\npersistentvolumeclaim/www-web-4\n",
    );
}

#[test]
fn t051_scale_down_keeps_the_claims() {
    let mut t = Terminal::with(&WEB.replace("replicas: 3", "replicas: 5"));
    let text = watched(&mut t, "kubectl scale sts web --replicas=2", 90);
    let place = |pod: &str| {
        text.lines()
            .position(|line| line.starts_with(pod) && line.contains("Terminating"))
            .unwrap_or_else(|| panic!("{pod} in\n{text}"))
    };
    assert!(place("web-4") < place("web-3") && place("web-3") < place("web-2"));
    let text = t.run("kubectl get pvc --no-headers");
    assert_eq!(text.matches(" Bound ").count(), 5, "{text}");
}

#[test]
fn t052_scale_up_again_takes_the_claim() {
    let mut t = Terminal::base();
    let path = "kubectl get pvc www-web-2 -o jsonpath='{.metadata.uid}'";
    let before = t.run(path);
    t.run("kubectl scale sts web --replicas=2");
    t.pass(30);
    t.run("kubectl scale sts web --replicas=3");
    t.pass(30);
    assert_eq!(t.run(path), before);
    t.shows("kubectl get sts web --no-headers", "web 3/3 *");
}

#[test]
fn t053_a_precondition_that_does_not_hold() {
    Terminal::base().fails(
        "kubectl scale sts web --current-replicas=4 --replicas=5",
        "error: Expected replicas to be 4, was 3\n",
    );
}

#[test]
fn t054_scale_what_is_not_there() {
    Terminal::base().fails(
        "kubectl scale sts nope --replicas=1",
        "Error from server (NotFound): statefulsets.apps \"nope\" not found\n",
    );
}

#[test]
fn t055_delete_the_set() {
    let mut t = Terminal::base();
    let text = watched(&mut t, "kubectl delete sts web", 60);
    for pod in ["web-0", "web-1", "web-2"] {
        assert_eq!(
            rows(&text, pod).first().map(|row| row.1.as_str()),
            Some("Terminating"),
            "{text}"
        );
    }
    t.shows(
        "kubectl get pods",
        "No resources found in default namespace.\n",
    );
    let text = t.run("kubectl get pvc --no-headers");
    assert_eq!(text.matches(" Bound ").count(), 3, "{text}");
}

#[test]
fn t056_orphans_are_adopted() {
    let mut t = Terminal::base();
    t.shows(
        "kubectl delete sts web --cascade=orphan",
        "statefulset.apps \"web\" deleted from default namespace\n",
    );
    t.pass(5);
    t.shows(
        "kubectl get pods -o jsonpath='{.items[*].metadata.ownerReferences}'",
        "",
    );
    t.run("kubectl delete pod web-1");
    t.pass(20);
    t.shows("kubectl get pods -o name", "pod/web-0\npod/web-2\n");
    let uid = "kubectl get pod web-0 -o jsonpath='{.metadata.uid}'";
    let before = t.run(uid);
    t.run("kubectl apply -f web.yaml");
    t.pass(40);
    t.shows(
        "kubectl get pods -o name",
        "pod/web-0\npod/web-1\npod/web-2\n",
    );
    assert_eq!(t.run(uid), before);
}

#[test]
fn t057_a_claim_in_use() {
    let mut t = Terminal::base();
    t.fails(
        "kubectl delete pvc www-web-0 --timeout=5s",
        "persistentvolumeclaim \"www-web-0\" deleted from default namespace\nerror: timed out waiting for the condition on persistentvolumeclaims/www-web-0\n",
    );
    let text = t.run("kubectl get pvc www-web-0 --no-headers");
    assert!(text.contains(" Terminating "), "{text}");
    let uid = "kubectl get pvc www-web-0 -o jsonpath='{.metadata.uid}'";
    let before = t.run(uid);
    t.run("kubectl delete pod web-0");
    t.pass(60);
    assert_ne!(t.run(uid), before);
    t.shows(
        "kubectl get pod web-0 --no-headers",
        "web-0 1/1 Running 0 *",
    );
}

#[test]
fn t058_delete_by_file() {
    Terminal::base().shows(
        "kubectl delete -f web.yaml",
        "service \"nginx\" deleted from default namespace\nstatefulset.apps \"web\" deleted from default namespace\n",
    );
}

#[test]
fn t059_delete_all_claims() {
    let mut t = Terminal::base();
    let name = t.run("kubectl get pvc www-web-1 -o jsonpath='{.spec.volumeName}'");
    t.shows(&format!(
        "kubectl patch pv {name} -p '{{\"spec\":{{\"persistentVolumeReclaimPolicy\":\"Retain\"}}}}'"
    ), &format!("persistentvolume/{name} patched\n"));
    t.run("kubectl delete -f web.yaml");
    t.pass(60);
    t.shows(
        "kubectl delete pvc --all",
        "persistentvolumeclaim \"www-web-0\" deleted from default namespace\npersistentvolumeclaim \"www-web-1\" deleted from default namespace\npersistentvolumeclaim \"www-web-2\" deleted from default namespace\n",
    );
    t.pass(30);
    t.shows(
        "kubectl get pv --no-headers",
        "* 1Gi RWO Retain Released default/www-web-1 standard <unset> *",
    );
}

#[test]
fn t060_a_service_name_stays() {
    let mut t = Terminal::base();
    t.file(
        "web.yaml",
        &WEB.replace("serviceName: nginx", "serviceName: other"),
    );
    // 1.37 names the field; earlier releases name those that may change.
    t.fails(
        "kubectl apply -f web.yaml",
        "service/nginx unchanged\nThe StatefulSet \"web\" is invalid: spec.serviceName: Invalid value: \"other\": field is immutable\n",
    );
}

#[test]
fn t061_all_at_once() {
    let parallel = WEB.replace(
        "  replicas: 3\n",
        "  replicas: 3\n  podManagementPolicy: Parallel\n",
    );
    let mut t = Terminal::empty();
    t.file("web.yaml", &parallel);
    let text = watched(&mut t, "kubectl apply -f web.yaml", 30);
    let first = |pod: &str, status: &str| {
        text.lines()
            .position(|line| line.starts_with(pod) && line.contains(status))
            .unwrap_or_else(|| panic!("{pod} {status} in\n{text}"))
    };
    assert!(first("web-2", "Pending") < first("web-0", "Running"));
    let text = watched(&mut t, "kubectl scale sts web --replicas=0", 30);
    let all: Vec<&str> = text.lines().collect();
    let ends = all.iter().position(|line| line.contains("Completed"));
    let last = all.iter().rposition(|line| line.contains("1/1"));
    assert!(last < ends, "{text}");
}
