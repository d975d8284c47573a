//! What became of a text or a command line, as plain objects.

use ordinal_manifest::Severity;
use serde::Serialize;

use crate::state::Model;

#[derive(Serialize)]
pub(super) struct Loaded {
    accepted: bool,
    objects: usize,
    diagnostics: Vec<Found>,
    repairs: Vec<Repaired>,
    missing: Vec<Gap>,
    refused: Vec<String>,
}

#[derive(Serialize)]
struct Found {
    severity: &'static str,
    message: String,
    line: u32,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

#[derive(Serialize)]
struct Repaired {
    id: String,
    sentence: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Gap {
    kind: String,
    name: String,
    filled: bool,
}

#[derive(Serialize)]
pub(super) struct Ran {
    pub(super) ok: bool,
    pub(super) text: String,
}

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
