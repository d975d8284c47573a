//! Sentences in pieces: as the scene writes them, or with `code` in back quotes as the reader does.

use ordinal_scene::Span;
use yew::{Html, html};

/// The pieces of a sentence, each in its own emphasis.
pub(crate) fn sentence(spans: &[Span]) -> Html {
    let piece =
        |span: &Span| html! { <span class={span.emphasis.class()}>{ span.text.as_str() }</span> };
    spans.iter().map(piece).collect()
}

/// A sentence with what stands in back quotes as code.
pub(crate) fn quoted(sentence: &str) -> Html {
    let piece = |(number, text): (usize, &str)| match number % 2 {
        0 => html! { <>{ text }</> },
        _ => html! { <code>{ text }</code> },
    };
    sentence.split('`').enumerate().map(piece).collect()
}
