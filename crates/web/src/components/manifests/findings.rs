//! What the reader found: errors and warnings, repairs that can be undone, what is missing, what is not simulated.

use ordinal_api::list::IntoList;
use std::rc::Rc;

use ordinal_core::ledger::Gap;
use ordinal_manifest::{Diagnostic, Missing, Position, Repair, Severity};
use web_sys::{HtmlInputElement, MouseEvent};
use yew::{Callback, Html, TargetCast, classes, html};

use super::ManifestsView;
use crate::components::spans::quoted;
use crate::state::{Answer, Command, Text, gaps};

/// So many of each are listed.
const MOST: usize = 60;

/// What the list needs.
#[derive(PartialEq)]
pub(super) struct FindingsProps {
    /// What it shows.
    pub(super) view: Rc<ManifestsView>,
    /// What is to be done.
    pub(super) act: Callback<Command>,
    /// Shows a place in the editor.
    pub(super) on_go: Callback<Position>,
}

/// The class that stands for a severity, and what the editor calls it.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    }
}

/// The list.
pub(super) fn findings(props: &FindingsProps) -> Html {
    let FindingsProps { view, act, on_go } = props;
    let reading = &view.reading;
    let repairs = reading.repairs.iter().map(|repair| (repair, true));
    let undone = view.undone.iter().map(|repair| (repair, false));
    let repairs: Vec<_> = repairs.chain(undone).take(MOST).into_list();
    let on_fill = act.reform(|event: yew::Event| {
        let wanted = event
            .target_dyn_into::<HtmlInputElement>()
            .is_some_and(|input| input.checked());
        Command::Text(Text::FillMissing(wanted))
    });
    html! {
        <div class="findings">
            <ul class="findings__list">
                { for view.refused.iter().take(MOST).map(refusal) }
                { for reading.diagnostics.iter().take(MOST).map(|d| diagnostic(d, on_go)) }
            </ul>
            if !repairs.is_empty() {
                <section class="findings__group">
                    <h2>{ "Repaired" }</h2>
                    <ul class="findings__list">{ for repairs.into_iter().map(|(r, made)| repair(r, made, act, on_go)) }</ul>
                </section>
            }
            if !reading.missing.is_empty() || !view.labels.is_empty() {
                <section class="findings__group">
                    <h2>{ "Missing" }</h2>
                    <label class="switch">
                        <input type="checkbox" role="switch" class="switch__input" checked={view.fill_missing} onchange={on_fill} />
                        { "Make placeholders" }
                    </label>
                    <ul class="findings__list">
                        { for reading.missing.iter().take(MOST).map(|m| missing(m, on_go)) }
                        { for view.labels.iter().take(MOST).map(label) }
                    </ul>
                </section>
            }
            if !reading.placeholders.is_empty() {
                <section class="findings__group">
                    <h2>{ "Filled in" }</h2>
                    <ul class="findings__list">
                        { for reading.placeholders.iter().take(MOST).map(|p| html! {
                            <li class="finding"><span class="finding__text"><code>{ &p.name }</code>{ " became " }<code>{ &p.value }</code></span>{ place(p.at, on_go) }</li>
                        }) }
                    </ul>
                </section>
            }
            { simplified(view, on_go) }
            if !reading.unmodelled.is_empty() {
                <section class="findings__group">
                    <h2>{ "Not simulated" }</h2>
                    <ul class="findings__list">
                        { for reading.unmodelled.iter().take(MOST).map(|u| html! {
                            <li class="finding"><span class="finding__text">{ format!("{} {}", u.kind, u.name) }<code class="finding__aside">{ &u.api_version }</code></span>{ place(u.at, on_go) }</li>
                        }) }
                    </ul>
                    if reading.unmodelled.len() > MOST {
                        <p class="inspector__note">{ format!("and {} more", reading.unmodelled.len() - MOST) }</p>
                    }
                </section>
            }
        </div>
    }
}

/// What the manifests ask for and the cluster does only in part.
fn simplified(view: &ManifestsView, on_go: &Callback<Position>) -> Html {
    let found = gaps(&view.reading);
    if found.is_empty() {
        return Html::default();
    }
    let row = |(gap, at): (&'static Gap, Position)| {
        html! {
            <li key={gap.name} class="finding">
                <span class="finding__text"><strong>{ gap.name }</strong>{ ": " }{ quoted(gap.instead) }</span>
                { place(at, on_go) }
            </li>
        }
    };
    html! {
        <details class="findings__group">
            <summary><h2>{ format!("Simplified ({})", found.len()) }</h2></summary>
            <ul class="findings__list">{ for found.into_iter().map(row) }</ul>
        </details>
    }
}

/// A place that can be gone to.
fn place(at: Position, on_go: &Callback<Position>) -> Html {
    let onclick = on_go.reform(move |_: MouseEvent| at);
    let spoken = format!("Show line {}, column {}", at.line, at.column);
    html! { <button type="button" class="finding__place" aria-label={spoken} {onclick}>{ format!("{}:{}", at.line, at.column) }</button> }
}

fn refusal(answer: &Answer) -> Html {
    let text = answer.said.as_ref().err().cloned().unwrap_or_default();
    html! { <li class="finding finding--error"><span class="finding__text">{ text }</span></li> }
}

fn diagnostic(found: &Diagnostic, on_go: &Callback<Position>) -> Html {
    let class = classes!("finding", format!("finding--{}", severity(found.severity)));
    html! {
        <li {class}>
            <span class="finding__text">
                { quoted(&found.message) }
                if let Some(path) = &found.path {
                    <code class="finding__aside">{ path }</code>
                }
            </span>
            { place(found.at, on_go) }
        </li>
    }
}

fn repair(
    repair: &Repair,
    made: bool,
    act: &Callback<Command>,
    on_go: &Callback<Position>,
) -> Html {
    let id = repair.id.clone();
    let onchange = act.reform(move |_: yew::Event| Command::Text(Text::Repair(id.clone(), !made)));
    html! {
        <li key={repair.id.clone()} class={classes!("finding", (!made).then_some("finding--undone"))}>
            <label class="switch finding__text">
                <input type="checkbox" role="switch" class="switch__input" checked={made} aria-label={format!("Repair: {}", repair.sentence)} {onchange} />
                <span>{ quoted(&repair.sentence) }</span>
            </label>
            { place(repair.at, on_go) }
        </li>
    }
}

fn missing(missing: &Missing, on_go: &Callback<Position>) -> Html {
    let state = if missing.filled {
        "placeholder"
    } else {
        "missing"
    };
    html! {
        <li class={classes!("finding", (!missing.filled).then_some("finding--warning"))}>
            <span class="finding__text">
                <strong>{ format!("{} {}", missing.object.kind, missing.object.name) }</strong>
                <span class="finding__tag">{ state }</span>
                { " " }{ quoted(&missing.sentence) }
            </span>
            { place(missing.at, on_go) }
        </li>
    }
}

fn label(line: &String) -> Html {
    html! {
        <li class="finding">
            <span class="finding__text">
                <strong>{ "A label that the manifests ask for" }</strong>
                <span class="finding__tag">{ "given" }</span>
                <code class="finding__aside">{ line }</code>
            </span>
        </li>
    }
}
