//! Text to objects: YAML, JSON and whole tutorials, with positions, diagnostics and repairs.
//!
//! [`read`] takes what somebody pasted. It first reads it exactly as kubectl does; a text that kubectl can read is never
//! touched. Only what kubectl or the API server would refuse is repaired, each repair with a name, a sentence and a
//! place, and each can be undone with [`Options::without`].
//!
//! | module | is |
//! | --- | --- |
//! | `reading` | what goes in and comes out |
//! | `reader` | the order of steps, from the bytes to drafts |
//! | `decode`, `text` | bytes to lines that remember where they came from |
//! | `yaml`, `json`, `node` | text to values as kubectl reads it, with positions |
//! | `prose`, `fences`, `blocks`, `numbers` | where manifests are in prose |
//! | `mend`, `repairs` | one repair after another until a text reads, and an object is legal |
//! | `layout`, `flat`, `shape`, `lines`, `normalise` | what repairs know: lines, columns, the field table, look-alikes |
//! | `settle`, `kinds`, `openshift` | drafts to documents: kinds, lists, fields |
//! | `finish`, `missing`, `references` | what is not there, placeholders for it, everything in its order |
//! | `edit`, `emit`, `order` | small tools |

mod blocks;
mod decode;
mod edit;
mod emit;
mod fences;
mod finish;
mod flat;
mod json;
mod kinds;
mod layout;
mod lines;
mod mend;
mod missing;
mod node;
mod normalise;
mod numbers;
mod openshift;
mod order;
mod prose;
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
    Diagnostic, Document, Layer, Limits, Missing, ObjectRef, Options, Origin, Placeholder,
    Position, Reading, Repair, Severity, Unmodelled, WantedLabel, Words,
};
