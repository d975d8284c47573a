//! The kubelets: one for each machine, each with a truth of its own.

pub(crate) mod faults;

use ordinal_api::Uid;

use crate::{Change, Cx, Id};

/// A step of one kubelet.
#[derive(Clone, Debug, PartialEq)]
pub enum KubeletWork {
    /// It looks at one of its Pods.
    Pod {
        /// The machine.
        node: Id,
        /// The Pod's handle.
        pod: Id,
        /// Its identity.
        uid: Uid,
        /// The step for which this was queued.
        step: u32,
    },
}

/// Sees a change, if the machine is heard.
pub(crate) fn watch(_cx: &mut Cx<'_>, _change: &Change) {}

/// Does a step.
pub(crate) fn handle(_cx: &mut Cx<'_>, _work: KubeletWork) {}
