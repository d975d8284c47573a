//! `kubectl cp`: files between the terminal and a container. Models kubectl `pkg/cmd/cp`, v0.37.

use ordinal_core::Cluster;

use super::containers::{chosen, completed};
use crate::args::Args;
use crate::programs::Inside;
use crate::resource::fetch;
use crate::{Output, Session, discovery};

/// `POD:PATH`, `NAMESPACE/POD:PATH`, or a path here.
struct Place<'a> {
    namespace: &'a str,
    pod: &'a str,
    path: &'a str,
}

fn place(given: &str) -> Result<Place<'_>, Output> {
    let fault =
        || Output::error("filespec must match the canonical format: [[namespace/]pod:]file/path");
    let Some((pod, path)) = given.split_once(':') else {
        return Ok(Place {
            namespace: "",
            pod: "",
            path: given,
        });
    };
    let (namespace, pod) = pod.split_once('/').unwrap_or(("", pod));
    if pod.is_empty() || pod.contains('/') {
        return Err(fault());
    }
    Ok(Place {
        namespace,
        pod,
        path,
    })
}

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("cp", words, "container,c=s no-preserve retries=i")?;
    let [from, to] = args.rest.as_slice() else {
        return Err(Output::error("source and destination are required"));
    };
    let (from, to) = (place(from)?, place(to)?);
    if !from.pod.is_empty() && !to.pod.is_empty() {
        return Err(Output::error(
            "one of src or dest must be a local file specification",
        ));
    }
    if from.path.is_empty() || to.path.is_empty() {
        return Err(Output::error("filepath can not be empty"));
    }
    let there = match (from.pod.is_empty(), to.pod.is_empty()) {
        (true, true) => {
            return Err(Output::error(
                "one of src or dest must be a remote file specification",
            ));
        }
        (false, _) => &from,
        _ => &to,
    };
    let name = from.path.trim_start_matches("./").trim_end_matches('/');
    let here: Vec<(String, String)> = below(
        session
            .files
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str())),
        name,
    );
    if from.pod.is_empty() && here.is_empty() {
        return Err(Output::error(format!(
            "{} doesn't exist in local filesystem",
            from.path
        )));
    }
    let namespace = [
        there.namespace,
        args.get("namespace").unwrap_or_default(),
        &session.namespace,
    ]
    .into_iter()
    .find(|namespace| !namespace.is_empty())
    .unwrap_or_default()
    .to_owned();
    let pods = discovery::find("pods").map_err(Output::error)?;
    let pod = fetch(cluster, pods, &namespace, there.pod).map_err(|s| Output::refused(&s))?;
    completed(&pod, "exec into a container in")?;
    let (at, mut output) = chosen(cluster, &pod, &args, "exec")?;
    let base = name.rsplit('/').next().unwrap_or(name).to_owned();
    if from.pod.is_empty() {
        let inside = to.path.trim_end_matches('/');
        let is_folder = to.path.ends_with('/') || is_folder(cluster, &at, inside);
        let whole = match inside.starts_with('/') {
            true => inside.to_owned(),
            false => format!("/{inside}"),
        };
        let target = if is_folder {
            format!("{whole}/{base}")
        } else {
            whole
        };
        for (rest, text) in here {
            let path = format!("{target}{rest}").replace("//", "/");
            if let Err(why) = at.write(cluster, &path, Some(&text)) {
                output.warn(format!("tar: {path}: Cannot open: {why}"));
                output.exit = 2;
            }
        }
        return Ok(output);
    }
    let whole = match name.starts_with('/') {
        true => {
            output.say("tar: Removing leading `/' from member names");
            name.to_owned()
        }
        false => format!("/{name}"),
    };
    let files = at.files(cluster.world());
    let found = below(
        files
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str())),
        &whole,
    );
    if found.is_empty() {
        output.stdout = format!(
            "tar: {name}: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors\n"
        );
        output.append(Output::error(format!("{name} no such file or directory")));
        return Ok(output);
    }
    let local = to.path.trim_start_matches("./").trim_end_matches('/');
    let is_folder = matches!(to.path, "." | "./")
        || session
            .files
            .keys()
            .any(|file| file.starts_with(&format!("{local}/")));
    for (rest, text) in found {
        let target = match (is_folder, local) {
            (true, "" | ".") => base.clone(),
            (true, local) => format!("{local}/{base}"),
            (false, local) => local.to_owned(),
        };
        session.files.insert(format!("{target}{rest}"), text);
    }
    Ok(output)
}

/// A file, or what lies below a folder, by what follows its name.
fn below<'a>(files: impl Iterator<Item = (&'a str, &'a str)>, name: &str) -> Vec<(String, String)> {
    files
        .filter_map(|(file, text)| {
            let rest = file.strip_prefix(name)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| (rest.to_owned(), text.to_owned()))
        })
        .collect()
}

fn is_folder(cluster: &Cluster, at: &Inside, path: &str) -> bool {
    const USUAL: [&str; 7] = ["", "/tmp", "/etc", "/var", "/usr", "/home", "/data"];
    let below = format!("{path}/");
    let mut files = at.files(cluster.world()).into_iter();
    USUAL.contains(&path)
        || at
            .mounts(cluster.world())
            .iter()
            .any(|mount| *mount == path)
        || files.any(|(file, _)| file.starts_with(&below))
}
