//! A Pod's specification. Models pkg/apis/core/validation `ValidatePodSpec`, 1.37.

use ordinal_api::status::Cause;
use serde_json::{Value, json};

use super::{Faults, at, containers, list, names, text};

/// Validates a specification; `claims` are the claim templates of a StatefulSet, whose volumes come first.
pub(super) fn spec(spec: &Value, path: &str, claims: Option<&[Value]>, faults: &mut Faults) {
    let volumes = volumes(spec, path, claims.unwrap_or_default(), faults);
    for (index, container) in list(spec, "initContainers").iter().enumerate() {
        let path = format!("{path}.initContainers[{index}]");
        containers::container(container, &path, &volumes, spec, faults);
        let sidecar = text(container, "restartPolicy") == "Always";
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            if !sidecar && container.get(probe).is_some_and(|p| !p.is_null()) {
                let detail = "may not be set for init containers without restartPolicy=Always";
                faults.add(Cause::forbidden(format!("{path}.{probe}"), detail));
            }
        }
    }
    let all = list(spec, "containers");
    if all.is_empty() {
        faults.required(format!("{path}.containers"), "");
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, container) in all.iter().enumerate() {
        let path = format!("{path}.containers[{index}]");
        containers::container(container, &path, &volumes, spec, faults);
        let name = text(container, "name");
        if !name.is_empty() && seen.contains(&name) {
            faults.add(Cause::duplicate(
                format!("{path}.name"),
                &json!(name).to_string(),
            ));
        }
        seen.push(name);
    }
    host_ports(all, path, faults);
    faults.one_of(
        format!("{path}.restartPolicy"),
        spec.get("restartPolicy"),
        &["Always", "OnFailure", "Never"],
    );
    placement(spec, path, faults);
    for (key, value) in [
        ("hostname", at(spec, &["hostname"])),
        ("subdomain", at(spec, &["subdomain"])),
    ] {
        if let Some(text) = value.as_str().filter(|t| !t.is_empty()) {
            faults.all(&format!("{path}.{key}"), value, names::dns_label(text));
        }
    }
    if !list(spec, "schedulingGates").is_empty() && !text(spec, "nodeName").is_empty() {
        let detail = "cannot be set until all schedulingGates have been cleared";
        faults.add(Cause::forbidden(format!("{path}.nodeName"), detail));
    }
}

/// Validates the volumes and returns their names.
fn volumes(spec: &Value, path: &str, claims: &[Value], faults: &mut Faults) -> Vec<String> {
    let name_of = |claim: &Value| {
        at(claim, &["metadata", "name"])
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let mut known: Vec<String> = Vec::new();
    for claim in claims {
        let name = name_of(claim);
        if known.contains(&name) {
            continue;
        }
        let path = format!("{path}.volumes[{}]", known.len());
        if name.is_empty() {
            faults.required(format!("{path}.persistentVolumeClaim.claimName"), "");
            faults.required(format!("{path}.name"), "");
        } else {
            faults.all(
                &format!("{path}.name"),
                &json!(name),
                names::dns_label(&name),
            );
        }
        known.push(name);
    }
    // A template replaces a volume of its name.
    let own = list(spec, "volumes")
        .iter()
        .filter(|v| !claims.iter().any(|c| name_of(c) == text(v, "name")));
    let mut seen: Vec<&str> = Vec::new();
    for volume in own {
        let path = format!("{path}.volumes[{}]", known.len());
        let name = text(volume, "name");
        volume_source(volume, &path, faults);
        if name.is_empty() {
            faults.required(format!("{path}.name"), "");
        } else {
            let wrong = names::dns_label(name);
            if wrong.is_empty() && seen.contains(&name) {
                faults.add(Cause::duplicate(
                    format!("{path}.name"),
                    &json!(name).to_string(),
                ));
            }
            faults.all(&format!("{path}.name"), &json!(name), wrong);
        }
        seen.push(name);
        known.push(name.to_owned());
    }
    // A name that is wrong is not known to the mounts either.
    known.retain(|name| names::dns_label(name).is_empty());
    known
}

fn volume_source(volume: &Value, path: &str, faults: &mut Faults) {
    let sources: Vec<&String> = volume
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, value)| *key != "name" && !value.is_null())
        .map(|(key, _)| key)
        .collect();
    // The server looks at the sources in the order of its own struct, of which these come first.
    let rank = |key: &str| {
        [
            "hostPath",
            "gitRepo",
            "gcePersistentDisk",
            "awsElasticBlockStore",
            "secret",
            "nfs",
        ]
        .iter()
        .position(|k| *k == key)
    };
    let mut ordered = sources.clone();
    ordered.sort_by_key(|key| {
        (
            key.as_str() != "emptyDir",
            rank(key).unwrap_or(99),
            (*key).clone(),
        )
    });
    for extra in ordered.iter().skip(1) {
        faults.add(Cause::forbidden(
            format!("{path}.{extra}"),
            "may not specify more than 1 volume type",
        ));
    }
    if ordered.len() > 1 {
        return;
    }
    let needed = [
        ("secret", "secretName"),
        ("configMap", "name"),
        ("persistentVolumeClaim", "claimName"),
    ];
    for (source, key) in needed {
        if volume
            .get(source)
            .is_some_and(|s| s.is_object() && text(s, key).is_empty())
        {
            faults.required(format!("{path}.{source}.{key}"), "");
        }
    }
    if let Some(host) = volume.get("hostPath").filter(|h| h.is_object()) {
        if text(host, "path").is_empty() {
            faults.required(format!("{path}.hostPath.path"), "");
        }
        let types = [
            "",
            "BlockDevice",
            "CharDevice",
            "Directory",
            "DirectoryOrCreate",
            "File",
            "FileOrCreate",
            "Socket",
        ];
        faults.one_of(format!("{path}.hostPath.type"), host.get("type"), &types);
    }
}

fn host_ports(containers: &[Value], path: &str, faults: &mut Faults) {
    let mut taken: Vec<String> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for (number, port) in list(container, "ports").iter().enumerate() {
            let Some(host) = port
                .get("hostPort")
                .and_then(Value::as_i64)
                .filter(|p| *p > 0)
            else {
                continue;
            };
            let key = format!("{}/{}/{host}", text(port, "protocol"), text(port, "hostIP"));
            if taken.contains(&key) {
                let field = format!("{path}.containers[{index}].ports[{number}].hostPort");
                faults.add(Cause::duplicate(field, &json!(key).to_string()));
            }
            taken.push(key);
        }
    }
}

fn placement(spec: &Value, path: &str, faults: &mut Faults) {
    names::labels(
        at(spec, &["nodeSelector"]),
        &format!("{path}.nodeSelector"),
        faults,
    );
    let required = at(
        spec,
        &[
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
        ],
    );
    if required.is_object() && list(required, "nodeSelectorTerms").is_empty() {
        let field = format!(
            "{path}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
        );
        faults.required(field, "must have at least one node selector term");
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let terms = list(
            at(spec, &["affinity", kind]),
            "requiredDuringSchedulingIgnoredDuringExecution",
        );
        for (index, term) in terms.iter().enumerate() {
            let path = format!(
                "{path}.affinity.{kind}.requiredDuringSchedulingIgnoredDuringExecution[{index}]"
            );
            let key = text(term, "topologyKey");
            if key.is_empty() {
                faults.required(format!("{path}.topologyKey"), "can not be empty");
            }
            faults.all(
                &format!("{path}.topologyKey"),
                &json!(key),
                names::label_key(key),
            );
            names::selector(
                at(term, &["labelSelector"]),
                &format!("{path}.labelSelector"),
                faults,
            );
        }
    }
    for (index, toleration) in list(spec, "tolerations").iter().enumerate() {
        tolerate(toleration, &format!("{path}.tolerations[{index}]"), faults);
    }
    for (index, constraint) in list(spec, "topologySpreadConstraints").iter().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{index}]");
        let skew = at(constraint, &["maxSkew"]);
        if skew.as_i64().unwrap_or(0) <= 0 {
            let skew = if skew.is_null() { &json!(0) } else { skew };
            faults.invalid(format!("{path}.maxSkew"), skew, "must be greater than zero");
        }
        if text(constraint, "topologyKey").is_empty() {
            faults.required(format!("{path}.topologyKey"), "can not be empty");
        }
        faults.one_of(
            format!("{path}.whenUnsatisfiable"),
            constraint.get("whenUnsatisfiable"),
            &["DoNotSchedule", "ScheduleAnyway"],
        );
    }
}

fn tolerate(toleration: &Value, path: &str, faults: &mut Faults) {
    let (key, operator, value, effect) = (
        text(toleration, "key"),
        text(toleration, "operator"),
        text(toleration, "value"),
        text(toleration, "effect"),
    );
    if !key.is_empty() {
        faults.all(&format!("{path}.key"), &json!(key), names::label_key(key));
    }
    if key.is_empty() && operator != "Exists" {
        let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        faults.invalid(format!("{path}.operator"), &json!(operator), detail);
    }
    if toleration
        .get("tolerationSeconds")
        .is_some_and(|s| !s.is_null())
        && effect != "NoExecute"
    {
        let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        faults.invalid(format!("{path}.effect"), &json!(effect), detail);
    }
    match operator {
        "" | "Equal" => faults.all(
            &format!("{path}.operator"),
            &json!(value),
            names::label_value(value),
        ),
        "Exists" if !value.is_empty() => {
            faults.invalid(
                format!("{path}.operator"),
                &json!(value),
                "value must be empty when `operator` is 'Exists'",
            );
        }
        "Exists" => {}
        _ => faults.one_of(
            format!("{path}.operator"),
            toleration.get("operator"),
            &["Equal", "Exists"],
        ),
    }
    if !effect.is_empty() {
        faults.one_of(
            format!("{path}.effect"),
            toleration.get("effect"),
            &["NoSchedule", "PreferNoSchedule", "NoExecute"],
        );
    }
}

/// What may change in a Pod: images, deadline, tolerations (added), grace from negative to 1.
pub(super) fn update(object: &Value, old: &Value, faults: &mut Faults) {
    let stripped = |object: &Value| {
        let mut spec = at(object, &["spec"]).clone();
        for list in ["containers", "initContainers"] {
            for container in spec
                .get_mut(list)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                ordinal_api::value::overlay(container, "image", None);
            }
        }
        for key in [
            "activeDeadlineSeconds",
            "tolerations",
            "terminationGracePeriodSeconds",
        ] {
            ordinal_api::value::overlay(&mut spec, key, None);
        }
        spec
    };
    let kept = list(at(old, &["spec"]), "tolerations")
        .iter()
        .all(|t| list(at(object, &["spec"]), "tolerations").contains(t));
    if stripped(object) != stripped(old) || !kept {
        faults.add(Cause::forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        ));
    }
}
