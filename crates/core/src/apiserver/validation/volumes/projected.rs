//! Volumes that several things are projected into.

use serde_json::{Value, json};

use super::super::{Faults, given, go, list, names, number, text};
use super::{downward_file, items, mode, need, not_reserved};

pub(super) fn projected(source: &Value, path: &str, faults: &mut Faults) {
    mode(source, "defaultMode", path, faults);
    let mut paths: Vec<&str> = Vec::new();
    for (index, source) in list(source, "sources").iter().enumerate() {
        let at_index = format!("{path}.sources[{index}]");
        let mut sources = 0;
        for key in ["secret", "configMap"] {
            let Some(one) = given(source, key) else {
                continue;
            };
            sources += 1;
            need(one, &format!("{at_index}.{key}"), &["name"], faults);
            items(one, &format!("{at_index}.{key}"), faults);
            for item in list(one, "items") {
                once(
                    text(item, "path"),
                    text(one, "name"),
                    path,
                    &mut paths,
                    faults,
                );
            }
        }
        if let Some(one) = given(source, "downwardAPI") {
            sources += 1;
            for file in list(one, "items") {
                downward_file(file, &format!("{at_index}.downwardAPI"), faults);
                once(
                    text(file, "path"),
                    text(file, "path"),
                    path,
                    &mut paths,
                    faults,
                );
            }
        }
        if let Some(token) = given(source, "serviceAccountToken") {
            sources += 1;
            let seconds = number(token, "expirationSeconds");
            let field = format!("{at_index}.serviceAccountToken.expirationSeconds");
            if seconds < 600 {
                faults.invalid(
                    field,
                    &json!(seconds),
                    "may not specify a duration less than 10 minutes",
                );
            } else if seconds > 1 << 32 {
                faults.invalid(
                    field,
                    &json!(seconds),
                    "may not specify a duration larger than 2^32 seconds",
                );
            }
            if text(token, "path").is_empty() {
                faults.required(format!("{path}.path"), "");
            } else {
                not_reserved(text(token, "path"), &format!("{path}.path"), faults);
            }
        }
        if let Some(bundle) = given(source, "clusterTrustBundle") {
            sources += 1;
            trust_bundle(bundle, &format!("{at_index}.clusterTrustBundle"), faults);
            let file = text(bundle, "path");
            if paths.contains(&file) {
                faults.invalid(path, &json!(file), "conflicting duplicate paths");
            } else {
                paths.push(file);
            }
        }
        if given(source, "podCertificate").is_some() {
            sources += 1;
        }
        if sources > 1 {
            faults.forbidden(
                at_index,
                "may not specify more than 1 volume type per source",
            );
        }
    }
}

/// Models `validateProjectionSources`, for trusted certificates.
fn trust_bundle(bundle: &Value, path: &str, faults: &mut Faults) {
    let (name, signer) = (given(bundle, "name"), given(bundle, "signerName"));
    match (name, signer) {
        (Some(_), Some(_)) => {
            let shown = go::print("ClusterTrustBundleProjection", bundle, false);
            let detail = "only one of name and signerName may be used";
            faults.add(ordinal_api::status::Cause::invalid(path, &shown, detail));
        }
        (Some(name), None) => {
            if name == "" {
                let detail = "must be a valid object name";
                faults.required(format!("{path}.name"), detail);
            }
            for detail in names::dns_subdomain(name.as_str().unwrap_or_default()) {
                let detail = format!("not a valid clustertrustbundlename: {detail}");
                faults.invalid(format!("{path}.name"), name, &detail);
            }
            if let Some(selector) = given(bundle, "labelSelector") {
                let detail = "labelSelector must be unset if name is specified";
                let field = format!("{path}.labelSelector");
                faults.invalid_struct(&field, "LabelSelector", selector, detail);
            }
        }
        (None, Some(signer)) => {
            if signer == "" {
                let detail = "must be a valid signer name";
                faults.required(format!("{path}.signerName"), detail);
            }
            if let Some(selector) = given(bundle, "labelSelector") {
                names::selector(selector, &format!("{path}.labelSelector"), faults);
            }
        }
        (None, None) => faults.required(path, "either name or signerName must be specified"),
    }
    let file = text(bundle, "path");
    if file.is_empty() {
        faults.required(format!("{path}.path"), "");
    }
    not_reserved(file, &format!("{path}.path"), faults);
}

fn once<'a>(file: &'a str, shown: &str, path: &str, seen: &mut Vec<&'a str>, faults: &mut Faults) {
    if file.is_empty() {
        return;
    }
    if seen.contains(&file) {
        faults.invalid(path, &json!(shown), "conflicting duplicate paths");
    } else {
        seen.push(file);
    }
}
