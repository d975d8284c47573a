//! The events of an object, at the end of its description.

use ordinal_api::Value;

use super::Page;
use crate::clock;
use crate::discovery;
use crate::resource::{Filter, fetch_all};
use crate::sorting;
use crate::value::{has, number, text};

/// How often and when: `11m (x5 over 26m)`.
pub(crate) fn interval(now: i64, event: &Value) -> String {
    let first = match text(event, "eventTime") {
        "" => text(event, "firstTimestamp"),
        moment => moment,
    };
    let first = clock::age(now, first);
    if has(event, "series") {
        let last = clock::age(now, text(event, "series.lastObservedTime"));
        return format!("{last} (x{} over {first})", number(event, "series.count"));
    }
    if number(event, "count") > 1 {
        let last = clock::age(now, text(event, "lastTimestamp"));
        return format!("{last} (x{} over {first})", number(event, "count"));
    }
    first
}

/// The component that wrote an event.
fn source(event: &Value) -> &str {
    match text(event, "source.component") {
        "" => text(event, "reportingComponent"),
        component => component,
    }
}

impl Page<'_> {
    /// The events about an object.
    pub(crate) fn events_of(&mut self, object: &Value) {
        if !self.events {
            return;
        }
        let Ok(events) = discovery::find("events") else {
            return;
        };
        let found = fetch_all(self.cluster, events, &Filter::default()).unwrap_or_default();
        let (kind, name) = (text(object, "kind"), text(object, "metadata.name"));
        let (uid, namespace) = (
            text(object, "metadata.uid"),
            text(object, "metadata.namespace"),
        );
        let about: Vec<Value> = found
            .into_iter()
            .map(|item| item.value)
            .filter(|event| {
                let involved = |key: &str| text(&event["involvedObject"], key);
                let of = involved("uid");
                involved("kind") == kind
                    && involved("name") == name
                    && (namespace.is_empty() || involved("namespace") == namespace)
                    && (of.is_empty() || of == uid || (kind == "Node" && of == name))
            })
            .collect();
        // Those of its identity come before those of its name, which kubelets write.
        let (mut of_uid, of_name): (Vec<Value>, Vec<Value>) = about
            .into_iter()
            .partition(|event| text(event, "involvedObject.uid") != name);
        of_uid.extend(of_name);
        self.events_table(&of_uid);
    }

    /// A table of events, in the order of when they were last seen.
    fn events_table(&mut self, events: &[Value]) {
        if events.is_empty() {
            self.line(0, "Events:\t<none>");
            return;
        }
        let seen: Vec<Option<i64>> = events
            .iter()
            .map(|event| clock::parse_ms(text(event, "lastTimestamp")))
            .collect();
        self.flush();
        self.line(0, "Events:");
        self.line(1, "Type\tReason\tAge\tFrom\tMessage");
        self.line(1, "----\t------\t----\t----\t-------");
        for place in sorting::order(events.len(), &|i, j| seen[i] < seen[j]) {
            let event = &events[place];
            let message = text(event, "message").trim();
            let message = match text(event, "involvedObject.fieldPath") {
                "" => message.to_owned(),
                path => format!("{path}: {message}"),
            };
            let row = format!(
                "{}\t{}\t{}\t{}\t{}",
                text(event, "type"),
                text(event, "reason"),
                interval(self.now, event),
                source(event),
                message.trim()
            );
            self.line(1, &row);
        }
    }
}
