//! `describe`: an object in words. Models kubectl `pkg/describe/describe.go`, v0.37.
//!
//! Each kind writes lines whose cells are separated by tabs; [`crate::format::tabs`] lays them out. `pods`,
//! `containers` and `environment` serve templates as well; `generic` describes what has no describer of its own.

mod cluster;
mod containers;
mod environment;
mod events;
mod generic;
mod jobs;
mod network;
mod node;
mod pods;
mod storage;
mod volumes;
mod workloads;

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use crate::clock;
use crate::format::tabs;
use crate::resource::Item;
use crate::value::{at, entries, items, plain, text};

/// What a describer writes to, and what it may ask.
pub(crate) struct Page<'a> {
    /// The cluster, for what stands in other objects.
    pub(crate) cluster: &'a mut Cluster,
    /// The present, in milliseconds since 1970.
    pub(crate) now: i64,
    /// Whether events are shown.
    pub(crate) events: bool,
    out: String,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(crate) fn new(cluster: &'a mut Cluster, events: bool) -> Self {
        Self {
            now: clock::now_ms(cluster.world()),
            cluster,
            events,
            out: String::new(),
        }
    }

    /// Writes a line, two blanks a level before it.
    pub(crate) fn line(&mut self, level: usize, line: &str) {
        self.out.extend(std::iter::repeat_n("  ", level));
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// Writes `label:` and its value.
    pub(crate) fn field(&mut self, level: usize, label: &str, value: &str) {
        self.out.extend(std::iter::repeat_n("  ", level));
        self.out.push_str(label);
        self.out.push_str(":\t");
        self.out.push_str(value);
        self.out.push('\n');
    }

    /// What follows is laid out on its own.
    pub(crate) fn flush(&mut self) {
        self.out.push(tabs::FLUSH);
    }

    /// The page as text.
    pub(crate) fn laid_out(&self) -> String {
        tabs::layout(&self.out, 0, 2)
    }

    /// The page as it was written, tabs and all.
    pub(crate) fn raw(self) -> String {
        self.out
    }

    /// `k=v` a line, aligned under the first.
    pub(crate) fn map(&mut self, before: &str, label: &str, object: &Value, path: &str) {
        let lines: Vec<String> = entries(object, path)
            .map(|(key, value)| format!("{key}={}", plain(value)))
            .into_list();
        self.lines(before, label, &lines);
    }

    /// Lines aligned under the first; `<none>` for none.
    pub(crate) fn lines(&mut self, before: &str, label: &str, lines: &[String]) {
        if lines.is_empty() {
            self.line(0, &format!("{before}{label}:\t<none>"));
        }
        for (index, line) in lines.iter().enumerate() {
            if index == 0 {
                self.line(0, &format!("{before}{label}:\t{line}"));
            } else {
                self.line(0, &format!("\t{line}"));
            }
        }
    }

    /// Conditions with the moment at which each was looked at last, which kinds call differently.
    pub(crate) fn conditions(&mut self, object: &Value, looked_at: &str, title: &str) {
        let conditions = items(object, "status.conditions");
        if conditions.is_empty() {
            return;
        }
        self.line(0, "Conditions:");
        self.line(
            1,
            &format!("Type\tStatus\t{title}\tLastTransitionTime\tReason\tMessage"),
        );
        // The rule is as long for every title.
        self.line(
            1,
            "----\t------\t-----------------\t------------------\t------\t-------",
        );
        for condition in conditions {
            let row = format!(
                "{} \t{} \t{} \t{} \t{} \t{}",
                text(condition, "type"),
                text(condition, "status"),
                Self::moment(condition, looked_at),
                Self::moment(condition, "lastTransitionTime"),
                text(condition, "reason"),
                text(condition, "message")
            );
            self.line(1, &row);
        }
    }

    /// `k: v` a line; long ones and those of several lines below their key.
    pub(crate) fn annotations(&mut self, before: &str, object: &Value, path: &str) {
        const LONGEST: usize = 140;
        const HIDDEN: &str = "kubectl.kubernetes.io/last-applied-configuration";
        let shorten = |line: &str| {
            let mut end = (LONGEST - 2).min(line.len());
            while !line.is_char_boundary(end) {
                end -= 1;
            }
            if line.len() > LONGEST - 2 {
                format!("{}...", &line[..end])
            } else {
                line.to_owned()
            }
        };
        let mut lines = Vec::new();
        for (key, value) in entries(object, path).filter(|(key, _)| *key != HIDDEN) {
            let value = plain(value);
            let value = value.strip_suffix('\n').unwrap_or(&value);
            if value.len() + key.len() + 2 > LONGEST || value.contains('\n') {
                lines.push(format!("{key}:"));
                lines.extend(value.split('\n').map(|line| format!("  {}", shorten(line))));
            } else {
                lines.push(format!("{key}: {value}"));
            }
        }
        self.lines("", &format!("{before}Annotations"), &lines);
    }

    /// Name, namespace (where there is one), labels and annotations.
    pub(crate) fn head(&mut self, object: &Value) {
        self.field(0, "Name", text(object, "metadata.name"));
        if !text(object, "metadata.namespace").is_empty() {
            self.field(0, "Namespace", text(object, "metadata.namespace"));
        }
        self.map("", "Labels", object, "metadata.labels");
        self.annotations("", object, "metadata.annotations");
    }

    /// A moment in the form of descriptions.
    pub(crate) fn moment(object: &Value, path: &str) -> String {
        match at(object, path) {
            Value::String(text) => clock::rfc1123(text),
            _ => "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(),
        }
    }

    /// How long ago a moment was.
    pub(crate) fn since(&self, object: &Value, path: &str) -> String {
        clock::age(self.now, text(object, path))
    }
}

pub(crate) use containers::template;
pub(crate) use events::interval;
pub(crate) use workloads::without_hash;

type Describer = fn(&mut Page<'_>, &Item);

/// Kinds with a describer of their own.
const DESCRIBERS: &[(&str, Describer)] = &[
    ("ConfigMap", cluster::config_map),
    ("CronJob", jobs::cron_job),
    ("CSINode", storage::csi_node),
    ("DaemonSet", workloads::daemon_set),
    ("Deployment", workloads::deployment),
    ("Endpoints", network::endpoints),
    ("EndpointSlice", network::endpoint_slice),
    ("Job", jobs::job),
    ("LimitRange", cluster::limit_range),
    ("Namespace", cluster::namespace),
    ("Node", node::node),
    ("PersistentVolume", storage::volume),
    ("PersistentVolumeClaim", storage::claim),
    ("Pod", pods::pod),
    ("PodDisruptionBudget", cluster::budget),
    ("PriorityClass", cluster::priority_class),
    ("ReplicaSet", workloads::replica_set),
    ("ReplicationController", workloads::replica_set),
    ("ResourceQuota", cluster::quota),
    ("Secret", cluster::secret),
    ("Service", network::service),
    ("ServiceAccount", cluster::service_account),
    ("StatefulSet", workloads::stateful_set),
    ("StorageClass", storage::class),
];

/// An object in words.
pub(crate) fn describe(cluster: &mut Cluster, item: &Item, events: bool) -> String {
    let mut page = Page::new(cluster, events);
    let describer = DESCRIBERS
        .iter()
        .find(|(kind, _)| *kind == item.resource.kind)
        .map_or(generic::object as Describer, |(_, describer)| *describer);
    describer(&mut page, item);
    page.laid_out()
}
