//! `kubectl run -it`: a Pod that is made for a shell, and what is said when the shell ends.
//!
//! Models kubectl `pkg/cmd/run/run.go` and `pkg/cmd/attach/attach.go`, v0.37.

use ordinal_api::{Kind, SimDuration};
use ordinal_core::apiserver::Request;
use ordinal_core::{Cluster, Fault};

use crate::args::Args;
use crate::programs::Inside;
use crate::verbs::run::{FLAGS, is_attached};
use crate::{Output, Session};

/// How long it may take until the Pod runs, in milliseconds.
const LONGEST_MS: u64 = 60_000;

/// What is asked of a `kubectl run` that makes a Pod and stays with it.
pub(super) fn asked(words: &[&str]) -> Option<Args> {
    let words = words.strip_prefix(&["run"])?;
    let args = Args::read("run", words, FLAGS).ok()?;
    (is_attached(&args) && !args.has("help")).then_some(args)
}

/// Runs `kubectl run -i …`.
pub(super) fn run(
    cluster: &mut Cluster,
    session: &mut Session,
    words: &[&str],
    args: &Args,
) -> Output {
    match try_run(cluster, session, words, args) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(
    cluster: &mut Cluster,
    session: &mut Session,
    words: &[&str],
    args: &Args,
) -> Result<Output, Output> {
    let mut output = crate::run_words(cluster, session, words);
    let (true, Some((name, command))) = (output.is_ok(), args.rest.split_first()) else {
        return Err(output);
    };
    // Who stays is not told what was made.
    output.stdout.clear();
    let namespace = args.get("namespace").unwrap_or(&session.namespace);
    let mut waited = 0;
    let at = loop {
        let at = Inside::of(cluster.world(), namespace, name, "");
        if let Some(at) = at.filter(|at| at.runs(cluster.world())) {
            break at;
        }
        if session.holds(cluster) {
            return Err(output);
        }
        if waited >= LONGEST_MS {
            return Err(Output::error("timed out waiting for the condition"));
        }
        cluster.run_for(SimDuration::ms(100));
        waited += 100;
    };
    let at = Inside {
        attached: true,
        removed: args.has("rm"),
        ..at
    };
    let first = command.first().map(String::as_str).unwrap_or("sh");
    if let (Some(shell), true) = (at.shell_named(first), command.len() <= 1) {
        let shell = if command.is_empty() { "" } else { shell };
        let at = Inside { shell, ..at };
        let given = session.files.get("-").cloned().unwrap_or_default();
        if given.is_empty() {
            let recorded = cluster.world().release().kubectl_tells_namespace();
            if recorded {
                output.warn("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.");
            }
            output.warn("If you don't see a command prompt, try pressing enter.");
            session.inside.push(at);
            return Ok(output);
        }
        let words = ["sh".to_owned()];
        output.append(super::inside(cluster, session, at.clone(), &words, &given));
        output.append(end(cluster, session, &at, 0));
        return Ok(output);
    }
    let mut ran = super::inside(cluster, session, at.clone(), command, "");
    let ended = end(cluster, session, &at, ran.exit);
    ran.stderr.clear();
    output.append(ran);
    output.append(ended);
    Ok(output)
}

/// What happens, and is said, when the shell in a container ends.
pub(super) fn end(cluster: &mut Cluster, session: &mut Session, at: &Inside, code: i32) -> Output {
    let mut output = Output {
        exit: code,
        ..Output::default()
    };
    if !at.attached {
        if code != 0 {
            output.warn(format!("command terminated with exit code {code}"));
        }
        return output;
    }
    // Its main process was the shell.
    let name = format!("{}/{}", at.namespace, at.pod);
    let _ = cluster.fault(Fault::Exit(name.as_str().into(), code));
    cluster.run_for(SimDuration::ms(1000));
    let release = cluster.world().release();
    let pod = cluster
        .world()
        .store
        .find(Kind::Pod, &at.namespace, &at.pod);
    let stays = pod.is_some_and(|pod| pod.to_value()["spec"]["restartPolicy"] == "Always");
    if release.session_always_ends() {
        output.say(format!(
            "Session ended, resume using 'kubectl attach {} -c {} -n {} -i -t' command",
            at.pod, at.container, at.namespace
        ));
    } else if stays {
        output.say(format!(
            "Session ended, resume using 'kubectl attach {} -c {} -i -t' command when the pod is running",
            at.pod, at.container
        ));
    }
    if code != 0 {
        output.warn(format!("pod {name} terminated (Error)"));
    }
    if at.removed {
        let delete = Request::Delete {
            kind: Kind::Pod,
            namespace: at.namespace.as_str().into(),
            name: at.pod.as_str().into(),
            options: ordinal_core::apiserver::DeleteOptions::default(),
        };
        match cluster.request(delete) {
            Ok(_) => {
                let place = match release.kubectl_tells_namespace() {
                    true => format!(" from {} namespace", at.namespace),
                    false => String::new(),
                };
                output.say(format!("pod \"{}\" deleted{place}", at.pod));
            }
            Err(status) => output.append(Output::refused(&status)),
        }
        output.printed_at(cluster.world());
        let mut waited = 0;
        while waited < 60_000
            && !session.holds(cluster)
            && cluster
                .world()
                .store
                .find(Kind::Pod, &at.namespace, &at.pod)
                .is_some()
        {
            cluster.run_for(SimDuration::ms(100));
            waited += 100;
        }
    }
    output
}
