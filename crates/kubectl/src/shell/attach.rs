//! `kubectl run -it`: a Pod that is made for a shell, and what is said when the shell ends.
//!
//! Models kubectl `pkg/cmd/run/run.go` and `pkg/cmd/attach/attach.go`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_api::{Kind, SimDuration};
use ordinal_core::apiserver::Request;
use ordinal_core::{Cluster, Fault};
use serde_json::json;

use crate::args::{Args, misuse};
use crate::programs::Inside;
use crate::{Output, Session};

const FLAGS: &str = "image=s command env=l labels,l=s port=s restart=s rm stdin,i tty,t attach quiet,q expose \
image-pull-policy=s overrides=s override-type=s dry-run=?unchanged annotations=l field-manager=s output,o=s \
privileged pod-running-timeout=d leave-stdin-open wait force grace-period=i timeout=d cascade=?background \
save-config filename,f=l record show-managed-fields template=s";

/// How long it may take until the Pod runs, in milliseconds.
const LONGEST_MS: u64 = 60_000;

/// Whether a command makes a Pod and stays with it.
pub(super) fn is_meant(words: &[&str]) -> bool {
    let flags = words.split(|word| *word == "--").next().unwrap_or_default();
    let stays = |word: &&str| {
        matches!(
            *word,
            "--stdin" | "--attach" | "--stdin=true" | "--attach=true" | "-it" | "-ti" | "-i"
        )
    };
    words.first() == Some(&"run") && flags.iter().any(stays)
}

/// Runs `kubectl run -i …`.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, &words[1..]) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("run", words, FLAGS)?;
    let Some(image) = args.get("image") else {
        return Err(Output::error("required flag(s) \"image\" not set"));
    };
    let Some((name, command)) = args.rest.split_first() else {
        return Err(misuse("run", "NAME is required for run"));
    };
    let restart = args.get("restart").unwrap_or("Always");
    let (stdin, tty) = (args.has("stdin"), args.has("tty"));
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let env = args.all("env").filter_map(|pair| pair.split_once('='));
    let env: Vec<_> = env
        .map(|(name, value)| json!({"name": name, "value": value}))
        .into_list();
    let mut container = json!({
        "name": name, "image": image, "stdin": stdin, "stdinOnce": stdin, "tty": tty, "resources": {},
    });
    if !env.is_empty() {
        container["env"] = json!(env);
    }
    if !command.is_empty() {
        let key = if args.has("command") {
            "command"
        } else {
            "args"
        };
        container[key] = json!(command);
    }
    let mut labels = serde_json::Map::new();
    for (key, value) in args
        .get("labels")
        .unwrap_or_default()
        .split(',')
        .filter_map(|l| l.split_once('='))
    {
        labels.insert(key.to_owned(), json!(value));
    }
    if labels.is_empty() {
        labels.insert("run".to_owned(), json!(name));
    }
    let object = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [container], "restartPolicy": restart, "dnsPolicy": "ClusterFirst"},
    });
    let create = Request::Create {
        object,
        namespace: namespace.as_str().into(),
        strict: false,
    };
    let made = cluster
        .request(create)
        .and_then(|response| response.object());
    made.map_err(|status| Output::refused(&status))?;
    let mut waited = 0;
    let at = loop {
        let at = Inside::of(cluster.world(), &namespace, name, "");
        if let Some(at) = at.filter(|at| at.runs(cluster.world())) {
            break at;
        }
        if session.holds(cluster) {
            return Err(Output::default());
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
        let mut output = Output::default();
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
        output = super::inside(cluster, session, at.clone(), &words, &given);
        output.append(end(cluster, session, &at, 0));
        return Ok(output);
    }
    let mut output = super::inside(cluster, session, at.clone(), command, "");
    let code = output.exit;
    output.stderr.clear();
    let ended = end(cluster, session, &at, code);
    output.stdout += &ended.stdout;
    output.stderr += &ended.stderr;
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
