//! `Lease`: a node's heartbeat.

use crate::{SimTime, Text};

/// What a Lease stores beside its metadata. `renew_time` is only as fresh as the last write that mattered: the
/// heartbeats of a healthy node are known without being stored (see `ordinal-core`, `machine`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Lease {
    pub holder: Text,
    pub duration_secs: u32,
    pub renew_time: SimTime,
}
