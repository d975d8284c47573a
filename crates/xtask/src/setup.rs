//! What a bare machine lacks: each part is looked for first, and set up only when it is missing.
//!
//! Where a part cannot be set up from here, the error says exactly what to install.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, command, output, root, step, tools, version};

/// The newest that the rustc in `rust-version` builds.
const TRUNK: &str = "0.21.14";
/// From npm: wasm-opt, what bundles and minifies scripts and styles, and what the tests ask about accessibility.
const SHRINKERS: [&str; 3] = ["binaryen@132.0.0", "esbuild@0.28.2", "axe-core@4.14.1"];
const WASM: &str = "wasm32-unknown-unknown";
const BROWSER_PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-dejavu-core"];

/// rustfmt and clippy.
pub(crate) fn lints() -> Result<()> {
    for (component, probe) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if cargo([probe, "--version"])
            .output()
            .is_ok_and(|o| o.status.success())
        {
            continue;
        }
        rustup(&["component", "add", component])?;
    }
    Ok(())
}

/// What building the page takes: the WebAssembly target, wasm-bindgen, Trunk.
pub(crate) fn page() -> Result<()> {
    wasm()?;
    trunk()
}

/// What building a WebAssembly module takes: the target and wasm-bindgen.
pub(crate) fn wasm() -> Result<()> {
    let libdir = output(command("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    if !Path::new(libdir.trim()).is_dir() {
        rustup(&["target", "add", WASM])?;
    }
    bindgen()
}

/// Chromium and its driver, for the tests. `CHROMEDRIVER` names another driver.
pub(crate) fn browser() -> Result<()> {
    if has_browser() {
        return Ok(());
    }
    let by_hand = "install Chromium (or Chrome) and the chromedriver of the same version";
    if version("apt-get").is_none() {
        bail!("the tests drive Chromium: {by_hand}");
    }
    let packages = BROWSER_PACKAGES.join(" ");
    if !output(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        bail!(
            "the tests drive Chromium, and installing it needs root: run \
             `apt-get install --no-install-recommends {packages}` as root, then this again"
        );
    }
    let mut update = command("apt-get");
    update.arg("update");
    let mut install = command("apt-get");
    install
        .args(["install", "-y", "--no-install-recommends"])
        .args(BROWSER_PACKAGES)
        .env("DEBIAN_FRONTEND", "noninteractive");
    step("chromium and chromedriver (apt)", &mut [update, install])?;
    if !has_browser() {
        bail!("{packages} are installed, and still no browser answers: {by_hand}");
    }
    Ok(())
}

fn has_browser() -> bool {
    let driver = env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    let browsers = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    version(&driver).is_some() && browsers.iter().any(|browser| version(browser).is_some())
}

/// wasm-opt and esbuild, which make a release smaller. Whether they are there: they come from npm, and a machine
/// without npm still builds the page.
pub(crate) fn shrinkers() -> Result<bool> {
    let installed = |package: &str| {
        let (name, version) = package.split_once('@').expect("a pin has a version");
        let manifest = tools().join("node_modules").join(name).join("package.json");
        let wanted = format!("\"version\": \"{version}\"");
        fs::read_to_string(manifest).is_ok_and(|text| text.contains(&wanted))
    };
    if SHRINKERS.iter().all(|package| installed(package)) {
        return Ok(true);
    }
    if version("npm").is_none() {
        eprintln!("setup: no npm, so no wasm-opt and no esbuild: the page works, a little larger");
        return Ok(false);
    }
    let mut install = command("npm");
    install
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
            "--no-save",
            "--prefix",
        ])
        .arg(tools())
        .args(SHRINKERS);
    step(&format!("{} (npm)", SHRINKERS.join(", ")), &mut [install])?;
    Ok(true)
}

/// The command line and the test runner are built from our own Cargo.lock: crate, tool and runner cannot differ.
fn bindgen() -> Result<()> {
    let wanted = format!("wasm-bindgen {}", locked("wasm-bindgen")?);
    let bin = tools().join("bin");
    let names = ["wasm-bindgen", "wasm-bindgen-test-runner"];
    if names.iter().all(|name| bin.join(name).is_file())
        && version(bin.join(names[0])).as_ref() == Some(&wanted)
    {
        return Ok(());
    }
    step(
        &wanted,
        &mut [cargo([
            "build",
            "--package",
            "xtask",
            "--features",
            "bindgen",
            "--bin",
            "bindgen",
        ])],
    )?;
    fs::create_dir_all(&bin)?;
    for name in names {
        // Removed first: the old one may be running, and a running file cannot be written to.
        let _ = fs::remove_file(bin.join(name));
        fs::copy(target_dir()?.join("debug/bindgen"), bin.join(name))
            .with_context(|| format!("cannot put {name} into {}", bin.display()))?;
    }
    Ok(())
}

/// Trunk without its default features cannot download anything: a tool it lacks is an error at once.
fn trunk() -> Result<()> {
    let wanted = format!("trunk {TRUNK}");
    if version("trunk").as_ref() == Some(&wanted) {
        return Ok(());
    }
    let mut install = cargo([
        "install",
        "trunk",
        "--version",
        TRUNK,
        "--locked",
        "--no-default-features",
    ]);
    // Unoptimised: three times quicker to build, and the page builds no slower with it.
    install
        .args(["--debug", "--force", "--root"])
        .arg(tools())
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    step(&format!("{wanted} (about 2 minutes)"), &mut [install])
}

fn rustup(args: &[&str]) -> Result<()> {
    let typed = format!("rustup {}", args.join(" "));
    if version("rustup").is_none() {
        bail!("no rustup here: install it, or what `{typed}` would add to your Rust");
    }
    let mut rustup = command("rustup");
    rustup.args(args);
    step(&typed, &mut [rustup])
}

/// The version of `package` in Cargo.lock.
fn locked(package: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let entry = format!("name = \"{package}\"\nversion = \"");
    lock.split_once(&entry)
        .and_then(|(_, rest)| rest.split('"').next())
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock names no {package}"))
}

fn target_dir() -> Result<std::path::PathBuf> {
    Ok(crate::layering::metadata()?["target_directory"]
        .as_str()
        .expect("cargo names it")
        .into())
}
