//! What the cluster said to the last command: heard always, shown where it refused.

use yew::{Callback, Html, html};

use super::icon::{Icon, icon};
use crate::state::{Command, Notice, Page, Tone};

/// What the notice needs.
#[derive(PartialEq)]
pub(crate) struct NoticeProps {
    /// The message.
    pub(crate) notice: Option<Notice>,
    /// Whether it is seen elsewhere: what is wrong with a text stands below that text.
    pub(crate) told: bool,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The message; its place is always there, so that it is heard when it comes.
pub(crate) fn notices(props: &NoticeProps) -> Html {
    let message = |notice: &Notice| {
        // What went well stands beside the clock.
        let told = props.told && notice.line.is_empty();
        let class = match notice.tone {
            Tone::Refused if !told => "notice notice--refused",
            _ => "heard",
        };
        // What scrolls is reached by the keyboard.
        let tabindex = (class != "heard").then_some("0");
        html! {
            <div {class}>
                <div class="notice__text" {tabindex}>
                    if !notice.line.is_empty() {
                        <code class="notice__line">{ &notice.line }</code>
                    }
                    if notice.text != notice.line {
                        <span class="notice__said">{ &notice.text }</span>
                    }
                </div>
                if notice.tone == Tone::Refused && !told {
                <button
                    type="button"
                    class="button button--icon button--quiet"
                    aria-label="Dismiss"
                    onclick={props.act.reform(|_| Command::Page(Page::Dismiss))}
                >
                    { icon(Icon::Close) }
                </button>
                }
            </div>
        }
    };
    html! { <div class="notices" role="status" aria-live="polite">{ for props.notice.iter().map(message) }</div> }
}
