//! Whole rollouts on a cluster whose Pods become ready by hand.

use std::sync::Arc;

use expect_test::expect;
use ordinal_api::Kind;
use ordinal_api::pod::PodPhase;
use serde_json::json;

use super::run::Run;

#[test]
fn a_new_deployment_makes_one_replica_set_and_tells_its_progress() {
    let mut run = Run::of(json!({"replicas": 2}));
    run.run(1).ready().run(1);
    run.told(0, expect![[r#"
        0 deployment/web#1 created
        0 deployment/web#1 desired=2
        10 replicaset/web-[1]#1 created
        10 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled up replica set web-[1] from 0 to 2
        10 deployment/web#1 condition Progressing=True NewReplicaSetCreated
        20 deployment/web#1 status unavailableReplicas=2
        20 deployment/web#1 condition Available=False MinimumReplicasUnavailable
        30 replicaset/web-[1]#1 status replicas=2
        30 event Warning FailedScheduling from default-scheduler on pod/web-[1]-nbmvr: no nodes available to schedule pods
        30 event Warning FailedScheduling from default-scheduler on pod/web-[1]-lnsl7: no nodes available to schedule pods
        30 deployment/web#1 status replicas=2
        30 deployment/web#1 status updatedReplicas=2
        30 deployment/web#1 condition Progressing=True ReplicaSetUpdated
        1010 replicaset/web-[1]#1 status readyReplicas=2
        1010 replicaset/web-[1]#1 status availableReplicas=2
        1020 deployment/web#1 status readyReplicas=2
        1020 deployment/web#1 status availableReplicas=2
        1020 deployment/web#1 status unavailableReplicas=0
        1020 deployment/web#1 condition Available=True MinimumReplicasAvailable
        1020 deployment/web#1 condition Progressing=True NewReplicaSetAvailable
    "#]]);
    assert_eq!(
        run.conditions(),
        "Available=True MinimumReplicasAvailable, Progressing=True NewReplicaSetAvailable"
    );
}

#[test]
fn a_rolling_update_of_four_goes_one_more_and_one_less_at_a_time() {
    let mut run = Run::with_ready_pods(json!({"replicas": 4}));
    run.image("nginx:2").run(1).ready_until_complete();
    run.told(2, expect![[r#"
        2010 replicaset/web-[2]#1 created
        2010 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled up replica set web-[2] from 0 to 1
        2010 deployment/web#1 condition Progressing=True NewReplicaSetCreated
        2010 replicaset/web-[1]#1 desired=3
        2010 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled down replica set web-[1] from 4 to 3
        2020 replicaset/web-[2]#1 desired=2
        2020 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled up replica set web-[2] from 1 to 2
        2020 deployment/web#1 status updatedReplicas=0
        2030 replicaset/web-[2]#1 status replicas=1
        2030 event Warning FailedScheduling from default-scheduler on pod/web-[2]-9j9qv: no nodes available to schedule pods
        2030 deployment/web#1 status replicas=5
        2030 deployment/web#1 status updatedReplicas=1
        2030 deployment/web#1 status unavailableReplicas=1
        2030 deployment/web#1 condition Progressing=True ReplicaSetUpdated
        2030 replicaset/web-[1]#1 status replicas=3
        2030 replicaset/web-[1]#1 status readyReplicas=3
        2030 replicaset/web-[1]#1 status availableReplicas=3
        2040 replicaset/web-[2]#1 status replicas=2
        2040 event Warning FailedScheduling from default-scheduler on pod/web-[2]-5x2s5: no nodes available to schedule pods
        2040 deployment/web#1 status readyReplicas=3
        2040 deployment/web#1 status availableReplicas=3
        2040 deployment/web#1 status updatedReplicas=2
        2040 deployment/web#1 status unavailableReplicas=2
        3010 replicaset/web-[2]#1 status readyReplicas=2
        3010 replicaset/web-[2]#1 status availableReplicas=2
        3020 replicaset/web-[1]#1 desired=1
        3020 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled down replica set web-[1] from 3 to 1
        3020 deployment/web#1 status readyReplicas=5
        3020 deployment/web#1 status availableReplicas=5
        3020 deployment/web#1 status unavailableReplicas=0
        3030 replicaset/web-[2]#1 desired=4
        3030 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled up replica set web-[2] from 2 to 4
        3040 replicaset/web-[1]#1 status replicas=1
        3040 replicaset/web-[1]#1 status readyReplicas=1
        3040 replicaset/web-[1]#1 status availableReplicas=1
        3040 deployment/web#1 status replicas=3
        3040 deployment/web#1 status readyReplicas=3
        3040 deployment/web#1 status availableReplicas=3
        3040 deployment/web#1 status unavailableReplicas=2
        3050 replicaset/web-[2]#1 status replicas=4
        3050 event Warning FailedScheduling from default-scheduler on pod/web-[2]-wclls: no nodes available to schedule pods
        3050 event Warning FailedScheduling from default-scheduler on pod/web-[2]-2mjvg: no nodes available to schedule pods
        3050 deployment/web#1 status replicas=5
        3050 deployment/web#1 status updatedReplicas=4
        4010 replicaset/web-[2]#1 status readyReplicas=4
        4010 replicaset/web-[2]#1 status availableReplicas=4
        4020 replicaset/web-[1]#1 desired=0
        4020 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled down replica set web-[1] from 1 to 0
        4020 deployment/web#1 status readyReplicas=5
        4020 deployment/web#1 status availableReplicas=5
        4020 deployment/web#1 status unavailableReplicas=0
        4040 replicaset/web-[1]#1 status replicas=0
        4040 replicaset/web-[1]#1 status readyReplicas=0
        4040 replicaset/web-[1]#1 status availableReplicas=0
        4050 deployment/web#1 status replicas=4
        4050 deployment/web#1 status readyReplicas=4
        4050 deployment/web#1 status availableReplicas=4
        4050 deployment/web#1 condition Progressing=True NewReplicaSetAvailable
    "#]]);
}

#[test]
fn recreate_makes_the_new_replica_set_when_the_last_old_pod_has_ended() {
    let mut run =
        Run::of(json!({"replicas": 1, "strategy": {"type": "Recreate", "rollingUpdate": null}}));
    run.run(1);
    // Held by a finalizer, the Pod is still there when it is deleted.
    run.each_pod(|pod| pod.meta.finalizers.push("example.com/hold".into()))
        .ready()
        .run(1)
        .image("nginx:2")
        .run(1);
    assert_eq!(run.sets().len(), 1);
    run.each_pod(|pod| {
        Arc::make_mut(&mut pod.as_pod_mut().expect("a Pod").status).phase = PodPhase::Succeeded
    })
    .run(1);
    run.told(2, expect![[r#"
        2010 replicaset/web-[1]#1 desired=0
        2010 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled down replica set web-[1] from 1 to 0
        2010 deployment/web#1 status updatedReplicas=0
        2030 replicaset/web-[1]#1 status replicas=0
        2030 replicaset/web-[1]#1 status readyReplicas=0
        2030 replicaset/web-[1]#1 status availableReplicas=0
        2030 replicaset/web-[1]#1 status terminatingReplicas=1
        2040 deployment/web#1 status replicas=0
        2040 deployment/web#1 status readyReplicas=0
        2040 deployment/web#1 status availableReplicas=0
        2040 deployment/web#1 status terminatingReplicas=1
        2040 deployment/web#1 condition Available=False MinimumReplicasUnavailable
        3010 replicaset/web-[1]#1 status terminatingReplicas=0
        3020 replicaset/web-[2]#1 created
        3020 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled up replica set web-[2] from 0 to 1
        3020 deployment/web#1 condition Progressing=True NewReplicaSetCreated
        3030 deployment/web#1 status unavailableReplicas=1
        3030 deployment/web#1 status terminatingReplicas=0
        3040 replicaset/web-[2]#1 status replicas=1
        3040 event Warning FailedScheduling from default-scheduler on pod/web-[2]-lnsl7: no nodes available to schedule pods
        3040 deployment/web#1 status replicas=1
        3040 deployment/web#1 status updatedReplicas=1
        3040 deployment/web#1 condition Progressing=True ReplicaSetUpdated
    "#]]);
}

#[test]
fn a_paused_deployment_counts_but_does_not_roll_out_and_a_resumed_one_does() {
    let mut run = Run::with_ready_pods(json!({"replicas": 1}));
    run.patch(json!({"spec": {"paused": true}})).run(1);
    run.image("nginx:2").run(1);
    run.patch(json!({"spec": {"paused": null}})).run(1);
    run.told(2, expect![[r#"
        2010 deployment/web#1 condition Progressing=Unknown DeploymentPaused
        3010 deployment/web#1 status updatedReplicas=0
        4010 deployment/web#1 condition Progressing=Unknown DeploymentResumed
        4010 replicaset/web-[2]#1 created
        4010 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled up replica set web-[2] from 0 to 1
        4030 deployment/web#1 status unavailableReplicas=1
        4030 replicaset/web-[2]#1 status replicas=1
        4030 event Warning FailedScheduling from default-scheduler on pod/web-[2]-lnsl7: no nodes available to schedule pods
        4040 deployment/web#1 status replicas=2
        4040 deployment/web#1 status updatedReplicas=1
        4040 deployment/web#1 condition Progressing=True ReplicaSetUpdated
    "#]]);
}

#[test]
fn a_rollout_that_stands_still_is_told_after_its_deadline_and_undone_it_completes() {
    let mut run = Run::with_ready_pods(json!({"replicas": 3, "progressDeadlineSeconds": 5}));
    run.image("nginx:bad").run(8);
    run.image("nginx:1").run(1);
    run.told(2, expect![[r#"
        2010 replicaset/web-[2]#1 created
        2010 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled up replica set web-[2] from 0 to 1
        2010 deployment/web#1 condition Progressing=True NewReplicaSetCreated
        2020 deployment/web#1 status updatedReplicas=0
        2020 deployment/web#1 status unavailableReplicas=1
        2030 replicaset/web-[2]#1 status replicas=1
        2030 event Warning FailedScheduling from default-scheduler on pod/web-[2]-8kz2w: no nodes available to schedule pods
        2030 deployment/web#1 status replicas=4
        2030 deployment/web#1 status updatedReplicas=1
        2030 deployment/web#1 condition Progressing=True ReplicaSetUpdated
        8000 deployment/web#1 condition Progressing=False ProgressDeadlineExceeded
        10010 replicaset/web-[2]#1 desired=0
        10010 event Normal ScalingReplicaSet from deployment-controller on deployment/web: Scaled down replica set web-[2] from 1 to 0
        10020 deployment/web#1 status updatedReplicas=3
        10020 deployment/web#1 status unavailableReplicas=0
        10020 deployment/web#1 condition Progressing=True ReplicaSetUpdated
        10030 replicaset/web-[2]#1 status replicas=0
        10040 deployment/web#1 status replicas=3
        10040 deployment/web#1 condition Progressing=True NewReplicaSetAvailable
    "#]]);
}

#[test]
fn a_rollout_that_was_complete_and_loses_its_pods_long_after_its_deadline_lets_the_clock_go_on() {
    let mut run = Run::of(json!({"replicas": 3, "progressDeadlineSeconds": 5}));
    run.run(1).ready_until_complete().run(60);
    run.each_pod(|pod| {
        let pod = pod.as_pod_mut().expect("a Pod");
        Arc::make_mut(&mut pod.status).conditions.clear();
    })
    .run(60);
    assert!(run.conditions().contains("NewReplicaSetAvailable"));
}

#[test]
fn old_replica_sets_beyond_the_limit_go_and_a_template_used_again_gets_the_next_revision() {
    let mut run = Run::of(json!({"replicas": 1, "revisionHistoryLimit": 1}));
    for image in ["nginx:2", "nginx:3", "nginx:2"] {
        run.run(1)
            .ready_until_complete()
            .image(image)
            .run(1)
            .ready_until_complete();
    }
    let mut sets: Vec<String> = Vec::new();
    for (_, set) in run.0.store.list(Kind::ReplicaSet) {
        let image = set
            .as_replica_set()
            .expect("a ReplicaSet")
            .spec
            .template
            .spec
            .containers[0]
            .image
            .clone();
        let note = |key: &str| {
            set.meta
                .annotation(&format!("deployment.kubernetes.io/{key}"))
                .unwrap_or("-")
                .to_owned()
        };
        sets.push(format!(
            "{image} revision {} before {}",
            note("revision"),
            note("revision-history")
        ));
    }
    sets.sort();
    assert_eq!(
        sets,
        ["nginx:2 revision 4 before 2", "nginx:3 revision 3 before -"]
    );
    let deployment = run
        .0
        .store
        .find(Kind::Deployment, "default", "web")
        .expect("made");
    assert_eq!(
        deployment
            .meta
            .annotation("deployment.kubernetes.io/revision"),
        Some("4")
    );
}
