//! `get -w`: after the list a row for every change; each column keeps the width it had.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;

use ordinal_api::Value;
use ordinal_core::Cluster;

use crate::clock;
use crate::discovery::Resource;
use crate::format::table::Widths;
use crate::print;
use crate::printer::Form;
use crate::resource::{Filter, Item, fetch_all};
use crate::value::text;

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
}

impl Dress {
    /// The header of a kind's table.
    pub(crate) fn header(&self, kind: &str) -> Vec<String> {
        let mut header = print::header(kind, self.wide);
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

    /// The row of an object.
    pub(crate) fn row(&self, now: i64, item: &Item, event: &str) -> Vec<String> {
        let mut row = print::row(now, &item.value, self.wide);
        if self.listed
            && item.resource.kind == "StorageClass"
            && print::is_default_class(&item.value)
            && let Some(name) = row.first_mut()
        {
            name.push_str(" (default)");
        }
        if self.kind {
            let name = format!("{}/{}", item.resource.group_singular(), row_name(&row));
            if let Some(first) = row.first_mut() {
                *first = name;
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

fn row_name(row: &[String]) -> &str {
    row.first().map_or("", String::as_str)
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
    headed: bool,
    known: SortedMap<(String, String), Item>,
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
            headed: false,
            known: SortedMap::new(),
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

    /// What has changed since it was last asked, as kubectl prints it.
    pub fn poll(&mut self, cluster: &mut Cluster) -> String {
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
                rows.extend(items.iter().map(|item| self.dress.row(now, item, event)));
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
                    out.push_str(
                        &form
                            .print(&item.value, self.dress.no_headers)
                            .unwrap_or_default(),
                    );
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
