//! The wide stage: plates above, nodes in the middle, disks below; controllers at the left.

use std::collections::BTreeMap;

use ordinal_core::Id;

use super::channels::{channels, height};
use super::parts::{
    Card, DISK_HEIGHT, Hung, NodeBox, PLATE_HEIGHT, cable, card, disk, group_heading, node, plate,
    ring,
};
use super::{Canvas, Column, Viewport, column_of, columns, hue};
use crate::geometry::{Point, Trail, point};
use crate::mark::{Anchor, Enter, Leave, Mark, Part, Shape};
use crate::model::{Cable, CableState, GroupKind, Model, Pod, Truth};
use crate::places::Places;

pub(super) const RAIL: f64 = 150.0;
pub(super) const GAP: f64 = 12.0;
/// Room between plates and nodes: pods that wait for a node stand in its upper part, threads bend in its lower one.
const THREADS: f64 = 68.0;
const WAITING: f64 = 32.0;

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
    plate_y: f64,
    node_y: f64,
    node_height: f64,
    disk_y: f64,
    /// Slot of every pod that has a node.
    slots: BTreeMap<usize, usize>,
}

/// Draws the stage and returns its height.
pub(super) fn draw(
    model: &Model,
    places: &Places,
    viewport: &Viewport,
    canvas: &mut Canvas,
) -> f64 {
    let plan = Plan::new(model, places, viewport);
    rail(&plan, canvas);
    plan.threads(canvas, true);
    let mut heads = Vec::new();
    for (index, shown) in model.nodes.iter().enumerate() {
        let (x, width) = (plan.node_x(index), plan.node_width);
        let place = NodeBox {
            x,
            y: plan.node_y,
            width,
            height: plan.node_height,
        };
        let (body, over) = node(shown, model.now, place);
        canvas.add(body);
        heads.extend(over);
        canvas.stands(shown.id, x, plan.node_y, width, plan.node_height);
    }
    plan.threads(canvas, false);
    heads.into_iter().for_each(|mark| canvas.add(mark));
    let plugs = plan.cables(canvas);
    plan.plates(canvas);
    plan.disks(canvas);
    plan.pods(canvas);
    plugs.into_iter().for_each(|plug| canvas.add(plug));
    plan.disk_y + DISK_HEIGHT + 14.0
}

impl<'m> Plan<'m> {
    fn new(model: &'m Model, places: &Places, viewport: &Viewport) -> Self {
        let columns = columns(model);
        let content = viewport.width - RAIL - GAP;
        let nodes = model.nodes.len().max(1);
        let pitch = (content + GAP) / columns.len().max(nodes.min(3)) as f64;
        let node_width = (content + GAP) / nodes as f64 - GAP;
        let slots = slots(model, places);
        let needed = slots.values().max().map_or(1, |slot| slot + 1);
        let (card, spacing, per_row) = fitting(model, node_width, needed);
        let sets = model
            .groups
            .iter()
            .filter(|g| g.kind == GroupKind::StatefulSet)
            .count();
        let local = model.disks.iter().any(|d| d.local.is_some());
        let (node_height, plate_y) = (
            if local { 228.0 } else { 192.0 },
            if sets > 1 { 58.0 } else { 36.0 },
        );
        let least = plate_y + PLATE_HEIGHT + THREADS + node_height + 66.0 + DISK_HEIGHT + 14.0;
        let spare = (viewport.height - least).clamp(0.0, 120.0);
        let node_y = plate_y + PLATE_HEIGHT + THREADS + spare * 0.4;
        let disk_y = node_y + node_height + 66.0 + spare * 0.6;
        Self {
            model,
            columns,
            pitch,
            node_width,
            card,
            spacing,
            per_row,
            plate_y,
            node_y,
            node_height,
            disk_y,
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

    fn card_y(&self) -> f64 {
        self.node_y + 54.0 + Card::Full.size().1 / 2.0
    }

    /// Where the center of a pod's card is.
    fn pod_at(&self, number: usize) -> Point {
        let pod = &self.model.pods[number];
        match pod.node.and_then(|id| self.model.node(id)) {
            Some(node) => {
                let slot = self.slots.get(&number).copied().unwrap_or(0);
                let alone = self
                    .slots
                    .iter()
                    .all(|(n, s)| *s == 0 || self.model.pods[*n].node != pod.node);
                self.slot_at(node, slot, alone)
            }
            None => self.chip_at(number),
        }
    }

    /// Where a slot of a node is: the middle first, then to both sides.
    fn slot_at(&self, node: usize, slot: usize, alone: bool) -> Point {
        let (row, n) = (slot / self.per_row, slot % self.per_row);
        let rows = if self.card == Card::Full {
            1
        } else {
            self.rows()
        };
        let steps = match (self.per_row % 2, n) {
            (0, 0) if alone => 0.0,
            (0, n) => (n / 2) as f64 + 0.5,
            (_, n) => n.div_ceil(2) as f64,
        };
        let steps = if n % 2 == self.per_row % 2 {
            -steps
        } else {
            steps
        };
        let (_, height) = self.card.size();
        let down = (row as f64 - (rows - 1) as f64 / 2.0) * (height + 6.0);
        point(
            self.node_x(node) + self.node_width / 2.0 + steps * self.spacing,
            self.card_y() + down,
        )
    }

    fn rows(&self) -> usize {
        let most = self.slots.values().max().map_or(1, |slot| slot + 1);
        most.div_ceil(self.per_row).max(1)
    }

    /// Where a pod without a node waits: under its plate.
    fn chip_at(&self, number: usize) -> Point {
        let pod = &self.model.pods[number];
        let home = pod
            .identity
            .map_or(Column::Group(pod.group), Column::Identity);
        let x = self.column_x(self.column(home).unwrap_or(0));
        let waiting =
            |p: &&Pod| p.node.is_none() && p.identity == pod.identity && p.group == pod.group;
        let all = self.model.pods.iter().filter(waiting).count();
        let mine = self.model.pods[..number].iter().filter(waiting).count();
        let widest = if self.has_chips(pod) { 96.0 } else { 24.0 };
        let step = ((self.pitch - GAP) / all as f64).min(widest);
        let shift = (mine as f64 - (all as f64 - 1.0) / 2.0) * step;
        point(x + shift, self.plate_y + PLATE_HEIGHT + 3.0 + WAITING / 2.0)
    }

    fn plates(&self, canvas: &mut Canvas) {
        let width = self.plate_width();
        for (index, column) in self.columns.iter().enumerate() {
            let x = self.column_x(index) - width / 2.0;
            match *column {
                Column::Identity(number) => {
                    let identity = &self.model.identities[number];
                    canvas.add(plate(identity, x, self.plate_y, width, 11.0));
                    canvas.stands(identity.id, x, self.plate_y, width, PLATE_HEIGHT);
                }
                Column::Group(number) => {
                    let group = &self.model.groups[number];
                    canvas.add(group_heading(group, number, x, self.plate_y, width));
                    if let Some(id) = group.id {
                        canvas.stands(id, x, self.plate_y, width, PLATE_HEIGHT);
                    }
                }
                Column::Loose => {}
            }
        }
    }

    /// The threads: those without a pod on a node pass behind the nodes, the others before them.
    fn threads(&self, canvas: &mut Canvas, behind: bool) {
        let edge = self.plate_y + PLATE_HEIGHT;
        let ways: Vec<Option<(f64, Point, bool)>> = (0..self.model.identities.len())
            .map(|number| self.way(number))
            .collect();
        let runs: Vec<(f64, f64)> = ways
            .iter()
            .map(|w| w.map_or((0.0, 0.0), |(x, to, _)| (x, to.x)))
            .collect();
        let (channels, count) = channels(&runs);
        let band = (edge + WAITING + 1.0, self.node_y - 4.0);
        for ((identity, way), channel) in self.model.identities.iter().zip(&ways).zip(channels) {
            let Some((x, to, _)) = way.filter(|(_, _, under)| *under == behind) else {
                continue;
            };
            let trail = Trail::from(point(x, edge)).turn(to, height(band, channel, count));
            let state = if identity.ready {
                "thread--ready"
            } else {
                "thread--waiting"
            };
            let class = format!("thread {state} {}", hue(Some(identity.hue)));
            let mark = Mark::new(Part::Thread, format!("thread-{}", identity.key), class)
                .moves(Enter::Draw, Leave::Retract)
                .with([Shape::Trail {
                    trail,
                    class: "thread__line",
                }]);
            canvas.add(mark);
        }
    }

    /// Where a thread begins and ends, and whether it passes behind the nodes.
    fn way(&self, number: usize) -> Option<(f64, Point, bool)> {
        let identity = &self.model.identities[number];
        let x = self.column_x(self.column(Column::Identity(number))?);
        let on_node = identity
            .pod
            .filter(|pod| self.model.pods[*pod].node.is_some());
        let (to, under) = match (on_node, self.disk_of(number)) {
            (Some(pod), _) => (self.pod_at(pod).by(0.0, -self.card.size().1 / 2.0), false),
            (None, Some((to, inside))) => (to, !inside),
            (None, None) => (point(x, self.plate_y + PLATE_HEIGHT + WAITING + 16.0), true),
        };
        Some((x + lean(x, to.x), to, under))
    }

    /// The top of the first disk of an identity, and whether it is inside a node.
    fn disk_of(&self, identity: usize) -> Option<(Point, bool)> {
        let index = self
            .model
            .disks
            .iter()
            .position(|d| d.identity == Some(identity))?;
        let (x, y, width) = self.disk_at(index)?;
        Some((
            point(x + width / 2.0, y),
            self.model.disks[index].local.is_some(),
        ))
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
                self.node_y + self.node_height - 54.0,
                width,
            ));
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
        Some((left + mine as f64 * (width + 8.0), self.disk_y, width))
    }

    fn disks(&self, canvas: &mut Canvas) {
        for index in 0..self.model.disks.len() {
            let Some((x, y, width)) = self.disk_at(index) else {
                continue;
            };
            let height = if self.model.disks[index].local.is_some() {
                42.0
            } else {
                DISK_HEIGHT
            };
            canvas.add(disk(self.model, index, x, y, width, height));
            canvas.stands(self.model.disks[index].id, x, y, width, height);
        }
    }

    /// Adds the cables and returns their plugs, which lie on top.
    fn cables(&self, canvas: &mut Canvas) -> Vec<Mark> {
        let edge = self.node_y + self.node_height;
        let ends = self.plugs();
        let run = |(number, end): (usize, &Option<(Point, f64)>)| {
            let local = self.model.disks[self.model.cables[number].disk]
                .local
                .is_some();
            end.filter(|_| !local)
                .map_or((0.0, 0.0), |(top, plug_x)| (plug_x, top.x))
        };
        let runs: Vec<(f64, f64)> = ends.iter().enumerate().map(run).collect();
        let (channels, count) = channels(&runs);
        let band = (edge + 12.0, self.disk_y - 6.0);
        let mut plugs = Vec::new();
        for (number, shown) in self.model.cables.iter().enumerate() {
            let Some((top, plug_x)) = ends[number] else {
                continue;
            };
            let disk = &self.model.disks[shown.disk];
            let key = self.cable_key(number);
            let foot = |pod: usize| {
                let at = self.pod_at(pod);
                let x = if (at.x - plug_x).abs() < 30.0 {
                    plug_x
                } else {
                    at.x
                };
                point(x, at.y + self.card.size().1 / 2.0)
            };
            let mounted = shown.pod.filter(|_| shown.state == CableState::Mounted);
            if disk.local.is_some() {
                if let Some(pod) = mounted {
                    let trail = Trail::from(top).sway(foot(pod));
                    let class = format!("cable cable--mounted {}", hue(disk.hue));
                    let mark =
                        Mark::new(Part::Cable, key, class).moves(Enter::Draw, Leave::Retract);
                    canvas.add(mark.with([Shape::Trail {
                        trail,
                        class: "cable__mount",
                    }]));
                }
                continue;
            }
            let plug = point(
                plug_x,
                if shown.state == CableState::Refused {
                    edge + 11.0
                } else {
                    edge
                },
            );
            let wire = Trail::from(top).turn(plug, height(band, channels[number], count));
            let hung = Hung {
                key: key.into(),
                hue: hue(disk.hue),
                state: shown.state,
                wire,
                pod: mounted.map(foot),
            };
            let mut marks = cable(&hung).into_iter();
            marks.next().into_iter().for_each(|mark| canvas.add(mark));
            plugs.extend(marks);
        }
        plugs
    }

    /// Where each cable leaves its disk, and the x at which it is plugged in; a plug has its own place.
    fn plugs(&self) -> Vec<Option<(Point, f64)>> {
        let mut used: Vec<(Id, f64)> = Vec::new();
        let end = |shown: &Cable| {
            let (x, y, width) = self.disk_at(shown.disk)?;
            let node = self.model.node(shown.node)?;
            let disk = &self.model.disks[shown.disk];
            let under = shown
                .pod
                .or_else(|| self.left_behind(shown.node, disk.identity));
            let mut plug_x =
                under.map_or_else(|| self.slot_at(node, 0, true).x, |pod| self.pod_at(pod).x);
            while used
                .iter()
                .any(|(n, other)| *n == shown.node && (other - plug_x).abs() < 15.0)
            {
                plug_x += 16.0;
            }
            used.push((shown.node, plug_x));
            let aside = if shown.state == CableState::Refused {
                14.0
            } else {
                0.0
            };
            let middle = x + width / 2.0;
            Some((point(middle + lean(middle, plug_x) + aside, y), plug_x))
        };
        self.model.cables.iter().map(end).collect()
    }

    /// What is left of an identity's pod on a node, under which its disk still hangs.
    fn left_behind(&self, node: Id, identity: Option<usize>) -> Option<usize> {
        let identity = identity?;
        self.model
            .pods
            .iter()
            .position(|p| p.node == Some(node) && p.identity == Some(identity))
    }

    /// One disk of an identity has one cable that swings from node to node; what hangs beside it has its own key.
    fn cable_key(&self, number: usize) -> String {
        let shown = &self.model.cables[number];
        let disk = &self.model.disks[shown.disk];
        let first = self.model.cables.iter().position(|c| c.disk == shown.disk) == Some(number);
        if shown.state == CableState::Refused {
            format!("cable-{}-refused", disk.key)
        } else if first && disk.identity.is_some() {
            format!("cable-{}", disk.key)
        } else {
            let node = self
                .model
                .node(shown.node)
                .map_or("", |n| &self.model.nodes[n].key);
            let pod = shown.pod.map_or("", |p| &self.model.pods[p].key);
            format!("cable-{}-{node}-{pod}", disk.key)
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
                mark.enter =
                    Enter::GrowFrom(point(self.column_x(column), self.plate_y + PLATE_HEIGHT));
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

    /// Whether the pods that wait beside this one have room for words.
    fn has_chips(&self, pod: &Pod) -> bool {
        let waiting =
            |p: &&Pod| p.node.is_none() && p.identity == pod.identity && p.group == pod.group;
        self.model.pods.iter().filter(waiting).count() as f64 * 96.0 <= self.pitch
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

/// What goes sideways begins a little to that side, so that two that change places do not lie on each other.
fn lean(from: f64, to: f64) -> f64 {
    if (to - from).abs() < 1.0 {
        0.0
    } else {
        6.0_f64.copysign(to - from)
    }
}

/// How large the cards are, so that the fullest node holds its pods.
fn fitting(model: &Model, node_width: f64, needed: usize) -> (Card, f64, usize) {
    let in_row = |spacing: f64| ((node_width - 4.0) / spacing).floor().max(1.0) as usize;
    let roomy = model.identities.len() <= 6 && model.nodes.len() <= 4;
    if roomy && node_width >= 84.0 && needed <= in_row(82.0) {
        let spacing = ((node_width - 8.0) / in_row(82.0) as f64).min(92.0);
        return (Card::Full, spacing, in_row(82.0));
    }
    if needed <= in_row(48.0) * 2 {
        return (Card::Small, 48.0, in_row(48.0));
    }
    (Card::Dot, 24.0, in_row(24.0))
}

/// The slot of every pod on a node: the one that it was given, or the lowest free one.
fn slots(model: &Model, places: &Places) -> BTreeMap<usize, usize> {
    let mut slots: BTreeMap<usize, usize> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (number, pod) in model
        .pods
        .iter()
        .enumerate()
        .filter(|(_, pod)| pod.node.is_some())
    {
        match places.slot(pod.uid) {
            Some(slot) => {
                slots.insert(number, slot);
            }
            None => unknown.push((number, pod)),
        }
    }
    for (number, pod) in unknown {
        let taken = |slot: usize| {
            slots
                .iter()
                .any(|(n, s)| *s == slot && model.pods[*n].node == pod.node)
        };
        let free = (0..).find(|slot| !taken(*slot)).unwrap_or(0);
        slots.insert(number, free);
    }
    slots
}

/// What stands at the left: the set, the controllers, the names of the rows.
fn rail(plan: &Plan<'_>, canvas: &mut Canvas) {
    let sets: Vec<(usize, &crate::model::Group)> = plan
        .model
        .groups
        .iter()
        .enumerate()
        .filter(|(_, g)| g.kind == GroupKind::StatefulSet)
        .collect();
    if let [(number, set)] = sets[..] {
        let y = plan.plate_y;
        let name = crate::geometry::fit(&set.name, RAIL - 26.0, 17.0, false);
        let mark = Mark::new(Part::Heading, format!("group-{number}"), "heading")
            .at(point(10.0, y))
            .with([
                Shape::text(0.0, 13.0, "heading__kind", "StatefulSet"),
                Shape::text(0.0, 33.0, "heading__name heading__name--large", name),
                Shape::text(
                    0.0,
                    52.0,
                    "heading__count",
                    format!("{}/{} ready", set.ready, set.wanted),
                ),
            ]);
        if let Some(id) = set.id {
            let words = format!(
                "StatefulSet {}: {} of {} ready",
                set.name, set.ready, set.wanted
            );
            canvas.add(mark.of(id, words));
            canvas.stands(id, 10.0, y, RAIL - 30.0, PLATE_HEIGHT);
        }
    } else {
        sets.iter()
            .for_each(|(number, set)| bracket(plan, *number, set, canvas));
    }
    let y = plan.node_y - 8.0;
    let mut word = |key: &'static str, y: f64| {
        canvas.add(
            Mark::new(Part::Heading, format!("row-{key}"), "heading")
                .at(point(10.0, y))
                .with([Shape::text(0.0, 0.0, "heading__row", key)]),
        );
    };
    word("controllers", y);
    if !plan.model.disks.is_empty() {
        word("volumes", plan.disk_y + 27.0);
    }
    lamps(plan.model, y, canvas);
}

/// The controllers' lamps, one under the other.
pub(super) fn lamps(model: &Model, y: f64, canvas: &mut Canvas) {
    for (index, lamp) in model.lamps.iter().enumerate() {
        let class = if lamp.lit { "lamp lamp--lit" } else { "lamp" };
        let at = point(18.0, y + 20.0 + 23.0 * index as f64);
        let mark = Mark::new(Part::Lamp, format!("lamp-{}", lamp.name), class);
        canvas.add(mark.at(at).with([
            Shape::Circle {
                x: 0.0,
                y: 0.0,
                radius: 9.0,
                class: "lamp__halo",
            },
            Shape::Circle {
                x: 0.0,
                y: 0.0,
                radius: 4.5,
                class: "lamp__light",
            },
            Shape::text(14.0, 4.0, "lamp__name", lamp.name),
        ]));
    }
}

/// The name of a set over its plates, where there are several sets.
fn bracket(plan: &Plan<'_>, number: usize, set: &crate::model::Group, canvas: &mut Canvas) {
    let of_set =
        |c: &Column| matches!(c, Column::Identity(i) if plan.model.identities[*i].group == number);
    let mut columns = plan
        .columns
        .iter()
        .enumerate()
        .filter(|(_, c)| of_set(c))
        .map(|(n, _)| n);
    let Some(first) = columns.next() else { return };
    let last = columns.next_back().unwrap_or(first);
    let half = plan.plate_width() / 2.0;
    let (left, right) = (plan.column_x(first) - half, plan.column_x(last) + half);
    let text = format!(
        "StatefulSet {} · {}/{} ready",
        set.name, set.ready, set.wanted
    );
    let text = crate::geometry::fit(&text, right - left, 12.0, false);
    let mark = Mark::new(Part::Heading, format!("group-{number}"), "heading")
        .at(point(left, plan.plate_y - 50.0))
        .with([Shape::text(0.0, 12.0, "heading__set", text).anchored(Anchor::Start)]);
    if let Some(id) = set.id {
        canvas.add(mark.of(
            id,
            format!(
                "StatefulSet {}: {} of {} ready",
                set.name, set.ready, set.wanted
            ),
        ));
        canvas.stands(id, left, plan.plate_y - 50.0, right - left, 18.0);
    }
}
