//! What kubectl tells of the server and of itself: `version`, `cluster-info`, `top`, `explain`, `options`, `plugin`,
//! `completion`.

use ordinal_core::Cluster;
use serde_json::json;

use super::common::or_output;
use crate::args::{Args, misuse, usage};
use crate::discovery;
use crate::format::yaml;
use crate::resource::fetch;
use crate::{Output, Session};

/// `kubectl version`
pub(super) fn version(cluster: &mut Cluster, _session: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let args = Args::read("version", words, "client output,o=s")?;
        if !args.rest.is_empty() {
            return Err(Output::error(format!(
                "extra arguments: [{}]",
                args.rest.join(" ")
            )));
        }
        let release = cluster.world().release();
        let kustomize = release.kustomize();
        let release = release.to_string();
        let release = format!("v{}", release.trim_start_matches('v'));
        let short = args.has("client");
        let mut output = Output::default();
        match args.get("output") {
            None | Some("") => {
                output.say(format!("Client Version: {release}"));
                output.say(format!("Kustomize Version: {kustomize}"));
                if !short {
                    output.say(format!("Server Version: {release}"));
                }
            }
            Some(form @ ("yaml" | "json")) => {
                let mut parts = release.trim_start_matches('v').split('.');
                let info = json!({
                    "buildDate": "2026-11-10T00:00:00Z", "compiler": "gc", "gitCommit": "0000000000000000000000000000000000000000",
                    "gitTreeState": "clean", "gitVersion": release, "goVersion": "go1.26.0",
                    "major": parts.next().unwrap_or_default(), "minor": parts.next().unwrap_or_default(), "platform": "linux/amd64",
                });
                let mut value = json!({"clientVersion": info, "kustomizeVersion": kustomize});
                if !short {
                    value["serverVersion"] = info;
                }
                if form == "yaml" {
                    output.stdout = yaml::write(&value);
                    output.stdout.push('\n');
                } else {
                    output.stdout = super::made::json_of(&value).replace("    ", "  ");
                }
            }
            Some(_) => return Err(Output::error("--output must be 'yaml' or 'json'")),
        }
        Ok(output)
    })())
}

/// `kubectl cluster-info`
pub(super) fn cluster_info(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let args = Args::read("cluster-info", words, "")?;
        if args.rest.first().is_some_and(|word| word == "dump") {
            return Err(Output::error("kubectl cluster-info dump is not simulated"));
        }
        let server = format!("https://{}", session.config.server);
        let mut output = Output::default();
        output.say(format!("Kubernetes control plane is running at {server}"));
        let services = discovery::find("services").map_err(Output::error)?;
        if fetch(cluster, services, "kube-system", "kube-dns").is_ok() {
            output.say(format!(
                "CoreDNS is running at {server}/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy"
            ));
        }
        output.say(
            "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.",
        );
        Ok(output)
    })())
}

/// `kubectl top`: there is no metrics server.
pub(super) fn top(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let Some((subcommand, rest)) = words.split_first() else {
            return Err(super::help::group("top"));
        };
        if !matches!(*subcommand, "node" | "nodes" | "no" | "pod" | "pods" | "po") {
            return Err(misuse("top", &format!("unknown command \"{subcommand}\"")));
        }
        let flags = "selector,l=s sort-by=s no-headers use-protocol-buffers show-capacity show-swap all-namespaces,A containers field-selector=s sum";
        let (noun, other) = match subcommand.starts_with('n') {
            true => ("node", "--selector"),
            false => ("pod", "selector"),
        };
        let args = Args::read(&format!("top {noun}"), rest, flags)?;
        let given = |flag: &str| args.get(flag).filter(|text| !text.is_empty());
        if args.rest.len() > 1 {
            return Err(misuse(
                &format!("top {noun}"),
                &format!("{noun} [NAME | -l label]"),
            ));
        }
        if given("sort-by").is_some_and(|by| by != "cpu" && by != "memory") {
            return Err(Output::error("--sort-by accepts only cpu or memory"));
        }
        if !args.rest.is_empty()
            && (given("selector").is_some() || given("field-selector").is_some())
        {
            return Err(Output::error(format!(
                "only one of NAME or {other} can be provided"
            )));
        }
        Err(Output::error("Metrics API not available"))
    })())
}

/// `kubectl explain`: names and types of fields. Their descriptions are not carried.
pub(super) fn explain(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let args = Args::read("explain", words, "api-version=s recursive,R output,o=s")?;
        let [path] = args.rest.as_slice() else {
            return Err(if args.rest.is_empty() {
                Output::error(
                    "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
                )
            } else {
                Output::error("We accept only this format: explain RESOURCE")
            });
        };
        if let Some(format) = args
            .get("output")
            .filter(|f| !matches!(*f, "" | "plaintext" | "plaintext-openapiv2"))
        {
            discovery::find(path.split('.').next().unwrap_or_default()).map_err(|why| {
                let mut output = Output::default();
                output.warn(why);
                output.exit = 1;
                output
            })?;
            return Err(Output::error(format!("unrecognized format: {format}")));
        }
        let name = path.split('.').next().unwrap_or_default();
        if let (Some(version), Ok(found)) = (args.get("api-version"), discovery::find(name))
            && !version.is_empty()
            && !discovery::resources().any(|r| r.version == version && r.plural == found.plural)
        {
            let slash = if version.contains('/') { "" } else { "/" };
            return Err(Output::error(format!(
                "couldn't find resource for \"{slash}{version}, Resource={}\"",
                found.plural
            )));
        }
        super::explain::explain(path, args.has("recursive"))
    })())
}

/// `kubectl options`
pub(super) fn options(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    match words.iter().find(|word| word.starts_with("--")) {
        Some(word) => {
            let name = word
                .trim_start_matches('-')
                .split('=')
                .next()
                .unwrap_or_default();
            let mut output = Output::error(format!("unknown flag: --{name}"));
            output.warn("Run 'kubectl options' without flags.");
            output
        }
        None => Output::line("The following options can be passed to any command:"),
    }
}

/// `kubectl plugin`
pub(super) fn plugin(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    match words.first() {
        Some(&"list") => Output::error("unable to find any kubectl plugins in your PATH"),
        Some(other) if !other.starts_with('-') => {
            misuse("plugin", &format!("unknown command \"{other}\""))
        }
        _ => usage("plugin", "a command is needed: list"),
    }
}

/// `kubectl completion`
pub(super) fn completion(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    match words {
        [] => misuse("completion", "Shell not specified."),
        ["bash" | "zsh" | "fish" | "powershell"] => {
            Output::line("# completion is built into this terminal: press Tab")
        }
        [shell] => misuse(
            "completion",
            &format!("Unsupported shell type \"{shell}\"."),
        ),
        _ => misuse(
            "completion",
            "Too many arguments. Expected only the shell type.",
        ),
    }
}

/// `kubectl alpha`: there is none.
pub(super) fn alpha(_: &mut Cluster, _: &mut Session, _: &[&str]) -> Output {
    let mut output = Output::default();
    output.warn("No alpha commands are available in this version of kubectl");
    output
}

/// `kubectl kustomize`
pub(super) fn kustomize(_: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let folder = words.iter().find(|word| !word.starts_with('-'));
    super::apply::kustomization(session, folder.unwrap_or(&"."))
}

/// `kubectl debug`: containers that are added later are not simulated.
pub(super) fn debug(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    let has = |flag: &str| words.iter().any(|word| word.starts_with(flag));
    Output::error(if has("--image") || has("--copy-to") {
        "kubectl debug is not simulated"
    } else {
        "you must specify --image when not using --copy-to."
    })
}

/// `kubectl certificate`
pub(super) fn certificate(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    match words.first() {
        Some(&"approve" | &"deny") if words.len() == 1 => {
            Output::error("one or more CSRs must be specified as <name> or -f <filename>")
        }
        Some(&"approve" | &"deny") => Output::error("kubectl certificate is not simulated"),
        _ => super::help::group("certificate"),
    }
}
