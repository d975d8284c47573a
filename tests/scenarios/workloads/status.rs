//! Pods whose status somebody else writes.

use ordinal_api::Kind;

use super::{Lab, workload};

const EVICTED: &str = r#"{"status":{"phase":"Failed","reason":"Evicted","message":"The node was low on resource: memory."}}"#;

fn fail(lab: &mut Lab, pod: &str) {
    lab.say(&format!(
        "kubectl patch pod {pod} --subresource=status --type=merge -p '{EVICTED}'"
    ));
}

#[test]
fn a_failed_pod_of_a_replica_set_is_replaced_and_stays() {
    let mut lab = Lab::new();
    lab.apply(&workload("ReplicaSet", 2, ""));
    let failed = lab.names(Kind::Pod).remove(0);
    fail(&mut lab, &failed);
    lab.wait(20);
    assert_eq!(lab.names(Kind::Pod).len(), 3);
    let pod = lab.object(Kind::Pod, &failed);
    assert_eq!(pod["status"]["reason"], "Evicted");
    assert_eq!(
        pod["status"]["containerStatuses"][0]["ready"], false,
        "its containers are ended"
    );
    assert_eq!(
        lab.object(Kind::ReplicaSet, "web")["status"]["readyReplicas"],
        2
    );
    assert!(lab.say("kubectl get pods").contains("0/1     Completed"));
}

#[test]
fn a_container_has_an_identity_from_its_first_start_on_and_another_after_a_restart() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    let status = |lab: &Lab| {
        let pod = lab.object(Kind::Pod, "web-0");
        pod["status"]["containerStatuses"][0].clone()
    };
    let first = status(&lab);
    let image = first["imageID"].as_str().expect("a text");
    assert!(image.starts_with("docker.io/library/nginx@sha256:"));
    lab.say("exit pod/web-0 1");
    lab.wait(5);
    let second = status(&lab);
    assert_ne!(first["containerID"], second["containerID"]);
    let last = &second["lastState"]["terminated"]["containerID"];
    assert_eq!(*last, first["containerID"]);
}

#[test]
fn a_failed_pod_of_a_stateful_set_is_made_anew_under_its_name() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 2, ""));
    let before = lab.object(Kind::Pod, "web-1")["metadata"]["uid"].clone();
    fail(&mut lab, "web-1");
    lab.wait(20);
    let now = lab.object(Kind::Pod, "web-1");
    assert_ne!(now["metadata"]["uid"], before);
    assert_eq!(now["status"]["phase"], "Running");
}

#[test]
fn a_condition_that_is_patched_leaves_the_moments_of_the_others() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    let id = lab.cluster.world().store.id(Kind::Pod, "default", "web-0");
    let conditions = |lab: &Lab| {
        let object = lab
            .cluster
            .world()
            .get(id.expect("known"))
            .expect("it is there");
        object.as_pod().expect("a Pod").status.conditions.clone()
    };
    let before = conditions(&lab);
    lab.say(r#"kubectl patch pod web-0 --subresource=status -p '{"status":{"conditions":[{"type":"example.com/gate","status":"True"}]}}'"#);
    let now = conditions(&lab);
    assert_eq!(now.len(), before.len() + 1);
    assert!(before.iter().all(|condition| now.contains(condition)));
}
