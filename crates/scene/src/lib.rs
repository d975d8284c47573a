//! Snapshots and time to geometry and text; no DOM.
