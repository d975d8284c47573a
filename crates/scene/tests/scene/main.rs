//! Whole runs as they are shown: what is drawn, when, where, and in which words.

mod lanes;
mod model;
mod places;
mod story;
mod tempo;
mod texts;
mod why;

use ordinal_api::Kind;
use ordinal_core::{Config, World};
use ordinal_kubectl::script::Script;
use ordinal_scene::model::{Model, Moment};
use ordinal_scene::{Scene, Stage, Viewport};

/// A headless Service and a StatefulSet of three with a disk each.
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

/// A Deployment of three with one claim between them.
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

/// A run with everything that shows it.
struct Run {
    frames: Vec<World>,
    stage: Stage,
}

impl Run {
    fn of(script: &Script) -> Self {
        let frames = script.play().cluster.frames().to_vec();
        let mut stage = Stage::default();
        stage.update(&frames);
        Self { frames, stage }
    }

    /// The frame at or before a second.
    fn at(&self, secs: f64) -> usize {
        let ms = (secs * 1000.0) as u64;
        self.frames.partition_point(|world| world.now().0 <= ms) - 1
    }

    /// What is drawn at a second, without what only the beat knows.
    fn model(&self, secs: f64) -> Model {
        let world = &self.frames[self.at(secs)];
        let sim = ordinal_api::SimTime((secs * 1000.0) as u64);
        Model::of(
            world,
            &Moment {
                sim,
                shown_ms: 0.0,
                beat: None,
                before: None,
            },
        )
    }

    /// The picture of every beat at rest.
    fn pictures<'r>(&'r self, viewport: &'r Viewport) -> impl Iterator<Item = (usize, Scene)> + 'r {
        let beats = self.stage.tempo.beats().iter().enumerate();
        beats.map(move |(number, beat)| {
            let at = self.stage.tempo.rest(beat.start_ms);
            (
                number,
                self.stage
                    .scene_at(&self.frames, at, viewport, ordinal_scene::Motion::Reduced),
            )
        })
    }

    fn last(&self) -> &World {
        self.frames.last().expect("a run has a frame")
    }
}

fn web() -> Script {
    Script::of_text(WEB)
}

/// The node of web-1 loses its power at 30 s; the Pod is deleted by force at 400 s.
fn power() -> Script {
    let node = node_of(&web(), "web-1");
    let script = web()
        .at(30_000, &format!("power-off {node}"))
        .at(400_000, FORCE);
    script.at(1_200_000, &format!("power-on {node}"))
}

/// The node of web-1 is cut off at 30 s; the Pod is deleted by force at 400 s.
fn partition() -> Script {
    let node = node_of(&web(), "web-1");
    let script = web()
        .at(30_000, &format!("partition {node}"))
        .at(400_000, FORCE);
    script.at(900_000, &format!("heal {node}"))
}

const FORCE: &str = "kubectl delete pod web-1 --force --grace-period=0";

/// So many Pods at once on so many nodes.
fn large(pods: usize, nodes: usize) -> Script {
    let text = WEB.replace(
        "replicas: 3",
        &format!("replicas: {pods}\n  podManagementPolicy: Parallel"),
    );
    let mut script = Script::of_text(&text);
    script.config = Config::with_nodes(nodes);
    script
}

/// Everything that the other modules look at, by name.
fn scripts() -> Vec<(&'static str, Script)> {
    vec![
        ("create", web()),
        (
            "scale",
            web()
                .at(30_000, "kubectl scale sts web --replicas=5")
                .at(60_000, "kubectl scale sts web --replicas=2"),
        ),
        ("power", power()),
        ("partition", partition()),
        (
            "crash",
            web()
                .at(30_000, "crash pod/web-1")
                .at(35_000, "crash pod/web-1"),
        ),
        ("plain", Script::of_text(&format!("{WEB}---{PLAIN}"))),
        ("nine", large(9, 5)),
        ("large", large(100, 20)),
    ]
}

/// The node of a Pod at the end of a run.
fn node_of(script: &Script, pod: &str) -> String {
    let played = script.play();
    let pod = played
        .cluster
        .world()
        .store
        .find(Kind::Pod, "default", pod)
        .and_then(|o| o.as_pod());
    pod.map(|p| p.node_name.to_string()).expect("it is bound")
}

/// A text in which a node goes by the first of the three Pods that ran on it: where a Pod runs is the scheduler's
/// choice, and not the point.
fn by_pods(run: &Run, text: &str) -> String {
    let world = &run.frames[run.at(25.0)];
    let mut text = text.to_owned();
    for ordinal in (0..3).rev() {
        let pod = world
            .store
            .find(Kind::Pod, "default", &format!("web-{ordinal}"))
            .and_then(|o| o.as_pod());
        if let Some(pod) = pod {
            text = text.replace(
                pod.node_name.as_str(),
                &format!("{{node of web-{ordinal}}}"),
            );
        }
    }
    text
}
