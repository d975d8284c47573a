//! What enters: requests with their answers, faults, and inputs that come at their moments.

use std::sync::Arc;

use ordinal_api::Status;

use super::Cluster;
use crate::apiserver::{Request, Response};
use crate::journal::{Fact, Verb};
use crate::{Component, Fault, Id, Input, World};

/// One request and what came back.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was sent.
    pub request: Request,
    /// What was answered.
    pub answer: Result<Response, Status>,
    /// `Warning` headers, in order.
    pub warnings: Vec<String>,
    /// Whether an object was made.
    pub created: bool,
}

impl Cluster {
    /// Takes an input now.
    ///
    /// # Errors
    /// The API server's refusal, or what is wrong with a fault (an unknown node, say).
    pub fn submit(&mut self, input: Input) -> Result<Response, Status> {
        let before = self.mark();
        let answer = self.take(&input);
        // Without a history too: what a line does in a branch is compared with what it did before.
        let input = match input {
            Input::Request(request) => Input::Request(request.keep()),
            other => other,
        };
        self.inputs.push((self.world.now(), Arc::new(input)));
        self.keep_frame(before);
        answer
    }

    /// Gives an input its turn. Whoever calls this puts it among the inputs.
    pub(super) fn take(&mut self, input: &Input) -> Result<Response, Status> {
        self.turns.push(self.world.turn);
        self.world.turn += 1;
        apply(&mut self.world, input)
    }

    /// Sends a request to the API server.
    ///
    /// # Errors
    /// The API server's refusal.
    pub fn request(&mut self, request: Request) -> Result<Response, Status> {
        let request = if self.manager.is_empty() || !request.writes_or_tries() {
            request
        } else {
            request.managed_by(&self.manager)
        };
        let kept = self.exchanges.is_some().then(|| request.clone());
        let before = self.world.store.len();
        let answer = if request.writes() {
            self.submit(Input::Request(request))
        } else {
            // A copy, so that a question can leave no trace.
            let mut copy = self.world.clone();
            let answer = apply(&mut copy, &Input::Request(request));
            self.world.warnings = copy.warnings;
            answer
        };
        let warnings = std::mem::take(&mut *self.world.warnings);
        self.warnings.extend(warnings.iter().cloned());
        if let (Some(all), Some(request)) = (&mut self.exchanges, kept) {
            all.push(Exchange {
                request,
                answer: answer.clone(),
                warnings,
                created: self.world.store.len() > before,
            });
        }
        answer
    }

    /// Notes that the server refused a list whose selector it could not read: selectors are read before they are sent here.
    pub fn refused_list(&mut self, kind: ordinal_api::Kind, status: Status) {
        if let Some(all) = &mut self.exchanges {
            let request = Request::List {
                kind,
                namespace: None,
                selector: Default::default(),
            };
            all.push(Exchange {
                request,
                answer: Err(status),
                warnings: Vec::new(),
                created: false,
            });
        }
    }

    /// Adds to the warnings of what is asked.
    pub(crate) fn warn(&mut self, texts: Vec<String>) {
        self.warnings.extend(texts);
    }

    /// Whose fields the following requests write, where they name nobody.
    pub fn act_as(&mut self, manager: &str) {
        self.manager = manager.into();
    }

    /// The warnings of all requests since they were last asked for, in order.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// The requests since they were last asked for, with their answers; from the first call on they are kept.
    pub fn take_exchanges(&mut self) -> Vec<Exchange> {
        self.exchanges.replace(Vec::new()).unwrap_or_default()
    }

    /// Lets a fault happen.
    ///
    /// # Errors
    /// What is wrong with it: an unknown node or Pod.
    pub fn fault(&mut self, fault: Fault) -> Result<(), Status> {
        self.submit(Input::Fault(fault)).map(|_| ())
    }
}

/// Applies an input to a world, now.
pub(crate) fn apply(world: &mut World, input: &Input) -> Result<Response, Status> {
    match input {
        Input::Request(request) => {
            if !request.writes() {
                return crate::apiserver::handle(world, request, None);
            }
            let summary = request.summary();
            let command = Fact::Command(summary.as_str().into());
            let cause = record_input(world, Component::User, command);
            let answer = crate::apiserver::handle(world, request, Some(cause));
            if let Err(status) = &answer {
                // What was refused did not happen: the journal says so in the same entry.
                let refused = Fact::Refused(format!("{summary}: {}", status.message).into());
                world.amend(cause, refused);
            }
            answer
        }
        Input::Write(write) => {
            crate::kubelet::files::write(world, write)?;
            Ok(Response::List(ordinal_api::Kind::Node, Vec::new()))
        }
        Input::Fault(fault) => {
            crate::kubelet::faults::apply(world, fault)?;
            Ok(Response::List(ordinal_api::Kind::Node, Vec::new()))
        }
    }
}

/// Journals an input; its subject is the Namespace `default`, which always exists.
pub(crate) fn record_input(world: &mut World, by: Component, fact: Fact) -> u64 {
    let subject: Id = world.intern(ordinal_api::Kind::Namespace, "", "default");
    let uid = world.get(subject).map(|o| o.meta.uid).unwrap_or_default();
    world.record(by, subject, uid, Verb::Input, fact.into(), None)
}
