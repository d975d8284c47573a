//! The parts of a Pod with their paths, in the server's order: validation and warnings go the same way.

use serde_json::Value;

use super::list;

/// The containers of a specification with their paths. Models pkg/apis/core/pods `VisitContainersWithPath`.
pub(in crate::apiserver) fn containers<'a>(
    spec: &'a Value,
    path: &str,
) -> Vec<(String, &'a Value)> {
    let mut all = Vec::new();
    for key in ["initContainers", "containers", "ephemeralContainers"] {
        for (index, container) in list(spec, key).iter().enumerate() {
            all.push((format!("{path}.{key}[{index}]"), container));
        }
    }
    all
}
