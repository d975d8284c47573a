//! What several verbs share: dry runs, patches, waiting.

use ordinal_api::{Object, SimTime, Status, Value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::{Patch, PatchType, Request};

use crate::args::Args;
use crate::discovery::Resource;
use crate::resource::{Filter, Item, Selection, fetch, fetch_all, namespace_of};
use crate::session::Patience;
use crate::{Output, Session};

/// What a command says that needs a resource and has none.
pub(super) const NO_RESOURCES: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

/// What a command says that was given a type and no name.
pub(super) const NO_NAME: &str = "resource(s) were provided, but no name was specified";

/// What was done, or what was said against it.
pub(super) fn or_output(result: Result<Output, Output>) -> Output {
    match result {
        Ok(output) | Err(output) => output,
    }
}

/// `--dry-run`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dry {
    /// The change is made.
    No,
    /// Nothing is sent.
    Client,
    /// The server is asked and stores nothing.
    Server,
}

impl Dry {
    /// Reads the flag; the table of the verb has `dry-run=?unchanged`.
    ///
    /// # Errors
    /// A value that is none.
    pub(super) fn read(
        args: &Args,
        cluster: &Cluster,
        output: &mut Output,
    ) -> Result<Self, Output> {
        match args.get("dry-run") {
            None | Some("none") => Ok(Self::No),
            Some("client") => Ok(Self::Client),
            Some("server") => Ok(Self::Server),
            Some("unchanged") => {
                output.warn(format!(
                    "{} helpers.go:714] --dry-run is deprecated and can be replaced with --dry-run=client.",
                    log_prefix(cluster.world().now())
                ));
                Ok(Self::Client)
            }
            Some(given) if crate::args::is_bool(given) => {
                let (line, instead, dry) = if crate::args::is_true(given) {
                    (728, "client", Self::Client)
                } else {
                    (731, "none", Self::No)
                };
                output.warn(format!(
                    "{} helpers.go:{line}] --dry-run={given} is deprecated (boolean value) and can be replaced with --dry-run={instead}.",
                    log_prefix(cluster.world().now())
                ));
                Ok(dry)
            }
            Some(other) => Err(Output::error(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// What is said behind what was not done.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

/// `W1120 12:31:38.000000       1`: as klog begins a line.
pub(super) fn log_prefix(now: SimTime) -> String {
    let moment = now.to_rfc3339();
    format!(
        "W{}{} {}.000000       1",
        &moment[5..7],
        &moment[8..10],
        &moment[11..19]
    )
}

/// Sends a request, or only tries it on a copy of the cluster.
///
/// # Errors
/// The server's refusal.
pub(super) fn send(
    cluster: &mut Cluster,
    request: Request,
    dry: Dry,
) -> Result<std::sync::Arc<Object>, Status> {
    if dry == Dry::No {
        return cluster.request(request)?.object();
    }
    let mut copy = Cluster::of_world(cluster.world().clone());
    copy.request(request)?.object()
}

/// A patch of an object.
pub(super) fn patch(
    resource: Resource,
    namespace: &str,
    name: &str,
    type_: PatchType,
    body: Value,
) -> Option<Request> {
    let kind = resource.modelled()?;
    Some(Request::Patch {
        kind,
        namespace: namespace_of(kind, namespace),
        name: name.into(),
        patch: Patch {
            type_,
            body,
            subresource: "".into(),
        },
    })
}

/// The objects that a selection means, with the refusals of those that are not there.
pub(super) fn gather(
    cluster: &mut Cluster,
    args: &Args,
    selection: &Selection,
    namespace: &str,
) -> (Vec<Item>, Output) {
    let (mut items, mut output) = (Vec::new(), Output::default());
    for (resource, name) in &selection.named {
        match fetch(cluster, *resource, namespace, name) {
            Ok(item) => items.push(item),
            Err(status) => output.append(Output::refused(&status)),
        }
    }
    if selection.named.is_empty() {
        let filter = Filter {
            namespace: (!args.has("all-namespaces")).then(|| namespace.to_owned()),
            labels: args.get("selector").unwrap_or_default().to_owned(),
            fields: args.get("field-selector").unwrap_or_default().to_owned(),
        };
        for resource in &selection.resources {
            match fetch_all(cluster, *resource, &filter) {
                Ok(found) => items.extend(found),
                Err(status) => output.append(Output::refused(&status)),
            }
        }
    }
    (items, output)
}

/// How long a command without a timeout of its own waits at most, in milliseconds of simulated time.
const LONGEST_MS: i64 = 3_600_000;
/// How often a waiting command looks, in milliseconds.
const STEP_MS: u64 = 10;
/// How often it looks at least, in milliseconds: some look at the clock.
const LONG_STEP_MS: u64 = 100;

/// Lets time pass until `done` says so. `false` when the timeout was over, or when the session has no patience.
/// A timeout of 0 or less is the longest there is; a terminal waits on, and rests while nothing moves.
pub(super) fn wait(
    cluster: &mut Cluster,
    session: &Session,
    timeout_ms: i64,
    mut done: impl FnMut(&mut Cluster) -> bool,
) -> bool {
    let Patience::Pass(pass) = session.patience else {
        return done(cluster);
    };
    let forever = session.until.filter(|_| timeout_ms <= 0);
    let most = match (timeout_ms, forever) {
        (_, Some(_)) => i64::MAX,
        (..=0, None) => LONGEST_MS,
        (given, None) => given,
    };
    let mut waited = 0;
    loop {
        if done(cluster) {
            return true;
        }
        if waited >= most || session.holds(cluster) {
            return false;
        }
        // Until something is done there is little new to see.
        let now = cluster.world().now();
        if let Some(until) = forever.filter(|_| cluster.next_progress().is_none()) {
            session.rests.set(true);
            pass(cluster, until.since(now).0);
            continue;
        }
        let due = cluster
            .next_due()
            .map_or(LONG_STEP_MS, |due| due.since(now).0);
        let mark = LONG_STEP_MS - waited as u64 % LONG_STEP_MS;
        let step = (due.div_ceil(STEP_MS).max(1) * STEP_MS).min(mark);
        let left = session.until.map_or(u64::MAX, |until| until.since(now).0);
        let step = step.min((most - waited) as u64).min(left);
        pass(cluster, step);
        waited += step as i64;
    }
}
