//! What became of a text or a command line, as plain objects.

use ordinal_manifest::Severity;

use super::plain::plain;
use crate::state::Model;

pub(super) struct Loaded {
    accepted: bool,
    objects: usize,
    diagnostics: Vec<Found>,
    repairs: Vec<Repaired>,
    missing: Vec<Gap>,
    refused: Vec<String>,
}

plain!(Loaded { accepted objects diagnostics repairs missing refused });

struct Found {
    severity: &'static str,
    message: String,
    line: u32,
    column: u32,
    path: Option<String>,
}

plain!(Found { severity message line column path });

struct Repaired {
    id: String,
    sentence: String,
    line: u32,
    column: u32,
}

plain!(Repaired { id sentence line column });

struct Gap {
    kind: String,
    name: String,
    filled: bool,
}

plain!(Gap { kind name filled });

pub(super) struct Ran {
    pub(super) ok: bool,
    pub(super) text: String,
}

plain!(Ran { ok text });

impl Loaded {
    pub(super) fn of(model: &Model) -> Self {
        let reading = &model.manifests.reading;
        let found = |d: &ordinal_manifest::Diagnostic| Found {
            severity: match d.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            message: d.message.clone(),
            line: d.at.line,
            column: d.at.column,
            path: d.path.clone(),
        };
        let repaired = |r: &ordinal_manifest::Repair| Repaired {
            id: r.id.clone(),
            sentence: r.sentence.clone(),
            line: r.at.line,
            column: r.at.column,
        };
        let gap = |m: &ordinal_manifest::Missing| Gap {
            kind: m.object.kind.clone(),
            name: m.object.name.clone(),
            filled: m.filled,
        };
        Self {
            accepted: reading.is_accepted() && model.refused.is_empty(),
            objects: reading.documents.len(),
            diagnostics: reading.diagnostics.iter().map(found).collect(),
            repairs: reading.repairs.iter().map(repaired).collect(),
            missing: reading.missing.iter().map(gap).collect(),
            refused: model
                .refused
                .iter()
                .filter_map(|a| a.said.clone().err())
                .collect(),
        }
    }
}
