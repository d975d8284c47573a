//! `kubectl diff`: what applying would change, as a unified diff. Models kubectl `pkg/cmd/diff`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_api::status::Reason;
use ordinal_core::Cluster;
use ordinal_core::apiserver::Request;

use super::apply;
use super::common::log_prefix;
use super::{files, read};
use crate::args::Args;
use crate::discovery;
use crate::format::yaml;
use crate::resource::fetch;
use crate::value::text;
use crate::{Output, Session};

const FLAGS: &str = "filename,f=l recursive,R kustomize,k=s selector,l=s server-side force-conflicts field-manager=s \
prune prune-allowlist=l show-managed-fields concurrency=i";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let mut output = match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    };
    // 1 says that there are differences, anything above that it could not tell.
    if !output.stderr.is_empty() {
        output.exit = 2;
    }
    output
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("diff", words, FLAGS).map_err(|mut output| {
        // Its faults are told as those of its arguments are.
        output.stderr = output.stderr.replace(
            "See 'kubectl diff --help' for usage.",
            "See 'kubectl diff -h' for help and examples",
        );
        output
    })?;
    if !args.rest.is_empty() {
        let fault = format!("Unexpected args: [{}]", args.rest.join(" "));
        return Err(crate::args::misuse("diff", &fault));
    }
    if args.get("filename").is_none() {
        return Err(Output::error("must specify one of -f and -k"));
    }
    if args.has("force-conflicts") && !args.has("server-side") {
        return Err(Output::error(
            "--force-conflicts only works with --server-side",
        ));
    }
    let texts = files(session, &args)?;
    let (mut objects, errors) = read(&texts, "diff");
    let wanted = crate::resource::selector(args.get("selector").unwrap_or_default());
    objects.retain(|(_, object)| wanted.matches(&crate::resource::labels_of(object)));
    if !errors.is_ok() {
        return Err(errors);
    }
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let (mut output, mut told) = (Output::default(), Vec::new());
    for (file, object) in &objects {
        let (version, kind) = (text(object, "apiVersion"), text(object, "kind"));
        let Some(resource) =
            discovery::resources().find(|r| r.version == version && r.kind == kind)
        else {
            continue;
        };
        let name = text(object, "metadata.name");
        let inside = match text(object, "metadata.namespace") {
            "" => &namespace,
            given => given,
        };
        let live = fetch(cluster, resource, inside, name)
            .ok()
            .map(|item| item.value);
        let mut copy = Cluster::of_world(cluster.world().clone());
        if args.has("server-side") {
            let mut sent = object.clone();
            if resource.namespaced {
                sent["metadata"]["namespace"] = inside.into();
            }
            let request = Request::Apply {
                object: sent,
                namespace: if resource.namespaced { inside } else { "" }.into(),
                force: args.has("force-conflicts"),
            };
            copy.act_as(args.get("field-manager").unwrap_or("kubectl"));
            if let Err(status) = copy.request(request) {
                let mut refused = Output::default();
                if status.reason == Reason::Conflict {
                    // It is tried again, for who changes an object may only have been a little faster.
                    let log = log_prefix(cluster.world().now());
                    let slash = if resource.group().is_empty() { "/" } else { "" };
                    refused.warn(format!(
                        "{log} diff.go:723] Object ({slash}{version}, Kind={kind}: {name}) keeps changing, diffing without lock"
                    ));
                }
                refused.append(Output::refused(&status));
                return Err(refused);
            }
        } else {
            let mut applied =
                apply::objects(&mut copy, inside, std::iter::once((file.as_str(), object)));
            if !applied.is_ok() {
                // Who only compares is not warned.
                let errors = applied
                    .stderr
                    .replace(&format!("error when creating \"{file}\": "), "");
                let errors = match errors.split_once("error when applying patch:") {
                    Some((head, rest)) => {
                        let tail = rest
                            .find("error when patching")
                            .map_or("", |at| &rest[at..]);
                        format!("{head}{tail}")
                    }
                    None => errors,
                };
                let lines = errors.split_inclusive('\n');
                applied.stderr = lines
                    .filter(|line| !line.starts_with("Warning: "))
                    .collect();
                return Err(applied);
            }
        }
        let merged = fetch(&mut copy, resource, inside, name)
            .ok()
            .map(|item| item.value);
        let before = live.as_ref().map(|live| shown(live, Some(live), false));
        let after = merged
            .as_ref()
            .map(|merged| shown(merged, live.as_ref(), args.has("server-side")));
        let lines = |text: &Option<String>| -> Vec<String> {
            text.iter()
                .flat_map(|text| text.lines())
                .map(str::to_owned)
                .collect()
        };
        let hunks = unified(&lines(&before), &lines(&after));
        if hunks.is_empty() {
            continue;
        }
        let group = resource.group();
        let dot = if group.is_empty() { "" } else { "." };
        let place = if resource.namespaced {
            format!(".{inside}")
        } else {
            ".".to_owned()
        };
        let path = format!(
            "{group}{dot}{}.{kind}{place}.{name}",
            resource.version_only()
        );
        let stamp = cluster.world().now().to_rfc3339();
        let stamp = stamp.replace('T', " ").replace('Z', ".000000000 +0000");
        let (live, merged) = (
            format!("/tmp/LIVE-1000000001/{path}"),
            format!("/tmp/MERGED-1000000002/{path}"),
        );
        let head =
            format!("diff -u -N {live} {merged}\n--- {live}\t{stamp}\n+++ {merged}\t{stamp}");
        told.push(format!("{head}\n{hunks}"));
        output.exit = 1;
    }
    // Two folders are compared, file by file.
    ordinal_api::sorted::sort(&mut told);
    output.stdout = told.concat();
    Ok(output)
}

/// An object without what every write changes. The record of what was applied stays that of the live one, as it is
/// not written here; the server writes it where it applies.
fn shown(object: &Value, live: Option<&Value>, by_server: bool) -> String {
    const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        if !by_server
            && let Some(annotations) = metadata
                .get_mut("annotations")
                .and_then(Value::as_object_mut)
        {
            match live.and_then(|live| live["metadata"]["annotations"].get(APPLIED)) {
                Some(applied) => annotations.insert(APPLIED.to_owned(), applied.clone()),
                None => annotations.remove(APPLIED),
            };
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
        metadata.remove("managedFields");
        match live {
            Some(live) => {
                metadata.insert(
                    "resourceVersion".to_owned(),
                    live["metadata"]["resourceVersion"].clone(),
                );
            }
            None => {
                metadata.remove("resourceVersion");
            }
        }
    }
    yaml::write(&object)
}

/// The hunks of a unified diff with three lines around each change.
fn unified(a: &[String], b: &[String]) -> String {
    const AROUND: usize = 3;
    // Lengths of the longest common parts of what is left of both.
    let mut common = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut edits) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            edits.push((' ', i, j));
            (i, j) = (i + 1, j + 1);
        } else if j >= b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            edits.push(('-', i, j));
            i += 1;
        } else {
            edits.push(('+', i, j));
            j += 1;
        }
    }
    let changed: Vec<usize> = edits
        .iter()
        .enumerate()
        .filter(|(_, edit)| edit.0 != ' ')
        .map(|(place, _)| place)
        .into_list();
    let mut out = String::new();
    let mut next = 0;
    while next < changed.len() {
        let start = changed[next].saturating_sub(AROUND);
        let mut end = (changed[next] + AROUND + 1).min(edits.len());
        next += 1;
        while next < changed.len() && changed[next].saturating_sub(AROUND) <= end {
            end = (changed[next] + AROUND + 1).min(edits.len());
            next += 1;
        }
        let hunk = &edits[start..end];
        let count = |without: char| hunk.iter().filter(|edit| edit.0 != without).count();
        let (olds, news) = (count('+'), count('-'));
        let range = |at: usize, count: usize| match count {
            0 => format!("{at},0"),
            1 => format!("{}", at + 1),
            count => format!("{},{count}", at + 1),
        };
        let (_, i, j) = hunk[0];
        out.push_str(&format!("@@ -{} +{} @@\n", range(i, olds), range(j, news)));
        for (sign, i, j) in hunk {
            let line = if *sign == '+' { &b[*j] } else { &a[*i] };
            out.push_str(&format!("{sign}{line}\n"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_has_three_lines_around_it() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            unified(&lines("a b c d e f"), &lines("a b x d e f")),
            "@@ -1,6 +1,6 @@\n a\n b\n-c\n+x\n d\n e\n f\n"
        );
        assert_eq!(unified(&lines("a"), &lines("a")), "");
        assert_eq!(unified(&[], &lines("a b")), "@@ -0,0 +1,2 @@\n+a\n+b\n");
    }
}
