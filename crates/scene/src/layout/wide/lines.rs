//! What runs between the rows: threads from plates to pods, cables from disks to nodes.

use ordinal_api::list::IntoList;
use ordinal_core::Id;

use super::super::channels::{channels, height};
use super::super::parts::{Hung, cable};
use super::super::{Canvas, Column, hue};
use super::{Plan, WAITING};
use crate::geometry::{Point, Trail, point};
use crate::mark::{Enter, Leave, Mark, Part, Shape};
use crate::model::{Cable, CableState};

/// Where a thread begins and ends, and whether it passes behind the nodes.
pub(super) type Way = (f64, Point, bool);
/// Where a cable leaves its disk, and the x at which it is plugged in.
pub(super) type Plug = (Point, f64);

impl Plan<'_> {
    /// The threads: those without a pod on a node pass behind the nodes, the others before them.
    pub(super) fn threads(&self, canvas: &mut Canvas, ways: &[Option<Way>], behind: bool) {
        let edge = self.rows.plate_y + self.rows.plate_height;
        let runs: Vec<(f64, f64)> = ways
            .iter()
            .map(|w| w.map_or((0.0, 0.0), |(x, to, _)| (x, to.x)))
            .into_list();
        let (channels, count) = channels(&runs);
        let band = (edge + WAITING + 1.0, self.rows.node_y - 4.0);
        for ((identity, way), channel) in self.model.identities.iter().zip(ways).zip(channels) {
            let Some((x, to, _)) = way.filter(|(_, _, under)| *under == behind) else {
                continue;
            };
            let start = Trail::from(point(x, edge));
            let trail = if (x - to.x).abs() < 1.0 {
                start.line(to)
            } else {
                start.turn(to, height(band, channel, count))
            };
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

    /// The way of each identity's thread.
    pub(super) fn ways(&self, plugs: &[Option<Plug>]) -> Vec<Option<Way>> {
        let pods = (0..self.model.pods.len())
            .filter(|pod| self.model.pods[*pod].node.is_some())
            .map(|pod| self.pod_at(pod).x);
        let taken: Vec<f64> = pods
            .chain(plugs.iter().flatten().map(|(_, plug)| *plug))
            .into_list();
        (0..self.model.identities.len())
            .map(|number| self.way(number, &taken))
            .into_list()
    }

    fn way(&self, number: usize, taken: &[f64]) -> Option<Way> {
        let identity = &self.model.identities[number];
        let x = self.column_x(self.column(Column::Identity(number))?);
        let on_node = identity
            .pod
            .filter(|pod| self.model.pods[*pod].node.is_some());
        let (to, under) = match (on_node, self.disk_of(number)) {
            (Some(pod), _) => (self.pod_at(pod).by(0.0, -self.card.size().1 / 2.0), false),
            (None, Some((to, true))) => (to, false),
            (None, Some((to, false))) => {
                let aside = aside(to.x, taken);
                let from = if (x - to.x).abs() < 1.0 { x + aside } else { x };
                let to = to.by(aside, 0.0);
                return Some((from + lean(from, to.x), to, true));
            }
            (None, None) => (
                point(
                    x,
                    self.rows.plate_y + self.rows.plate_height + WAITING - 4.0,
                ),
                true,
            ),
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

    /// Adds the cables and returns their plugs, which lie on top.
    pub(super) fn cables(&self, canvas: &mut Canvas, ends: &[Option<Plug>]) -> Vec<Mark> {
        let edge = self.rows.node_y + self.rows.node_height;
        let run = |(number, end): (usize, &Option<(Point, f64)>)| {
            let local = self.model.disks[self.model.cables[number].disk]
                .local
                .is_some();
            end.filter(|_| !local)
                .map_or((0.0, 0.0), |(top, plug_x)| (plug_x, top.x))
        };
        let runs: Vec<(f64, f64)> = ends.iter().enumerate().map(run).into_list();
        let (channels, count) = channels(&runs);
        let band = (edge + 12.0, self.rows.disk_y - 6.0);
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
    pub(super) fn plugs(&self) -> Vec<Option<Plug>> {
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
}

/// How far a line behind the nodes keeps to the side, so that it is not taken for that of a pod which stands there.
fn aside(x: f64, taken: &[f64]) -> f64 {
    let is_free = |aside: &f64| taken.iter().all(|other| (x + aside - other).abs() > 13.0);
    [0.0, 16.0, -16.0, 32.0, -32.0, 48.0, -48.0]
        .into_iter()
        .find(is_free)
        .unwrap_or_default()
}

/// What goes sideways begins a little to that side, so that two that change places do not lie on each other.
fn lean(from: f64, to: f64) -> f64 {
    if (to - from).abs() < 1.0 {
        0.0
    } else {
        6.0_f64.copysign(to - from)
    }
}
