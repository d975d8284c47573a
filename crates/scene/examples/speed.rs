//! How long pictures take: `cargo run --release -p ordinal-scene --example speed`. Times are for people to read; nothing
//! depends on them.

use std::time::Instant;

use ordinal_core::Config;
use ordinal_kubectl::script::Script;
use ordinal_scene::lanes::LanesView;
use ordinal_scene::{Motion, Stage, Viewport};

const WEB: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: web
  replicas: 100
  podManagementPolicy: POLICY
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'nginx:1.27', volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

fn main() {
    for policy in ["Parallel", "OrderedReady"] {
        let mut script = Script::of_text(&WEB.replace("POLICY", policy));
        script.config = Config::with_nodes(20);
        for round in 0..20_u64 {
            let minute = 20 + round * 10;
            script = script.at(minute * 60_000, "kubectl scale sts web --replicas=20");
            script = script.at(
                (minute + 5) * 60_000,
                "kubectl scale sts web --replicas=100",
            );
        }
        let played = script.play();
        let frames = played.cluster.frames();
        let mut stage = Stage::default();
        let start = Instant::now();
        stage.update(frames);
        let read = start.elapsed();
        let tempo = &stage.tempo;
        println!(
            "{policy}: {} frames, {} beats; all read in {read:?}",
            frames.len(),
            tempo.beats().len()
        );
        let view = LanesView {
            width: 960.0,
            gutter: 84.0,
        };
        let start = Instant::now();
        let lanes = stage.lanes.draw(tempo, &view);
        let shapes: usize = lanes.marks.iter().map(|m| m.shapes.len()).sum();
        println!("  lanes: {:?}, {shapes} shapes", start.elapsed());
        for (size, width) in [("wide", 960.0), ("narrow", 390.0)] {
            let viewport = Viewport { width, height: 0.0 };
            let mut times: Vec<_> = (0..200)
                .map(|n| {
                    let at = tempo.length_ms() * f64::from(n) / 200.0;
                    let start = Instant::now();
                    let scene = stage.scene_at(frames, at, &viewport, Motion::Full);
                    assert!(!scene.marks.is_empty(), "there is always something");
                    start.elapsed()
                })
                .collect();
            times.sort();
            println!(
                "  {size} scene: median {:?}, worst {:?}",
                times[100], times[199]
            );
        }
    }
}
