//! Recordings of a real control plane are played on the simulator: `recorded/`, copied unchanged, and `siblings/`, made
//! since in the same formats where those were silent, from the same programs.
//!
//! What differs is in [`expected`], each case with its reason. A case there that passes fails the test.

mod altered;
mod expected;

use std::collections::BTreeSet;
use std::path::Path;

use expected::Failures;
use ordinal_cli::conform::{check, files};

/// File, case and difference of all that does not pass, and how many cases there are.
fn failures(folder: &str) -> (usize, Vec<(String, String, String)>) {
    let conformance = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let mut cases = 0;
    let mut failed = Vec::new();
    for set in ["recorded", "siblings"] {
        let root = conformance.join(set).join(folder);
        for file in files(&root).unwrap_or_default() {
            let outcome = check(&file);
            let name = file
                .strip_prefix(&root)
                .unwrap_or(&file)
                .display()
                .to_string();
            cases += outcome.cases.len();
            for case in outcome.cases {
                if let Some(difference) = case.difference {
                    failed.push((name.clone(), case.name, difference));
                }
            }
        }
    }
    (cases, failed)
}

/// Plays a folder and holds what fails to the list.
fn hold(folder: &str, listed: Failures) {
    let (cases, failed) = failures(folder);
    let expected: BTreeSet<(&str, &str)> = listed
        .iter()
        .map(|(file, case, _)| (*file, *case))
        .collect();
    let mut wrong = Vec::new();
    for (file, case, difference) in &failed {
        if !expected.contains(&(file.as_str(), case.as_str())) {
            wrong.push(format!("{file}: {case}: {difference}"));
        }
    }
    let failed: BTreeSet<(&str, &str)> = failed
        .iter()
        .map(|(file, case, _)| (file.as_str(), case.as_str()))
        .collect();
    for (file, case) in expected.difference(&failed) {
        wrong.push(format!("{file}: {case}: passes now: take it off the list"));
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() && !wrong.is_empty() {
        write_list(folder, listed, &failures(folder).1);
        return;
    }
    assert!(
        wrong.is_empty(),
        "of {cases} cases (UPDATE_EXPECT=1 writes the list anew)\n{}",
        wrong.join("\n")
    );
}

/// Writes the list of what fails now; reasons that were given stay.
fn write_list(folder: &str, listed: Failures, failed: &[(String, String, String)]) {
    let mut text = format!(
        "//! Expected failures of `recorded/{folder}`.\n\nuse super::Failures;\n\n#[rustfmt::skip]\npub(crate) const FAILURES: Failures = &[\n"
    );
    for (file, case, difference) in failed {
        let given = listed.iter().find(|(f, c, _)| f == file && c == case);
        let reason = given.map_or_else(
            || {
                format!(
                    "not yet: {}",
                    difference.chars().take(160).collect::<String>()
                )
            },
            |(.., reason)| (*reason).to_owned(),
        );
        text.push_str(&format!("    ({file:?}, {case:?}, {reason:?}),\n"));
    }
    text.push_str("];\n");
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("conformance/expected/{folder}.rs"));
    std::fs::write(path, text).expect("the list can be written");
}

#[test]
fn scenarios_end_and_are_told_as_recorded() {
    hold("scenarios", expected::scenarios::FAILURES);
}

#[test]
fn requests_are_answered_as_recorded() {
    hold("admission", expected::admission::FAILURES);
}

#[test]
fn pods_are_scheduled_as_recorded() {
    hold("scheduling", expected::scheduling::FAILURES);
}

#[test]
fn command_lines_print_what_was_recorded() {
    hold("printing", expected::printing::FAILURES);
}

#[test]
fn dns_queries_are_answered_as_recorded() {
    hold("dns", expected::dns::FAILURES);
}

#[test]
fn every_expected_failure_has_its_reason() {
    let lists = [
        expected::admission::FAILURES,
        expected::dns::FAILURES,
        expected::printing::FAILURES,
        expected::scenarios::FAILURES,
        expected::scheduling::FAILURES,
    ];
    for (file, case, reason) in lists.into_iter().flatten() {
        assert!(!reason.is_empty(), "{file}: {case}");
    }
}
