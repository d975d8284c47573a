//! Scenarios, conformance, determinism, and the built page in a browser.
