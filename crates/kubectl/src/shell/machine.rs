//! The machine that a terminal is on: the student's own, or a node after `ssh`.

use ordinal_api::Kind;
use ordinal_core::{Cluster, Fault};

use crate::{Output, Session};

/// Runs a command that is about machines; `None` if it is another.
pub(super) fn run(
    cluster: &mut Cluster,
    session: &mut Session,
    name: &str,
    words: &[&str],
) -> Option<Output> {
    let fault = |node: &str, down: bool| match down {
        true => Fault::Partition(node.into()),
        false => Fault::Heal(node.into()),
    };
    match (name, words) {
        ("gcloud", ["compute", "ssh", rest @ ..])
        | ("ssh", rest)
        | ("minikube", ["ssh", rest @ ..]) => Some(enter(cluster, session, name, rest)),
        ("minikube", ["ip", ..]) => Some(Output::line(address(cluster, first(cluster)?)?)),
        ("ifconfig", [_, state @ ("up" | "down")])
        | ("ip", ["link", "set", _, state @ ("up" | "down")])
        | ("ip", ["link", "set", "dev", _, state @ ("up" | "down")]) => {
            let node = session.node.clone()?;
            let mut output = done(cluster.fault(fault(&node, *state == "down")));
            if *state == "down" {
                // The connection goes with the link.
                session.node = None;
                output.warn("client_loop: send disconnect: Broken pipe");
            }
            Some(output)
        }
        ("poweroff" | "shutdown" | "halt", _) => {
            let node = session.node.take()?;
            Some(done(cluster.fault(Fault::PowerOff(node.as_str().into()))))
        }
        ("hostname", []) => Some(Output::line(session.node.clone()?)),
        // Folders of machines are not modelled: what is asked for is there.
        ("mkdir", _) => Some(Output::default()),
        _ => None,
    }
}

fn done(done: Result<(), ordinal_api::Status>) -> Output {
    done.map_or_else(|status| Output::refused(&status), |()| Output::default())
}

fn enter(cluster: &Cluster, session: &mut Session, name: &str, words: &[&str]) -> Output {
    let mut words = words.iter();
    let mut host = None;
    while let Some(word) = words.next() {
        match *word {
            "-n" | "--node" if name == "minikube" => host = words.next().copied(),
            "-p" | "-i" | "-l" | "--zone" | "--project" => {
                words.next();
            }
            word if word.starts_with('-') => {}
            word => host = host.or(Some(word)),
        }
    }
    let host = match host {
        Some(host) => host.rsplit('@').next().unwrap_or(host).to_owned(),
        None if name == "minikube" => first(cluster).unwrap_or_default().to_owned(),
        None => return Output::default(),
    };
    if cluster.world().store.find(Kind::Node, "", &host).is_none() {
        return Output {
            stderr: format!("ssh: Could not resolve hostname {host}: Name or service not known\n"),
            exit: 255,
            ..Output::default()
        };
    }
    session.node = Some(host);
    Output::default()
}

fn first(cluster: &Cluster) -> Option<&str> {
    let mut nodes = cluster.world().store.list(Kind::Node);
    nodes.next().map(|(_, node)| &*node.meta.name)
}

/// The address of a node.
fn address(cluster: &Cluster, node: &str) -> Option<String> {
    let node = cluster.world().store.find(Kind::Node, "", node)?.to_value();
    let first = node["status"]["addresses"][0]["address"].as_str()?;
    Some(first.to_owned())
}
