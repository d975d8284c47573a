//! What a visitor downloads: every file of `dist/` raw and compressed, against the budget.

use std::fs;
use std::io::Write;

use anyhow::{Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::page::{dist, files};

/// Bytes of the whole page after brotli: editor and terminal included.
const PAGE_BUDGET: usize = 320_000;
const BROTLI_WINDOW: u32 = 22;

/// Bytes of one file or of all of them.
#[derive(Clone, Copy, Default)]
struct Weight {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Weight {
    fn of(bytes: &[u8]) -> Result<Weight> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes)?;
        let mut brotli =
            brotli::CompressorWriter::new(Vec::new(), bytes.len().max(1), 11, BROTLI_WINDOW);
        brotli.write_all(bytes)?;
        Ok(Weight {
            raw: bytes.len(),
            gzip: gzip.finish()?.len(),
            brotli: brotli.into_inner().len(),
        })
    }

    fn row(self, name: &str) -> String {
        format!(
            "{:>10} {:>10} {:>10}  {name}",
            self.raw, self.gzip, self.brotli
        )
    }
}

/// Prints the table; an error when the page is over its budget.
pub(crate) fn run() -> Result<()> {
    if !dist().join("index.html").is_file() {
        bail!("no dist/ here: `cargo xtask build` makes it");
    }
    println!("{:>10} {:>10} {:>10}  file", "raw", "gzip -9", "brotli 11");
    let mut total = Weight::default();
    for file in files(&dist())? {
        // For editors and compilers; no page asks for it.
        if file.extension().is_some_and(|e| e == "ts") {
            continue;
        }
        let weight = Weight::of(&fs::read(&file)?)?;
        total.raw += weight.raw;
        total.gzip += weight.gzip;
        total.brotli += weight.brotli;
        println!(
            "{}",
            weight.row(&file.strip_prefix(dist())?.display().to_string())
        );
    }
    println!("{}", total.row("total"));
    let percent = total.brotli * 100 / PAGE_BUDGET;
    println!("budget: {PAGE_BUDGET} bytes of brotli, {percent} % of it used");
    if total.brotli > PAGE_BUDGET {
        bail!(
            "the page is {} bytes over its budget",
            total.brotli - PAGE_BUDGET
        );
    }
    Ok(())
}
