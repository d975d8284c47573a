//! The page: built into `dist/`, served, photographed.

use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
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
    if profile == Profile::Release && setup::wasm_opt()? {
        for wasm in files(&dist())?
            .iter()
            .filter(|file| file.extension().is_some_and(|e| e == "wasm"))
        {
            run(command("wasm-opt").arg("-Oz").arg(wasm).arg("-o").arg(wasm))?;
        }
    }
    Ok(())
}

/// Builds, serves on loopback, and rebuilds when a file changes, until interrupted. Leaves `dist/` alone.
pub(crate) fn serve(port: u16, release: bool) -> Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("port {port} is not free: choose another with --port"))?;
    setup::page()?;
    let folder = root().join("target/serve");
    fs::create_dir_all(&folder)?;
    let mut trunk = command("trunk");
    trunk
        .args(["serve", "--port", &port.to_string(), "--dist"])
        .arg(folder);
    if release {
        trunk.arg("--release");
    }
    let mut server = trunk
        .spawn()
        .with_context(|| format!("cannot start {}", shown(&trunk)))?;
    let status = loop {
        if let Some(status) = server.try_wait()? {
            break status;
        }
        // Trunk listens once the first build is done.
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            println!("Ordinal is at http://127.0.0.1:{port}/ (reload after a change; Ctrl-C ends)");
            break server.wait()?;
        }
        thread::sleep(Duration::from_millis(100));
    };
    if !status.success() {
        bail!("{} failed ({status})", shown(&trunk));
    }
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
