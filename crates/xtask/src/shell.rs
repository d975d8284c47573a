//! Running other programs: from the workspace's root, with our own tools first on the path.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, iter};

use anyhow::{Context, Result, bail};

/// The workspace's root, whatever folder the command was typed in.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("this crate is two folders below the root")
}

/// Where the tools go that we set up: inside `target`, so that removing it leaves nothing behind.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// `program` with the workspace's root as its folder and our tools first on its path.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let ours = [tools().join("bin"), tools().join("node_modules/.bin")];
    let path = env::var_os("PATH").unwrap_or_default();
    let path = ours.into_iter().chain(env::split_paths(&path));
    let mut command = Command::new(program);
    command
        .current_dir(root())
        .env(
            "PATH",
            env::join_paths(path).expect("the path's own parts join again"),
        )
        // Trunk reads it as true or false and stops at the customary 1.
        .env_remove("NO_COLOR");
    command
}

/// `cargo` with these arguments.
pub(crate) fn cargo<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

/// Runs to the end with its output shown; an error unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// What it prints on standard output; an error unless it succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", shown(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first line that `program --version` prints, or nothing where there is no such program.
pub(crate) fn version(program: impl AsRef<OsStr>) -> Option<String> {
    let output = command(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// One step of setting up: a line with its name, then its time. What the commands print goes to a file that is
/// shown when one of them fails.
pub(crate) fn step(name: &str, commands: &mut [Command]) -> Result<()> {
    let started = Instant::now();
    eprint!("setup: {name} ... ");
    io::stderr().flush()?;
    let log = tools().join(format!(
        "{}.log",
        name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    ));
    fs::create_dir_all(tools())?;
    let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    for command in commands {
        let status = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file.try_clone()?)
            .status();
        let failure = match status {
            Ok(status) if status.success() => continue,
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        eprintln!("failed");
        let text = fs::read_to_string(&log)?;
        let last: Vec<&str> = text.lines().rev().take(30).collect();
        for line in last.into_iter().rev() {
            eprintln!("  {line}");
        }
        bail!("{}: {failure}", shown(command));
    }
    eprintln!("{:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let words: Vec<OsString> = iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_owned)
        .collect();
    words.join(OsStr::new(" ")).to_string_lossy().into_owned()
}
