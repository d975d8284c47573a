//! What the server serves: `api-resources`, `api-versions`.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::common::or_output;
use crate::args::{Args, misuse};
use crate::discovery::{self, Resource};
use crate::format::table::Widths;
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
