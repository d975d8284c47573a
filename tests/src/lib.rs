//! Scenarios, conformance, determinism, and the built page in a browser.

#[cfg(feature = "browser")]
pub mod browser;
