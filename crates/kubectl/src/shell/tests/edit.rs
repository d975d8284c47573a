//! `kubectl edit` through an editor that a variable names, and through one that is open beside the terminal.

use ordinal_core::{Cluster, Config};

use super::super::Shell;
use super::Terminal;
use crate::Session;

#[test]
fn an_edit_goes_through_the_editor_that_a_variable_names() {
    let mut cluster = Cluster::new(Config::with_nodes(1));
    let mut session = Session::default();
    let mut shell = Shell::default();
    let mut run = |line: &str| shell.run(&mut cluster, &mut session, line).text();
    run("kubectl create cm settings --from-literal=color=blue");
    assert_eq!(
        run("kubectl edit cm settings"),
        "Edit cancelled, no changes made.\n"
    );
    assert_eq!(
        run("KUBE_EDITOR='sed -i s/blue/green/' kubectl edit cm settings"),
        "configmap/settings edited\n"
    );
    assert_eq!(
        run("kubectl get cm settings -o jsonpath='{.data.color}'"),
        "green"
    );
    assert_eq!(
        run("EDITOR='sed -i s/name:.settings/name:\\ other/' kubectl edit cm/settings"),
        "A copy of your changes has been stored to \"/tmp/kubectl-edit-1234567890.yaml\"\nerror: At least one of apiVersion, kind and name was changed\n"
    );
    assert_eq!(
        run("EDITOR=nothing kubectl edit cm/settings"),
        "bash: nothing: command not found\nerror: there was a problem with the editor \"nothing\"\n"
    );
    run("kubectl create deploy shop --image=nginx");
    assert_eq!(
        run("KUBE_EDITOR='sed -i s/replicas:.1/replicas:\\ -1/' kubectl edit deploy shop"),
        "error: deployments.apps \"shop\" is invalid\nA copy of your changes has been stored to \"/tmp/kubectl-edit-1234567890.yaml\"\nerror: Edit cancelled, no valid changes were saved.\n"
    );
    // An editor that edits again comes to an end.
    assert!(run("KUBE_EDITOR='kubectl edit' kubectl edit cm settings").contains("problem"));
}

#[test]
fn an_editor_that_is_open_holds_the_line_until_something_is_saved() {
    let mut terminal = Terminal::new();
    terminal.says("kubectl create cm settings --from-literal=color=blue");
    terminal.1.has_editor = true;
    let began = terminal.0.world().now();
    terminal.1.until = Some(began + ordinal_api::SimDuration::secs(60));
    let line = "kubectl edit cm settings && echo done";
    let start = terminal.0.clone();

    let done = terminal.2.run(&mut terminal.0, &mut terminal.1, line);
    let (at, text) = done.editing.clone().expect("it is open");
    assert_eq!(
        (at, done.held, done.rests, done.text()),
        (began.0, true, true, String::new())
    );

    let saved = text.replace("blue", "green");
    terminal.1.saves = vec![(began + ordinal_api::SimDuration::secs(7), saved)];
    terminal.0 = start.clone();
    let done = terminal.2.run(&mut terminal.0, &mut terminal.1, line);
    assert_eq!(
        (done.text().as_str(), done.held),
        ("configmap/settings edited\ndone\n", false)
    );
    assert_eq!(done.pieces[0].at_ms, began.0 + 7_000);

    // What is refused is opened again, with the reasons; closed as it was, that is the end of it.
    let saved = text.replace("name: settings", "name: settings\n  labels: {a: '!'}");
    terminal.1.saves = vec![(began, saved)];
    terminal.0 = start.clone();
    let done = terminal.2.run(&mut terminal.0, &mut terminal.1, line);
    let (_, again) = done.editing.clone().expect("it is open again");
    assert!(
        again.contains("# configmaps \"settings\" was not valid:\n# * metadata.labels: "),
        "{again}"
    );
    assert_eq!(done.text(), "error: configmaps \"settings\" is invalid\n");
    terminal.1.saves.push((began, again));
    terminal.0 = start;
    let done = terminal.2.run(&mut terminal.0, &mut terminal.1, line);
    assert!(
        done.text()
            .ends_with("error: Edit cancelled, no valid changes were saved.\n"),
        "{}",
        done.text()
    );
    assert_eq!((done.held, done.exit), (false, 1));
}
