//! `ordinal run FILE…`: plays manifests and commands, prints a table at the end.
//!
//! Standard output has the final table (and a journal or milestones that were asked for with `-`); standard error has
//! diagnostics, repairs and what each command answered. Exit code 0 only when the input was accepted.

use std::fs;
use std::io::{Read as _, Write};
use std::process::ExitCode;

use ordinal_api::{Kind, SimTime};
use ordinal_core::history::Stop;
use ordinal_core::release::Release;
use ordinal_core::{Config, World, journal, milestones};
use ordinal_kubectl::script::{Played, Script, Until, parse_duration};
use ordinal_kubectl::{Session, run as kubectl};
use ordinal_manifest::Severity;

/// What `ordinal run` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Manifests: YAML, JSON or a whole tutorial text; `-` is the standard input.
    #[arg(required = true)]
    pub files: Vec<String>,
    /// Number of nodes, of 8 CPU and 32 GiB each.
    #[arg(long, default_value_t = 3)]
    pub nodes: usize,
    /// Release of Kubernetes, 1.29 to 1.37.
    #[arg(long)]
    pub release: Option<String>,
    /// Seed of all chance.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// No repair: kubectl's and the API server's own words.
    #[arg(long)]
    pub strict: bool,
    /// Placeholders for what is referred to and not there, and labels for nodes that are asked for.
    #[arg(long)]
    pub fill_missing: bool,
    /// `settled`, or a duration such as `10m`.
    #[arg(long, default_value = "settled")]
    pub until: String,
    /// `AT COMMAND`, such as `20s power-off node-2` or `1m kubectl scale sts web --replicas=5`.
    #[arg(long = "do", value_name = "AT COMMAND")]
    pub commands: Vec<String>,
    /// Writes the journal as JSON lines; `-` is the standard output.
    #[arg(long)]
    pub journal: Option<String>,
    /// Writes `SECONDS<TAB>MILESTONE` lines; `-` is the standard output.
    #[arg(long)]
    pub milestones: Option<String>,
}

/// Most nodes of a run.
const MOST_NODES: usize = 5_000;

/// Plays the script that the arguments describe.
pub fn main(arguments: &Arguments) -> ExitCode {
    let script = match script(arguments) {
        Ok(script) => script,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(2);
        }
    };
    let mut played = script.play();
    say(&mut std::io::stderr(), &remarks(&script, &played));
    for (target, text) in [
        (&arguments.journal, Text::Journal),
        (&arguments.milestones, Text::Milestones),
    ] {
        if let Some(target) = target
            && let Err(error) = write(target, played.cluster.world(), text)
        {
            eprintln!("error: {target}: {error}");
            return ExitCode::from(2);
        }
    }
    let piped = [&arguments.journal, &arguments.milestones]
        .iter()
        .any(|t| t.as_deref() == Some("-"));
    if !piped {
        say(&mut std::io::stdout(), &summary(&mut played));
    }
    if played.is_accepted() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Writes to a stream that its reader may have closed, as `head` does: that is no failure.
fn say(stream: &mut impl Write, text: &str) {
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
}

/// Reads the arguments.
///
/// # Errors
/// What is wrong with them, as a sentence.
pub fn script(arguments: &Arguments) -> Result<Script, String> {
    if arguments.nodes > MOST_NODES {
        return Err(format!("--nodes: at most {MOST_NODES}"));
    }
    let mut config = Config {
        seed: arguments.seed,
        ..Config::with_nodes(arguments.nodes)
    };
    if let Some(text) = &arguments.release {
        config.release = Release::parse(text)
            .ok_or_else(|| format!("--release: {text} is not one of 1.29 to 1.37"))?;
    }
    let until = match arguments.until.as_str() {
        "settled" => Until::Settled,
        text => {
            let time = parse_duration(text)
                .ok_or_else(|| format!("--until: {text} is neither `settled` nor a duration"))?;
            Until::Moment(SimTime::ZERO + time)
        }
    };
    let command = |text: &String| {
        let (at, line) = text
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((text, ""));
        let at = parse_duration(at)
            .ok_or_else(|| format!("--do: {text}: it begins with a time, such as 20s"))?;
        Ok::<_, String>((SimTime::ZERO + at, line.trim().to_owned()))
    };
    Ok(Script {
        config,
        texts: arguments
            .files
            .iter()
            .map(|file| Ok((file.clone(), read(file)?)))
            .collect::<Result<_, String>>()?,
        strict: arguments.strict,
        fill_missing: arguments.fill_missing,
        commands: arguments
            .commands
            .iter()
            .map(command)
            .collect::<Result<_, String>>()?,
        until,
    })
}

fn read(file: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    if file == "-" {
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| format!("standard input: {error}"))?;
    } else {
        bytes = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[derive(Clone, Copy)]
enum Text {
    Journal,
    Milestones,
}

fn write(target: &str, world: &World, text: Text) -> std::io::Result<()> {
    let mut content = String::new();
    match text {
        Text::Journal => {
            for line in journal::json::lines(world) {
                content.push_str(&line);
                content.push('\n');
            }
        }
        Text::Milestones => content = milestones::lines(world),
    }
    if target == "-" {
        say(&mut std::io::stdout(), &content);
        return Ok(());
    }
    fs::write(target, content)
}

/// Diagnostics, repairs, what is missing and what each command answered.
fn remarks(script: &Script, played: &Played) -> String {
    let mut text = String::new();
    let mut say = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    for ((file, _), reading) in script.texts.iter().zip(&played.readings) {
        for found in &reading.diagnostics {
            let level = match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            say(format!(
                "{file}:{}:{}: {level}: {}",
                found.at.line, found.at.column, found.message
            ));
        }
        for repair in &reading.repairs {
            say(format!(
                "{file}:{}:{}: repaired ({}): {}",
                repair.at.line, repair.at.column, repair.name, repair.sentence
            ));
        }
        for missing in &reading.missing {
            let filled = if script.fill_missing {
                "a placeholder was made"
            } else {
                "it is not there"
            };
            say(format!(
                "{file}: {} {} is referred to: {filled}",
                missing.object.kind, missing.object.name
            ));
        }
        for kind in &reading.unmodelled {
            say(format!(
                "{file}:{}: {} {}: not simulated",
                kind.at.line, kind.kind, kind.name
            ));
        }
    }
    for (line, output) in &played.outputs {
        say(format!("$ {line}"));
        for part in [&output.stdout, &output.stderr] {
            part.lines().for_each(|line| say(line.to_owned()));
        }
    }
    if let Stop::Exhausted(why) = played.stop {
        say(format!("warning: {why}"));
    }
    text
}

/// The tables at the end, the moment and the journal's hash.
fn summary(played: &mut Played) -> String {
    let mut text = String::new();
    let mut session = Session::default();
    let kinds = [
        Kind::StatefulSet,
        Kind::Deployment,
        Kind::Pod,
        Kind::PersistentVolumeClaim,
        Kind::Node,
    ];
    for kind in kinds
        .iter()
        .filter(|kind| played.cluster.world().store.count(**kind) > 0)
        .copied()
        .collect::<Vec<_>>()
    {
        let scope = if kind.is_namespaced() { "-A" } else { "" };
        let wide = if matches!(kind, Kind::Pod) {
            "-o wide"
        } else {
            ""
        };
        let output = kubectl(
            &mut played.cluster,
            &mut session,
            &format!("kubectl get {} {scope} {wide}", kind.names().plural),
        );
        text.push_str(&output.stdout);
        text.push('\n');
    }
    let world = played.cluster.world();
    let how = if played.stop == Stop::Settled {
        "settled"
    } else {
        "stopped"
    };
    text.push_str(&format!(
        "{how} at {}, journal {:016x}\n",
        world.now().since(SimTime::ZERO),
        journal::hash(world)
    ));
    text
}
