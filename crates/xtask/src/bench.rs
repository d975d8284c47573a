//! Measurements as one table beside their budgets.
//!
//! The measurements themselves are `[[bench]]` targets (`harness = false`) of the packages that have something to
//! measure. Each prints rows on standard output, `WHAT<TAB>VALUE<TAB>UNIT<TAB>BUDGET` (the budget may be empty), and
//! whatever else it likes on standard error. A new target needs no line here.

use std::fmt::Write;
use std::process::Command;

use anyhow::{Result, anyhow};
use serde_json::Value;

use crate::layering::metadata;
use crate::setup;
use crate::shell::{cargo, output};

/// What was measured, its value, the unit, the budget.
type Row<'a> = [&'a str; 4];

const HEAD: Row<'_> = ["what", "measured", "", "budget"];

/// Runs every benchmark of the workspace and prints the table.
pub(crate) fn run() -> Result<()> {
    setup::wasm()?;
    let mut printed = String::new();
    for target in targets()? {
        printed += &output(&mut target.command())?;
    }
    let rows = printed.lines().map(row).collect::<Result<Vec<_>>>()?;
    print!("{}", table(&rows));
    Ok(())
}

/// A `[[bench]]`, and the features it asks for.
struct Target {
    package: String,
    name: String,
    features: String,
}

impl Target {
    fn command(&self) -> Command {
        cargo([
            "bench",
            "--package",
            &self.package,
            "--bench",
            &self.name,
            "--features",
            &self.features,
        ])
    }
}

fn targets() -> Result<Vec<Target>> {
    let metadata = metadata()?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for package in list(&metadata["packages"]) {
        for target in list(&package["targets"]) {
            if target["kind"][0] == "bench" {
                found.push(Target {
                    package: text(&package["name"]),
                    name: text(&target["name"]),
                    features: list(&target["required-features"])
                        .iter()
                        .map(text)
                        .collect::<Vec<_>>()
                        .join(","),
                });
            }
        }
    }
    Ok(found)
}

fn row(line: &str) -> Result<Row<'_>> {
    line.split('\t')
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| anyhow!("not WHAT<TAB>VALUE<TAB>UNIT<TAB>BUDGET: {line:?}"))
}

fn table(rows: &[Row<'_>]) -> String {
    let rows = [&[HEAD], rows].concat();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let [what_width, value_width, unit_width] = [0, 1, 2].map(width);
    let mut text = String::new();
    for [what, value, unit, budget] in &rows {
        let line =
            format!("{what:what_width$}  {value:>value_width$} {unit:unit_width$}  {budget}");
        writeln!(text, "{}", line.trim_end()).expect("a string takes everything");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_line_up_under_their_heads() {
        let rows = [
            ["clone of the world", "41", "ns", ""],
            ["one pod, 300 pods", "0.08", "ms", "0.1"],
        ];

        let expected = "\
what                measured     budget
clone of the world        41 ns
one pod, 300 pods       0.08 ms  0.1
";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn a_line_that_is_no_row_is_refused() {
        assert!(row("measuring ...").is_err());
    }
}
