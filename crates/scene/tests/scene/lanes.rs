//! The timeline.

use expect_test::{Expect, expect};
use ordinal_kubectl::script::Script;
use ordinal_scene::lanes::{Lane, LanesView};
use ordinal_scene::mark::Part;
use ordinal_scene::story::story;

use super::{Run, by_pods, partition, power, web};

fn check(run: &Run, lane: &str, expected: Expect) {
    let lanes = run.stage.lanes.identities().chain(run.stage.lanes.nodes());
    let lane: &Lane = lanes
        .into_iter()
        .find(|l| l.name == lane)
        .expect("it has a lane");
    let line = |c: &ordinal_scene::lanes::Change| {
        format!("{:.1} s {:?} {}", c.at.0 as f64 / 1000.0, c.state, c.label)
            .trim_end()
            .to_owned()
            + "\n"
    };
    let text: String = lane.changes.iter().map(line).collect();
    expected.assert_eq(&by_pods(run, &text));
}

#[test]
fn two_sets_of_one_name_are_told_apart_by_their_namespaces() {
    let both = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: blue}}\n---{}---{}",
        super::WEB,
        super::WEB.replace("metadata: {name: ", "metadata: {namespace: blue, name: ")
    );
    let run = Run::of(&Script::of_text(&both));

    let view = LanesView {
        width: 964.0,
        gutter: 84.0,
    };
    let scene = run.stage.lanes.draw(&run.stage.tempo, &view);

    let lanes = scene.marks.iter().filter(|mark| mark.part == Part::Lane);
    let labels: Vec<&str> = lanes.map(|mark| mark.label.as_str()).collect();
    assert!(labels.contains(&"Timeline of blue/web-0"), "{labels:?}");
    assert!(labels.contains(&"Timeline of web-0"), "{labels:?}");
    let told = story(&run.frames, &run.stage.tempo, 0);
    let told: String = told.iter().map(|s| s.text() + "\n").collect();
    assert!(told.contains("created web-0 and blue/web-0"), "{told}");
}

#[test]
fn an_identity_goes_from_pending_to_ready() {
    check(
        &Run::of(&web()),
        "web-1",
        expect![[r#"
            5.7 s Pending
            7.7 s Creating {node of web-1}
            11.4 s Ready {node of web-1}
        "#]],
    );
}

#[test]
fn a_machine_without_power_leaves_a_pod_that_is_only_believed() {
    let run = Run::of(&power());
    check(
        &run,
        "web-1",
        expect![[r#"
            5.7 s Pending
            7.7 s Creating {node of web-1}
            11.4 s Ready {node of web-1}
            30.0 s Believed only believed
            373.1 s Terminating Terminating
            400.0 s None
            400.0 s Pending
            400.0 s Creating {node of web-2}
            764.4 s Ready {node of web-2}
        "#]],
    );
    let node = super::node_of(&web(), "web-1");
    check(
        &run,
        &node,
        expect![[r#"
            0.0 s Up
            30.0 s Off off
            73.0 s Off off, NotReady
            1200.0 s Off booting
            1215.0 s Up
        "#]],
    );
}

#[test]
fn a_machine_that_is_cut_off_has_a_lane_of_its_own_look() {
    let node = super::node_of(&web(), "web-1");
    check(
        &Run::of(&partition()),
        &node,
        expect![[r#"
            0.0 s Up
            30.0 s CutOff cut off
            73.0 s CutOff cut off, NotReady
            900.0 s Up NotReady
            900.1 s Up
        "#]],
    );
}

#[test]
fn commands_faults_and_milestones_have_flags() {
    let run = Run::of(&power());
    let flags: String = run
        .stage
        .lanes
        .flags()
        .iter()
        .map(|f| {
            format!(
                "{:.1} s {:?} {} ({})\n",
                f.at.0 as f64 / 1000.0,
                f.kind,
                f.text,
                f.short
            )
        })
        .collect();
    expect![[r#"
        0.0 s Command created Service nginx (created)
        0.0 s Command created StatefulSet web (created)
        30.0 s Fault cut the power of {node of web-1} (power off)
        73.0 s Milestone {node of web-1} NotReady (NotReady)
        400.0 s Command deleted Pod web-1 (deleted)
        761.3 s Milestone data-web-1 force-detached (force-detached)
        1200.0 s Command power {node of web-1} on (power on)
    "#]]
    .assert_eq(&by_pods(&run, &flags));
}

#[test]
fn a_place_on_the_timeline_is_a_moment_and_back() {
    let run = Run::of(&power());
    let view = LanesView {
        width: 900.0,
        gutter: 80.0,
    };
    for ms in [0.0, 5_000.0, 12_345.0, run.stage.tempo.length_ms()] {
        let x = view.x_of(&run.stage.tempo, ms);
        assert!((view.at_x(&run.stage.tempo, x) - ms).abs() < 1.0);
        assert!((80.0..=900.0).contains(&x));
    }
}
