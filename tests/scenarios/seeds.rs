//! The five tutorials as they stand: accepted after repair, and they come to what the tutorial shows.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use ordinal_api::{Kind, SimTime};
use ordinal_core::history::Stop;
use ordinal_kubectl::script::Script;
use ordinal_tests::run::Run;

use crate::shared::texts;

/// The tutorial of that number, with repairs and with what is missing filled in.
fn tutorial(number: usize) -> Option<Script> {
    let (_, text) = texts("seeds").into_iter().nth(number)?;
    Some(Script::of_text(&String::from_utf8_lossy(&text)))
}

#[track_caller]
fn play(script: &Script) -> Run {
    let run = Run::of(script);
    let remarks: String = run
        .played
        .outputs
        .iter()
        .map(|(line, output)| format!("$ {line}\n{}{}", output.stdout, output.stderr))
        .collect();
    assert!(run.played.is_accepted(), "{remarks}");
    assert_eq!(run.played.stop, Stop::Settled);
    run
}

/// Each claim and the volume that it is bound to.
fn bindings(run: &Run) -> BTreeMap<String, String> {
    let claims = run.world().store.list(Kind::PersistentVolumeClaim);
    claims
        .map(|(_, claim)| {
            (
                claim.meta.name.to_string(),
                claim.as_claim().expect("a claim").volume_name.to_string(),
            )
        })
        .collect()
}

#[track_caller]
fn assert_comes_up_in_order(run: &Run, set: &str, replicas: usize) {
    for ordinal in 0..replicas {
        let ready = format!("pod/{set}-{ordinal}#1 ready");
        if ordinal + 1 < replicas {
            run.assert_order(&[&ready, &format!("pod/{set}-{}#1 created", ordinal + 1)]);
        }
        assert!(run.pod(&format!("{set}-{ordinal}")).is_ready());
    }
    let status = &run
        .object(Kind::StatefulSet, set)
        .as_stateful_set()
        .expect("a set")
        .status;
    assert_eq!(status.ready_replicas as usize, replicas);
}

#[test]
fn mongodb_runs_on_the_local_volumes_of_labelled_nodes() {
    let Some(script) = tutorial(0) else { return };
    let run = play(&script);

    assert_comes_up_in_order(&run, "mongodb", 3);
    for (claim, volume) in bindings(&run) {
        assert_eq!(claim.replace("data-mongodb-", "mongodb-data-"), volume);
        let node = &run.pod(claim.trim_start_matches("data-")).node_name;
        let label = format!("node.kubernetes.io/{volume}-ready");
        assert_eq!(
            run.object(Kind::Node, node).meta.label(&label),
            Some("true"),
            "{claim} on {node}"
        );
    }
    assert_eq!(bindings(&run).len(), 3);
    assert!(run.pod("network-utils").is_ready());
}

#[test]
fn mongodb_deleted_and_created_again_finds_its_claims() {
    let Some(script) = tutorial(0) else { return };
    let before = play(&script);
    let script = script.at(120_000, "kubectl delete statefulset mongodb");
    let gone = Run::of(&script);
    assert_eq!(gone.world().store.count(Kind::Pod), 1, "network-utils");
    assert_eq!(bindings(&gone), bindings(&before));

    let mut cluster = gone.played.cluster;
    let (file, text) = &script.texts[0];
    let reading = ordinal_kubectl::script::read(cluster.world(), file, text, false, true);
    ordinal_kubectl::script::apply(
        &mut cluster,
        &mut ordinal_kubectl::Session::default(),
        file,
        &reading,
        true,
    );
    cluster.settle(SimTime(86_400_000));
    let again = Run::after(ordinal_kubectl::script::Played {
        cluster,
        ..gone.played
    });

    assert_comes_up_in_order_again(&again, "mongodb", 3);
    assert_eq!(bindings(&again), bindings(&before));
    assert_eq!(
        again.disk("data-mongodb-0").writes.len(),
        2,
        "both lives of mongodb-0 wrote to it"
    );
}

#[track_caller]
fn assert_comes_up_in_order_again(run: &Run, set: &str, replicas: usize) {
    for ordinal in 1..replicas {
        run.assert_order(&[
            &format!("pod/{set}-{}#2 ready", ordinal - 1),
            &format!("pod/{set}-{ordinal}#2 created"),
        ]);
    }
}

#[test]
fn nginx_and_mysql_come_up_with_a_disk_for_each_pod() {
    let Some(script) = tutorial(1) else { return };
    let run = play(&script);

    assert_comes_up_in_order(&run, "mysql", 3);
    let disks: Vec<_> = (0..3)
        .map(|n| {
            run.disk(&format!("mysql-persistent-storage-mysql-{n}"))
                .name
                .clone()
        })
        .collect();
    assert!(disks[0] != disks[1] && disks[1] != disks[2] && disks[0] != disks[2]);
    assert_comes_up_in_order(&run, "web", 3);
}

#[test]
fn kubia_comes_up_twice_and_a_deleted_pet_finds_what_it_stored() {
    let Some(script) = tutorial(2) else { return };
    let run = play(&script.at(120_000, "kubectl delete po kubia-0"));

    assert_comes_up_in_order(&run, "kubia", 2);
    assert_eq!(
        bindings(&run).keys().collect::<Vec<_>>(),
        ["data-kubia-0", "data-kubia-1"]
    );
    run.assert_order(&[
        "pod/kubia-0#1 deleted",
        "pod/kubia-0#2 created",
        "pod/kubia-0#2 ready",
    ]);
    let writers: Vec<_> = run
        .disk("data-kubia-0")
        .writes
        .iter()
        .map(|w| w.pod.to_string())
        .collect();
    assert_eq!(writers, ["kubia-0", "kubia-0"]);
}

#[test]
fn kubia_on_a_node_without_network_is_unknown_then_terminating_until_it_is_deleted_by_force() {
    let Some(script) = tutorial(2) else { return };
    let node = ordinal_tests::scenarios::node_of(&script, "kubia-0");
    let run = play(&script.at(120_000, &format!("partition {node}")).at(
        900_000,
        "kubectl delete po kubia-0 --force --grace-period 0",
    ));

    run.assert_order(&[
        &format!("node/{node}#1 unknown"),
        "pod/kubia-0#1 not-ready",
        "pod/kubia-0#1 deletion-requested",
        "pod/kubia-0#1 deleted",
        "pod/kubia-0#2 created",
    ]);
    assert_eq!(run.at("pod/kubia-0#1 deleted"), SimTime(900_000));
    assert_ne!(run.pod("kubia-0").node_name, node);
}

#[test]
fn quarkus_is_scaled_up_and_down_and_its_outside_service_breaks() {
    let Some(script) = tutorial(3) else { return };
    let script = script
        .at(60_000, "kubectl scale sts quarkus-statefulset --replicas=3")
        .at(
            120_000,
            "kubectl scale sts quarkus-statefulset --replicas=2",
        );
    let run = play(&script);

    assert_comes_up_in_order(&run, "quarkus-statefulset", 2);
    let outside = "endpointslice/quarkus-statefulset-2 endpoints";
    run.assert_order(&[
        "pod/quarkus-statefulset-1#1 ready",
        "statefulset/quarkus-statefulset#1 desired=3",
        "pod/quarkus-statefulset-2#1 created",
        "pod/quarkus-statefulset-2#1 ready",
        &format!("{outside} ready=[quarkus-statefulset-2] not-ready=[]"),
        "statefulset/quarkus-statefulset#1 desired=2",
        "pod/quarkus-statefulset-2#1 deletion-requested",
        "pod/quarkus-statefulset-2#1 deleted",
    ]);
    let last = run.milestones.iter().rfind(|m| m.text.starts_with(outside));
    assert_eq!(
        last.map(|m| m.text.as_str()),
        Some(&*format!("{outside} ready=[] not-ready=[]"))
    );
}

#[test]
fn nginx_on_a_share_comes_back_under_its_name_with_another_address() {
    let Some(script) = tutorial(4) else { return };
    let run = play(&script.at(120_000, "kubectl delete pod statefulset-nginx-0"));

    assert_comes_up_in_order(&run, "statefulset-nginx", 3);
    let first =
        run.world_at(SimTime(119_999))
            .store
            .find(Kind::Pod, "default", "statefulset-nginx-0");
    let address = first
        .and_then(|pod| pod.as_pod())
        .expect("it came up")
        .status
        .pod_ip
        .clone();
    assert_ne!(run.pod("statefulset-nginx-0").status.pod_ip, address);
    let writers: Vec<_> = run
        .disk("data-statefulset-nginx-0")
        .writes
        .iter()
        .map(|w| w.pod.to_string())
        .collect();
    assert_eq!(writers, ["statefulset-nginx-0", "statefulset-nginx-0"]);
    for (claim, volume) in bindings(&run) {
        assert!(volume.starts_with("pvc-"), "{claim}: {volume}");
    }
}

/// Each without repair and without anything filled in, as `kubectl apply -f FILE` would take its manifests.
#[track_caller]
fn check_strict(number: usize, expected: Expect) {
    let Some(mut script) = tutorial(number) else {
        return;
    };
    (script.strict, script.fill_missing) = (true, false);
    let run = Run::of(&script);
    let mut said = String::new();
    for found in run.played.readings[0].errors() {
        said += &format!("{}: {}\n", found.at.line, found.as_kubectl("STDIN"));
    }
    for (_, output) in &run.played.outputs {
        said += &output.stderr;
    }
    expected.assert_eq(&said);
    assert_eq!(run.played.is_accepted(), said.is_empty());
}

#[test]
fn strict_reading_refuses_a_field_one_space_short() {
    check_strict(
        0,
        expect![[r#"
        41: error: error parsing STDIN: error converting YAML to JSON: yaml: line 12: did not find expected key
        64: error: error parsing STDIN: error converting YAML to JSON: yaml: line 12: did not find expected key
        87: error: error parsing STDIN: error converting YAML to JSON: yaml: line 12: did not find expected key
        128: error: error parsing STDIN: error converting YAML to JSON: yaml: line 17: did not find expected key
    "#]],
    );
}

#[test]
fn strict_reading_refuses_manifests_on_one_line() {
    check_strict(
        1,
        expect![[r#"
        17: error: error parsing STDIN: error converting YAML to JSON: yaml: mapping values are not allowed in this context
        19: error: error parsing STDIN: error converting YAML to JSON: yaml: mapping values are not allowed in this context
        38: error: error parsing STDIN: error converting YAML to JSON: yaml: mapping values are not allowed in this context
        40: error: error parsing STDIN: error converting YAML to JSON: yaml: mapping values are not allowed in this context
    "#]],
    );
}

#[test]
fn strict_reading_refuses_mounts_beside_the_containers() {
    check_strict(
        2,
        expect![[r#"
        127: Error from server (BadRequest): error when creating "STDIN": StatefulSet in version "v1" cannot be handled as a StatefulSet: strict decoding error: unknown field "spec.template.spec.volumeMounts"
    "#]],
    );
}

#[test]
fn strict_reading_refuses_callouts() {
    check_strict(
        3,
        expect![[r#"
            58: error: error parsing STDIN: error converting YAML to JSON: yaml: line 7: did not find expected key
            The Service "quarkus (1)" is invalid: spec.clusterIPs[0]: Invalid value: "None (2)": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)
            The Service "quarkus-statefulset-2" is invalid: 
            * spec.selector: Invalid value: "quarkus-statefulset-2 (3)": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
            * spec.type: Unsupported value: "LoadBalancer (1)": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"
            * spec.externalTrafficPolicy: Invalid value: "Local (2)": may only be set for externally-accessible services
        "#]],
    );
}

#[test]
fn strict_reading_accepts_the_tutorial_that_is_whole() {
    check_strict(4, expect![[""]]);
}
