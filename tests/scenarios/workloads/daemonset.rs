//! DaemonSets: one Pod a node.

use ordinal_api::{Kind, Value};

use super::Lab;

fn agent(more: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
spec:
  selector:
    matchLabels:
      app: agent{more}
  template:
    metadata:
      labels:
        app: agent
    spec:
      terminationGracePeriodSeconds: 5
      containers:
      - name: app
        image: agent:1
"
    )
}

fn pods(lab: &Lab) -> Vec<Value> {
    let names = lab.names(Kind::Pod).into_iter();
    names.map(|name| lab.object(Kind::Pod, &name)).collect()
}

fn status(lab: &Lab, count: &str) -> u64 {
    lab.object(Kind::DaemonSet, "agent")["status"][count]
        .as_u64()
        .unwrap_or_default()
}

fn nodes(lab: &Lab) -> Vec<String> {
    let on = |pod: &Value| {
        pod["spec"]["nodeName"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let mut nodes: Vec<String> = pods(lab).iter().map(on).collect();
    nodes.sort();
    nodes
}

fn images(lab: &Lab) -> Vec<String> {
    let of = |pod: &Value| {
        let image = &pod["spec"]["containers"][0]["image"];
        image.as_str().unwrap_or_default().to_owned()
    };
    pods(lab).iter().map(of).collect()
}

#[test]
fn every_node_gets_a_pod_and_a_new_node_too() {
    let mut lab = Lab::new();
    lab.apply(&agent(""));
    assert_eq!(nodes(&lab), ["node-1", "node-2", "node-3"]);
    lab.say("add-node node-4");
    lab.wait(30);
    assert_eq!(nodes(&lab).len(), 4);
    assert_eq!(status(&lab, "numberAvailable"), 4);
    let pod = &pods(&lab)[0];
    let tolerated = pod["spec"]["tolerations"].as_array().expect("a list").len();
    assert_eq!(tolerated, 6, "{pod}");
    assert_eq!(pod["metadata"]["labels"]["pod-template-generation"], "1");
}

#[test]
fn a_cordoned_node_keeps_its_pod_and_a_tainted_one_loses_it_only_to_no_execute() {
    let mut lab = Lab::new();
    lab.apply(&agent(""));
    lab.say("kubectl cordon node-1");
    lab.say("kubectl taint node node-2 a=b:NoSchedule");
    lab.say("kubectl taint node node-3 a=b:NoExecute");
    lab.wait(60);
    assert_eq!(nodes(&lab), ["node-1", "node-2"]);
    assert_eq!(status(&lab, "desiredNumberScheduled"), 1);
    assert_eq!(status(&lab, "numberMisscheduled"), 1);
}

#[test]
fn a_node_label_decides_where_pods_run() {
    let mut lab = Lab::new();
    let manifest = agent("").replace(
        "      containers:",
        "      nodeSelector:\n        disk: ssd\n      containers:",
    );
    lab.apply(&manifest);
    assert!(nodes(&lab).is_empty());
    lab.say("kubectl label node node-2 disk=ssd");
    lab.wait(30);
    assert_eq!(nodes(&lab), ["node-2"]);
    lab.say("kubectl label node node-2 disk-");
    lab.wait(30);
    assert!(nodes(&lab).is_empty());
}

#[test]
fn a_rolling_update_goes_node_by_node_and_can_be_undone() {
    let mut lab = Lab::new();
    lab.apply(&agent(""));
    lab.say("kubectl set image ds/agent app=agent:2");
    let told = lab.say("kubectl rollout status ds/agent");
    for line in [
        "Waiting for daemon set \"agent\" rollout to finish: 1 out of 3 new pods have been updated...",
        "Waiting for daemon set \"agent\" rollout to finish: 2 out of 3 new pods have been updated...",
        "daemon set \"agent\" successfully rolled out",
    ] {
        assert!(told.contains(line), "{told}");
    }
    for frame in lab.cluster.frames() {
        let ready = |o: &ordinal_api::Object| o.as_pod().is_some_and(|pod| pod.is_ready());
        let all = frame.store.list(Kind::Pod).count();
        let some = frame
            .store
            .list(Kind::Pod)
            .filter(|(_, o)| ready(o))
            .count();
        assert!(
            frame.now().as_ms() < 30_000 || all == 0 || some >= 2,
            "never two at once"
        );
    }
    lab.say("kubectl rollout undo ds/agent");
    lab.say("kubectl rollout status ds/agent");
    assert_eq!(images(&lab), ["agent:1"; 3]);
    let history = lab.say("kubectl rollout history ds/agent");
    assert!(
        history.contains("\n2 ") && history.contains("\n3 "),
        "{history}"
    );
}

#[test]
fn on_delete_replaces_only_what_somebody_deletes() {
    let mut lab = Lab::new();
    lab.apply(&agent("\n  updateStrategy:\n    type: OnDelete"));
    lab.say("kubectl set image ds/agent app=agent:2");
    lab.wait(60);
    assert_eq!(images(&lab), ["agent:1"; 3]);
    let first = lab.names(Kind::Pod).remove(0);
    lab.say(&format!("kubectl delete pod {first}"));
    lab.wait(30);
    let mut images = images(&lab);
    images.sort();
    assert_eq!(images, ["agent:1", "agent:1", "agent:2"]);
    assert_eq!(status(&lab, "updatedNumberScheduled"), 1);
    let output = lab.run("kubectl rollout status ds/agent");
    assert_eq!(
        output.stderr,
        "error: rollout status is only available for RollingUpdate strategy type\n"
    );
}

#[test]
fn a_lost_node_takes_its_pod_out_of_the_counts_and_leaves_it_there() {
    let mut lab = Lab::new();
    lab.apply(&agent(""));
    lab.say("power-off node-2");
    lab.wait(600);
    assert_eq!(nodes(&lab).len(), 3, "it tolerates being lost for ever");
    for count in [
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
    ] {
        assert_eq!(status(&lab, count), 2, "{count}");
    }
}

#[test]
fn a_failed_pod_of_a_daemon_set_is_killed_and_made_anew() {
    let mut lab = Lab::new();
    lab.apply(&agent(""));
    let first = lab.names(Kind::Pod).remove(0);
    lab.say(&format!(
        r#"kubectl patch pod {first} --subresource=status -p '{{"status":{{"phase":"Failed"}}}}'"#
    ));
    lab.wait(20);
    let names = lab.names(Kind::Pod);
    assert!(names.len() == 3 && !names.contains(&first));
    let events = lab.say("kubectl get events");
    let node_told = format!("Found failed daemon pod default/{first} on node ");
    assert!(events.contains(&node_told), "{events}");
}

#[test]
fn an_orphaned_pod_is_adopted_by_a_new_daemon_set_and_replaced_if_it_is_old() {
    let mut lab = Lab::new();
    lab.apply(&agent(""));
    let before = lab.names(Kind::Pod);
    lab.say("kubectl delete ds agent --cascade=orphan");
    lab.wait(10);
    assert_eq!(lab.names(Kind::Pod), before);
    lab.apply(&agent(""));
    assert_eq!(
        lab.names(Kind::Pod),
        before,
        "the same template: nothing to do"
    );
    assert_eq!(status(&lab, "updatedNumberScheduled"), 3);
    lab.say("kubectl delete ds agent");
    lab.wait(20);
    assert!(lab.names(Kind::Pod).is_empty());
    assert!(lab.names(Kind::ControllerRevision).is_empty());
}

#[test]
fn what_a_daemon_set_may_not_be_is_refused() {
    for (more, why) in [
        (
            "\n  updateStrategy:\n    rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 1",
            "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
        ),
        (
            "\n  updateStrategy:\n    rollingUpdate:\n      maxUnavailable: 0",
            "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
        ),
        (
            "\n      b: c",
            "spec.template.metadata.labels: Invalid value: {\"app\":\"agent\"}: `selector` does not match template `labels`",
        ),
    ] {
        let mut lab = Lab::new();
        lab.give(&agent(more));
        let output = lab.run("kubectl apply -f -");
        assert_eq!(output.exit, 1);
        assert!(output.stderr.contains(why), "{}", output.stderr);
    }
}
