//! A thing keeps its place while it exists.

use std::collections::BTreeMap;

use ordinal_scene::mark::{Part, Shape};
use ordinal_scene::{Scene, Viewport};

use super::{Run, power, web};

fn places(scene: &Scene, parts: &[Part]) -> BTreeMap<String, (f64, f64)> {
    let shown = scene.marks.iter().filter(|m| parts.contains(&m.part));
    shown
        .map(|m| (m.key.to_string(), (m.at.x, m.at.y)))
        .collect()
}

#[test]
fn adding_a_pod_moves_nothing() {
    for script in [web(), power()] {
        let run = Run::of(&script);
        let viewport = Viewport::default();
        let mut before: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for (beat, scene) in run.pictures(&viewport) {
            let now = places(&scene, &[Part::Plate, Part::Node, Part::Disk]);
            for (key, place) in &now {
                assert!(
                    before.get(key).is_none_or(|old| old == place),
                    "{key} moved in beat {beat}"
                );
            }
            before = now;
        }
    }
}

/// By so much a pod makes room for one that joins it on its node.
const STEP: f64 = 46.0;

#[test]
fn a_pod_stands_on_its_node_and_makes_room_by_half_a_card_at_most() {
    let run = Run::of(&power());
    let viewport = Viewport::default();
    let mut stood: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (beat, scene) in run.pictures(&viewport) {
        for mark in scene
            .marks
            .iter()
            .filter(|m| m.part == Part::Pod && !m.class.contains("chip"))
        {
            let place = (mark.at.x, mark.at.y);
            let old = stood.insert(mark.key.to_string(), place);
            assert!(
                old.is_none_or(|old| old.1 == place.1 && (old.0 - place.0).abs() <= STEP),
                "{} moved in beat {beat}",
                mark.key
            );
        }
    }
    assert!(stood.len() >= 4, "three pods and a successor: {stood:?}");
}

#[test]
fn keys_are_unique_in_every_picture() {
    for (name, script) in super::scripts::all() {
        let run = Run::of(&script);
        for width in [960.0, 390.0] {
            let viewport = Viewport { width, height: 0.0 };
            for (beat, scene) in run.pictures(&viewport) {
                let mut keys: Vec<&str> = scene.marks.iter().map(|m| m.key.as_str()).collect();
                let all = keys.len();
                keys.sort_unstable();
                keys.dedup();
                assert_eq!(keys.len(), all, "{name} beat {beat} at {width}");
            }
        }
    }
}

/// The x at which the thread of an identity without a pod comes to its disk, and where pods stand on nodes.
fn threads_and_pods(scene: &Scene) -> (Vec<f64>, Vec<f64>) {
    let ends = scene.marks.iter().filter(|m| m.part == Part::Thread);
    let ends = ends.filter(|m| m.class.contains("thread--waiting"));
    let ends = ends
        .flat_map(|m| &m.shapes)
        .filter_map(|shape| match shape {
            Shape::Trail { trail, .. } => Some(trail.end().x),
            _ => None,
        });
    let pods = scene.marks.iter().filter(|m| m.part == Part::Pod);
    (ends.collect(), pods.map(|m| m.at.x).collect())
}

#[test]
fn the_thread_of_an_identity_without_a_pod_keeps_clear_of_the_pods_of_others() {
    let run = Run::of(&web().at(30_000, "kubectl scale sts web --replicas=1"));
    let viewport = Viewport::default();

    let (_, last) = run.pictures(&viewport).last().expect("there are beats");
    let (threads, pods) = threads_and_pods(&last);

    assert_eq!(
        (threads.len(), pods.len()),
        (2, 1),
        "two disks are left alone"
    );
    for thread in threads {
        assert!(
            pods.iter().all(|pod| (pod - thread).abs() > 13.0),
            "{thread} {pods:?}"
        );
    }
}
