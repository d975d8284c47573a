//! Sources that had their time, and files of volumes that lie on each other. Models pkg/api/pod/warnings.go, 1.37.

use ordinal_api::Value;

use super::super::validation::{at, list, text};

/// Volumes that had their time.
pub(super) const DEPRECATED: [(&str, &str); 9] = [
    (
        "photonPersistentDisk",
        "deprecated in v1.11, non-functional in v1.16+",
    ),
    (
        "gitRepo",
        "deprecated in v1.11, and disabled by default in v1.33+",
    ),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// Files of one volume that lie on each other. Models `warningsForOverlappingVirtualPaths`.
pub(super) fn overlaps(volume: &Value, found: &mut Vec<String>) {
    let name = text(volume, "name");
    let projected = at(volume, &["projected"]);
    let sources: Vec<&Value> = list(projected, "sources").iter().collect();
    let groups: Vec<(String, Vec<&Value>)> = if projected.is_null() {
        [
            ("configMap", "ConfigMap", "name"),
            ("secret", "Secret", "secretName"),
            ("downwardAPI", "DownwardAPI", ""),
        ]
        .iter()
        .filter_map(|(key, what, named)| {
            let source = volume.get(*key)?;
            let what = match *named {
                "" => (*what).to_owned(),
                named => format!("{what} {:?}", text(source, named)),
            };
            Some((what, vec![source]))
        })
        .collect()
    } else {
        vec![("Projected".to_owned(), sources)]
    };
    for (what, sources) in groups {
        let mut seen: Vec<(&str, String)> = Vec::new();
        for source in sources {
            let empty = source.as_object().is_none_or(serde_json::Map::is_empty);
            if what == "Projected" && empty {
                found.push(format!(
                    "volume {name:?} (Projected) has no sources provided"
                ));
                continue;
            }
            let mut paths: Vec<(&str, String)> = Vec::new();
            if what == "Projected" {
                for (key, of) in [
                    ("configMap", "ConfigMap"),
                    ("secret", "Secret"),
                    ("downwardAPI", "DownwardAPI"),
                ] {
                    let one = at(source, &[key]);
                    let of = if key == "downwardAPI" {
                        of.to_owned()
                    } else {
                        format!("{of} {:?}", text(one, "name"))
                    };
                    paths.extend(
                        list(one, "items")
                            .iter()
                            .map(|item| (text(item, "path"), format!(" ({of})"))),
                    );
                }
                let token = text(at(source, &["serviceAccountToken"]), "path");
                if !token.is_empty() {
                    paths.push((token, " (ServiceAccountToken)".to_owned()));
                }
            } else {
                paths.extend(
                    list(source, "items")
                        .iter()
                        .map(|item| (text(item, "path"), String::new())),
                );
            }
            for (path, of) in paths {
                let path = path.trim_end_matches('/');
                let under =
                    |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
                for (other, other_of) in seen
                    .iter()
                    .filter(|(other, _)| *other == path || under(other, path) || under(path, other))
                {
                    found.push(format!(
                        "volume {name:?} ({what}): overlapping paths: {path:?}{of} with {other:?}{other_of}"
                    ));
                }
                seen.push((path, of));
            }
        }
    }
}
