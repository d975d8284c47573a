//! What the real tools printed, word for word, when they were answered as here.

use serde_json::json;

use super::*;
use crate::{Config, World};

/// What a cluster's server would have to hold to answer as the tools were answered.
fn world() -> World {
    let service = |name: &str, spec: ordinal_api::Value| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec});
    let virtual_ip = |name: &str, ips: &[&str]| {
        let ports = json!([{"name": "web", "port": 80, "protocol": "TCP"}]);
        service(
            name,
            json!({"type": "ClusterIP", "clusterIP": ips[0], "clusterIPs": ips, "ports": ports}),
        )
    };
    let alias =
        |name: &str, to: &str| service(name, json!({"type": "ExternalName", "externalName": to}));
    let slice = |name: &str, of: &str, endpoints: ordinal_api::Value| {
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": name, "namespace": "default", "labels": {"kubernetes.io/service-name": of}},
            "ports": [{"name": "web", "port": 80, "protocol": "TCP"}], "endpoints": endpoints})
    };
    let endpoint = |address: &str, host: &str| {
        let mut one = json!({"addresses": [address], "conditions": {"ready": true}});
        if !host.is_empty() {
            one["hostname"] = json!(host);
        }
        one
    };
    let mut dns = virtual_ip("kube-dns", &["10.96.0.10"]);
    dns["metadata"]["namespace"] = json!("kube-system");
    let objects = [
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}),
        dns,
        virtual_ip("kubernetes", &["10.96.0.1"]),
        virtual_ip("api", &["10.97.0.9"]),
        virtual_ip("ds", &["10.97.0.20", "fd00::20"]),
        virtual_ip("six", &["fd00::6"]),
        virtual_ip("ext-out", &["10.1.1.1"]),
        alias("ext", "db.example.com"),
        alias("in", "api.default.svc.cluster.local"),
        alias("dead", "nothing.example.com"),
        service(
            "nginx",
            json!({"clusterIP": "None", "ports": [{"name": "web", "port": 80, "protocol": "TCP"}]}),
        ),
        slice(
            "nginx-a",
            "nginx",
            json!([
                endpoint("10.244.1.5", "web-0"),
                endpoint("10.244.2.7", "web-1")
            ]),
        ),
        slice("api-a", "api", json!([endpoint("10.244.1.5", "")])),
    ];
    World::holding(Config::with_nodes(0), &objects).expect("a world that holds these")
}

#[test]
fn the_tools_print_what_the_real_ones_did() {
    let world = world();
    let recorded = include_str!("printed.txt");
    let serial = (ordinal_api::time::EPOCH_UNIX_MS / 1000).to_string();
    let mut wrong = Vec::new();
    for case in recorded.split("\n$ ") {
        let case = case.trim_start_matches("$ ").replace("{serial}", &serial);
        let mut lines = case.lines();
        let command = lines.next().unwrap_or_default();
        let (mut out, mut errors, mut questions, mut exit) =
            (String::new(), String::new(), Vec::new(), 0);
        for line in lines {
            match line.split_at(1) {
                ("|", text) => out += &format!("{text}\n"),
                ("!", text) => errors += &format!("{text}\n"),
                ("?", text) => questions.push(text.trim().to_owned()),
                (_, code) => exit = code.trim().parse().expect("an exit code"),
            }
        }
        let mut asked = Vec::new();
        let mut ask = |query: &Query| {
            asked.push(format!("{} {}", query.type_.as_str(), query.name));
            // The tools were answered by a server that keeps answers for 30 seconds.
            let mut answer = crate::dns::Cache::new(true).ask(&world, query);
            if query.type_ == RecordType::TXT && !answer.answers.is_empty() {
                answer.answers[0].ttl = 28_800;
            }
            answer
        };
        let mut asker = Asker {
            ask: &mut ask,
            server: "10.96.0.10",
            resolver: &Resolver::of("default", "cluster.local"),
            date: "Thu Jan 01 00:00:00 UTC 2026",
            old_bind: false,
            silent: false,
        };
        let words: Vec<&str> = command.split(' ').collect();
        let printed = run(&words, &mut asker).expect("one of the tools");
        let same_questions = questions.is_empty() || questions == asked;
        if (&printed.stdout, &printed.stderr, printed.exit) != (&out, &errors, exit)
            || !same_questions
        {
            wrong.push(format!(
                "$ {command}\n--- printed\n{out}{errors}{exit} {questions:?}\n--- ours\n{}{}{} {asked:?}\n",
                printed.stdout, printed.stderr, printed.exit
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn tools_that_nobody_answers_say_so_after_a_while() {
    let cases = [
        (
            "nslookup nginx",
            1,
            ";; communications error to 10.96.0.10#53: timed out\n;; communications error to 10.96.0.10#53: timed out\n;; communications error to 10.96.0.10#53: timed out\n;; no servers could be reached\n\n",
        ),
        (
            "dig +short nginx",
            9,
            ";; communications error to 10.96.0.10#53: timed out\n;; communications error to 10.96.0.10#53: timed out\n;; communications error to 10.96.0.10#53: timed out\n;; no servers could be reached\n",
        ),
        (
            "dig a",
            9,
            ";; communications error to 10.96.0.10#53: timed out\n;; communications error to 10.96.0.10#53: timed out\n;; communications error to 10.96.0.10#53: timed out\n\n; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> a\n;; global options: +cmd\n;; no servers could be reached\n",
        ),
        (
            "host nginx",
            1,
            ";; communications error to 10.96.0.10#53: timed out\n;; communications error to 10.96.0.10#53: timed out\n;; no servers could be reached\n",
        ),
        ("getent hosts nginx", 2, ""),
        (
            "busybox nslookup nginx",
            1,
            ";; connection timed out; no servers could be reached\n\n",
        ),
    ];
    for (command, exit, text) in cases {
        let mut asker = Asker {
            ask: &mut |_| Answer::default(),
            server: "10.96.0.10",
            resolver: &Resolver::of("default", "cluster.local"),
            date: "",
            old_bind: false,
            silent: true,
        };
        let words: Vec<&str> = command.split(' ').collect();
        let printed = run(&words, &mut asker).expect("one of the tools");
        assert_eq!(
            (printed.stdout.as_str(), printed.exit),
            (text, exit),
            "{command}"
        );
    }
}
