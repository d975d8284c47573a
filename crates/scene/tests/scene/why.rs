//! Why, and why not.

use expect_test::{Expect, expect};
use ordinal_api::Kind;
use ordinal_core::World;
use ordinal_scene::why::{WhyStep, why, why_not};

use super::{Run, by_pods, power, web};

fn check(run: &Run, world: &World, steps: &[WhyStep], expected: Expect) {
    let line = |step: &WhyStep| {
        let guard = if step.guard.is_empty() {
            String::new()
        } else {
            format!(" [{}]", step.guard)
        };
        let root = if step.root { " <- root" } else { "" };
        format!(
            "{:.1} s {}{guard}{root}\n",
            step.at.0 as f64 / 1000.0,
            step.sentence()
        )
    };
    debug_assert!(steps.iter().all(|s| {
        s.about
            .is_none_or(|id| !world.store.key(id).name.is_empty())
    }));
    let text: String = steps.iter().map(line).collect();
    expected.assert_eq(&by_pods(run, &text));
}

fn id(world: &World, kind: Kind, name: &str) -> ordinal_core::Id {
    world
        .store
        .id(kind, "default", name)
        .expect("the name is known")
}

#[test]
fn a_pod_is_there_because_somebody_asked_for_it() {
    let run = Run::of(&web());
    let world = &run.frames[run.at(8.0)];
    check(
        &run,
        world,
        &why(world, id(world, Kind::Pod, "web-1")),
        expect![[r#"
            0.0 s You created StatefulSet web <- root
            0.0 s statefulset-controller created web-0
            2.0 s default-scheduler placed web-0 on {node of web-0}
            2.1 s attachdetach-controller asked for data-web-0 to be attached to {node of web-0}
            3.2 s external-attacher attached data-web-0 to {node of web-0}
            5.7 s web-0 became Ready
            5.7 s statefulset-controller created web-1
            7.7 s default-scheduler placed web-1 on {node of web-1}
        "#]],
    );
}

#[test]
fn a_pod_that_is_not_there_waits_for_its_predecessor() {
    let run = Run::of(&web());
    let world = &run.frames[run.at(8.0)];
    check(
        &run,
        world,
        &why_not(world, id(world, Kind::Pod, "web-2")),
        expect![[r#"
            5.7 s web-2 waits for web-1 [OrderedReady]
            7.7 s web-1 waits for data-web-1 [WaitForAttachAndMount]
            7.8 s web-1 waits for data-web-1 [AttachVolume]
            7.8 s data-web-1 is being attached to {node of web-1} <- root
        "#]],
    );
}

#[test]
fn a_pod_that_waits_for_a_disk_waits_for_a_machine_in_the_end() {
    let run = Run::of(&power());
    let world = &run.frames[run.at(500.0)];
    check(
        &run,
        world,
        &why_not(world, id(world, Kind::Pod, "web-1")),
        expect![[r#"
            400.1 s web-1 waits for data-web-1 [WaitForAttachAndMount]
            400.1 s data-web-1 is still attached to {node of web-1} [isMultiAttachForbidden]
            30.0 s {node of web-1} has had no power since 00:30.0 and cannot say that it let go <- root
        "#]],
    );
}

#[test]
fn what_nothing_holds_has_no_reason_why_not() {
    let run = Run::of(&web());
    assert_eq!(why_not(run.last(), id(run.last(), Kind::Pod, "web-0")), []);
}

#[test]
fn a_pod_whose_volume_lies_in_a_dead_machine_waits_for_that_machine() {
    let node = super::node_of(&local(), "web-1");
    let script = local()
        .at(30_000, &format!("power-off {node}"))
        .at(400_000, super::FORCE);
    let run = Run::of(&script);
    let world = run.last();
    check(
        &run,
        world,
        &why_not(world, id(world, Kind::Pod, "web-1")),
        expect![[r#"
            400.0 s web-1 waits for {node of web-1} [TaintToleration]
            400.0 s data-web-1 can be reached from {node of web-1} only
            30.0 s {node of web-1} has had no power since 00:30.0 <- root
        "#]],
    );
}

/// The set of three with a volume in each machine.
fn local() -> ordinal_kubectl::script::Script {
    let class = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: local}\n\
                 provisioner: kubernetes.io/no-provisioner\nvolumeBindingMode: WaitForFirstConsumer\n";
    let volume = |n: usize| {
        format!(
            "---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: local-{n}}}\nspec:\n  \
             capacity: {{storage: 1Gi}}\n  accessModes: [ReadWriteOnce]\n  storageClassName: local\n  \
             local: {{path: /disk}}\n  nodeAffinity: {{required: {{nodeSelectorTerms: [{{matchExpressions: \
             [{{key: kubernetes.io/hostname, operator: In, values: [node-{n}]}}]}}]}}}}\n"
        )
    };
    let set = super::WEB.replace("accessModes:", "storageClassName: local, accessModes:");
    let volumes: String = (1..=3).map(volume).collect();
    ordinal_kubectl::script::Script::of_text(&format!("{class}{volumes}---\n{set}"))
}

#[test]
fn a_claim_in_use_and_a_container_that_crashed_say_so() {
    let script = web().at(30_000, "kubectl delete pvc data-web-1");
    let run = Run::of(&script.at(31_000, "crash pod/web-2"));
    let world = &run.frames[run.at(31.1)];

    let claim = why_not(world, id(world, Kind::PersistentVolumeClaim, "data-web-1"));
    assert_eq!(claim[0].sentence(), "data-web-1 is used by web-1");
    let pod = why_not(world, id(world, Kind::Pod, "web-2"));
    let rule = &pod[0].rule;
    assert!(
        rule.starts_with("its container exited with code 1; "),
        "{rule}"
    );
}

#[test]
fn a_pod_that_fits_nowhere_for_several_reasons_names_them_as_the_scheduler_does() {
    let script = web()
        .at(30_000, "kubectl cordon node-1")
        .at(30_000, "kubectl cordon node-2");
    let script = script.at(30_000, "kubectl taint nodes node-3 a=b:NoSchedule");
    let run = Run::of(&script.at(31_000, "kubectl scale sts web --replicas=4"));
    let world = &run.frames[run.at(40.0)];

    let held = why_not(world, id(world, Kind::Pod, "web-3"));

    assert_eq!(held[0].sentence(), "web-3 fits on no node as things are");
    assert_eq!(
        held[0].rule,
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) were unschedulable"
    );
}
