//! Everything that can be asked of the page: by a button, a menu, a key, the address or a script. One place applies it.

use ordinal_api::ObjectKey;
use ordinal_core::release::Release;

use super::terminal::Key;

/// Something that is asked for, by family.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// Moves the playhead.
    Time(Time),
    /// Acts on the cluster at the playhead: a kubectl line or a fault line, `kubectl scale sts web --replicas=5`.
    Line(String),
    /// Changes what is to run.
    Text(Text),
    /// Changes what is shown.
    Page(Page),
    /// Is typed into a terminal, by its id.
    Terminal(u32, Key),
}

/// Moves of the playhead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Time {
    PlayPause,
    StepBack,
    StepForward,
    NextDecision,
    PreviousDecision,
    /// The run that went another way.
    Other,
    Start,
    End,
    Faster,
    Slower,
    Speed(f64),
    /// Presentation time, in milliseconds.
    Seek(f64),
}

/// Changes of what is to run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Text {
    /// The text was changed; it is read, but not run.
    Edit(String),
    /// The text is to run in a fresh cluster.
    Run(String),
    /// A text from outside of the editor: it is shown there, and runs in a fresh cluster.
    Take(String),
    /// The text is applied to the cluster as it is at the playhead.
    Apply(String),
    /// An example of that name.
    Example(&'static str),
    /// A fresh cluster in which nothing was applied.
    Empty,
    /// A repair, by its id, is wanted or undone.
    Repair(String, bool),
    /// Placeholders for missing objects are wanted or not.
    FillMissing(bool),
    /// Release of Kubernetes.
    Release(Release),
    /// Number of machines.
    Nodes(usize),
}

/// Changes of what is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Page {
    /// Selects a thing, or nothing.
    Select(Option<ObjectKey>),
    /// Shows a panel.
    Show(Panel),
    /// Opens or closes the sheet that carries the panels on a narrow page.
    Sheet(bool),
    /// Light, dark, or as the system says.
    Theme(Theme),
    /// Takes the last answer away.
    Dismiss,
    /// Whether somebody is typing into a terminal.
    Types(bool),
    /// What would free the selected thing is to be tried.
    Free,
    /// The address of this run was copied, or could not be.
    Copied(bool),
}

/// The panels beside the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Panel {
    #[default]
    Inspector,
    Manifests,
    Terminal,
    Events,
}

/// Colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Time {
    /// The moves that have a key.
    pub(crate) const WITH_KEYS: [Self; 9] = [
        Self::PlayPause,
        Self::StepBack,
        Self::StepForward,
        Self::NextDecision,
        Self::Start,
        Self::End,
        Self::Faster,
        Self::Slower,
        Self::Other,
    ];

    /// What its button is called.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::PlayPause => "Play or pause",
            Self::StepBack => "Step back",
            Self::StepForward => "Step",
            Self::NextDecision => "Next decision",
            Self::PreviousDecision => "Previous decision",
            Self::Other => "Other run",
            Self::Start => "To the start",
            Self::End => "To the end",
            Self::Faster => "Faster",
            Self::Slower => "Slower",
            Self::Speed(_) => "Speed",
            Self::Seek(_) => "Seek",
        }
    }

    /// One sentence about it.
    pub(crate) const fn help(self) -> &'static str {
        match self {
            Self::PlayPause => "Let time run, or hold it.",
            Self::StepBack => "Back to the beat before.",
            Self::StepForward => "On to the next beat.",
            Self::NextDecision => "On to the next moment at which somebody decides something.",
            Self::PreviousDecision => {
                "Back to the last moment at which somebody decided something."
            }
            Self::Other => "This moment in the run as it went before you acted in its past.",
            Self::Start => "Back to the beginning.",
            Self::End => "To the last moment that is known.",
            Self::Faster => "Play faster.",
            Self::Slower => "Play slower.",
            Self::Speed(_) => "How fast it plays.",
            Self::Seek(_) => "Any moment of the run.",
        }
    }

    /// The key, as `KeyboardEvent.key` names it.
    pub(crate) const fn shortcut(self) -> Option<&'static str> {
        match self {
            Self::PlayPause => Some(" "),
            Self::StepBack => Some("ArrowLeft"),
            Self::StepForward => Some("ArrowRight"),
            Self::NextDecision => Some("n"),
            Self::Other => Some("o"),
            Self::Start => Some("Home"),
            Self::End => Some("End"),
            Self::Faster => Some("+"),
            Self::Slower => Some("-"),
            Self::PreviousDecision | Self::Speed(_) | Self::Seek(_) => None,
        }
    }
}

impl Panel {
    /// Every panel, in their order.
    pub(crate) const ALL: [Self; 4] = [
        Self::Inspector,
        Self::Manifests,
        Self::Terminal,
        Self::Events,
    ];

    /// What its tab is called.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Inspector => "Inspector",
            Self::Manifests => "Manifests",
            Self::Terminal => "Terminal",
            Self::Events => "Events",
        }
    }

    /// The part of ids and classes that names it.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Inspector => "inspector",
            Self::Manifests => "manifests",
            Self::Terminal => "terminal",
            Self::Events => "events",
        }
    }

    /// The key that shows it.
    pub(crate) const fn shortcut(self) -> &'static str {
        match self {
            Self::Inspector => "i",
            Self::Manifests => "m",
            Self::Terminal => "t",
            Self::Events => "e",
        }
    }
}

/// The command of a key that is pressed where no text is typed.
pub(crate) fn of_key(key: &str) -> Option<Command> {
    let lower = key.to_ascii_lowercase();
    let time = Time::WITH_KEYS
        .into_iter()
        .find(|time| time.shortcut() == Some(key) || time.shortcut() == Some(&lower));
    if let Some(time) = time {
        return Some(Command::Time(time));
    }
    if let Some(panel) = Panel::ALL.into_iter().find(|p| p.shortcut() == lower) {
        return Some(Command::Page(Page::Show(panel)));
    }
    (key == "Escape").then_some(Command::Page(Page::Select(None)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_leads_to_its_own_command() {
        for time in Time::WITH_KEYS {
            let key = time.shortcut().expect("it is listed with a key");
            assert_eq!(of_key(key), Some(Command::Time(time)));
        }
        for panel in Panel::ALL {
            let shown = Some(Command::Page(Page::Show(panel)));
            assert_eq!(of_key(panel.shortcut()), shown);
        }
    }

    #[test]
    fn letters_work_with_caps_lock() {
        assert_eq!(of_key("N"), Some(Command::Time(Time::NextDecision)));
    }

    #[test]
    fn other_keys_ask_for_nothing() {
        assert_eq!(of_key("q"), None);
        assert_eq!(of_key("Tab"), None);
    }
}
