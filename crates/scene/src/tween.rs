//! Between two scenes: pure interpolation, so that scrubbing animates like playing.
//!
//! | what | how long | how |
//! | --- | --- | --- |
//! | a pod appears | 220 ms | grows out of its plate, along the thread |
//! | a pod goes | 200 ms | shrinks where it stood; it never slides to another node |
//! | plug in and out | 180 ms | |
//! | a cable swings, a thread bends | 400 ms | |
//! | an address changes | 160 ms | the old one struck through first |
//! | a machine dies | 250 ms | heartbeat, lamp, card: [`Mark::delay_ms`] |
//! | a cause arrow | 250 ms | drawn in |
//! | one of very many | at once | some after the others: [`Mark::cut`], [`Mark::delay_ms`] |

use ordinal_api::list::IntoList;
use ordinal_api::sorted::{SortedMap, SortedSet};
use std::sync::Arc;

use crate::geometry::{Point, Trail, mix};
use crate::mark::{Enter, Leave, Mark, Part, Scene, Shape};

/// Whether things move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    /// They move.
    #[default]
    Full,
    /// They are cut, with the same spacing.
    Reduced,
}

/// The longest motion, in milliseconds of presentation time.
pub const LONGEST_MS: f64 = 400.0;

const POD_MS: f64 = 220.0;
const PLUG_MS: f64 = 180.0;
const LEAVE_MS: f64 = 200.0;
const DRAW_MS: f64 = 250.0;
const FADE_MS: f64 = 160.0;
const MOVE_MS: f64 = 250.0;
const BEAT_MS: f64 = 90.0;

/// The scene between two scenes, so many milliseconds of presentation time after the first.
pub fn tween(from: &Scene, to: &Scene, elapsed_ms: f64) -> Scene {
    if elapsed_ms >= LONGEST_MS {
        return to.clone();
    }
    let before: SortedMap<&str, &Arc<Mark>> =
        from.marks.iter().map(|m| (m.key.as_str(), m)).collect();
    let stays: SortedSet<&str> = to.marks.iter().map(|m| m.key.as_str()).collect();
    // What goes keeps its place in the order: after the last mark before it that stays.
    let mut going: SortedMap<&str, Vec<&Arc<Mark>>> = SortedMap::new();
    let mut last = "";
    for mark in &from.marks {
        if stays.contains(mark.key.as_str()) {
            last = mark.key.as_str();
        } else {
            going.entry(last).or_default().push(mark);
        }
    }
    let leaving = |key: &str| {
        going
            .get(key)
            .into_iter()
            .flatten()
            .filter_map(|mark| leave(mark, elapsed_ms))
    };
    let mut marks: Vec<Arc<Mark>> = leaving("").into_list();
    for mark in &to.marks {
        marks.extend(match before.get(mark.key.as_str()) {
            Some(old) if Arc::ptr_eq(old, mark) || old == &mark => Some(mark.clone()),
            Some(old) => Some(morph(old, mark, elapsed_ms)),
            None if mark.cut && elapsed_ms < f64::from(mark.delay_ms) => None,
            None => Some(enter(mark, elapsed_ms)),
        });
        marks.extend(leaving(mark.key.as_str()));
    }
    Scene {
        marks,
        height: mix(from.height, to.height, part(elapsed_ms, MOVE_MS)),
        ..to.clone()
    }
}

/// How far a motion has come, from 0 to 1, slowing down towards its end.
fn part(elapsed_ms: f64, length_ms: f64) -> f64 {
    let t = (elapsed_ms / length_ms).clamp(0.0, 1.0);
    1.0 - (1.0 - t).powi(3)
}

fn enter(mark: &Arc<Mark>, elapsed_ms: f64) -> Arc<Mark> {
    let changed = |change: &dyn Fn(&mut Mark)| {
        let mut mark = (**mark).clone();
        change(&mut mark);
        Arc::new(mark)
    };
    match mark.enter {
        _ if mark.cut => mark.clone(),
        Enter::Fade => match part(elapsed_ms, FADE_MS) {
            t if t < 1.0 => changed(&|m| m.opacity *= t),
            _ => mark.clone(),
        },
        Enter::GrowFrom(from) | Enter::GrowAlong(from, _) => {
            let length = if mark.part == Part::Plug {
                PLUG_MS
            } else {
                POD_MS
            };
            match part(elapsed_ms, length) {
                t if t < 1.0 => changed(&|m| {
                    let at = match mark.enter {
                        Enter::GrowAlong(_, y) => Trail::from(from).turn(mark.at, y).at(t),
                        _ => from.towards(mark.at, t),
                    };
                    grow(m, at, t);
                }),
                _ => mark.clone(),
            }
        }
        Enter::Draw => match part(elapsed_ms, DRAW_MS) {
            t if t < 1.0 => changed(&|m| draw(m, t)),
            _ => mark.clone(),
        },
    }
}

fn leave(mark: &Arc<Mark>, elapsed_ms: f64) -> Option<Arc<Mark>> {
    if mark.cut {
        return (elapsed_ms < f64::from(mark.delay_ms)).then(|| mark.clone());
    }
    let t = part(
        elapsed_ms,
        if mark.part == Part::Plug {
            PLUG_MS
        } else {
            LEAVE_MS
        },
    );
    if t >= 1.0 {
        return None;
    }
    let mut mark = (**mark).clone();
    // What goes can no longer be chosen.
    mark.target = None;
    mark.label = Default::default();
    match mark.leave {
        Leave::Fade => mark.opacity *= 1.0 - t,
        Leave::Shrink => {
            mark.opacity *= 1.0 - t;
            mark.scale *= 1.0 - 0.5 * t;
        }
        Leave::Retract => draw(&mut mark, 1.0 - t),
    }
    Some(Arc::new(mark))
}

fn grow(mark: &mut Mark, at: Point, t: f64) {
    mark.at = at;
    mark.scale *= mix(0.25, 1.0, t);
    mark.opacity *= (t * 2.0).min(1.0);
}

/// Shows the first part of its trails.
fn draw(mark: &mut Mark, t: f64) {
    for shape in &mut mark.shapes {
        if let Shape::Trail { trail, .. } = shape {
            *trail = trail.until(t);
        }
    }
}

/// A mark that is in both scenes and has changed.
fn morph(old: &Arc<Mark>, new: &Arc<Mark>, elapsed_ms: f64) -> Arc<Mark> {
    let elapsed = elapsed_ms - f64::from(new.delay_ms);
    // A delayed change keeps the old look, at the place where it is now.
    if elapsed < 0.0 {
        return old.clone();
    }
    if new.cut {
        return new.clone();
    }
    let length = match new.part {
        Part::Cable | Part::Thread | Part::Arrow => LONGEST_MS,
        Part::Heartbeat => BEAT_MS,
        _ => MOVE_MS,
    };
    let t = part(elapsed, length);
    if t >= 1.0 {
        return new.clone();
    }
    let mut mark = (**new).clone();
    mark.at = old.at.towards(new.at, t);
    match new.part {
        Part::Plate => flip(old, &mut mark, elapsed),
        Part::Pod => turn(old, &mut mark, t),
        _ => bend(old, &mut mark, t),
    }
    Arc::new(mark)
}

/// The old address, struck through, then the new one.
fn flip(old: &Mark, mark: &mut Mark, elapsed_ms: f64) {
    if elapsed_ms >= FADE_MS / 2.0 {
        return;
    }
    let is_address = |shape: &Shape| shape.class().starts_with("plate__address");
    let before = old.shapes.iter().find(|shape| is_address(shape));
    if let (Some(Shape::Text { text: before, .. }), Some(Shape::Text { text, class, .. })) = (
        before,
        mark.shapes.iter_mut().find(|shape| is_address(shape)),
    ) && before != text
    {
        *text = before.clone();
        *class = "plate__address plate__address--old";
    }
}

/// The ring opens or closes.
fn turn(old: &Mark, mark: &mut Mark, t: f64) {
    let ring = |shape: &Shape| match shape {
        Shape::Ring { from, to, .. } => Some((*from, *to)),
        _ => None,
    };
    let Some((old_from, old_to)) = old.shapes.iter().find_map(ring) else {
        return;
    };
    if let Some(Shape::Ring { from, to, .. }) = mark
        .shapes
        .iter_mut()
        .find(|s| matches!(s, Shape::Ring { .. }))
    {
        // What turns without end goes on from where it is.
        let (start, length) = (old_from.fract(), old_to - old_from);
        let goal = (from.fract(), *to - *from);
        *from = mix(start, goal.0, t);
        *to = *from + mix(length, goal.1, t);
    }
}

/// Trails of the same make swing from one way to the other.
fn bend(old: &Mark, mark: &mut Mark, t: f64) {
    let trails = |mark: &Mark| {
        let trail = |shape: &Shape| match shape {
            Shape::Trail { trail, class } => Some((*class, trail.clone())),
            _ => None,
        };
        mark.shapes.iter().filter_map(trail).into_list()
    };
    for (class, before) in trails(old) {
        let same = mark.shapes.iter_mut().find_map(|shape| match shape {
            Shape::Trail {
                trail,
                class: other,
            } if *other == class => Some(trail),
            _ => None,
        });
        if let Some(trail) = same {
            *trail = before.towards(trail, t);
        }
    }
    // A mount that is new grows into the node.
    for shape in &mut mark.shapes {
        if let Shape::Trail { trail, class } = shape
            && !old.shapes.iter().any(|s| s.class() == *class)
        {
            *trail = trail.until(t);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Trail, point};

    fn scene(marks: Vec<Mark>) -> Scene {
        Scene {
            marks: marks.into_iter().map(Arc::new).collect(),
            ..Scene::default()
        }
    }

    fn pod(key: &str, x: f64) -> Mark {
        Mark::new(Part::Pod, key, "pod-card")
            .at(point(x, 200.0))
            .moves(Enter::GrowFrom(point(100.0, 50.0)), Leave::Shrink)
    }

    #[test]
    fn a_pod_on_another_node_never_slides_there() {
        let (old, new) = (
            scene(vec![pod("pod-web-1-aaaa", 100.0)]),
            scene(vec![pod("pod-web-1-bbbb", 500.0)]),
        );
        let between = tween(&old, &new, 60.0);
        let gone = between
            .mark("pod-web-1-aaaa")
            .expect("it ends where it stood");
        assert_eq!(gone.at, point(100.0, 200.0));
        assert!(gone.opacity < 1.0);
        let comes = between
            .mark("pod-web-1-bbbb")
            .expect("it comes down the thread");
        assert!(comes.at.y > 50.0 && comes.at.y < 200.0, "{:?}", comes.at);
        let after = tween(&old, &new, 230.0);
        assert!(after.mark("pod-web-1-aaaa").is_none());
        assert_eq!(after.mark("pod-web-1-bbbb"), new.mark("pod-web-1-bbbb"));
    }

    #[test]
    fn a_cable_swings_to_the_new_node() {
        let cable = |x: f64| {
            let trail = Trail::from(point(100.0, 400.0)).line(point(x, 300.0));
            let mark = Mark::new(Part::Cable, "cable-data-web-1", "cable");
            mark.with([Shape::Trail {
                trail,
                class: "cable__wire",
            }])
        };
        let between = tween(
            &scene(vec![cable(100.0)]),
            &scene(vec![cable(300.0)]),
            100.0,
        );
        let mark = between.mark("cable-data-web-1").expect("it is one cable");
        let Shape::Trail { trail, .. } = &mark.shapes[0] else {
            panic!("a cable is a trail")
        };
        assert!(
            trail.end().x > 110.0 && trail.end().x < 290.0,
            "{:?}",
            trail.end()
        );
    }

    #[test]
    fn an_address_is_struck_through_before_the_new_one_stands_there() {
        let plate = |address: &str| {
            let text = Shape::text(0.0, 0.0, "plate__address", address);
            Mark::new(Part::Plate, "identity-web-0", "plate").with([text])
        };
        let (old, new) = (
            scene(vec![plate("→ 10.0.0.1")]),
            scene(vec![plate("→ 10.0.0.2")]),
        );
        let first = tween(&old, &new, 40.0);
        let shape = &first.marks[0].shapes[0];
        assert_eq!(
            (shape.content(), shape.class()),
            ("→ 10.0.0.1", "plate__address plate__address--old")
        );
        assert_eq!(
            tween(&old, &new, 100.0).marks[0].shapes[0].content(),
            "→ 10.0.0.2"
        );
    }

    #[test]
    fn a_machine_dies_in_order() {
        let part = |part, key: &str, state: &str, delay_ms| Mark {
            delay_ms,
            ..Mark::new(part, key, format!("node{state}"))
        };
        let node = |state: &str| {
            scene(vec![
                part(Part::Node, "node", state, 170),
                part(Part::NodeLamp, "lamp", state, 90),
                part(Part::Heartbeat, "heartbeat", state, 0),
            ])
        };
        let at = |ms: f64| tween(&node(""), &node("--off"), ms);
        let off =
            |scene: &Scene, key: &str| scene.mark(key).is_some_and(|m| m.class == "node--off");
        let seen = |ms: f64| ["heartbeat", "lamp", "node"].map(|key| off(&at(ms), key));
        assert_eq!(seen(50.0), [true, false, false]);
        assert_eq!(seen(120.0), [true, true, false]);
        assert_eq!(seen(200.0), [true, true, true]);
    }
}
