//! Kubernetes kinds as validated Rust types, without behaviour.
