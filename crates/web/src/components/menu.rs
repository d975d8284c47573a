//! A button that opens a menu below itself, moved through with the arrow keys.

use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, KeyboardEvent, MouseEvent, Node};
use yew::{
    AttrValue, Callback, Html, NodeRef, Properties, classes, component, html, use_effect_with,
    use_node_ref, use_state_eq,
};

use super::focus::focus_on;

const ITEMS: &str = "[role^=menuitem]";

/// What a menu is made of.
#[derive(PartialEq, Properties)]
pub(crate) struct MenuProps {
    /// Name for those who do not see the button, and its DOM id.
    pub(crate) id: AttrValue,
    /// What its list is called.
    pub(crate) label: AttrValue,
    /// What stands on the button.
    pub(crate) button: Html,
    /// Further class names of the button.
    #[prop_or_default]
    pub(crate) class: AttrValue,
    /// Whether the list ends where the button ends, instead of beginning where it begins.
    #[prop_or_default]
    pub(crate) end: bool,
    /// The items; built only while the menu is open.
    pub(crate) children: Html,
}

/// A button with a menu.
#[component]
pub(crate) fn Menu(props: &MenuProps) -> Html {
    let open = use_state_eq(|| false);
    let root = use_node_ref();
    let list = use_node_ref();

    {
        let list = list.clone();
        use_effect_with(*open, move |open| {
            if let Some(list) = list.cast::<Element>().filter(|_| *open) {
                focus(&list, |_, _| 0);
            }
        });
    }
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let on_focus_out = {
        let (open, root) = (open.clone(), root.clone());
        Callback::from(move |event: FocusEvent| {
            let next = event
                .related_target()
                .and_then(|t| t.dyn_into::<Node>().ok());
            let inside = root
                .cast::<Node>()
                .is_some_and(|root| root.contains(next.as_ref()));
            if !inside {
                open.set(false);
            }
        })
    };
    let on_key = {
        let (open, root, list) = (open.clone(), root.clone(), list.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(list) = list.cast::<Element>() else {
                if event.key() == "ArrowDown" {
                    event.prevent_default();
                    open.set(true);
                }
                return;
            };
            match event.key().as_str() {
                "ArrowDown" | "ArrowRight" => focus(&list, |at, len| (at + 1) % len),
                "ArrowUp" | "ArrowLeft" => focus(&list, |at, len| (at + len - 1) % len),
                "Home" => focus(&list, |_, _| 0),
                "End" => focus(&list, |_, len| len - 1),
                "Escape" | "Tab" => {
                    open.set(false);
                    focus_button(&root);
                }
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let on_choice = {
        let (open, root) = (open.clone(), root.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
            if target.is_some_and(|t| t.closest(ITEMS).is_ok_and(|item| item.is_some())) {
                open.set(false);
                focus_button(&root);
            }
        })
    };

    html! {
        <div class={classes!("menu", props.end.then_some("menu--end"))} ref={root} onfocusout={on_focus_out} onkeydown={on_key}>
            <button
                type="button"
                class={classes!("chip", props.class.to_string())}
                id={props.id.clone()}
                aria-haspopup="menu"
                aria-expanded={open.to_string()}
                onclick={toggle}
            >
                { props.button.clone() }
            </button>
            if *open {
                <div class="menu__list" role="menu" tabindex="-1" aria-label={props.label.clone()} ref={list} onclick={on_choice}>
                    { props.children.clone() }
                </div>
            }
        </div>
    }
}

/// Moves the focus among the items; `to` gives the next number from the present one and how many there are.
fn focus(list: &Element, to: impl FnOnce(usize, usize) -> usize) {
    let Ok(items) = list.query_selector_all(ITEMS) else {
        return;
    };
    let len = items.length();
    if len == 0 {
        return;
    }
    let active = gloo::utils::document().active_element();
    let is_active = |n: &u32| items.get(*n).as_ref() == active.as_ref().map(AsRef::as_ref);
    let at = (0..len).find(is_active).unwrap_or(0) as usize;
    let next = to(at, len as usize);
    focus_on(
        items
            .get(next as u32)
            .and_then(|node| node.dyn_into::<Element>().ok()),
    );
}

/// Gives the focus back to the button of a menu that is left.
fn focus_button(root: &NodeRef) {
    let button = root
        .cast::<Element>()
        .and_then(|r| r.query_selector("button").ok());
    focus_on(button.flatten());
}

/// An item of which one at a time holds: its name, one sentence about it, whether it holds now, and what it does.
pub(crate) fn item(
    label: impl Into<AttrValue>,
    help: &'static str,
    checked: bool,
    on_choose: Callback<()>,
) -> Html {
    let (label, onclick): (AttrValue, _) = (label.into(), on_choose.reform(|_: MouseEvent| ()));
    html! {
        <button key={label.to_string()} type="button" class="menu__item" role="menuitemradio" aria-checked={checked.to_string()} tabindex="-1" {onclick}>
            <span class="menu__label">{ label }</span>
            if !help.is_empty() {
                <span class="menu__help">{ help }</span>
            }
        </button>
    }
}
