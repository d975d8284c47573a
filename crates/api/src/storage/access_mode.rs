//! How many nodes and Pods may use a volume at once.

use serde_json::json;

use crate::Value;

/// An access mode. The order is the one in which `kubectl` prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum AccessMode {
    ReadWriteOnce,
    ReadOnlyMany,
    ReadWriteMany,
    ReadWriteOncePod,
}

crate::words! { AccessMode { ReadWriteOnce ReadOnlyMany ReadWriteMany ReadWriteOncePod } }

impl AccessMode {
    /// `RWO`, `ROX`, `RWX`, `RWOP`
    pub const fn short(self) -> &'static str {
        match self {
            Self::ReadWriteOnce => "RWO",
            Self::ReadOnlyMany => "ROX",
            Self::ReadWriteMany => "RWX",
            Self::ReadWriteOncePod => "RWOP",
        }
    }

    /// `ReadWriteOnce` …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadWriteOnce => "ReadWriteOnce",
            Self::ReadOnlyMany => "ReadOnlyMany",
            Self::ReadWriteMany => "ReadWriteMany",
            Self::ReadWriteOncePod => "ReadWriteOncePod",
        }
    }
}

/// Whether a volume with these modes may be attached to several nodes. An empty list allows it.
/// Models pkg/volume/util `IsMultiAttachAllowed`, 1.37.
pub fn multi_attach_allowed(modes: &[AccessMode]) -> bool {
    modes.is_empty()
        || modes
            .iter()
            .any(|m| matches!(m, AccessMode::ReadWriteMany | AccessMode::ReadOnlyMany))
}

pub(super) fn modes_value(modes: &[AccessMode]) -> Value {
    modes.iter().map(|m| json!(m.as_str())).collect()
}
