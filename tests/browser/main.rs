//! The built page in headless Chromium. `cargo xtask test page` builds it and runs these.

mod cluster;
mod faults;
mod harness;
mod manifests;
mod module;
mod page;
mod scenarios;
mod shell;
mod terminal;
