//! The world at the playhead, cheap to hand around and to compare.

use std::ops::Deref;
use std::rc::Rc;

use ordinal_core::World;

/// The world at one frame. Two are equal when they are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot(Rc<World>);

impl Snapshot {
    /// Of a world; a copy costs nothing.
    pub(crate) fn of(world: &World) -> Self {
        Self(Rc::new(world.clone()))
    }
}

impl Deref for Snapshot {
    type Target = World;
    fn deref(&self) -> &World {
        &self.0
    }
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
