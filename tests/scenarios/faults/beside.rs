//! What there is beside the sets of a schedule, and what becomes of it: volumes made by hand, a Pod on every node, more and less
//! important Pods, budgets, another namespace. It follows from the same number, apart from the rest.

use super::schedule::{Chance, Schedule};

/// Volumes of three sizes and two kinds of access, and who wants one.
const BY_HAND: &str = "
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: manual}
provisioner: kubernetes.io/no-provisioner
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: small}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: manual, hostPath: {path: /a}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: middle}
spec: {capacity: {storage: 2Gi}, accessModes: [ReadWriteOnce], storageClassName: manual, hostPath: {path: /b}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: wide}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce, ReadWriteMany], storageClassName: manual, hostPath: {path: /c}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: plain}
spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /d}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: manual}
spec: {accessModes: [ReadWriteOnce], storageClassName: manual, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: none}
spec: {accessModes: [ReadWriteOnce], storageClassName: '', resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: user}
spec:
  volumes:
  - {name: data, persistentVolumeClaim: {claimName: manual}}
  - {name: other, persistentVolumeClaim: {claimName: none}}
  initContainers:
  - {name: first, image: busybox}
  - {name: second, image: busybox}
  containers:
  - {name: main, image: nginx, volumeMounts: [{name: data, mountPath: /data}, {name: other, mountPath: /other}]}
---
";

/// One Pod on every node.
const EVERYWHERE: &str = "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: each}
spec:
  selector: {matchLabels: {app: each}}
  template:
    metadata: {labels: {app: each}}
    spec:
      initContainers: [{name: first, image: busybox}]
      containers: [{name: main, image: nginx}]
---
";

/// Two Pods that want a disk which is for one Pod only.
const FOR_ONE: &str = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: single}
spec: {accessModes: [ReadWriteOncePod], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: one}
spec:
  volumes: [{name: data, persistentVolumeClaim: {claimName: single}}]
  containers: [{name: main, image: nginx, volumeMounts: [{name: data, mountPath: /data}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  volumes: [{name: data, persistentVolumeClaim: {claimName: single}}]
  containers: [{name: main, image: nginx, volumeMounts: [{name: data, mountPath: /data}]}]
---
";

/// Pods that fill the nodes, and none yet that may push them away.
const RANKED: &str = "
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: low}
spec:
  replicas: NODES
  selector: {matchLabels: {app: low}}
  template:
    metadata: {labels: {app: low}}
    spec:
      containers: [{name: main, image: nginx, resources: {requests: {cpu: '5'}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: high}
spec:
  replicas: 0
  selector: {matchLabels: {app: high}}
  template:
    metadata: {labels: {app: high}}
    spec:
      priorityClassName: high
      containers: [{name: main, image: nginx, resources: {requests: {cpu: '5'}}}]
---
";

/// How many Pods of a set are wanted whatever happens.
const BUDGET: &str = "
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: a}}}
---
";

/// A namespace with a Pod and something that nobody runs.
const ASIDE: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: side}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: note, namespace: side}
---
apiVersion: v1
kind: Pod
metadata: {name: guest, namespace: side}
spec: {containers: [{name: main, image: nginx}]}
---
";

/// Adds some of it.
pub(super) fn add(schedule: &mut Schedule, chance: &mut Chance) {
    let node =
        |chance: &mut Chance, nodes: usize| format!("node-{}", 1 + chance.below(nodes as u64));
    let nodes = schedule.nodes;
    let mut lines: Vec<String> = Vec::new();
    if chance.below(2) == 0 {
        schedule.manifest += BY_HAND;
        if chance.below(2) == 0 {
            lines.push("kubectl delete pod user --wait=false".to_owned());
            lines.push("kubectl delete pvc manual --wait=false".to_owned());
        }
    }
    if chance.below(2) == 0 {
        schedule.manifest += EVERYWHERE;
    }
    if chance.below(3) == 0 {
        schedule.manifest += FOR_ONE;
        if chance.below(2) == 0 {
            lines.push("kubectl delete pod one --wait=false".to_owned());
        }
    }
    if chance.below(3) == 0 {
        schedule.manifest += &RANKED.replace("NODES", &nodes.to_string());
        lines.push("kubectl scale deployment high --replicas=1".to_owned());
    }
    if chance.below(2) == 0 {
        schedule.manifest += BUDGET;
        let node = node(chance, nodes);
        lines.push(format!(
            "kubectl drain {node} --ignore-daemonsets --delete-emptydir-data --force --timeout=1s"
        ));
    }
    if chance.below(3) == 0 {
        schedule.manifest += ASIDE;
        lines.push("kubectl delete namespace side --wait=false".to_owned());
    }
    match chance.below(5) {
        0 => {
            lines.push("kubectl scale sts a --replicas=0".to_owned());
            lines.push("kubectl scale sts a --replicas=2".to_owned());
        }
        1 if schedule.manifest.contains("metadata: {name: b}") => {
            let how = ["background", "foreground", "orphan"][chance.below(3) as usize];
            lines.push(format!("kubectl delete sts b --cascade={how} --wait=false"));
        }
        2 => {
            let node = node(chance, nodes);
            lines.push(format!("shutdown {node}"));
        }
        _ => {}
    }
    let mut at = 60_000;
    for line in lines {
        at += [1_000, 20_000, 200_000][chance.below(3) as usize] + chance.below(5_000);
        schedule.lines.push((at, line));
    }
    schedule.lines.sort_by_key(|(at, _)| *at);
}
