//! What kubectl tells of the server and of itself: `version`, `cluster-info`, `api-resources`, `api-versions`, `auth`,
//! `top`, `explain`, `options`, `plugin`, `completion`.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::json;

use crate::args::{Args, misuse, usage};
use crate::discovery::{self, Resource};
use crate::format::table::Widths;
use crate::format::yaml;
use crate::printer::Form;
use crate::resource::fetch;
use crate::{Output, Session};

const KUSTOMIZE: &str = "v5.8.1";

fn or_output(result: Result<Output, Output>) -> Output {
    match result {
        Ok(output) | Err(output) => output,
    }
}

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
        let release = cluster.world().release().to_string();
        let release = format!("v{}", release.trim_start_matches('v'));
        let short = args.has("client");
        let mut output = Output::default();
        match args.get("output") {
            None | Some("") => {
                output.say(format!("Client Version: {release}"));
                output.say(format!("Kustomize Version: {KUSTOMIZE}"));
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
                let mut value = json!({"clientVersion": info, "kustomizeVersion": KUSTOMIZE});
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

/// `kubectl api-versions`
pub(super) fn api_versions(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let args = Args::read("api-versions", words, "")?;
        unexpected("api-versions", &args)?;
        let mut versions: Vec<&str> = discovery::resources().map(|r| r.version).into_list();
        versions.push("autoscaling/v1");
        ordinal_api::sorted::sort(&mut versions);
        versions.dedup();
        Ok(Output::line(versions.join("\n")))
    })())
}

fn unexpected(verb: &str, args: &Args) -> Result<(), Output> {
    if args.rest.is_empty() {
        return Ok(());
    }
    Err(misuse(
        verb,
        &format!("unexpected arguments: [{}]", args.rest.join(" ")),
    ))
}

/// `kubectl api-resources`
pub(super) fn api_resources(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let flags = "api-group=s namespaced verbs=l output,o=s no-headers sort-by=s cached categories=l show-managed-fields";
        let args = Args::read("api-resources", words, flags)?;
        unexpected("api-resources", &args)?;
        let verbs: Vec<&str> = args.all("verbs").into_list();
        let categories: Vec<&str> = args.all("categories").into_list();
        let has_all = |list: &str, wanted: &[&str]| {
            wanted
                .iter()
                .all(|wanted| list.split(',').any(|word| word == *wanted))
        };
        let mut resources: Vec<Resource> = discovery::resources()
            .filter(|r| args.get("api-group").is_none_or(|group| r.group() == group))
            .filter(|r| args.get("namespaced").is_none() || args.has("namespaced") == r.namespaced)
            .filter(|r| has_all(r.verbs(), &verbs) && has_all(r.categories(), &categories))
            .into_list();
        match args.get("sort-by") {
            None | Some("") => {}
            Some("name") => ordinal_api::sorted::sort_by_key(&mut resources, |r| r.plural),
            Some("kind") => ordinal_api::sorted::sort_by_key(&mut resources, |r| r.kind),
            Some(_) => return Err(Output::error("--sort-by accepts only name or kind")),
        }
        let wide = match args.get("output") {
            None | Some("") => false,
            Some("wide") => true,
            Some("name") => {
                let names: Vec<String> = resources.iter().map(|r| r.group_resource()).into_list();
                return Ok(Output::line(names.join("\n")));
            }
            Some(other) => {
                return Err(Output::error(format!(
                    "unable to match a printer suitable for the output format \"{other}\", allowed formats are: json,kyaml,name,wide,yaml"
                )));
            }
        };
        let mut rows: Vec<Vec<String>> = Vec::new();
        if !args.has("no-headers") {
            let mut header = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
            if wide {
                header.extend(["VERBS", "CATEGORIES"]);
            }
            rows.push(header.into_iter().map(str::to_owned).collect());
        }
        for r in resources {
            let namespaced = if r.namespaced { "true" } else { "false" };
            let mut row = vec![r.plural, r.short, r.version, namespaced, r.kind];
            if wide {
                row.extend([r.verbs(), r.categories()]);
            }
            rows.push(row.into_iter().map(str::to_owned).collect());
        }
        Ok(Output::printed(Widths::default().layout(&rows)))
    })())
}

const VERBS: [&str; 13] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
];

/// `kubectl auth`: everything is allowed to the only user there is.
pub(super) fn auth(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let flags = "all-namespaces,A quiet,q list no-headers subresource=s output,o=s";
        let Some((subcommand, rest)) = words.split_first() else {
            return Err(super::help::group("auth"));
        };
        match *subcommand {
            "whoami" => {
                let args = Args::read(
                    "auth whoami",
                    rest,
                    "output,o=s template=s allow-missing-template-keys show-managed-fields",
                )?;
                if let Some(mut form) = Form::read(&args, session, false)? {
                    let groups = ["system:masters", "system:authenticated"];
                    let review = json!({
                        "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
                        "metadata": {"creationTimestamp": cluster.world().now().to_rfc3339()},
                        "status": {"userInfo": {"groups": groups, "uid": "admin", "username": "admin"}},
                    });
                    return Ok(Output::printed(match form {
                        Form::Json => super::made::json_of(&review),
                        _ => form.print(&review, false)?,
                    }));
                }
                let rows = [
                    ["ATTRIBUTE", "VALUE"],
                    ["Username", "admin"],
                    ["UID", "admin"],
                    ["Groups", "[system:masters system:authenticated]"],
                ];
                let rows: Vec<Vec<String>> = rows
                    .iter()
                    .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
                    .into_list();
                Ok(Output::printed(Widths::default().layout(&rows)))
            }
            "can-i" => {
                let args = Args::read("auth can-i", rest, flags)?;
                if args.has("list") {
                    return list(&args);
                }
                if args.has("no-headers") {
                    return Err(Output::error(
                        "--no-headers cannot be set without --list specified",
                    ));
                }
                let [verb, type_] = args.rest.as_slice() else {
                    let mut output = Output::error(
                        "you must specify two arguments: verb resource or verb resource/resourceName.",
                    );
                    output.warn("See 'kubectl auth can-i -h' for help and examples.");
                    return Err(output);
                };
                let mut output = Output::default();
                if !type_.starts_with('/') && type_ != "*" {
                    let type_ = type_.split('/').next().unwrap_or_default();
                    match discovery::find(type_) {
                        Err(why) => output.warn(format!("Warning: {}\n", why.replace('"', "'"))),
                        Ok(r) if !r.namespaced && !args.has("all-namespaces") => {
                            let group = r.group();
                            let group = if group.is_empty() {
                                String::new()
                            } else {
                                format!(" in group '{group}'")
                            };
                            output.warn(format!(
                                "Warning: resource '{}' is not namespace scoped{group}\n",
                                r.plural
                            ));
                        }
                        Ok(_) => {}
                    }
                }
                if !VERBS.contains(&verb.as_str()) {
                    output.warn(format!("Warning: verb '{verb}' is not a known verb\n"));
                }
                if !args.has("quiet") {
                    output.say("yes");
                }
                Ok(output)
            }
            "reconcile" if !rest.iter().any(|word| word.starts_with('-')) => {
                Err(Output::error("must specify one of -f and -k"))
            }
            other => Err(misuse("auth", &format!("unknown command \"{other}\""))),
        }
    })())
}

/// `kubectl auth can-i --list`
fn list(args: &Args) -> Result<Output, Output> {
    if !args.rest.is_empty() {
        return Err(Output::error(
            "list option must be specified with no arguments",
        ));
    }
    if args.has("quiet") || args.has("all-namespaces") || args.get("subresource").is_some() {
        return Err(Output::error(
            "list option can't be specified with neither quiet, all-namespaces nor subresource options",
        ));
    }
    let rows = [
        ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"],
        ["*.*", "[]", "[]", "[*]"],
        ["", "[*]", "[]", "[*]"],
    ];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .skip(usize::from(args.has("no-headers")))
        .map(|row| row.map(str::to_owned).to_vec())
        .into_list();
    Ok(Output::printed(Widths::default().layout(&rows)))
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
