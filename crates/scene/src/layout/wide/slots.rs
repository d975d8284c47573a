//! Where pods stand: in a slot of their node, or under their plate while they wait for one.

use ordinal_api::sorted::SortedMap;

use super::super::Column;
use super::super::parts::Card;
use super::{GAP, Plan, WAITING};
use crate::geometry::{Point, point};
use crate::model::{Model, Pod};
use crate::places::Places;

impl Plan<'_> {
    /// Where the center of a pod's card is.
    pub(super) fn pod_at(&self, number: usize) -> Point {
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
    pub(super) fn slot_at(&self, node: usize, slot: usize, alone: bool) -> Point {
        let (row, n) = (slot / self.per_row, slot % self.per_row);
        let rows = if matches!(self.card, Card::Full | Card::Low) {
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
    pub(super) fn chip_at(&self, number: usize) -> Point {
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
        point(
            x + shift,
            self.rows.plate_y + self.rows.plate_height + 3.0 + WAITING / 2.0,
        )
    }

    /// Whether the pods that wait beside this one have room for words.
    pub(super) fn has_chips(&self, pod: &Pod) -> bool {
        let waiting =
            |p: &&Pod| p.node.is_none() && p.identity == pod.identity && p.group == pod.group;
        self.model.pods.iter().filter(waiting).count() as f64 * 96.0 <= self.pitch
    }
}

/// Distance between cards where there is room.
const COMFORT: f64 = 92.0;

/// How large the cards are, so that the fullest node holds its pods.
pub(super) fn fitting(node_width: f64, needed: usize, low: bool) -> (Card, f64, usize) {
    let in_row = |spacing: f64| ((node_width - 4.0) / spacing).floor().max(1.0) as usize;
    if low {
        let wide = Card::Low.size().0 + 8.0;
        return match (needed <= in_row(wide), needed <= in_row(48.0)) {
            (true, _) if node_width >= wide => (Card::Low, wide, in_row(wide)),
            (_, true) => (Card::Small, 48.0, in_row(48.0)),
            _ => (Card::Dot, 24.0, in_row(24.0)),
        };
    }
    // Two that have the room of almost three stand in the middle, side by side.
    if needed <= 2 && in_row(82.0) == 3 && in_row(COMFORT) == 2 {
        return (Card::Full, COMFORT, 2);
    }
    if node_width >= 84.0 && needed <= in_row(82.0) {
        let spacing = ((node_width - 8.0) / in_row(82.0) as f64).min(COMFORT);
        return (Card::Full, spacing, in_row(82.0));
    }
    if needed <= in_row(48.0) * 2 {
        return (Card::Small, 48.0, in_row(48.0));
    }
    (Card::Dot, 24.0, in_row(24.0))
}

/// The slot of every pod on a node: the one that it was given, or the lowest free one.
pub(super) fn slots(model: &Model, places: &Places) -> SortedMap<usize, usize> {
    let mut slots: SortedMap<usize, usize> = SortedMap::new();
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
