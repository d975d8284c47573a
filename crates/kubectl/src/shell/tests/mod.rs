//! Lines as people type them.

mod edit;
mod hostile;
mod moments;

use ordinal_core::{Cluster, Config};

use super::{Shape, Shell, asks_again, shape};
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
        (
            "for i in web-{0..2}; do echo $i; done",
            "web-0\nweb-1\nweb-2\n",
        ),
        ("echo {2..1}{a,b} '{1..2}'", "2a 2b 1a 1b {1..2}\n"),
        (
            "echo -n admin | base64 | tee b; base64 -d b",
            "YWRtaW4=\nadmin",
        ),
        ("echo czNjcmV0 | base64 --decode", "s3cret"),
        (
            "echo czNjcmV0MQ | base64 -d 2>&1",
            "s3cret1base64: invalid input\n",
        ),
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
        (
            "X=; if [[ -z $X && $(echo web-1) == web-* ]]; then echo yes; fi; [[ web-1 =~ ^(db|web)-[0-9]$ ]] && echo too",
            "yes\ntoo\n",
        ),
        (
            "[[ a == \"*\" || ! b != c ]] || echo no; [[ $X == Ready ]]; echo $?",
            "no\n1\n",
        ),
        (
            "echo ordinal | head -c 3; echo; echo ordinal | tail -c4",
            "ord\nnal\n",
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
fn who_is_lost_is_told_what_there_is() {
    let mut terminal = Terminal::new();
    assert!(terminal.says("help").contains("  power-off NODE "));
    assert_eq!(terminal.says("exit; echo gone"), "");
    assert_eq!(terminal.says("exit 3"), "");
    assert_eq!(
        terminal.says("exit pod/web-0"),
        "error: usage: exit pod/NAME CODE\n"
    );
    let missing = "error: the path \"nope.yaml\" does not exist\n";
    assert_eq!(terminal.says("kubectl create -f nope.yaml"), missing);

    let whole = terminal.1.files.remove("web.yaml").unwrap_or_default();
    terminal.1.files.clear();
    terminal
        .1
        .files
        .insert(crate::files::WHOLE.to_owned(), whole);
    terminal.1.until = Some(ordinal_api::SimTime(100_000));
    assert_eq!(
        terminal.says("kubectl create -f nope.yaml"),
        format!("{missing}(the text beside the picture is here as manifests.yaml)\n")
    );
}

#[test]
fn a_drain_asks_again_wherever_global_flags_stand_and_no_other_line_does() {
    for line in [
        "kubectl drain n1 --ignore-daemonsets",
        "kubectl -n prod drain n1",
        "kubectl --namespace=prod drain n1",
    ] {
        assert!(asks_again(line), "{line}");
    }
    for line in ["kubectl -n drain get pods", "kubectl", "drain n1"] {
        assert!(!asks_again(line), "{line}");
    }
}
