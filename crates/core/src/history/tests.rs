//! Going back, and going the same way again.

use serde_json::json;

use super::*;
use crate::apiserver::Request;
use crate::{Fault, journal};

/// All that a world is, what drives it included.
fn all_of(world: &World) -> String {
    format!("{:?} {}", world.parts, journal::hash(world))
}

/// A set of Pods and a fault in between; returns what the world was at each frame.
fn run(cluster: &mut Cluster) -> Vec<String> {
    let container = json!({"name": "main", "image": "example.org/main:1.0"});
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "serviceName": "web", "replicas": 40, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
        },
    });
    let mut was = vec![all_of(cluster.world())];
    let note = |cluster: &Cluster, was: &mut Vec<String>| {
        let frames = cluster.frames();
        if frames.last().map(|last| last.turn) == Some(cluster.world().turn) {
            was.truncate(frames.len() - 1);
            was.push(all_of(cluster.world()));
        }
    };
    let refused = cluster.fault(Fault::PowerOff("nowhere".into()));
    assert!(refused.is_err());
    let created = cluster.request(Request::Create {
        namespace: "default".into(),
        object: set,
        strict: true,
    });
    assert!(created.is_ok(), "{created:?}");
    note(cluster, &mut was);
    for step in 0..400 {
        if step == 120 {
            let off = cluster.fault(Fault::PowerOff("node-2".into()));
            assert!(off.is_ok(), "{off:?}");
            note(cluster, &mut was);
        }
        if cluster.step() {
            note(cluster, &mut was);
        }
    }
    assert_eq!(was.len(), cluster.frames().len());
    was
}

#[test]
fn a_branch_that_expects_what_came_goes_the_same_way() {
    let mut cluster = Cluster::new(Config::default());
    run(&mut cluster);
    let end = all_of(cluster.world());
    let now = cluster.world().now();
    for at in [SimTime::ZERO, SimTime(1), SimTime(now.0 / 2), now] {
        let mut branch = cluster.branch(at, &|_, _| true);
        assert!(branch.world().now() <= at);
        branch.run_until(now);
        assert_eq!(all_of(branch.world()), end, "from {at:?}");
    }
}

#[test]
fn what_is_not_kept_does_not_come_again() {
    let mut cluster = Cluster::new(Config::default());
    run(&mut cluster);
    let now = cluster.world().now();

    cluster.go_before(SimTime::ZERO, &|_, input| {
        !matches!(**input, Input::Fault(_))
    });
    cluster.run_until(now);

    assert!(cluster.world().machines.values().all(|m| m.powered));
    assert!(
        cluster
            .world()
            .store
            .find(ordinal_api::Kind::StatefulSet, "default", "web")
            .is_some()
    );
    assert!(cluster.expected().is_empty());
}

#[test]
fn going_back_to_any_frame_gives_all_that_the_world_was() {
    let mut cluster = Cluster::new(Config::default());
    let was = run(&mut cluster);
    assert!(was.len() > 2 * WHOLE_EVERY, "{} frames", was.len());
    for (frame, was) in was.iter().enumerate().rev() {
        cluster.rewind(frame);
        assert_eq!(all_of(cluster.world()), *was, "frame {frame}");
        assert_eq!(cluster.frames().len(), frame + 1);
    }
}
