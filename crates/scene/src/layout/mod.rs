//! Where everything stands and how large it is: a model to a scene.
//!
//! * [`wide`]: plates above, nodes in the middle, disks below; up to twelve columns
//! * [`dense`]: many pods on many nodes: rings in boxes
//! * [`narrow`]: one row per identity, nodes as a strip above
//! * [`parts`]: what single things look like

mod cause;
mod channels;
mod dense;
mod narrow;
mod parts;
mod wide;

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_core::Id;

use crate::geometry::Point;
use crate::mark::{Mark, Scene};
use crate::model::{GroupKind, Model, PodState};
use crate::places::Places;

/// The room that there is, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Width; under [`NARROW`] the stage turns: one row per identity.
    pub width: f64,
    /// Height that the wide stage may fill; it takes what it needs, and more only within reason.
    pub height: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            width: 960.0,
            height: 0.0,
        }
    }
}

impl Viewport {
    /// Whether the narrow stage is drawn.
    pub fn is_narrow(&self) -> bool {
        self.width < NARROW
    }
}

/// A stage narrower than this turns. Beside the panels it is as narrow as that in a window of 940 px.
pub const NARROW: f64 = 620.0;

pub use wide::SMALLEST;

/// The most columns and nodes that the wide stage shows one by one.
const COLUMNS: usize = 12;
const NODES: usize = 8;

/// The scene of a model.
pub fn layout(model: &Model, places: &Places, viewport: &Viewport) -> Scene {
    let mut canvas = Canvas::default();
    let (width, height) = if viewport.is_narrow() {
        (viewport.width, narrow::draw(model, viewport, &mut canvas))
    } else if columns(model).len() > COLUMNS || model.nodes.len() > NODES {
        (viewport.width, dense::draw(model, viewport, &mut canvas))
    } else {
        wide::draw(model, places, viewport, &mut canvas)
    };
    let arrow = model
        .arrow
        .as_ref()
        .and_then(|arrow| cause::draw(arrow, &canvas, viewport.is_narrow()));
    canvas.marks.extend(arrow.map(Arc::new));
    Scene {
        width,
        height,
        class: if viewport.is_narrow() {
            "scene scene--narrow"
        } else {
            "scene"
        },
        marks: canvas.marks,
        caption: model.caption.clone(),
        label: label(model),
    }
}

/// The picture in one sentence.
fn label(model: &Model) -> String {
    let sets = model.groups.iter().filter(|g| g.id.is_some());
    let mut parts: Vec<String> = sets
        .map(|g| format!("{} {}: {}", g.kind.name(), g.name, g.count()))
        .into_list();
    let down: Vec<&str> = model
        .nodes
        .iter()
        .filter(|n| n.is_silent())
        .map(|n| n.name.as_str())
        .into_list();
    parts.push(match down.len() {
        0 => format!("{} nodes", model.nodes.len()),
        _ => format!("{} nodes, silent: {}", model.nodes.len(), down.join(", ")),
    });
    parts.join("; ")
}

/// Where something stands, so that an arrow can begin or end there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Box {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// The marks so far, and where things stand.
#[derive(Debug, Default)]
struct Canvas {
    marks: Vec<Arc<Mark>>,
    boxes: SortedMap<Id, Box>,
    /// Cards of pods that an identity's plate stands for.
    cards: SortedMap<Id, Box>,
}

impl Canvas {
    fn add(&mut self, mark: Mark) {
        self.marks.push(Arc::new(mark));
    }

    /// Where the card of a pod stands.
    fn card_stands(&mut self, id: Id, center: Point, (width, height): (f64, f64)) {
        let (x, y) = (center.x - width / 2.0, center.y - height / 2.0);
        self.cards.insert(
            id,
            Box {
                x,
                y,
                width,
                height,
            },
        );
    }

    /// The first box of an object counts: a plate stands for its pods.
    fn stands(&mut self, id: Id, x: f64, y: f64, width: f64, height: f64) {
        self.boxes.entry(id).or_insert(Box {
            x,
            y,
            width,
            height,
        });
    }
}

/// What a column of the stage belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Identity(usize),
    Group(usize),
    /// Volumes that belong to nobody.
    Loose,
}

/// The columns, in their order.
fn columns(model: &Model) -> Vec<Column> {
    let mut columns: Vec<Column> = (0..model.identities.len())
        .map(Column::Identity)
        .into_list();
    for (number, group) in model.groups.iter().enumerate() {
        let pods = || {
            model
                .pods
                .iter()
                .any(|p| p.group == number && p.identity.is_none())
        };
        let shown = match group.kind {
            GroupKind::StatefulSet => false,
            GroupKind::Deployment | GroupKind::ReplicaSet | GroupKind::ReplicationController => {
                group.wanted > 0 || pods()
            }
            _ => pods(),
        };
        if shown {
            columns.push(Column::Group(number));
        }
    }
    if model
        .disks
        .iter()
        .any(|d| d.local.is_none() && column_of(model, d, &columns).is_none())
    {
        columns.push(Column::Loose);
    }
    columns
}

/// The column in which a disk stands; `None` for the loose ones.
fn column_of(model: &Model, disk: &crate::model::Disk, columns: &[Column]) -> Option<usize> {
    debug_assert!(
        disk.identity.is_none_or(|n| n < model.identities.len()),
        "of this model"
    );
    let home = match (disk.identity, disk.group) {
        (Some(identity), _) => Column::Identity(identity),
        (None, Some(group)) => Column::Group(group),
        (None, None) => return None,
    };
    columns.iter().position(|c| *c == home)
}

/// Class name of a hue; those without identity have none.
pub(crate) fn hue(hue: Option<u8>) -> &'static str {
    match hue {
        None => "hue-none",
        Some(n) => ["hue-0", "hue-1", "hue-2", "hue-3", "hue-4", "hue-5"][usize::from(n) % 6],
    }
}

/// Class name of a state.
fn state_class(state: PodState) -> &'static str {
    match state {
        PodState::Pending => "pending",
        PodState::Creating => "creating",
        PodState::Running => "running",
        PodState::Ready => "ready",
        PodState::Terminating { .. } => "terminating",
        PodState::BackOff { .. } => "back-off",
        PodState::Succeeded => "succeeded",
        PodState::Failed => "failed",
    }
}
