//! `get -w`: after the list a row for every change; each column keeps the width it had.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use ordinal_api::{Kind, Value};
use ordinal_core::journal::Verb;
use ordinal_core::release::Release;
use ordinal_core::{Cluster, World};
use serde_json::json;

use crate::clock;
use crate::discovery::Resource;
use crate::format::table::Widths;
use crate::print;
use crate::printer::Form;
use crate::resource::{Filter, Item, fetch_all};
use crate::value::text;
use crate::verbs::events;

/// The class that claims without one get: of those that are marked the newest, or the first by name.
/// Models printers.go `getEffectiveDefaultStorageClass`.
fn default_class(classes: &[Item]) -> Option<&Item> {
    let marked = classes.iter().filter(|c| print::is_default_class(&c.value));
    marked.max_by(|a, b| {
        let made = |class: &Item| text(&class.value, "metadata.creationTimestamp").to_owned();
        (made(a), b.name()).cmp(&(made(b), a.name()))
    })
}

/// How the rows of a table are dressed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dress {
    /// `-o wide`
    pub(crate) wide: bool,
    /// `--no-headers`
    pub(crate) no_headers: bool,
    /// The column NAMESPACE.
    pub(crate) namespace: bool,
    /// `pod/` before names.
    pub(crate) kind: bool,
    /// `--show-labels`
    pub(crate) labels: bool,
    /// `-L`
    pub(crate) label_columns: Vec<String>,
    /// `--output-watch-events`
    pub(crate) events: bool,
    /// The objects come from a list: a default class is marked. The server does so in lists only.
    pub(crate) listed: bool,
    /// The client makes the table itself: names and ages.
    pub(crate) plain: bool,
    /// Whose tables.
    pub(crate) release: Release,
}

impl Dress {
    /// The header of a kind's table.
    pub(crate) fn header(&self, kind: &str) -> Vec<String> {
        let mut header = print::header(if self.plain { "" } else { kind }, self.wide);
        if self.namespace {
            header.insert(0, "NAMESPACE".to_owned());
        }
        if self.events {
            header.insert(0, format!("{:<8}", "EVENT"));
        }
        for label in &self.label_columns {
            let short = label.rsplit('/').next().unwrap_or(label);
            header.push(short.to_ascii_uppercase());
        }
        if self.labels {
            header.push("LABELS".to_owned());
        }
        header
    }

    fn is_shown_as_default(&self, class: &Item, of: &[Item]) -> bool {
        if !self.release.shows_effective_default_class() {
            return !self.plain && print::is_default_class(&class.value);
        }
        self.listed && default_class(of).is_some_and(|default| default.name() == class.name())
    }

    /// The row of one of these objects.
    pub(crate) fn row(&self, now: i64, item: &Item, of: &[Item], event: &str) -> Vec<String> {
        let mut row = print::row(now, &item.value, self.wide, self.plain, self.release);
        if item.resource.kind == "StorageClass"
            && self.is_shown_as_default(item, of)
            && let Some(name) = row.first_mut()
        {
            name.push_str(" (default)");
        }
        if self.kind {
            let columns = if self.plain { "" } else { item.resource.kind };
            let columns = print::header(columns, self.wide);
            let place = columns.iter().position(|column| column == "NAME");
            if let Some(name) = place.and_then(|place| row.get_mut(place)) {
                *name = format!("{}/{name}", item.resource.group_singular());
            }
        }
        if self.namespace {
            row.insert(0, item.namespace().to_owned());
        }
        if self.events {
            // As wide as the longest of its words from the beginning.
            row.insert(0, format!("{event:<8}"));
        }
        for label in &self.label_columns {
            let labels = crate::value::at(&item.value, "metadata.labels");
            row.push(labels[label].as_str().unwrap_or_default().to_owned());
        }
        if self.labels {
            row.push(print::labels(&item.value));
        }
        row
    }
}

/// A watch that goes on. It prints nothing by itself: [`Watch::poll`] tells what has changed since.
#[derive(Clone, Debug)]
pub struct Watch {
    resource: Resource,
    filter: Filter,
    name: Option<String>,
    form: Form,
    dress: Dress,
    widths: Widths,
    /// Of `kubectl events`: the types that are shown, all of them if there are none.
    pub(crate) types: Option<Vec<String>>,
    headed: bool,
    known: SortedMap<(String, String), Item>,
    /// How much of the journal was read.
    read: usize,
}

impl Watch {
    /// A watch of one resource; `known` is what the list showed.
    pub(crate) fn new(
        resource: Resource,
        filter: Filter,
        name: Option<String>,
        form: Form,
        dress: Dress,
    ) -> Self {
        Self {
            resource,
            filter,
            name,
            form,
            dress,
            widths: Widths::default(),
            types: None,
            headed: false,
            known: SortedMap::new(),
            read: 0,
        }
    }

    fn look(&self, cluster: &mut Cluster) -> SortedMap<(String, String), Item> {
        let items = fetch_all(cluster, self.resource, &self.filter).unwrap_or_default();
        items
            .into_iter()
            .filter(|item| self.name.as_ref().is_none_or(|name| name == item.name()))
            .map(|item| ((item.namespace().to_owned(), item.name().to_owned()), item))
            .collect()
    }

    /// Knows what is there, and prints it if asked.
    pub(crate) fn begin(&mut self, cluster: &mut Cluster, print: bool) -> String {
        self.known = self.look(cluster);
        self.read = cluster.world().journal.len();
        if !print {
            return String::new();
        }
        let now = clock::now_ms(cluster.world());
        let items: Vec<Item> = self.known.values().cloned().into_list();
        self.dress.listed = self.name.is_none();
        let text = self.print(now, "ADDED", &items);
        self.dress.listed = false;
        text
    }

    /// What has changed since it was last asked, as kubectl prints it: a row for every write, as far as the cluster's
    /// frames tell the writes of different instants apart.
    pub fn poll(&mut self, cluster: &mut Cluster) -> String {
        let new = cluster.frames().iter().rev();
        let new = new.take_while(|frame| frame.journal.len() > self.read);
        let mut frames: Vec<World> = new.cloned().into_list();
        let mut out = String::new();
        while let Some(frame) = frames.pop() {
            out.push_str(&self.turn(&mut Cluster::of_world(frame)));
        }
        out.push_str(&self.turn(cluster));
        out
    }

    /// What one frame brought.
    fn turn(&mut self, cluster: &mut Cluster) -> String {
        let kind = self.resource.modelled();
        // The past may have been changed since.
        let read = self.read.min(cluster.world().journal.len());
        self.read = cluster.world().journal.len();
        if kind.is_none_or(|kind| kind == Kind::Endpoints) {
            return self.compare(cluster);
        }
        let world = cluster.world();
        let entries = (read..self.read).filter_map(|place| world.journal.get(place));
        let writes = entries.filter_map(|entry| {
            let key = world.store.key(entry.subject);
            let key = (Some(key.kind) == kind)
                .then(|| (key.namespace.to_string(), key.name.to_string()))?;
            matches!(entry.verb, Verb::Create | Verb::Update | Verb::Delete).then(|| {
                let stays = world.get(entry.subject);
                let stays = stays.is_some_and(|object| object.meta.uid == entry.uid);
                (key, entry.uid.to_string(), entry.verb, stays)
            })
        });
        let writes: Vec<_> = writes.into_list();
        if writes.is_empty() {
            return self.compare(cluster);
        }
        let now = clock::now_ms(world);
        let current = self.look(cluster);
        let mut out = String::new();
        for (key, identity, verb, stays) in writes {
            let this = |items: &SortedMap<(String, String), Item>| {
                items
                    .get(&key)
                    .filter(|item| uid(item) == identity)
                    .cloned()
            };
            let (known, there) = (this(&self.known), this(&current));
            let (event, item) = match (known, there, verb) {
                (Some(old), _, Verb::Delete) => ("DELETED", old),
                // It is there, and the filter no longer lets it through.
                (Some(old), None, _) if stays => ("DELETED", old),
                (Some(_), Some(new), _) => ("MODIFIED", new),
                (None, Some(new), _) => ("ADDED", new),
                // It goes at this very instant.
                (Some(old), None, _) => ("MODIFIED", old),
                (None, None, _) => continue,
            };
            out.push_str(&self.print(now, event, std::slice::from_ref(&item)));
            if event == "DELETED" {
                self.known.remove(&key);
            } else {
                self.known.insert(key, item);
            }
        }
        // What a filter no longer lets through is gone, and what it lets through by now is new.
        out.push_str(&self.compare(cluster));
        out
    }

    /// What is different from what is known.
    fn compare(&mut self, cluster: &mut Cluster) -> String {
        let now = clock::now_ms(cluster.world());
        let current = self.look(cluster);
        let mut out = String::new();
        let before = std::mem::take(&mut self.known);
        for (key, item) in &before {
            let same = current.get(key).is_some_and(|new| uid(new) == uid(item));
            if !same {
                out.push_str(&self.print(now, "DELETED", std::slice::from_ref(item)));
            }
        }
        for (key, item) in &current {
            let old = before.get(key).filter(|old| uid(old) == uid(item));
            match old {
                None => out.push_str(&self.print(now, "ADDED", std::slice::from_ref(item))),
                Some(old) if old.value != item.value => {
                    out.push_str(&self.print(now, "MODIFIED", std::slice::from_ref(item)));
                }
                Some(_) => {}
            }
        }
        self.known = current;
        out
    }

    fn print(&mut self, now: i64, event: &str, items: &[Item]) -> String {
        if let Some(types) = &self.types {
            let mut rows = Vec::new();
            for item in items.iter().filter(|_| event != "DELETED") {
                let type_ = text(&item.value, "type").to_lowercase();
                if types.is_empty() || types.contains(&type_) {
                    rows.push(events::row(now, item, self.dress.namespace));
                }
            }
            if !rows.is_empty() && !self.headed && !self.dress.no_headers {
                rows.insert(0, events::header(self.dress.namespace));
            }
            self.headed |= !rows.is_empty();
            return self.widths.lines(&rows);
        }
        match &mut self.form {
            Form::Table(_) => {
                if items.is_empty() {
                    return String::new();
                }
                let mut rows = Vec::new();
                if !self.headed && !self.dress.no_headers {
                    rows.push(self.dress.header(self.resource.kind));
                }
                self.headed = true;
                rows.extend(
                    items
                        .iter()
                        .map(|item| self.dress.row(now, item, items, event)),
                );
                self.widths.layout(&rows)
            }
            Form::Name => items
                .iter()
                .map(|item| format!("{}\n", item.typed_name()))
                .collect(),
            form => {
                let mut out = String::new();
                for item in items {
                    if matches!(form, Form::Yaml) && self.headed {
                        out.push_str("---\n");
                    }
                    self.headed = true;
                    out.push_str(&if !self.dress.events {
                        let text = form.print(&item.value, self.dress.no_headers);
                        text.unwrap_or_default()
                    } else if matches!(form, Form::Json) {
                        let object = crate::format::json::compact(&item.value);
                        format!("{{\"type\":\"{event}\",\"object\":{object}}}\n")
                    } else {
                        let told = json!({"object": item.value, "type": event});
                        form.print(&told, self.dress.no_headers).unwrap_or_default()
                    });
                }
                out
            }
        }
    }
}

fn uid(item: &Item) -> &str {
    let value: &Value = &item.value;
    text(value, "metadata.uid")
}
