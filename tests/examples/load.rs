//! The benchmarks' load as a WebAssembly module.
#![cfg(target_arch = "wasm32")]

use ordinal_core::Cluster;
use ordinal_tests::load;
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;

/// Pods that wait to be brought up on a cluster of their own.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Load {
    cluster: Cluster,
    manifests: Vec<Value>,
    pods: usize,
}

#[wasm_bindgen]
impl Load {
    /// So many Pods, so many nodes.
    #[wasm_bindgen(constructor)]
    pub fn new(pods: usize, nodes: usize) -> Self {
        Self {
            cluster: load::cluster(nodes),
            manifests: load::manifests(pods),
            pods,
        }
    }

    /// From apply to Ready.
    pub fn bring_up(&mut self) {
        load::bring_up(&mut self.cluster, &self.manifests, self.pods);
    }
}
