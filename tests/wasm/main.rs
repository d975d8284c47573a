//! The same bytes as natively, from WebAssembly in a browser.
#![cfg(target_arch = "wasm32")]

use ordinal_tests::scenarios;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn journals_are_those_of_the_native_runs() {
    assert_eq!(scenarios::hashes(), include_str!("../journal-hashes.txt"));
}
