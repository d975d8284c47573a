//! A thing keeps its place while it exists.

use std::collections::BTreeMap;

use ordinal_scene::mark::Part;
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

#[test]
fn a_pod_stands_still_once_it_is_on_its_node() {
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
                old.is_none_or(|old| old == place),
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
