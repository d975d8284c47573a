//! What needs a running container: `logs`, `exec`, `attach`, `cp`, `port-forward`, `proxy`. Here stands what kubectl
//! says before it reaches one; what the container answers is the terminal's.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use crate::args::{Args, misuse};
use crate::discovery;
use crate::programs::Inside;
use crate::programs::net::{Opened, is_linked};
use crate::resource::{Item, fetch, select};
use crate::value::{items, text};
use crate::{Output, Session};

fn or_output(result: Result<Output, Output>) -> Output {
    match result {
        Ok(output) | Err(output) => output,
    }
}

/// The Pod that `web-0`, `pod/web-0` or `sts/web` means.
fn pod(
    cluster: &mut Cluster,
    session: &Session,
    args: &Args,
    argument: &str,
    verb: &str,
) -> Result<Item, Output> {
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let (resource, name) = if argument.contains('/') {
        let selection = select(&[argument.to_owned()], &format!("kubectl {verb}"))?;
        match selection.named.first() {
            Some((resource, name)) => (*resource, name.clone()),
            None => {
                return Err(Output::error(
                    "pod, type/name or --filename must be specified",
                ));
            }
        }
    } else {
        (
            discovery::find("pods").map_err(Output::error)?,
            argument.to_owned(),
        )
    };
    fetch(cluster, resource, &namespace, &name).map_err(|status| {
        if verb == "logs" && status.is_not_found() {
            Output::error(format!(
                "error from server (NotFound): {} in namespace \"{namespace}\"",
                status.message
            ))
        } else {
            Output::refused(&status)
        }
    })
}

/// Whether a Pod has the container that is asked for.
fn container(pod: &Item, name: &str) -> Result<(), Output> {
    let names: Vec<&str> = items(&pod.value, "spec.containers")
        .iter()
        .map(|c| text(c, "name"))
        .into_list();
    let inits: Vec<&str> = items(&pod.value, "spec.initContainers")
        .iter()
        .map(|c| text(c, "name"))
        .into_list();
    if name.is_empty() || names.contains(&name) || inits.contains(&name) {
        return Ok(());
    }
    let mut known: Vec<String> = names.iter().map(|name| (*name).to_owned()).into_list();
    known.extend(inits.iter().map(|name| format!("{name} (init)")));
    Err(Output::error(format!(
        "container {name} is not valid for pod {} out of: {}",
        pod.name(),
        known.join(", ")
    )))
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

/// `kubectl logs`
pub(super) fn logs(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let flags = "all-containers all-pods container,c=s follow,f ignore-errors insecure-skip-tls-verify-backend \
limit-bytes=i max-log-requests=i pod-running-timeout=d prefix previous,p selector,l=s since=d since-time=s tail=i timestamps";
        let args = Args::read("logs", words, flags)?;
        let Some(first) = args.rest.first() else {
            if args.get("selector").is_some() {
                let namespace = args.get("namespace").unwrap_or(&session.namespace);
                let mut output = Output::default();
                output.warn(super::get::nothing(namespace, false));
                return Ok(output);
            }
            return Err(misuse(
                "logs",
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
            ));
        };
        let pod = pod(cluster, session, &args, first, "logs")?;
        let wanted = args
            .rest
            .get(1)
            .map(String::as_str)
            .or(args.get("container"))
            .unwrap_or_default();
        if pod.resource.kind == "Pod" {
            container(&pod, wanted)?;
        }
        Ok(Output::default())
    })())
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
        let phase = text(&pod.value, "status.phase");
        if matches!(phase, "Succeeded" | "Failed") {
            return Err(Output::error(format!(
                "cannot exec into a container in a completed pod; current phase is {phase}"
            )));
        }
        container(&pod, args.get("container").unwrap_or_default())?;
        if text(&pod.value, "spec.nodeName").is_empty() {
            let message = format!("pod {} does not have a host assigned", pod.name());
            return Err(Output::refused(&ordinal_api::Status::bad_request(message)));
        }
        let at = answering(cluster, &pod, args.get("container").unwrap_or_default())?;
        let mut output = Output::default();
        if old_form {
            output.warn("kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- [COMMAND] instead.");
        }
        let all = items(&pod.value, "spec.containers");
        if args.get("container").is_none() && all.len() > 1 {
            let names: Vec<&str> = all.iter().map(|c| text(c, "name")).into_list();
            output.warn(format!(
                "Defaulted container \"{}\" out of: {}",
                at.container,
                names.join(", ")
            ));
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
        let pod = pod(cluster, session, &args, first, "attach")?;
        container(&pod, args.get("container").unwrap_or_default())?;
        let at = answering(cluster, &pod, args.get("container").unwrap_or_default())?;
        let mut output = Output::default();
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

/// `kubectl cp`
pub(super) fn cp(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let args = Args::read("cp", words, "container,c=s no-preserve retries=i")?;
        if args.rest.len() != 2 {
            return Err(Output::error("source and destination are required"));
        }
        Err(Output::error("kubectl cp is not simulated"))
    })())
}

/// `kubectl port-forward`
pub(super) fn port_forward(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let args = Args::read("port-forward", words, "address=l pod-running-timeout=d")?;
        let Some((first, ports)) = args
            .rest
            .split_first()
            .filter(|(_, ports)| !ports.is_empty())
        else {
            return Err(misuse(
                "port-forward",
                "TYPE/NAME and list of ports are required for port-forward",
            ));
        };
        let pod = pod(cluster, session, &args, first, "port-forward")?;
        let known: Vec<&str> = items(&pod.value, "spec.containers")
            .iter()
            .flat_map(|c| items(c, "ports"))
            .map(|port| text(port, "name"))
            .into_list();
        for port in ports {
            let remote = port.rsplit(':').next().unwrap_or_default();
            if remote.parse::<u16>().is_err()
                && !known.contains(&remote)
                && pod.resource.kind == "Pod"
            {
                return Err(Output::error(format!(
                    "Pod '{}' does not have a named port '{remote}'",
                    pod.name()
                )));
            }
        }
        let phase = text(&pod.value, "status.phase");
        if pod.resource.kind == "Pod" && phase != "Running" {
            return Err(Output::error(format!(
                "unable to forward port because pod is not running. Current status={phase}"
            )));
        }
        let mut output = Output::default();
        for port in ports {
            let (local, remote) = port.split_once(':').unwrap_or((port, port));
            output.say(format!("Forwarding from 127.0.0.1:{local} -> {remote}"));
            output.say(format!("Forwarding from [::1]:{local} -> {remote}"));
            if let (Ok(port), Ok(remote)) = (local.parse(), remote.parse()) {
                let to = (pod.namespace().to_owned(), pod.name().to_owned(), remote);
                session.opened.retain(|opened| opened.port != port);
                session.opened.push(Opened { port, to: Some(to) });
            }
        }
        Ok(output)
    })())
}

/// `kubectl proxy`
pub(super) fn proxy(_: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let flags = "port,p=i address=s accept-hosts=s accept-paths=s api-prefix=s append-server-path \
disable-filter keepalive=d reject-methods=s reject-paths=s unix-socket,u=s www,w=s www-prefix,P=s";
        let args = Args::read("proxy", words, flags)?;
        let port = args.count("port").unwrap_or(8001);
        if let Ok(port) = u16::try_from(port) {
            session.opened.retain(|opened| opened.port != port);
            session.opened.push(Opened { port, to: None });
        }
        Ok(Output::line(format!(
            "Starting to serve on 127.0.0.1:{port}"
        )))
    })())
}
