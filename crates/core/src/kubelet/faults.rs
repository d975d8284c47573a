//! What breaks, and what is mended: power, links, containers, readiness, storage drivers.

use ordinal_api::{Kind, Status};

use crate::{Fault, World};

/// Applies a fault now.
///
/// # Errors
/// `NotFound` for a machine or a Pod that does not exist.
pub(crate) fn apply(_world: &mut World, fault: &Fault) -> Result<(), Status> {
    Err(Status::not_found(Kind::Node, &format!("{fault:?}")))
}
