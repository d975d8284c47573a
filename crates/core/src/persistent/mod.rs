//! Collections whose copies cost nothing: they share everything until one of them changes, and then almost everything.
//!
//! * [`Map`], [`Numbers`], [`Set`]: by small keys, in their order ([`Key`]). They are thin layers over one tree, which
//!   is compiled three times and not for every type: keys are two words, shared values one closed type ([`Stored`]).
//! * [`List`]: values that are added at the end and never change, such as the journal
//! * [`Table`]: values by dense numbers
//! * [`Shared`]: one value
//!
//! The pieces are small, as every frame of history has its own copies of those in which it differs from the one before.

mod key;
mod list;
mod map;
mod shared;
mod table;
mod tree;
mod value;

#[cfg(test)]
mod tests;

pub use key::Key;
pub use list::{List, Values};
pub use map::{Map, Numbers, Set};
pub use shared::Shared;
pub use tree::Words;
pub use value::{Slot, Stored};

pub(crate) use table::Table;
