//! The controls of time: back, play, on, to the next decision, the clock and the speed.

use ordinal_scene::geometry::decimals;
use yew::{AttrValue, Callback, Html, classes, html};

use super::icon::{Icon, icon};
use super::menu::{Menu, item};
use crate::state::{Command, SPEEDS, Time};

/// What the controls need.
#[derive(PartialEq)]
pub(crate) struct TransportProps {
    /// Whether time runs.
    pub(crate) playing: bool,
    /// How fast.
    pub(crate) speed: f64,
    /// What the clock shows.
    pub(crate) clock: String,
    /// How far the run is computed, where it is not settled yet.
    pub(crate) computing: bool,
    /// Why the run cannot go on.
    pub(crate) over: Option<&'static str>,
    /// Whether the playhead stands at the end of a settled run.
    pub(crate) ended: bool,
    /// What the cluster said last, where it did as it was told.
    pub(crate) said: Option<AttrValue>,
    /// Whether there is a run that went another way.
    pub(crate) other: bool,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The controls of time.
pub(crate) fn transport(props: &TransportProps) -> Html {
    let TransportProps {
        playing,
        speed,
        clock,
        act,
        ..
    } = props;
    let (play_icon, play_label) = match (playing, props.ended) {
        (true, _) => (Icon::Pause, "Pause"),
        (false, true) => (Icon::Play, "Again"),
        (false, false) => (Icon::Play, "Play"),
    };
    let state: AttrValue = match (props.over, props.computing, props.ended) {
        (Some(why), ..) => why.into(),
        (None, true, _) => "computing ahead".into(),
        (None, false, ended) => match &props.said {
            Some(said) => said.clone(),
            None if ended => "nothing more happens by itself".into(),
            None => AttrValue::default(),
        },
    };
    html! {
        <div class="transport" role="group" aria-label="Time">
            { button(Time::StepBack, icon(Icon::Back), "button--icon", act) }
            <button
                type="button"
                class="button button--primary transport__play"
                title={title(Time::PlayPause)}
                onclick={act.reform(|_| Command::Time(Time::PlayPause))}
            >
                { icon(play_icon) }{ play_label }
            </button>
            { button(Time::StepForward, icon(Icon::Forward), "button--icon", act) }
            { button(Time::NextDecision, html! { <>{ icon(Icon::Decision) }<span class="transport__wide">{ "Next decision" }</span></> }, "", act) }
            <output class="transport__clock" aria-label="Simulated time">{ clock }</output>
            { speeds(*speed, act) }
            if props.other {
                { button(Time::Other, html! { <>{ icon(Icon::Swap) }<span class="transport__wide">{ "Other run" }</span></> }, "", act) }
            }
            <span class="transport__state" title={state.clone()}>{ state.clone() }</span>
        </div>
    }
}

fn title(time: Time) -> String {
    let key = match time.shortcut() {
        Some(" ") => "Space",
        Some("ArrowLeft") => "←",
        Some("ArrowRight") => "→",
        Some("n") => "N",
        Some("o") => "O",
        Some(key) => key,
        None => return time.help().to_owned(),
    };
    format!("{} ({key})", time.help())
}

fn button(time: Time, content: Html, class: &'static str, act: &Callback<Command>) -> Html {
    html! {
        <button
            type="button"
            class={classes!("button", class)}
            aria-label={time.label()}
            title={title(time)}
            onclick={act.reform(move |_| Command::Time(time))}
        >
            { content }
        </button>
    }
}

fn speeds(chosen: f64, act: &Callback<Command>) -> Html {
    let name = |speed: f64| {
        let number = decimals(speed, 2);
        format!("{}×", number.trim_end_matches('0').trim_end_matches('.'))
    };
    let one = |speed: f64| {
        let on_choose = act.reform(move |()| Command::Time(Time::Speed(speed)));
        item(name(speed), "", speed == chosen, on_choose)
    };
    let button = html! { <><span class="heard">{ "Speed " }</span>{ name(chosen) }</> };
    html! {
        <Menu id="speed" label="Speed" {button} class="transport__speed">{ for SPEEDS.into_iter().map(one) }</Menu>
    }
}
