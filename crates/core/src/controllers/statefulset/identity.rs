//! Names and ordinals of a set's Pods and claims. Models `stateful_set_utils.go`.

use ordinal_api::Text;

/// The name of the Pod of an ordinal: `web-2`.
pub fn pod_name(set: &str, ordinal: u32) -> Text {
    format!("{set}-{ordinal}").into()
}

/// The name of the claim of a template for an ordinal: `data-web-2`.
pub fn claim_name(template: &str, set: &str, ordinal: u32) -> Text {
    format!("{template}-{set}-{ordinal}").into()
}

/// The ordinal in a Pod's name; `None` where there is none or it does not fit into an int32.
pub fn ordinal_of(pod: &str) -> Option<u32> {
    let (_, digits) = split(pod)?;
    digits
        .parse::<i32>()
        .ok()
        .and_then(|n| u32::try_from(n).ok())
}

/// The part of a Pod's name before its ordinal.
pub fn parent_of(pod: &str) -> Option<&str> {
    split(pod).map(|(parent, _)| parent)
}

/// Splits `(.*)-([0-9]+)`.
fn split(pod: &str) -> Option<(&str, &str)> {
    let (parent, digits) = pod.rsplit_once('-')?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some((parent, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_name_has_a_parent_and_an_ordinal_only_at_its_end() {
        assert_eq!(
            (parent_of("foo-1"), ordinal_of("foo-1")),
            (Some("foo"), Some(1))
        );
        assert_eq!((parent_of("1-bar"), ordinal_of("1-bar")), (None, None));
        assert_eq!(
            (parent_of("foo-99999999999"), ordinal_of("foo-99999999999")),
            (Some("foo"), None)
        );
    }
}
