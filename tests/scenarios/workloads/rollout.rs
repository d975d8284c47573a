//! `kubectl rollout` and `kubectl describe` of what is rolled out.

use ordinal_api::Kind;
use ordinal_core::release::Release;

use super::{Lab, workload};

#[test]
fn a_description_names_every_old_replica_set_oldest_first() {
    let mut lab = Lab::new();
    lab.apply(&workload("Deployment", 2, ""));
    for image in ["nginx:1.28", "nginx:1.29"] {
        lab.say(&format!("kubectl set image deploy/web app={image}"));
        lab.wait(30);
    }
    let text = lab.say("kubectl describe deploy web");
    let old = text
        .lines()
        .find(|line| line.starts_with("OldReplicaSets:"))
        .expect("the line");
    assert_eq!(old.matches("(0/0 replicas created)").count(), 2, "{old}");
    let new = text
        .lines()
        .find(|line| line.starts_with("NewReplicaSet:"))
        .expect("the line");
    assert_eq!(new.matches("(2/2 replicas created)").count(), 1, "{new}");
}

#[test]
fn an_undo_brings_back_the_change_cause_of_the_old_revision() {
    let mut lab = Lab::new();
    lab.apply(&workload("Deployment", 1, ""));
    lab.say("kubectl annotate deploy/web kubernetes.io/change-cause=first");
    lab.wait(10);
    lab.say("kubectl set image deploy/web app=nginx:1.28");
    lab.say("kubectl annotate deploy/web kubernetes.io/change-cause=second --overwrite");
    lab.wait(30);
    lab.say("kubectl rollout undo deploy/web");
    lab.wait(30);
    let history = lab.say("kubectl rollout history deploy/web");
    let rows: Vec<Vec<&str>> = history
        .lines()
        .skip(2)
        .map(|line| line.split_whitespace().collect())
        .filter(|row: &Vec<&str>| !row.is_empty())
        .collect();
    assert_eq!(rows, [["2", "second"], ["3", "first"]]);
    let web = lab.object(Kind::Deployment, "web");
    let annotations = &web["metadata"]["annotations"];
    assert!(
        annotations["kubectl.kubernetes.io/last-applied-configuration"].is_string(),
        "its own bookkeeping stays"
    );
}

#[test]
fn a_paused_deployment_without_history_is_refused_for_the_history() {
    let mut lab = Lab::new();
    lab.apply(&workload("Deployment", 1, ""));
    lab.say("kubectl rollout pause deploy/web");
    let output = lab.run("kubectl rollout undo deploy/web");
    assert!(
        output
            .stderr
            .ends_with("error: no rollout history found for deployment \"web\"\n"),
        "{}",
        output.stderr
    );
    lab.say("kubectl rollout resume deploy/web");
    lab.say("kubectl set image deploy/web app=nginx:1.28");
    lab.wait(30);
    lab.say("kubectl rollout pause deploy/web");
    let output = lab.run("kubectl rollout undo deploy/web");
    assert!(
        output.stderr.contains("you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"),
        "{}",
        output.stderr
    );
}

#[test]
fn an_undo_warns_of_the_last_applied_configuration_since_1_36() {
    for (minor, warns) in [(35, false), (36, true), (37, true)] {
        let mut lab = Lab::of(Release::of(minor));
        lab.apply(&workload("StatefulSet", 1, ""));
        lab.say("kubectl set image sts/web app=nginx:1.28");
        lab.wait(30);
        let output = lab.run("kubectl rollout undo sts/web");
        assert_eq!(output.stderr.starts_with("Warning:"), warns, "1.{minor}");
        assert_eq!(output.stdout, "statefulset.apps/web rolled back\n");
    }
}

#[test]
fn a_diff_leaves_the_record_of_what_was_applied_as_it_is() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    lab.give(&workload("StatefulSet", 1, ""));
    assert_eq!(lab.run("kubectl diff -f -").exit, 0);
    lab.give(&workload("StatefulSet", 2, ""));
    let output = lab.run("kubectl diff -f -");
    assert_eq!(output.exit, 1);
    let changed: Vec<&str> = output
        .stdout
        .lines()
        .skip(3)
        .filter(|line| line.starts_with(['+', '-']))
        .collect();
    assert_eq!(
        changed,
        [
            "-  generation: 1",
            "+  generation: 2",
            "-  replicas: 1",
            "+  replicas: 2"
        ]
    );
    let first = output.stdout.lines().nth(3).unwrap_or_default();
    assert_eq!(first, "@@ -5,7 +5,7 @@", "the annotation stands above");
}

#[test]
fn what_a_generator_cannot_create_is_told_with_what_it_was() {
    let mut lab = Lab::new();
    lab.say("kubectl create configmap a --from-literal=k=v");
    for (line, told) in [
        (
            "configmap a",
            "error: failed to create configmap: configmaps \"a\" already exists\n",
        ),
        (
            "service clusterip kubernetes --tcp=80",
            "error: failed to create ClusterIP service: services \"kubernetes\" already exists\n",
        ),
        (
            "namespace default",
            "Error from server (AlreadyExists): namespaces \"default\" already exists\n",
        ),
    ] {
        assert_eq!(lab.run(&format!("kubectl create {line}")).stderr, told);
    }
}

#[test]
fn a_revision_that_is_not_there_is_named() {
    let mut lab = Lab::of(Release::of(35));
    lab.apply(&workload("Deployment", 1, ""));
    let output = lab.run("kubectl rollout undo deploy/web --to-revision=7");
    assert_eq!(
        output.stderr,
        "error: unable to find specified revision 7 in history\n"
    );
}

#[test]
fn a_set_is_described_in_full_since_1_37() {
    for (minor, full) in [(36, false), (37, true)] {
        let mut lab = Lab::of(Release::of(minor));
        lab.apply(&workload("StatefulSet", 1, ""));
        let text = lab.say("kubectl describe sts web");
        for label in [
            "Service Name:",
            "Pod Management Policy:",
            "Persistent Volume Claim Retention Policy:",
        ] {
            assert_eq!(text.contains(label), full, "1.{minor}: {label}");
        }
    }
}

#[test]
fn nodes_report_the_patch_release_that_was_asked_for() {
    let release = Release::parse("1.34.4").expect("a release");
    let mut lab = Lab::of(release);
    assert!(lab.say("kubectl get nodes").contains(" v1.34.4\n"));
}
