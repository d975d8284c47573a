//! The page: built into `dist/`, served, photographed.

use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::setup;
use crate::shell::{cargo, command, root, run, shown};

/// How the page is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// As published.
    Release,
}

/// The static folder.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Builds the static folder.
pub(crate) fn build(profile: Profile) -> Result<()> {
    setup::page()?;
    let mut trunk = command("trunk");
    trunk.arg("build");
    if profile == Profile::Release {
        trunk.arg("--release");
    }
    run(&mut trunk)?;
    name_module()?;
    if profile == Profile::Release {
        shrink()?;
    }
    Ok(())
}

/// Gives the module a name that others can import: `ordinal.js`, with its types beside it. Trunk's own names change
/// with every build.
fn name_module() -> Result<()> {
    let hashed = files(&dist())?
        .iter()
        .filter_map(|file| file.file_name()?.to_str()?.strip_suffix("_bg.wasm"))
        .map(str::to_owned)
        .next()
        .context("Trunk built no module")?;
    let module = format!(
        "import init from './{hashed}.js';\n\
         export * from './{hashed}.js';\n\
         const wasm = new URL('./{hashed}_bg.wasm', import.meta.url);\n\
         export default (input = {{ module_or_path: wasm }}) => init(input);\n"
    );
    fs::write(dist().join("ordinal.js"), module)?;
    fs::rename(
        dist().join(format!("{hashed}.d.ts")),
        dist().join("ordinal.d.ts"),
    )?;
    Ok(())
}

/// What makes the module smaller once it is compressed. `-Oz` makes it smaller before that, and 8 % larger after: it
/// breaks up what repeats.
/// The levels are only for passes that look once or until nothing is left, as for functions that become equal.
const PASSES: [&str; 14] = [
    "--optimize-level=2",
    "--shrink-level=2",
    "--strip-debug",
    "--strip-producers",
    "--duplicate-function-elimination",
    "--remove-unused-module-elements",
    "--memory-packing",
    "--directize",
    "--simplify-globals",
    "--optimize-instructions",
    "--precompute",
    "--remove-unused-brs",
    "--merge-blocks",
    "--vacuum",
];

/// What Trunk leaves undone, in place; nothing where the tools are missing.
fn shrink() -> Result<()> {
    if !setup::shrinkers()? {
        return Ok(());
    }
    let files = files(&dist())?;
    let ending = |wanted: &[&str]| -> Vec<&PathBuf> {
        let ends = |file: &&PathBuf| wanted.iter().any(|e| file.extension() == Some(e.as_ref()));
        files.iter().filter(ends).collect()
    };
    for module in ending(&["wasm"]) {
        run(command("wasm-opt")
            .arg(module)
            .args(PASSES)
            .arg("-o")
            .arg(module))?;
    }
    let mut esbuild = command("esbuild");
    esbuild.args(["--minify", "--allow-overwrite", "--log-level=warning"]);
    esbuild
        .arg(format!("--outdir={}", dist().display()))
        .arg(format!("--outbase={}", dist().display()));
    run(esbuild.args(ending(&["js", "css"])))
}

/// Builds, serves on loopback, and rebuilds when a file changes, until interrupted. Leaves `dist/` alone.
pub(crate) fn serve(port: u16, release: bool) -> Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("port {port} is not free: choose another with --port"))?;
    setup::page()?;
    let folder = root().join(format!("target/serve/{port}"));
    fs::create_dir_all(&folder)?;
    let mut trunk = command("trunk");
    trunk
        .args(["serve", "--port", &port.to_string(), "--dist"])
        .arg(folder);
    if release {
        trunk.arg("--release");
    }
    // Whoever ends this ends the server: a terminal tells both, `kill` tells only one.
    let ended = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&ended);
    ctrlc::set_handler(move || told.store(true, Ordering::Relaxed))?;
    let mut server = trunk
        .spawn()
        .with_context(|| format!("cannot start {}", shown(&trunk)))?;
    let mut announced = false;
    while !ended.load(Ordering::Relaxed) {
        if let Some(status) = server.try_wait()? {
            bail!("{} ended ({status})", shown(&trunk));
        }
        // Trunk listens once the first build is done.
        if !announced && TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            println!("Ordinal is at http://127.0.0.1:{port}/ (reload after a change; Ctrl-C ends)");
            announced = true;
        }
        thread::sleep(Duration::from_millis(100));
    }
    // It may have heard by itself.
    let _ = server.kill();
    server.wait()?;
    Ok(())
}

/// Takes a picture of `dist/` as it is. The browser lives in the tests' package, so that this one stays quick to build.
pub(crate) fn shot(args: &[String]) -> Result<()> {
    setup::browser()?;
    let to_run = [
        "run",
        "--quiet",
        "--package",
        "ordinal-tests",
        "--features",
        "browser",
        "--bin",
        "shot",
        "--",
    ];
    let here = std::env::current_dir()?;
    run(cargo(to_run)
        .args(args.iter().map(OsString::from))
        .current_dir(here))
}

/// Every file below `folder`, in order of path.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
