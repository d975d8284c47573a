//! `kubectl auth`. Models kubectl `pkg/cmd/auth`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::json;

use super::common::or_output;
use crate::args::{Args, misuse};
use crate::discovery;
use crate::format::table::Widths;
use crate::printer::Form;
use crate::{Output, Session};

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
