//! The referee itself: a recording that says something else than what was recorded does not pass.

use std::path::Path;

use ordinal_cli::conform::scenario::differences;
use serde_json::{Value, json};

fn recording(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("conformance/recorded/scenarios/{name}.json"));
    let text = std::fs::read_to_string(path).expect("the recording is there");
    serde_json::from_str(&text).expect("recordings are JSON")
}

fn list<'v>(recording: &'v mut Value, key: &str) -> &'v mut Vec<Value> {
    recording[key].as_array_mut().expect("recordings have it")
}

#[test]
fn every_pair_of_an_ordered_creation_is_held() {
    let whole = recording("sts-ordered-create");
    assert_eq!(differences(&whole), Vec::<String>::new());
    let milestones = whole["milestones"].as_array().into_iter().flatten();
    let service = milestones
        .clone()
        .find(|m| m["what"] == "service/web#1 created")
        .expect("it is made first");
    for number in 0..whole["before"].as_array().map_or(0, Vec::len) {
        let mut altered = whole.clone();
        let pair = list(&mut altered, "before")[number]
            .as_array_mut()
            .expect("two names");
        pair.reverse();
        let pair = pair.clone();
        // Nothing in the set's life waits for the Service, which was made some milliseconds before.
        if !pair.contains(&service["id"]) {
            let told = differences(&altered);
            assert_ne!(told, Vec::<String>::new(), "{pair:?} the wrong way round");
        }
    }
}

#[test]
fn a_milestone_that_is_missing_or_too_many_is_told() {
    let whole = recording("sts-scale-up-down");
    for number in (0..whole["milestones"].as_array().map_or(0, Vec::len)).step_by(7) {
        let mut altered = whole.clone();
        let gone = list(&mut altered, "milestones").remove(number);
        list(&mut altered, "before").retain(|pair| pair[0] != gone["id"] && pair[1] != gone["id"]);
        // What lasts less than 0.6 s may be seen or not.
        let brief = gone["what"]
            .as_str()
            .is_some_and(|what| what.contains(" status ") || what.contains(" endpoints "));
        let told = differences(&altered);
        assert!(
            brief
                || told
                    .iter()
                    .any(|text| text.contains("not recorded") || text.contains("times, recorded")),
            "without {gone}: {told:?}"
        );
    }
    let mut altered = whole.clone();
    list(&mut altered, "milestones")
        .push(json!({"id": "more", "step": 0, "what": "pod/web-9#1 created", "t_s": [0, 0, 0]}));
    assert!(
        differences(&altered)
            .iter()
            .any(|text| text.contains("missing: pod/web-9#1 created"))
    );
}

#[test]
fn what_a_command_printed_and_what_is_left_are_compared() {
    let mut altered = recording("sts-scale-up-down");
    let step = list(&mut altered, "steps")
        .iter_mut()
        .find(|step| step["cells"][1][0].is_string());
    step.expect("a table was printed")["cells"][1][0] = json!("other");
    assert_eq!(differences(&altered).len(), 1);

    let mut altered = recording("sts-scale-up-down");
    let first = match &mut altered["final"] {
        Value::Object(objects) => objects.values_mut().next(),
        objects => objects.get_mut(0),
    };
    let object = first.expect("something is left");
    object["metadata"]["labels"]["other"] = json!("label");
    assert_ne!(differences(&altered), Vec::<String>::new());
}
