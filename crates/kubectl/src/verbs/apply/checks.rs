//! What stands against a command line of `apply` before anything is read.

use super::DryRun;
use crate::args::Args;
use crate::{Output, Session};

/// Flags that do not go together. Models `ApplyOptions.Validate`.
pub(super) fn fault(args: &Args, dry: DryRun) -> Option<&'static str> {
    let has = |flag| args.has(flag);
    let selected = args
        .get("selector")
        .is_some_and(|selector| !selector.is_empty());
    let rules = [
        (
            has("force-conflicts") && !has("server-side"),
            "--force-conflicts only works with --server-side",
        ),
        (
            dry == DryRun::Client && has("server-side"),
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ),
        (
            has("server-side") && has("force"),
            "--force cannot be used with --server-side",
        ),
        (
            dry == DryRun::Server && has("force"),
            "--dry-run=server cannot be used with --force",
        ),
        (
            has("all") && selected,
            "cannot set --all and --selector at the same time",
        ),
        (
            args.get("applyset").is_some() && !has("prune"),
            "--applyset requires --prune",
        ),
        (
            args.get("applyset").is_some(),
            "--applyset is not simulated",
        ),
        (
            has("prune") && has("force"),
            "--force cannot be used with --prune",
        ),
        (
            has("prune") && !has("all") && !selected,
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
        ),
        (
            has("prune") && has("server-side"),
            "--prune is in alpha and doesn't currently work on objects created by server-side apply",
        ),
        (
            args.get("subresource").is_some() && !has("server-side"),
            "--subresource can only be specified for --server-side",
        ),
    ];
    rules
        .into_iter()
        .find(|(broken, _)| *broken)
        .map(|(_, text)| text)
}

/// What `-k` says: kustomize itself is not simulated.
pub(in crate::verbs) fn kustomization(session: &Session, folder: &str) -> Output {
    let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    let inside = |name: &&str| {
        let path = format!("{}/{name}", folder.trim_end_matches('/'));
        let path = path.strip_prefix("./").unwrap_or(&path);
        session.files.get(path).is_some()
    };
    if names.iter().any(inside) {
        return Output::error("kustomize is not simulated");
    }
    let home = "/home/student";
    let below = format!("{}/", folder.trim_end_matches('/'));
    if !matches!(folder, "." | "./") && !session.files.keys().any(|file| file.starts_with(&below)) {
        return Output::error(format!(
            "must build at directory: not a valid directory: evalsymlink failure on '{folder}' : lstat {home}/{folder}: no such file or directory"
        ));
    }
    let place = match folder.trim_end_matches('/') {
        "." => home.to_owned(),
        absolute if absolute.starts_with('/') => absolute.to_owned(),
        relative => format!("{home}/{}", relative.trim_start_matches("./")),
    };
    Output::error(format!(
        "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{place}'"
    ))
}
