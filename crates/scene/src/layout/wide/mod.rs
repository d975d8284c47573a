//! The wide stage: plates above, nodes in the middle, disks below; controllers at the left.
//!
//! * here: the measures, and what stands in the rows
//! * [`slots`]: where pods stand; [`lines`]: threads and cables; [`rail`]: the left edge

mod lines;
pub(super) mod rail;
mod slots;

use ordinal_api::sorted::SortedMap;

use super::parts::{
    Card, DISK_HEIGHT, LOW_DISK, LOW_PLATE, NodeBox, PLATE_HEIGHT, card, disk, group_heading, node,
    plate, ring,
};
use super::{Canvas, Column, Viewport, column_of, columns};
use crate::geometry::{Point, point};
use crate::mark::{Enter, Mark, Shape};
use crate::model::{DiskState, GroupKind, Model, Pod, Truth};
use crate::places::Places;

pub(super) const RAIL: f64 = 150.0;
pub(super) const GAP: f64 = 12.0;
/// The least room between plates and nodes: pods that wait for a node stand in its upper part, threads bend in its
/// lower one.
const THREADS: f64 = 60.0;
const WAITING: f64 = 32.0;
/// The least room between nodes and the shelf, in which cables bend.
const CABLES: f64 = 48.0;
/// The most room that is spread between the rows.
const SPARE: f64 = 170.0;
/// Where there is less room than the rows need, they move together by so much: above the plates, between plates and
/// nodes, inside the nodes, between nodes and the shelf.
const SQUEEZE: [f64; 4] = [14.0, 6.0, 14.0, 14.0];
/// Heights where the rows do not fit even so: above the plates, between plates and nodes, of a node, of one that holds
/// disks, between nodes and the shelf, below it.
const LOW: [f64; 6] = [14.0, 46.0, 88.0, 134.0, 30.0, 6.0];
/// How small the picture may become before it scrolls.
pub const SMALLEST: f64 = 0.88;

/// Where the rows are and how high: plates, nodes, disks; and the height of all of them.
struct Rows {
    plate_y: f64,
    plate_height: f64,
    node_y: f64,
    node_height: f64,
    disk_y: f64,
    disk_height: f64,
    height: f64,
}

/// Measures of one stage.
struct Plan<'m> {
    model: &'m Model,
    columns: Vec<Column>,
    /// Distance between columns.
    pitch: f64,
    /// Width of a node.
    node_width: f64,
    /// Size of a card, distance between cards, cards in a row.
    card: Card,
    spacing: f64,
    per_row: usize,
    rows: Rows,
    /// Whether disks stand on the network, or will.
    shelf: bool,
    /// Slot of every pod that has a node.
    slots: SortedMap<usize, usize>,
}

/// Draws the stage and returns its size.
pub(super) fn draw(
    model: &Model,
    places: &Places,
    viewport: &Viewport,
    canvas: &mut Canvas,
) -> (f64, f64) {
    let mut width = viewport.width;
    let mut plan = Plan::new(model, places, viewport);
    if viewport.height > 0.0 && plan.rows.height > viewport.height {
        // What is shown smaller has more room at its sides.
        width /= (viewport.height / plan.rows.height).max(SMALLEST);
        plan = Plan::new(model, places, &Viewport { width, ..*viewport });
    }
    rail::rail(&plan, canvas);
    let ends = plan.plugs();
    let ways = plan.ways(&ends);
    plan.threads(canvas, &ways, true);
    let mut heads = Vec::new();
    for (index, shown) in model.nodes.iter().enumerate() {
        let (x, width) = (plan.node_x(index), plan.node_width);
        let place = NodeBox {
            x,
            y: plan.rows.node_y,
            width,
            height: plan.rows.node_height,
        };
        let (body, over) = node(shown, model.now, place);
        canvas.add(body);
        heads.extend(over);
        canvas.stands(shown.id, x, plan.rows.node_y, width, plan.rows.node_height);
    }
    plan.threads(canvas, &ways, false);
    heads.into_iter().for_each(|mark| canvas.add(mark));
    let plugs = plan.cables(canvas, &ends);
    plan.plates(canvas);
    plan.disks(canvas);
    plan.pods(canvas);
    plugs.into_iter().for_each(|plug| canvas.add(plug));
    (width, plan.rows.height)
}

impl<'m> Plan<'m> {
    fn new(model: &'m Model, places: &Places, viewport: &Viewport) -> Self {
        let columns = columns(model);
        let content = viewport.width - RAIL - GAP;
        let nodes = model.nodes.len().max(1);
        let pitch = (content + GAP) / columns.len().max(nodes.min(3)) as f64;
        let node_width = (content + GAP) / nodes as f64 - GAP;
        let slots = slots::slots(model, places);
        let sets = model
            .groups
            .iter()
            .filter(|g| g.kind == GroupKind::StatefulSet)
            .count();
        let local = model.disks.iter().any(|d| d.local.is_some());
        let shelf = has_shelf(model, places);
        let (node_least, top) = (
            if local { 220.0 } else { 180.0 },
            if sets > 1 { 54.0 } else { 28.0 },
        );
        let below = if shelf {
            CABLES + DISK_HEIGHT + 10.0
        } else {
            14.0
        };
        let least = top + PLATE_HEIGHT + THREADS + node_least + below;
        let tightest = (least - SQUEEZE.iter().sum::<f64>()) * SMALLEST;
        let low = (1.0..tightest).contains(&viewport.height);
        let needed = slots.values().max().map_or(1, |slot| slot + 1);
        let (card, spacing, per_row) = slots::fitting(node_width, needed, low);
        let spare = (viewport.height - least).clamp(0.0, SPARE);
        // The names of several sets stand above.
        let most = match sets > 1 {
            true => [4.0, SQUEEZE[1], SQUEEZE[2], SQUEEZE[3]],
            false => SQUEEZE,
        };
        let squeeze = match viewport.height > 0.0 {
            true => ((least - viewport.height) / most.iter().sum::<f64>()).clamp(0.0, 1.0),
            false => 0.0,
        };
        let [above, threads, inside, cables] = most.map(|room| room * squeeze);
        let plate_y = top - above + (spare * 0.1).min(8.0);
        let node_y = plate_y + PLATE_HEIGHT + THREADS - threads + spare * 0.28;
        let node_height = node_least - inside + (spare * 0.2).min(16.0);
        let disk_y = node_y + node_height + CABLES - cables + spare * 0.36;
        let height = match shelf {
            true => disk_y + DISK_HEIGHT + 10.0 - 4.0 * squeeze,
            false => node_y + node_height + 14.0,
        };
        let rows = if low {
            low_rows(sets > 1, local, shelf, viewport.height)
        } else {
            Rows {
                plate_y,
                plate_height: PLATE_HEIGHT,
                node_y,
                node_height,
                disk_y,
                disk_height: DISK_HEIGHT,
                height,
            }
        };
        Self {
            model,
            columns,
            pitch,
            node_width,
            card,
            spacing,
            per_row,
            rows,
            shelf,
            slots,
        }
    }

    fn node_x(&self, node: usize) -> f64 {
        RAIL + (self.node_width + GAP) * node as f64
    }

    fn column_x(&self, column: usize) -> f64 {
        RAIL + self.pitch * column as f64 + (self.pitch - GAP) / 2.0
    }

    fn column(&self, column: Column) -> Option<usize> {
        self.columns.iter().position(|c| *c == column)
    }

    fn plate_width(&self) -> f64 {
        (self.pitch - GAP).min(224.0)
    }

    fn is_low(&self) -> bool {
        self.rows.plate_height < PLATE_HEIGHT
    }

    fn card_y(&self) -> f64 {
        match self.is_low() {
            true => self.rows.node_y + 34.0 + Card::Low.size().1 / 2.0,
            false => self.rows.node_y + 54.0 + Card::Full.size().1 / 2.0,
        }
    }

    fn plates(&self, canvas: &mut Canvas) {
        let width = self.plate_width();
        for (index, column) in self.columns.iter().enumerate() {
            let x = self.column_x(index) - width / 2.0;
            match *column {
                Column::Identity(number) => {
                    let identity = &self.model.identities[number];
                    canvas.add(plate(
                        identity,
                        (x, self.rows.plate_y),
                        (width, self.rows.plate_height),
                        11.0,
                    ));
                    canvas.stands(
                        identity.id,
                        x,
                        self.rows.plate_y,
                        width,
                        self.rows.plate_height,
                    );
                }
                Column::Group(number) => {
                    let group = &self.model.groups[number];
                    let y = self.rows.plate_y + (self.rows.plate_height - PLATE_HEIGHT) / 2.0;
                    canvas.add(group_heading(group, number, x, y, width));
                    if let Some(id) = group.id {
                        canvas.stands(id, x, self.rows.plate_y, width, self.rows.plate_height);
                    }
                }
                Column::Loose => {}
            }
        }
    }

    /// Left, top and width of a disk; `None` where the shelf has no room for it.
    fn disk_at(&self, index: usize) -> Option<(f64, f64, f64)> {
        let disk = &self.model.disks[index];
        if let Some(node) = disk.local.and_then(|id| self.model.node(id)) {
            let user = self
                .model
                .cables
                .iter()
                .find(|c| c.disk == index)
                .and_then(|c| c.pod);
            let before = self.model.disks[..index]
                .iter()
                .filter(|d| d.local == disk.local)
                .count();
            let width = (self.spacing - 4.0).clamp(60.0, 110.0);
            let x = user.map_or_else(
                || self.slot_at(node, before, false).x,
                |pod| self.pod_at(pod).x,
            );
            return Some((
                x - width / 2.0,
                self.rows.node_y + self.rows.node_height
                    - LOW_DISK
                    - if self.is_low() { 6.0 } else { 12.0 },
                width,
            ));
        }
        if !self.shelf {
            return None;
        }
        let home = |d: &crate::model::Disk| column_of(self.model, d, &self.columns);
        let column = home(disk).or_else(|| self.column(Column::Loose))?;
        let beside = |d: &&crate::model::Disk| d.local.is_none() && home(d) == home(disk);
        let all = self.model.disks.iter().filter(beside).count();
        let mine = self.model.disks[..index].iter().filter(beside).count();
        let room = self.pitch - GAP;
        let most = ((room + 8.0) / 64.0).floor().max(1.0);
        let shown = (all as f64).min(most);
        if mine as f64 >= shown {
            return None;
        }
        let width = ((room + 8.0) / shown - 8.0).min(208.0);
        let left = self.column_x(column) - (shown * (width + 8.0) - 8.0) / 2.0;
        Some((left + mine as f64 * (width + 8.0), self.rows.disk_y, width))
    }

    fn disks(&self, canvas: &mut Canvas) {
        for index in 0..self.model.disks.len() {
            let Some((x, y, width)) = self.disk_at(index) else {
                continue;
            };
            let height = if self.model.disks[index].local.is_some() {
                LOW_DISK
            } else {
                self.rows.disk_height
            };
            canvas.add(disk(self.model, index, x, y, width, height));
            canvas.stands(self.model.disks[index].id, x, y, width, height);
        }
    }

    fn pods(&self, canvas: &mut Canvas) {
        // What is forgotten lies under what is there.
        let is_past = |pod: &Pod| matches!(pod.truth, Truth::Forgotten | Truth::Ghost);
        let (past, present): (Vec<usize>, Vec<usize>) =
            (0..self.model.pods.len()).partition(|n| is_past(&self.model.pods[*n]));
        for number in past.into_iter().chain(present) {
            let pod = &self.model.pods[number];
            let at = self.pod_at(number);
            let mut mark = if pod.node.is_some() {
                card(pod, self.model.shown_ms, self.card, at, None)
            } else {
                self.chip(number, at)
            };
            if let Some(column) = pod.identity.and_then(|i| self.column(Column::Identity(i))) {
                let from = point(
                    self.column_x(column),
                    self.rows.plate_y + self.rows.plate_height,
                );
                let across = (from.y + WAITING + self.rows.node_y) / 2.0;
                mark.enter = if pod.node.is_some() && (from.x - at.x).abs() > 1.0 {
                    Enter::GrowAlong(from, across)
                } else {
                    Enter::GrowFrom(from)
                };
            }
            canvas.add(mark);
            let (width, height) = self.card.size();
            canvas.stands(
                pod.id,
                at.x - width / 2.0,
                at.y - height / 2.0,
                width,
                height,
            );
            if pod.node.is_some() && !is_past(pod) {
                canvas.card_stands(pod.id, at, self.card.size());
            }
        }
    }

    /// A pod that waits for a node: a ring and a word on its thread, or a ring alone where many wait.
    fn chip(&self, number: usize, at: Point) -> Mark {
        let pod = &self.model.pods[number];
        if !self.has_chips(pod) {
            return card(pod, self.model.shown_ms, Card::Dot, at, None);
        }
        let mut mark = card(pod, self.model.shown_ms, Card::Dot, at, None);
        mark.class = mark.class.replace("pod-card--dot", "pod-card--chip").into();
        mark.shapes = vec![Shape::Rect {
            x: -46.0,
            y: -13.0,
            width: 92.0,
            height: 26.0,
            radius: 13.0,
            class: "pod-card__card",
        }];
        mark.shapes
            .extend(ring(pod, self.model.shown_ms, point(-31.0, 0.0), 7.0));
        mark.shapes
            .push(Shape::text(-15.0, 4.0, "pod-card__word", pod.word.clone()));
        mark
    }
}

/// The rows where there is little height.
fn low_rows(several: bool, local: bool, shelf: bool, room: f64) -> Rows {
    let [above, threads, node, with_disks, cables, below] = LOW;
    // The names of several sets stand above.
    let plate_y = if several { above + 14.0 } else { above };
    let node_height = if local { with_disks } else { node };
    let under = if shelf { cables + LOW_DISK } else { 0.0 };
    let least = plate_y + LOW_PLATE + threads + node_height + under + below;
    let spare = (room - least).max(0.0);
    let plate_y = plate_y + spare * 0.1;
    let node_y = plate_y + LOW_PLATE + threads + spare * 0.35;
    let node_height = node_height + (spare * 0.15).min(8.0);
    let disk_y = node_y + node_height + cables + spare * 0.3;
    let end = match shelf {
        true => disk_y + LOW_DISK,
        false => node_y + node_height,
    };
    Rows {
        plate_y,
        plate_height: LOW_PLATE,
        node_y,
        node_height,
        disk_y,
        disk_height: LOW_DISK,
        height: end + below,
    }
}

/// Whether there are disks on the network, or there will be. Where volumes lie in machines, a claim that finds its own
/// at once needs no shelf for that moment.
fn has_shelf(model: &Model, places: &Places) -> bool {
    let outside = || model.disks.iter().filter(|d| d.local.is_none());
    if model.disks.iter().any(|d| d.local.is_some()) && !places.has_shelf() {
        return outside().any(|d| d.state != DiskState::Unbound);
    }
    outside().next().is_some() || model.groups.iter().any(|g| g.templates)
}
