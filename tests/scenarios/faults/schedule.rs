//! A schedule: a cluster, what runs on it, and what breaks when. All of it follows from one number.

use std::fmt::{self, Write};

use super::beside;
use ordinal_core::shrink::shortest;

/// What is played.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub(super) seed: u64,
    pub(super) nodes: usize,
    pub(super) zones: usize,
    pub(super) manifest: String,
    /// Lines with their moments, in order.
    pub(super) lines: Vec<(u64, String)>,
}

/// Numbers that follow from a seed: SplitMix64.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

pub(crate) const SET: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: NAME}
spec:
  serviceName: NAME
  replicas: REPLICAS
  podManagementPolicy: POLICY
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - {name: main, image: 'postgres:17', volumeMounts: [{name: data, mountPath: /data}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], storageClassName: CLASS, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec: {clusterIP: None, selector: {app: NAME}, ports: [{port: 80}]}
---
";

pub(super) const SHARE: &str = "
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: share}
provisioner: nfs.csi.k8s.io
---
";

impl Schedule {
    /// The schedule of a number.
    pub(super) fn of(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let nodes = 1 + chance.below(8) as usize;
        let zones = 1 + chance.below(3.min(nodes as u64)) as usize;
        let mut manifest = SHARE.to_owned();
        let mut pods = Vec::new();
        let mut claims = Vec::new();
        for name in ["a", "b"].iter().take(1 + chance.below(2) as usize) {
            let replicas = 1 + chance.below(3);
            let policy = ["OrderedReady", "Parallel"][chance.below(2) as usize];
            let class = ["standard", "standard", "share"][chance.below(3) as usize];
            manifest += &SET
                .replace("NAME", name)
                .replace("REPLICAS", &replicas.to_string())
                .replace("POLICY", policy)
                .replace("CLASS", class);
            for ordinal in 0..replicas {
                pods.push(format!("{name}-{ordinal}"));
                claims.push(format!("data-{name}-{ordinal}"));
            }
        }
        let mut lines = Vec::new();
        let mut at = 60_000;
        for _ in 0..1 + chance.below(7) {
            at += [500, 5_000, 40_000, 90_000, 400_000][chance.below(5) as usize]
                + chance.below(3_000);
            let node = format!("node-{}", 1 + chance.below(nodes as u64));
            let pod = &pods[chance.below(pods.len() as u64) as usize];
            let claim = &claims[chance.below(claims.len() as u64) as usize];
            match chance.below(21) {
                0..=2 => lines.push((at, format!("power-off {node}"))),
                3..=4 => lines.push((at, format!("power-on {node}"))),
                5..=7 => lines.push((at, format!("partition {node}"))),
                8..=9 => lines.push((at, format!("heal {node}"))),
                10 => lines.push((at, "attach-fails".to_owned())),
                11 => lines.push((at, "attach-works".to_owned())),
                12..=13 => lines.push((at, format!("kubectl delete pod {pod} --wait=false"))),
                14..=15 => lines.push((
                    at,
                    format!("kubectl delete pod {pod} --force --grace-period=0"),
                )),
                16 => lines.push((at, format!("kubectl delete node {node}"))),
                17 => lines.push((
                    at,
                    format!(
                        "kubectl taint nodes {node} node.kubernetes.io/out-of-service=x:NoExecute"
                    ),
                )),
                18 => lines.push((at, format!("kubectl delete pvc {claim} --wait=false"))),
                19 => lines.push((at, format!("kubectl cordon {node}"))),
                _ => {
                    // A whole zone.
                    let zone = chance.below(zones as u64) as usize;
                    let lost = (0..nodes).filter(|n| n % zones == zone);
                    lines.extend(lost.map(|n| (at, format!("power-off node-{}", n + 1))));
                }
            }
        }
        let mut schedule = Self {
            seed,
            nodes,
            zones,
            manifest,
            lines,
        };
        beside::add(&mut schedule, &mut Chance(!seed));
        schedule
    }

    /// Whether somebody says that what cannot be seen is gone: then two may run where one should.
    pub(super) fn forces(&self) -> bool {
        let forcing = ["--force", "delete node", "out-of-service"];
        let mut lines = self.lines.iter();
        lines.any(|(_, line)| forcing.iter().any(|word| line.contains(word)))
    }

    /// The shortest schedule that `fails` still.
    pub(super) fn shrunk(&self, fails: impl Fn(&Self) -> bool) -> Self {
        let with = |lines: &[(u64, String)]| Self {
            lines: lines.to_vec(),
            ..self.clone()
        };
        with(&shortest(self.lines.clone(), |lines| fails(&with(lines))))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} nodes in {} zones", self.nodes, self.zones)?;
        for (at, line) in &self.lines {
            writeln!(f, "{at:>9} {line}")?;
        }
        f.write_char('\n')?;
        f.write_str(&self.manifest)
    }
}

#[test]
fn a_schedule_is_shortened_to_what_matters() {
    let mut long = Schedule::of(7);
    long.lines = ["x", "power-off node-1", "y", "z", "power-off node-2"]
        .iter()
        .map(|line| (0, (*line).to_owned()))
        .collect();
    let has = |s: &Schedule, line: &str| s.lines.iter().any(|(_, l)| l == line);
    let shortest = long.shrunk(|s| has(s, "power-off node-1") && has(s, "power-off node-2"));
    let lines: Vec<_> = shortest
        .lines
        .iter()
        .map(|(_, line)| line.as_str())
        .collect();
    assert_eq!(lines, ["power-off node-1", "power-off node-2"]);
}
