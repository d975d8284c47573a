//! The last step: later versions, namespaces, placeholders, and everything in its order.

use ordinal_api::schema;
use ordinal_api::sorted::SortedMap;

use crate::emit;
use crate::missing;
use crate::order;
use crate::reader::Work;
use crate::reading::{ObjectRef, Options, Placeholder, Position, Reading, Repair, Severity, Words};
use crate::references;
use crate::repairs::Tools;
use crate::settle::Settled;

impl Work<'_> {
    /// Everything together.
    pub(crate) fn finish(mut self) -> Reading {
        if !self.options.strict {
            self.later_versions();
            self.namespaces_first();
        }
        let mut reading = std::mem::take(&mut self.reading);
        if !self.options.strict && !self.settled.is_empty() {
            for at in &self.in_prose {
                reading.diagnostics[*at].severity = Severity::Warning;
            }
        }
        let mut texts: Vec<String> = Vec::new();
        // For each document, the place of its text.
        let mut places: Vec<usize> = Vec::new();
        for settled in std::mem::take(&mut self.settled) {
            if settled.document.is_some() {
                places.push(texts.len());
            }
            reading.repairs.extend(settled.repairs);
            reading.documents.extend(settled.document);
            reading.unmodelled.extend(settled.unmodelled);
            texts.push(settled.text);
        }
        for document in &reading.documents {
            reading
                .node_labels_wanted
                .extend(references::wanted_labels(document));
        }
        if !self.options.strict {
            fill(&mut reading, &mut texts, &places, self.options);
        }
        order::by_key(&mut reading.repairs, |repair| repair.at);
        order::by_key(&mut reading.diagnostics, |found| found.at);
        reading.placeholders = placeholders(&reading.repairs);
        reading.repaired_text = joined(&texts);
        if reading.documents.is_empty()
            && reading.unmodelled.is_empty()
            && reading.errors().next().is_none()
        {
            let parts = reading.diagnostics.is_empty();
            let message = if parts {
                "no objects passed to apply"
            } else {
                "there is no complete manifest in this text"
            };
            let words = if parts {
                Words::Kubectl
            } else {
                Words::Ordinal
            };
            self.diagnose(
                Severity::Error,
                words,
                message.to_owned(),
                Position::default(),
                None,
            );
            reading.diagnostics.append(&mut self.reading.diagnostics);
        }
        reading
    }

    /// A tutorial shows an object again when it has changed it: the last one counts.
    fn later_versions(&mut self) {
        // Only what stands again is compared with what follows it.
        let mut times: SortedMap<ObjectRef, usize> = SortedMap::new();
        let name = |settled: &Settled| settled.document.as_ref().map(missing::object_ref);
        for name in self.settled.iter().filter_map(name) {
            let before = times.get(&name).copied().unwrap_or_default();
            times.insert(name, before + 1);
        }
        let mut at = 0;
        while at < self.settled.len() {
            let same = |left: &Settled, right: &Settled| match (&left.document, &right.document) {
                (Some(left), Some(right)) => {
                    missing::object_ref(left) == missing::object_ref(right)
                }
                _ => false,
            };
            let this = &self.settled[at];
            if name(this).is_none_or(|name| times.get(&name) == Some(&1)) {
                at += 1;
                continue;
            }
            let later = this
                .from_prose
                .then(|| {
                    self.settled[at + 1..]
                        .iter()
                        .find(|other| same(this, other))
                })
                .flatten();
            let Some(later) = later.and_then(|later| later.document.as_ref()) else {
                at += 1;
                continue;
            };
            let place = this
                .document
                .as_ref()
                .map_or(Position::default(), |document| document.at);
            let (kind, name, line) = (&later.kind, &later.name, later.at.line);
            // A later one with lines left out only shows what the tutorial talks about.
            let shorter = self
                .settled
                .iter()
                .rposition(|other| other.abridged && !this.abridged && same(this, other));
            let (message, gone) = match shorter {
                Some(shorter) => (
                    format!(
                        "{kind} {name:?} stands again in line {line}, with lines left out: this one counts"
                    ),
                    shorter,
                ),
                None => (
                    format!("{kind} {name:?} stands again in line {line}: the later one counts"),
                    at,
                ),
            };
            self.diagnose(Severity::Note, Words::Ordinal, message, place, None);
            self.settled.remove(gone);
        }
    }

    /// Objects cannot be created in a namespace that comes later in the text.
    fn namespaces_first(&mut self) {
        let name = |settled: &Settled| {
            let document = settled.document.as_ref()?;
            (document.kind == "Namespace").then(|| document.name.clone())
        };
        for at in 1..self.settled.len() {
            let Some(namespace) = name(&self.settled[at]) else {
                continue;
            };
            let user = self.settled[..at].iter().position(|other| {
                other
                    .document
                    .as_ref()
                    .is_some_and(|document| document.namespace.as_deref() == Some(&namespace))
            });
            let Some(user) = user else { continue };
            let place = self.settled[at]
                .document
                .as_ref()
                .map_or(Position::default(), |document| document.at);
            let sentence = format!(
                "Namespace {namespace:?} stands behind objects in it; it was put before them."
            );
            if let Some(repair) = (Tools {
                options: self.options,
            })
            .object("namespace-first", place, sentence)
            {
                let mut moved = self.settled.remove(at);
                moved.repairs.push(repair);
                self.settled.insert(user, moved);
            }
        }
    }
}

/// Lists what is missing and, if asked to, puts a placeholder for each in front, or behind the namespace that it is in.
fn fill(reading: &mut Reading, texts: &mut Vec<String>, places: &[usize], options: &Options) {
    let mut missing = missing::missing(&reading.documents, &reading.unmodelled, options);
    let namespaces = reading.documents.iter().enumerate();
    let homes: Vec<(usize, String)> = namespaces
        .filter(|(_, document)| document.kind == "Namespace")
        .map(|(at, document)| (at, document.name.clone()))
        .collect();
    let mut made = Vec::new();
    for item in &mut missing {
        item.filled = options.fill_missing && schema::served_version(&item.object.kind).is_some();
        if item.filled {
            let namespace = item.object.namespace.as_deref();
            let home = homes
                .iter()
                .find(|(_, name)| Some(name.as_str()) == namespace);
            made.push((home.map(|home| home.0), missing::document(item)));
        }
    }
    // From the end, so that places stay right; all of one place at once.
    let all = homes.iter().rev().map(|home| Some(home.0)).chain([None]);
    for home in all {
        let (here, others) = made
            .into_iter()
            .partition::<Vec<_>, _>(|(other, _)| *other == home);
        made = others;
        let documents: Vec<_> = here.into_iter().map(|(_, document)| document).collect();
        let lines: Vec<String> = documents
            .iter()
            .map(|document| emit::lines(&document.value).join("\n") + "\n")
            .collect();
        let (place, at) = home.map_or((0, 0), |at| (places[at] + 1, at + 1));
        texts.splice(place..place, lines);
        reading.documents.splice(at..at, documents);
    }
    reading.missing = missing;
}

/// The placeholders that were filled in, by the repairs that did it.
fn placeholders(repairs: &[Repair]) -> Vec<Placeholder> {
    let mut list: Vec<Placeholder> = Vec::new();
    for repair in repairs.iter().filter(|repair| repair.name == "placeholder") {
        let mut words = repair.sentence.split('`').skip(1).step_by(2);
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            if !list.iter().any(|known| known.name == name) {
                list.push(Placeholder {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    at: repair.at,
                });
            }
        }
    }
    list
}

/// All documents with `---` between them.
fn joined(texts: &[String]) -> String {
    let mut text = String::new();
    for document in texts {
        let document = document.trim_start_matches("---\n").trim_end();
        if document.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push_str("---\n");
        }
        text.push_str(document);
        text.push('\n');
    }
    text
}
