//! Lines as nobody should type them.

use ordinal_core::{Cluster, Config};

use super::super::{Limits, Shell, shape};
use super::Terminal;
use crate::Session;

#[test]
fn whatever_does_not_end_is_ended() {
    for line in [
        "while true; do echo x; done",
        "while true; do sleep 600; done",
        "watch -n 1 'kubectl get pods; sleep 3000'",
        "f() { f; }; f",
        "seq 1 999999999999",
        "for i in >",
        "for i in a (",
        "for ; in a",
        "x='$(echo)'; for i in 1 2; do sh -c 'sh -c \"sh -c true\"'; done",
    ] {
        let mut terminal = Terminal::new();
        terminal.2.run(&mut terminal.0, &mut terminal.1, line);
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
        "[[ ",
        " ]]",
        " =~ ",
        "[[ ",
        " ]]",
        " =~ ",
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
    terminal.2.limits = Limits {
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
    terminal.2.limits = Limits {
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
