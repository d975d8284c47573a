//! wasm-bindgen's command line and its test runner in one binary, which is copied to both names.
//! It cannot carry the first name here: rustc takes a package of that name for the real one and checks its version.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli::{wasm_bindgen, wasm_bindgen_test_runner};

fn main() -> ExitCode {
    env_logger::init();
    let name = env::args_os().next().unwrap_or_default();
    let is_runner = Path::new(&name)
        .file_stem()
        .is_some_and(|stem| stem == "wasm-bindgen-test-runner");
    let outcome = if is_runner {
        wasm_bindgen_test_runner::run_cli_with_args(env::args_os())
    } else {
        wasm_bindgen::run_cli_with_args(env::args_os())
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}
