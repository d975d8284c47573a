//! `kubectl autoscale`: what it checks and the autoscaler that it would send. Models kubectl `pkg/cmd/autoscale`, v0.37.
//!
//! Nothing here measures what Pods use, so an autoscaler is shown with `--dry-run` and not made.

use ordinal_api::{Quantity, Value};
use ordinal_core::Cluster;
use serde_json::json;

use super::common::Dry;
use super::pick::{pick, tell};
use crate::args::Args;
use crate::discovery::{self, SCALED};
use crate::printer::Form;
use crate::resource::Item;
use crate::{Output, Session};

const FLAGS: &str = "max=i min=i cpu=s memory=s cpu-percent=i name=s filename,f=l recursive,R kustomize,k=s \
dry-run=?unchanged output,o=s template=s save-config field-manager=s allow-missing-template-keys show-managed-fields";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

/// What is aimed at: `80%` of what is requested, or an amount; a bare number is one of millicores or mebibytes.
/// Models `parseResourceInput`.
fn target(name: &str, given: &str) -> Result<Value, Output> {
    let given = given.trim();
    let percent = given.strip_suffix('%').and_then(|p| p.parse::<i32>().ok());
    if let Some(percent) = percent {
        return Ok(json!({"averageUtilization": percent, "type": "Utilization"}));
    }
    let unit = if name == "cpu" { "m" } else { "Mi" };
    let amount = match given.parse::<u64>() {
        Ok(number) => format!("{number}{unit}"),
        Err(_) => given.to_owned(),
    };
    if Quantity::parse(&amount).is_err() {
        return Err(Output::error(format!(
            "invalid resource {name} value: {given}"
        )));
    }
    Ok(json!({"averageValue": amount, "type": "AverageValue"}))
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("autoscale", words, FLAGS)?;
    let fault = |text: String| Err(Output::error(text));
    let Some(max) = args.count("max") else {
        return fault("required flag(s) \"max\" not set".to_owned());
    };
    let min = args.count("min").unwrap_or(-1);
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let form = Form::read(&args, session, false)?;
    if max < 1 {
        return fault(format!(
            "--max=MAXPODS is required and must be at least 1, max: {max}"
        ));
    }
    if max < min {
        return fault(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
        ));
    }
    let mut metrics = Vec::new();
    let percent = args.get("cpu-percent").map(|percent| format!("{percent}%"));
    let cpu = args.get("cpu").map(str::to_owned).or(percent);
    for (name, given) in [("cpu", cpu.as_deref()), ("memory", args.get("memory"))] {
        if let Some(given) = given.filter(|text| !text.is_empty()) {
            let resource = json!({"name": name, "target": target(name, given)?});
            metrics.push(json!({"resource": resource, "type": "Resource"}));
        }
    }
    let picked = pick(cluster, session, &args, "kubectl autoscale", true)?;
    for item in &picked.items {
        let of = item.resource;
        if !SCALED.contains(&of.plural) {
            let core = if of.group().is_empty() { "/" } else { "" };
            return fault(format!(
                "cannot autoscale a {}: could not find scale subresource for {core}{}, Resource={} in discovery information",
                of.kind, of.version, of.plural
            ));
        }
        let name = args.get("name").filter(|name| !name.is_empty());
        let mut spec = json!({
            "maxReplicas": max,
            "scaleTargetRef": {"apiVersion": of.version, "kind": of.kind, "name": item.name()},
        });
        if min > 0 {
            spec["minReplicas"] = json!(min);
        }
        if !metrics.is_empty() {
            spec["metrics"] = json!(metrics);
        }
        let value = json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name.unwrap_or(item.name())}, "spec": spec,
            "status": {"currentMetrics": null, "desiredReplicas": 0},
        });
        let done = match dry {
            Dry::No => {
                return fault(
                    "kubectl autoscale is not simulated: nothing measures what Pods use".to_owned(),
                );
            }
            Dry::Client => "created",
            Dry::Server => "autoscaled",
        };
        let resource = discovery::find("horizontalpodautoscalers").map_err(Output::error)?;
        tell(&mut output, &form, &Item { resource, value }, done, dry)?;
    }
    picked.errors.tell(&mut output);
    Ok(output)
}
