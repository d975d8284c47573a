//! The journal as JSON lines: one fact a line, the same bytes for the same run everywhere.
//!
//! ```json
//! {"t_ms":1210,"seq":87,"by":"default-scheduler","subject":"pod/web-0#1","verb":"update","change":{"fact":"scheduled","node":"node-2"},"cause":86}
//! ```
//!
//! | key | is |
//! | --- | --- |
//! | `t_ms` | milliseconds of simulated time since the run began |
//! | `seq` | number of the change; facts of one change have one number |
//! | `by` | who did it, as it names itself in events; `user` and `fault` are from outside |
//! | `subject` | `KIND/NAME#N`, or `KIND/NAMESPACE/NAME#N` outside `default`; N counts the lives of the name; a machine is named by its Node, a disk by its PersistentVolume |
//! | `verb` | `create`, `update`, `delete` (the API), `happen` (the machines), `input` |
//! | `change` | the fact: its name, then what belongs to it, always in the same order |
//! | `cause` | number of the change that led to it; `null` for inputs and the beginning |
//!
//! A new fact may be added and a fact may get a new last key; what is there keeps its name and meaning.

use ordinal_api::list::IntoList;
use std::fmt::Write;

use ordinal_api::Text;

use super::{Entry, Fact, Incarnations};
use crate::World;

/// The lines of a world's journal, each with its line feed, in order.
pub fn lines(world: &World) -> impl Iterator<Item = String> {
    let mut incarnations = Incarnations::default();
    world.journal.iter().map(move |entry| {
        let mut out = String::new();
        write(world, entry, incarnations.of(entry), &mut out);
        out
    })
}

/// FNV-1a, 64 bits, over the bytes of [`lines`]: equal for equal runs, whatever they ran on.
pub fn hash(world: &World) -> u64 {
    lines(world)
        .flat_map(String::into_bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
}

fn write(world: &World, entry: &Entry, incarnation: u32, out: &mut String) {
    let key = world.store.key(entry.subject);
    let none = [Fact::Changed("object")];
    let facts = if entry.facts.is_empty() {
        &none[..]
    } else {
        &entry.facts
    };
    for fact in facts {
        let _ = write!(
            out,
            "{{\"t_ms\":{},\"seq\":{},\"by\":",
            entry.at.as_ms(),
            entry.seq
        );
        quote(entry.by.source(), out);
        out.push_str(",\"subject\":");
        quote(&format!("{key}#{incarnation}"), out);
        let _ = write!(out, ",\"verb\":\"{}\",\"change\":", entry.verb.as_str());
        change(fact, out);
        match entry.cause {
            Some(cause) => {
                let _ = writeln!(out, ",\"cause\":{cause}}}");
            }
            None => out.push_str(",\"cause\":null}\n"),
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("a string is always JSON"));
}

/// An object in work: its keys in the order in which they are given.
struct Change<'o>(&'o mut String);

impl<'o> Change<'o> {
    fn of(fact: &str, out: &'o mut String) -> Self {
        out.push_str("{\"fact\":");
        quote(fact, out);
        Self(out)
    }

    fn key(&mut self, key: &str) {
        self.0.push(',');
        quote(key, self.0);
        self.0.push(':');
    }

    fn text(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        quote(value, self.0);
        self
    }

    fn plain(mut self, key: &str, value: impl std::fmt::Display) -> Self {
        self.key(key);
        let _ = write!(self.0, "{value}");
        self
    }

    fn list(mut self, key: &str, names: &[Text]) -> Self {
        self.key(key);
        for (n, name) in names.iter().enumerate() {
            self.0.push(if n == 0 { '[' } else { ',' });
            quote(name, self.0);
        }
        self.0.push_str(if names.is_empty() { "[]" } else { "]" });
        self
    }

    fn end(self) {
        self.0.push('}');
    }
}

fn change(fact: &Fact, out: &mut String) {
    let of = Change::of;
    let change = match fact {
        Fact::Created => of("created", out),
        Fact::DeletionRequested => of("deletionRequested", out),
        Fact::Deleted => of("deleted", out),
        Fact::OwnerAdded(owner) => of("ownerAdded", out).text("owner", &owner.to_string()),
        Fact::OwnerRemoved(owner) => of("ownerRemoved", out).text("owner", &owner.to_string()),
        Fact::Changed(part) => of("changed", out).text("part", part),
        Fact::Scheduled(node) => of("scheduled", out).text("node", node),
        Fact::Initialized => of("initialized", out),
        Fact::Running => of("running", out),
        Fact::Ready => of("ready", out),
        Fact::NotReady => of("notReady", out),
        Fact::Succeeded => of("succeeded", out),
        Fact::Failed(reason) => of("failed", out).text("reason", reason),
        Fact::Address(address) => of("address", out).text("ip", address),
        Fact::Condition {
            type_,
            status,
            reason,
        } => of("condition", out)
            .text("type", type_)
            .text("status", status.as_str())
            .text("reason", reason),
        Fact::ContainerWaiting { container, reason } => of("containerWaiting", out)
            .text("container", container)
            .text("reason", reason),
        Fact::Restarted { container, count } => of("restarted", out)
            .text("container", container)
            .plain("count", count),
        Fact::NodeReady => of("nodeReady", out),
        Fact::NodeNotReady => of("nodeNotReady", out),
        Fact::NodeUnknown => of("nodeUnknown", out),
        Fact::Taint { key, effect } => of("taint", out)
            .text("key", key)
            .text("effect", effect.as_str()),
        Fact::Untaint { key, effect } => of("untaint", out)
            .text("key", key)
            .text("effect", effect.as_str()),
        Fact::Cordoned(cordoned) => of("cordoned", out).plain("unschedulable", cordoned),
        Fact::ClaimBound(volume) => of("claimBound", out).text("volume", volume),
        Fact::ClaimLost => of("claimLost", out),
        Fact::SelectedNode(node) => of("selectedNode", out).text("node", node),
        Fact::VolumePhase(phase) => of("volumePhase", out).text("phase", &phase.to_string()),
        Fact::AttachmentOf { volume, node } => of("attachmentOf", out)
            .text("volume", volume)
            .text("node", node),
        Fact::Attached => of("attached", out),
        Fact::DetachRequested => of("detachRequested", out),
        Fact::AttachError(error) => of("attachError", out).text("message", error),
        Fact::Desired(replicas) => of("desired", out).plain("replicas", replicas),
        Fact::Count { field, value } => of("count", out).text("field", field).plain("value", value),
        Fact::Revision { field, name } => {
            of("revision", out).text("field", field).text("name", name)
        }
        Fact::RevisionNumber(number) => of("revisionNumber", out).plain("revision", number),
        Fact::Endpoints(endpoints) => endpoints_change(endpoints, out),
        Fact::Event(event) => of("event", out)
            .text("type", event.type_.as_str())
            .text("reason", &event.reason)
            .text("component", &event.component)
            .text("on", &event.involved.to_string())
            .text("message", &event.message),
        Fact::NamespaceTerminating => of("namespaceTerminating", out),
        Fact::PowerOff => of("powerOff", out),
        Fact::PowerOn => of("powerOn", out),
        Fact::KubeletStarted => of("kubeletStarted", out),
        Fact::LinkCut => of("linkCut", out),
        Fact::LinkHealed => of("linkHealed", out),
        Fact::ContainerStarted { container, node } => of("containerStarted", out)
            .text("container", container)
            .text("node", node),
        Fact::ContainerStopped {
            container,
            node,
            exit_code,
        } => of("containerStopped", out)
            .text("container", container)
            .text("node", node)
            .plain("exitCode", exit_code),
        Fact::VolumeAttached { node } => of("volumeAttached", out).text("node", node),
        Fact::VolumeDetached { node, forced } => of("volumeDetached", out)
            .text("node", node)
            .plain("forced", forced),
        Fact::VolumeMounted { node, pod } => {
            of("volumeMounted", out).text("node", node).text("pod", pod)
        }
        Fact::VolumeUnmounted { node, pod } => of("volumeUnmounted", out)
            .text("node", node)
            .text("pod", pod),
        Fact::Wrote { pod, node, path } => of("wrote", out)
            .text("pod", pod)
            .text("node", node)
            .text("path", path),
        Fact::SecondWriter { pod, node } => {
            of("secondWriter", out).text("pod", pod).text("node", node)
        }
        Fact::Command(line) => of("command", out).text("line", line),
        Fact::Refused(message) => of("refused", out).text("message", message),
    };
    change.end();
}

fn endpoints_change<'o>(endpoints: &super::Endpoints, out: &'o mut String) -> Change<'o> {
    let names = |serving| {
        endpoints
            .terminating
            .iter()
            .filter(move |(_, s)| *s == serving)
            .map(|(name, _)| name.clone())
    };
    Change::of("endpoints", out)
        .text("service", &endpoints.service)
        .list("ready", &endpoints.ready)
        .list("notReady", &endpoints.not_ready)
        .list("terminatingServing", &names(true).into_list())
        .list("terminating", &names(false).into_list())
        .list("gone", &endpoints.gone)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use ordinal_api::condition::ConditionStatus;
    use ordinal_api::{Kind, SimTime, Uid};

    use super::*;
    use crate::journal::{Endpoints, Verb};
    use crate::{Component, Config};

    #[test]
    fn a_line_tells_when_who_what_and_why_and_quotes_what_it_must() {
        let mut world = World::new(Config::with_nodes(0));
        let pod = world.intern(Kind::Pod, "shop", "web-0");
        let before = world.journal.len() as u64;
        world.set_now(SimTime(1210));
        let endpoints = Endpoints {
            service: "web".into(),
            ready: vec!["web-0".into()],
            terminating: vec![("web-0".into(), true)],
            ..Endpoints::default()
        };
        let facts = vec![Fact::Created, Fact::Endpoints(endpoints.into())].into();
        world.record(
            Component::StatefulSet,
            pod,
            Uid(1),
            Verb::Create,
            facts,
            None,
        );
        world.record(
            Component::GarbageCollector,
            pod,
            Uid(1),
            Verb::Delete,
            Fact::Deleted.into(),
            Some(before),
        );
        let condition = Fact::Condition {
            type_: "Ready".into(),
            status: ConditionStatus::False,
            reason: "a \"b\"\n".into(),
        };
        world.record(
            Component::Kubelet,
            pod,
            Uid(2),
            Verb::Create,
            condition.into(),
            Some(before + 1),
        );
        world.record(
            Component::Kubelet,
            pod,
            Uid(1),
            Verb::Happen,
            Fact::Running.into(),
            None,
        );
        let text: String = lines(&world)
            .skip(usize::try_from(before).expect("small"))
            .collect();
        let text = renumber(text, before);
        expect![[r#"
            {"t_ms":1210,"seq":+0,"by":"statefulset-controller","subject":"pod/shop/web-0#1","verb":"create","change":{"fact":"created"},"cause":null}
            {"t_ms":1210,"seq":+0,"by":"statefulset-controller","subject":"pod/shop/web-0#1","verb":"create","change":{"fact":"endpoints","service":"web","ready":["web-0"],"notReady":[],"terminatingServing":["web-0"],"terminating":[],"gone":[]},"cause":null}
            {"t_ms":1210,"seq":+1,"by":"garbage-collector","subject":"pod/shop/web-0#1","verb":"delete","change":{"fact":"deleted"},"cause":+0}
            {"t_ms":1210,"seq":+2,"by":"kubelet","subject":"pod/shop/web-0#2","verb":"create","change":{"fact":"condition","type":"Ready","status":"False","reason":"a \"b\"\n"},"cause":+1}
            {"t_ms":1210,"seq":+3,"by":"kubelet","subject":"pod/shop/web-0#1","verb":"happen","change":{"fact":"running"},"cause":null}
        "#]]
        .assert_eq(&text);
    }

    /// Numbers relative to the beginning of the test, as what the world begins with may change.
    fn renumber(mut text: String, first: u64) -> String {
        for n in 0..4 {
            text = text.replace(&format!("\"seq\":{}", first + n), &format!("\"seq\":+{n}"));
            text = text.replace(
                &format!("\"cause\":{}", first + n),
                &format!("\"cause\":+{n}"),
            );
        }
        text
    }

    #[test]
    fn equal_runs_have_one_hash_and_other_runs_another() {
        let hash_of = |nodes| hash(&World::new(Config::with_nodes(nodes)));
        assert_eq!(hash_of(2), hash_of(2));
        assert_ne!(hash_of(2), hash_of(3));
    }
}
