//! Requests against what is free. Models plugins/noderesources `fitsRequest`, 1.37.

use ordinal_api::Text;

use super::{Cycle, Plugin, Rejection};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::request::Request;

pub(super) fn filter(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    let (asked, has, taken) = (
        &cycle.request.amounts,
        &node.allocatable,
        &node.requested.amounts,
    );
    let free = |asked: i64, has: i64, taken: i64| asked == 0 || asked <= has - taken;
    let fits = node.pods < node.allowed_pods
        && free(asked.cpu_milli, has.cpu_milli, taken.cpu_milli)
        && free(asked.memory, has.memory, taken.memory)
        && free(
            asked.ephemeral_storage,
            has.ephemeral_storage,
            taken.ephemeral_storage,
        )
        && asked.extended.is_empty();
    if fits { None } else { reject(cycle, node) }
}

fn reject(cycle: &Cycle<'_>, node: &NodeInfo) -> Option<Rejection> {
    let (asked, has, taken) = (
        &cycle.request.amounts,
        &node.allocatable,
        &node.requested.amounts,
    );
    let mut reasons: Vec<Text> = Vec::new();
    let mut resolvable = true;
    if node.pods + 1 > node.allowed_pods {
        reasons.push(Text::new_static("Too many pods"));
    }
    if asked.is_zero() {
        return (!reasons.is_empty()).then_some(Rejection {
            plugin: Plugin::NodeResourcesFit,
            reasons,
            resolvable,
        });
    }
    let plain = [
        (
            "Insufficient cpu",
            asked.cpu_milli,
            has.cpu_milli,
            taken.cpu_milli,
        ),
        (
            "Insufficient memory",
            asked.memory,
            has.memory,
            taken.memory,
        ),
        (
            "Insufficient ephemeral-storage",
            asked.ephemeral_storage,
            has.ephemeral_storage,
            taken.ephemeral_storage,
        ),
    ];
    for (reason, asked, has, taken) in plain {
        if asked > 0 && asked > has - taken {
            reasons.push(Text::new_static(reason));
            // More than the node has at all: no removal helps.
            resolvable &= asked <= has;
        }
    }
    for (name, asked) in asked.extended.iter().filter(|(_, asked)| **asked > 0) {
        let has = has.extended.get(name).copied().unwrap_or_default();
        let taken = taken.extended.get(name).copied().unwrap_or_default();
        if *asked > has - taken {
            reasons.push(format!("Insufficient {name}").into());
            resolvable &= *asked <= has;
        }
    }
    (!reasons.is_empty()).then_some(Rejection {
        plugin: Plugin::NodeResourcesFit,
        reasons,
        resolvable,
    })
}

/// Whether a Pod would fit a node on which there is nothing else.
pub(crate) fn fits_empty(request: &Request, node: &NodeInfo) -> bool {
    let (asked, has) = (&request.amounts, &node.allocatable);
    node.allowed_pods > 0
        && asked.cpu_milli <= has.cpu_milli
        && asked.memory <= has.memory
        && asked.ephemeral_storage <= has.ephemeral_storage
        && asked
            .extended
            .iter()
            .all(|(name, amount)| *amount <= has.extended.get(name).copied().unwrap_or_default())
}
