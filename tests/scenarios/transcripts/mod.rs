//! The tutorials' commands as they stand, in a terminal: every printed block is ours, or stands in a table with its reason.

mod blocks;

use std::collections::BTreeMap;

use ordinal_api::SimDuration;
use ordinal_core::Cluster;
use ordinal_core::release::Release;
use ordinal_kubectl::shell::Shell;
use ordinal_kubectl::{Session, script};

use self::blocks::blocks;
use crate::shared::texts;

/// A file that a tutorial names: the kinds of the objects in it, and the beginning of their names.
type File = (&'static str, &'static [(&'static str, &'static str)]);

struct Tutorial {
    number: usize,
    domain: &'static str,
    nodes: &'static [&'static str],
    release: &'static str,
    files: &'static [File],
    /// The name of its context, and what its cluster has before the first command.
    context: &'static str,
    before: &'static str,
    /// Words in commands and blocks that stand for something here.
    words: &'static [(&'static str, &'static str)],
    /// Milliseconds that the reader waits after a command, where it is not 20 seconds.
    pauses: &'static [(usize, u64)],
    /// Commands for readers of another cluster.
    others: &'static [usize],
    /// Blocks of which the tutorial shows a part: their lines are ours, in this order, among others.
    parts: &'static [usize],
    /// Commands, counted from 0, whose block is not ours, and why.
    differences: &'static [(usize, &'static str)],
}

const TUTORIAL: Tutorial = Tutorial {
    number: 0,
    domain: "cluster.local",
    nodes: &["node-1", "node-2", "node-3"],
    release: "1.37",
    files: &[],
    context: "kubernetes-admin@kubernetes",
    before: "",
    words: &[],
    pauses: &[],
    others: &[],
    parts: &[],
    differences: &[],
};

/// A line without what differs from run to run: ages, addresses, made-up names, the width of columns.
fn normal(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        let digits = word.starts_with(|c: char| c.is_ascii_digit());
        let age = digits && word.ends_with(['s', 'm', 'h', 'd']) && word.len() < 8;
        let address = digits && word.matches('.').count() == 3;
        let end = word.rsplit('/').next().unwrap_or(word);
        let behind = end != word && end.parse::<std::net::Ipv4Addr>().is_ok();
        match word {
            _ if behind => format!("{}/ADDRESS", &word[..word.len() - end.len() - 1]),
            _ if word.starts_with("controller-revision-hash=") => {
                word.rsplit_once('-')
                    .map_or(word, |(name, _)| name)
                    .to_owned()
                    + "-HASH"
            }
            _ if age => "AGE".to_owned(),
            _ if address && !word.starts_with("10.96.0.10") => "ADDRESS".to_owned(),
            _ if word.starts_with("pvc-") => "pvc-UID".to_owned(),
            _ => word.to_owned(),
        }
    });
    let line = words.collect::<Vec<_>>().join(" ");
    match line.strip_prefix("Start Time: ") {
        Some(_) => "Start Time: TIME".to_owned(),
        None => line,
    }
}

fn normals<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<String> {
    let all = lines.map(normal).filter(|line| !line.is_empty());
    let mut all: Vec<String> = all.collect();
    // Rows that only a column left out here tells apart.
    all.dedup();
    all
}

/// Whether lines are among others, in their order.
fn is_part(lines: &[String], all: &[String]) -> bool {
    let mut all = all.iter();
    lines.iter().all(|line| all.any(|one| one == line))
}

/// Plays a tutorial; the numbers of the blocks that are equal, and what differs.
fn play(tutorial: &Tutorial) -> Option<(usize, BTreeMap<usize, String>)> {
    let (_, text) = texts("seeds").into_iter().nth(tutorial.number)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut config = ordinal_core::Config::with_nodes(tutorial.nodes.len());
    config.domain = tutorial.domain.into();
    config.release = Release::parse(tutorial.release).expect("a release that is modelled");
    for (node, name) in config.nodes.iter_mut().zip(tutorial.nodes) {
        node.name = (*name).into();
    }
    let mut cluster = Cluster::new(config);
    let mut config = ordinal_kubectl::session::Config {
        current: tutorial.context.to_owned(),
        ..Default::default()
    };
    config.contexts[0].name = config.current.clone();
    let mut session = Session::with_config(config);
    let reading = script::read(cluster.world(), "STDIN", &text, false, true);
    for (file, objects) in tutorial.files {
        let mut content = String::new();
        for document in &reading.documents {
            let kind = document.value["kind"].as_str().unwrap_or_default();
            let name = document.value["metadata"]["name"]
                .as_str()
                .unwrap_or_default();
            if objects.iter().any(|(k, n)| {
                *k == kind && (name.starts_with(n) || n.strip_prefix('=') == Some(name))
            }) {
                content += &format!("---\n{}\n", document.value);
            }
        }
        session.files.insert((*file).to_owned(), content);
    }
    let mut shell = Shell::default();
    let (mut equal, mut different) = (0, BTreeMap::new());
    shell.run(&mut cluster, &mut session, tutorial.before);
    for (number, (command, expected)) in blocks(&text).iter().enumerate() {
        if tutorial.others.contains(&number) {
            continue;
        }
        let here = |text: &str| {
            let words = tutorial.words.iter();
            words.fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
        };
        let command = here(command);
        if command.starts_with("kubectl") && !session.inside.is_empty() {
            // The tutorial does not say that its reader has left the Pod again.
            shell.run(&mut cluster, &mut session, "exit");
        }
        let transcript = shell.run(&mut cluster, &mut session, &command);
        let mut said = transcript.text();
        let prompt = ordinal_kubectl::shell::prompt(&session);
        let shown = expected.last().map(|line| line.trim());
        if !session.inside.is_empty() && shown == Some(prompt.trim()) {
            // What is printed ends with the prompt of the shell that was entered.
            said += &prompt;
        }
        if let Some(mut watch) = transcript.watch {
            for _ in 0..600 {
                cluster.run_for(SimDuration::ms(100));
                said += &watch.poll(&mut cluster);
            }
        }
        let pause = tutorial.pauses.iter().find(|(at, _)| *at == number);
        cluster.run_for(SimDuration::ms(pause.map_or(20_000, |(_, ms)| *ms)));
        if expected.is_empty() {
            continue;
        }
        let wanted = normals(here(&expected.join("\n")).lines());
        let said = normals(said.lines());
        let part = tutorial.parts.contains(&number);
        if wanted == said && !part || part && wanted != said && is_part(&wanted, &said) {
            equal += 1;
        } else {
            different.insert(
                number,
                format!(
                    "{number} $ {command}\n--- printed there\n{}\n--- ours\n{}\n",
                    wanted.join("\n"),
                    said.join("\n")
                ),
            );
        }
    }
    Some((equal, different))
}

#[track_caller]
fn check(tutorial: &Tutorial, equal: usize) {
    let Some((same, different)) = play(tutorial) else {
        println!("skipped: the tutorials are not here");
        return;
    };
    let known: Vec<usize> = tutorial
        .differences
        .iter()
        .map(|(number, _)| *number)
        .collect();
    let found: Vec<usize> = different.keys().copied().collect();
    let shown: String = different.values().map(String::as_str).collect();
    assert_eq!(found, known, "{shown}");
    assert_eq!(same, equal);
}

const ATTRIBUTES: &str = "servers since 1.29 print a column VOLUMEATTRIBUTESCLASS";
#[test]
fn nginx_on_a_file_share() {
    let tutorial = Tutorial {
        number: 4,
        domain: "desocluster.local",
        release: "1.29",
        // Created as one and printed as the other.
        words: &[("statefulset01", "statefulset")],
        // The first Pod goes to the third of them.
        nodes: &["k8s-worker02", "k8s-worker03", "k8s-worker01"],
        context: "xxxxx@xxxxxx",
        before: "kubectl delete sc --all; kubectl apply -f - <<EOF
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: nfs-storageclass
  annotations: {storageclass.kubernetes.io/is-default-class: 'true'}
provisioner: nfs-deso-provisioner
EOF",
        files: &[
            ("statefulset-headless.yaml", &[("Service", "")]),
            ("statefulset-nginx.yaml", &[("StatefulSet", "")]),
        ],
        differences: &[
            (6, "the block is cut off, and comes again whole"),
            (7, "the set was created by the command before"),
            (14, ATTRIBUTES),
            (15, ATTRIBUTES),
        ],
        ..TUTORIAL
    };
    check(&tutorial, 26);
}

#[test]
fn mongodb_on_local_volumes() {
    let tutorial = Tutorial {
        number: 0,
        release: "1.29",
        pauses: &[(7, 2_100)],
        parts: &[14],
        words: &[
            ("[NODE-0-NAME]", "node-1"),
            ("[NODE-1-NAME]", "node-2"),
            ("[NODE-2-NAME]", "node-3"),
            ("NODE-0-NAME", "node-1"),
            ("NODE-1-NAME", "node-2"),
            ("NODE-2-NAME", "node-3"),
        ],
        files: &[
            (
                "pvs/mongodb-data-0-pv.yaml",
                &[("PersistentVolume", "mongodb-data-0")],
            ),
            (
                "pvs/mongodb-data-1-pv.yaml",
                &[("PersistentVolume", "mongodb-data-1")],
            ),
            (
                "pvs/mongodb-data-2-pv.yaml",
                &[("PersistentVolume", "mongodb-data-2")],
            ),
            ("mongodb-svc.yaml", &[("Service", "")]),
            ("mongodb-sts.yaml", &[("StatefulSet", "")]),
            ("mongod-keyfile-secret.yaml", &[("Secret", "")]),
            ("network-utils-pod.yaml", &[("Pod", "")]),
        ],
        differences: &[
            (9, ATTRIBUTES),
            (
                12,
                "the word clear was typed too much; what is shown is the answer for mongodb-0.mongodb",
            ),
            (17, ATTRIBUTES),
        ],
        ..TUTORIAL
    };
    check(&tutorial, 15);
}

#[test]
fn an_overview_has_no_commands() {
    let Some((_, text)) = texts("seeds").into_iter().nth(1) else {
        return;
    };
    assert_eq!(blocks(&String::from_utf8_lossy(&text)), []);
}

#[test]
fn pets_that_store_what_is_posted() {
    let tutorial = Tutorial {
        number: 2,
        release: "1.29",
        pauses: &[(0, 8_000), (7, 300), (8, 300), (13, 60_000)],
        nodes: &[
            "gke-kubia-default-pool-32a2cac8-596v",
            "gke-kubia-default-pool-32a2cac8-m0g1",
            "gke-kubia-default-pool-32a2cac8-sgl7",
        ],
        files: &[(
            "kubia-statefulset.yaml",
            &[("Service", ""), ("StatefulSet", "")],
        )],
        differences: &[
            (0, "kubectl before 1.9 wrote a kind, and the name in quotes"),
            (
                2,
                "servers before 1.8 had a column ACCESSMODES and no class; its volumes are made by hand",
            ),
            (8, "kubectl before 1.11 did not wait until the Pod was gone"),
            (
                14,
                "servers before 1.8 had no column ROLES; its release is 1.6",
            ),
            (
                15,
                "servers before 1.13 showed Pods of a lost node as Unknown; its third Pod comes from nowhere",
            ),
            (
                16,
                "servers before 1.13 set the reason NodeLost; the Pod is Terminating after five minutes only",
            ),
            (
                18,
                "a container that is created is not ready, which is a slip; its third Pod comes from nowhere",
            ),
        ],
        ..TUTORIAL
    };
    check(&tutorial, 9);
}

#[test]
fn greeters_on_several_nodes() {
    let tutorial = Tutorial {
        number: 3,
        release: "1.29",
        pauses: &[(6, 1_975), (25, 600)],
        others: &[21, 22, 23],
        parts: &[17],
        nodes: &["devnation", "devnation-02"],
        files: &[
            (
                "apps/kubefiles/quarkus-statefulset.yaml",
                &[("Service", "=quarkus"), ("StatefulSet", "")],
            ),
            (
                "apps/kubefiles/quarkus-statefulset-external-svc.yaml",
                &[("Service", "quarkus-statefulset-2")],
            ),
        ],
        differences: &[
            (8, "two replicas are asked for, so that one of them is 1/2"),
            (
                11,
                "the beginning is cut off; its node has another name, and its image was there before",
            ),
            (
                15,
                "the Service is called quarkus; the block is that of another manifest",
            ),
            (
                16,
                "the Service is called quarkus; the block is that of another manifest",
            ),
            (26, "servers since 1.31 print Completed, and so do ours"),
            (
                27,
                "curl since 7.75 tells the time, and since 7.84 in other words; its port is another",
            ),
        ],
        ..TUTORIAL
    };
    check(&tutorial, 6);
}
