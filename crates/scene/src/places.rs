//! Which slot a thing has, for as long as it exists: so that adding one never moves another.

use ordinal_core::World;

/// The slots of Pods and local disks on their nodes.
#[derive(Clone, Debug, Default)]
pub struct Places {}

impl Places {
    /// Reads the frames that came since the last time.
    pub fn extend(&mut self, _frames: &[World]) {}

    /// Forgets everything from a frame on.
    pub fn truncate(&mut self, _frames: usize) {}
}
