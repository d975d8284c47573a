//! `ordinal conform PATH…`: holds the simulator to recordings of a real control plane.
//!
//! A recording is a JSON file; its [`RecordingKind`] is told from its content, so that files which are added later need
//! no code. One folder a kind has `run`, which plays every case of a recording and says how it ended.
//!
//! * [`check`]: one recording; [`files`]: what a path stands for; [`tokens`]: what differs from run to run
//! * [`scenario`], [`admission`], [`scheduling`], [`printing`], [`dns`]: the kinds

pub mod admission;
pub mod dns;
pub mod printing;
pub mod scenario;
pub mod scheduling;
pub mod tokens;

use std::fs;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ordinal_api::Value;

/// What `ordinal conform` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Recordings, or folders of them.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// One JSON object a file, with every case.
    #[arg(long)]
    pub json: bool,
    /// Lays recorded and simulated milestones side by side.
    #[arg(long)]
    pub trace: bool,
}

/// What a recording is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordingKind {
    /// A cluster, steps and what was then seen.
    Scenario,
    /// Requests with the server's answers.
    Admission,
    /// Nodes, volumes and Pods with the scheduler's verdicts.
    Scheduling,
    /// Objects, and command lines with what they printed.
    Printing,
    /// Queries to the DNS server.
    Dns,
}

/// How one case of a recording ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOutcome {
    /// Its name.
    pub name: String,
    /// The first difference in words; `None` when there is none.
    pub difference: Option<String>,
}

impl CaseOutcome {
    /// A case in which all is as recorded.
    pub fn passed(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            difference: None,
        }
    }

    /// A case with its first difference.
    pub fn failed(name: impl Into<String>, difference: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            difference: Some(difference.into()),
        }
    }

    /// What a check came to.
    pub fn of(name: impl Into<String>, checked: Result<(), String>) -> Self {
        Self {
            name: name.into(),
            difference: checked.err(),
        }
    }
}

/// How a whole recording ended.
#[derive(Clone, Debug)]
pub struct FileOutcome {
    /// The file.
    pub path: PathBuf,
    /// Its kind, if it is a recording.
    pub kind: Option<RecordingKind>,
    /// Its cases.
    pub cases: Vec<CaseOutcome>,
}

impl FileOutcome {
    /// How many cases are not as recorded.
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|c| c.difference.is_some()).count()
    }

    /// Whether all is as recorded.
    pub fn is_ok(&self) -> bool {
        self.failed() == 0 && !self.cases.is_empty()
    }

    /// `ok PATH (3 cases)` or `FAILED PATH (1 of 3 cases): the first difference`.
    pub fn line(&self) -> String {
        let (path, all, failed) = (self.path.display(), self.cases.len(), self.failed());
        if self.is_ok() {
            return format!("ok {path} ({all} {})", plural(all));
        }
        let first = self.cases.iter().find_map(|case| {
            let difference = case.difference.as_ref()?;
            Some(format!("{}: {difference}", case.name))
        });
        let first = first.unwrap_or_else(|| "it has no cases".into());
        format!("FAILED {path} ({failed} of {all} {}): {first}", plural(all))
    }

    fn json(&self) -> Value {
        let case = |case: &CaseOutcome| serde_json::json!({"name": case.name, "ok": case.difference.is_none(), "difference": case.difference});
        serde_json::json!({
            "path": self.path.display().to_string(),
            "kind": self.kind.map(RecordingKind::name),
            "ok": self.is_ok(),
            "cases": self.cases.iter().map(case).collect::<Vec<_>>(),
        })
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "case" } else { "cases" }
}

impl RecordingKind {
    /// Tells what a recording is from its content.
    pub fn of(recording: &Value) -> Option<Self> {
        let has = |value: &Value, keys: &[&str]| keys.iter().all(|key| value.get(*key).is_some());
        if let Some(first) = recording.as_array().and_then(|cases| cases.first()) {
            if has(first, &["request"]) {
                return Some(Self::Admission);
            }
            let scheduled = has(first, &["pod"]) || has(first, &["workload"]);
            return (scheduled && has(first, &["nodes"])).then_some(Self::Scheduling);
        }
        if has(recording, &["cluster", "steps"]) {
            Some(Self::Scenario)
        } else if has(recording, &["cases", "objects"]) {
            Some(Self::Printing)
        } else if has(recording, &["queries"]) {
            Some(Self::Dns)
        } else {
            None
        }
    }

    /// Its name, as its folder has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::Admission => "admission",
            Self::Scheduling => "scheduling",
            Self::Printing => "printing",
            Self::Dns => "dns",
        }
    }

    fn run(self, recording: &Value) -> Vec<CaseOutcome> {
        match self {
            Self::Scenario => scenario::run(recording),
            Self::Admission => admission::run(recording),
            Self::Scheduling => scheduling::run(recording),
            Self::Printing => printing::run(recording),
            Self::Dns => dns::run(recording),
        }
    }
}

/// The cases of a recording: its elements, or its `cases`.
pub fn cases(recording: &Value) -> &[Value] {
    let list = recording
        .as_array()
        .or_else(|| recording["cases"].as_array());
    list.map_or(&[], Vec::as_slice)
}

/// The words of a list.
fn words(value: &Value) -> Vec<&str> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

/// The name of a case, or its number.
pub fn case_name(case: &Value, number: usize) -> String {
    case["name"]
        .as_str()
        .map_or_else(|| format!("case {number}"), str::to_owned)
}

/// Checks one file. What cannot be read, is no recording or breaks the simulator is a failure as well.
pub fn check(path: &Path) -> FileOutcome {
    let (kind, cases) = match read(path) {
        Err(why) => (None, vec![CaseOutcome::failed("the file", why)]),
        Ok(recording) => match RecordingKind::of(&recording) {
            None => (
                None,
                vec![CaseOutcome::failed(
                    "the file",
                    "not a recording of a known kind",
                )],
            ),
            Some(kind) => (Some(kind), run_guarded(kind, &recording)),
        },
    };
    FileOutcome {
        path: path.to_owned(),
        kind,
        cases,
    }
}

/// One recording that breaks the simulator is one failure, not the end of all others.
fn run_guarded(kind: RecordingKind, recording: &Value) -> Vec<CaseOutcome> {
    let played = panic::catch_unwind(AssertUnwindSafe(|| kind.run(recording)));
    played.unwrap_or_else(|what| {
        let why = what
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| what.downcast_ref::<&str>().copied())
            .unwrap_or("without a word");
        vec![CaseOutcome::failed(
            "the run",
            format!("the simulator panicked: {why}"),
        )]
    })
}

fn read(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("is not JSON: {error}"))
}

/// The recordings that a path stands for: itself, or every `.json` file below it, sorted.
///
/// # Errors
/// What cannot be read.
pub fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        fs::metadata(path)?;
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = fs::read_dir(path)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else if entry.extension().is_some_and(|e| e == "json") {
            found.push(entry);
        }
    }
    Ok(found)
}

/// Checks the paths of the arguments and prints how each file ended; the last line has the totals.
pub fn main(arguments: &Arguments) -> ExitCode {
    let mut all = Vec::new();
    for path in &arguments.paths {
        match files(path) {
            Ok(found) => all.extend(found),
            Err(error) => {
                eprintln!("error: {}: {error}", path.display());
                return ExitCode::from(2);
            }
        }
    }
    // A reader that closed the stream, as `head` does, is no failure.
    let mut out = io::stdout().lock();
    let (mut passed, mut failed, mut cases, mut cases_passed) = (0, 0, 0, 0);
    for path in &all {
        let outcome = check(path);
        *(if outcome.is_ok() {
            &mut passed
        } else {
            &mut failed
        }) += 1;
        cases += outcome.cases.len();
        cases_passed += outcome.cases.len() - outcome.failed();
        let line = if arguments.json {
            outcome.json().to_string()
        } else {
            outcome.line()
        };
        let _ = writeln!(out, "{line}");
        if arguments.trace
            && outcome.kind == Some(RecordingKind::Scenario)
            && let Ok(recording) = read(path)
        {
            let _ = out.write_all(scenario::trace(&recording).as_bytes());
        }
    }
    if !arguments.json {
        let _ = writeln!(out, "cases: {cases_passed} of {cases}");
        let _ = writeln!(out, "{passed} passed, {failed} failed");
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_kind_of_a_recording_is_told_from_its_content() {
        let kind = |value| RecordingKind::of(&value);
        assert_eq!(
            kind(json!({"cluster": {}, "steps": []})),
            Some(RecordingKind::Scenario)
        );
        assert_eq!(
            kind(json!([{"request": {}}])),
            Some(RecordingKind::Admission)
        );
        assert_eq!(
            kind(json!([{"nodes": [], "pod": {}}])),
            Some(RecordingKind::Scheduling)
        );
        assert_eq!(
            kind(json!([{"nodes": [], "workload": {}}])),
            Some(RecordingKind::Scheduling)
        );
        assert_eq!(
            kind(json!({"objects": [], "cases": []})),
            Some(RecordingKind::Printing)
        );
        assert_eq!(
            kind(json!({"corefile": "", "queries": []})),
            Some(RecordingKind::Dns)
        );
        assert_eq!(kind(json!({"something": "else"})), None);
        assert_eq!(kind(json!([])), None);
    }

    #[test]
    fn a_recording_without_cases_does_not_pass() {
        let outcome = FileOutcome {
            path: "a.json".into(),
            kind: Some(RecordingKind::Printing),
            cases: Vec::new(),
        };
        assert!(!outcome.is_ok());
        assert_eq!(
            outcome.line(),
            "FAILED a.json (0 of 0 cases): it has no cases"
        );
    }

    #[test]
    fn the_line_of_a_failed_file_has_its_first_difference() {
        let outcome = FileOutcome {
            path: "a.json".into(),
            kind: None,
            cases: vec![
                CaseOutcome::passed("x"),
                CaseOutcome::failed("y", "exit 0, recorded 1"),
            ],
        };
        assert_eq!(
            outcome.line(),
            "FAILED a.json (1 of 2 cases): y: exit 0, recorded 1"
        );
    }
}
