//! What became of an object that was changed, by the fact that says most.

use ordinal_api::condition::{self, ConditionStatus};
use ordinal_api::list::IntoList;
use ordinal_api::storage::VolumePhase;
use ordinal_api::{Kind, Text};
use ordinal_core::journal::{Endpoints, Entry, Fact, Verb};
use ordinal_core::{Component, World};

use super::told::{command, no_node, told};
use super::{Clause, node_of_attachment};
use crate::words::{actor, list, short_key, told_apart};

/// What an entry says by one of its facts; `None` for bookkeeping. `name` is that of its subject.
pub(super) fn changed(
    world: &World,
    entry: &Entry,
    fact: &Fact,
    kind: Kind,
    name: &str,
) -> Option<Clause> {
    let of = Subject {
        by: entry.by,
        kind,
        name,
        goes_at_once: entry.by == Component::User && is_last_word(world, entry),
    };
    let clause = of.pod(fact).or_else(|| of.node(fact));
    let clause = clause.or_else(|| of.volume(world, entry, fact));
    clause.or_else(|| of.other(world, entry, fact))
}

/// Whether what was asked to go went in the same request: nothing waits for the end of what is deleted.
fn is_last_word(world: &World, entry: &Entry) -> bool {
    world.entry(entry.seq + 1).is_some_and(|next| {
        next.verb == Verb::Delete && (next.subject, next.uid) == (entry.subject, entry.uid)
    })
}

/// What was changed, and by whom.
struct Subject<'a> {
    by: Component,
    kind: Kind,
    name: &'a str,
    /// Whether it was deleted in the same request: nothing of its end is waited for.
    goes_at_once: bool,
}

impl Subject<'_> {
    /// It was done: `statefulset-controller` + `scaled` + the name + ` to 2`.
    fn did(&self, verb: &str, rest: &str, outcome: String) -> Clause {
        Clause::new(Some(actor(self.by)), verb, self.name, rest, outcome)
    }

    /// The same to an object that is told by its kind too.
    fn did_to_kind(&self, verb: &str, rest: &str, outcome: impl Fn(&str) -> String) -> Clause {
        let object = format!("{} {}", self.kind, self.name);
        Clause::new(Some(actor(self.by)), verb, &object, rest, outcome(&object))
    }

    /// It happened by itself.
    fn happened(&self, outcome: String) -> Clause {
        Clause::new(None, "", self.name, "", outcome)
    }

    fn pod(&self, fact: &Fact) -> Option<Clause> {
        let name = self.name;
        Some(match fact {
            Fact::Scheduled(node) => self.did(
                "placed",
                &format!(" on {node}"),
                format!("{name} was placed on {node}"),
            ),
            Fact::Running => self.happened(format!("{name} runs")),
            Fact::Initialized => self.happened(format!("the init containers of {name} are done")),
            Fact::Ready => self.happened(format!("{name} became Ready")),
            Fact::NotReady if self.by == Component::Kubelet => {
                self.happened(format!("{name} is no longer Ready"))
            }
            Fact::NotReady => self.did(
                "marked",
                " as not Ready",
                format!("{name} is no longer Ready"),
            ),
            Fact::Succeeded => self.happened(format!("{name} has completed")),
            Fact::Failed(reason) if reason.is_empty() => {
                self.happened(format!("{name} has failed"))
            }
            Fact::Failed(reason) => self.happened(format!("{name} has failed: {reason}")),
            Fact::DeletionRequested if self.kind == Kind::Pod && self.goes_at_once => {
                self.did("removed", " from the API", format!("the API forgot {name}"))
            }
            Fact::DeletionRequested if self.kind == Kind::Pod => {
                self.did("asked", " to stop", format!("{name} was asked to stop"))
            }
            Fact::ContainerWaiting { reason, .. } => {
                self.happened(format!("{name} is in {reason}"))
            }
            Fact::ContainerStopped { exit_code: 0, .. } => {
                self.happened(format!("a container of {name} ended"))
            }
            Fact::ContainerStopped { exit_code, .. } => self.happened(format!(
                "a container of {name} ended with exit code {exit_code}"
            )),
            Fact::Restarted { count, .. } => self.did(
                "restarted",
                &format!(", restart {count}"),
                format!("{name} was restarted"),
            ),
            _ => return None,
        })
    }

    fn node(&self, fact: &Fact) -> Option<Clause> {
        let name = self.name;
        Some(match fact {
            Fact::NodeReady => self.did("marked", " as Ready", format!("{name} became Ready")),
            Fact::NodeNotReady | Fact::NodeUnknown => self
                .did("marked", " as NotReady", format!("{name} became NotReady"))
                .because("its heartbeats stopped"),
            Fact::Taint { key, effect } => {
                let taint = format!("{}:{}", short_key(key), effect.as_str());
                self.did(
                    "tainted",
                    &format!(" with {taint}"),
                    format!("{name} got the taint {taint}"),
                )
            }
            Fact::Untaint { key, effect } => {
                let taint = format!("{}:{}", short_key(key), effect.as_str());
                let outcome = format!("{name} lost the taint {taint}");
                let rest = format!(" from {name}");
                Clause::new(
                    Some(actor(self.by)),
                    "took the taint",
                    &taint,
                    rest,
                    outcome,
                )
            }
            Fact::Cordoned(true) => self.did("cordoned", "", format!("{name} was cordoned")),
            Fact::Cordoned(false) => self.did("uncordoned", "", format!("{name} was uncordoned")),
            Fact::PowerOff => self.happened(format!("{name} lost its power")),
            Fact::PowerOn => self.happened(format!("{name} has power again")),
            Fact::KubeletStarted => self.happened(format!("the kubelet of {name} started")),
            Fact::LinkCut => self.happened(format!("{name} was cut off from the network")),
            Fact::LinkHealed => self.happened(format!("{name} is back on the network")),
            _ => return None,
        })
    }

    fn volume(&self, world: &World, entry: &Entry, fact: &Fact) -> Option<Clause> {
        let name = self.name;
        Some(match fact {
            Fact::ClaimBound(_) => {
                self.did("bound", " to its volume", format!("{name} is Bound"))
            }
            Fact::ClaimLost => self.happened(format!("{name} has lost its volume")),
            Fact::VolumePhase(VolumePhase::Released) => self.happened(format!(
                "the volume of {name} is Released: it keeps its data"
            )),
            Fact::VolumePhase(phase) => {
                self.happened(format!("the volume of {name} is {phase}"))
            }
            Fact::SelectedNode(node) => self.did(
                "chose a node for",
                &format!(": {node}"),
                format!("{node} was chosen for {name}"),
            ),
            Fact::Attached => {
                let node = node_of_attachment(world, entry);
                self.happened(format!("{name} is attached to {node}"))
            }
            Fact::VolumeAttached { node } => self.did(
                "attached",
                &format!(" to {node}"),
                format!("{name} is attached to {node}"),
            ),
            Fact::DetachRequested => {
                let node = node_of_attachment(world, entry);
                self.did(
                    "asked for",
                    &format!(" to be detached from {node}"),
                    format!("{name} is to be detached from {node}"),
                )
            }
            Fact::VolumeDetached { node, forced } => {
                let from = format!(" from {node}{}", if *forced { " by force" } else { "" });
                self.did("detached", &from, format!("{name} was detached{from}"))
            }
            Fact::AttachError(_) => self
                .happened(format!("{name} could not be attached"))
                .because("its storage driver answered with an error"),
            Fact::VolumeMounted { node, pod } => self.did(
                "mounted",
                &format!(" into {pod} on {node}"),
                format!("{name} is mounted into {pod}"),
            ),
            Fact::VolumeUnmounted { node, pod } => self.did(
                "unmounted",
                &format!(" from {pod} on {node}"),
                format!("{name} is no longer mounted into {pod}"),
            ),
            Fact::SecondWriter { pod, node } => self.happened(format!(
                "{pod} on {node} writes to {name} while another Pod still does: two writers, one disk"
            )),
            _ => return None,
        })
    }

    fn other(&self, world: &World, entry: &Entry, fact: &Fact) -> Option<Clause> {
        Some(match fact {
            Fact::Command(text) => command(text),
            Fact::Refused(text) => self.happened(format!("the API server refused: {text}")),
            Fact::DeletionRequested => {
                self.did_to_kind("asked for the deletion of", "", |object| {
                    format!("the deletion of {object} was asked for")
                })
            }
            Fact::Desired(count) => {
                let to = format!(" to {count}");
                self.did_to_kind("scaled", &to, |object| format!("{object} was scaled{to}"))
            }
            Fact::Endpoints(change) => {
                let namespace = &world.store.key(entry.subject).namespace;
                self.happened(answers(change, &|kind, name| {
                    told_apart(world, kind, namespace, name)
                }))
            }
            Fact::Condition {
                type_,
                status: ConditionStatus::False,
                ..
            } if type_ == "PodScheduled" => {
                let pod = world.get(entry.subject).and_then(|o| o.as_pod());
                let condition =
                    pod.and_then(|p| condition::find(&p.status.conditions, "PodScheduled"));
                let message = condition.map(|c| c.message.as_str()).unwrap_or_default();
                no_node(actor(self.by), self.name, message)
            }
            Fact::Event(event) => told(world, event),
            _ => return None,
        })
    }
}

/// With which Pods a Service answers from now on, or no longer does.
fn answers(change: &Endpoints, told: &dyn Fn(Kind, &str) -> Text) -> String {
    let service = told(Kind::Service, &change.service);
    let names = |pods: &[Text]| {
        let pods = pods.iter().map(|pod| told(Kind::Pod, pod)).into_list();
        list(&pods, pods.len())
    };
    match (change.ready.is_empty(), change.lost.is_empty()) {
        (false, _) => {
            let ready = names(&change.ready);
            format!("the Service {service} answers with {ready} from now on")
        }
        (_, false) => {
            let lost = names(&change.lost);
            format!("the Service {service} no longer answers with {lost}")
        }
        _ => format!("the Service {service} lists a Pod as terminating"),
    }
}
