//! A whole run as data: manifests, a cluster, commands with their times. The command line tool, the page and the
//! tests play the same script, so that they get the same bytes.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedSet;

use ordinal_api::{Kind, SimDuration, SimTime};
use ordinal_core::history::Stop;
use ordinal_core::{Cluster, Config, World};
use ordinal_manifest::{ObjectRef, Options, Reading};

use crate::{Output, Session, apply_objects, run};

/// A run.
#[derive(Clone, Debug)]
pub struct Script {
    /// The cluster.
    pub config: Config,
    /// Manifests, each with the name of its file.
    pub texts: Vec<(String, String)>,
    /// No repair: kubectl's and the server's own words.
    pub strict: bool,
    /// Placeholders for what is referred to and not there, and labels for nodes that are asked for.
    pub fill_missing: bool,
    /// Commands and when they are given.
    pub commands: Vec<(SimTime, String)>,
    /// How long to run.
    pub until: Until,
}

/// How long a run lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until nothing is left to do but retries, a day of simulated time at most.
    Settled,
    /// Until a moment.
    Moment(SimTime),
}

/// What a run came to.
#[derive(Debug)]
pub struct Played {
    /// The cluster at its end, with every frame.
    pub cluster: Cluster,
    /// How each text was read.
    pub readings: Vec<Reading>,
    /// What was printed, in order: the line and its output. Applied texts go by `apply -f FILE`.
    pub outputs: Vec<(String, Output)>,
    /// Why it stopped.
    pub stop: Stop,
}

/// Longest run until a cluster has settled.
const DAY: SimTime = SimTime(86_400_000);

impl Script {
    /// A script of one text on three nodes, repaired and filled in, run until it settles.
    pub fn of_text(text: &str) -> Self {
        Self {
            config: Config::default(),
            texts: vec![("STDIN".to_owned(), text.to_owned())],
            strict: false,
            fill_missing: true,
            commands: Vec::new(),
            until: Until::Settled,
        }
    }

    /// The same with a command at a moment.
    pub fn at(mut self, at_ms: u64, command: &str) -> Self {
        self.commands.push((SimTime(at_ms), command.to_owned()));
        self
    }

    /// Plays it.
    pub fn play(&self) -> Played {
        let mut cluster = Cluster::new(self.config.clone());
        let mut session = Session::default();
        let (mut readings, mut outputs) = (Vec::new(), Vec::new());
        for (file, text) in &self.texts {
            let reading = read(cluster.world(), file, text, self.strict, self.fill_missing);
            outputs.extend(apply(
                &mut cluster,
                &mut session,
                file,
                &reading,
                self.fill_missing,
            ));
            readings.push(reading);
        }
        let mut commands = self.commands.clone();
        ordinal_api::sorted::sort_by_key(&mut commands, |(at, _)| *at);
        for (at, line) in &commands {
            cluster.run_until(*at);
            let output = run(&mut cluster, &mut session, line);
            outputs.push((line.clone(), output));
        }
        let stop = match self.until {
            Until::Settled => cluster.settle(DAY),
            Until::Moment(at) => cluster.run_until(at),
        };
        Played {
            cluster,
            readings,
            outputs,
            stop,
        }
    }
}

impl Played {
    /// Whether all texts were accepted: read without an error and taken by the API server.
    pub fn is_accepted(&self) -> bool {
        let applied = self
            .outputs
            .iter()
            .filter(|(line, _)| line.starts_with("apply -f "));
        self.readings.iter().all(Reading::is_accepted)
            && applied.into_iter().all(|(_, output)| output.is_ok())
    }
}

/// Reads a text for a cluster: what the cluster has is not missing.
pub fn read(world: &World, file: &str, text: &str, strict: bool, fill_missing: bool) -> Reading {
    let options = Options {
        strict,
        fill_missing: fill_missing && !strict,
        file: file.to_owned(),
        present: present(world),
        ..Options::default()
    };
    ordinal_manifest::read(text, &options)
}

/// The names of all objects that manifests refer to.
pub fn present(world: &World) -> SortedSet<ObjectRef> {
    const REFERRED: [Kind; 8] = [
        Kind::Namespace,
        Kind::StorageClass,
        Kind::ConfigMap,
        Kind::Secret,
        Kind::ServiceAccount,
        Kind::PersistentVolumeClaim,
        Kind::Service,
        Kind::PriorityClass,
    ];
    let objects = REFERRED.iter().flat_map(|kind| {
        world
            .store
            .list(*kind)
            .map(move |(_, object)| (*kind, object))
    });
    let name = |(kind, object): (Kind, &std::sync::Arc<ordinal_api::Object>)| {
        let kind_name = kind.names().kind;
        if kind.is_namespaced() {
            ObjectRef::namespaced(kind_name, &object.meta.namespace, &object.meta.name)
        } else {
            ObjectRef::cluster(kind_name, &object.meta.name)
        }
    };
    objects.map(name).collect()
}

/// Applies what was read: node labels first, if they are wanted, then the objects in their order.
pub fn apply(
    cluster: &mut Cluster,
    session: &mut Session,
    file: &str,
    reading: &Reading,
    label_nodes: bool,
) -> Vec<(String, Output)> {
    let mut outputs = Vec::new();
    if label_nodes {
        for line in label_lines(cluster.world(), reading) {
            let output = run(cluster, session, &line);
            outputs.push((line, output));
        }
    }
    let objects = reading
        .documents
        .iter()
        .map(|document| (file, &document.value));
    let output = apply_objects(cluster, &session.namespace, objects);
    outputs.push((format!("apply -f {file}"), output));
    outputs
}

/// The commands that give nodes the labels which the text asks for, key by key in the order of the text.
///
/// Every value that is asked for gets a node. What only Pods ask for, any node may have: then each has one of the values, so
/// that a Pod with several wishes finds them on one node, and one that must not share a node finds others.
pub fn label_lines(world: &World, reading: &Reading) -> Vec<String> {
    let nodes: Vec<_> = world
        .store
        .list(Kind::Node)
        .map(|(_, node)| node.clone())
        .into_list();
    let wishes = &reading.node_labels_wanted;
    let mut lines = Vec::new();
    let mut next = 0;
    for (at, first) in wishes.iter().enumerate() {
        let key = &first.key;
        if wishes[..at].iter().any(|wish| wish.key == *key) {
            continue;
        }
        let has = |v: &String| nodes.iter().any(|n| n.meta.label(key) == Some(v));
        // Any of the values will do; a key alone is wanted with any value.
        let any = Vec::from(["true".to_owned()]);
        let mut values: Vec<&String> = Vec::new();
        let mut spare: Vec<&String> = Vec::new();
        let mut pods_only = key != "kubernetes.io/hostname";
        for wish in wishes[at..].iter().filter(|wish| wish.key == *key) {
            let good = if wish.values.is_empty() {
                &any
            } else {
                &wish.values
            };
            pods_only &= !wish.wanted_by.starts_with("PersistentVolume/");
            if !good
                .iter()
                .any(|value| values.contains(&value) || has(value))
            {
                values.extend(good.first());
            }
            spare.extend(good);
        }
        let enough = if values.is_empty() { 0 } else { nodes.len() };
        if pods_only {
            for value in spare {
                if values.len() < enough && !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        let labelled = if pods_only { enough } else { values.len() };
        let pairs = nodes.iter().cycle().skip(next).zip(values.iter().cycle());
        for (node, value) in pairs.take(labelled) {
            let node = &node.meta.name;
            lines.push(format!(
                "kubectl label node {node} {key}={value} --overwrite"
            ));
        }
        next = (next + labelled) % nodes.len().max(1);
    }
    lines
}

/// Reads `90`, `90s`, `5m`, `1h30m`, `500ms`.
pub fn parse_duration(text: &str) -> Option<SimDuration> {
    if let Ok(secs) = text.parse::<u64>() {
        return Some(SimDuration::secs(secs));
    }
    let (mut total, mut digits, mut rest) = (0_u64, String::new(), text);
    while let Some(letter) = rest.chars().next() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            rest = &rest[1..];
            continue;
        }
        let number: u64 = digits.parse().ok()?;
        digits.clear();
        let (unit, length) = if rest.starts_with("ms") {
            (1, 2)
        } else {
            (
                match letter {
                    'h' => 3_600_000,
                    'm' => 60_000,
                    's' => 1000,
                    _ => return None,
                },
                1,
            )
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[length..];
    }
    digits.is_empty().then_some(SimDuration::ms(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_labelled_so_that_one_has_all_that_a_pod_asks_for() {
        let pod = |name: &str, zone: &str| {
            format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  nodeSelector: {{pool: db, zone: {zone}}}\n  \
                 containers:\n  - name: c\n    image: c:1\n"
            )
        };
        let text = pod("a", "north") + &pod("b", "south");
        let reading = ordinal_manifest::read(&text, &Options::default());
        let fresh = Cluster::new(Config::default());

        let lines = label_lines(fresh.world(), &reading);

        let expected = [
            "pool=db",
            "pool=db",
            "pool=db",
            "zone=north",
            "zone=south",
            "zone=north",
        ];
        let labels: Vec<_> = lines
            .iter()
            .filter_map(|line| line.split(' ').nth(4))
            .collect();
        assert_eq!(labels, expected);
        let labelled = Script::of_text(&text).play().cluster;
        assert_eq!(label_lines(labelled.world(), &reading), [""; 0]);
    }

    #[test]
    fn durations_are_read_with_their_units() {
        let ms = |text| parse_duration(text).map(SimDuration::as_ms);
        assert_eq!(
            [ms("90"), ms("5m"), ms("1h30m"), ms("500ms"), ms("2m3s")],
            [
                Some(90_000),
                Some(300_000),
                Some(5_400_000),
                Some(500),
                Some(123_000)
            ]
        );
        assert_eq!([ms(""), ms("5x"), ms("m")], [Some(0), None, None]);
    }
}
