//! What a sync decided: steps with their batches, the status and what holds it.

use ordinal_api::SimTime;
use ordinal_api::statefulset::StatefulSetStatus;

use crate::Id;
use crate::wait::Guard;

/// What a sync does, in this order. A step that fails ends an ordered plan at once, and another one with its batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The steps.
    pub intents: Vec<Intent>,
    /// Where batches begin: nothing from there on is done when a step before failed. Models `slowStartBatch`.
    pub batches: Vec<usize>,
    /// The status to write at the end.
    pub status: StatefulSetStatus,
    /// What held it, if anything.
    pub hold: Option<Hold>,
    /// When a Pod becomes available by itself.
    pub look_again_at: Option<SimTime>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Creates what is missing of an ordinal's claims, then its Pod.
    CreatePod {
        /// The ordinal.
        ordinal: u32,
        /// From the update revision, or from the current one.
        updated: bool,
    },
    /// Creates what is missing of the claims of a Pod that is still Pending.
    EnsureClaims {
        /// The Pod.
        pod: Id,
        /// Its ordinal.
        ordinal: u32,
    },
    /// Repairs name labels, volumes or the ownership of claims.
    RepairPod {
        /// The Pod.
        pod: Id,
        /// Its ordinal.
        ordinal: u32,
    },
    /// Makes a condemned Pod the owner of its claims, or takes that back, as the policy wants.
    OwnClaims {
        /// The Pod.
        pod: Id,
        /// Its ordinal.
        ordinal: u32,
    },
    /// Deletes the Pod that this sync created from the old revision: what counts as current without a `rollingUpdate` is
    /// what the last status says, and the rollout follows at once.
    DeleteNew {
        /// The ordinal.
        ordinal: u32,
    },
    /// Deletes a Pod.
    DeletePod {
        /// The Pod.
        pod: Id,
        /// Why.
        why: Deletion,
    },
}

/// Why a Pod is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It has ended: phase Failed or Succeeded.
    Ended,
    /// It is outside of the range of ordinals.
    Condemned,
    /// It is of an old revision.
    Outdated,
}

/// What holds a set back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hold {
    /// The Pod that it waits for.
    pub on: Id,
    /// The ordinal that would be next, if it is a Pod to create.
    pub next: Option<u32>,
    /// The rule.
    pub guard: &'static Guard,
    /// When it ends by itself, where that is known.
    pub until: Option<SimTime>,
}
