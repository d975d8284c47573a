//! Text to objects: YAML, JSON and whole tutorials, with positions, diagnostics and repairs.
//!
//! [`read`] takes what somebody pasted. It first reads it exactly as kubectl does; a text that kubectl can read is never
//! touched. Only what kubectl or the API server would refuse is repaired, each repair with a name, a sentence and a
//! place, and each can be undone with [`Options::without`].
//!
//! | module | is |
//! | --- | --- |
//! | `reading` | what goes in and comes out |
//! | `text` | lines that remember where they came from |
//! | `yaml`, `json` | text to values as kubectl reads it, with positions |
//! | `node` | values with positions |
//! | `reader` | the order of steps |

mod blocks;
mod decode;
mod edit;
mod emit;
mod flat;
mod json;
mod kinds;
mod layout;
mod lines;
mod mend;
mod missing;
mod node;
mod normalise;
mod order;
mod reader;
mod reading;
mod references;
mod repairs;
mod settle;
mod shape;
mod text;
mod yaml;

pub use reader::read;
pub use reading::{
    Diagnostic, Document, DuplicateKeys, Layer, Limits, Missing, ObjectRef, Options, Origin,
    Placeholder, Position, Reading, Repair, Severity, Unmodelled, WantedLabel, Words,
};
