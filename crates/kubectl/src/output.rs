//! What a command prints, and how errors are worded.
//!
//! Models kubectl `pkg/cmd/util/helpers.go` `StandardErrorMessage`, v0.37.

use ordinal_api::list::IntoList;
use ordinal_api::status::Reason;
use ordinal_api::{Kind, Status};

/// Both streams of a command and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code: 0 if all went well.
    pub exit: i32,
    /// What was printed before the end: the moment in milliseconds, and how long both streams were by then.
    pub moments: Vec<(u64, usize, usize)>,
}

impl Output {
    /// One line on standard output.
    pub fn line(text: impl Into<String>) -> Self {
        let mut output = Self::default();
        output.say(text);
        output
    }

    /// A whole text on standard output.
    pub fn printed(stdout: String) -> Self {
        Self {
            stdout,
            ..Self::default()
        }
    }

    /// `error: …` and exit code 1.
    pub fn error(text: impl std::fmt::Display) -> Self {
        Self {
            stderr: format!("error: {text}\n"),
            exit: 1,
            ..Self::default()
        }
    }

    /// The server's refusal, worded as kubectl words it.
    pub fn refused(status: &Status) -> Self {
        Self {
            stderr: refusal(status),
            exit: 1,
            ..Self::default()
        }
    }

    /// Appends a line to standard output.
    pub fn say(&mut self, text: impl Into<String>) {
        self.stdout.push_str(&text.into());
        self.stdout.push('\n');
    }

    /// Appends a line to standard error.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.stderr.push_str(&text.into());
        self.stderr.push('\n');
    }

    /// Appends what another command printed; the worse exit code counts.
    pub fn append(&mut self, other: Self) {
        let (out, err) = (self.stdout.len(), self.stderr.len());
        let moments = other.moments.iter();
        self.moments
            .extend(moments.map(|(at, o, e)| (*at, out + o, err + e)));
        self.stdout.push_str(&other.stdout);
        self.stderr.push_str(&other.stderr);
        self.exit = self.exit.max(other.exit);
    }

    /// What was printed so far was printed at this moment at the latest.
    pub(crate) fn printed_at(&mut self, world: &ordinal_core::World) {
        let lengths = (self.stdout.len(), self.stderr.len());
        if self.moments.last().map(|(_, o, e)| (*o, *e)) != Some(lengths) {
            self.moments.push((world.now().0, lengths.0, lengths.1));
        }
    }

    /// Prints on standard error before everything else.
    pub(crate) fn warn_first(&mut self, text: &str) {
        self.stderr.insert_str(0, text);
        for (_, _, err) in &mut self.moments {
            *err += text.len();
        }
    }

    /// Whether it went well.
    pub fn is_ok(&self) -> bool {
        self.exit == 0
    }
}

/// A refusal as kubectl prints it.
fn refusal(status: &Status) -> String {
    if status.reason == Reason::Invalid && status.details.causes.is_empty() {
        return format!("The request is invalid: {}\n", status.message);
    }
    if status.reason == Reason::Invalid && !status.details.causes.is_empty() {
        let of = &status.details;
        let what = if of.kind.is_empty() && of.name.is_empty() {
            "The request is invalid: ".to_owned()
        } else {
            format!("The {} \"{}\" is invalid: ", of.kind, of.name)
        };
        let mut causes: Vec<String> = status
            .details
            .causes
            .iter()
            .map(|c| format!("{}: {}", c.field, c.message))
            .into_list();
        causes.dedup();
        return match causes.as_slice() {
            [only] => format!("{what}{only}\n"),
            several => format!(
                "{what}\n{}",
                several
                    .iter()
                    .map(|c| format!("* {c}\n"))
                    .collect::<String>()
            ),
        };
    }
    if status.reason == Reason::Unknown {
        return format!("Error from server: {}\n", status.message);
    }
    format!(
        "Error from server ({}): {}\n",
        status.reason, status.message
    )
}

/// A refusal with what was being done: `error when creating "FILE": …`. Invalid objects keep their own form.
pub(crate) fn while_doing(status: &Status, doing: &str, file: &str) -> Output {
    if status.reason == Reason::Invalid && !status.details.causes.is_empty() {
        return Output::refused(status);
    }
    let message = format!("error when {doing} \"{file}\": {}", status.message);
    Output::refused(&Status {
        message,
        ..status.clone()
    })
}

/// `statefulset.apps/web`: as kubectl names an object in its answers.
pub(crate) fn typed_name(kind: Kind, name: &str) -> String {
    let names = kind.names();
    if names.group.is_empty() {
        format!("{}/{name}", names.singular)
    } else {
        format!("{}.{}/{name}", names.singular, names.group)
    }
}
