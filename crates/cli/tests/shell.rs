//! `ordinal shell` as a program: lines go in, what the terminal says comes out.

use std::io::Write;
use std::process::{Command, Stdio};

const WEB: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}\n---\n\
                   apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  serviceName: web\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  \
                   template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: nginx}]}\n";

/// Exit code, standard output and standard error.
fn shell(arguments: &[&str], lines: &str) -> (i32, String, String) {
    let mut shell = Command::new(env!("CARGO_BIN_EXE_ordinal"))
        .arg("shell")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command is built");
    let mut stdin = shell.stdin.take().expect("it is piped");
    // It can have ended before it has read all of it.
    let _ = stdin.write_all(lines.as_bytes());
    drop(stdin);
    let output = shell.wait_with_output().expect("it ends with its input");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
    (
        output.status.code().expect("it ends by itself"),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A file of this test alone.
fn file(name: &str, text: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder is there");
    path.to_str().expect("its path is text").to_owned()
}

#[test]
fn lines_from_a_pipe_are_answered_without_prompts_and_time_passes_where_they_wait() {
    let web = file("web.yaml", WEB);
    let lines = format!(
        "kubectl apply -f {web}\nk get sts --no-headers\nkubectl rollout status sts web\nk get sts web --no-headers\n"
    );

    let (exit, out, err) = shell(&[&web], &lines);

    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "service/web created",
            "statefulset.apps/web created",
            "web   0/2   0s"
        ],
        "{out}"
    );
    assert!(
        lines[3].starts_with("Waiting for statefulset spec update"),
        "{out}"
    );
    assert!(
        lines
            .last()
            .is_some_and(|last| last.starts_with("web   2/2   ") && !last.ends_with(" 0s")),
        "{out}"
    );
    assert_eq!((exit, err.as_str()), (0, ""));
}

#[test]
fn a_command_can_be_several_lines_and_a_watch_or_a_pipe_of_one_ends_with_the_last_change() {
    let lines = "cat > cm.yaml <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: made\nEOF\nkubectl apply -f cm.yaml\n\
                 kubectl create deploy shop --image=nginx\nkubectl get pods -w | grep -o ' Running'\nkubectl delete deploy shop\nkubectl get pods -w -o name\n";

    let (exit, out, _) = shell(&[], lines);

    assert!(
        out.starts_with("configmap/made created\ndeployment.apps/shop created\n Running\n"),
        "{out}"
    );
    assert!(
        out.lines()
            .last()
            .is_some_and(|last| last.starts_with("pod/shop-")),
        "{out}"
    );
    assert_eq!(exit, 0);
}

#[test]
fn the_exit_code_is_that_of_the_last_line_and_what_is_refused_goes_to_standard_error() {
    let (exit, out, err) = shell(
        &["--nodes=1"],
        "kubectl get nodes -o name\nkubectl get pod nobody\n",
    );
    assert_eq!((exit, out.as_str()), (1, "node/node-1\n"));
    assert_eq!(
        err,
        "Error from server (NotFound): pods \"nobody\" not found\n"
    );

    let (exit, _, err) = shell(&["--release=1.2"], "");
    assert_eq!((exit, err.as_str()), (2, "error: 1.2: no known release\n"));
    let (exit, _, err) = shell(&["nowhere.yaml"], "");
    assert_eq!(exit, 2);
    assert!(err.starts_with("error: nowhere.yaml: "), "{err}");
}
