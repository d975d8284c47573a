//! Recordings of the kind `printing`: objects, and what command lines print about them.
//!
//! Each case has a world that holds exactly the objects: no controller runs and the clock stands still. Tokens that
//! have a value (addresses, moments, identities) are put in before, so that what is compared is the text to the letter,
//! widths of columns included.

mod fill;

use ordinal_api::{Kind, SimDuration, Value};
use ordinal_core::release::Release;
use ordinal_core::{Cluster, Config, World};
use ordinal_kubectl::session::{Config as KubeConfig, Patience};
use ordinal_kubectl::{Output, Session, run_words};

use self::fill::{Fill, Moments};
use super::tokens::Bindings;
use super::{CaseOutcome, case_name, cases, words};

/// Plays every case of a recording on a cluster of its own.
pub fn run(recording: &Value) -> Vec<CaseOutcome> {
    let fill = Fill::of(recording);
    let objects: Vec<Value> = recording["objects"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|object| fill.object(object))
        .collect();
    let mut objects = objects;
    objects.extend(fill.bootstrapped(&objects));
    let release = recording["release"].as_str().and_then(Release::parse);
    let config = Config {
        release: release.unwrap_or_default(),
        ..Config::with_nodes(0)
    };
    let held = World::holding(config, &objects);
    let outcome = |(number, case): (usize, &Value)| {
        let checked = match &held {
            Ok(world) => check(world, &fill, case),
            Err(status) => Err(format!("its objects: {}", status.message)),
        };
        CaseOutcome::of(case_name(case, number), checked)
    };
    cases(recording).iter().enumerate().map(outcome).collect()
}

fn check(world: &World, fill: &Fill, case: &Value) -> Result<(), String> {
    let command = words(&case["command"]);
    let mut cluster = Cluster::of_world(world.clone());
    let mut session = session(case, &command);
    let output = play(&mut cluster, &mut session, fill, case, &command);
    let moments = Moments::of(&command);
    compare("text", fill, &case["text"], &output.stdout, moments, case)?;
    compare(
        "stderr",
        fill,
        &case["stderr"],
        &output.stderr,
        moments,
        case,
    )?;
    let exit = case["exit"].as_i64().unwrap_or_default();
    if i64::from(output.exit) != exit {
        return Err(format!("exit is {}, recorded {exit}", output.exit));
    }
    Ok(())
}

/// The kubeconfig, the files and the standard input of a case.
fn session(case: &Value, command: &[&str]) -> Session {
    let mut config = KubeConfig::default();
    let note = case["note"].as_str().unwrap_or_default();
    if let Some(namespace) = note.strip_prefix("the context has namespace ") {
        for context in &mut config.contexts {
            namespace.clone_into(&mut context.namespace);
        }
    }
    let mut session = Session::with_config(config);
    for (name, text) in case["files"].as_object().into_iter().flatten() {
        let text = text.as_str().unwrap_or_default().to_owned();
        session.files.insert(name.clone(), text);
    }
    if let Some(stdin) = case["stdin"].as_str() {
        session.files.insert("-".to_owned(), stdin.to_owned());
    }
    session.patience = Patience::Pass(if command.first() == Some(&"drain") {
        |cluster, ms| {
            let _ = cluster.run_for(SimDuration::ms(ms));
            cluster.hold(vanish);
        }
    } else {
        |cluster, ms| {
            let _ = cluster.run_for(SimDuration::ms(ms));
        }
    });
    session
}

/// The stand-in of the drains: a Pod that is being deleted is gone soon.
fn vanish(world: &mut World) {
    let gone: Vec<_> = world
        .store
        .list(Kind::Pod)
        .filter(|(_, pod)| pod.meta.is_deleting())
        .map(|(_, pod)| (pod.meta.namespace.clone(), pod.meta.name.clone()))
        .collect();
    for (namespace, name) in gone {
        world.drop_held(Kind::Pod, &namespace, &name);
    }
}

fn play(
    cluster: &mut Cluster,
    session: &mut Session,
    fill: &Fill,
    case: &Value,
    command: &[&str],
) -> Output {
    let mut output = run_words(cluster, session, command);
    let Some(mut watch) = session.watch.take() else {
        return output;
    };
    for change in case["changes"].as_array().into_iter().flatten() {
        if let Some(object) = change.get("put") {
            let object = fill.object(object);
            cluster.hold(|world| {
                if let Err(status) = world.hold(&object) {
                    output.stderr.push_str(&status.message);
                }
            });
        }
        if let Some((kind, name)) = change["delete"]
            .as_str()
            .and_then(|text| text.split_once('/'))
            && let Some(kind) = Kind::from_argument(kind)
        {
            let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
            cluster.hold(|world| world.drop_held(kind, namespace, name));
        }
        output.stdout.push_str(&watch.poll(cluster));
    }
    output
}

fn compare(
    what: &str,
    fill: &Fill,
    recorded: &Value,
    simulated: &str,
    moments: Moments,
    case: &Value,
) -> Result<(), String> {
    let unordered = case["note"]
        .as_str()
        .is_some_and(|note| note.contains("does not count"));
    let against = |moments| {
        let recorded = fill.text(recorded.as_str().unwrap_or_default(), moments);
        if recorded == simulated {
            return Ok(());
        }
        let (recorded, simulated) = if unordered {
            (sorted(&recorded), sorted(simulated))
        } else {
            (recorded, simulated.to_owned())
        };
        Bindings::default()
            .same_text(&recorded, &simulated)
            .map_err(|why| format!("{what} {why}"))
    };
    let first = against(moments);
    // Kinds without a describer of their own are described with the moments of the API.
    if first.is_err() && moments == Moments::Described && against(Moments::Api).is_ok() {
        return Ok(());
    }
    first
}

/// Lines in the order of the alphabet, and so are the reasons within brackets.
fn sorted(text: &str) -> String {
    let reasons = |line: &str| {
        let (Some(open), Some(close)) = (line.find('['), line.rfind(']')) else {
            return line.to_owned();
        };
        let mut parts: Vec<&str> = line[open + 1..close].split(", cannot").collect();
        if let Some(first) = parts.first_mut() {
            *first = first.trim_start_matches("cannot");
        }
        parts.sort_unstable();
        format!("{}{}{}", &line[..open], parts.join(";"), &line[close..])
    };
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| reasons(line.strip_prefix("error: ").unwrap_or(line)))
        .collect();
    lines.sort_unstable();
    lines.join("\n")
}
