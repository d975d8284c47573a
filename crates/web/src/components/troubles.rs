//! "Break something": one kind of trouble a row, with everything that it can befall.

use yew::{Callback, Html, html};

use super::Snapshot;
use super::memo::memo;
use super::menu::Menu;
use crate::state::{Command, Trouble, troubles};

/// So many machines and pods are offered; the rest is reached through the stage.
const MOST: usize = 12;

/// What the menu needs.
#[derive(Clone, PartialEq)]
pub(crate) struct TroublesProps {
    /// The world to break.
    pub(crate) world: Snapshot,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The same for the list, which is built only while the menu is open.
#[derive(PartialEq)]
struct List(TroublesProps);

/// The menu's button, with its list while it is open.
pub(crate) fn trouble_menu(props: &TroublesProps) -> Html {
    let button = html! { <>{ "Break " }<span class="header__wide">{ "something" }</span></> };
    html! {
        <Menu id="break" label="Break something" {button} end=true class="header__break">
            { memo(List(props.clone()), |list| trouble_list(&list.0)) }
        </Menu>
    }
}

fn trouble_list(props: &TroublesProps) -> Html {
    troubles(&props.world, MOST)
        .into_iter()
        .map(|trouble| row(trouble, &props.act))
        .collect()
}

fn row(trouble: Trouble, act: &Callback<Command>) -> Html {
    let Trouble {
        label,
        help,
        targets,
    } = trouble;
    let target = |(name, is, line): (String, bool, String)| {
        let spoken = format!("{label}: {name}{}", if is { ", undo" } else { "" });
        let title = line.clone();
        let onclick = act.reform(move |_| Command::Line(line.clone()));
        html! {
            <button
                type="button"
                key={name.clone()}
                class="menu__target"
                role="menuitemcheckbox"
                aria-checked={is.to_string()}
                aria-label={spoken}
                tabindex="-1"
                {title}
                {onclick}
            >
                { name }
            </button>
        }
    };
    html! {
        <div key={label} class="menu__group" role="group" aria-label={label}>
            <p class="menu__heading" aria-hidden="true">{ label }<small>{ help }</small></p>
            <div class="menu__targets" role="none">{ for targets.into_iter().map(target) }</div>
        </div>
    }
}
