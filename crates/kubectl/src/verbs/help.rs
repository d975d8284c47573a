//! What commands that only group others say: their help. kubectl's own texts, v0.37.

use crate::Output;

/// Command, exit code, whether it goes to standard output, text.
const GROUPS: &[(&str, i32, bool, &str)] = &[
    ("", 0, true, include_str!("help/kubectl.txt")),
    ("certificate", 0, true, include_str!("help/certificate.txt")),
    ("config", 1, false, include_str!("help/config.txt")),
    (
        "create secret",
        1,
        false,
        include_str!("help/create-secret.txt"),
    ),
    (
        "create service",
        1,
        false,
        include_str!("help/create-service.txt"),
    ),
    ("rollout", 1, true, include_str!("help/rollout.txt")),
    ("set", 1, false, include_str!("help/set.txt")),
    ("top", 1, false, include_str!("help/top.txt")),
];

/// What a group says when none of its commands is named.
pub(super) fn group(name: &str) -> Output {
    let mut output = Output::default();
    if let Some((_, exit, standard, text)) = GROUPS.iter().find(|(group, ..)| *group == name) {
        output.exit = *exit;
        if *standard {
            (*text).clone_into(&mut output.stdout);
        } else {
            (*text).clone_into(&mut output.stderr);
        }
    }
    output
}
