//! What can be done with the selected thing: each button is a command line.

use ordinal_api::ObjectKey;
use yew::{Callback, Html, classes, html};

use crate::components::Snapshot;
use crate::state::{Command, Offer, offers};

/// The buttons.
pub(super) fn actions(world: &Snapshot, of: &ObjectKey, act: &Callback<Command>) -> Html {
    let list = offers(world, of);
    let button = |offer: Offer| {
        let Offer {
            label,
            help,
            line,
            danger,
        } = offer;
        let title = format!("{help}\n{line}");
        let onclick = act.reform(move |_| Command::Line(line.clone()));
        let class = classes!("button", danger.then_some("button--danger"));
        html! { <button type="button" key={label.clone()} {class} {title} {onclick}>{ label }</button> }
    };
    if list.is_empty() {
        return Html::default();
    }
    html! { <div class="actions" role="group" aria-label="Actions">{ for list.into_iter().map(button) }</div> }
}
