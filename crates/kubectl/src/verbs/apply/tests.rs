//! Applying, on the client's and on the server's side, and who manages what then.

use ordinal_core::{Cluster, Config};

use crate::{Output, Session, run_words};

fn kubectl(cluster: &mut Cluster, line: &str, stdin: &str) -> Output {
    let words: Vec<&str> = line.split(' ').collect();
    run_words(cluster, &mut Session::with_stdin(stdin), &words)
}

fn said(cluster: &mut Cluster, line: &str, stdin: &str) -> String {
    let output = kubectl(cluster, line, stdin);
    assert!(output.is_ok(), "{}", output.stderr);
    output.stdout
}

fn empty() -> Cluster {
    Cluster::without_history(Config::with_nodes(0))
}

const TWO: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {one: '1', two: '2'}\n";
const ONE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {one: '1'}\n";
const OTHER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {one: '9'}\n";
const DATA: &str = "get cm a -o jsonpath={.data}";

#[test]
fn a_field_that_its_only_manager_gives_up_goes() {
    let mut cluster = empty();
    said(&mut cluster, "apply --server-side -f -", TWO);
    said(&mut cluster, "apply --server-side -f -", ONE);
    assert_eq!(said(&mut cluster, DATA, ""), "{\"one\":\"1\"}");
}

#[test]
fn a_field_that_another_manager_has_too_stays_when_one_gives_it_up() {
    let mut cluster = empty();
    said(&mut cluster, "apply --server-side -f -", TWO);
    said(
        &mut cluster,
        "apply --server-side --field-manager=b -f -",
        TWO,
    );
    said(&mut cluster, "apply --server-side -f -", ONE);
    assert_eq!(
        said(&mut cluster, DATA, ""),
        "{\"one\":\"1\",\"two\":\"2\"}"
    );
}

#[test]
fn what_was_created_is_fought_for_and_forced() {
    let mut cluster = empty();
    said(&mut cluster, "create -f -", TWO);
    let refused = kubectl(&mut cluster, "apply --server-side -f -", OTHER);
    let first = refused.stderr.lines().next();
    assert_eq!(
        first,
        Some(
            "error: Apply failed with 1 conflict: conflict with \"kubectl-create\" using v1: .data.one"
        )
    );
    said(
        &mut cluster,
        "apply --server-side --force-conflicts -f -",
        OTHER,
    );
    assert_eq!(
        said(&mut cluster, DATA, ""),
        "{\"one\":\"9\",\"two\":\"2\"}"
    );
}

#[test]
fn what_was_applied_by_the_client_moves_to_the_server_without_a_conflict() {
    let mut cluster = empty();
    said(&mut cluster, "apply -f -", TWO);
    said(&mut cluster, "apply --server-side -f -", OTHER);
    // `two` was the client's; it is given up with the move.
    assert_eq!(said(&mut cluster, DATA, ""), "{\"one\":\"9\"}");
    let managers = "get cm a -o jsonpath={.metadata.managedFields[*].manager}";
    assert_eq!(
        said(&mut cluster, managers, ""),
        "kubectl kubectl-last-applied"
    );
}

#[test]
fn a_dry_run_on_the_server_changes_nothing() {
    let mut cluster = empty();
    let dry = said(
        &mut cluster,
        "apply --server-side --dry-run=server -f -",
        TWO,
    );
    assert_eq!(dry, "configmap/a serverside-applied (server dry run)\n");
    assert!(!kubectl(&mut cluster, "get cm a", "").is_ok());
}

#[test]
fn the_fields_of_a_deployment_are_nested_by_the_schema() {
    let mut cluster = empty();
    said(&mut cluster, "create deployment web --image=nginx", "");
    let fields = "get deploy web -o jsonpath={.metadata.managedFields[0].fieldsV1.f:spec.f:template.f:spec.f:containers}";
    assert_eq!(
        said(&mut cluster, fields, ""),
        "{\"k:{\\\"name\\\":\\\"nginx\\\"}\":{\".\":{},\"f:image\":{},\"f:imagePullPolicy\":{},\"f:name\":{},\"f:resources\":{},\"f:terminationMessagePath\":{},\"f:terminationMessagePolicy\":{}}}"
    );
}

#[test]
fn what_was_applied_last_is_shown_and_set() {
    let mut cluster = empty();
    said(&mut cluster, "create -f -", TWO);
    said(
        &mut cluster,
        "apply set-last-applied --create-annotation -f -",
        ONE,
    );
    let shown = said(&mut cluster, "apply view-last-applied cm a", "");
    assert!(
        shown.starts_with("apiVersion: v1\ndata:\n  one: \"1\"\nkind: ConfigMap\n"),
        "{shown}"
    );
    // Now `two` counts as never applied.
    said(&mut cluster, "apply -f -", ONE);
    assert_eq!(
        said(&mut cluster, DATA, ""),
        "{\"one\":\"1\",\"two\":\"2\"}"
    );
}

#[test]
fn pruning_takes_away_what_was_applied_and_is_not_any_more() {
    let mut cluster = empty();
    let labelled = |name: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  labels: {{app: x}}\n"
        )
    };
    said(
        &mut cluster,
        "apply -f -",
        &format!("{}---\n{}", labelled("a"), labelled("b")),
    );
    let done = said(&mut cluster, "apply -f - --prune -l app=x", &labelled("a"));
    assert_eq!(done, "configmap/a unchanged\nconfigmap/b pruned\n");
}
