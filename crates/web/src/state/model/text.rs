//! Changes of what is to run.

use super::Model;
use crate::examples;
use crate::query::MOST_NODES;
use crate::state::command::{Panel, Text};
use crate::state::notice::{Notice, Tone};
use crate::state::session::{Answer, Session, Setup};
use ordinal_api::list::IntoList;
use ordinal_manifest::Reading;
use std::rc::Rc;

impl Model {
    pub(super) fn change_text(&mut self, text: Text) {
        match text {
            Text::Edit(text) => self.manifests.set(&text),
            Text::Run(text) => {
                self.manifests.set(&text);
                self.example = self.example.filter(|example| example.text == text);
                self.run();
            }
            Text::Take(text) => {
                self.manifests.replace(&text);
                self.example = None;
                self.selected = None;
                self.run();
            }
            Text::Apply(text) => {
                self.manifests.set(&text);
                self.apply_here();
            }
            Text::Example(name) => {
                if let Some(example) = examples::named(name) {
                    self.manifests.replace(example.text);
                    self.example = Some(example);
                    self.nodes = example.nodes;
                    self.selected = None;
                    self.run();
                }
            }
            Text::Empty => self.start(Rc::default()),
            Text::Repair(id, wanted) => {
                self.manifests.repair(&id, wanted);
                self.run();
            }
            Text::FillMissing(wanted) => {
                self.manifests.fill(wanted);
                self.run();
            }
            Text::Release(release) => {
                self.release = release;
                self.run();
            }
            Text::Nodes(nodes) => {
                self.nodes = nodes.clamp(1, MOST_NODES);
                self.run();
            }
        }
    }

    /// A fresh cluster for the text. Where the reader found nothing to run, the old one stays.
    fn run(&mut self) {
        if self.manifests.is_empty() {
            (self.panel, self.sheet) = (Panel::Manifests, true);
            let first = self.manifests.errors().next();
            let why = first.map_or("there is nothing to run in this text", |e| {
                e.message.as_str()
            });
            self.notice = Some(Notice::refused(why.lines().next().unwrap_or_default()));
            return;
        }
        self.start(self.manifests.reading.clone());
    }

    fn start(&mut self, reading: Rc<Reading>) {
        let setup = Setup {
            release: self.release,
            nodes: self.nodes,
            before: self.example.map_or(Vec::new(), |example| {
                example
                    .before
                    .iter()
                    .map(|line| (*line).to_owned())
                    .collect()
            }),
            reading,
            label_nodes: self.manifests.fill_missing,
            later: Vec::new(),
        };
        let (session, answers) = Session::start(setup);
        (self.other, self.kept) = (None, None);
        self.session = session;
        self.terminals.begin_again();
        self.labels = labels(&answers);
        self.refused = refusals(answers);
        self.notice = self.refused.first().map(Notice::of).or_else(|| {
            let said = self.manifests.said();
            said.map(|text| Notice {
                tone: Tone::Done,
                line: text.clone(),
                text,
            })
        });
        self.generation += 1;
        self.awaited = None;
        self.playback.at_ms = 0.0;
        self.playback.playing = true;
    }

    /// Applies the text to the cluster as it is at the playhead.
    fn apply_here(&mut self) {
        let at = self.moment();
        self.keep_other(at);
        let reading = self.manifests.reading.clone();
        let answers = self
            .session
            .apply(at, &reading, self.manifests.fill_missing);
        self.labels = labels(&answers);
        let said: Vec<_> = answers
            .iter()
            .filter_map(|a| a.said.as_ref().ok())
            .cloned()
            .into_list();
        self.refused = refusals(answers);
        self.notice = self.refused.first().map(Notice::of).or_else(|| {
            Some(Notice {
                tone: Tone::Done,
                line: "kubectl apply -f -".to_owned(),
                text: said.concat().trim_end().to_owned(),
            })
        });
        let answer = Answer {
            line: format!("kubectl apply -f {}", ordinal_kubectl::files::WHOLE),
            said: match self.refused.first() {
                Some(refused) => refused.said.clone(),
                None => Ok(said.concat()),
            },
        };
        self.acted(at, &answer);
    }
}

/// The lines among them by which machines got labels.
pub(super) fn labels(answers: &[Answer]) -> Vec<String> {
    let lines = answers.iter().map(|answer| &answer.line);
    lines
        .filter(|line| line.starts_with("kubectl label node "))
        .cloned()
        .collect()
}

/// Those that were refused.
pub(super) fn refusals(answers: Vec<Answer>) -> Vec<Answer> {
    answers
        .into_iter()
        .filter(|answer| answer.said.is_err())
        .collect()
}
