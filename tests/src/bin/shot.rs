//! A picture of the built page: what `cargo xtask shot` runs.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use ordinal_tests::browser::{Page, View, dist};

/// Take a picture of dist/ as it is: build it first with `cargo xtask build [--dev]`
#[derive(Parser)]
#[command(bin_name = "cargo xtask shot")]
struct Shot {
    /// Query of the page, e.g. `?example=web`, or "" for none
    query: String,
    /// Where to put the picture
    out: PathBuf,
    /// Inner size of the window
    #[arg(long, default_value = "1280x800", value_parser = size)]
    size: (u32, u32),
    /// For someone who prefers dark
    #[arg(long)]
    dark: bool,
    /// For someone who prefers less motion
    #[arg(long)]
    still: bool,
    /// Run in the page before the picture, in order (statements; `return` prints a value, `await` works)
    #[arg(long)]
    script: Vec<String>,
    /// Wait this long before the picture, after the scripts
    #[arg(long, default_value_t = 0)]
    wait_ms: u64,
}

fn size(text: &str) -> Result<(u32, u32)> {
    let (width, height) = text.split_once('x').context("WIDTHxHEIGHT")?;
    Ok((width.parse()?, height.parse()?))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let shot = Shot::parse();
    if !dist().join("index.html").is_file() {
        bail!("no dist/ here: `cargo xtask build` makes it, `cargo xtask build --dev` sooner");
    }
    let (width, height) = shot.size;
    let view = View {
        width,
        height,
        dark: shot.dark,
        still: shot.still,
    };
    let page = Page::open(&shot.query, view).await;
    for script in &shot.script {
        let value = page.eval(&format!("(async () => {{ {script} }})()")).await;
        if !value.is_null() {
            println!("{value}");
        }
    }
    tokio::time::sleep(Duration::from_millis(shot.wait_ms)).await;
    let picture = page.png().await;
    fs::write(&shot.out, picture)
        .with_context(|| format!("cannot write {}", shot.out.display()))?;
    let quiet = page.quiet().await;
    for line in quiet.console {
        eprintln!("console: {line}");
    }
    for line in quiet.requests {
        eprintln!("asked the network after load: {line}");
    }
    Ok(())
}
