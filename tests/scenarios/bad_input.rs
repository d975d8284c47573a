//! What somebody may paste by mistake, or to see what happens: a clear answer, and nothing panics, hangs or runs away.

use std::fmt::Write;

use expect_test::{Expect, expect};
use ordinal_api::{Kind, SimTime};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{DeleteOptions, Propagation, Request};
use ordinal_core::history::Stop;
use ordinal_kubectl::script::{Script, Until};
use ordinal_tests::run::{Run, find};
use ordinal_tests::scenarios::{self, LEDGER};
use serde_json::json;

/// Ten minutes: everything that comes up has come up.
const BOUND: Until = Until::Moment(SimTime(600_000));

/// Everything that is said about a text, as the command line tool says it.
fn said(run: &Run) -> String {
    let mut text = String::new();
    for reading in &run.played.readings {
        for found in &reading.diagnostics {
            let _ = writeln!(
                text,
                "{}:{}: {}",
                found.at.line, found.at.column, found.message
            );
        }
    }
    for (_, output) in &run.played.outputs {
        text += &output.stderr;
    }
    text.replace('\0', "␀")
}

fn play(text: &str) -> Run {
    Run::of(&Script {
        until: BOUND,
        ..Script::of_text(text)
    })
}

fn play_strictly(text: &str) -> Run {
    Run::of(&Script {
        until: BOUND,
        ..scenarios::script("STDIN", text)
    })
}

#[track_caller]
fn check_refused(run: &Run, expected: Expect) {
    assert!(!run.played.is_accepted());
    expected.assert_eq(&said(run));
}

#[test]
fn an_empty_text_has_nothing_to_apply() {
    check_refused(
        &play(""),
        expect![[r#"
        1:1: no objects passed to apply
    "#]],
    );
    check_refused(
        &play("\n\n# later\n---\n"),
        expect![[r#"
        1:1: no objects passed to apply
    "#]],
    );
}

#[test]
fn a_binary_file_is_no_manifest() {
    let bytes: Vec<u8> = (0..100_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();

    check_refused(
        &play(&String::from_utf8_lossy(&bytes)),
        expect![[r#"
        1:1: this is a binary file, not a manifest
    "#]],
    );
}

#[test]
fn ten_megabytes_are_more_than_is_read() {
    let one = LEDGER.replace("bookkeeper:4.2", &"x".repeat(2_000));
    let mut text = String::new();
    while text.len() < 10 << 20 {
        text += &one;
        text += "\n---\n";
    }

    check_refused(
        &play(&text),
        expect![[r#"
        1:1: the text has 10486620 bytes; at most 4194304 are read
    "#]],
    );
}

#[test]
fn a_hundred_aliases_of_a_hundred_aliases_are_not_expanded() {
    let mut text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bomb\ndata:\n  a0: &a0 [x, x, x]\n"
            .to_owned();
    for level in 1..30 {
        let before = level - 1;
        let items = vec![format!("*a{before}"); 10].join(", ");
        let _ = writeln!(text, "  a{level}: &a{level} [{items}]");
    }

    check_refused(
        &play(&text),
        expect![[r#"
            11:52: error parsing STDIN: error converting YAML to JSON: yaml: document contains excessive aliasing
        "#]],
    );
}

#[test]
fn a_hundred_thousand_replicas_in_order_stop_where_the_nodes_are_full() {
    let text = LEDGER.replace("replicas: 3", "replicas: 100000");

    let run = Run::of(&Script {
        until: Until::Moment(SimTime(3_600_000)),
        ..scenarios::script("STDIN", &text)
    });

    assert!(run.played.is_accepted(), "{}", said(&run));
    let set = run.object(Kind::StatefulSet, "ledger");
    let ready = set.as_stateful_set().expect("a set").status.ready_replicas;
    assert_eq!(ready, 3 * 110, "so many Pods the nodes take");
    assert_eq!(run.world().store.count(Kind::Pod), 3 * 110 + 1);
}

#[test]
fn a_hundred_thousand_replicas_at_once_are_cut_at_a_bound_that_says_so() {
    let text = LEDGER.replace("replicas: 3", "replicas: 100000").replace(
        "serviceName: ledger",
        "serviceName: ledger\n  podManagementPolicy: Parallel",
    );

    let run = Run::of(&Script {
        until: Until::Moment(SimTime(1_000)),
        ..scenarios::script("STDIN", &text)
    });

    assert!(run.played.is_accepted(), "{}", said(&run));
    assert_eq!(run.world().store.count(Kind::Pod), 10_000);
    expect![[r#"
        note: spec.replicas is 100000; 10000 Pods of one set are simulated
    "#]]
    .assert_eq(&said(&run));
}

#[test]
fn a_nul_in_a_name_is_refused() {
    let text = LEDGER.replace(
        "metadata:\n  name: ledger\nspec:\n  serviceName",
        "metadata:\n  name: \"led\\0ger\"\nspec:\n  serviceName",
    );
    assert_ne!(text, LEDGER);

    check_refused(
        &play_strictly(&text),
        expect![[r#"
        The StatefulSet "led␀ger" is invalid: metadata.name: Invalid value: "led\u0000ger": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
    "#]],
    );
    check_refused(
        &play_strictly(&LEDGER.replace(
            "name: ledger\nspec:\n  serviceName",
            "name: led\0ger\nspec:\n  serviceName",
        )),
        expect![[r#"
            17:12: line 17: control characters are not allowed (found U+0000)
        "#]],
    );
}

#[test]
fn a_service_without_selector_is_accepted_and_has_no_endpoints() {
    let run = play_strictly(&LEDGER.replace("  selector:\n    app: ledger\n  ports", "  ports"));

    assert!(run.played.is_accepted(), "{}", said(&run));
    assert!(run.pod("ledger-2").is_ready());
    assert_eq!(
        run.times("endpointslice/ledger endpoints ready=[ledger-0]"),
        []
    );
}

#[test]
fn a_set_whose_service_is_missing_runs_and_the_service_is_listed_as_missing() {
    let set = LEDGER.split_once("---\n").expect("two documents").1;

    let run = play_strictly(set);

    assert!(run.played.is_accepted(), "{}", said(&run));
    assert!(run.pod("ledger-2").is_ready());
    let reading = Run::of(&Script {
        fill_missing: false,
        ..Script::of_text(set)
    });
    let missing: Vec<_> = reading.played.readings[0]
        .missing
        .iter()
        .map(|missing| {
            (
                missing.object.kind.as_str(),
                missing.object.name.as_str(),
                missing.filled,
            )
        })
        .collect();
    assert_eq!(missing, [("Service", "ledger", false)]);

    let filled = play(set);
    assert!(find(filled.world(), Kind::Service, "ledger").is_some());
}

#[test]
fn owners_in_a_circle_are_deleted_like_any_others() {
    for propagation in [
        Propagation::Background,
        Propagation::Foreground,
        Propagation::Orphan,
    ] {
        let mut cluster = Cluster::new(scenarios::ordered_creation().config);
        let map = |name: &str, owner: Option<(&str, String)>| {
            let owners: Vec<_> = owner
                .into_iter()
                .map(|(name, uid)| {
                    json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, "blockOwnerDeletion": true})
                })
                .collect();
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "ownerReferences": owners}})
        };
        let mut uids = Vec::new();
        for name in ["egg", "hen"] {
            let request = Request::Create {
                object: map(name, None),
                namespace: "default".into(),
                strict: true,
            };
            let created = cluster
                .request(request)
                .and_then(|answer| answer.object())
                .expect("it is valid");
            uids.push(created.meta.uid.to_string());
        }
        for (name, owner, uid) in [("egg", "hen", &uids[1]), ("hen", "egg", &uids[0])] {
            let object = map(name, Some((owner, uid.clone())));
            let request = Request::Update {
                object,
                namespace: "default".into(),
                strict: true,
            };
            cluster.request(request).expect("it is valid");
        }
        cluster.settle(SimTime(3_600_000));
        assert!(
            find(cluster.world(), Kind::ConfigMap, "hen").is_some(),
            "nobody asked for a deletion"
        );

        let options = DeleteOptions {
            propagation: Some(propagation),
            ..DeleteOptions::default()
        };
        let request = Request::Delete {
            kind: Kind::ConfigMap,
            namespace: "default".into(),
            name: "hen".into(),
            options,
        };
        cluster.request(request).expect("it is there");
        let stop = cluster.settle(SimTime(3_600_000));

        assert_eq!(stop, Stop::Settled);
        let there = |name| find(cluster.world(), Kind::ConfigMap, name).is_some();
        let orphaned = propagation == Propagation::Orphan;
        assert_eq!(
            [there("hen"), there("egg")],
            [false, orphaned],
            "{propagation:?}"
        );
    }
}

#[test]
fn unknown_fields_are_named_and_taken_out_where_repairs_are_wanted() {
    let text = LEDGER.replace(
        "  replicas: 3",
        "  replicas: 3\n  replica: 4\n  colour: red",
    );

    check_refused(
        &play_strictly(&text),
        expect![[r#"
        22:3: StatefulSet in version "v1" cannot be handled as a StatefulSet: strict decoding error: unknown field "spec.colour", unknown field "spec.replica"
    "#]],
    );
    let run = play(&text);
    assert!(run.played.is_accepted(), "{}", said(&run));
    let repairs: Vec<_> = run.played.readings[0]
        .repairs
        .iter()
        .map(|repair| repair.sentence.as_str())
        .collect();
    expect![[r#"
        unknown field "spec.replica": left out, as `kubectl apply --validate=warn` does.
        unknown field "spec.colour": left out, as `kubectl apply --validate=warn` does."#]]
    .assert_eq(&repairs.join("\n"));
}

#[test]
fn tabs_are_refused_as_kubectl_does_and_mended_where_repairs_are_wanted() {
    let text = LEDGER.replace("    app: ledger", "\tapp: ledger");

    check_refused(
        &play_strictly(&text),
        expect![[r#"
        9:1: error parsing STDIN: error converting YAML to JSON: yaml: line 9: found character that cannot start any token
    "#]],
    );
    let run = play(&text);
    assert!(run.played.is_accepted(), "{}", said(&run));
    assert!(!run.played.readings[0].repairs.is_empty());
}
