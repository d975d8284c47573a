//! Draws moments of runs as SVG files, to look at: `cargo run -p ordinal-scene --example draw -- FOLDER [SCENARIO …]`.
//!
//! A SCENARIO is a name from the list below, or a file of manifests (with a slash in its path). Each gives its story on the standard output, and for each of its moments (a beat number, or `end`) four
//! pictures: wide and narrow, light and dark; and its timeline.

use std::fs;
use std::path::Path;

use ordinal_api::Kind;
use ordinal_core::{Cluster, Config};
use ordinal_kubectl::script::Script;
use ordinal_scene::lanes::LanesView;
use ordinal_scene::story::story;
use ordinal_scene::svg::{Theme, document};
use ordinal_scene::{Motion, Stage, Viewport};

const WEB: &str = "
apiVersion: v1
kind: Service
metadata: {name: nginx}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80, name: web}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: nginx
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - {name: web, image: 'nginx:1.27', volumeMounts: [{name: data, mountPath: /data}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

const PLAIN: &str = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: plain}
spec:
  replicas: 3
  selector: {matchLabels: {app: plain}}
  template:
    metadata: {labels: {app: plain}}
    spec:
      containers:
      - {name: c, image: 'nginx:1.27', volumeMounts: [{name: data, mountPath: /data}]}
      volumes:
      - {name: data, persistentVolumeClaim: {claimName: shared}}
";

fn scenarios() -> Vec<(&'static str, Script)> {
    let web = || Script::of_text(WEB);
    let played = web().play();
    let pod = played
        .cluster
        .world()
        .store
        .find(Kind::Pod, "default", "web-1")
        .and_then(|o| o.as_pod());
    let node = pod.map(|p| p.node_name.clone()).unwrap_or_default();
    let many = WEB
        .replace("replicas: 3", "replicas: 100")
        .replace("OrderedReady", "Parallel");
    let many = many.replace("  replicas", "  podManagementPolicy: Parallel\n  replicas");
    let mut large = Script::of_text(&many);
    large.config = Config::with_nodes(20);
    let mut nine = Script::of_text(&WEB.replace("replicas: 3", "replicas: 9"));
    nine.config = Config::with_nodes(5);
    vec![
        ("create", web()),
        (
            "scale",
            web()
                .at(30_000, "kubectl scale sts web --replicas=5")
                .at(60_000, "kubectl scale sts web --replicas=2"),
        ),
        ("delete", web().at(30_000, "kubectl delete pod web-1")),
        (
            "power",
            web()
                .at(30_000, &format!("power-off {node}"))
                .at(400_000, "kubectl delete pod web-1 --force --grace-period=0")
                .at(1_200_000, &format!("power-on {node}")),
        ),
        (
            "partition",
            web()
                .at(30_000, &format!("partition {node}"))
                .at(400_000, "kubectl delete pod web-1 --force --grace-period=0")
                .at(900_000, &format!("heal {node}")),
        ),
        (
            "crash",
            web()
                .at(30_000, "crash pod/web-1")
                .at(35_000, "crash pod/web-1")
                .at(60_000, "crash pod/web-1"),
        ),
        ("plain", Script::of_text(&format!("{WEB}---{PLAIN}"))),
        ("nine", nine),
        ("large", large),
    ]
}

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
    for (name, script) in scenarios() {
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
