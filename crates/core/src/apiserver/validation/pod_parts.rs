//! What may change in a Pod through its subresources. Models pkg/apis/core/validation `ValidatePodEphemeralContainersUpdate`
//! and `ValidatePodResize`, 1.37.

use ordinal_api::value::overlay;
use ordinal_api::{Kind, Object, Value};
use serde_json::json;

use super::{Faults, at, diff, entries, given, go, list, text};

const MUTABLE: &str = "only cpu and memory resources are mutable";

/// Containers may be added to those that came later; none goes and none changes.
pub(super) fn added(object: &Value, old: &Value, faults: &mut Faults) {
    const FIELD: &str = "spec.ephemeralContainers";
    let containers = |of| list(at(of, &["spec"]), "ephemeralContainers");
    for old in containers(old) {
        let name = text(old, "name");
        let mut mine = containers(object).iter().rev();
        let Some(mine) = mine.find(|container| text(container, "name") == name) else {
            let detail = format!("existing ephemeral containers \"{name}\" may not be removed\n");
            faults.forbidden(FIELD, &detail);
            continue;
        };
        if mine != old {
            let print = |container: &Value| go::print("EphemeralContainer", container, true);
            let lines = diff::of(&print(old), &print(mine));
            let detail =
                format!("existing ephemeral containers \"{name}\" may not be changed\n{lines}");
            faults.forbidden(FIELD, &detail);
        }
    }
}

/// Containers may ask for more or less, but for nothing else and not for nothing.
pub(super) fn resized(object: &Value, old: &Value, faults: &mut Faults) {
    let (new, before) = (at(object, &["spec"]), at(old, &["spec"]));
    let class = |pod: &Value| {
        let pod = Object::from_value(Kind::Pod, pod).ok();
        pod.and_then(|pod| pod.as_pod().map(|pod| pod.qos_class()))
    };
    if class(object) != class(old) {
        let shown = json!(class(old).unwrap_or_default());
        let detail = "Pod QOS Class may not change as a result of resizing";
        faults.invalid("spec", &shown, detail);
    }
    let running = list(at(old, &["status"]), "containerStatuses").iter();
    let mut running = running.filter(|status| given(at(status, &["state"]), "running").is_some());
    if running
        .next()
        .is_some_and(|status| given(status, "resources").is_none())
    {
        faults.forbidden("spec", "Pod running on node without support for resize");
    }
    whole_pod(new, before, faults);
    let ordered = faults.len();
    for key in ["containers", "initContainers"] {
        let (mine, before) = (list(new, key), list(before, key));
        if mine.len() != before.len() {
            let detail = format!("{key} may not be added or removed on resize");
            faults.forbidden(format!("spec.{key}"), &detail);
            continue;
        }
        for (index, (mine, before)) in mine.iter().zip(before).enumerate() {
            if text(mine, "name") != text(before, "name") {
                let detail = format!("{key} may not be renamed or reordered on resize");
                faults.forbidden(format!("spec.{key}[{index}].name"), &detail);
            }
        }
    }
    if faults.len() > ordered {
        return;
    }
    for key in ["initContainers", "containers"] {
        for (index, (mine, before)) in list(new, key).iter().zip(list(before, key)).enumerate() {
            for part in ["requests", "limits"] {
                if removed(at(mine, &["resources"]), at(before, &["resources"]), part) {
                    let detail = format!("resource {part} cannot be removed");
                    faults.forbidden(format!("spec.{key}[{index}].resources.{part}"), &detail);
                }
            }
        }
    }
    for (mine, before) in list(new, "containers")
        .iter()
        .zip(list(before, "containers"))
    {
        if changed(mine, before) {
            faults.forbidden("spec", MUTABLE);
        }
    }
    let pairs = list(new, "initContainers")
        .iter()
        .zip(list(before, "initContainers"));
    for (index, (mine, before)) in pairs.enumerate() {
        let field = format!("spec.initContainers[{index}]");
        if changed(mine, before) {
            let detail = "only cpu and memory resources for init or sidecar containers are mutable";
            faults.forbidden(&field, detail);
        }
        let restarts = |policy: &Value| text(policy, "restartPolicy") == "RestartContainer";
        let sidecar = text(mine, "restartPolicy") == "Always";
        if mine != before && !sidecar && list(mine, "resizePolicy").iter().any(restarts) {
            let detail = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
            faults.forbidden(field, detail);
        }
    }
}

/// What the Pod as a whole asks for.
fn whole_pod(new: &Value, before: &Value, faults: &mut Faults) {
    const KEY: &str = "resources";
    let (mine, before) = (at(new, &[KEY]), at(before, &[KEY]));
    let asks = |of: &Value| {
        ["requests", "limits"]
            .iter()
            .any(|part| entries(of, part).next().is_some())
    };
    if !asks(mine) && !asks(before) {
        return;
    }
    if mine.is_null() {
        return faults.forbidden("spec.resources", "pod-level resources cannot be removed");
    }
    for part in ["requests", "limits"] {
        if !before.is_null() && removed(mine, before, part) {
            let detail = format!("pod-level resource {part} cannot be removed");
            faults.forbidden(format!("spec.resources.{part}"), &detail);
        }
    }
    let other = |of: &Value| ["requests", "limits"].map(|part| others(of, part));
    if other(mine) != other(before) {
        faults.forbidden(
            "spec",
            "only cpu and memory resources are mutable at pod-level",
        );
    }
}

/// Whether something that was asked for is asked for no more.
fn removed(mine: &Value, before: &Value, part: &str) -> bool {
    entries(before, part).any(|(name, _)| at(mine, &[part, name]).is_null())
}

/// What is asked for besides processors and memory.
fn others(resources: &Value, part: &str) -> Vec<(String, Value)> {
    let all = entries(resources, part);
    let others = all.filter(|(name, _)| !matches!(name.as_str(), "cpu" | "memory"));
    others
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether a container differs in more than processors and memory.
fn changed(mine: &Value, before: &Value) -> bool {
    let rest = |container: &Value| {
        let mut rest = container.clone();
        let resources = at(container, &["resources"]);
        let claims = at(resources, &["claims"]).clone();
        overlay(&mut rest, "resources", None);
        (
            rest,
            claims,
            ["requests", "limits"].map(|part| others(resources, part)),
        )
    };
    rest(mine) != rest(before)
}
