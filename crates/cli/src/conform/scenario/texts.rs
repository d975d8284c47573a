//! Compares what commands printed: texts line by line, tables cell by cell.

use ordinal_api::Value;
use ordinal_kubectl::Output;

use super::names::Names;
use crate::conform::tokens::has_tokens;

/// What the stand-in kubelet says of every image.
const STAND_IN_IMAGE: &str = "docker.io/library/fake@sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Compares a step's output.
///
/// # Errors
/// The first difference.
pub(super) fn compare(step: &Value, output: &Output, names: &Names) -> Result<(), String> {
    let recorded_exit = step["exit"].as_i64().unwrap_or_default();
    let mut bindings = names.bindings();
    if i64::from(output.exit) != recorded_exit {
        let why = output.stderr.lines().next().unwrap_or_default();
        return Err(format!(
            "exit {}, recorded {recorded_exit} ({why})",
            output.exit
        ));
    }
    if step["varies"] != true {
        if let Some(stdout) = step["stdout"].as_str() {
            // The stand-in kubelet has one image for all names.
            let stdout = &stdout.replace(STAND_IN_IMAGE, "{id}");
            let printed = if stdout.contains("{events}") {
                without_events(&output.stdout)
            } else if stdout.contains("{tmp}/") {
                without_folder_numbers(&output.stdout)
            } else {
                output.stdout.clone()
            };
            bindings
                .same_text(stdout, &printed)
                .map_err(|why| format!("stdout {why}"))?;
        }
        if let Some(cells) = step["cells"].as_array() {
            table(cells, &output.stdout, names)?;
        }
        if let Some(tables) = step["tables"].as_array() {
            let texts: Vec<&str> = output
                .stdout
                .split("\n\n")
                .filter(|t| !t.is_empty())
                .collect();
            if texts.len() != tables.len() {
                return Err(format!("{} tables, recorded {}", texts.len(), tables.len()));
            }
            for (cells, text) in tables.iter().zip(texts) {
                table(cells.as_array().map_or(&[][..], Vec::as_slice), text, names)?;
            }
        }
    }
    if let Some(stderr) = step["stderr"].as_str() {
        bindings
            .same_text(stderr, &output.stderr)
            .map_err(|why| format!("stderr {why}"))?;
    }
    Ok(())
}

/// The events part of `describe`, replaced as recordings have it: events are compared as milestones.
fn without_events(text: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for line in text.lines() {
        inside = line.starts_with("Events:") || inside && line.starts_with(' ');
        match (inside, line.starts_with("Events:")) {
            (true, true) => kept.push_str("Events: {events}\n"),
            (true, false) => {}
            (false, _) => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    kept
}

/// The folders that `kubectl diff` compares, without the numbers that tell their names apart.
fn without_folder_numbers(text: &str) -> String {
    let mut kept = text.to_owned();
    for folder in ["/LIVE-", "/MERGED-"] {
        let mut parts = kept.split(folder);
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            whole.push_str(folder.trim_end_matches('-'));
            whole.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        kept = whole;
    }
    kept
}

/// Compares a table. Rows whose names are chance are sorted on both sides.
fn table(recorded: &[Value], printed: &str, names: &Names) -> Result<(), String> {
    let row = |row: &Value| -> Vec<String> {
        let cells = row.as_array().into_iter().flatten();
        cells
            .map(|cell| names.filled(cell.as_str().unwrap_or_default()))
            .collect()
    };
    let by_chance = recorded.iter().skip(1).any(|row| {
        let first = row[0].as_str().unwrap_or_default();
        ["{rand:", "{pv:", "{va:", "{hash:", "{node"]
            .iter()
            .any(|token| first.contains(token))
    });
    let mut wanted: Vec<Vec<String>> = recorded.iter().map(row).collect();
    let mut given = cells(printed, wanted.first().map_or(&[][..], Vec::as_slice))?;
    // The addresses of an EndpointSlice stand in recordings in the order of their tokens.
    let addresses = wanted
        .first()
        .and_then(|header| header.iter().position(|title| title == "ENDPOINTS"));
    if let Some(column) = addresses {
        for cell in wanted
            .iter_mut()
            .chain(&mut given)
            .skip(1)
            .filter_map(|row| row.get_mut(column))
        {
            let mut list: Vec<&str> = cell.split(',').collect();
            list.sort_unstable();
            *cell = list.join(",");
        }
    }
    if by_chance {
        // A name of which nothing is known says nothing about the order: then the other cells do.
        let open = wanted.iter().skip(1).any(|row| has_tokens(&row[0]));
        let key = |row: &Vec<String>| row[usize::from(open).min(row.len())..].to_vec();
        wanted[1..].sort_by_key(key);
        if given.len() > 1 {
            given[1..].sort_by_key(key);
        }
    }
    if wanted.len() != given.len() {
        return Err(format!(
            "{} rows, recorded {}: {given:?}",
            given.len(),
            wanted.len()
        ));
    }
    let mut bindings = names.bindings();
    for (number, (wanted, given)) in wanted.iter().zip(&given).enumerate() {
        if wanted.len() != given.len() {
            return Err(format!("row {number} is {given:?}, recorded {wanted:?}"));
        }
        for (column, (wanted_cell, cell)) in wanted.iter().zip(given).enumerate() {
            if !bindings.matches(wanted_cell, cell) {
                let header = recorded[0][column].as_str().unwrap_or_default();
                let first = &given[0];
                return Err(format!(
                    "row {first}, column {header}: is {cell:?}, recorded {wanted_cell:?}"
                ));
            }
        }
    }
    Ok(())
}

/// Cuts a printed table at the columns of its header.
fn cells(printed: &str, header: &[String]) -> Result<Vec<Vec<String>>, String> {
    let mut lines = printed.lines();
    let first = lines.next().unwrap_or_default();
    let mut starts = Vec::new();
    let mut from = 0;
    for title in header {
        let Some(at) = first[from..].find(title.as_str()) else {
            return Err(format!("the header is {first:?}, recorded {header:?}"));
        };
        starts.push(from + at);
        from += at + title.len();
    }
    if !first[from..].trim().is_empty() {
        return Err(format!("the header is {first:?}, recorded {header:?}"));
    }
    let row = |line: &str| -> Vec<String> {
        // Columns of a watch grow; where no cell is empty the gaps between them are enough.
        let parts: Vec<&str> = line.split("   ").map(str::trim).collect();
        let full: Vec<String> = parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        if full.len() == header.len() {
            return full;
        }
        let letters: Vec<char> = line.chars().collect();
        let ends = starts
            .iter()
            .skip(1)
            .copied()
            .chain(std::iter::once(usize::MAX));
        let cell = |(from, to): (usize, usize)| {
            let part = letters.get(from..to.min(letters.len())).unwrap_or_default();
            part.iter().collect::<String>().trim().to_owned()
        };
        starts.iter().copied().zip(ends).map(cell).collect()
    };
    Ok(std::iter::once(first).chain(lines).map(row).collect())
}
