//! `--append-hash`: a name that tells what is inside.
//!
//! Models kubectl `pkg/util/hash/hash.go`, v0.37.

use ordinal_api::Value;
use serde_json::json;
use sha2::{Digest, Sha256};

/// The end of the name of a ConfigMap or Secret.
pub(super) fn of(object: &Value) -> String {
    let mut told = json!({
        "kind": object["kind"], "name": object["metadata"]["name"],
        "data": object.get("data").cloned().unwrap_or_else(|| json!({})),
    });
    if object["kind"] == "Secret" {
        told["type"] = object.get("type").cloned().unwrap_or_else(|| json!(""));
    }
    let digest = Sha256::digest(told.to_string());
    // No vowels and none of the digits that look like them.
    let letter = |nibble: u8| char::from(b"gh2k456789mbcdtf"[usize::from(nibble & 15)]);
    digest[..5]
        .iter()
        .flat_map(|byte| [letter(byte >> 4), letter(*byte)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_as_kubectl_ends_them() {
        let config = json!({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}});
        assert_eq!(of(&config), "75d544dcc8");
        let secret = json!({"kind": "Secret", "metadata": {"name": "a"}, "type": "x"});
        assert_eq!(of(&secret), "t29b6fhfm6");
    }
}
