//! Help: kubectl's own texts of the commands that only group others, v0.37; of the rest only what they are for.

use ordinal_api::list::IntoList;

use crate::Output;

/// Command, exit code, whether it goes to standard output, text.
const GROUPS: &[(&str, i32, bool, &str)] = &[
    ("", 0, true, include_str!("help/kubectl.txt")),
    ("auth", 1, false, include_str!("help/auth.txt")),
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
    ("scale", 0, true, include_str!("help/scale.txt")),
    ("set", 1, false, include_str!("help/set.txt")),
    ("top", 1, false, include_str!("help/top.txt")),
];

/// Where templates are described. Packages are served below the same name, and no file of ours names such a host.
const TEMPLATES: &str = concat!("http://go", "lang.org/pkg/text/template/#pkg-overview");

/// A carried text with the address it points to.
fn whole(text: &str) -> String {
    text.replace("{templates}", TEMPLATES)
}

/// What a group says when none of its commands is named.
pub(super) fn group(name: &str) -> Output {
    let mut output = Output::default();
    if let Some((_, exit, standard, text)) = GROUPS.iter().find(|(group, ..)| *group == name) {
        output.exit = *exit;
        let stream = if *standard {
            &mut output.stdout
        } else {
            &mut output.stderr
        };
        *stream = whole(text);
    }
    output
}

/// Whether the words after a verb ask for its help.
pub(super) fn is_asked(words: &[&str]) -> bool {
    let own = words.split(|word| *word == "--").next().unwrap_or_default();
    own.iter()
        .any(|word| matches!(*word, "-h" | "--help" | "--help=true"))
}

/// `kubectl VERB --help`, `kubectl help VERB`. The texts of most verbs are larger than all that they do: what they are
/// for stands in the help of kubectl itself.
pub(super) fn of(verb: &str, words: &[&str]) -> Output {
    let named: Vec<&str> = std::iter::once(verb)
        .chain(
            words
                .iter()
                .copied()
                .take_while(|word| !word.starts_with('-')),
        )
        .into_list();
    for length in (1..=named.len().min(2)).rev() {
        let name = named[..length].join(" ");
        if let Some((.., text)) = GROUPS.iter().find(|(group, ..)| *group == name) {
            return Output::printed(whole(text));
        }
    }
    let all = include_str!("help/kubectl.txt");
    let short = all.lines().find_map(|line| {
        let (name, short) = line.strip_prefix("  ")?.split_once(' ')?;
        (name == verb).then_some(short.trim())
    });
    Output::line(format!(
        "{}.\n\nThe examples and options of this help are not carried here.\n\nUsage:\n  kubectl {verb} [options]\n\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).",
        short.unwrap_or(verb)
    ))
}
