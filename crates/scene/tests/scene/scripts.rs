//! The runs whose pictures are looked at, by tests and by people.

use ordinal_api::Kind;
use ordinal_core::Config;
use ordinal_kubectl::script::Script;

/// A headless Service and a StatefulSet of three with a disk each.
pub(crate) const WEB: &str = "
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
pub(crate) const PLAIN: &str = "
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

pub(crate) fn web() -> Script {
    Script::of_text(WEB)
}

/// The node of web-1 loses its power at 30 s; the Pod is deleted by force at 400 s.
pub(crate) fn power() -> Script {
    let node = node_of(&web(), "web-1");
    let script = web()
        .at(30_000, &format!("power-off {node}"))
        .at(400_000, FORCE);
    script.at(1_200_000, &format!("power-on {node}"))
}

/// The node of web-1 is cut off at 30 s; the Pod is deleted by force at 400 s.
pub(crate) fn partition() -> Script {
    let node = node_of(&web(), "web-1");
    let script = web()
        .at(30_000, &format!("partition {node}"))
        .at(400_000, FORCE);
    script.at(900_000, &format!("heal {node}"))
}

pub(crate) const FORCE: &str = "kubectl delete pod web-1 --force --grace-period=0";

/// So many Pods at once on so many nodes.
pub(crate) fn large(pods: usize, nodes: usize) -> Script {
    let text = WEB.replace(
        "replicas: 3",
        &format!("replicas: {pods}\n  podManagementPolicy: Parallel"),
    );
    let mut script = Script::of_text(&text);
    script.config = Config::with_nodes(nodes);
    script
}

/// All of them, by name.
pub(crate) fn all() -> Vec<(&'static str, Script)> {
    vec![
        ("create", web()),
        (
            "scale",
            web()
                .at(30_000, "kubectl scale sts web --replicas=5")
                .at(60_000, "kubectl scale sts web --replicas=2"),
        ),
        ("delete", web().at(30_000, "kubectl delete pod web-1")),
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
pub(crate) fn node_of(script: &Script, pod: &str) -> String {
    let played = script.play();
    let pod = played
        .cluster
        .world()
        .store
        .find(Kind::Pod, "default", pod)
        .and_then(|o| o.as_pod());
    pod.map(|p| p.node_name.to_string()).expect("it is bound")
}
