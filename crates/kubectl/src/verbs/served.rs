//! What the server serves: `api-resources`, `api-versions`.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::json;

use super::common::or_output;
use crate::args::{Args, misuse};
use crate::discovery::{self, Resource};
use crate::format::table::Widths;
use crate::format::{self, yaml};
use crate::{Output, Session};

/// `kubectl api-versions`
pub(super) fn api_versions(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let args = Args::read("api-versions", words, "")?;
        unexpected("api-versions", &args)?;
        let mut versions: Vec<&str> = discovery::resources().map(|r| r.version).into_list();
        versions.push("autoscaling/v1");
        ordinal_api::sorted::sort(&mut versions);
        versions.dedup();
        Ok(Output::line(versions.join("\n")))
    })())
}

fn unexpected(verb: &str, args: &Args) -> Result<(), Output> {
    if args.rest.is_empty() {
        return Ok(());
    }
    Err(misuse(
        verb,
        &format!("unexpected arguments: [{}]", args.rest.join(" ")),
    ))
}

/// Resources as the client's `APIResourceList`: JSON in the order of Go's type, YAML in that of the alphabet.
fn list(resources: &[Resource], form: &str) -> String {
    let words = |list: &str| -> Vec<String> {
        let words = list.split(',').filter(|word| !word.is_empty());
        words.map(str::to_owned).into_list()
    };
    let entry = |r: &Resource| {
        let singular = r.kind.to_lowercase();
        let (group, version) = (r.group(), r.version_only());
        let mut fields = vec![
            ("name", json!(r.plural)),
            ("singularName", json!(singular)),
            ("namespaced", json!(r.namespaced)),
            ("group", json!(group)),
            ("version", json!(version)),
            ("kind", json!(r.kind)),
            ("verbs", json!(words(r.verbs()))),
            ("shortNames", json!(words(r.short))),
            ("categories", json!(words(r.categories()))),
        ];
        let is_empty = |value: &Value| *value == json!("") || *value == json!([]);
        fields.retain(|(key, value)| *key == "verbs" || !is_empty(value));
        fields
    };
    let entries: Vec<Vec<(&str, Value)>> = resources.iter().map(entry).into_list();
    if form == "yaml" {
        let entries = entries.into_iter().map(|fields| -> Value {
            let fields = fields
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value));
            fields.collect()
        });
        let entries: Value = entries.collect();
        return yaml::write(&json!({
            "apiVersion": "v1", "groupVersion": "", "kind": "APIResourceList", "resources": entries,
        }));
    }
    let shown = |value: &Value| {
        format::json::pretty(value)
            .trim_end()
            .replace('\n', "\n            ")
    };
    let entries: Vec<String> = entries
        .iter()
        .map(|fields| {
            let lines: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("            \"{key}\": {}", shown(value)))
                .into_list();
            format!("        {{\n{}\n        }}", lines.join(",\n"))
        })
        .into_list();
    format!(
        "{{\n    \"kind\": \"APIResourceList\",\n    \"apiVersion\": \"v1\",\n    \"groupVersion\": \"\",\n    \"resources\": [\n{}\n    ]\n}}\n",
        entries.join(",\n")
    )
}

/// `kubectl api-resources`
pub(super) fn api_resources(_: &mut Cluster, _: &mut Session, words: &[&str]) -> Output {
    or_output((|| {
        let flags = "api-group=s namespaced verbs=l output,o=s no-headers sort-by=s cached categories=l show-managed-fields";
        let args = Args::read("api-resources", words, flags)?;
        unexpected("api-resources", &args)?;
        let verbs: Vec<&str> = args.all("verbs").into_list();
        let categories: Vec<&str> = args.all("categories").into_list();
        let has_all = |list: &str, wanted: &[&str]| {
            wanted
                .iter()
                .all(|wanted| list.split(',').any(|word| word == *wanted))
        };
        let mut resources: Vec<Resource> = discovery::resources()
            .filter(|r| args.get("api-group").is_none_or(|group| r.group() == group))
            .filter(|r| args.get("namespaced").is_none() || args.has("namespaced") == r.namespaced)
            .filter(|r| has_all(r.verbs(), &verbs) && has_all(r.categories(), &categories))
            .into_list();
        match args.get("sort-by") {
            None | Some("") => {}
            Some("name") => ordinal_api::sorted::sort_by_key(&mut resources, |r| r.plural),
            Some("kind") => ordinal_api::sorted::sort_by_key(&mut resources, |r| r.kind),
            Some(_) => return Err(Output::error("--sort-by accepts only name or kind")),
        }
        let wide = match args.get("output") {
            None | Some("") => false,
            Some("wide") => true,
            Some("name") => {
                let names: Vec<String> = resources.iter().map(|r| r.group_resource()).into_list();
                return Ok(Output::line(names.join("\n")));
            }
            Some(form @ ("json" | "yaml")) => return Ok(Output::printed(list(&resources, form))),
            Some(other) => {
                return Err(Output::error(format!(
                    "unable to match a printer suitable for the output format \"{other}\", allowed formats are: json,kyaml,name,wide,yaml"
                )));
            }
        };
        let mut rows: Vec<Vec<String>> = Vec::new();
        if !args.has("no-headers") {
            let mut header = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
            if wide {
                header.extend(["VERBS", "CATEGORIES"]);
            }
            rows.push(header.into_iter().map(str::to_owned).collect());
        }
        for r in resources {
            let namespaced = if r.namespaced { "true" } else { "false" };
            let mut row = vec![r.plural, r.short, r.version, namespaced, r.kind];
            if wide {
                row.extend([r.verbs(), r.categories()]);
            }
            rows.push(row.into_iter().map(str::to_owned).collect());
        }
        Ok(Output::printed(Widths::default().layout(&rows)))
    })())
}
