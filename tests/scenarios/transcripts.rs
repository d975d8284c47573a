//! The tutorials' commands as they stand, in a terminal: every printed block is ours, or stands in a table with its reason.

use std::collections::BTreeMap;

use ordinal_api::SimDuration;
use ordinal_core::Cluster;
use ordinal_kubectl::shell::Shell;
use ordinal_kubectl::{Session, script};

use crate::shared::texts;

/// A file that a tutorial names: the kinds of the objects in it, and the beginning of their names.
type File = (&'static str, &'static [(&'static str, &'static str)]);

struct Tutorial {
    number: usize,
    domain: &'static str,
    files: &'static [File],
    /// Commands, counted from 0, whose block is not ours, and why.
    differences: &'static [(usize, &'static str)],
}

/// A command and the lines that are printed under it; `None` where the tutorial shows none.
type Block = (String, Vec<String>);

/// The commands of a text: lines behind a prompt, with what follows up to an empty line, or fenced blocks.
fn blocks(text: &str) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    if text.contains("```bash") {
        let (mut commands, mut prints) = (false, false);
        for line in text.lines() {
            match line {
                "```bash" => commands = true,
                "```" => commands = false,
                "> ```" => prints = !prints,
                line if commands => all.push((line.to_owned(), Vec::new())),
                line if prints => {
                    let line = line.strip_prefix('>').unwrap_or(line);
                    if let Some(last) = all.last_mut() {
                        last.1
                            .push(line.strip_prefix(' ').unwrap_or(line).to_owned());
                    }
                }
                _ => {}
            }
        }
        return all;
    }
    let mut prints = false;
    for line in text.lines() {
        let command = line
            .strip_prefix("$ ")
            .or_else(|| line.split_once(":/# ").map(|(_, command)| command));
        if let Some(command) = command {
            all.push((command.trim().to_owned(), Vec::new()));
            prints = true;
        } else if line.trim().is_empty() {
            // Tables go on behind an empty line.
            let table = all
                .last()
                .is_some_and(|(command, _)| command.contains("pv,pvc"));
            prints &= table
                || all
                    .last()
                    .is_some_and(|(command, _)| command.starts_with("nslookup"));
        } else if prints
            && !line.starts_with("Let")
            && let Some(last) = all.last_mut()
        {
            last.1.push(line.to_owned());
        }
    }
    all
}

/// A line without what differs from run to run: ages, addresses, made-up names, the width of columns.
fn normal(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        let digits = word.starts_with(|c: char| c.is_ascii_digit());
        let age = digits && word.ends_with(['s', 'm', 'h', 'd']) && word.len() < 8;
        let address = digits && word.matches('.').count() == 3;
        match word {
            _ if age => "AGE".to_owned(),
            _ if address && !word.starts_with("10.96.0.10") => "ADDRESS".to_owned(),
            _ if word.starts_with("pvc-") => "pvc-UID".to_owned(),
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn normals<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<String> {
    let all = lines.map(normal).filter(|line| !line.is_empty());
    let mut all: Vec<String> = all.collect();
    // Rows that only a column left out here tells apart.
    all.dedup();
    all
}

/// Plays a tutorial; the numbers of the blocks that are equal, and what differs.
fn play(tutorial: &Tutorial) -> Option<(usize, BTreeMap<usize, String>)> {
    let (_, text) = texts("seeds").into_iter().nth(tutorial.number)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut config = ordinal_core::Config::with_nodes(3);
    config.domain = tutorial.domain.into();
    let mut cluster = Cluster::new(config);
    let mut session = Session::default();
    let reading = script::read(cluster.world(), "STDIN", &text, false, true);
    for (file, objects) in tutorial.files {
        let mut content = String::new();
        for document in &reading.documents {
            let kind = document.value["kind"].as_str().unwrap_or_default();
            let name = document.value["metadata"]["name"]
                .as_str()
                .unwrap_or_default();
            if objects
                .iter()
                .any(|(k, n)| *k == kind && name.starts_with(n))
            {
                content += &format!("---\n{}\n", document.value);
            }
        }
        session.files.insert((*file).to_owned(), content);
    }
    let mut shell = Shell::default();
    let (mut equal, mut different) = (0, BTreeMap::new());
    // What a cluster of the tutorial has before its first command.
    shell.run(
        &mut cluster,
        &mut session,
        "[ -f before.yaml ] && kubectl apply -f before.yaml",
    );
    for (number, (command, expected)) in blocks(&text).iter().enumerate() {
        let command = command
            // Created as one and printed as the other.
            .replace("statefulset01", "statefulset");
        if command.starts_with("kubectl") && !session.inside.is_empty() {
            // The tutorial does not say that its reader has left the Pod again.
            shell.run(&mut cluster, &mut session, "exit");
        }
        let transcript = shell.run(&mut cluster, &mut session, &command);
        let mut said = transcript.text();
        if let Some(mut watch) = transcript.watch {
            for _ in 0..600 {
                cluster.run_for(SimDuration::ms(100));
                said += &watch.poll(&mut cluster);
            }
        }
        cluster.run_for(SimDuration::ms(20_000));
        if expected.is_empty() {
            continue;
        }
        let (wanted, said) = (
            normals(
                expected
                    .join("\n")
                    .replace("statefulset01", "statefulset")
                    .lines(),
            ),
            normals(said.lines()),
        );
        if wanted == said {
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

const DELETED: &str = "kubectl since 1.34 names the namespace of what it deleted";
const ATTRIBUTES: &str = "servers since 1.29 print a column VOLUMEATTRIBUTESCLASS";
const SESSION: &str =
    "kubectl since 1.34 says that the session is recorded; the prompt is no output";

#[test]
fn nginx_on_a_file_share() {
    let tutorial = Tutorial {
        number: 4,
        domain: "desocluster.local",
        files: &[
            ("before.yaml", &[("StorageClass", "")]),
            ("statefulset-headless.yaml", &[("Service", "")]),
            ("statefulset-nginx.yaml", &[("StatefulSet", "")]),
        ],
        differences: &[
            (1, "the tutorial hides the name of its context"),
            (4, "its cluster has a driver and a default class of its own"),
            (6, "the block is cut off, and comes again whole"),
            (7, "the set was created by the command before"),
            (9, DELETED),
            (14, ATTRIBUTES),
            (15, ATTRIBUTES),
            (16, SESSION),
            (22, "its machines have names of their own"),
            (23, DELETED),
            (24, "its machines have names of their own"),
            (25, SESSION),
            (29, DELETED),
        ],
    };
    check(&tutorial, 17);
}
