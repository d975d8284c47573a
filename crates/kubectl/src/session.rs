//! What a terminal remembers between lines.

use std::collections::BTreeMap;

/// The current namespace, and the files that `-f` can name.
#[derive(Clone, Debug)]
pub struct Session {
    /// Namespace for commands that name none.
    pub namespace: String,
    /// Files by name; `-` is the standard input.
    pub files: BTreeMap<String, String>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            files: BTreeMap::new(),
        }
    }
}

impl Session {
    /// A session whose standard input is this text.
    pub fn with_stdin(text: &str) -> Self {
        Self {
            files: BTreeMap::from([("-".to_owned(), text.to_owned())]),
            ..Self::default()
        }
    }
}
