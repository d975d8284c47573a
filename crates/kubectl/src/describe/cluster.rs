//! Namespaces, ConfigMaps, Secrets, ServiceAccounts, quotas, budgets and priorities.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::Page;
use crate::discovery;
use crate::resource::{Filter, Item, fetch_all};
use crate::value::{at, entries, flag, has, items, number, or, plain, selector, text};

pub(super) fn config_map(page: &mut Page<'_>, item: &Item) {
    let map = &item.value;
    page.head(map);
    page.line(0, "\nData\n====");
    for (key, value) in entries(map, "data") {
        page.line(0, &format!("{key}:\n----\n{}\n", plain(value)));
    }
    page.line(0, "\nBinaryData\n====");
    for (key, value) in entries(map, "binaryData") {
        let bytes = ordinal_api::base64::decode(&plain(value)).map_or(0, |bytes| bytes.len());
        page.line(0, &format!("{key}: {bytes} bytes"));
    }
    page.line(0, "");
    page.events_of(map);
}

pub(super) fn secret(page: &mut Page<'_>, item: &Item) {
    let secret = &item.value;
    page.head(secret);
    page.line(0, "");
    page.field(0, "Type", text(secret, "type"));
    page.line(0, "\nData\n====");
    for (key, value) in entries(secret, "data") {
        let bytes = ordinal_api::base64::decode(&plain(value)).unwrap_or_default();
        if key == "token" && text(secret, "type") == "kubernetes.io/service-account-token" {
            page.field(0, key, &String::from_utf8_lossy(&bytes));
        } else {
            page.field(0, key, &format!("{} bytes", bytes.len()));
        }
    }
}

pub(super) fn service_account(page: &mut Page<'_>, item: &Item) {
    let account = &item.value;
    page.head(account);
    let names: Vec<String> = items(account, "imagePullSecrets")
        .iter()
        .map(|secret| text(secret, "name").to_owned())
        .into_list();
    page.lines("", "Image pull secrets", &names);
    page.events_of(account);
}

pub(super) fn budget(page: &mut Page<'_>, item: &Item) {
    let budget = &item.value;
    page.field(0, "Name", text(budget, "metadata.name"));
    page.field(0, "Namespace", text(budget, "metadata.namespace"));
    if has(budget, "spec.minAvailable") {
        page.field(0, "Min available", &plain(at(budget, "spec.minAvailable")));
    } else if has(budget, "spec.maxUnavailable") {
        page.field(
            0,
            "Max unavailable",
            &plain(at(budget, "spec.maxUnavailable")),
        );
    }
    let chosen = match at(budget, "spec.selector") {
        Value::Null => "<unset>".to_owned(),
        chosen => selector(chosen),
    };
    page.field(0, "Selector", &chosen);
    page.line(0, "Status:");
    for (label, key) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        page.field(2, label, &number(at(budget, "status"), key).to_string());
    }
    page.events_of(budget);
}

pub(super) fn priority_class(page: &mut Page<'_>, item: &Item) {
    let class = &item.value;
    page.field(0, "Name", text(class, "metadata.name"));
    page.field(0, "Value", &number(class, "value").to_string());
    page.field(
        0,
        "GlobalDefault",
        &flag(class, "globalDefault").to_string(),
    );
    let preemption = text(class, "preemptionPolicy");
    page.field(
        0,
        "PreemptionPolicy",
        &or(preemption, "PreemptLowerPriority"),
    );
    page.field(0, "Description", text(class, "description"));
    let annotations = crate::value::pairs(class, "metadata.annotations");
    page.field(0, "Annotations", &crate::value::or_none(&annotations));
    page.events_of(class);
}

fn inside(page: &mut Page<'_>, plural: &str, namespace: &str) -> Vec<Item> {
    let filter = Filter {
        namespace: Some(namespace.to_owned()),
        ..Filter::default()
    };
    discovery::find(plural)
        .ok()
        .and_then(|resource| fetch_all(page.cluster, resource, &filter).ok())
        .unwrap_or_default()
}

pub(super) fn namespace(page: &mut Page<'_>, item: &Item) {
    let namespace = &item.value;
    page.head(namespace);
    page.field(0, "Status", text(namespace, "status.phase"));
    let conditions = items(namespace, "status.conditions");
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        page.line(1, "----\t------\t------------------\t------\t-------");
        for condition in conditions {
            let row = format!(
                "{}\t{}\t{}\t{}\t{}",
                text(condition, "type"),
                text(condition, "status"),
                Page::moment(condition, "lastTransitionTime"),
                text(condition, "reason"),
                text(condition, "message")
            );
            page.line(1, &row);
        }
    }
    let name = item.name().to_owned();
    let quotas = inside(page, "resourcequotas", &name);
    page.line(0, "");
    if quotas.is_empty() {
        page.line(0, "No resource quota.");
    } else {
        page.line(0, "Resource Quotas");
        for quota in &quotas {
            page.field(1, "Name", quota.name());
            scopes(page, &quota.value, 1);
            page.line(1, "Resource\tUsed\tHard");
            page.line(1, "--------\t---\t---");
            amounts(page, &quota.value, 1);
        }
    }
    let ranges = inside(page, "limitranges", &name);
    page.line(0, "");
    if ranges.is_empty() {
        page.line(0, "No LimitRange resource.");
    } else {
        page.line(0, "Resource Limits");
        page.line(0, &format!(" {LIMITS}"));
        page.line(0, &format!(" {UNDERLINES}"));
        for range in &ranges {
            limits(page, &range.value, " ");
        }
    }
}

const LIMITS: &str =
    "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
const UNDERLINES: &str =
    "----\t--------\t---\t---\t---------------\t-------------\t-----------------------";

fn limits(page: &mut Page<'_>, range: &Value, before: &str) {
    for limit in items(range, "spec.limits") {
        let maps = [
            "min",
            "max",
            "defaultRequest",
            "default",
            "maxLimitRequestRatio",
        ];
        let mut resources: Vec<&String> = maps
            .iter()
            .flat_map(|map| entries(limit, map).map(|(key, _)| key))
            .into_list();
        ordinal_api::sorted::sort(&mut resources);
        resources.dedup();
        for resource in resources {
            let amounts: Vec<String> = maps
                .iter()
                .map(|map| or(&plain(&at(limit, map)[resource]), "-"))
                .into_list();
            let type_ = text(limit, "type");
            page.line(
                0,
                &format!("{before}{type_}\t{resource}\t{}", amounts.join("\t")),
            );
        }
    }
}

pub(super) fn limit_range(page: &mut Page<'_>, item: &Item) {
    page.field(0, "Name", item.name());
    page.field(0, "Namespace", item.namespace());
    page.line(0, LIMITS);
    page.line(0, UNDERLINES);
    limits(page, &item.value, "");
}

fn scopes(page: &mut Page<'_>, quota: &Value, level: usize) {
    let mut scopes: Vec<String> = items(quota, "spec.scopes").iter().map(plain).into_list();
    ordinal_api::sorted::sort(&mut scopes);
    if scopes.is_empty() {
        return;
    }
    page.field(level, "Scopes", &scopes.join(", "));
    let mark = if level == 0 { " *" } else { "*" };
    for scope in scopes {
        let matches = match scope.as_str() {
            "Terminating" => {
                "that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
            }
            "NotTerminating" => {
                "that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "that do not have resource requirements set. These pods have a best effort quality of service."
            }
            "NotBestEffort" => {
                "that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
            }
            _ => continue,
        };
        page.line(level, &format!("{mark} Matches all pods {matches}"));
    }
}

fn amounts(page: &mut Page<'_>, quota: &Value, level: usize) {
    for (resource, hard) in entries(quota, "status.hard") {
        let used = or(&plain(&at(quota, "status.used")[resource]), "0");
        page.line(level, &format!("{resource}\t{used}\t{}", plain(hard)));
    }
}

pub(super) fn quota(page: &mut Page<'_>, item: &Item) {
    page.field(0, "Name", item.name());
    page.field(0, "Namespace", item.namespace());
    scopes(page, &item.value, 0);
    page.line(0, "Resource\tUsed\tHard");
    page.line(0, "--------\t----\t----");
    amounts(page, &item.value, 0);
}
