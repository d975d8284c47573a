//! Manifests as people have them: none breaks anything, most come up, and the others are told truthfully why not.

use std::fmt::Write;

use ordinal_api::condition::ConditionStatus;
use ordinal_api::pod::ContainerState;
use ordinal_api::{Kind, Object, SimTime};
use ordinal_core::World;
use ordinal_kubectl::script::{Script, Until};
use ordinal_manifest::{Layer, Options};
use ordinal_tests::run::Run;
use serde::Deserialize;

use crate::shared::texts;

/// Half an hour: pulls, probes and restarts are over, and a crash loop is in its back-off.
const LONG_ENOUGH: SimTime = SimTime(1_800_000);
/// How many of the 116 bring all Pods of their sets to Ready; nine in ten are asked for.
const READY: usize = 113;

/// What became of a text.
struct Outcome {
    file: String,
    sets: Vec<String>,
    ready: u32,
    wanted: u32,
    why_not: String,
}

impl Outcome {
    fn is_up(&self) -> bool {
        self.ready > 0 && self.why_not.is_empty()
    }
}

fn play(file: &str, text: &[u8]) -> Outcome {
    let script = Script {
        until: Until::Moment(LONG_ENOUGH),
        ..Script::of_text(&String::from_utf8_lossy(text))
    };
    let run = Run::of(&script);
    let world = run.world();
    let mut outcome = Outcome {
        file: file.to_owned(),
        sets: Vec::new(),
        ready: 0,
        wanted: 0,
        why_not: String::new(),
    };
    for (_, object) in world.store.list(Kind::StatefulSet) {
        let set = object.as_stateful_set().expect("listed as sets");
        let wanted = set.spec.replicas;
        outcome.sets.push(object.meta.name.to_string());
        outcome.wanted += wanted;
        outcome.ready += set.status.ready_replicas.min(wanted);
        if set.status.ready_replicas < wanted {
            outcome.why_not += &reason(world, object);
        }
    }
    // What else the text has may be refused (a Service, say); here the sets count.
    let read = &run.played.readings[0];
    let sets = read
        .documents
        .iter()
        .filter(|d| d.kind == "StatefulSet")
        .count();
    if outcome.sets.len() < sets.max(1) {
        let refused = read.errors().map(|found| found.message.clone());
        let answered = run
            .played
            .outputs
            .iter()
            .map(|(_, output)| output.stderr.trim().replace('\n', " "));
        let said: Vec<_> = refused
            .chain(answered)
            .filter(|text| !text.is_empty())
            .collect();
        write!(outcome.why_not, "refused: {}", said.join(" | "))
            .expect("a string takes everything");
    }
    outcome
}

/// Why a set is not ready, as the cluster itself says it: of its first Pod that is not, or of the set that makes none.
fn reason(world: &World, set: &Object) -> String {
    let (namespace, name) = (&set.meta.namespace, &set.meta.name);
    let wanted = set.as_stateful_set().map_or(0, |s| s.spec.replicas);
    for ordinal in 0..wanted {
        let pod = format!("{name}-{ordinal}");
        match world.store.find(Kind::Pod, namespace, &pod) {
            Some(object) if object.as_pod().is_some_and(|p| p.is_ready()) => {}
            Some(object) => return format!("{pod}: {}; ", why_pod(world, object)),
            None => {
                let said = last_warning(world, Kind::StatefulSet, set);
                return format!("{pod} is not created: {said}; ");
            }
        }
    }
    String::new()
}

fn why_pod(world: &World, object: &Object) -> String {
    let pod = object.as_pod().expect("found among Pods");
    let unscheduled = pod
        .status
        .conditions
        .iter()
        .find(|c| c.type_ == "PodScheduled" && c.status == ConditionStatus::False);
    if let Some(condition) = unscheduled {
        return condition.message.to_string();
    }
    let mut said = Vec::new();
    for status in pod
        .status
        .init_containers
        .iter()
        .chain(&pod.status.containers)
    {
        match &status.state {
            ContainerState::Waiting { reason, message } => {
                said.push(format!("{}: {reason} {message}", status.name))
            }
            ContainerState::Running { .. } if !status.ready => {
                said.push(format!("{}: running, not ready", status.name))
            }
            _ => {}
        }
    }
    said.push(last_warning(world, Kind::Pod, object));
    said.join(", ")
}

fn last_warning(world: &World, kind: Kind, object: &Object) -> String {
    let about = world
        .store
        .id(kind, &object.meta.namespace, &object.meta.name);
    let events = about
        .into_iter()
        .flat_map(|id| world.store.events_about(id));
    let warnings = events
        .filter_map(|(_, event)| event.as_event())
        .filter(|event| event.type_.as_str() == "Warning");
    warnings
        .max_by_key(|event| event.last_seen)
        .map(|event| event.message.to_string())
        .unwrap_or_default()
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let Outcome {
            file,
            sets,
            ready,
            wanted,
            why_not,
        } = outcome;
        let _ = writeln!(
            text,
            "{file}\t{}\t{ready}/{wanted}\t{why_not}",
            sets.join(",")
        );
    }
    text
}

#[test]
fn nine_in_ten_come_up_whole_and_the_others_say_why_not() {
    let texts = texts("wild");
    let outcomes: Vec<_> = texts.iter().map(|(file, text)| play(file, text)).collect();

    println!("{}", table(&outcomes));
    let up = outcomes.iter().filter(|outcome| outcome.is_up()).count();
    println!("{up} of {} come up", outcomes.len());
    assert!(
        up * 10 >= outcomes.len() * 9,
        "{up} of {}\n{}",
        outcomes.len(),
        table(&outcomes)
    );
    if outcomes.len() == 116 {
        assert!(
            up >= READY,
            "{up} come up, {READY} did before\n{}",
            table(&outcomes)
        );
    }
    let silent: Vec<_> = outcomes
        .iter()
        .filter(|o| !o.is_up() && o.why_not.is_empty())
        .map(|o| &o.file)
        .collect();
    assert!(
        silent.is_empty(),
        "not up, and nothing says why: {silent:?}"
    );
}

/// Whether another reader takes the whole text for manifests. It descends from libyaml, as kubectl's does.
fn is_readable(text: &str) -> bool {
    let documents = serde_yaml::Deserializer::from_str(text).map(serde_yaml::Value::deserialize);
    let mut some = false;
    for document in documents {
        match document {
            Ok(serde_yaml::Value::Null) => {}
            Ok(value)
                if has_plain_keys(&value)
                    && value.get("kind").is_some()
                    && value.get("apiVersion").is_some() =>
            {
                some = true;
            }
            _ => return false,
        }
    }
    some
}

/// Whether all keys are scalars, as they must be in what is also JSON.
fn has_plain_keys(value: &serde_yaml::Value) -> bool {
    match value {
        serde_yaml::Value::Sequence(items) => items.iter().all(has_plain_keys),
        serde_yaml::Value::Mapping(map) => map
            .iter()
            .all(|(key, value)| !key.is_mapping() && !key.is_sequence() && has_plain_keys(value)),
        _ => true,
    }
}

#[test]
fn a_text_that_another_reader_reads_is_read_without_a_repair() {
    let mut read = 0;
    let mut wrong = Vec::new();
    let texts = texts("wild");
    for (file, text) in &texts {
        let text = String::from_utf8_lossy(text);
        if !is_readable(&text) {
            continue;
        }
        read += 1;
        let reading = ordinal_manifest::read(&*text, &Options::default());
        let touched: Vec<_> = reading
            .repairs
            .iter()
            .filter(|repair| repair.layer == Layer::Text)
            .map(|repair| &repair.id)
            .collect();
        let strict = ordinal_manifest::read(&*text, &Options::kubectl("STDIN"));
        let refused: Vec<_> = strict
            .errors()
            .map(|found| &found.message)
            .filter(|message| message.starts_with("error parsing"))
            .collect();
        if !touched.is_empty() || !refused.is_empty() {
            wrong.push(format!("{file}: {touched:?} {refused:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        texts.is_empty() || read >= 50,
        "the other reader reads {read}"
    );
}
