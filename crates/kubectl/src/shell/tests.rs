//! Lines as people type them, and lines as nobody should.

use ordinal_core::{Cluster, Config};

use super::{Shape, Shell, shape};
use crate::Session;

const WEB: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\nspec:\n  serviceName: web\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: nginx}]}\n";

struct Terminal(Cluster, Session, Shell);

impl Terminal {
    fn new() -> Self {
        let mut session = Session::default();
        session.files.insert("web.yaml".to_owned(), WEB.to_owned());
        session.files.insert(
            "fruit".to_owned(),
            "pear 3\napple 10\nfig 2\napple 10\n".to_owned(),
        );
        Self(
            Cluster::new(Config::with_nodes(2)),
            session,
            Shell::default(),
        )
    }

    fn says(&mut self, line: &str) -> String {
        self.2.run(&mut self.0, &mut self.1, line).text()
    }
}

#[test]
fn lines_do_what_a_shell_does() {
    let cases = [
        ("echo a  'b  c' \"d e\"", "a b  c d e\n"),
        (
            "x=1; echo $x\"$x\" '$x' ${x}2 ${y:-none}",
            "11 $x 12 none\n",
        ),
        ("echo $(echo a; echo b)", "a b\n"),
        ("echo \"$(echo a; echo b)\"", "a\nb\n"),
        (
            "false || echo or; true && echo and; ! true; echo $?",
            "or\nand\n1\n",
        ),
        (
            "for i in 0 1 2; do echo web-$i; done | tail -n 2",
            "web-1\nweb-2\n",
        ),
        (
            "i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i $((2*3-7/2))",
            "3 3\n",
        ),
        (
            "if [ a = b ]; then echo x; elif [ -n a ]; then echo y; else echo z; fi",
            "y\n",
        ),
        ("cat fruit | sort -u | head -1", "apple 10\n"),
        (
            "sort -k2 -n fruit | awk '{print $1}' | uniq -c",
            "      1 fig\n      1 pear\n      2 apple\n",
        ),
        (
            "awk 'NR>1 && $2==10 {print $1\":\"$2, NR}' fruit",
            "apple:10 2\napple:10 4\n",
        ),
        ("awk 'END{print NR}' fruit", "4\n"),
        ("grep -c apple fruit; grep -v apple fruit | wc -l", "2\n2\n"),
        ("grep -q kiwi fruit || echo none", "none\n"),
        (
            "sed -n '2p' fruit; sed 's/p/P/g;1d' fruit | head -n1",
            "apple 10\naPPle 10\n",
        ),
        ("echo a,b,c | cut -d, -f2- | tr ',' ' '", "b c\n"),
        ("printf 'a bb\\nccc d\\n' | column -t", "a    bb\nccc  d\n"),
        (
            "cat <<EOF\n$HOME\nEOF\necho after",
            "/home/student\nafter\n",
        ),
        (
            "cat <<'EOF' > f\n$HOME\nEOF\ncat f; echo x >> f; wc -l f",
            "$HOME\n2 f\n",
        ),
        (
            "alias k=kubectl; k get pods",
            "No resources found in default namespace.\n",
        ),
        ("nope", "bash: nope: command not found\n"),
        ("cat nope 2>/dev/null; echo $?", "1\n"),
        ("echo \"a\nb\" | xargs echo", "a b\n"),
        ("HOST=web-12; echo ${HOST##*-} ${HOST%-*}", "12 web\n"),
        ("echo a # b", "a\n"),
        (
            "for i in $(seq 100); do if true; then continue; fi; done; (echo in; echo side) | wc -l",
            "2\n",
        ),
        ("seq 3 | grep -E '1|3'", "1\n3\n"),
        (
            "echo a |",
            "bash: syntax error: unexpected end of file while looking for a command\n",
        ),
        ("echo )", "bash: syntax error near unexpected token `)'\n"),
    ];
    for (line, expected) in cases {
        assert_eq!(Terminal::new().says(line), expected, "{line}");
    }
}

#[test]
fn commands_that_wait_let_simulated_time_pass() {
    let mut terminal = Terminal::new();
    let text = terminal.says("kubectl apply -f web.yaml && sleep 60 && kubectl get pods --no-headers | awk '{print $1, $3}'");
    assert_eq!(
        text,
        "statefulset.apps/web created\nweb-0 Running\nweb-1 Running\n"
    );
    assert!(terminal.0.world().now().0 >= 60_000);
}

#[test]
fn a_here_document_is_what_kubectl_applies() {
    let mut terminal = Terminal::new();
    let text = terminal.says("cat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\nEOF");
    assert_eq!(text, "configmap/a created\n");
}

#[test]
fn whatever_does_not_end_is_ended() {
    for line in [
        "while true; do echo x; done",
        "while true; do sleep 600; done",
        "watch -n 1 'kubectl get pods; sleep 3000'",
        "f() { f; }; f",
        "seq 1 999999999999",
        "x='$(echo)'; for i in 1 2; do sh -c 'sh -c \"sh -c true\"'; done",
    ] {
        let mut terminal = Terminal::new();
        terminal.2.run(&mut terminal.0, &mut terminal.1, line);
    }
}

#[test]
fn an_open_quote_or_loop_asks_for_another_line() {
    for (text, expected) in [
        ("echo 'a", Shape::Open),
        ("for i in 1; do", Shape::Open),
        ("cat <<EOF\nx", Shape::Open),
        ("echo a &&", Shape::Open),
        ("echo a", Shape::Whole),
        ("", Shape::Whole),
        ("fi", Shape::Wrong),
    ] {
        assert_eq!(shape(text), expected, "{text}");
    }
}

/// Lines from a grammar of what is typed, cut and mixed; none may panic or hang.
#[test]
fn no_line_panics_or_hangs() {
    const WORDS: &[&str] = &[
        "kubectl",
        "get",
        "pods",
        "-o",
        "wide",
        "jsonpath={.items[*]",
        "|",
        "||",
        "&&",
        ";",
        "(",
        ")",
        "{",
        "}",
        "$(",
        "`",
        "\"",
        "'",
        "$x",
        "${x:-",
        "${x##*",
        "$((",
        "))",
        "for",
        "i",
        "in",
        "do",
        "done",
        "while",
        "true",
        "if",
        "then",
        "fi",
        "<<EOF",
        "\nEOF\n",
        "\n",
        ">",
        ">>",
        "2>&1",
        "&",
        "!",
        "grep",
        "-E",
        "[a-",
        "(a*)*",
        "awk",
        "'{print $1}'",
        "sed",
        "s/a/b/g",
        "-n",
        "head",
        "-1",
        "sort",
        "-k",
        "2",
        "echo",
        "\\",
        "#",
        "é",
        "\u{0}",
        "sleep",
        "1",
        "watch",
        "x=1",
        "web.yaml",
        "-f",
        "-",
        "delete",
        "apply",
        "scale",
        "--replicas=",
        "=",
        "power-off",
        "node-1",
    ];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut terminal = Terminal::new();
    terminal.2.limits = super::Limits {
        commands: 20,
        output: 4_096,
        time_ms: 2_000,
    };
    for _ in 0..100_000 {
        let count = 1 + random(9);
        let mut line = String::new();
        for _ in 0..count {
            line.push_str(WORDS[random(WORDS.len())]);
            if random(4) > 0 {
                line.push(' ');
            }
        }
        let _ = shape(&line);
        terminal.2.run(&mut terminal.0, &mut terminal.1, &line);
        terminal.2.history.clear();
    }
}

/// Lines that are typed inside containers, to their tools and to the prompts of what they run; none may panic or hang.
#[test]
fn no_line_inside_a_container_panics_or_hangs() {
    const PODS: &str = "kind: Pod\napiVersion: v1\nmetadata: {name: a, labels: {app: a}}\nspec: {containers: [{name: c, image: 'mongo:3.6', command: [mongod, --auth]}]}\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: b}\nspec: {containers: [{name: c, image: 'mysql:5.7'}]}\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: d}\nspec: {containers: [{name: c, image: 'busybox:1.28'}, {name: e, image: tools}]}\n";
    const WORDS: &[&str] = &[
        "kubectl exec -it a -- mongo",
        "kubectl exec -it b -- mysql",
        "kubectl exec -it d -- sh",
        "kubectl exec d -c e --",
        "kubectl exec -i a -- sh -c",
        "exit",
        "nslookup",
        "dig",
        "host",
        "getent",
        "hosts",
        "ahosts",
        "wget",
        "curl",
        "ping",
        "nc",
        "-zv",
        "-c",
        "-O-",
        "-x",
        "-t",
        "-type=",
        "srv",
        "+short",
        "+search",
        "+no",
        "@",
        "kubernetes",
        "10.96.0.1",
        "fd00::1",
        "a.b.c.d.e.f",
        ".",
        "..",
        "1.2.3",
        "http://",
        "://",
        ":",
        "/",
        "80",
        "99999",
        "ip a",
        "ps",
        "df",
        "mount",
        "env",
        "which",
        "cat /etc/hosts",
        "ls",
        "rm",
        "touch",
        "/x/é",
        "é",
        "rs.initiate",
        "rs.add",
        "rs.status()",
        "rs.slaveOk()",
        "db.t.insert",
        "db.t.find",
        "db.auth",
        "db.createUser",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        ";",
        ",",
        "use",
        "d",
        "SELECT",
        "*",
        "FROM",
        "WHERE",
        "=",
        "CREATE",
        "DATABASE",
        "TABLE",
        "t",
        "INSERT INTO",
        "VALUES",
        "(1, 'a')",
        "DROP",
        "IF",
        "EXISTS",
        "\\G",
        "`",
        "\n",
        "\u{0}",
        "user",
        "mkdir",
        "ssh",
        "node-1",
        "sudo",
        "ifconfig eth0 down",
        "minikube ip",
        "-p",
        "-u",
        "-e",
        "-h",
        "--eval",
    ];
    let mut session = Session::default();
    session
        .files
        .insert("pods.yaml".to_owned(), PODS.to_owned());
    let mut terminal = Terminal(
        Cluster::new(Config::with_nodes(1)),
        session,
        Shell::default(),
    );
    terminal.says("kubectl apply -f pods.yaml; sleep 30");
    terminal.2.limits = super::Limits {
        commands: 20,
        output: 4_096,
        time_ms: 500,
    };
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 33) as usize % below
    };
    for round in 0..20_000 {
        let count = 1 + random(7);
        let mut line = String::new();
        for _ in 0..count {
            line.push_str(WORDS[random(WORDS.len())]);
            if random(5) > 0 {
                line.push(' ');
            }
        }
        // Now and then at a prompt that is known, so that as many lines reach each program.
        if round % 40 == 0 {
            terminal.1.inside.clear();
            let entry = WORDS[random(3)];
            terminal.says(entry);
        }
        terminal.says(&line);
        terminal.2.history.clear();
    }
}

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

fn held(line: &str, after_ms: u64) -> (Vec<(u64, String)>, bool, i32) {
    let mut terminal = Terminal::new();
    terminal.says("kubectl apply -f web.yaml");
    terminal.says("sleep 60");
    let began = terminal.0.world().now();
    terminal.1.until = Some(began + ordinal_api::SimDuration::ms(after_ms));
    let done = terminal.2.run(&mut terminal.0, &mut terminal.1, line);
    assert!(terminal.0.world().now().since(began).0 <= after_ms);
    let pieces = done.pieces.into_iter();
    let pieces = pieces.map(|piece| (piece.at_ms - began.0, piece.text));
    (pieces.collect(), done.held, done.exit)
}

#[test]
fn a_line_that_is_held_has_done_what_came_before_that_moment_and_nothing_after() {
    let (pieces, is_held, exit) = held("echo a; sleep 2; echo b; sleep 2; echo c", 3_000);
    let said = [(0, "a\n".to_owned()), (2_000, "b\n".to_owned())];
    assert_eq!((pieces.as_slice(), is_held, exit), (&said[..], true, 130));

    let (pieces, is_held, _) = held("while true; do echo x; sleep 1; done", 10_000);
    assert_eq!((pieces.len(), is_held), (10, true));

    let (pieces, is_held, _) = held("kubectl delete pod web-0", 500);
    let deleted = "pod \"web-0\" deleted from default namespace\n".to_owned();
    assert_eq!((pieces, is_held), (vec![(0, deleted)], true));

    let (pieces, is_held, _) = held("kubectl wait pod web-0 --for=jsonpath={.x}=y", 500);
    assert_eq!((pieces, is_held), (Vec::new(), true));

    let (pieces, is_held, _) = held(
        "kubectl exec web-0 -- sh -c 'echo in; sleep 9; echo out'",
        500,
    );
    assert_eq!((pieces, is_held), (vec![(0, "in\n".to_owned())], true));

    let (pieces, is_held, exit) = held("echo whole", 500);
    assert_eq!(
        (pieces, is_held, exit),
        (vec![(0, "whole\n".to_owned())], false, 0)
    );
}

#[test]
fn what_a_command_says_while_it_waits_has_its_moments() {
    let line = "kubectl set image sts/web web=nginx:2; kubectl rollout status sts/web";

    let (pieces, is_held, exit) = held(line, 600_000);

    assert!(!is_held);
    assert_eq!(exit, 0);
    let moments: Vec<u64> = pieces.iter().map(|(at, _)| *at).collect();
    assert!(moments.windows(2).all(|two| two[0] <= two[1]), "{pieces:?}");
    assert!(
        moments
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len()
            > 3,
        "{pieces:?}"
    );
}

#[test]
fn what_a_pipe_prints_appears_as_it_comes_where_the_programs_read_it_so() {
    let loops = "for i in 1 2 3; do echo web-$i; echo db-$i; sleep 1; done";
    let lines = |command: &str| held(&format!("{loops} | {command}"), 60_000).0;
    let at = |all: &[(u64, &str)]| -> Vec<(u64, String)> {
        all.iter()
            .map(|(at, text)| (*at, (*text).to_owned()))
            .collect()
    };

    let each = at(&[(0, "web-1\n"), (1_000, "web-2\n"), (2_000, "web-3\n")]);
    assert_eq!(lines("grep web"), each);
    assert_eq!(lines("grep --line-buffered web | cat"), each);
    assert_eq!(
        lines("sed s/-/=/ | awk '/web/ {print NR \":\" $1}'"),
        at(&[(0, "1:web=1\n"), (1_000, "3:web=2\n"), (2_000, "5:web=3\n")])
    );
    assert_eq!(
        lines("grep web | while read name; do echo \"<$name>\"; done"),
        at(&[(0, "<web-1>\n"), (1_000, "<web-2>\n"), (2_000, "<web-3>\n")])
    );
    // These wait for the end, as everywhere.
    assert_eq!(lines("grep -c web"), at(&[(3_000, "3\n")]));
    assert_eq!(lines("grep web | wc -l"), at(&[(3_000, "3\n")]));
    assert_eq!(lines("sort -r | head -1"), at(&[(3_000, "web-3\n")]));
    // An error is told once.
    assert_eq!(held(&format!("{loops} | grep '['"), 60_000).0.len(), 1);
}

#[test]
fn who_writes_on_when_nobody_reads_any_more_is_ended() {
    let (pieces, is_held, exit) = held(
        "while true; do echo x; sleep 1; done | head -2; echo $?",
        60_000,
    );
    let said = [(0, "x\n"), (1_000, "x\n"), (2_000, "0\n")];
    let said = said.map(|(at, text)| (at, text.to_owned()));
    assert_eq!((pieces.as_slice(), is_held, exit), (&said[..], false, 0));

    let (pieces, is_held, _) = held(
        "kubectl delete pod web-1 --wait=false; kubectl get pods -w | grep -m1 Pending",
        600_000,
    );
    assert!(!is_held, "{pieces:?}");
    assert!(
        pieces
            .last()
            .is_some_and(|(at, text)| *at > 0 && text.contains("Pending")),
        "{pieces:?}"
    );
}

#[test]
fn a_watch_in_a_pipe_shows_what_happens_when_it_does_and_rests_when_nothing_does() {
    let mut terminal = Terminal::new();
    terminal.says("kubectl apply -f web.yaml");
    let began = terminal.0.world().now();
    terminal.1.until = Some(began + ordinal_api::SimDuration::secs(600));

    let line = "kubectl get pods -w | grep Running";
    let done = terminal.2.run(&mut terminal.0, &mut terminal.1, line);

    assert!(done.held && done.rests);
    let moments: Vec<u64> = done
        .pieces
        .iter()
        .map(|piece| piece.at_ms - began.0)
        .collect();
    assert_eq!(moments.len(), 2, "{done:?}");
    assert!(moments[0] > 0 && moments[0] < moments[1], "{done:?}");
    // Where nothing will ever end it, it ends by itself.
    terminal.1.until = None;
    assert!(!terminal.2.run(&mut terminal.0, &mut terminal.1, line).held);
}

#[test]
fn loops_read_line_by_line() {
    let mut terminal = Terminal::new();
    let read = "while read name count rest; do echo \"$count $name$rest\"; done < fruit";
    assert_eq!(terminal.says(read), "3 pear\n10 apple\n2 fig\n10 apple\n");
    assert_eq!(
        terminal.says("printf 'a\\nb\\nc\\n' | { read x; read y; echo $y$x; }"),
        "ba\n"
    );
    assert_eq!(
        terminal.says("cat fruit | while IFS= read -r line; do echo \"[$line]\"; break; done"),
        "[pear 3]\n"
    );
    assert_eq!(terminal.says("read x; echo $?"), "1\n");
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
