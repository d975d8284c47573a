//! What the scheduler says when no node will do. Models pkg/scheduler/framework `FitError.Error` and pkg/scheduler/framework/preemption, 1.37.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use ordinal_api::Text;

use super::filters::{EarlyRejection, Rejection};
use crate::release::Release;

/// The longest note of an Event, in bytes.
const NOTE: usize = 1024;

/// `2 node(s) were unschedulable, 1 Insufficient cpu …`: counts with reasons, in the order of their text.
pub(super) fn histogram<'a>(reasons: impl Iterator<Item = &'a str>) -> String {
    let mut counts: SortedMap<&str, usize> = SortedMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut parts: Vec<String> = counts
        .into_iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .into_list();
    ordinal_api::sorted::sort(&mut parts);
    parts.join(", ")
}

/// The message when every node was rejected; `preemption` is what came of looking for Pods that could go, if anything is said of it.
pub(crate) fn of_nodes(release: Release, rejections: &[Rejection], preemption: &str) -> Text {
    if rejections.is_empty() {
        return Text::new_static("no nodes available to schedule pods");
    }
    let reasons = histogram(rejections.iter().flat_map(|r| &r.reasons).map(Text::as_str));
    let nodes = rejections.len();
    if preemption.is_empty() {
        return format!("0/{nodes} nodes are available: {reasons}.").into();
    }
    let prefix = if release.dynamic_resources_text() {
        "no new claims to deallocate, "
    } else {
        ""
    };
    format!("0/{nodes} nodes are available: {reasons}. {prefix}preemption: {preemption}").into()
}

/// The message when the Pod was rejected before any node was looked at.
pub(crate) fn of_early(release: Release, rejection: &EarlyRejection, nodes: usize) -> Text {
    let after = if release.early_rejection_not_found() {
        "not found".to_owned()
    } else {
        format!(
            "preemption: 0/{nodes} nodes are available: {nodes} Preemption is not helpful for scheduling."
        )
    };
    format!(
        "0/{nodes} nodes are available: {}. {after}",
        rejection.reason
    )
    .into()
}

/// The message as an Event holds it.
pub(crate) fn note(message: &Text) -> Text {
    const END: &str = " ...";
    if message.len() <= NOTE {
        return message.clone();
    }
    let mut end = NOTE - END.len();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{END}", &message[..end]).into()
}
