//! Images that are never pulled: somebody built them on a machine that is not here.

use super::mounts::pod_spec;
use super::volumes::items;
use super::{Mended, Subject};

/// Only where what is missing is to be filled in: the API server takes it, and no container starts.
pub(crate) fn repair(subject: &Subject<'_>) -> Mended {
    let Subject { tools, text, .. } = subject;
    if !tools.options.fill_missing {
        return None;
    }
    let spec = pod_spec(subject.node, subject.kind)?;
    let containers = ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| items(spec.get(list)));
    let policy = containers
        .filter_map(|container| container.get("imagePullPolicy"))
        .find(|policy| policy.text() == Some("Never"))?;
    let mut fixed = (*text).clone();
    fixed.replace(policy.at, policy.end, "IfNotPresent")?;
    let sentence =
        "No node has an image that is never pulled; it is pulled where it is not present.";
    let at = text.at(policy.at.row, policy.at.column);
    let repair = tools.object("never-pulled", at, sentence.to_owned())?;
    Some((fixed, vec![repair]))
}
