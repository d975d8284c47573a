//! The picture: the scene's marks as SVG, each a component of its own that is drawn again only when it changed.

use std::rc::Rc;
use std::sync::Arc;

use super::memo::keyed;
use ordinal_core::Id;
use ordinal_scene::geometry::{decimals, number};
use ordinal_scene::svg::defs;
use ordinal_scene::{Mark, Scene, Shape};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, MouseEvent};
use yew::virtual_dom::{VNode, VTag, VText};
use yew::{Callback, Html, classes, html};

const SMALLEST: f64 = ordinal_scene::layout::SMALLEST;
/// Below this width the stage is turned, and scrolls with the page.
const NARROW: f64 = ordinal_scene::layout::NARROW;

/// What the stage needs.
pub(crate) struct StageProps {
    /// The picture.
    pub(crate) scene: Rc<Scene>,
    /// The thing that is selected.
    pub(crate) selected: Option<Id>,
    /// The height that there is, in CSS pixels; the narrow stage is as high as it needs to be.
    pub(crate) room: f64,
    /// Whether time runs; what turns for ever stands still otherwise.
    pub(crate) playing: bool,
    /// Called with the thing that was chosen, or with nothing.
    pub(crate) on_select: Callback<Option<Id>>,
}

impl PartialEq for StageProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scene, &other.scene)
            && (self.selected, self.playing, self.room)
                == (other.selected, other.playing, other.room)
            && self.on_select == other.on_select
    }
}

/// The picture.
pub(crate) fn stage(props: &StageProps) -> Html {
    let StageProps {
        scene,
        selected,
        room,
        playing,
        on_select,
    } = props;
    let onclick = {
        let on_select = on_select.clone();
        Callback::from(move |event: MouseEvent| on_select.emit(chosen(&event)))
    };
    let onkeydown = {
        let on_select = on_select.clone();
        Callback::from(move |event: KeyboardEvent| {
            if matches!(event.key().as_str(), "Enter" | " ")
                && let Some(id) = chosen(&event)
            {
                event.prevent_default();
                event.stop_propagation();
                on_select.emit(Some(id));
            }
        })
    };
    let narrow = scene.width < NARROW;
    let class = classes!(
        scene.class,
        (!playing).then_some("scene--still"),
        // Its small type grows as it shrinks.
        (!narrow && *room < scene.height).then_some("scene--small"),
    );
    let fits = *room >= scene.height * SMALLEST;
    let height = match narrow {
        true => None,
        false if fits => Some("100%".to_owned()),
        false => Some(decimals(scene.height * SMALLEST, 0)),
    };
    let view = format!("0 0 {} {}", number(scene.width), number(scene.height));
    let marks = scene.marks.iter().map(|mark| {
        let selected = mark.target.is_some() && mark.target == *selected;
        let shown = MarkProps {
            mark: mark.clone(),
            selected,
            decoration: false,
        };
        keyed(mark.key.as_str(), shown, mark_view)
    });
    html! {
        <svg {class} viewBox={view} role="group" aria-label={scene.label.clone()} preserveAspectRatio="xMidYMid meet" {height} {onclick} {onkeydown}>
            { for marks }
        </svg>
    }
}

/// The patterns and the arrow head that the stylesheet refers to; once for stage and lanes.
pub(crate) fn definitions(_: &()) -> Html {
    let svg = format!(
        "<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\">{}</svg>",
        defs()
    );
    Html::from_html_unchecked(svg.into())
}

/// The thing behind the mark that an event happened in.
fn chosen(event: &Event) -> Option<Id> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    let mark = element.closest("[data-target]").ok()??;
    mark.get_attribute("data-target")?.parse().ok().map(Id)
}

/// What a mark needs.
pub(crate) struct MarkProps {
    /// The mark.
    pub(crate) mark: Arc<Mark>,
    /// Whether its thing is selected.
    pub(crate) selected: bool,
    /// Whether it only illustrates what is said elsewhere: it cannot be chosen.
    pub(crate) decoration: bool,
}

impl PartialEq for MarkProps {
    fn eq(&self, other: &Self) -> bool {
        self.selected == other.selected
            && (Arc::ptr_eq(&self.mark, &other.mark) || self.mark == other.mark)
    }
}

/// One mark: a group with its shapes.
pub(crate) fn mark_view(props: &MarkProps) -> Html {
    let MarkProps {
        mark,
        selected,
        decoration,
    } = props;
    let mut group = VTag::new("g");
    group.add_attribute("id", mark.key.to_string());
    let class = if *selected {
        format!("{} is-selected", mark.class)
    } else {
        mark.class.to_string()
    };
    group.add_attribute("class", class);
    if let Some(transform) = mark.transform() {
        group.add_attribute("transform", transform);
    }
    if mark.opacity < 0.999 {
        group.add_attribute("opacity", decimals(mark.opacity, 3));
    }
    if let Some(target) = mark.target.filter(|_| !decoration) {
        group.add_attribute("data-target", target.0.to_string());
    }
    // Some things are drawn in several marks; the one with a label is the one that is announced.
    if mark.target.is_some() && !mark.label.is_empty() && !decoration {
        group.add_attribute("role", "button");
        group.add_attribute("tabindex", "0");
        group.add_attribute("aria-label", mark.label.to_string());
        group.add_attribute("aria-pressed", selected.to_string());
    } else {
        group.add_attribute("aria-hidden", "true");
    }
    group.add_children(mark.shapes.iter().map(element));
    group.into()
}

/// The element of a shape.
fn element(shape: &Shape) -> VNode {
    let mut tag = VTag::new(shape.tag());
    if !shape.class().is_empty() {
        tag.add_attribute("class", shape.class());
    }
    for (name, value) in shape.attributes() {
        tag.add_attribute(name, value.to_string());
    }
    let content = shape.content();
    if !content.is_empty() {
        tag.add_child(VText::new(content.to_owned()).into());
    }
    tag.into()
}
