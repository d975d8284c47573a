//! The manifests' editor: `www/editor/` bundled into `target/editor/`, from where Trunk copies it.
//!
//! Its packages come from npm. A machine without npm still builds the page, which then keeps its plain text field.

use std::fs;

use anyhow::{Context, Result};

use crate::setup;
use crate::shell::{command, root, run, step, tools};

/// Bundles the editor, if its sources or packages changed since the last time.
pub(crate) fn bundle(minify: bool) -> Result<()> {
    let out = root().join("target/editor");
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    if !setup::shrinkers()? {
        return Ok(());
    }
    let source = root().join("www/editor");
    let work = tools().join("editor");
    fs::create_dir_all(&work)?;
    let lock = "package-lock.json";
    let wanted = fs::read(source.join(lock))?;
    if fs::read(work.join(lock)).ok().as_ref() != Some(&wanted)
        || !work.join("node_modules").is_dir()
    {
        fs::copy(source.join("package.json"), work.join("package.json"))?;
        fs::copy(source.join(lock), work.join(lock))?;
        let mut install = command("npm");
        install.current_dir(&work);
        install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
        step("CodeMirror (npm)", &mut [install])?;
    }
    // Beside its packages, because that is where they are looked for.
    fs::copy(source.join("editor.js"), work.join("editor.js"))?;
    let mut esbuild = command("esbuild");
    esbuild.arg(work.join("editor.js"));
    esbuild.args([
        "--bundle",
        "--format=esm",
        "--target=es2022",
        "--log-level=warning",
        "--legal-comments=none",
    ]);
    if minify {
        esbuild.arg("--minify");
    }
    run(esbuild.arg(format!("--outfile={}", out.join("editor.js").display())))
}
