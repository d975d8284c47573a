//! "Share": the address of this run at this moment, and a frame of it for a course page.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use yew::{Callback, Html, html};

use super::memo::memo;
use super::menu::{Menu, item};
use crate::state::{Command, Page};

/// The list, which is built only while the menu is open.
#[derive(PartialEq)]
struct List(Callback<(), String>, Callback<Command>);

/// The menu's button, with its list while it is open.
pub(super) fn share_menu(link: &Callback<(), String>, act: &Callback<Command>) -> Html {
    html! {
        <Menu id="share" label="Share" button={html! { "Share" }} end=true class="header__share">
            { memo(List(link.clone(), act.clone()), list) }
        </Menu>
    }
}

fn list(List(link, act): &List) -> Html {
    let link = link.emit(());
    let framed = link.replacen('#', "?embed=1#", 1);
    let frame = format!(
        "<iframe src=\"{framed}\" title=\"Ordinal\" width=\"100%\" height=\"720\"></iframe>"
    );
    let on_copy = |text: &str| {
        let text = text.to_owned();
        act.reform(move |()| {
            copy(&text);
            Command::Page(Page::Copied)
        })
    };
    let (on_link, on_frame) = (on_copy(&link), on_copy(&frame));
    html! {
        <>
            { item("Copy a link", "This run at this moment, with everything that was done in it.", false, on_link) }
            { item("Copy a frame", "The same as a line of HTML for a course page.", false, on_frame) }
            <code class="menu__text" aria-hidden="true">{ link }</code>
        </>
    }
}

/// Puts a text into the clipboard. Where a frame may not, the address stands in the menu.
fn copy(text: &str) {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let navigator = get(gloo::utils::window().as_ref(), "navigator");
    let clipboard = navigator.and_then(|of| get(&of, "clipboard"));
    let write = clipboard.as_ref().and_then(|of| get(of, "writeText"));
    if let (Some(clipboard), Some(write)) =
        (clipboard, write.and_then(|w| w.dyn_into::<Function>().ok()))
    {
        // A refusal is the browser's to show.
        let _ = write.call1(&clipboard, &text.into());
    }
}
