//! `kubectl cordon NODE` and `kubectl uncordon NODE`

use ordinal_api::Kind;
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Patch, PatchType, Request};
use serde_json::{Value, json};

use crate::args::{Args, value as flag};
use crate::resource::get;
use crate::{Output, Session};

/// Runs `kubectl cordon`.
pub(super) fn cordon(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    run(cluster, session, words, "cordon", true)
}

/// Runs `kubectl uncordon`.
pub(super) fn uncordon(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    run(cluster, session, words, "uncordon", false)
}

fn run(
    cluster: &mut Cluster,
    _session: &mut Session,
    words: &[&str],
    verb: &str,
    wanted: bool,
) -> Output {
    let args = match Args::parse(verb, words, &[flag("selector", Some('l'))]) {
        Ok(args) => args,
        Err(output) => return output,
    };
    if args.rest.is_empty() {
        let mut output = Output::error(format!("USAGE: {verb} NODE [flags]"));
        output.warn(format!("See 'kubectl {verb} -h' for help and examples"));
        return output;
    }
    let mut output = Output::default();
    for name in &args.rest {
        let name = name.trim_start_matches("node/");
        output.append(match get(cluster, Kind::Node, "", name) {
            Err(status) => Output::refused(&status),
            Ok(node) if node.as_node().is_some_and(|n| n.unschedulable == wanted) => {
                Output::line(format!("node/{name} already {verb}ed"))
            }
            Ok(_) => {
                let value = if wanted { json!(true) } else { Value::Null };
                let patch = Patch {
                    type_: PatchType::Merge,
                    body: json!({"spec": {"unschedulable": value}}),
                    subresource: "".into(),
                };
                let request = Request::Patch {
                    kind: Kind::Node,
                    namespace: "".into(),
                    name: name.into(),
                    patch,
                };
                match cluster.request(request) {
                    Ok(_) => Output::line(format!("node/{name} {verb}ed")),
                    Err(status) => Output::refused(&status),
                }
            }
        });
    }
    output
}
