//! Whole clusters, natively: from manifests and commands to what came of them.

mod bad_input;
mod catalogue;
mod determinism;
mod faults;
mod local_volume;
mod mistakes;
mod node_power_off;
mod ordered_creation;
mod pod_deletion;
mod scaling;
mod seeds;
mod shared;
mod shared_claim;
mod terminal;
mod timeline;
mod transcripts;
mod wild;
mod workloads;
