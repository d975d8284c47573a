//! Nothing that is pasted may panic, hang or run away.

use std::time::{Duration, Instant};

use ordinal_manifest::{Options, Reading, read};

fn every_way(text: impl AsRef<[u8]>) -> Reading {
    let text = text.as_ref();
    let start = Instant::now();
    read(text, &Options::kubectl("STDIN"));
    read(text, &Options::strict());
    let reading = read(
        text,
        &Options {
            fill_missing: true,
            ..Options::default()
        },
    );
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    reading
}

fn refusal(text: impl AsRef<[u8]>) -> String {
    let reading = every_way(text);
    assert!(reading.documents.is_empty());
    reading
        .errors()
        .map(|found| found.message.clone())
        .next()
        .expect("a diagnostic")
}

#[test]
fn what_is_no_manifest_is_refused_with_a_reason() {
    assert_eq!(refusal(""), "no objects passed to apply");
    assert_eq!(refusal("   \n\n# words\n"), "no objects passed to apply");
    assert!(refusal("just some words\n").contains("no manifest"));
    assert!(refusal([0x7f, b'E', b'L', b'F', 0, 1, 2, 0xff, 0xfe]).contains("not text"));
    assert!(refusal(b"\0\0\0\0\x01\x02\x03").contains("binary"));
    let name = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\0b\n";
    assert!(refusal(name).contains("control characters are not allowed"));
}

#[test]
fn ten_megabytes_are_refused_by_their_size() {
    let text = "a: b\n".repeat(2 << 20);
    assert!(refusal(text).contains("at most"));
}

#[test]
fn bombs_do_not_go_off() {
    let mut bomb = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let before = format!("*a{}", level - 1);
        bomb.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            vec![before; 9].join(", ")
        ));
    }
    assert!(refusal(&bomb).contains("excessive aliasing"));
    assert!(refusal("apiVersion: v1\nkind: Service\na: &a [*a]\n").contains("contains itself"));
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        let deep = format!(
            "apiVersion: v1\nkind: X\nx:\n  {}{}\n",
            open.repeat(5_000),
            close.repeat(5_000)
        );
        every_way(deep);
        every_way(open.repeat(50_000));
    }
    every_way(format!(
        "apiVersion: v1\nkind: X\n{}",
        (0..3_000)
            .map(|at| format!("{}k:\n", " ".repeat(at)))
            .collect::<String>()
    ));
    every_way("{".repeat(100_000));
    every_way("apiVersion: v1\nkind: Service\n---\n".repeat(3_000));
    every_way("x ".repeat(200_000) + "apiVersion: v1 kind: Service metadata: name: a");
}

#[test]
fn a_megabyte_of_foreign_kinds_is_cheap() {
    let mut text = String::new();
    while text.len() < 1_500_000 {
        text.push_str("---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.org\nspec:\n");
        for at in 0..600 {
            text.push_str(&format!("  field{at}:\n    description: |-\n      Says what field {at} is for,\n      on two lines.\n    type: string\n"));
        }
    }
    let start = Instant::now();
    let reading = read(&text, &Options::default());
    // Unoptimised builds are several times slower than the ones people get.
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    assert!(reading.is_accepted());
    assert!(reading.unmodelled.len() > 10);
}

#[test]
fn a_tutorial_of_two_thousand_sets_is_read_at_once() {
    let set = |at: usize| {
        format!(
            "Some words.\n\n```yaml\napiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: s{at}\nspec:\n  serviceName: h{at}\n  selector:\n    matchLabels: {{app: s{at}}}\n  template:\n    metadata:\n      labels: {{app: s{at}}}\n    spec:\n      containers:\n      - name: c\n        image: c:1\n        envFrom:\n        - secretRef: {{name: k{at}}}\n        - configMapRef: {{name: m{at}}}\n```\n\n"
        )
    };
    let text: String = (0..2_000).map(set).collect();
    let options = Options {
        fill_missing: true,
        ..Options::default()
    };
    let start = Instant::now();
    let reading = read(&text, &options);
    // Work that grows with the square of the text takes longer than this where nothing else runs.
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(reading.documents.len(), 8_000);
}

/// A stream of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

const WORDS: &[&str] = &[
    "apiVersion: v1",
    "apiVersion: apps/v1",
    "apiVersion: apps/v1beta1",
    "kind: StatefulSet",
    "kind: Service",
    "kind: List",
    "kind: PersistentVolume",
    "metadata:",
    "name: db",
    "labels:",
    "app: db",
    "spec:",
    "replicas: 3",
    "template:",
    "containers:",
    "- name: db",
    "image: db:1",
    "volumeMounts:",
    "- mountPath: /data",
    "volumeClaimTemplates:",
    "ports:",
    "- port: 80",
    "selector:",
    "matchLabels:",
    "items:",
    "- |",
    "script: |",
    "data:",
    "...",
    "---",
    "```",
    "```yaml",
    "# note",
    "(1)",
    "<name>",
    "${NAME}",
    "{{ .Values.x }}",
    "{{ x }}",
    "&a",
    "*a",
    "<<: *a",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\t",
    "\u{a0}",
    "\u{201c}x\u{201d}",
    "\u{200b}",
    "cat <<EOF | kubectl apply -f -",
    "EOF",
    "$ kubectl get pods",
    "1. ",
    "é日本",
    "? x",
    "!!str 1",
    "%YAML 1.1",
    "key: ...",
    "a: b: c",
    ": x",
    "-",
    "- - x",
    "nodeAffinity:",
    "env:",
    "- value: 1",
    "clusterIP: None",
    "&lt;",
];

/// Lines of manifests, put together at random, then damaged at random.
fn text(numbers: &mut Numbers) -> String {
    let mut text = String::new();
    for _ in 0..numbers.below(40) {
        text.push_str(&" ".repeat(numbers.below(4) * numbers.below(4)));
        text.push_str(WORDS[numbers.below(WORDS.len())]);
        text.push_str(["\n", "\n", "\n", " ", "", "\r\n", "\n\n"][numbers.below(7)]);
    }
    for _ in 0..numbers.below(4) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let Some(place) = places.get(numbers.below(places.len())) else {
            break;
        };
        match numbers.below(3) {
            0 => drop(text.remove(*place)),
            1 => text.insert_str(*place, WORDS[numbers.below(WORDS.len())]),
            _ => text.truncate(*place),
        }
    }
    text
}

#[test]
fn no_text_panics_and_every_repaired_text_reads_strictly() {
    let mut numbers = Numbers(42);
    for round in 0..6_000 {
        let text = text(&mut numbers);
        let reading = every_way(&text);
        if reading.documents.is_empty() {
            continue;
        }
        let again = read(&reading.repaired_text, &Options::strict());
        let values = |reading: &Reading| {
            reading
                .documents
                .iter()
                .map(|one| one.value.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            values(&again),
            values(&reading),
            "round {round}:\n{text}\n=>\n{}",
            reading.repaired_text
        );
    }
}
