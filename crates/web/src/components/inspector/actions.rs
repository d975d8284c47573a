//! What can be done with the selected thing: each button is a command line.

use ordinal_api::ObjectKey;
use yew::{Callback, Html, Properties, classes, component, html};

use crate::components::Snapshot;
use crate::state::{Command, Offer, offers};

/// What the buttons need.
#[derive(PartialEq, Properties)]
pub(crate) struct ActionsProps {
    /// The world at the playhead.
    pub(crate) world: Snapshot,
    /// The thing.
    pub(crate) of: ObjectKey,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The buttons.
#[component]
pub(crate) fn Actions(props: &ActionsProps) -> Html {
    let list = offers(&props.world, &props.of);
    let button = |offer: Offer| {
        let Offer {
            label,
            help,
            line,
            danger,
        } = offer;
        let title = format!("{help}\n{line}");
        let onclick = props.act.reform(move |_| Command::Line(line.clone()));
        let class = classes!("button", danger.then_some("button--danger"));
        html! { <button type="button" key={label.clone()} {class} {title} {onclick}>{ label }</button> }
    };
    if list.is_empty() {
        return Html::default();
    }
    html! { <div class="actions" role="group" aria-label="Actions">{ for list.into_iter().map(button) }</div> }
}
