//! The narrow stage: one row per identity, plate left, pod in the middle, disk right; nodes as a strip above.

mod strip;

use super::parts::{
    Card, DISK_HEIGHT, PLATE_HEIGHT, card, classes, disk, disk_words, group_heading, plate,
};
use super::{Canvas, Column, Viewport, column_of, columns, hue};
use crate::geometry::{Trail, fit, point};
use crate::mark::{Anchor, Enter, Leave, Mark, Part, Shape};
use crate::model::{CableState, GroupKind, Identity, Model};
use ordinal_api::list::IntoList;

const EDGE: f64 = 10.0;
const CARD: f64 = 98.0;
/// The most identities that get a full row.
const FULL_ROWS: usize = 12;

/// Measures of one stage.
struct Plan<'m> {
    model: &'m Model,
    width: f64,
    /// Width of a plate, and of a disk.
    side: f64,
    columns: Vec<Column>,
}

/// Draws the stage and returns its height.
pub(super) fn draw(model: &Model, viewport: &Viewport, canvas: &mut Canvas) -> f64 {
    let width = viewport.width.max(300.0) - 2.0 * EDGE;
    let plan = Plan {
        model,
        width,
        side: (width * 0.32).clamp(92.0, 180.0),
        columns: columns(model),
    };
    let mut y = plan.nodes(8.0, canvas) + 10.0;
    let full = model.identities.len() <= FULL_ROWS;
    for (number, group) in model.groups.iter().enumerate() {
        let mut row = plan.columns.iter().filter(|c| match c {
            Column::Identity(i) => model.identities[*i].group == number,
            Column::Group(g) => *g == number,
            Column::Loose => false,
        });
        if group.kind == GroupKind::StatefulSet {
            let Some(first) = row.next() else { continue };
            y = plan.heading(number, y, canvas);
            for column in std::iter::once(first).chain(row) {
                if let Column::Identity(identity) = *column {
                    y = if full {
                        plan.row(identity, y, canvas)
                    } else {
                        plan.line(identity, y, canvas)
                    };
                }
            }
        } else if row.next().is_some() {
            y = plan.group(number, y, canvas);
        }
    }
    plan.loose(y, canvas) + 6.0
}

impl Plan<'_> {
    fn heading(&self, number: usize, y: f64, canvas: &mut Canvas) -> f64 {
        let group = &self.model.groups[number];
        let count = group.count();
        let mark =
            Mark::new(Part::Heading, format!("group-{number}"), "heading").at(point(EDGE, y));
        let name = fit(
            &format!("{} {}", group.kind.name(), group.name),
            self.width - 90.0,
            14.0,
            false,
        );
        let mark = mark.with([
            Shape::text(0.0, 13.0, "heading__set", name),
            Shape::text(self.width, 13.0, "heading__count", count.clone()).anchored(Anchor::End),
        ]);
        match group.id {
            Some(id) => {
                canvas.add(mark.of(id, format!("{} {}: {count}", group.kind.name(), group.name)));
                canvas.stands(id, EDGE, y, self.width, 18.0);
            }
            None => canvas.add(mark),
        }
        y + 22.0
    }

    /// The row of an identity: plate, thread, pods, cables, disks.
    fn row(&self, number: usize, y: f64, canvas: &mut Canvas) -> f64 {
        let identity = &self.model.identities[number];
        let (pods, disks) = (self.pods(number), self.disks(number));
        let (pod_rows, disk_rows) = (pods.len().max(1) as f64, disks.len().max(1) as f64);
        let high = (pod_rows * (CARD + 6.0)).max(disk_rows * (DISK_HEIGHT + 8.0));
        let middle = y + CARD / 2.0;
        let plate_y = middle - PLATE_HEIGHT / 2.0;
        let pod_x = EDGE + self.width / 2.0;
        let (left, right) = (
            pod_x - Card::Row.size().0 / 2.0,
            pod_x + Card::Row.size().0 / 2.0,
        );
        let disk_x = EDGE + self.width - self.side;
        let plate_end = point(EDGE + self.side, middle);
        let start = Trail::from(plate_end);
        let trail = match (pods.is_empty(), disks.is_empty()) {
            (false, _) => start.line(point(left, middle)),
            (true, false) => start.line(point(disk_x, middle)),
            (true, true) => start.line(point(left, middle)),
        };
        let state = if identity.ready {
            "thread--ready"
        } else {
            "thread--waiting"
        };
        let class = format!("thread {state} {}", hue(Some(identity.hue)));
        let mark = Mark::new(Part::Thread, format!("thread-{}", identity.key), class);
        canvas.add(mark.moves(Enter::Draw, Leave::Retract).with([Shape::Trail {
            trail,
            class: "thread__line",
        }]));
        for (index, disk_number) in disks.iter().enumerate() {
            let top = middle - DISK_HEIGHT / 2.0 + index as f64 * (DISK_HEIGHT + 8.0);
            let center = top + DISK_HEIGHT / 2.0;
            self.cables(
                *disk_number,
                &pods,
                (disk_x, center),
                (right, middle),
                canvas,
            );
            canvas.add(disk(
                self.model,
                *disk_number,
                disk_x,
                top,
                self.side,
                DISK_HEIGHT,
            ));
            canvas.stands(
                self.model.disks[*disk_number].id,
                disk_x,
                top,
                self.side,
                DISK_HEIGHT,
            );
        }
        canvas.add(plate(
            identity,
            (EDGE, plate_y),
            (self.side, PLATE_HEIGHT),
            12.0,
        ));
        canvas.stands(identity.id, EDGE, plate_y, self.side, PLATE_HEIGHT);
        for (index, pod_number) in pods.iter().enumerate() {
            let pod = &self.model.pods[*pod_number];
            let node = self
                .model
                .node_name(pod)
                .map_or("no node", |name| name.as_str());
            let at = point(pod_x, middle + index as f64 * (CARD + 6.0));
            let mut mark = card(pod, self.model.shown_ms, Card::Row, at, Some(node));
            mark.enter = Enter::GrowFrom(plate_end);
            canvas.add(mark);
        }
        y + high + 4.0
    }

    /// The identity's pods, the one that embodies it first.
    fn pods(&self, identity: usize) -> Vec<usize> {
        let now = self.model.identities[identity].pod;
        let all = self
            .model
            .pods
            .iter()
            .enumerate()
            .filter(|(_, p)| p.identity == Some(identity))
            .map(|(n, _)| n);
        let others: Vec<usize> = all.filter(|n| Some(*n) != now).into_list();
        now.into_iter().chain(others).collect()
    }

    fn disks(&self, identity: usize) -> Vec<usize> {
        let all = self.model.disks.iter().enumerate();
        all.filter(|(_, d)| d.identity == Some(identity))
            .map(|(n, _)| n)
            .collect()
    }

    /// The cables of a disk to the pods of its row.
    fn cables(
        &self,
        disk: usize,
        pods: &[usize],
        from: (f64, f64),
        to: (f64, f64),
        canvas: &mut Canvas,
    ) {
        let shown = &self.model.disks[disk];
        for cable in self.model.cables.iter().filter(|c| c.disk == disk) {
            let row = cable
                .pod
                .and_then(|pod| pods.iter().position(|p| *p == pod));
            let row = row.or_else(|| {
                pods.iter()
                    .position(|p| self.model.pods[*p].node == Some(cable.node))
            });
            let y = to.1 + row.unwrap_or(0) as f64 * (CARD + 6.0);
            let state = cable.state.name();
            let key = format!("cable-{}-{state}-{}", shown.key, row.unwrap_or(0));
            let plug = point(to.0 + (from.0 - to.0) * 0.4, y);
            let wire = Trail::from(point(from.0, from.1)).line(plug);
            let mut mark = Mark::new(
                Part::Cable,
                key.clone(),
                classes("cable", &[state], hue(shown.hue)),
            )
            .moves(Enter::Draw, Leave::Retract)
            .with([Shape::Trail {
                trail: wire,
                class: "cable__wire",
            }]);
            if cable.state == CableState::Mounted {
                let mount = Trail::from(plug).line(point(to.0, y));
                mark.shapes.push(Shape::Trail {
                    trail: mount,
                    class: "cable__mount",
                });
            }
            canvas.add(mark);
            let mut end = Mark::new(
                Part::Plug,
                format!("plug-{key}"),
                classes("plug", &[state], hue(shown.hue)),
            );
            match cable.state {
                CableState::Bound => continue,
                CableState::Refused => end.shapes.extend([
                    Shape::Circle {
                        x: 0.0,
                        y: 0.0,
                        radius: 8.0,
                        class: "plug__ground",
                    },
                    Shape::path("M-3.5 -3.5L3.5 3.5M3.5 -3.5L-3.5 3.5", "plug__cross"),
                ]),
                _ => end.shapes.push(Shape::Rect {
                    x: -4.5,
                    y: -6.0,
                    width: 9.0,
                    height: 12.0,
                    radius: 2.5,
                    class: "plug__body",
                }),
            }
            canvas.add(
                end.at(plug)
                    .moves(Enter::GrowFrom(plug.by(10.0, 0.0)), Leave::Shrink),
            );
        }
    }

    /// One of many identities: a numeral, its name, its pod's ring and word.
    fn line(&self, number: usize, y: f64, canvas: &mut Canvas) -> f64 {
        let identity: &Identity = &self.model.identities[number];
        let high = 34.0;
        let pod = identity.pod.map(|n| &self.model.pods[n]);
        let disk = self
            .disks(number)
            .first()
            .map(|n| disk_words(self.model, *n).0)
            .unwrap_or_default();
        let node = pod.and_then(|pod| self.model.node_name(pod)).cloned();
        let word = pod.map_or("no Pod", |p| p.word.as_str());
        let state = if identity.ready { "ready" } else { "waiting" };
        let third = self.width * 0.36;
        let shapes = [
            Shape::Rect {
                x: 0.0,
                y: 0.0,
                width: 30.0,
                height: 26.0,
                radius: 6.0,
                class: "numeral__block",
            },
            Shape::text(15.0, 18.0, "numeral__text", identity.ordinal.to_string())
                .anchored(Anchor::Middle),
            Shape::text(
                38.0,
                18.0,
                "numeral__name",
                fit(&identity.name, third - 30.0, 13.0, false),
            ),
            Shape::text(
                third + 32.0,
                18.0,
                "numeral__word",
                fit(word, self.width * 0.3, 12.0, false),
            ),
            Shape::text(
                self.width,
                18.0,
                "numeral__rest",
                node.map_or(disk, |n| n.to_string()),
            )
            .anchored(Anchor::End),
        ];
        let mark = Mark::new(
            Part::Plate,
            identity.key.clone(),
            classes("numeral", &[state], hue(Some(identity.hue))),
        );
        canvas.add(
            mark.at(point(EDGE, y))
                .of(identity.id, format!("Identity {}: {word}", identity.name))
                .with(shapes),
        );
        canvas.stands(identity.id, EDGE, y, self.width, high);
        if let Some(pod) = pod {
            canvas.add(card(
                pod,
                self.model.shown_ms,
                Card::Dot,
                point(EDGE + third + 16.0, y + 13.0),
                None,
            ));
        }
        y + high
    }

    /// A Deployment or the like, or pods on their own: no plate; pods side by side, their disks under them.
    fn group(&self, number: usize, y: f64, canvas: &mut Canvas) -> f64 {
        let group = &self.model.groups[number];
        canvas.add(group_heading(group, number, EDGE, y, self.width));
        if let Some(id) = group.id {
            canvas.stands(id, EDGE, y, self.width, PLATE_HEIGHT);
        }
        let pods: Vec<usize> = (0..self.model.pods.len())
            .filter(|n| {
                self.model.pods[*n].group == number && self.model.pods[*n].identity.is_none()
            })
            .into_list();
        let (card_size, step, rise) = if pods.len() <= 12 {
            (Card::Row, 96.0, CARD + 8.0)
        } else {
            (Card::Dot, 22.0, 22.0)
        };
        let in_row = ((self.width / step).floor() as usize).clamp(1, pods.len().max(1));
        let left = EDGE + (self.width - in_row as f64 * step) / 2.0;
        let top = y + PLATE_HEIGHT + 4.0;
        for (index, pod_number) in pods.iter().enumerate() {
            let pod = &self.model.pods[*pod_number];
            let node = self
                .model
                .node_name(pod)
                .map_or("no node", |name| name.as_str());
            let at = point(
                left + step * ((index % in_row) as f64 + 0.5),
                top + rise * ((index / in_row) as f64 + 0.5),
            );
            canvas.add(card(pod, self.model.shown_ms, card_size, at, Some(node)));
        }
        let bottom = top + 8.0 + pods.len().div_ceil(in_row) as f64 * rise;
        let mine = |d: &crate::model::Disk| {
            column_of(self.model, d, &self.columns).map(|c| self.columns[c])
        };
        let disks: Vec<usize> = (0..self.model.disks.len())
            .filter(|n| mine(&self.model.disks[*n]) == Some(Column::Group(number)))
            .into_list();
        self.shelf(&disks, bottom, canvas)
    }

    fn loose(&self, y: f64, canvas: &mut Canvas) -> f64 {
        let disks: Vec<usize> = (0..self.model.disks.len())
            .filter(|n| column_of(self.model, &self.model.disks[*n], &self.columns).is_none())
            .into_list();
        self.shelf(&disks, y, canvas)
    }

    /// Disks side by side.
    fn shelf(&self, disks: &[usize], y: f64, canvas: &mut Canvas) -> f64 {
        let in_row = disks.len().clamp(1, 3);
        let wide = ((self.width + 8.0) / in_row as f64 - 8.0).min(208.0);
        let left = EDGE + (self.width - in_row as f64 * (wide + 8.0) + 8.0) / 2.0;
        for (index, number) in disks.iter().enumerate() {
            let x = left + (index % in_row) as f64 * (wide + 8.0);
            let top = y + (index / in_row) as f64 * (DISK_HEIGHT + 8.0);
            canvas.add(disk(self.model, *number, x, top, wide, DISK_HEIGHT));
            canvas.stands(self.model.disks[*number].id, x, top, wide, DISK_HEIGHT);
        }
        y + disks.len().div_ceil(in_row) as f64 * (DISK_HEIGHT + 8.0)
    }
}
