//! ReplicationControllers, which the controller of ReplicaSets serves.

use ordinal_api::Kind;

use super::{Lab, budget, workload};

fn controller(replicas: u32) -> String {
    workload("ReplicationController", replicas, "")
}

/// The running Pods that a ReplicationController owns.
fn owned(lab: &Lab) -> usize {
    let pods = lab.names(Kind::Pod);
    let owner = |name: &&String| {
        let pod = lab.object(Kind::Pod, name);
        let owner = &pod["metadata"]["ownerReferences"][0];
        assert!(owner.is_null() || owner["apiVersion"] == "v1");
        owner["kind"] == "ReplicationController"
    };
    pods.iter().filter(owner).count()
}

#[test]
fn it_keeps_so_many_pods_of_its_template_and_tells_so() {
    let mut lab = Lab::new();
    lab.apply(&controller(2));
    assert_eq!(owned(&lab), 2);
    let object = lab.object(Kind::ReplicationController, "web");
    assert_eq!(object["spec"]["selector"]["app"], "web");
    assert_eq!(object["metadata"]["labels"]["app"], "web");
    assert_eq!(
        object["status"].to_string(),
        r#"{"availableReplicas":2,"fullyLabeledReplicas":2,"observedGeneration":1,"readyReplicas":2,"replicas":2}"#
    );
    assert_eq!(
        lab.say("kubectl get rc -o wide"),
        "NAME   DESIRED   CURRENT   READY   AGE   CONTAINERS   IMAGES       SELECTOR\n\
         web    2         2         2       30s   app          nginx:1.27   app=web\n"
    );
    let told = lab.say("kubectl describe rc web");
    assert!(told.contains("Selector:     app=web\n"), "{told}");
    assert!(told.contains("Replicas:     2 current / 2 desired\nPods Status:  2 Running / 0 Waiting / 0 Succeeded / 0 Failed\n"));
    assert!(told.contains("SuccessfulCreate  30s   replication-controller  Created pod: web-"));
    assert_eq!(
        lab.say("kubectl scale rc/web --replicas=1 --current-replicas=2"),
        "replicationcontroller/web scaled\n"
    );
    lab.wait(20);
    assert_eq!(owned(&lab), 1);
    let pod = lab.names(Kind::Pod).remove(0);
    lab.say(&format!("kubectl delete pod {pod}"));
    lab.wait(20);
    assert_eq!(owned(&lab), 1);
    assert_ne!(lab.names(Kind::Pod), [pod]);
}

#[test]
fn its_pods_outlive_it_unless_the_client_says_otherwise_and_another_one_adopts_them() {
    let mut lab = Lab::new();
    lab.apply(&controller(2));
    let before = lab.names(Kind::Pod);
    lab.say("kubectl delete --raw /api/v1/namespaces/default/replicationcontrollers/web");
    lab.wait(20);
    assert!(lab.names(Kind::ReplicationController).is_empty());
    assert_eq!((lab.names(Kind::Pod), owned(&lab)), (before.clone(), 0));
    lab.apply(&controller(2));
    assert_eq!((lab.names(Kind::Pod), owned(&lab)), (before, 2));
    lab.say("kubectl delete rc web");
    lab.wait(20);
    assert!(lab.names(Kind::Pod).is_empty());
}

#[test]
fn a_drain_moves_its_pods_as_its_budget_allows() {
    let mut lab = Lab::new();
    lab.apply(&controller(3));
    lab.apply(&budget("maxUnavailable: 1"));
    let status = lab.object(Kind::PodDisruptionBudget, "web")["status"].clone();
    assert_eq!(
        (&status["expectedPods"], &status["disruptionsAllowed"]),
        (&3.into(), &1.into())
    );
    let output = lab.say("kubectl drain node-1");
    assert!(output.ends_with("node/node-1 drained\n"), "{output}");
    lab.wait(20);
    assert_eq!(owned(&lab), 3);
}
