//! Belief and truth, side by side.

use ordinal_scene::model::{CableState, DiskState, MachineState, Model, PodState, Record, Truth};

use super::{Run, partition, power, web};

fn truths(model: &Model) -> Vec<(&str, PodState, Truth)> {
    model
        .pods
        .iter()
        .map(|p| (p.name.as_str(), p.state, p.truth))
        .collect()
}

fn cables(model: &Model, disk: &str) -> Vec<(String, CableState)> {
    let of = |c: &&ordinal_scene::model::Cable| model.disks[c.disk].name == disk;
    let node = |id| {
        model
            .node(id)
            .map(|n| model.nodes[n].name.to_string())
            .unwrap_or_default()
    };
    model
        .cables
        .iter()
        .filter(of)
        .map(|c| (node(c.node), c.state))
        .collect()
}

#[test]
fn identities_are_there_before_their_pods_are() {
    let run = Run::of(&web());
    let model = run.model(1.0);
    let names: Vec<&str> = model.identities.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["web-0", "web-1", "web-2"]);
    assert_eq!(model.identities[1].dns, "web-1.nginx");
    assert!(
        model
            .identities
            .iter()
            .all(|i| i.record == Record::None && !i.ready)
    );
    assert_eq!(model.identities[0].pod, Some(0));
    assert_eq!(model.identities[2].pod, None);
}

#[test]
fn a_ready_pod_has_a_record_and_a_mounted_disk() {
    let run = Run::of(&web());
    let model = run.model(25.0);
    let pod = &model.pods[model.identities[1].pod.expect("it runs")];
    assert_eq!(pod.state, PodState::Ready);
    assert_eq!(
        model.identities[1].record,
        Record::Address(pod.address.clone())
    );
    let node = super::node_of(&web(), "web-1");
    assert_eq!(cables(&model, "data-web-1"), [(node, CableState::Mounted)]);
    assert_eq!(model.disks[1].writes, 1);
}

#[test]
fn a_machine_without_power_is_believed_until_the_api_learns_it() {
    let run = Run::of(&power());
    let unnoticed = run.model(40.0);
    let off = |m: &Model| m.nodes.iter().position(|n| n.machine == MachineState::Off);
    let node = off(&unnoticed).expect("it has no power");
    assert_eq!(
        truths(&unnoticed)[1],
        ("web-1", PodState::Ready, Truth::Unnoticed)
    );
    let believed = run.model(100.0);
    assert_eq!(truths(&believed)[1].2, Truth::Believed);
    assert_eq!(believed.identities[1].record, Record::None);
    assert_eq!(believed.nodes[node].taints, ["unreachable:NoExecute"]);
    let evicted = run.model(390.0);
    assert!(matches!(
        evicted.pods[1].state,
        PodState::Terminating { .. }
    ));
}

#[test]
fn a_pod_that_was_deleted_by_force_leaves_a_ghost_and_its_disk_behind() {
    let run = Run::of(&power());
    let model = run.model(500.0);
    let ghost = model
        .pods
        .iter()
        .find(|p| p.truth == Truth::Ghost)
        .expect("its machine still has it");
    let successor = &model.pods[model.identities[1].pod.expect("the set made another")];
    assert_eq!(
        (ghost.name.as_str(), successor.name.as_str()),
        ("web-1", "web-1")
    );
    assert_ne!(ghost.uid, successor.uid);
    let states: Vec<CableState> = cables(&model, "data-web-1")
        .into_iter()
        .map(|(_, state)| state)
        .collect();
    assert_eq!(states, [CableState::Attached, CableState::Refused]);
}

#[test]
fn a_pod_on_a_machine_that_is_cut_off_runs_on_although_it_is_forgotten() {
    let run = Run::of(&partition());
    assert_eq!(run.model(100.0).pods[1].truth, Truth::CutOff);
    let model = run.model(500.0);
    let forgotten = model
        .pods
        .iter()
        .find(|p| p.truth == Truth::Forgotten)
        .expect("it still runs");
    assert_eq!(forgotten.word, "still runs");
    let node = model
        .node(forgotten.node.expect("it is bound"))
        .expect("it is drawn");
    assert_eq!(model.nodes[node].machine, MachineState::CutOff);
}

#[test]
fn a_disk_that_was_taken_from_a_machine_by_force_has_one_writer_although_the_old_pod_still_runs() {
    let run = Run::of(&partition());
    let model = run.model(800.0);
    assert!(model.pods.iter().any(|p| p.truth == Truth::Forgotten));
    let disk = model
        .disks
        .iter()
        .find(|d| d.name == "data-web-1")
        .expect("it is drawn");
    assert_eq!(disk.writers, 1);
    let states: Vec<CableState> = cables(&model, "data-web-1")
        .into_iter()
        .map(|(_, state)| state)
        .collect();
    assert_eq!(states, [CableState::Mounted]);
}

#[test]
fn an_identity_outlives_the_set_s_wish_for_it_as_long_as_its_disk_does() {
    let run = Run::of(&web().at(30_000, "kubectl scale sts web --replicas=1"));
    let model = run.model(60.0);
    let wanted: Vec<bool> = model.identities.iter().map(|i| i.wanted).collect();
    assert_eq!(wanted, [true, false, false]);
    assert!(
        model
            .disks
            .iter()
            .all(|d| d.state == DiskState::Bound && d.identity.is_some())
    );
}

/// What is drawn at the end of a manifest's run.
fn at_the_end(manifest: &str) -> Model {
    let run = Run::of(&ordinal_kubectl::script::Script::of_text(manifest));
    Model::of(
        run.last(),
        &ordinal_scene::model::Moment {
            sim: run.last().now(),
            shown_ms: 0.0,
            beat: None,
            before: None,
        },
    )
}

#[test]
fn a_replication_controller_is_drawn_as_a_replica_set_is() {
    let set = super::PLAIN.replace("Deployment", "ReplicaSet");
    let controller = super::PLAIN
        .replace(
            "apps/v1\nkind: Deployment",
            "v1\nkind: ReplicationController",
        )
        .replace("{matchLabels: {app: plain}}", "{app: plain}");
    let group = |model: &Model| {
        (
            model.groups[0].ready,
            model.groups[0].wanted,
            model.pods.len(),
        )
    };
    let (set, controller) = (at_the_end(&set), at_the_end(&controller));
    assert_eq!(group(&controller), (3, 3, 3));
    assert_eq!(group(&controller), group(&set));
    assert!(controller.pods.iter().all(|pod| pod.group == 0));
    assert!(
        controller
            .lamps
            .iter()
            .any(|lamp| lamp.name == "deployment")
    );
}

#[test]
fn a_deployment_has_pods_without_identity_and_one_disk_between_them() {
    let model = at_the_end(super::PLAIN);
    assert!(model.identities.is_empty());
    assert_eq!(model.pods.len(), 3);
    assert!(
        model
            .pods
            .iter()
            .all(|p| p.identity.is_none() && p.hue.is_none())
    );
    assert_eq!((model.disks.len(), model.disks[0].writers), (1, 3));
}

#[test]
fn pods_of_daemon_sets_and_jobs_are_not_on_their_own() {
    let set = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\nspec:\n  selector: {matchLabels: {app: agent}}\n  \
               template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: c, image: 'nginx:1.27'}]}}\n";
    let job = "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
               containers: [{name: c, image: 'busybox:1.36', command: ['true']}]\n";

    let model = at_the_end(&format!("{set}{job}"));

    let groups: Vec<(&str, String)> = model
        .pods
        .iter()
        .map(|pod| &model.groups[pod.group])
        .map(|group| (group.kind.name(), group.count()))
        .collect();
    let agent = ("DaemonSet", "3/3 ready".to_owned());
    let once = ("Job", "1/1 done".to_owned());
    assert_eq!(groups, [agent.clone(), agent.clone(), agent, once]);
}
