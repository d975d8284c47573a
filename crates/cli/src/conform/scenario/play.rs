//! Plays the steps of a scenario: command lines, faults and waits, each when the one before is over.

use ordinal_api::{SimDuration, SimTime, Value};
use ordinal_core::journal::{Fact, Verb};
use ordinal_core::milestones::{Reader, is_met_by};
use ordinal_core::{Cluster, Component};
use ordinal_kubectl::{Output, Watch, fault};
use ordinal_manifest::Options;

use super::names::Names;
use super::{cluster, commands};

/// From the start of a kubectl process until it reaches the server.
const REACH_MS: u64 = 100;
/// From its answer until the process has ended and the next begins, and from a milestone until who waits for it knows.
const EXIT_MS: u64 = 50;
/// From one object of a file to the next: what is there is asked for, then it is written (recordings: 9 to 25 ms).
const NEXT_OBJECT_MS: u64 = 9;
/// Nothing has changed for so long: settled.
const QUIET: SimDuration = SimDuration::secs(3);
/// Longest wait for a cluster to settle, or for a milestone.
const PATIENCE: SimDuration = SimDuration::secs(600);

/// Kubelets and drivers of the recordings are stand-ins that write no events.
const STAND_INS: [&str; 3] = ["kubelet", "external-provisioner", "external-attacher"];

fn is_by_stand_in(milestone: &str) -> bool {
    let source = milestone
        .starts_with("event ")
        .then(|| milestone.split(" from ").nth(1)?.split(' ').next())
        .flatten();
    source.is_some_and(|source| STAND_INS.contains(&source) || source.starts_with("fake.csi"))
}

/// A milestone of the simulated run.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The last step before it that acts.
    pub(super) step: usize,
    /// Since that step began.
    pub(super) since_ms: u64,
    /// When.
    pub(super) at: SimTime,
    /// Number of its journal entry: milestones of one entry were written together.
    pub(super) seq: u64,
    /// Who wrote it.
    pub(super) by: Component,
    /// The entry that led to it.
    pub(super) cause: Option<u64>,
    /// Its text.
    pub(super) text: String,
}

/// A run that was played to its end.
pub(super) struct Played {
    /// The cluster at its end.
    pub(super) cluster: Cluster,
    /// Everything that was seen, in order.
    pub(super) seen: Vec<Seen>,
    /// What each step printed.
    pub(super) printed: Vec<Option<Output>>,
    /// What the tokens stand for.
    pub(super) names: Names,
}

/// The parts of a run under way.
pub(super) struct Player<'r> {
    steps: &'r [Value],
    pub(super) cluster: Cluster,
    reader: Reader,
    /// Journal entries read so far.
    read: usize,
    seen: Vec<Seen>,
    names: Names,
    /// The acting step and when it began.
    acting: (usize, SimTime),
    /// Journal entries looked at for changes, and when the last of those was that a watcher sees.
    looked: usize,
    changed_at: SimTime,
    /// Commands in the background: their names and what they have printed.
    watches: Vec<(String, Watch, String)>,
}

/// Plays a recording.
///
/// # Errors
/// A step that cannot be played, or a wait that was in vain.
pub(super) fn play(recording: &Value) -> Result<Played, String> {
    let cluster = cluster::build(recording)?;
    let steps = recording["steps"].as_array().map_or(&[][..], Vec::as_slice);
    let mut player = Player {
        steps,
        cluster,
        reader: Reader::default(),
        read: 0,
        seen: Vec::new(),
        names: Names::new(recording),
        acting: (0, SimTime::ZERO),
        looked: 0,
        changed_at: SimTime::ZERO,
        watches: Vec::new(),
    };
    // What there was before the first step is not part of the scenario.
    player.cluster.run_for(SimDuration::secs(5));
    player.look();
    player.seen.clear();
    let mut printed = Vec::new();
    for number in 0..steps.len() {
        printed.push(player.step(number)?);
        player.look();
    }
    let Player {
        cluster,
        seen,
        mut names,
        ..
    } = player;
    names.number_pods(&seen);
    Ok(Played {
        cluster,
        seen,
        printed,
        names,
    })
}

/// Whether a kubectl command changes nothing.
pub(super) fn only_looks(words: &[&str]) -> bool {
    const LOOKS: [&str; 10] = [
        "get",
        "describe",
        "events",
        "wait",
        "diff",
        "logs",
        "explain",
        "top",
        "version",
        "api-resources",
    ];
    match words {
        ["rollout", verb, ..] => matches!(*verb, "status" | "history"),
        [verb, ..] => LOOKS.contains(verb),
        [] => true,
    }
}

impl Player<'_> {
    fn step(&mut self, number: usize) -> Result<Option<Output>, String> {
        let step = &self.steps[number];
        if let Some(words) = step["kubectl"].as_array() {
            let words: Vec<String> = words
                .iter()
                .filter_map(Value::as_str)
                .map(|w| self.names.in_command(w, number))
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if !only_looks(&words) {
                self.begin(number);
            }
            self.pass(REACH_MS);
            if let Some(output) = self.apply_in_turn(&words, step["stdin"].as_str()) {
                self.pass(EXIT_MS);
                return Ok(Some(output));
            }
            let mut session = commands::session(step["stdin"].as_str());
            let output = ordinal_kubectl::run_words(&mut self.cluster, &mut session, &words);
            if let (Some(name), Some(watch)) = (step["background"].as_str(), session.watch.take()) {
                self.watches.push((name.to_owned(), watch, output.stdout));
                return Ok(None);
            }
            self.pass(EXIT_MS);
            return Ok(Some(output));
        }
        if let Some(name) = step["fault"].as_str() {
            self.begin(number);
            // What a fault leads to is a change that is waited for.
            self.changed_at = self.cluster.world().now();
            return self.fault(name, step).map(|()| None);
        }
        if let Some(secs) = step["wait_s"].as_f64() {
            // Milliseconds of a recorded decimal number.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "recorded waits are short and positive"
            )]
            self.pass((secs * 1000.0) as u64);
            return Ok(None);
        }
        match step["wait"].as_str() {
            Some("settled") => self.settle(),
            Some(milestone) => self.wait_for(milestone)?,
            None if step.get("stop").is_some() => {
                let at = self
                    .watches
                    .iter()
                    .position(|(name, ..)| step["stop"] == name.as_str());
                let (_, _, printed) = at
                    .map(|at| self.watches.remove(at))
                    .ok_or("nothing to stop")?;
                return Ok(Some(Output {
                    stdout: printed,
                    ..Output::default()
                }));
            }
            None => return Err(format!("step {number} is of no known form")),
        }
        Ok(None)
    }

    /// Several objects that are applied at once: each is looked up and written before the next one.
    fn apply_in_turn(&mut self, words: &[&str], stdin: Option<&str>) -> Option<Output> {
        let [first, .., "-f", "-"] = words else {
            return None;
        };
        let reading = ordinal_manifest::read(stdin?, &Options::kubectl("STDIN"));
        let several = reading.is_accepted() && reading.documents.len() > 1;
        if !several || !matches!(*first, "apply" | "create") {
            return None;
        }
        let mut all = Output::default();
        for (number, document) in reading.documents.iter().enumerate() {
            self.pass(if number == 0 { 0 } else { NEXT_OBJECT_MS });
            let mut session = commands::session(Some(&document.value.to_string()));
            let output = ordinal_kubectl::run_words(&mut self.cluster, &mut session, words);
            all.stdout += &output.stdout;
            all.stderr += &output.stderr;
            all.exit = all.exit.max(output.exit);
        }
        Some(all)
    }

    fn begin(&mut self, number: usize) {
        self.look();
        self.acting = (number, self.cluster.world().now());
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, ms: u64) {
        let end = self.cluster.world().now() + SimDuration::ms(ms);
        while self
            .cluster
            .world()
            .next_due()
            .is_some_and(|due| due <= end)
        {
            if !self.turn() {
                break;
            }
        }
        self.cluster.run_until(end);
    }

    /// Does what is due next; who watches sees it.
    fn turn(&mut self) -> bool {
        let went_on = self.cluster.step();
        for (_, watch, printed) in &mut self.watches {
            printed.push_str(&watch.poll(&mut self.cluster));
        }
        went_on
    }

    /// Reads what was added to the journal.
    fn look(&mut self) {
        let world = self.cluster.world();
        let entries: Vec<_> = world.journal.iter().skip(self.read).cloned().collect();
        for entry in entries {
            self.read += 1;
            let milestones = self.reader.read(&world.store, &entry);
            self.names.learn(world, &entry, &milestones, self.acting.0);
            for text in milestones {
                if is_by_stand_in(&text) {
                    continue;
                }
                self.seen.push(Seen {
                    step: self.acting.0,
                    since_ms: entry.at.since(self.acting.1).as_ms(),
                    at: entry.at,
                    seq: entry.seq,
                    by: entry.by,
                    cause: entry.cause,
                    // Some messages end in a space, which recordings do not keep.
                    text: text.trim_end().to_owned(),
                });
            }
        }
        self.names.look(world);
    }

    /// Runs until nothing has changed for three seconds, of which some may lie before this step.
    fn settle(&mut self) {
        let end = self.cluster.world().now() + PATIENCE;
        self.look_for_changes();
        loop {
            let quiet = self.changed_at + QUIET;
            let next = self
                .cluster
                .world()
                .next_due()
                .filter(|due| *due < quiet && *due < end);
            if next.is_none() || !self.turn() {
                break;
            }
            self.look_for_changes();
        }
        self.cluster.run_until((self.changed_at + QUIET).min(end));
    }

    /// Finds out when a watcher saw the last change.
    fn look_for_changes(&mut self) {
        let world = self.cluster.world();
        for entry in world.journal.iter().skip(self.looked) {
            let api = matches!(entry.verb, Verb::Create | Verb::Update | Verb::Delete);
            let kind = world.store.key(entry.subject).kind;
            let unwatched = kind == ordinal_api::Kind::Event
                && entry.facts.iter().any(|fact| match fact {
                    Fact::Event(event) => STAND_INS.contains(&event.component.as_str()),
                    _ => false,
                });
            if api && !unwatched {
                self.changed_at = self.changed_at.max(entry.at);
            }
        }
        self.looked = world.journal.len();
    }

    fn wait_for(&mut self, milestone: &str) -> Result<(), String> {
        let end = self.cluster.world().now() + PATIENCE;
        let anytime = milestone
            .split(' ')
            .next()
            .is_some_and(|subject| subject.contains('#'));
        let mut from = 0;
        loop {
            self.look();
            let wanted = self.names.filled(milestone);
            let acting = self.acting.0;
            let met =
                |seen: &Seen| (anytime || seen.step == acting) && is_met_by(&wanted, &seen.text);
            if self.seen[from..].iter().any(met) {
                self.pass(EXIT_MS);
                return Ok(());
            }
            from = self.seen.len();
            if self.cluster.world().now() > end || !self.turn() {
                return Err(format!("waited in vain for {milestone}"));
            }
        }
    }

    fn fault(&mut self, name: &str, step: &Value) -> Result<(), String> {
        let mut text = |key: &str| {
            step[key]
                .as_str()
                .map(|t| self.names.in_command(t, self.acting.0))
        };
        let subject = text("node")
            .or_else(|| text("pod").map(|pod| format!("pod/{pod}")))
            .unwrap_or_default();
        let code = step["code"].as_i64().unwrap_or(1).to_string();
        let (word, rest): (&str, Vec<&str>) = match name {
            "pod-not-ready" => ("not-ready", vec![&subject]),
            "pod-ready" => ("ready", vec![&subject]),
            "pod-crash" => ("crash", vec![&subject]),
            "pod-exit" => ("exit", vec![&subject, &code]),
            "register" => ("add-node", vec![&subject]),
            "provisioner-pause" | "provisioner-resume" | "attacher-pause" | "attacher-resume"
            | "attach-fails" | "attach-works" => (name, vec![]),
            other => (other, vec![&subject]),
        };
        let output = fault::run(&mut self.cluster, word, &rest);
        if output.is_ok() {
            Ok(())
        } else {
            Err(format!("fault {name}: {}", output.stderr.trim_end()))
        }
    }
}
