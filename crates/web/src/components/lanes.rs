//! The timeline with its playhead, which can be grabbed anywhere and moved with the arrow keys.

use std::rc::Rc;

use ordinal_scene::Scene;
use ordinal_scene::geometry::{decimals, number};
use web_sys::{Element, KeyboardEvent, PointerEvent};
use yew::{Callback, Html, NodeRef, Properties, component, html, use_state_eq};

use super::memo::{keyed, memo};
use super::stage::{MarkProps, mark_view};
use crate::state::{Command, Time};

/// What the timeline needs.
#[derive(Properties)]
pub(crate) struct LanesProps {
    /// The lanes.
    pub(crate) scene: Rc<Scene>,
    /// Where the playhead stands, in the scene's units.
    pub(crate) head: f64,
    /// The presentation time at an x of the scene.
    pub(crate) at_x: Callback<f64, f64>,
    /// The playhead's moment and the length of the run, in milliseconds of presentation time.
    pub(crate) now: (f64, f64),
    /// What the clock shows.
    pub(crate) clock: String,
    /// The element whose width the lanes fill.
    pub(crate) area: NodeRef,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

impl PartialEq for LanesProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scene, &other.scene)
            && (self.head, self.now, &self.clock) == (other.head, other.now, &other.clock)
            && self.act == other.act
    }
}

/// The timeline.
#[component]
pub(crate) fn LanesPanel(props: &LanesProps) -> Html {
    let LanesProps {
        scene,
        head,
        at_x,
        now,
        clock,
        area,
        act,
    } = props;
    let grabbed = use_state_eq(|| false);
    let seek = {
        let (act, at_x, area) = (act.clone(), at_x.clone(), area.clone());
        move |event: &PointerEvent| {
            if let Some(area) = area.cast::<Element>() {
                let x = f64::from(event.client_x()) - area.get_bounding_client_rect().left();
                act.emit(Command::Time(Time::Seek(at_x.emit(x))));
            }
        }
    };
    let on_grab = {
        let (grabbed, seek, area) = (grabbed.clone(), seek.clone(), area.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() != 0 {
                return;
            }
            if let Some(area) = area.cast::<Element>() {
                // A pointer that has gone cannot be held, and need not be.
                let _ = area.set_pointer_capture(event.pointer_id());
            }
            grabbed.set(true);
            seek(&event);
        })
    };
    let on_drag = {
        let grabbed = grabbed.clone();
        Callback::from(move |event: PointerEvent| {
            if *grabbed {
                seek(&event);
            }
        })
    };
    let on_drop = Callback::from(move |_: PointerEvent| grabbed.set(false));
    let on_key = {
        let act = act.clone();
        Callback::from(move |event: KeyboardEvent| {
            let time = match event.key().as_str() {
                "ArrowLeft" | "ArrowDown" => Time::StepBack,
                "ArrowRight" | "ArrowUp" => Time::StepForward,
                "PageDown" => Time::PreviousDecision,
                "PageUp" => Time::NextDecision,
                "Home" => Time::Start,
                "End" => Time::End,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            act.emit(Command::Time(time));
        })
    };
    html! {
        <div class="timeline">
            <div
                class="timeline__area"
                ref={area.clone()}
                onpointerdown={on_grab}
                onpointermove={on_drag}
                onpointerup={on_drop.clone()}
                onpointercancel={on_drop}
            >
                { memo(Picture(scene.clone()), picture) }
                <svg class="timeline__front" width={number(scene.width)} height={number(scene.height.max(1.0))} aria-hidden="true">
                    <g class="playhead" transform={format!("translate({} 0)", decimals(*head, 1))}>
                        <path class="playhead__line" d={format!("M0 6V{}", number(scene.height))} />
                        <circle class="playhead__knob" cx="0" cy="6" r="5" />
                    </g>
                </svg>
                <div
                    class="timeline__slider"
                    role="slider"
                    tabindex="0"
                    aria-label="Playhead"
                    aria-valuemin="0"
                    aria-valuemax={decimals(now.1, 0)}
                    aria-valuenow={decimals(now.0, 0)}
                    aria-valuetext={clock.clone()}
                    onkeydown={on_key}
                />
            </div>
        </div>
    }
}

/// A scene that is compared by identity.
#[derive(Clone)]
struct Picture(Rc<Scene>);

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The lanes without the playhead: drawn again only when the history grew.
fn picture(Picture(scene): &Picture) -> Html {
    let marks = scene.marks.iter().map(|mark| {
        let shown = MarkProps {
            mark: mark.clone(),
            selected: false,
            decoration: true,
        };
        keyed(mark.key.as_str(), shown, mark_view)
    });
    html! {
        <svg
            class={scene.class}
            width={number(scene.width)}
            height={number(scene.height)}
            viewBox={format!("0 0 {} {}", number(scene.width), number(scene.height))}
            aria-hidden="true"
        >
            { for marks }
        </svg>
    }
}
