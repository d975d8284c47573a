//! Manifests as people have them, read where they lie beside the repository. Skipped, aloud, when they are not there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ordinal_manifest::{Layer, Options, Reading, Severity, read};
use serde_json::Value;

const WILD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/wild");

fn texts() -> BTreeMap<String, Vec<u8>> {
    let Ok(files) = std::fs::read_dir(WILD) else {
        eprintln!("skipped: no texts beside the repository");
        return BTreeMap::new();
    };
    let named = files.flatten().filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        let numbered = name.starts_with(|c: char| c.is_ascii_digit());
        numbered.then(|| (name, std::fs::read(file.path()).expect("a readable file")))
    });
    named.collect()
}

fn lenient() -> Options {
    Options {
        fill_missing: true,
        ..Options::default()
    }
}

/// What kubectl would hand on, or nothing if it cannot read the text.
fn as_kubectl_reads(text: &[u8]) -> Option<Reading> {
    let reading = read(text, &Options::kubectl("STDIN"));
    let unreadable = |message: &str| {
        message.starts_with("error parsing") || message.starts_with("error validating")
    };
    (!reading
        .diagnostics
        .iter()
        .any(|found| unreadable(&found.message)))
    .then_some(reading)
}

fn values(reading: &Reading) -> Vec<&Value> {
    reading
        .documents
        .iter()
        .map(|document| &document.value)
        .collect()
}

#[test]
fn a_text_that_kubectl_reads_is_read_without_touching_it() {
    for (name, text) in texts() {
        let Some(kubectl) = as_kubectl_reads(&text) else {
            continue;
        };
        let ours = read(&text, &Options::default());
        let touched: Vec<_> = ours
            .repairs
            .iter()
            .filter(|repair| repair.layer == Layer::Text)
            .collect();
        assert!(touched.is_empty(), "{name}: {touched:?}");
        if ours.repairs.is_empty() && ours.is_accepted() {
            assert_eq!(values(&ours), values(&kubectl), "{name}");
        }
    }
}

#[test]
fn every_text_is_read_at_once_and_nine_in_ten_are_accepted() {
    let texts = texts();
    let mut accepted = 0;
    for (name, text) in &texts {
        let start = Instant::now();
        let reading = read(text, &lenient());
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{name} took {:?}",
            start.elapsed()
        );
        accepted += usize::from(reading.is_accepted());
        let made: Vec<&str> = reading
            .repairs
            .iter()
            .map(|repair| repair.id.as_str())
            .collect();
        let refused: Vec<&str> = reading
            .errors()
            .map(|found| found.message.as_str())
            .collect();
        println!(
            "{name}\t{}\t{}\t{}",
            reading.documents.len(),
            made.join(" "),
            refused.join(" | ")
        );
    }
    println!("{accepted} of {} accepted", texts.len());
    assert!(
        accepted * 10 >= texts.len() * 9,
        "{accepted} of {}",
        texts.len()
    );
}

#[test]
fn what_is_shown_as_repaired_reads_strictly_to_the_same_objects() {
    for (name, text) in texts() {
        let reading = read(&text, &lenient());
        if reading.documents.is_empty() {
            continue;
        }
        let again = read(&reading.repaired_text, &Options::strict());
        let worse: Vec<_> = again
            .errors()
            .filter(|found| !found.message.contains("no matches for kind"))
            .map(|found| &found.message)
            .collect();
        assert!(worse.is_empty(), "{name}: {worse:?}");
        assert_eq!(values(&again), values(&reading), "{name}");
    }
}

#[test]
fn undoing_every_repair_leaves_what_kubectl_says() {
    for (name, text) in texts() {
        let reading = read(&text, &lenient());
        if reading.repairs.is_empty() {
            continue;
        }
        let without = reading
            .repairs
            .iter()
            .map(|repair| repair.name.to_owned())
            .collect();
        let bare = read(
            &text,
            &Options {
                without,
                ..lenient()
            },
        );
        let same = bare
            .repairs
            .iter()
            .filter(|repair| reading.repairs.contains(repair))
            .count();
        assert_eq!(same, 0, "{name}");
    }
}

#[test]
fn every_finding_has_a_place_inside_the_text() {
    for (name, text) in texts() {
        let lines = String::from_utf8_lossy(&text).lines().count() as u32;
        let reading = read(&text, &lenient());
        let places = reading
            .diagnostics
            .iter()
            .filter(|found| found.severity != Severity::Note)
            .map(|found| found.at);
        for at in places.chain(reading.repairs.iter().map(|repair| repair.at)) {
            assert!(
                at.line >= 1 && at.line <= lines.max(1) + 1 && at.column >= 1,
                "{name}: {at:?}"
            );
        }
    }
}
