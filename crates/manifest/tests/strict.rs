//! kubectl's and the API server's own words, as recorded from Kubernetes 1.37.1. Skipped, aloud, without the recordings.

use ordinal_manifest::{Options, Severity, read};
use serde_json::Value;

const RECORDED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/conformance/admission"
);

fn recorded(file: &str) -> Vec<Value> {
    let Ok(text) = std::fs::read_to_string(format!("{RECORDED}/{file}")) else {
        eprintln!("skipped: no recordings beside the repository");
        return Vec::new();
    };
    serde_json::from_str(&text).expect("a list of requests")
}

/// The client's and the decoder's answers; validation is the cluster's.
#[test]
fn refusals_are_in_the_words_of_kubernetes() {
    let mut compared = 0;
    for case in recorded("decoding.json")
        .iter()
        .chain(&recorded("removed-versions.json"))
    {
        let text = |path: &str| {
            case.pointer(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (name, manifest, stderr) = (
            text("/name"),
            text("/request/manifest"),
            text("/kubectl/stderr"),
        );
        let ours = [
            "parsing",
            "validating",
            "strict decoding",
            "json: cannot",
            "illegal base64",
            "no matches for kind",
        ];
        let verb = text("/request/verb");
        let flags = case
            .pointer("/request/args")
            .map_or(0, |args| args.as_array().map_or(0, Vec::len));
        if flags > 3
            || !matches!(verb, "apply" | "create")
            || !ours.iter().any(|words| stderr.contains(words))
        {
            continue;
        }
        let options = Options {
            extract: false,
            ..Options::strict()
        };
        let reading = read(manifest, &options);
        let found: Vec<String> = reading
            .errors()
            .map(|found| found.as_kubectl("STDIN"))
            .collect();
        assert_eq!(found.join("\n"), stderr.trim_end(), "{name}");
        compared += 1;
    }
    println!("{compared} answers compared");
}

#[test]
fn nothing_at_all_is_no_object() {
    for text in ["", "# nothing yet\n", "---\n---\n"] {
        let reading = read(text, &Options::kubectl("STDIN"));
        assert_eq!(
            reading
                .errors()
                .next()
                .map(|found| found.as_kubectl("STDIN"))
                .as_deref(),
            Some("error: no objects passed to apply")
        );
    }
}

#[test]
fn the_last_of_two_equal_keys_wins_as_for_kubectl_and_a_warning_says_so() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: one\n  k: two\n";
    for options in [Options::kubectl("STDIN"), Options::default()] {
        let reading = read(text, &options);
        assert_eq!(reading.documents[0].value["data"]["k"], "two");
        assert!(reading.is_accepted() && reading.repairs.is_empty());
        let found = &reading.diagnostics[0];
        assert_eq!((found.severity, found.at.line), (Severity::Warning, 7));
    }
}
