//! "Share": the address of this run at this moment, and a frame of it for a course page.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use yew::platform::spawn_local;
use yew::{Callback, Html, html};

use super::memo::memo;
use super::menu::{Menu, item};
use crate::state::{Command, Page};

/// The list, which is built only while the menu is open.
#[derive(PartialEq)]
struct List(Callback<(), String>, Callback<Command>);

/// The menu's button, with its list while it is open.
pub(super) fn share_menu(
    link: &Callback<(), String>,
    copied: bool,
    act: &Callback<Command>,
) -> Html {
    let button = if copied { "Copied" } else { "Share" };
    html! {
        <Menu id="share" label="Share" button={html! { button }} end=true class="header__share">
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
        let act = act.clone();
        Callback::from(move |()| {
            let (act, copying) = (act.clone(), copy(&text));
            spawn_local(async move {
                // Where the page is served without TLS, or in a frame that may not, there is no clipboard.
                let copied = match copying {
                    Some(copying) => JsFuture::from(copying).await.is_ok(),
                    None => false,
                };
                act.emit(Command::Page(Page::Copied(copied)));
            });
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

/// Puts a text into the clipboard, if there is one: a promise that the browser may break.
fn copy(text: &str) -> Option<Promise> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let navigator = get(gloo::utils::window().as_ref(), "navigator")?;
    let clipboard = get(&navigator, "clipboard")?;
    let write: Function = get(&clipboard, "writeText")?.dyn_into().ok()?;
    write.call1(&clipboard, &text.into()).ok()?.dyn_into().ok()
}
