//! The same as WebAssembly under Node: what the page's own engine takes.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

const TARGET: &str = "wasm32-unknown-unknown";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let bindgen = root.join("target/tools/bin/wasm-bindgen");
    let node = Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !bindgen.is_file() || !node.is_ok_and(|status| status.success()) {
        eprintln!(
            "skipped: measuring WebAssembly needs wasm-bindgen (`cargo xtask setup`) and node"
        );
        return;
    }
    let folder = root.join("target/bench");
    run(
        Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(&root)
            .args([
                "build",
                "--release",
                "--package",
                "ordinal-tests",
                "--example",
                "load",
                "--target",
                TARGET,
            ]),
    );
    run(Command::new(bindgen)
        .args(["--target", "nodejs", "--no-typescript", "--out-dir"])
        .arg(&folder)
        .arg(
            root.join("target")
                .join(TARGET)
                .join("release/examples/load.wasm"),
        ));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/wasm.cjs");
    run(Command::new("node").arg(script).arg(folder.join("load.js")));
}

fn run(command: &mut Command) {
    let status = command.status().expect("the command was found");
    assert!(status.success(), "{command:?}");
}
