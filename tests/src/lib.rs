//! Scenarios, conformance, determinism, and the built page in a browser.

#[cfg(feature = "browser")]
pub mod browser;
pub mod load;
pub mod run;
pub mod scenarios;

use std::io::{self, Write};

/// Says that the calling test cannot run here, and why; the test then returns. `cargo xtask test` counts it as skipped.
pub fn skip(why: &str) {
    // Not println!, which libtest swallows when a test passes. On a line of its own, whatever stood before.
    let _ = writeln!(io::stdout(), "\nskipped: {why}");
}
