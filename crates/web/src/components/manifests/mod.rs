//! The manifests: the editor, and below it what the reader found, repaired and missed.

mod findings;

use std::rc::Rc;

use ordinal_manifest::{Diagnostic, Position, Reading, Repair};
use web_sys::MouseEvent;
use yew::{Callback, Html, Properties, component, html, use_state};

use super::editor::{Editor, Mark};
use super::memo::memo;
use crate::state::{Answer, Command, Manifests, Text};
use crate::words::count;
use findings::FindingsProps;

/// What the panel shows; two are equal when they come from the same reading.
#[derive(Debug)]
pub(crate) struct ManifestsView {
    /// The text.
    pub(crate) text: Rc<str>,
    /// Grows with each change from outside of the editor.
    pub(crate) revision: u32,
    /// What was found.
    pub(crate) reading: Rc<Reading>,
    /// Repairs that the user has undone.
    pub(crate) undone: Vec<Repair>,
    /// Whether placeholders are made.
    pub(crate) fill_missing: bool,
    /// Command lines by which machines got labels for these manifests.
    pub(crate) labels: Vec<String>,
    /// What the API server refused.
    pub(crate) refused: Vec<Answer>,
}

impl ManifestsView {
    /// What there is to show.
    pub(crate) fn of(manifests: &Manifests, labels: &[String], refused: &[Answer]) -> Self {
        Self {
            text: manifests.text.clone(),
            revision: manifests.revision,
            reading: manifests.reading.clone(),
            undone: manifests.undone.values().cloned().collect(),
            fill_missing: manifests.fill_missing,
            labels: labels.to_vec(),
            refused: refused.to_vec(),
        }
    }

    /// How many repairs and placeholders were made.
    pub(crate) fn changes(&self) -> usize {
        let placeholders = self.reading.missing.iter().filter(|m| m.filled);
        self.reading.repairs.len() + placeholders.count()
    }

    /// How much was refused.
    pub(crate) fn errors(&self) -> usize {
        self.reading.errors().count() + self.refused.len()
    }
}

impl PartialEq for ManifestsView {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.reading, &other.reading)
            && self.refused == other.refused
            && self.labels == other.labels
    }
}

/// What the panel needs.
#[derive(PartialEq, Properties)]
pub(crate) struct ManifestsProps {
    /// What it shows.
    pub(crate) view: Rc<ManifestsView>,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The panel.
#[component]
pub(crate) fn ManifestsPanel(props: &ManifestsProps) -> Html {
    let ManifestsProps { view, act } = props;
    let repaired = use_state(|| false);
    let go = use_state(|| None::<(u32, Position)>);

    let on_change = act.reform(|text| Command::Text(Text::Edit(text)));
    let on_run = act.reform(|text| Command::Text(Text::Run(text)));
    let text = |command: fn(String) -> Text| {
        let text = view.text.clone();
        act.reform(move |_: MouseEvent| Command::Text(command(text.to_string())))
    };
    let (on_run_button, on_apply) = (text(Text::Run), text(Text::Apply));
    let on_repaired = {
        let repaired = repaired.clone();
        Callback::from(move |_: MouseEvent| repaired.set(!*repaired))
    };
    let on_go = {
        let go = go.clone();
        Callback::from(move |at: Position| go.set(Some((go.map_or(0, |(n, _)| n + 1), at))))
    };
    let changed = !view.reading.repairs.is_empty() || view.reading.missing.iter().any(|m| m.filled);
    html! {
        <div class="manifests">
            if *repaired && changed {
                <pre class="yaml manifests__repaired" tabindex="0" aria-label="Repaired text">{ &view.reading.repaired_text }</pre>
            } else {
                <Editor text={view.text.clone()} revision={view.revision} marks={marks(&view.reading)} go={*go} {on_change} {on_run} />
            }
            <div class="manifests__bar">
                <button type="button" class="button button--primary" title="A fresh cluster for this text (Ctrl+Enter)" onclick={on_run_button}>{ "Run" }</button>
                <button type="button" class="button" title="kubectl apply -f - at the playhead" onclick={on_apply}>{ "Apply here" }</button>
                if changed {
                    <button type="button" class="button button--quiet" aria-pressed={repaired.to_string()} onclick={on_repaired}>
                        { if *repaired { "Your text" } else { "Repaired text" } }
                    </button>
                }
                <span class="manifests__sum" role="status">{ summary(view) }</span>
            </div>
            { memo(FindingsProps { view: view.clone(), act: act.clone(), on_go }, findings::findings) }
        </div>
    }
}

fn summary(view: &ManifestsView) -> String {
    let reading = &view.reading;
    let errors = view.errors();
    let mut parts = Vec::new();
    if errors > 0 {
        parts.push(count(errors, "error"));
    }
    parts.push(count(reading.documents.len(), "object"));
    if !reading.repairs.is_empty() {
        parts.push(count(reading.repairs.len(), "repair"));
    }
    parts.join(", ")
}

/// The places that the editor marks.
fn marks(reading: &Reading) -> Rc<[Mark]> {
    let found = reading.diagnostics.iter().map(|d: &Diagnostic| Mark {
        at: d.at,
        severity: findings::severity(d.severity),
        message: d.message.clone(),
    });
    let repaired = reading.repairs.iter().map(|r| Mark {
        at: r.at,
        severity: "info",
        message: r.sentence.clone(),
    });
    found.chain(repaired).take(200).collect()
}
