//! The few icons, drawn on 16 by 16 in the colour of the text.

use yew::{Html, html};

/// An icon, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Pause,
    Back,
    Forward,
    Decision,
    Light,
    Dark,
    Close,
    Down,
    Swap,
}

/// Draws an icon; whoever uses it says in words what it is for.
pub(crate) fn icon(which: Icon) -> Html {
    let (d, solid) = match which {
        Icon::Play => ("M5 3.2v9.6L12.6 8z", true),
        Icon::Pause => ("M4.4 3.2h2.6v9.6H4.4zM9 3.2h2.6v9.6H9z", true),
        Icon::Back => ("M10 3.5 5.5 8l4.5 4.5", false),
        Icon::Forward => ("M6 3.5 10.5 8 6 12.5", false),
        Icon::Decision => ("M3.5 3.5 8 8l-4.5 4.5M11.5 3.2v9.6", false),
        Icon::Light => (
            "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1",
            false,
        ),
        Icon::Dark => (
            "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
            false,
        ),
        Icon::Close => ("M4 4l8 8M12 4l-8 8", false),
        Icon::Swap => ("M3 5.5h9.5L10 3M13 10.5H3.5L6 13", false),
        Icon::Down => ("M4.5 6.2 8 9.8l3.5-3.6", false),
    };
    let class = if solid { "icon icon--solid" } else { "icon" };
    html! { <svg {class} viewBox="0 0 16 16" aria-hidden="true"><path {d} /></svg> }
}
