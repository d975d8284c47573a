//! The order of steps: decode, read as kubectl does, and only then look for manifests in prose and repair.

use crate::blocks::{self, Segment};
use crate::emit;
use crate::json;
use crate::mend::{self, Draft};
use crate::node::Node;
use crate::reading::{Diagnostic, Options, Position, Reading, Repair, Severity, Words};
use crate::repairs::{Tools, charts, marks, templates};
use crate::settle::Settled;
use crate::text::{Line, Text, is_separator};
use crate::yaml::Fault;

/// Reads a text that somebody pasted. Never panics; what is too large or too deep is refused with a diagnostic.
pub fn read(text: impl AsRef<[u8]>, options: &Options) -> Reading {
    let mut work = Work {
        options,
        reading: Reading::default(),
        settled: Vec::new(),
        template: None,
        in_prose: Vec::new(),
    };
    match crate::decode::decode(text.as_ref(), &options.limits) {
        Err(found) => work.reading.diagnostics.push(found),
        Ok(decoded) => match decoded.stray.and_then(|found| work.intolerable(found)) {
            Some(found) => work.reading.diagnostics.push(found),
            None => work.whole(&decoded.text),
        },
    }
    work.finish()
}

/// A text without the actions of a chart's template, if it had any.
pub(crate) struct Rendered {
    pub text: Text,
    pub repair: Option<Repair>,
}

/// A reading in the making.
pub(crate) struct Work<'a> {
    pub options: &'a Options,
    pub reading: Reading,
    pub settled: Vec<Settled>,
    /// Where a template showed first.
    pub template: Option<(&'static str, Position)>,
    /// Diagnostics of blocks in prose that cannot be read; they refuse nothing when another block can.
    pub in_prose: Vec<usize>,
}

impl Work<'_> {
    /// Control characters are taken out with a repair; where none is wanted, they are a reason to refuse the text.
    fn intolerable(&mut self, found: Diagnostic) -> Option<Diagnostic> {
        let tools = Tools {
            options: self.options,
        };
        let sentence = "Control characters, which no manifest may have, were taken out.";
        let repair = tools
            .text("control-character", found.at, sentence.to_owned())
            .filter(|_| !self.options.strict);
        let refused = repair.is_none();
        self.reading.repairs.extend(repair);
        refused.then_some(found)
    }

    fn whole(&mut self, text: &str) {
        let whole = Text::of(text);
        if json::looks_like(text)
            && let Some(nodes) = json::parse(text, &self.options.limits)
        {
            nodes.into_iter().for_each(|node| self.json(&whole, node));
            return;
        }
        if whole.documents().len() > self.options.limits.documents {
            let most = self.options.limits.documents;
            let message = format!("the text has more than {most} documents");
            return self.diagnose(
                Severity::Error,
                Words::Ordinal,
                message,
                Position::default(),
                None,
            );
        }
        if !self.options.extract {
            return self.as_kubectl(&whole);
        }
        match mend::read_all(&whole, self.options) {
            Ok(drafts)
                if mend::is_clean(&drafts)
                    && !(drafts.is_empty() && text.contains("apiVersion:")) =>
            {
                drafts.into_iter().for_each(|draft| self.draft(draft))
            }
            _ if is_manifest(&whole) => match self.options.strict {
                true => self.as_kubectl(&whole),
                false => self.damaged_documents(&whole),
            },
            _ => self.prose(&whole),
        }
    }

    /// Document after document, up to the first that cannot be read.
    fn as_kubectl(&mut self, whole: &Text) {
        for document in whole.documents() {
            match mend::read_all(&document, self.options) {
                Ok(drafts) => drafts.into_iter().for_each(|draft| self.draft(draft)),
                Err((fault, text)) => return self.unreadable(&fault, &text),
            }
        }
    }

    /// A text that is a manifest from its first line on, with something wrong in it.
    fn damaged_documents(&mut self, whole: &Text) {
        let rendered = self.rendered(whole);
        self.reading.repairs.extend(rendered.repair);
        for document in rendered.text.documents() {
            let read = mend::read_all(&document, self.options);
            match &read {
                Ok(drafts) if mend::is_clean(drafts) && !marks::has_ellipses(&document) => {}
                Err((fault, text)) if fault.is_bound() => {
                    self.unreadable(fault, text);
                    continue;
                }
                Err((_, text)) if self.is_template(text) => continue,
                _ => {
                    let segments = blocks::segments(&document, false);
                    if !segments.is_empty() {
                        self.left_out(&document, &segments);
                        segments
                            .into_iter()
                            .for_each(|segment| self.segment(segment, false));
                        continue;
                    }
                }
            }
            match read {
                Ok(drafts) => drafts.into_iter().for_each(|draft| self.draft(draft)),
                Err((fault, text)) => self.unreadable(&fault, &text),
            }
        }
    }

    /// Lines between manifests that are no part of one are not dropped in silence.
    fn left_out(&mut self, document: &Text, segments: &[Segment]) {
        let taken = |line: u32| {
            segments.iter().any(|one| {
                let (first, last) = (one.text.lines.first(), one.text.lines.last());
                first.is_some_and(|first| first.line <= line)
                    && last.is_some_and(|last| line <= last.line)
            })
        };
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for line in &document.lines {
            let text = line.text.trim();
            if taken(line.line) || text.is_empty() || text.starts_with('#') || is_separator(text) {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.1 + 1 == line.line => run.1 = line.line,
                _ => runs.push((line.line, line.line)),
            }
        }
        for (first, last) in runs {
            let lines = if first == last {
                format!("line {first} is")
            } else {
                format!("lines {first} to {last} are")
            };
            let message = format!("{lines} no part of a manifest and left out");
            let at = Position {
                line: first,
                column: 1,
            };
            self.diagnose(Severity::Warning, Words::Ordinal, message, at, None);
        }
    }

    pub(crate) fn segment(&mut self, segment: Segment, from_prose: bool) {
        let tools = Tools {
            options: self.options,
        };
        let mut text = segment.text;
        let mut repairs = Vec::new();
        let at = text.at(0, 0);
        if segment.heredoc
            && let Some((plain, made)) = marks::heredoc(&tools, &text)
        {
            text = plain;
            repairs.extend(made);
        }
        if self.options.strict {
            match mend::read_all(&text, self.options) {
                Ok(drafts) => drafts.into_iter().for_each(|draft| {
                    self.draft(Draft {
                        from_prose,
                        ..draft
                    })
                }),
                Err((fault, text)) => self.unreadable(&fault, &text),
            }
            return;
        }
        if segment.numbered {
            let sentence =
                "The lines were numbered by the page; the numbers were taken off.".to_owned();
            repairs.extend(tools.text("line-numbers", at, sentence));
        }
        if segment.joined {
            let sentence = "A second object begins here; `---` was put before it.".to_owned();
            match tools.text("missing-separator", at, sentence) {
                Some(repair) => repairs.push(repair),
                None => {
                    return self.diagnose(
                        Severity::Error,
                        Words::Ordinal,
                        "two objects stand here without `---` between them".to_owned(),
                        at,
                        None,
                    );
                }
            }
        }
        let mended = mend::mend(&tools, &text);
        let read = mended.as_ref().is_ok_and(|drafts| {
            mend::is_clean(drafts) && drafts.iter().all(|one| one.duplicates.is_empty())
        });
        if !read && let Some(unmodelled) = mend::unmodelled(&text) {
            return self.kept(unmodelled, &text, from_prose);
        }
        match mended {
            Ok(drafts) => {
                for mut draft in drafts {
                    draft.from_prose = from_prose;
                    draft.repairs.splice(0..0, std::mem::take(&mut repairs));
                    self.draft(draft);
                }
            }
            Err(_) if self.is_template(&text) => {}
            Err((fault, text)) => {
                self.unreadable(&fault, &text);
                self.in_prose
                    .extend(from_prose.then(|| self.reading.diagnostics.len() - 1));
            }
        }
    }

    /// A chart's template as a manifest, as far as the text alone can say; any other text as it is.
    pub(crate) fn rendered(&self, text: &Text) -> Rendered {
        let tools = Tools {
            options: self.options,
        };
        let chart = templates::is_template(text)
            .filter(|(what, _)| *what == templates::CHART && !self.options.strict);
        let repair = chart.and_then(|(_, at)| {
            let sentence = "This is a Helm chart's template: switches count as on, other values as unset, and names stand for \
                values. `helm template` gives the true manifest.";
            tools.text("chart-template", at, sentence.to_owned())
        });
        Rendered {
            text: match repair {
                Some(_) => charts::render(text),
                None => text.clone(),
            },
            repair,
        }
    }

    /// Says once that the text is a template.
    fn is_template(&mut self, text: &Text) -> bool {
        let Some((what, at)) = templates::is_template(text) else {
            return false;
        };
        if self.template.is_none() {
            self.template = Some((what, at));
            let advice = if what.starts_with("Helm") {
                "render it with `helm template` and paste the result"
            } else {
                "render it first"
            };
            let message = format!("this is a {what}, not a manifest: {advice}");
            self.diagnose(Severity::Error, Words::Ordinal, message, at, None);
        }
        true
    }

    pub(crate) fn unreadable(&mut self, fault: &Fault, text: &Text) {
        let message = format!(
            "error parsing {}: error converting YAML to JSON: yaml: {}",
            self.options.file, fault.message
        );
        let at = text.at(fault.at.row, fault.at.column);
        self.diagnose(Severity::Error, Words::Kubectl, message, at, None);
    }

    /// A JSON object; it is only turned into lines when something in it has to be repaired.
    fn json(&mut self, whole: &Text, node: Node) {
        let draft = Draft {
            text: whole.clone(),
            node,
            duplicates: Vec::new(),
            repairs: Vec::new(),
            abridged: false,
            from_prose: false,
        };
        if self.options.strict || !self.needs_repair(&draft) {
            return self.draft(draft);
        }
        let line = draft.text.at(draft.node.at.row, 0).line;
        let text = in_lines(&draft.node, line);
        if let Ok(drafts) = mend::read_all(&text, self.options) {
            drafts.into_iter().for_each(|draft| self.draft(draft));
        }
    }

    pub(crate) fn diagnose(
        &mut self,
        severity: Severity,
        words: Words,
        message: String,
        at: Position,
        path: Option<String>,
    ) {
        let found = Diagnostic {
            severity,
            message,
            words,
            at,
            path,
            suggestion: None,
        };
        self.reading.diagnostics.push(found);
    }
}

/// An object as block YAML, every line of it from one line of the text.
pub(crate) fn in_lines(node: &Node, line: u32) -> Text {
    let lines = emit::lines(&node.value()).into_iter().map(|text| Line {
        text,
        line,
        shift: 0,
    });
    Text {
        lines: lines.collect(),
        open_end: false,
    }
}

/// Whether the text is meant to be nothing but manifests: it begins like one and has no fences.
fn is_manifest(text: &Text) -> bool {
    let mut lines = text.lines.iter().map(|line| line.text.trim());
    let first = lines.clone().find(|line| {
        !line.is_empty()
            && !line.starts_with('#')
            && !is_separator(line)
            && !line.starts_with("{{")
            && !line.starts_with("{%")
            && !line.starts_with('%')
    });
    let begins = first.is_some_and(|line| {
        let key = line.split(':').next().unwrap_or_default();
        line.contains(':')
            && matches!(
                key,
                "apiVersion" | "kind" | "metadata" | "spec" | "data" | "\"apiVersion\""
            )
    });
    begins && !lines.any(|line| line.starts_with("```"))
}
