//! Draws moments of runs as SVG files, to look at: `cargo run -p ordinal-scene --example draw -- FOLDER [SCENARIO …]`.
//!
//! A SCENARIO is a name from `tests/scene/scripts.rs`, with moments if not all (`power:3,end`: numbers of beats), or a file of
//! manifests (with a slash in its path). Each gives its story on the standard output, four pictures of each moment (wide and
//! narrow, light and dark) and its timeline.

use std::fs;
use std::path::Path;

use ordinal_core::Cluster;
use ordinal_kubectl::script::Script;
use ordinal_scene::lanes::LanesView;
use ordinal_scene::story::story;
use ordinal_scene::svg::{Theme, document};
use ordinal_scene::{Motion, Stage, Viewport};

#[path = "../tests/scene/scripts.rs"]
mod scripts;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments
        .next()
        .unwrap_or_else(|| "target/pictures".to_owned());
    let wanted: Vec<String> = arguments.collect();
    fs::create_dir_all(&folder).expect("the folder can be made");
    for file in wanted.iter().filter(|w| w.contains('/')) {
        let text = fs::read_to_string(file).expect("the file can be read");
        let name = Path::new(file)
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        draw(
            Path::new(&folder),
            &name,
            &Script::of_text(&text).play().cluster,
            None,
        );
    }
    for (name, script) in scripts::all() {
        if wanted.is_empty() || wanted.iter().any(|w| w.split(':').next() == Some(name)) {
            let moments = wanted
                .iter()
                .find_map(|w| w.strip_prefix(name)?.strip_prefix(':'));
            draw(Path::new(&folder), name, &script.play().cluster, moments);
        }
    }
}

fn draw(folder: &Path, name: &str, cluster: &Cluster, moments: Option<&str>) {
    let frames = cluster.frames();
    let mut stage = Stage::default();
    stage.update(frames);
    println!(
        "== {name}: {} frames, {} beats, {:.1} s",
        frames.len(),
        stage.tempo.beats().len(),
        stage.tempo.length_ms() / 1000.0
    );
    for sentence in story(frames, &stage.tempo, 0) {
        println!("{:4} {}", sentence.beat, sentence.text());
    }
    let last = stage.tempo.beats().len() - 1;
    let beats: Vec<usize> = match moments {
        Some(list) => list
            .split(',')
            .filter_map(|n| {
                if n == "end" {
                    Some(last)
                } else {
                    n.parse().ok()
                }
            })
            .collect(),
        None => vec![last / 2, last],
    };
    for beat in beats {
        let at = stage.tempo.rest(stage.tempo.beats()[beat].start_ms);
        for (size, width) in [("wide", 964.0), ("narrow", 390.0)] {
            let scene = stage.scene_at(
                frames,
                at,
                &Viewport { width, height: 0.0 },
                Motion::Reduced,
            );
            for (theme, word) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
                let file = folder.join(format!("{name}-{beat}-{size}-{word}.svg"));
                fs::write(file, document(&scene, theme)).expect("the folder takes files");
            }
        }
    }
    for (theme, word) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let scene = stage.lanes.draw(
            &stage.tempo,
            &LanesView {
                width: 964.0,
                gutter: 84.0,
            },
        );
        fs::write(
            folder.join(format!("{name}-lanes-{word}.svg")),
            document(&scene, theme),
        )
        .expect("the folder takes files");
    }
}
