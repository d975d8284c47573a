//! The built page in headless Chromium. `cargo xtask test page` builds it and runs these.

mod harness;
mod module;
mod shell;
