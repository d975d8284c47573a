//! Components that begin anew and know only what is written.

use ordinal_api::pod::TAINT_UNREACHABLE;
use serde_json::json;

use super::{Sim, on, pod, set};

#[test]
fn s065_after_a_restart_attachments_are_known_again_and_the_six_minutes_begin_anew() {
    let mut sim = Sim::new(3);
    sim.create([set(1, true, json!({}))]).secs(30);
    let node = sim.nodes(&["web-0"]).remove(0);
    let volume = sim.get("pvc/www-web-0", "spec.volumeName");
    let detach = format!("volumeattachment/{volume}@{node} detach-requested");
    sim.fault("restart-controllers");
    sim.secs(30);
    assert_eq!(
        sim.times(&detach),
        Vec::<u64>::new(),
        "nothing is detached that is wanted"
    );
    assert_eq!(sim.names("volumeattachment").len(), 1);
    sim.fault(&format!("power-off {node}"));
    sim.secs(120);
    sim.k("delete pod web-0 --force --grace-period=0");
    sim.secs(300);
    sim.fault("restart-controllers");
    let start = sim.now_ms();
    sim.secs(400);
    let after = sim.at(&detach) - start;
    assert!((360_000..=361_000).contains(&after), "{after}");
    assert_eq!(sim.get("pod/web-0", "status.phase"), "Running");
}

#[test]
fn s106_after_a_restart_a_silent_node_has_its_whole_grace_again_and_its_pods_their_tolerations() {
    let mut sim = Sim::new(3);
    sim.create([pod("p", &[], on("n1"))]).secs(100);
    sim.fault("power-off n1");
    sim.secs(30);
    sim.fault("restart-controllers");
    let start = sim.now_ms();
    sim.secs(70);
    let lost = sim.at("node/n1 unknown") - start;
    assert!((50_000..=60_000).contains(&lost), "{lost}");
    // Every node is new to it.
    for node in ["n1", "n2", "n3"] {
        let text = format!("Normal Node {node} event: Registered Node {node} in Controller");
        assert_eq!(sim.told(&format!("node/{node}"), "RegisteredNode"), [text]);
    }
    // The timers of an eviction are forgotten as well, and the taint is given anew.
    sim.secs(200);
    sim.fault("restart-controllers");
    let again = sim.now_ms();
    sim.secs(400);
    let taints = sim.times(&format!("node/n1 taint {TAINT_UNREACHABLE}:NoExecute"));
    assert_eq!(taints.len(), 2, "{taints:?}");
    let evicted = sim.at("pod/p deletion-requested") - again;
    assert!((300_000..=310_000).contains(&evicted), "{evicted}");
}

#[test]
fn a_driver_that_is_away_neither_attaches_nor_detaches_and_does_both_when_it_is_back() {
    let mut sim = Sim::new(1);
    sim.create([set(1, true, json!({}))]).secs(30);
    sim.fault("attacher-pause");
    sim.k("scale sts web --replicas=0");
    sim.secs(60);
    assert_eq!(
        sim.names("volumeattachment").len(),
        1,
        "asked to go, and still there"
    );
    sim.k("scale sts web --replicas=1");
    sim.secs(60);
    assert_eq!(sim.get("pod/web-0", "status.phase"), "Pending");
    sim.fault("attacher-resume");
    // The attempt that saw the old attachment go waits for it in vain for two minutes (csi_attacher.go).
    sim.secs(150);
    assert_eq!(sim.get("pod/web-0", "status.phase"), "Running");
}
