//! The words for what breaks and what is mended.
//!
//! | line | does |
//! | --- | --- |
//! | `power-off NODE`, `power-on NODE` | the machine loses its power, gets it back |
//! | `shutdown NODE` | the machine's Pods are ended, then it loses its power |
//! | `partition NODE`, `heal NODE` | the machine is cut from the network, is back |
//! | `crash pod/NAME`, `exit pod/NAME CODE` | its containers exit |
//! | `not-ready pod/NAME`, `ready pod/NAME` | its readiness fails, is left to its probes |
//! | `attach-fails`, `attach-works` | the storage driver refuses to attach and detach, works again |
//! | `attach-delay SECONDS` | attaching takes so much longer |
//! | `attacher-pause`, `attacher-resume` | the storage driver attaches and detaches nothing, does again |
//! | `provisioner-pause`, `provisioner-resume` | the storage driver makes no volumes, makes them again |
//! | `restart-controllers` | the controller manager starts anew |
//! | `add-node NAME` | a machine joins |

use ordinal_api::{SimDuration, Text};
use ordinal_core::{Cluster, Fault};

use crate::Output;

/// Every word, with its arguments and what it does; sorted.
pub const WORDS: &[(&str, &str, &str)] = &[
    ("add-node", "NODE", "a machine joins the cluster"),
    (
        "attach-delay",
        "SECONDS",
        "attaching a volume takes so much longer",
    ),
    (
        "attach-fails",
        "",
        "the storage driver refuses to attach and detach",
    ),
    (
        "attach-works",
        "",
        "the storage driver attaches and detaches again",
    ),
    (
        "attacher-pause",
        "",
        "the storage driver attaches and detaches nothing",
    ),
    (
        "attacher-resume",
        "",
        "the storage driver attaches and detaches again",
    ),
    ("crash", "pod/NAME", "its containers exit with code 1"),
    (
        "exit",
        "pod/NAME CODE",
        "its containers exit with this code",
    ),
    ("heal", "NODE", "the machine is back on the network"),
    ("not-ready", "pod/NAME", "its readiness fails from now on"),
    (
        "partition",
        "NODE",
        "the machine is cut from the network and goes on running",
    ),
    ("power-off", "NODE", "the machine loses its power"),
    (
        "power-on",
        "NODE",
        "the machine gets its power back and boots",
    ),
    (
        "provisioner-pause",
        "",
        "the storage driver makes no volumes",
    ),
    (
        "provisioner-resume",
        "",
        "the storage driver makes volumes again",
    ),
    (
        "ready",
        "pod/NAME",
        "its readiness is left to its probes again",
    ),
    (
        "restart-controllers",
        "",
        "the controller manager starts anew and has forgotten its timers",
    ),
    (
        "shutdown",
        "NODE",
        "the machine's Pods are ended, then it loses its power",
    ),
];

/// Whether a word begins a fault line.
pub fn is_fault(word: &str) -> bool {
    WORDS.iter().any(|(known, ..)| *known == word)
}

/// Reads a fault line.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse(word: &str, rest: &[&str]) -> Result<Fault, String> {
    let usage = || {
        let arguments = WORDS
            .iter()
            .find(|(known, ..)| *known == word)
            .map_or("", |(_, arguments, _)| arguments);
        format!("usage: {word} {arguments}").trim_end().to_owned()
    };
    let fault = match (word, rest) {
        ("power-off", [node]) => Fault::PowerOff(node_name(node)),
        ("shutdown", [node]) => Fault::Shutdown(node_name(node)),
        ("power-on", [node]) => Fault::PowerOn(node_name(node)),
        ("partition", [node]) => Fault::Partition(node_name(node)),
        ("heal", [node]) => Fault::Heal(node_name(node)),
        ("crash", [pod]) => Fault::Crash(pod_name(pod)),
        ("exit", [pod, code]) => Fault::Exit(pod_name(pod), code.parse().map_err(|_| usage())?),
        ("not-ready", [pod]) => Fault::NotReady(pod_name(pod)),
        ("ready", [pod]) => Fault::Ready(pod_name(pod)),
        ("attach-fails", []) => Fault::AttachFails(true),
        ("attach-works", []) => Fault::AttachFails(false),
        ("attach-delay", [secs]) => {
            let secs = secs.trim_end_matches('s').parse().map_err(|_| usage())?;
            Fault::AttachDelay(SimDuration::secs(secs))
        }
        ("attacher-pause", []) => Fault::AttacherPaused(true),
        ("attacher-resume", []) => Fault::AttacherPaused(false),
        ("provisioner-pause", []) => Fault::ProvisionerPaused(true),
        ("provisioner-resume", []) => Fault::ProvisionerPaused(false),
        ("restart-controllers", []) => Fault::RestartControllers,
        ("add-node", [node]) => Fault::AddNode(node_name(node)),
        _ => return Err(usage()),
    };
    Ok(fault)
}

fn node_name(argument: &str) -> Text {
    ["node/", "nodes/", "no/"]
        .iter()
        .find_map(|prefix| argument.strip_prefix(prefix))
        .unwrap_or(argument)
        .into()
}

/// `pod/web-0` or `pod/shop/web-0`, with or without the kind.
fn pod_name(argument: &str) -> Text {
    ["pod/", "pods/", "po/"]
        .iter()
        .find_map(|prefix| argument.strip_prefix(prefix))
        .unwrap_or(argument)
        .into()
}

/// Lets a fault happen.
pub fn run(cluster: &mut Cluster, word: &str, rest: &[&str]) -> Output {
    match parse(word, rest) {
        Err(usage) => Output::error(usage),
        Ok(fault) => match cluster.fault(fault) {
            Ok(()) => Output::line(format!("{word} {}", rest.join(" ")).trim_end().to_owned()),
            Err(status) => Output::refused(&status),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_and_each_is_understood() {
        assert!(WORDS.is_sorted_by_key(|(word, ..)| *word));
        for (word, arguments, _) in WORDS {
            let arguments = arguments.replace("SECONDS", "5").replace("CODE", "3");
            let rest: Vec<&str> = arguments.split_whitespace().collect();
            assert!(parse(word, &rest).is_ok(), "{word}");
        }
    }

    #[test]
    fn a_word_without_its_argument_says_how_it_is_used() {
        assert_eq!(
            parse("power-off", &[]),
            Err("usage: power-off NODE".to_owned())
        );
    }
}
