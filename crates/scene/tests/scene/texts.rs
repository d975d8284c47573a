//! No text lies on another, nothing is cut off: in every beat of every run, on wide and narrow stages.

use ordinal_scene::geometry::text_width;
use ordinal_scene::lanes::LanesView;
use ordinal_scene::mark::{Anchor, Mark, Part, Shape};
use ordinal_scene::svg::{Theme, document};
use ordinal_scene::{Scene, Viewport};

use super::{Run, scripts};

#[derive(Clone, Debug)]
struct Written {
    text: String,
    part: Part,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// Where a text stands; its type is the size that the stylesheet gives, or near to it.
fn written(mark: &Mark, shape: &Shape) -> Option<Written> {
    let Shape::Text {
        x,
        y,
        anchor,
        class,
        text,
    } = shape
    else {
        return None;
    };
    let (size, mono) = match *class {
        "plate__numeral" => (22.0, false),
        "pod-card__numeral" => (26.0, false),
        "plate__dns" | "pod-card__detail" | "disk__name" | "pod-card__name" => (11.0, true),
        c if c.starts_with("plate__address") => (11.0, true),
        _ => (11.0, false),
    };
    let wide = text_width(text, size, mono) * 0.94;
    let (x, y) = (mark.at.x + x, mark.at.y + y);
    let left = match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - wide / 2.0,
        Anchor::End => x - wide,
    };
    let part = mark.part;
    Some(Written {
        text: text.to_string(),
        part,
        left,
        right: left + wide,
        top: y - size * 0.72,
        bottom: y,
    })
}

fn faults(scene: &Scene) -> Vec<String> {
    let texts: Vec<Written> = scene
        .marks
        .iter()
        .flat_map(|mark| mark.shapes.iter().filter_map(|shape| written(mark, shape)))
        .collect();
    let mut faults = Vec::new();
    for (index, a) in texts.iter().enumerate() {
        if a.left < -0.5
            || a.right > scene.width + 0.5
            || a.top < -0.5
            || a.bottom > scene.height + 0.5
        {
            faults.push(format!("{:?} is cut off: {a:?}", a.text));
        }
        for b in &texts[index + 1..] {
            // A pod that waits may stand before a line of another row.
            let apart =
                a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
            if !apart {
                faults.push(format!(
                    "{:?} ({:?}) lies on {:?} ({:?})",
                    a.text, a.part, b.text, b.part
                ));
            }
        }
    }
    faults
}

#[test]
fn no_text_lies_on_another_or_is_cut_off() {
    for (name, script) in scripts::all() {
        let run = Run::of(&script);
        for width in [1180.0, 964.0, 720.0, 390.0, 320.0] {
            let viewport = Viewport { width, height: 0.0 };
            for (beat, scene) in run.pictures(&viewport) {
                let faults = faults(&scene);
                assert!(
                    faults.is_empty(),
                    "{name} beat {beat} at {width}: {faults:#?}"
                );
            }
        }
    }
}

#[test]
fn where_there_is_little_height_plates_nodes_and_disks_are_still_all_there() {
    for (name, script) in scripts::all()
        .into_iter()
        .filter(|(name, _)| *name != "large")
    {
        let run = Run::of(&script);
        let viewport = Viewport {
            width: 1248.0,
            height: 276.0,
        };
        for (beat, scene) in run.pictures(&viewport) {
            assert!(scene.height <= viewport.height, "{name}: {}", scene.height);
            let faults = faults(&scene);
            assert!(faults.is_empty(), "{name} beat {beat}: {faults:#?}");
        }
    }
}

#[test]
fn the_timeline_is_as_tidy() {
    for (name, script) in scripts::all() {
        let run = Run::of(&script);
        for width in [964.0, 390.0] {
            let scene = run.stage.lanes.draw(
                &run.stage.tempo,
                &LanesView {
                    width,
                    gutter: 76.0,
                },
            );
            let faults = faults(&scene);
            assert!(faults.is_empty(), "{name} at {width}: {faults:#?}");
        }
    }
}

#[test]
fn a_document_stands_alone() {
    let run = Run::of(&super::web());
    let (_, scene) = run
        .pictures(&Viewport::default())
        .last()
        .expect("a run has beats");
    let text = document(&scene, Theme::Dark);
    assert!(
        text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && text.ends_with("</svg>")
    );
    assert!(
        text.contains("--o0:") && text.contains(".pod-card__card"),
        "it brings its styles"
    );
    let body = &text[text.find("</style>").expect("it has styles")..];
    assert!(
        !body.contains('#') || !body.contains("fill=\""),
        "colours are classes"
    );
    assert!(
        !text.contains("http://www.w3.org/1999"),
        "nothing is fetched"
    );
}
