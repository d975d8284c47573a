//! What a terminal remembers between lines.

use std::cell::Cell;

use ordinal_api::sorted::SortedMap;
use ordinal_api::{SimTime, Value};
use serde_json::json;

use crate::Watch;
use crate::programs::{Inside, Opened};
use crate::verbs::edit::Editing;

/// The current namespace, the contexts, and the files that `-f` can name.
#[derive(Clone, Debug)]
pub struct Session {
    /// Namespace for commands that name none.
    pub namespace: String,
    /// Files by name; `-` is the standard input.
    pub files: SortedMap<String, String>,
    /// The kubeconfig.
    pub config: Config,
    /// What a command that waits does: nothing (it returns at once), or to let time pass.
    pub patience: Patience,
    /// The moment at which a line is held where it waits, so that it can be gone on with, or interrupted, later.
    pub until: Option<SimTime>,
    /// Whether a command was held at [`Session::until`].
    pub held: Cell<bool>,
    /// The watch that the last command began, if it did; the terminal takes it and polls it as time goes on.
    pub watch: Option<Watch>,
    /// The edit that the last command began, if it did; the terminal opens it and hands what was saved to [`crate::save_edit`].
    pub editing: Option<Editing>,
    /// Whether the terminal has an editor; without one, edits are closed as they were opened. A shell's line is held while it
    /// is open, until [`Session::until`].
    pub has_editor: bool,
    /// What was saved in the editor during a shell's line, and when, in order.
    pub saves: Vec<(SimTime, String)>,
    /// The containers that the terminal is in, innermost last.
    pub inside: Vec<Inside>,
    /// The node whose shell the terminal is in, after `ssh`.
    pub node: Option<String>,
    /// Whether nothing but what others do ends the wait at which a command was held.
    pub rests: Cell<bool>,
    /// What `kubectl proxy` and `kubectl port-forward` opened.
    pub opened: Vec<Opened>,
    /// What other terminals of the same machine opened, since when and until when.
    pub beside: Vec<(SimTime, Option<SimTime>, Opened)>,
    /// What the DNS server remembers of earlier questions.
    pub dns: ordinal_core::dns::Cache,
}

/// How commands wait.
#[derive(Clone, Copy, Debug, Default)]
pub enum Patience {
    /// They do not.
    #[default]
    None,
    /// They let so many milliseconds of simulated time pass through this, again and again until they have what they wait
    /// for or their own timeout is over.
    Pass(fn(&mut ordinal_core::Cluster, u64)),
}

/// The kubeconfig, as far as commands show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its file.
    pub path: String,
    /// Host and port of the API server.
    pub server: String,
    /// The clusters, with what is known of each.
    pub clusters: Vec<Entry>,
    /// The users, with how each shows who it is.
    pub users: Vec<Entry>,
    /// The contexts.
    pub contexts: Vec<Context>,
    /// Name of the current context; empty for none.
    pub current: String,
}

/// A cluster or a user of the kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its fields.
    pub value: Value,
}

/// A context of the kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// Name of its cluster.
    pub cluster: String,
    /// Name of its user.
    pub user: String,
    /// Its namespace; empty for `default`.
    pub namespace: String,
}

impl Default for Config {
    fn default() -> Self {
        let name = "kubernetes-admin@kubernetes".to_owned();
        let entry = |name: &str, value| Entry {
            name: name.to_owned(),
            value,
        };
        let server = "192.168.1.10:6443".to_owned();
        let cluster =
            json!({"certificate-authority-data": "", "server": format!("https://{server}")});
        Self {
            path: "/home/student/.kube/config".to_owned(),
            server,
            clusters: vec![entry("kubernetes", cluster)],
            users: vec![entry("kubernetes-admin", json!({"token": ""}))],
            contexts: vec![Context {
                name: name.clone(),
                cluster: "kubernetes".to_owned(),
                user: "kubernetes-admin".to_owned(),
                namespace: String::new(),
            }],
            current: name,
        }
    }
}

impl Config {
    /// The current context.
    pub fn context(&self) -> Option<&Context> {
        self.contexts
            .iter()
            .find(|context| context.name == self.current)
    }
}

impl Default for Session {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            files: SortedMap::new(),
            config: Config::default(),
            patience: Patience::None,
            until: None,
            held: Cell::new(false),
            watch: None,
            editing: None,
            has_editor: false,
            saves: Vec::new(),
            inside: Vec::new(),
            node: None,
            rests: Cell::new(false),
            opened: Vec::new(),
            beside: Vec::new(),
            dns: ordinal_core::dns::Cache::default(),
        }
    }
}

impl Session {
    /// A session whose standard input is this text.
    pub fn with_stdin(text: &str) -> Self {
        Self {
            files: SortedMap::from([("-".to_owned(), text.to_owned())]),
            ..Self::default()
        }
    }

    /// A session in a kubeconfig.
    pub fn with_config(config: Config) -> Self {
        let mut session = Self {
            config,
            ..Self::default()
        };
        session.enter_context();
        session
    }

    /// Whether the moment has come at which a line is held; a command that waits then says so and ends.
    pub(crate) fn holds(&self, cluster: &ordinal_core::Cluster) -> bool {
        let come = self
            .until
            .is_some_and(|until| cluster.world().now() >= until);
        if come {
            self.held.set(true);
        }
        come
    }

    /// Who listens on a port of the terminal's own machine at a moment.
    pub(crate) fn listening(&self, now: SimTime, port: u16) -> Option<&Opened> {
        let beside = self.beside.iter();
        let beside =
            beside.filter(|(from, until, _)| *from <= now && until.is_none_or(|until| now < until));
        let mut all = self.opened.iter().chain(beside.map(|(.., opened)| opened));
        all.find(|opened| opened.port == port)
    }

    /// Takes the namespace of the current context.
    pub(crate) fn enter_context(&mut self) {
        let namespace = self.config.context().map(|c| c.namespace.as_str());
        self.namespace = namespace
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or("default")
            .to_owned();
    }
}
