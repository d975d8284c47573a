//! What a page, a shell or a tutorial puts around a manifest and into it.

use ordinal_manifest::{Options, Reading, read};
use serde_json::json;

use super::{DISK, SET, check, disk, names, repaired, set};

#[test]
fn marks_of_the_page_are_taken_off() {
    check(
        &DISK
            .replace("name: disk", "name: disk (1)")
            .replace("1Gi", "1Gi (2)"),
        &["callout", "callout"],
        disk(),
    );
    check(
        &DISK.replace("  labels", "  ...\n  labels"),
        &["ellipsis"],
        disk(),
    );
    check(
        &DISK.replace("apiVersion: v1", "apiVersion:v1"),
        &["missing-blank"],
        disk(),
    );
    check(
        &DISK.replace("- ReadWriteOnce", "- &quot;ReadWriteOnce&quot;"),
        &["html-entity"],
        disk(),
    );
    let masked = DISK.replace("app: db", "app: db\n    token: *****");
    let mut expected = disk();
    expected["metadata"]["labels"]["token"] = json!("*****");
    check(&masked, &["unreadable-value"], expected);
    let numbered: String = DISK
        .lines()
        .zip(1..)
        .map(|(line, at)| format!("{at:>3} {line}\n"))
        .collect();
    check(&numbered, &["line-numbers"], disk());
}

#[test]
fn look_alike_characters_are_replaced() {
    check(
        &DISK.replace("    app", "\u{a0}\u{a0}\u{a0}\u{a0}app"),
        &["no-break-space"],
        disk(),
    );
    check(&DISK.replace("  name", "\tname"), &["tab"], disk());
    check(
        &DISK.replace("ReadWriteOnce", "\u{201c}ReadWriteOnce\u{201d}"),
        &["smart-quote"],
        disk(),
    );
    check(
        &DISK.replace("  name: disk", "\u{200b}  name: disk"),
        &["zero-width-character"],
        disk(),
    );
}

#[test]
fn placeholders_are_filled_in_and_listed() {
    let text = SET
        .replace(
            "  serviceName: db",
            "  serviceName: db\n  replicas: ${COUNT}",
        )
        .replace("db:1", "<your-image>");
    let reading = repaired(&text);
    let value = &reading.documents[0].value;
    assert_eq!(value["spec"]["replicas"], json!(1));
    assert_eq!(
        value["spec"]["template"]["spec"]["containers"][0]["image"],
        json!("your-image")
    );
    let listed: Vec<_> = reading
        .placeholders
        .iter()
        .map(|one| (one.name.as_str(), one.value.as_str()))
        .collect();
    assert_eq!(listed, [("${COUNT}", "1"), ("<your-image>", "your-image")]);
    let values = [("COUNT".to_owned(), "4".to_owned())].into();
    let reading = read(
        &text,
        &Options {
            values,
            ..Options::default()
        },
    );
    assert_eq!(reading.documents[0].value["spec"]["replicas"], json!(4));
}

#[test]
fn backslashes_of_markdown_are_taken_out_of_text_without_a_fence() {
    let text = DISK
        .replace(
            "  accessModes:\n  - ReadWriteOnce",
            "  accessModes: \\[ \"ReadWriteOnce\" \\]",
        )
        .replace("app: db", "app: my\\_db");
    let mut expected = disk();
    expected["metadata"]["labels"]["app"] = json!("my_db");
    check(&text, &["markdown-escape", "markdown-escape"], expected);
    // A pattern in a value is none.
    let pattern = DISK.replace("app: db", "app: db\n  annotations:\n    only: ^a\\-b\\[$");
    assert_eq!(names(&repaired(&pattern)), [] as [&str; 0]);
}

#[test]
fn what_the_shell_reads_is_no_placeholder() {
    let text = SET.replace(
        "        image: db:1",
        "        image: db:1\n        command: [sh, -c, 'echo ${HOME} <in >out']",
    );
    let reading = repaired(&text);
    assert!(reading.repairs.is_empty(), "{:?}", reading.repairs);
}

#[test]
fn a_here_document_loses_its_wrapper_and_its_backslashes() {
    let text = format!(
        "$ cat <<EOF | kubectl apply -f -\n{}EOF\ncreated\n",
        DISK.replace("app: db", "app: \\$db")
    );
    let reading = repaired(&text);
    assert_eq!(names(&reading)[0], "heredoc-escape");
    assert_eq!(reading.documents.len(), 1);
}

#[test]
fn a_tutorial_gives_its_manifests_and_keeps_its_prose() {
    let text = format!(
        "# Disks\n\nFirst a claim:\n\n```yaml\n{DISK}```\n\nThen, in `set.yaml`:\n\n```\n$ vim set.yaml\n{SET}```\nDone.\n"
    );
    let reading = repaired(&text);
    assert!(reading.repairs.is_empty(), "{:?}", reading.repairs);
    assert_eq!(reading.documents.len(), 2);
    assert_eq!(reading.documents[0].at.line, 6);
    let name = reading.documents[1].position("spec.template.spec.containers[0].name");
    assert_eq!((name.line, name.column), (39, 9));
}

#[test]
fn control_characters_are_taken_out() {
    check(
        &format!("{DISK}# stop\u{8}\n"),
        &["control-character"],
        disk(),
    );
    let strict = read(format!("{DISK}# stop\u{8}\n"), &Options::strict());
    assert!(
        strict
            .errors()
            .next()
            .is_some_and(|found| { found.at.line == 13 && found.message.contains("found U+0008") })
    );
}

#[test]
fn placeholders_stand_behind_a_namespace_that_the_text_has() {
    let text = format!(
        "{DISK}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\n{}",
        SET.replace(
            "metadata:\n  name: db",
            "metadata:\n  name: db\n  namespace: shop"
        )
    );
    let reading = read(
        &text,
        &Options {
            fill_missing: true,
            ..Options::default()
        },
    );
    let kinds = |reading: &Reading| {
        let kinds = reading
            .documents
            .iter()
            .map(|document| document.kind.clone());
        kinds.collect::<Vec<_>>()
    };
    let expected = [
        "PersistentVolumeClaim",
        "Namespace",
        "Service",
        "StatefulSet",
    ];
    assert_eq!(kinds(&reading), expected);
    let shown = read(&reading.repaired_text, &Options::strict());
    assert_eq!(kinds(&shown), expected);
}

#[test]
fn lists_and_streams_of_json_are_taken_apart() {
    let claim = serde_json::to_string_pretty(&disk()).expect("JSON");
    let reading = repaired(&format!(
        "{claim}\n{}\n",
        claim.replace("\"disk\"", "\"other\"")
    ));
    let listed: Vec<_> = reading
        .documents
        .iter()
        .map(|one| (one.name.as_str(), one.at.line))
        .collect();
    assert_eq!(listed, [("disk", 1), ("other", 21)]);
    assert!(reading.repairs.is_empty());
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [disk(), set(json!({}))]});
    assert_eq!(repaired(&list.to_string()).documents.len(), 2);
}

#[test]
fn a_template_of_openshift_gives_its_objects() {
    let text = "apiVersion: v1\nkind: Template\nmetadata:\n  name: t\nparameters:\n- name: SIZE\n  value: 2Gi\nobjects:\n- apiVersion: v1\n  kind: PersistentVolumeClaim\n  metadata:\n    name: disk\n  spec:\n    accessModes: [ReadWriteOnce]\n    resources:\n      requests:\n        storage: ${SIZE}\n";
    let reading = repaired(text);
    assert_eq!(names(&reading), ["template-parameters"]);
    assert_eq!(
        reading.documents[0].value["spec"]["resources"]["requests"]["storage"],
        json!("2Gi")
    );
}
