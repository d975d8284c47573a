//! What templates print, and what is wrong with them.

use serde_json::json;

use super::*;

fn shown(template: &str) -> Result<String, String> {
    let value = json!({"items": [
        {"name": "a", "n": 1, "labels": {"x.y/z": "1"}},
        {"name": "b", "n": 2, "list": [{"k": "v"}]},
    ]});
    parse(template)?.print(&value)
}

#[test]
fn paths_ranges_filters_and_literals_are_printed() {
    let ok = |template: &str| shown(template).expect("a template");
    assert_eq!(ok("{.items[*].name}"), "a b");
    assert_eq!(ok("{.items[-1:].name}"), "b");
    assert_eq!(ok("{.items[-1].name}"), "b");
    assert_eq!(ok("{.items[0].labels['x\\.y/z']}"), "1");
    assert_eq!(ok("{.items[0].labels.x\\.y/z}"), "1");
    assert_eq!(
        ok("{range .items[*]}{.name}={@.n}{\"\\n\"}{end}-"),
        "a=1\nb=2\n-"
    );
    assert_eq!(ok("{.items[?(@.n>1)].name}"), "b");
    assert_eq!(ok("{.items[?(@.name==\"a\")].n}"), "1");
    assert_eq!(ok("{..k}"), "v");
    assert_eq!(ok("{.items[*]['name','n']}"), "a b 1 2");
    assert_eq!(ok("{.none}{.items[0].labels}"), "{\"x.y/z\":\"1\"}");
}

#[test]
fn faults_are_told_in_the_library_s_words() {
    let fault = |template: &str| shown(template).expect_err("a fault");
    assert_eq!(fault("{.items[0"), "unterminated array");
    assert_eq!(fault("{.items[x]}"), "invalid array index x");
    assert_eq!(fault("{.items"), "unclosed action");
    assert_eq!(
        fault("{.items[5]}"),
        "array index out of bounds: index 5, length 2"
    );
    assert_eq!(fault("{end}"), "not in range, nothing to end");
}
