//! What a terminal answers, line by line: 112 situations, each under its number. Those that are not here stand in
//! [`NOT_MODELLED`] with the gap of the ledger that they fall into.

mod creating;
mod deleting;
mod identity;
mod inspecting;
mod making;
mod nodes;
mod rollouts;

use ordinal_core::{Cluster, Config};
use ordinal_kubectl::Session;
use ordinal_kubectl::shell::Shell;

/// Situations that are no tests, with the name of a gap in `ordinal_core::ledger::GAPS`.
const NOT_MODELLED: &[(u32, &str)] = &[];

/// Every situation has a test with its number in its name, or a line of the ledger.
#[test]
fn every_situation_is_a_test_or_a_line_of_the_ledger() {
    let texts = [
        include_str!("creating.rs"),
        include_str!("identity.rs"),
        include_str!("deleting.rs"),
        include_str!("rollouts.rs"),
        include_str!("nodes.rs"),
        include_str!("inspecting.rs"),
    ]
    .concat();
    for number in 1..=112 {
        let tested = texts.contains(&format!("fn t{number:03}_"));
        let gap = NOT_MODELLED.iter().find(|(id, _)| *id == number);
        assert!(tested != gap.is_some(), "{number} is not there, or twice");
        if let Some((_, name)) = gap {
            assert!(
                ordinal_core::ledger::GAPS
                    .iter()
                    .any(|gap| gap.name == *name),
                "{name} is no gap"
            );
        }
    }
}

const WEB: &str = "apiVersion: v1
kind: Service
metadata:
  name: nginx
  labels: {app: nginx}
spec:
  ports: [{port: 80, name: web}]
  clusterIP: None
  selector: {app: nginx}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
spec:
  selector: {matchLabels: {app: nginx}}
  serviceName: nginx
  replicas: 3
  template:
    metadata: {labels: {app: nginx}}
    spec:
      containers:
      - name: nginx
        image: nginx:1.25
        ports: [{containerPort: 80, name: web}]
        volumeMounts: [{name: www, mountPath: /usr/share/nginx/html}]
  volumeClaimTemplates:
  - metadata: {name: www}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
";

/// A terminal at a cluster of three nodes.
pub(crate) struct Terminal {
    pub(crate) cluster: Cluster,
    pub(crate) session: Session,
    shell: Shell,
}

impl Terminal {
    /// Nothing is there.
    fn empty() -> Self {
        Self::of(Config::with_nodes(3))
    }

    fn of(config: Config) -> Self {
        let mut terminal = Self {
            cluster: Cluster::new(config),
            session: Session::default(),
            shell: Shell::default(),
        };
        terminal.file("web.yaml", WEB);
        terminal.pass(1);
        terminal
    }

    /// The StatefulSet `web` with three replicas, all ready.
    pub(crate) fn base() -> Self {
        Self::with(WEB)
    }

    /// What this manifest makes, a minute later.
    fn with(manifest: &str) -> Self {
        let mut terminal = Self::empty();
        terminal.file("web.yaml", manifest);
        terminal.run("kubectl apply -f web.yaml");
        terminal.pass(60);
        terminal
    }

    fn file(&mut self, name: &str, text: &str) {
        self.session.files.insert(name.to_owned(), text.to_owned());
    }

    /// Lets so many seconds pass.
    fn pass(&mut self, seconds: u64) {
        let _ = self
            .cluster
            .run_for(ordinal_api::SimDuration::secs(seconds));
    }

    fn fault(&mut self, line: &str) {
        let done = ordinal_kubectl::run(&mut self.cluster, &mut self.session, line);
        assert!(done.is_ok(), "{line}: {}", done.stderr);
    }

    /// What a line prints, on both streams.
    pub(crate) fn run(&mut self, line: &str) -> String {
        self.shell
            .run(&mut self.cluster, &mut self.session, line)
            .text()
    }

    /// A line, what it prints and its exit code. A word `*` of the pattern stands for any word, a line `...` for any
    /// lines; a pattern without them is compared to the letter.
    #[track_caller]
    fn ends(&mut self, line: &str, pattern: &str, exit: i32) {
        let done = self.shell.run(&mut self.cluster, &mut self.session, line);
        let text = done.text();
        let loose = pattern.split_whitespace().any(|w| w == "*" || w == "...");
        if loose {
            assert!(
                is_like(&text, pattern),
                "{line}\nprints\n{text}\nand not\n{pattern}"
            );
        } else {
            assert_eq!(text, pattern, "{line}");
        }
        assert_eq!(done.exit, exit, "{line}\n{text}");
    }

    /// The same, for a line that ends well.
    #[track_caller]
    fn shows(&mut self, line: &str, pattern: &str) {
        self.ends(line, pattern, 0);
    }

    /// The same, for a line that ends with 1.
    #[track_caller]
    fn fails(&mut self, line: &str, pattern: &str) {
        self.ends(line, pattern, 1);
    }
}

fn is_like(text: &str, pattern: &str) -> bool {
    fn lines(text: &[&str], pattern: &[&str]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((&"...", rest)) => (0..=text.len()).any(|skip| lines(&text[skip..], rest)),
            Some((first, rest)) => text
                .split_first()
                .is_some_and(|(line, more)| is_line(line, first) && lines(more, rest)),
        }
    }
    let split = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let (text, pattern) = (split(text), split(pattern));
    let text: Vec<&str> = text.iter().map(String::as_str).collect();
    let pattern: Vec<&str> = pattern.iter().map(|line| line.trim()).collect();
    lines(&text, &pattern)
}

fn is_line(line: &str, pattern: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let wanted: Vec<&str> = pattern.split_whitespace().collect();
    words.len() == wanted.len()
        && words
            .iter()
            .zip(&wanted)
            .all(|(word, wanted)| *wanted == "*" || word == wanted)
}
