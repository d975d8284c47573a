//! What needs a running container: `exec`, `attach`, `proxy`. Here stands what kubectl
//! says before it reaches one; what the container answers is the terminal's.

use ordinal_core::Cluster;

use super::common::or_output;
use super::first_pod::{container, object, pods};
use crate::args::{Args, misuse};
use crate::programs::Inside;
use crate::programs::net::{Opened, is_linked};
use crate::resource::Item;
use crate::value::text;
use crate::{Output, Session};

/// The Pod that `web-0`, `pod/web-0` or `sts/web` means.
fn pod(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    argument: &str,
    verb: &str,
) -> Result<Item, Output> {
    let object = object(cluster, session, args, argument, verb)?;
    let mut found = pods(cluster, object, "cannot attach to", false)?;
    Ok(found.swap_remove(0))
}

/// Whether a Pod can still be talked to.
pub(super) fn completed(pod: &Item, doing: &str) -> Result<(), Output> {
    match text(&pod.value, "status.phase") {
        phase @ ("Succeeded" | "Failed") => Err(Output::error(format!(
            "cannot {doing} a completed pod; current phase is {phase}"
        ))),
        _ => Ok(()),
    }
}

/// The container that is meant, and what was said of the choice.
pub(super) fn chosen(
    cluster: &Cluster,
    pod: &Item,
    args: &Args,
    verb: &str,
) -> Result<(Inside, Output), Output> {
    let mut output = Output::default();
    let wanted = args.get("container").unwrap_or_default();
    let release = cluster.world().release();
    let name = container(pod, wanted, verb, release, &mut output)?;
    if args.has("quiet") {
        output = Output::default();
    }
    let answer = if text(&pod.value, "spec.nodeName").is_empty() {
        let name = pod.name();
        Err(Output::error(format!(
            "unable to upgrade connection: pod {name} does not have a host assigned"
        )))
    } else {
        answering(cluster, pod, &name)
    };
    match answer {
        Ok(at) => Ok((at, output)),
        Err(error) => {
            output.append(error);
            Err(output)
        }
    }
}

/// The container of a Pod, if it runs and the API server reaches its kubelet.
fn answering(cluster: &Cluster, pod: &Item, name: &str) -> Result<Inside, Output> {
    let world = cluster.world();
    let (namespace, pod_name) = (pod.namespace(), pod.name());
    let inside = Inside::of(world, namespace, pod_name, name);
    let Some(inside) = inside else {
        return Err(Output::error("the containers of this Pod do not answer"));
    };
    if !is_linked(world, namespace, pod_name) {
        let address = text(&pod.value, "status.hostIP");
        let mut output = Output::default();
        output.warn(format!("Error from server: error dialing backend: dial tcp {address}:10250: connect: no route to host"));
        output.exit = 1;
        return Err(output);
    }
    if !inside.runs(world) {
        return Err(Output::error(format!(
            "Internal error occurred: unable to upgrade connection: container not found (\"{}\")",
            inside.container
        )));
    }
    Ok(inside)
}

/// `kubectl exec`
pub(super) fn exec(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let flags = "container,c=s filename,f=l stdin,i tty,t quiet,q pod-running-timeout=d";
        // Everything behind the Pod is the command, once `--` or the Pod has been seen.
        let args = Args::read("exec", words, flags)?;
        let Some(first) = args.rest.first().filter(|_| args.dash != Some(0)) else {
            return Err(Output::error(
                "pod, type/name or --filename must be specified",
            ));
        };
        let old_form = args.dash.is_none() && args.rest.len() > 1;
        if old_form && cluster.world().release().exec_wants_dashes() {
            return Err(misuse(
                "exec",
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
            ));
        }
        if args.rest.len() < 2 {
            return Err(Output::error(
                "you must specify at least one command for the container",
            ));
        }
        let pod = pod(cluster, session, &args, first, "exec")?;
        completed(&pod, "exec into a container in")?;
        let (at, mut output) = chosen(cluster, &pod, &args, "exec")?;
        let tty = args.has("tty");
        let at = Inside { tty, ..at };
        if old_form {
            output.stderr.insert_str(0, "kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- [COMMAND] instead.\n");
        }
        let stdin = match args.has("stdin") {
            true => session.files.get("-").cloned().unwrap_or_default(),
            false => String::new(),
        };
        let alone =
            args.has("stdin") && args.has("tty") && args.rest.len() == 2 && stdin.is_empty();
        if let Some(shell) = at.shell_named(&args.rest[1]).filter(|_| alone) {
            session.inside.push(Inside { shell, ..at });
            return Ok(output);
        }
        output.append(crate::shell::inside(
            cluster,
            session,
            at,
            &args.rest[1..],
            &stdin,
        ));
        Ok(output)
    })())
}

/// `kubectl attach`
pub(super) fn attach(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let args = Args::read(
            "attach",
            words,
            "container,c=s stdin,i tty,t quiet,q pod-running-timeout=d",
        )?;
        let Some(first) = args.rest.first() else {
            return Err(Output::error("at least 1 argument is required for attach"));
        };
        // Two words are a type and a name.
        let first = match args.rest.as_slice() {
            [type_, name] => &format!("{type_}/{name}"),
            _ => first,
        };
        let pod = pod(cluster, session, &args, first, "attach")?;
        completed(&pod, "attach a container in")?;
        let (at, mut output) = chosen(cluster, &pod, &args, "attach").map_err(|mut output| {
            if let Some(why) = output.stderr.strip_prefix("error: container ") {
                output.stderr = format!("error: cannot attach to the container: container {why}");
            }
            output
        })?;
        if args.has("stdin") && args.has("tty") {
            output.warn("If you don't see a command prompt, try pressing enter.");
            session.inside.push(Inside {
                attached: true,
                ..at
            });
        }
        Ok(output)
    })())
}

/// `kubectl proxy`
pub(super) fn proxy(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let flags = "port,p=i address=s accept-hosts=s accept-paths=s api-prefix=s append-server-path \
disable-filter keepalive=d reject-methods=s reject-paths=s unix-socket,u=s www,w=s www-prefix,P=s";
        let args = Args::read("proxy", words, flags)?;
        let port = args.count("port").unwrap_or(8001);
        if let Ok(port) = u16::try_from(port) {
            let now = cluster.world().now();
            if session.until.is_some() && session.listening(now, port).is_some() {
                return Err(Output::error(format!(
                    "listen tcp 127.0.0.1:{port}: bind: address already in use"
                )));
            }
            session.opened.retain(|opened| opened.port != port);
            session.opened.push(Opened { port, to: None });
        }
        Ok(Output::line(format!(
            "Starting to serve on 127.0.0.1:{port}"
        )))
    })())
}
