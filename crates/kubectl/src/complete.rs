//! What Tab offers: commands, verbs, kinds, names, flags, files.
//!
//! Models kubectl `pkg/util/completion/completion.go`, v0.37, and what cobra adds: flags once a `-` is typed.

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use crate::discovery;
use crate::resource::{Filter, fetch_all};
use crate::shell::{Shell, programs};
use crate::{Session, args, fault, value, verbs};

/// What the word before the cursor can become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the word begins, in bytes of the line.
    pub from: usize,
    /// What it can become, sorted.
    pub candidates: Vec<String>,
}

impl Completion {
    /// What all candidates begin with; with a blank behind it where there is one, and it is whole.
    pub fn common(&self) -> String {
        let Some((first, rest)) = self.candidates.split_first() else {
            return String::new();
        };
        let mut common = first.as_str();
        for other in rest {
            let same = common
                .chars()
                .zip(other.chars())
                .take_while(|(a, b)| a == b);
            let length = same.map(|(a, _)| a.len_utf8()).sum();
            common = &common[..length];
        }
        let blank = rest.is_empty() && !common.ends_with(['/', '=']);
        format!("{common}{}", if blank { " " } else { "" })
    }
}

/// Subcommands, and which kinds they take: `*` any, `-` none, else their names.
const SUBCOMMANDS: &[(&str, &str)] = &[
    (
        "apply",
        "edit-last-applied set-last-applied view-last-applied",
    ),
    ("auth", "can-i reconcile whoami"),
    ("certificate", "approve deny"),
    ("cluster-info", "dump"),
    ("completion", "bash fish powershell zsh"),
    (
        "config",
        "current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users \
         rename-context set set-cluster set-context set-credentials unset use-context view",
    ),
    (
        "create",
        "clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget \
         priorityclass quota role rolebinding secret service serviceaccount token",
    ),
    ("plugin", "list"),
    ("rollout", "history pause restart resume status undo"),
    ("set", "env image resources selector serviceaccount subject"),
    ("top", "node pod"),
];

/// The kinds that a command takes; `*` for any, `pod` for Pods and what has them, `node` for names of Nodes.
const KINDS: &[(&str, &str)] = &[
    ("annotate", "*"),
    ("attach", "pod"),
    (
        "autoscale",
        "deployment replicaset replicationcontroller statefulset",
    ),
    ("cordon", "node"),
    ("debug", "*"),
    ("delete", "*"),
    ("describe", "*"),
    ("drain", "node"),
    ("edit", "*"),
    ("exec", "pod"),
    ("explain", "kinds"),
    (
        "expose",
        "deployment pod replicaset replicationcontroller service",
    ),
    ("get", "*"),
    ("label", "*"),
    ("logs", "pod"),
    ("patch", "*"),
    ("port-forward", "pod"),
    ("rollout history", "daemonset deployment statefulset"),
    ("rollout pause", "deployment"),
    ("rollout restart", "daemonset deployment statefulset"),
    ("rollout resume", "deployment"),
    ("rollout status", "daemonset deployment statefulset"),
    ("rollout undo", "daemonset deployment statefulset"),
    (
        "scale",
        "deployment replicaset replicationcontroller statefulset",
    ),
    ("set env", "*"),
    ("set image", "*"),
    ("set resources", "*"),
    ("taint", "node nodes"),
    ("top node", "node"),
    ("top pod", "podname"),
    ("uncordon", "node"),
    ("wait", "*"),
];

const PODS_OF: &str =
    "daemonsets deployments jobs pods replicasets replicationcontrollers services statefulsets";
const OUTPUTS: &str = "custom-columns custom-columns-file go-template go-template-file json jsonpath jsonpath-as-json \
                       jsonpath-file name wide yaml";
/// Words after which a command begins.
const BEFORE: &str = "! do done else fi if sudo then time until while";

fn row<'t>(table: &'t [(&str, &str)], key: &str) -> Option<&'t str> {
    let found = table.iter().find(|(name, _)| *name == key);
    found.map(|(_, text)| *text)
}

/// What the end of a line can become.
pub fn complete(
    cluster: &mut Cluster,
    session: &mut Session,
    shell: &Shell,
    line: &str,
) -> Completion {
    let (mut words, from) = split(line);
    let typed = line[from..].trim_start_matches(['"', '\'']).to_owned();
    if session.inside.last().is_some() {
        // The files and programs of a container are not listed.
        return Completion::default();
    }
    if let Some(alias) = words.first().and_then(|word| shell.aliases.get(word)) {
        let alias = alias.split_whitespace().map(str::to_owned).into_list();
        words.splice(0..1, alias);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).into_list();
    let mut found = Asked {
        cluster,
        session,
        typed: &typed,
        found: Vec::new(),
    };
    match words.as_slice() {
        [] => {
            found.offer("", programs());
            found.offer("", ["kubectl", "curl"].into_iter());
            found.offer("", fault::WORDS.iter().map(|(word, _, _)| *word));
            found.offer("", shell.aliases.keys().map(String::as_str));
        }
        [.., ">" | ">>" | "<"] => found.files(),
        ["kubectl", rest @ ..] => found.kubectl(rest),
        [word, ..] if fault::is_fault(word) => {
            let of = fault::WORDS.iter().find(|(known, _, _)| known == word);
            match of.map(|(_, arguments, _)| *arguments) {
                Some("NODE") => found.names("", "nodes", None),
                Some(pod) if pod.starts_with("pod/") => found.names("pod/", "pods", None),
                _ => {}
            }
        }
        _ => found.files(),
    }
    let mut candidates = found.found;
    candidates.sort_unstable();
    candidates.dedup();
    Completion { from, candidates }
}

/// The words of the command at the end of a line, and where the word before the cursor begins.
fn split(line: &str) -> (Vec<String>, usize) {
    let mut words: Vec<String> = Vec::new();
    let (mut from, mut word, mut quote) = (0, String::new(), None);
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') if word.is_empty() || at > from => quote = Some(c),
            (None, '|' | ';' | '&' | '(' | '\n' | '{' | '`') if !word.contains('=') => {
                words.clear();
                word.clear();
                from = at + c.len_utf8();
            }
            (None, '>' | '<') => {
                words.push(c.to_string());
                word.clear();
                from = at + 1;
            }
            (None, c) if c.is_whitespace() => {
                let begins = BEFORE.split(' ').any(|keyword| keyword == word);
                let assigns = word.contains('=') && !word.starts_with('-');
                if !word.is_empty() && !(words.is_empty() && (begins || assigns)) {
                    words.push(std::mem::take(&mut word));
                }
                word.clear();
                from = at + c.len_utf8();
            }
            (None, c) => word.push(c),
        }
    }
    // What `watch` and `xargs` run is a command again.
    if matches!(words.first().map(String::as_str), Some("watch" | "xargs")) {
        let mut of_watch = 1;
        while of_watch < words.len() && words[of_watch].starts_with('-') {
            of_watch += if words[of_watch].len() == 2 { 2 } else { 1 };
        }
        words.drain(..of_watch.min(words.len()));
    }
    (words, from)
}

struct Asked<'a> {
    cluster: &'a mut Cluster,
    session: &'a mut Session,
    typed: &'a str,
    found: Vec<String>,
}

impl Asked<'_> {
    /// Those of the words that begin as it is typed, with something before each.
    fn offer<'w>(&mut self, before: &str, words: impl Iterator<Item = &'w str>) {
        let words = words.map(|word| format!("{before}{word}"));
        let typed = self.typed;
        self.found
            .extend(words.filter(|word| word.starts_with(typed)));
    }

    fn files(&mut self) {
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
    fn names(&mut self, before: &str, resource: &str, namespace: Option<&str>) {
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

    fn kubectl(&mut self, words: &[&str]) {
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

#[cfg(test)]
mod tests {
    use ordinal_core::{Cluster, Config};

    use super::*;

    fn terminal() -> (Cluster, Session, Shell) {
        let mut cluster = Cluster::new(Config::with_nodes(2));
        let mut session = Session::default();
        let mut shell = Shell::default();
        let web = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\nspec:\n  serviceName: web\n  \
            replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    \
            spec: {containers: [{name: nginx, image: nginx}, {name: side, image: busybox}]}\n";
        for file in ["web.yaml", "pvs/pv-0.yaml", "pvs/pv-1.yaml", "-"] {
            session.files.insert(file.to_owned(), web.to_owned());
        }
        let line = "alias k=kubectl; kubectl apply -f web.yaml; kubectl create ns blue; sleep 60";
        shell.run(&mut cluster, &mut session, line);
        (cluster, session, shell)
    }

    #[track_caller]
    fn offers(line: &str, expected: &str) {
        let (mut cluster, mut session, shell) = terminal();
        let before = ordinal_core::journal::hash(cluster.world());

        let found = complete(&mut cluster, &mut session, &shell, line);

        assert_eq!(found.candidates.join(" "), expected, "{line:?}");
        assert_eq!(
            ordinal_core::journal::hash(cluster.world()),
            before,
            "{line:?}"
        );
    }

    #[test]
    fn tab_offers_what_kubectl_offers() {
        for (line, expected) in [
            (
                "kubectl ",
                "alpha annotate api-resources api-versions apply attach auth autoscale certificate cluster-info \
              completion config cordon cp create debug delete describe diff drain edit events exec explain expose get help kuberc \
              kustomize label logs options patch plugin port-forward proxy replace rollout run scale set taint top uncordon \
              version wait",
            ),
            ("kubectl g", "get"),
            ("k des", "describe"),
            ("kubectl roll", "rollout"),
            (
                "kubectl rollout ",
                "history pause restart resume status undo",
            ),
            ("kubectl rollout s", "status"),
            (
                "kubectl rollout status ",
                "daemonset deployment statefulset",
            ),
            ("kubectl rollout status statefulset ", "web"),
            ("kubectl rollout status sts/", "sts/web"),
            ("kubectl config use-", "use-context"),
            ("kubectl config use-context ", "kubernetes-admin@kubernetes"),
            (
                "kubectl get po",
                "podcertificaterequests.certificates.k8s.io poddisruptionbudgets.policy pods podtemplates",
            ),
            ("kubectl get stateful", "statefulsets.apps"),
            ("kubectl get sts", ""),
            ("kubectl get pods,stateful", "pods,statefulsets.apps"),
            ("kubectl get pods ", "web-0 web-1"),
            ("kubectl get pods web-0 ", "web-1"),
            ("kubectl get pods -n kube-node-lease ", ""),
            ("kubectl get pods -n b", "blue"),
            ("kubectl get pods --namespace=b", "--namespace=blue"),
            ("kubectl get po/", "po/web-0 po/web-1"),
            ("kubectl get pod/web-0 pod/", "pod/web-1"),
            ("kubectl delete pod web-", "web-0 web-1"),
            ("kubectl describe node", "nodes"),
            ("kubectl describe nodes ", "node-1 node-2"),
            (
                "kubectl get --all",
                "--all-namespaces --allow-missing-template-keys",
            ),
            ("kubectl get -o y", "yaml"),
            ("kubectl get pods -o w", "wide"),
            ("kubectl scale st", "statefulset"),
            ("kubectl scale sts ", "web"),
            ("kubectl scale sts web --repl", "--replicas"),
            ("kubectl logs web-0 ", "nginx side"),
            ("kubectl logs web-0 -c n", "nginx"),
            ("kubectl logs st", "statefulsets/"),
            ("kubectl exec web-", "web-0 web-1"),
            ("kubectl exec -it web-0 -- l", ""),
            ("kubectl drain ", "node-1 node-2"),
            ("kubectl cordon node-1 ", ""),
            ("kubectl taint nodes ", "node-1 node-2"),
            ("kubectl apply -f ", "pvs/ web.yaml"),
            ("kubectl apply -f pvs/", "pvs/pv-0.yaml pvs/pv-1.yaml"),
            ("kubectl apply --filename w", "web.yaml"),
            ("kubectl explain statefuls", "statefulsets.apps"),
            ("kubectl create sec", "secret"),
        ] {
            offers(line, expected);
        }
    }

    #[test]
    fn tab_offers_what_the_shell_knows() {
        for (line, expected) in [
            ("kub", "kubectl"),
            ("power-", "power-off power-on"),
            ("power-off ", "node-1 node-2"),
            ("crash pod/", "pod/web-0 pod/web-1"),
            ("cat w", "web.yaml"),
            ("kubectl get pods | gr", "grep"),
            ("echo a; kubectl get pods web-", "web-0 web-1"),
            ("while true; do kubectl get pods w", "web-0 web-1"),
            ("watch -n 1 kubectl get pods w", "web-0 web-1"),
            ("for p in $(kubectl get pods w", "web-0 web-1"),
            ("X=1 kubectl get pods web-1 w", "web-0"),
            ("kubectl get pods > w", "web.yaml"),
            ("nonsense", ""),
            ("é", ""),
        ] {
            offers(line, expected);
        }
    }

    #[test]
    fn one_candidate_is_taken_whole_and_several_as_far_as_they_agree() {
        let of = |words: &[&str]| Completion {
            from: 0,
            candidates: words.iter().map(|word| (*word).to_owned()).collect(),
        };

        assert_eq!(of(&["get"]).common(), "get ");
        assert_eq!(of(&["pvs/"]).common(), "pvs/");
        assert_eq!(of(&["web-0", "web-1"]).common(), "web-");
        assert_eq!(of(&[]).common(), "");
    }
}
