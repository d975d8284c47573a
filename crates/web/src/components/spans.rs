//! Sentences in pieces, as the scene writes them.

use ordinal_scene::Span;
use yew::{Html, html};

/// The pieces of a sentence, each in its own emphasis.
pub(crate) fn sentence(spans: &[Span]) -> Html {
    let piece =
        |span: &Span| html! { <span class={span.emphasis.class()}>{ span.text.as_str() }</span> };
    spans.iter().map(piece).collect()
}
