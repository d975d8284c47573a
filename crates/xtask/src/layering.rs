//! Which crate may know which: the arrows of ARCHITECTURE.md, held by a test that reads the manifests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::Value;

use crate::shell::{cargo, output};

/// Each crate and what it may depend on, lowest first. Development dependencies are free.
const ARROWS: &[(&str, &[&str])] = &[
    ("ordinal-api", &[]),
    ("ordinal-manifest", &["ordinal-api"]),
    ("ordinal-core", &["ordinal-api"]),
    ("ordinal-scene", &["ordinal-api", "ordinal-core"]),
    (
        "ordinal-kubectl",
        &["ordinal-api", "ordinal-manifest", "ordinal-core"],
    ),
    ("ordinal-cli", TO_KUBECTL),
    ("ordinal-tests", TO_KUBECTL),
    (
        "ordinal-web",
        &[
            "ordinal-api",
            "ordinal-manifest",
            "ordinal-core",
            "ordinal-kubectl",
            "ordinal-scene",
        ],
    ),
    ("xtask", &[]),
];

/// What plays runs without a picture.
const TO_KUBECTL: &[&str] = &[
    "ordinal-api",
    "ordinal-manifest",
    "ordinal-core",
    "ordinal-kubectl",
];

/// Only this crate may know the browser.
const BROWSER_CRATE: &str = "ordinal-web";
const BROWSER: [&str; 6] = [
    "gloo",
    "js-sys",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "web-sys",
    "yew",
];

/// A workspace member's normal and build dependencies, by name.
type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Checks every member's manifest against the arrows.
pub(crate) fn run() -> Result<()> {
    let members = members()?;
    let mut wrong = violations(&members);
    let gone = ARROWS
        .iter()
        .filter(|(name, _)| !members.contains_key(*name));
    wrong.extend(gone.map(|(name, _)| format!("{name}: arrows are drawn for it, and it is gone")));
    for line in &wrong {
        eprintln!("{line}");
    }
    if !wrong.is_empty() {
        bail!(
            "{} arrows are wrong (crates/xtask/src/layering.rs)",
            wrong.len()
        );
    }
    Ok(())
}

/// `package` and every member it is built from.
pub(crate) fn below(package: &str) -> Result<BTreeSet<String>> {
    let members = members()?;
    let mut found = BTreeSet::new();
    let mut todo = vec![package.to_owned()];
    while let Some(name) = todo.pop() {
        let Some(dependencies) = members.get(&name) else {
            continue;
        };
        if found.insert(name) {
            todo.extend(dependencies.iter().cloned());
        }
    }
    Ok(found)
}

/// What cargo knows of the workspace.
pub(crate) fn metadata() -> Result<Value> {
    let text = output(&mut cargo([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
    ]))?;
    Ok(serde_json::from_str(&text)?)
}

fn members() -> Result<Dependencies> {
    let metadata = metadata()?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let members = list(&metadata["packages"]).into_iter().map(|package| {
        let dependencies = list(&package["dependencies"])
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| text(&dependency["name"]))
            .collect();
        (text(&package["name"]), dependencies)
    });
    Ok(members.collect())
}

fn violations(members: &Dependencies) -> Vec<String> {
    let mut wrong = Vec::new();
    for (member, dependencies) in members {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == member) else {
            wrong.push(format!("{member}: no arrows are drawn for it yet"));
            continue;
        };
        for dependency in dependencies {
            if members.contains_key(dependency) && !allowed.contains(&dependency.as_str()) {
                wrong.push(format!("{member} must not depend on {dependency}"));
            }
            if BROWSER.contains(&dependency.as_str()) && member != BROWSER_CRATE {
                wrong.push(format!(
                    "{member} must not know the browser, but depends on {dependency}"
                ));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(arrows: &[(&str, &[&str])]) -> Dependencies {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        arrows
            .iter()
            .map(|(name, dependencies)| ((*name).to_owned(), set(dependencies)))
            .collect()
    }

    #[test]
    fn arrows_as_drawn_are_fine() {
        let drawn = workspace(&[
            ("ordinal-api", &["serde"]),
            ("ordinal-core", &["ordinal-api", "oorandom"]),
        ]);

        assert_eq!(violations(&drawn), [""; 0]);
    }

    #[test]
    fn an_arrow_against_the_direction_is_named() {
        let against = workspace(&[("ordinal-core", &["ordinal-scene"]), ("ordinal-scene", &[])]);

        assert_eq!(
            violations(&against),
            ["ordinal-core must not depend on ordinal-scene"]
        );
    }

    #[test]
    fn only_the_page_knows_the_browser() {
        let curious = workspace(&[
            ("ordinal-scene", &["web-sys"]),
            ("ordinal-web", &["web-sys", "yew"]),
        ]);

        assert_eq!(
            violations(&curious),
            ["ordinal-scene must not know the browser, but depends on web-sys"]
        );
    }

    #[test]
    fn a_crate_nobody_drew_is_named() {
        assert_eq!(
            violations(&workspace(&[("ordinal-new", &[])])),
            ["ordinal-new: no arrows are drawn for it yet"]
        );
    }
}
