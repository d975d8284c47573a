//! The writes of one sync: the first is sent at once, each of the others when the one before it was answered.
//!
//! Models sync.go `scaleReplicaSet` and the API server's `Conflict` for a second write from one reading, 1.37.

use std::sync::Arc;

use ordinal_api::Object;
use ordinal_api::deployment::{Deployment, DeploymentStatus};

use super::{Size, revision};
use crate::{Cx, Id};

/// Why a sync ended before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// It would have written twice from one reading: the API server answers `Conflict`. Its own write wakes it again.
    Conflict,
    /// The API server refused.
    Refused,
    /// A status is too old to go by: it is looked at again, after a back-off.
    Stale,
}

/// One sync. `written` is what makes a second write of the Deployment a conflict.
pub(super) struct Round<'c, 'w> {
    pub(super) cx: &'c mut Cx<'w>,
    pub(super) id: Id,
    pub(super) object: Arc<Object>,
    pub(super) written: bool,
    /// Requests so far that wrote, or tried to.
    pub(super) calls: u64,
    /// What is written when those are answered, one after the other.
    pub(super) later: Vec<Write>,
}

/// Whatever version it has by then.
pub(super) const LATEST: u64 = 0;

/// A write of a sync that comes after others. It is refused when somebody else wrote since the sync began.
#[derive(Clone, Debug)]
pub(super) enum Write {
    /// The size of a ReplicaSet, and for what size of the Deployment.
    Size {
        size: Size,
        desired: u32,
        max: u32,
        /// Its version when the sync began.
        version: u64,
    },
    /// The status, from this version on.
    Status(DeploymentStatus, u64),
}

/// The writes of a sync that are still to come.
#[derive(Clone, Debug)]
pub(crate) struct Later(pub(super) Vec<Write>);

impl Round<'_, '_> {
    pub(super) fn deployment(&self) -> &Deployment {
        self.object
            .as_deployment()
            .expect("the key of a Deployment")
    }

    /// Writes the Deployment, once.
    pub(super) fn write(&mut self, change: impl FnOnce(&mut Object)) -> Result<(), Stop> {
        self.calls += 1;
        if self.written {
            return Err(Stop::Conflict);
        }
        self.written = true;
        let answer = self.cx.update(self.id, |object| {
            change(object);
            true
        });
        self.object = answer.map_err(|_| Stop::Refused)?;
        Ok(())
    }

    pub(super) fn set_status(&mut self, status: DeploymentStatus) -> Result<(), Stop> {
        if self.written {
            self.calls += 1;
            return Err(Stop::Conflict);
        }
        self.do_or_delay(Write::Status(status, self.object.meta.resource_version))
    }

    /// The first write is sent at once, every other one when those before it were answered.
    pub(super) fn do_or_delay(&mut self, write: Write) -> Result<(), Stop> {
        if self.later.is_empty() && (self.calls == 0 || self.cx.world.profile().call_ms == 0) {
            self.calls += 1;
            return perform(self.cx, self.id, &write);
        }
        self.later.push(write);
        Ok(())
    }
}

/// Sends one write. Models sync.go `scaleReplicaSet`, and `UpdateStatus`.
pub(super) fn perform(cx: &mut Cx<'_>, id: Id, write: &Write) -> Result<(), Stop> {
    match write {
        Write::Status(status, version) => {
            let same = cx.get(id).map(|object| object.meta.resource_version) == Some(*version);
            if !same {
                return Err(Stop::Conflict);
            }
            let answer = cx.update(id, |object| {
                object
                    .as_deployment_mut()
                    .expect("the key of a Deployment")
                    .status = status.clone();
                true
            });
            answer.map(|_| ()).map_err(|_| Stop::Refused)
        }
        Write::Size {
            size: Size { set, to },
            desired,
            max,
            version,
        } => {
            let Some(stored) = cx.get(*set) else {
                return Err(Stop::Refused);
            };
            if stored.meta.resource_version != *version && *version != LATEST {
                return Err(Stop::Conflict);
            }
            let from = stored
                .as_replica_set()
                .expect("the key of a ReplicaSet")
                .replicas;
            let answer = cx.update(*set, |object| {
                let annotated = revision::annotate_size(&mut object.meta, *desired, *max);
                let body = object
                    .as_replica_set_mut()
                    .expect("the key of a ReplicaSet");
                body.replicas = *to;
                object.meta.generation += u64::from(from != *to);
                annotated || from != *to
            });
            answer.map_err(|_| Stop::Refused)?;
            if from != *to {
                let release = cx.world.release();
                let message = revision::scaled(release, &stored.meta.name, from, *to);
                cx.event(id, false, "ScalingReplicaSet", message);
            }
            Ok(())
        }
    }
}
