//! What the page is at one moment, and how it changes: plain structs without a browser, a clock or chance.
//!
//! | module | is |
//! | --- | --- |
//! | `command` | everything that a button, a menu, a key, an address or a script can ask for |
//! | `model` | the whole, and the one place that applies commands |
//! | `notice` | what is said about what was just done |
//! | `manifests` | the text as it was typed, and what the reader makes of it |
//! | `session` | the cluster with its history, computed ahead of the playhead in slices |
//! | `playback` | the playhead |
//! | `terminal` | lines that were typed, and what came of them |
//! | `offers` | what can be done with a thing at this moment |

mod command;
mod manifests;
mod model;
mod notice;
mod offers;
mod playback;
mod session;
mod terminal;

pub(crate) use command::{Command, Page, Panel, Text, Theme, Time, of_key};
pub(crate) use manifests::{Manifests, gaps};
pub(crate) use model::Model;
pub(crate) use notice::{Notice, Tone};
pub(crate) use offers::{Freed, Goal, Offer, Trouble, offers, troubles};
pub(crate) use playback::SPEEDS;
pub(crate) use session::Answer;
pub(crate) use terminal::{Block, Editing, Key, Screen};
