//! What fits behind `kubectl` and what was typed of it.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::table::{KINDS, OUTPUTS, PODS_OF, SUBCOMMANDS, row};
use crate::resource::{Filter, fetch_all};
use crate::{Session, args, discovery, value, verbs};

pub(super) struct Asked<'a> {
    pub(super) cluster: &'a mut Cluster,
    pub(super) session: &'a mut Session,
    pub(super) typed: &'a str,
    pub(super) found: Vec<String>,
}

impl Asked<'_> {
    /// Those of the words that begin as it is typed, with something before each.
    pub(super) fn offer<'w>(&mut self, before: &str, words: impl Iterator<Item = &'w str>) {
        let words = words.map(|word| format!("{before}{word}"));
        let typed = self.typed;
        self.found
            .extend(words.filter(|word| word.starts_with(typed)));
    }

    pub(super) fn files(&mut self) {
        let files = self.session.files.keys().filter(|file| *file != "-");
        let mut names: Vec<String> = Vec::new();
        for file in files {
            // One folder at a time.
            if let Some(rest) = file.strip_prefix(self.typed) {
                let end = rest.find('/').map_or(rest.len(), |at| at + 1);
                names.push(format!("{}{}", self.typed, &rest[..end]));
            }
        }
        self.found.extend(names);
    }

    /// Names of objects of a resource, with something before each.
    pub(super) fn names(&mut self, before: &str, resource: &str, namespace: Option<&str>) {
        let Ok(resource) = discovery::find(resource) else {
            return;
        };
        let namespace = namespace.unwrap_or(&self.session.namespace).to_owned();
        let filter = Filter {
            namespace: Some(namespace),
            ..Filter::default()
        };
        let items = fetch_all(self.cluster, resource, &filter).unwrap_or_default();
        let names: Vec<String> = items.iter().map(|item| item.name().to_owned()).into_list();
        self.offer(before, names.iter().map(String::as_str));
    }

    fn kinds(&mut self, before: &str, after: &str) {
        let served = discovery::resources().filter(|resource| resource.verbs().contains("get"));
        let names: Vec<String> = served.map(|r| r.group_resource() + after).into_list();
        self.offer(before, names.iter().map(String::as_str));
    }

    pub(super) fn kubectl(&mut self, words: &[&str]) {
        // Until the verb is known only what every verb takes is known.
        let verb = words
            .iter()
            .position(|word| verbs::names().any(|verb| verb == *word));
        let sub = verb.and_then(|at| {
            let subcommands = row(SUBCOMMANDS, words[at])?;
            let next = words
                .get(at + 1)
                .filter(|next| subcommands.split(' ').any(|s| s == **next));
            next.map(|next| (subcommands, *next))
        });
        let mut command: Vec<&str> = verb.map(|at| words[at]).into_iter().into_list();
        command.extend(sub.map(|(_, sub)| sub));
        let flags = args::flags_of(self.cluster, self.session, &command);
        let flag = |word: &str| {
            let name = word.trim_start_matches('-');
            let long = word.starts_with("--");
            let known = flags.iter().find(|(l, s, _)| match long {
                true => l == name,
                false => !s.is_empty() && s == name,
            });
            known
                .filter(|(_, _, valued)| *valued)
                .map(|(long, _, _)| long.as_str())
        };
        let (mut arguments, mut pending, mut namespace) = (Vec::new(), None, None);
        for word in words {
            if let Some(name) = pending.take() {
                if name == "namespace" {
                    namespace = Some(*word);
                }
            } else if *word == "--" {
                return;
            } else if let Some(value) = word.strip_prefix("--namespace=").or(word
                .strip_prefix("-n")
                .filter(|value| !value.is_empty() && !word.starts_with("--")))
            {
                namespace = Some(value.trim_start_matches('='));
            } else if word.starts_with('-') && word.len() > 1 {
                pending = flag(word);
            } else {
                arguments.push(*word);
            }
        }
        if let Some(name) = pending {
            let first = arguments.get(command.len()).copied();
            return self.value(name, "", &command, first, namespace);
        }
        if let Some((name, _)) = self
            .typed
            .split_once('=')
            .filter(|_| self.typed.starts_with("--"))
        {
            if let Some(of) = flag(name) {
                let before = format!("{name}=");
                let first = arguments.get(command.len()).copied();
                self.value(of, &before, &command, first, namespace);
            }
            return;
        }
        if self.typed.starts_with('-') {
            for (long, short, _) in &flags {
                self.offer("--", std::iter::once(long.as_str()));
                if !short.is_empty() {
                    self.offer("-", std::iter::once(short.as_str()));
                }
            }
            return;
        }
        let Some(verb) = verb.map(|at| words[at]) else {
            self.offer("", verbs::names());
            return self.offer("", std::iter::once("help"));
        };
        if sub.is_none()
            && let Some(subcommands) = row(SUBCOMMANDS, verb)
        {
            if arguments.len() == 1 {
                self.offer("", subcommands.split(' '));
            }
            return;
        }
        let given = &arguments[command.len().min(arguments.len())..];
        match (command.as_slice(), given) {
            (
                [
                    "config",
                    "use-context" | "delete-context" | "set-context" | "rename-context",
                ],
                [],
            ) => {
                let contexts = self.session.config.contexts.iter();
                let names: Vec<String> = contexts.map(|context| context.name.clone()).into_list();
                self.offer("", names.iter().map(String::as_str));
            }
            (["cp"], _) => self.files(),
            _ => self.arguments(&command.join(" "), given, namespace),
        }
    }

    fn arguments(&mut self, command: &str, given: &[&str], namespace: Option<&str>) {
        let typed = self.typed;
        let slash = typed.split_once('/').map(|(kind, _)| kind);
        match (row(KINDS, command), given) {
            (None, _) => {}
            (Some("kinds"), []) => self.kinds("", ""),
            (Some("node"), []) => self.names("", "nodes", None),
            (Some("podname"), []) => self.names("", "pods", namespace),
            (Some("pod"), []) => match slash {
                Some(kind) => self.names(&format!("{kind}/"), kind, namespace),
                None => {
                    self.names("", "pods", namespace);
                    let kinds: Vec<String> =
                        PODS_OF.split(' ').map(|k| format!("{k}/")).into_list();
                    self.offer("", kinds.iter().map(String::as_str));
                }
            },
            (Some("pod"), [pod]) if matches!(command, "exec" | "logs" | "attach") => {
                self.containers("", pod, namespace);
            }
            (Some("pod" | "node" | "kinds" | "podname"), _) => {}
            (Some(allowed), [kind, others @ ..]) if !kind.contains('/') => {
                if allowed == "*" || others.is_empty() || command == "taint" {
                    self.names("", kind, namespace);
                    self.found.retain(|name| !others.contains(&name.as_str()));
                }
            }
            (Some(allowed), given) => match slash {
                Some(kind) => {
                    self.names(&format!("{kind}/"), kind, namespace);
                    self.found.retain(|name| !given.contains(&name.as_str()));
                }
                None => {
                    let after = if given.is_empty() { "" } else { "/" };
                    let (before, _) = typed
                        .rsplit_once(',')
                        .map_or(("", ""), |(kinds, _)| (kinds, ","));
                    let before = match before {
                        "" => String::new(),
                        kinds => format!("{kinds},"),
                    };
                    match allowed {
                        "*" => self.kinds(&before, after),
                        allowed => self.offer("", allowed.split(' ')),
                    }
                }
            },
        }
    }

    fn containers(&mut self, before: &str, pod: &str, namespace: Option<&str>) {
        let name = pod.rsplit('/').next().unwrap_or(pod);
        let namespace = namespace.unwrap_or(&self.session.namespace).to_owned();
        let Ok(resource) = discovery::find("pods") else {
            return;
        };
        let Ok(item) = crate::resource::fetch(self.cluster, resource, &namespace, name) else {
            return;
        };
        let mut names = Vec::new();
        for list in ["spec.initContainers", "spec.containers"] {
            let all = value::items(&item.value, list).iter();
            names.extend(all.map(|container| value::text(container, "name").to_owned()));
        }
        self.offer(before, names.iter().map(String::as_str));
    }

    /// The value of a flag.
    fn value(
        &mut self,
        flag: &str,
        before: &str,
        command: &[&str],
        first: Option<&str>,
        namespace: Option<&str>,
    ) {
        match flag {
            "namespace" => self.names(before, "namespaces", None),
            "filename" => self.files(),
            "output" if command == ["get"] => self.offer(before, OUTPUTS.split(' ')),
            "output" => self.offer(before, "json name yaml".split(' ')),
            "context" | "cluster" | "user" => {
                let contexts = self.session.config.contexts.iter();
                let names: Vec<String> = contexts
                    .map(|context| match flag {
                        "context" => context.name.clone(),
                        "cluster" => context.cluster.clone(),
                        _ => context.user.clone(),
                    })
                    .into_list();
                self.offer(before, names.iter().map(String::as_str));
            }
            "container" => {
                if let Some(pod) = first {
                    self.containers(before, pod, namespace);
                }
            }
            _ => {}
        }
    }
}
