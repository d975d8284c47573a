//! The caption: the beat as a sentence, seen and heard.

use ordinal_scene::Caption;
use yew::{Html, html};

use super::spans::sentence;

/// What the caption needs.
#[derive(PartialEq)]
pub(crate) struct CaptionProps {
    /// The sentence; none before anything happened.
    pub(crate) caption: Option<Caption>,
}

/// The caption.
pub(crate) fn caption(props: &CaptionProps) -> Html {
    let said = match &props.caption {
        Some(caption) => sentence(&caption.spans),
        None => {
            html! { <span class="sentence__aside">{ "Press play, or step through the run." }</span> }
        }
    };
    html! {
        <div class="caption">
            <p class="caption__said sentence" role="status" aria-live="polite" aria-atomic="true"><span>{ said }</span></p>
        </div>
    }
}
