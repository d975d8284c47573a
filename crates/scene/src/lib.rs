//! Snapshots and time to geometry and text; no DOM.
//!
//! ```text
//! frames ──Tempo──▶ beats, presentation time ──┐
//! World + moment ──Model::of──▶ Model ──layout──▶ Scene (Marks) ──tween──▶ Scene ──▶ SVG text, or elements of the page
//! frames ──Lanes──▶ segments and flags ──draw──▶ Scene
//! World ──caption, why, why_not, story──▶ sentences
//! ```
//!
//! * [`stage`]: all of it together: feed it frames, ask it for the scene at a moment of presentation time
//! * [`mark`], [`geometry`]: what a scene is made of: marks with stable keys, shapes, classes; no colour, no style
//! * [`tempo`]: simulated time to presentation time: beats, folded dead time, decisions
//! * [`model`]: what is drawn, as plain structs: identities, pods, nodes, disks, cables, lamps
//! * [`places`]: which column and slot a thing has, for as long as it exists
//! * [`layout`]: where and how large, wide and narrow
//! * [`tween`]: between two scenes
//! * [`lanes`]: the timeline
//! * [`clause`], [`caption`], [`why`], [`story`], [`words`]: sentences
//! * [`svg`]: a scene as a complete SVG text

pub mod caption;
pub mod clause;
pub mod geometry;
pub mod lanes;
pub mod layout;
pub mod mark;
pub mod model;
pub mod places;
pub mod stage;
pub mod story;
pub mod svg;
pub mod tempo;
pub mod tween;
pub mod why;
pub mod words;

pub use caption::Caption;
pub use lanes::Lanes;
pub use layout::Viewport;
pub use mark::{Anchor, Emphasis, Mark, Part, Scene, Shape, Span};
pub use model::Model;
pub use places::Places;
pub use stage::Stage;
pub use tempo::{Beat, BeatPosition, Tempo};
pub use tween::Motion;
