//! Sentences in pieces: as the scene writes them, or with `code` in back quotes as the reader does.

use ordinal_scene::Span;
use yew::{Html, html};

/// Longer names than this may break after a hyphen.
const SHORT: usize = 28;

/// The pieces of a sentence, each in its own emphasis.
pub(crate) fn sentence(spans: &[Span]) -> Html {
    let piece = |span: &Span| html! { <span class={span.emphasis.class()}>{ for span.text.split_inclusive(' ').map(word) }</span> };
    spans.iter().map(piece).collect()
}

/// A word with the space behind it; a name such as `web-0` stays on one line.
fn word(word: &str) -> Html {
    if word.contains('-') && word.len() <= SHORT {
        html! { <><span class="sentence__name">{ word.trim_end() }</span>{ &word[word.trim_end().len()..] }</> }
    } else {
        html! { <>{ word }</> }
    }
}

/// A sentence with what stands in back quotes as code.
pub(crate) fn quoted(sentence: &str) -> Html {
    let piece = |(number, text): (usize, &str)| match number % 2 {
        0 => html! { <>{ text }</> },
        _ => html! { <code>{ text }</code> },
    };
    sentence.split('`').enumerate().map(piece).collect()
}
