//! What the tokens of a recording stand for in a simulated run: hashes, addresses, volumes and Pods are numbered by the
//! rules by which they were numbered when it was recorded.

use std::collections::{BTreeMap, BTreeSet};

use ordinal_api::{Kind, ObjectKey, Uid, Value};
use ordinal_core::World;
use ordinal_core::journal::{Entry, Fact, Incarnations, Verb};

use super::play::Seen;
use crate::conform::tokens::Bindings;

/// A Pod with a generated name.
#[derive(Clone, Debug)]
struct Generated {
    /// Its name as recorded, up to the random part: `web-{hash:web:1}-`.
    prefix: String,
    /// What its random part's token begins with: `{rand:web:1.`.
    token: String,
    /// The journal entry of its creation, which decides between Pods that nothing else tells apart.
    born: u64,
    created: usize,
    named: Option<usize>,
    deleted: Option<(usize, u64)>,
    ready: Option<u64>,
    /// Its number, once it is fixed.
    number: Option<usize>,
}

/// What the tokens stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    bindings: Bindings,
    incarnations: Incarnations,
    /// Revision and template hashes of a workload, in order of creation.
    hashes: BTreeMap<String, Vec<String>>,
    /// Pods whose names were generated, by name.
    pods: BTreeMap<String, Generated>,
    /// Addresses of Pods with such names, until their numbers are known.
    addresses: Vec<(String, u32, String)>,
    uids: Vec<(ObjectKey, u32, Uid)>,
    /// In which step each Pod of the recording was created.
    recorded: BTreeMap<String, usize>,
    /// What each Pod of the recording was told to do, by its name.
    told: BTreeMap<String, BTreeSet<String>>,
    slices: BTreeMap<String, usize>,
}

impl Names {
    pub(super) fn new(recording: &Value) -> Self {
        let milestones = recording["milestones"].as_array().into_iter().flatten();
        let recorded = milestones.filter_map(|m| {
            let name = m["what"]
                .as_str()?
                .strip_prefix("pod/")?
                .strip_suffix("#1 created")?;
            Some((name.to_owned(), usize::try_from(m["step"].as_u64()?).ok()?))
        });
        let mut names = Self {
            recorded: recorded.collect(),
            ..Self::default()
        };
        for milestone in recording["milestones"].as_array().into_iter().flatten() {
            if let Some((name, words)) = milestone["what"].as_str().and_then(told_of_pod) {
                names.told.entry(name).or_default().insert(words);
            }
        }
        names
    }

    /// A recorded text with everything replaced that is known.
    pub(super) fn filled(&self, recorded: &str) -> String {
        self.bindings.filled(recorded)
    }

    /// What is known so far.
    pub(super) fn bindings(&self) -> Bindings {
        self.bindings.clone()
    }

    /// Learns from a journal entry.
    pub(super) fn learn(
        &mut self,
        world: &World,
        entry: &Entry,
        milestones: &[String],
        step: usize,
    ) {
        let life = self.incarnations.of(entry);
        let key = world.store.key(entry.subject).clone();
        if entry.verb == Verb::Create {
            self.uids.push(((*key).clone(), life, entry.uid));
            match key.kind {
                Kind::ControllerRevision | Kind::ReplicaSet => self.hash(&key.name),
                Kind::Pod => self.pod(&key.name, entry.seq, step),
                Kind::EndpointSlice => self.slice(&key.name),
                Kind::PersistentVolumeClaim => {
                    let number = if life > 1 {
                        format!("#{life}")
                    } else {
                        String::new()
                    };
                    let token = format!("{{pv:{}/{}{number}}}", key.namespace, key.name);
                    self.bindings.bind(&token, &format!("pvc-{}", entry.uid));
                }
                _ => {}
            }
        }
        if key.kind == Kind::Pod {
            for fact in &entry.facts {
                match fact {
                    Fact::Address(address) => {
                        self.addresses
                            .push((key.name.to_string(), life, address.to_string()));
                    }
                    Fact::Scheduled(node) => {
                        let token = format!("{{node:{}}}", key.name);
                        if self.bindings.value(&token).is_none() {
                            self.bindings.bind(&token, node);
                        }
                    }
                    _ => {}
                }
            }
            if let Some(pod) = self.pods.get_mut(key.name.as_str()) {
                for text in milestones {
                    if text.ends_with(" ready") {
                        pod.ready = Some(entry.seq);
                    } else if text.ends_with(" deletion-requested")
                        || text.ends_with(" deleted") && pod.deleted.is_none()
                    {
                        pod.deleted = Some((step, entry.seq));
                    }
                }
            }
        }
    }

    fn hash(&mut self, name: &str) {
        let Some((owner, hash)) = name.rsplit_once('-').filter(|(_, hash)| is_hash(hash)) else {
            return;
        };
        let known = self.hashes.entry(owner.to_owned()).or_default();
        if !known.iter().any(|h| h == hash) {
            known.push(hash.to_owned());
            self.bindings
                .bind(&format!("{{hash:{owner}:{}}}", known.len()), hash);
        }
    }

    fn slice(&mut self, name: &str) {
        if let Some((service, random)) = name.rsplit_once('-') {
            let count = self.slices.entry(service.to_owned()).or_default();
            *count += 1;
            self.bindings
                .bind(&format!("{{rand:{service}:{count}}}"), random);
        }
    }

    /// A Pod of a ReplicaSet or DaemonSet: its name ends in five random letters.
    fn pod(&mut self, name: &str, born: u64, step: usize) {
        let Some((prefix, random)) = name.rsplit_once('-') else {
            return;
        };
        if random.len() != 5 || random.bytes().all(|b| b.is_ascii_digit()) {
            return;
        }
        let of_deployment = prefix.rsplit_once('-').and_then(|(owner, hash)| {
            let number = self.hashes.get(owner)?.iter().position(|h| h == hash)? + 1;
            Some((
                format!("{owner}-{{hash:{owner}:{number}}}-"),
                format!("{{rand:{owner}:{number}."),
            ))
        });
        let (prefix, token) =
            of_deployment.unwrap_or_else(|| (format!("{prefix}-"), format!("{{rand:{prefix}:")));
        let generated = Generated {
            prefix,
            token,
            born,
            created: step,
            named: None,
            deleted: None,
            ready: None,
            number: None,
        };
        self.pods.insert(name.to_owned(), generated);
    }

    /// Learns from what is there now.
    pub(super) fn look(&mut self, world: &World) {
        self.bindings
            .bind("{ip:apiserver}", super::cluster::API_SERVER);
        for (_, object) in world.store.list(Kind::Service) {
            if let Some(service) = object.as_service()
                && !service.cluster_ip.is_empty()
                && service.cluster_ip != "None"
            {
                self.bindings.bind(
                    &format!("{{ip:svc/{}}}", object.meta.name),
                    &service.cluster_ip,
                );
            }
        }
        for (_, object) in world.store.list(Kind::Node) {
            if let Some(node) = object.as_node() {
                self.bindings.bind(
                    &format!("{{ip:node/{}}}", object.meta.name),
                    &node.status.internal_ip,
                );
            }
        }
    }

    /// A word of a command line or fault: a Pod with a generated name means any that is alive and was not named before.
    pub(super) fn in_command(&mut self, word: &str, step: usize) -> String {
        while let Some(token) = unknown_pod(&self.bindings.filled(word)) {
            if !self.choose(&token, step) {
                break;
            }
        }
        self.bindings.filled(word)
    }

    /// Fixes which Pod a token stands for.
    fn choose(&mut self, token: &str, step: usize) -> bool {
        let Some((head, number)) = split_number(token) else {
            return false;
        };
        let created = self
            .recorded
            .iter()
            .find(|(name, _)| name.ends_with(token))
            .map(|(_, step)| *step);
        let fits = |pod: &&mut Generated| {
            pod.token == head && pod.number.is_none() && pod.deleted.is_none()
        };
        let mut alive: Vec<(&String, &mut Generated)> =
            self.pods.iter_mut().filter(|(_, pod)| fits(pod)).collect();
        alive.sort_by_key(|(_, pod)| (created.is_some_and(|c| c != pod.created), pod.ready));
        let Some((name, pod)) = alive.into_iter().next() else {
            return false;
        };
        pod.number = Some(number);
        pod.named = Some(step);
        let random = name.rsplit('-').next().unwrap_or_default();
        self.bindings.bind(token, random);
        true
    }

    /// Numbers all Pods, once it is known what became of them, and with them their addresses.
    pub(super) fn number_pods(&mut self, seen: &[Seen]) {
        let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, words) in seen.iter().filter_map(|one| told_of_pod(&one.text)) {
            told.entry(name).or_default().insert(words);
        }
        let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, pod) in &self.pods {
            owners
                .entry(pod.token.clone())
                .or_default()
                .push(name.clone());
        }
        for (token, mut names) in owners {
            names.sort_by_key(|name| (self.rank(name), self.pods[name].born));
            let fixed: Vec<usize> = names.iter().filter_map(|n| self.pods[n].number).collect();
            let mut free = (1..).filter(|number| !fixed.contains(number));
            while !names.is_empty() {
                let Some(number) = self.pods[&names[0]].number.or_else(|| free.next()) else {
                    break;
                };
                // Of those that nothing tells apart, the one of which the same was told.
                let wanted = self
                    .told
                    .get(&format!("{}{token}{number}}}", self.pods[&names[0]].prefix));
                let tied = names
                    .iter()
                    .take_while(|name| self.rank(name) == self.rank(&names[0]));
                let alike = |name: &String| match (wanted, told.get(name)) {
                    (Some(wanted), Some(told)) => wanted.symmetric_difference(told).count(),
                    _ => usize::MAX,
                };
                let best = tied
                    .enumerate()
                    .min_by_key(|(_, name)| alike(name))
                    .map_or(0, |(at, _)| at);
                let name = names.remove(best);
                if let Some(pod) = self.pods.get_mut(&name) {
                    pod.number = Some(number);
                }
                let random = name.rsplit('-').next().unwrap_or_default();
                self.bindings.bind(&format!("{token}{number}}}"), random);
            }
        }
        for (name, life, address) in std::mem::take(&mut self.addresses) {
            let name = self.recorded_name(&name);
            self.bindings
                .bind(&format!("{{ip:pod/{name}#{life}}}"), &address);
        }
        for (key, life, uid) in std::mem::take(&mut self.uids) {
            let name = self.recorded_name(&key.name);
            let named = ObjectKey {
                name: name.into(),
                ..key
            };
            self.bindings
                .bind(&format!("{{uid:{named}#{life}}}"), &uid.to_string());
        }
    }

    /// By what Pods of one owner are numbered.
    fn rank(&self, name: &str) -> (usize, usize, usize, u64) {
        let pod = &self.pods[name];
        let survivor = (usize::MAX, pod.ready.unwrap_or(u64::MAX));
        let (gone, order) = pod.deleted.unwrap_or(survivor);
        (pod.created, pod.named.unwrap_or(usize::MAX), gone, order)
    }

    /// The name of a Pod as it would have been recorded.
    fn recorded_name(&self, name: &str) -> String {
        match self.pods.get(name) {
            Some(Generated {
                prefix,
                token,
                number: Some(number),
                ..
            }) => format!("{prefix}{token}{number}}}"),
            _ => name.to_owned(),
        }
    }
}

/// Name of a Pod and what a milestone tells of it; where it was scheduled is chance.
fn told_of_pod(milestone: &str) -> Option<(String, String)> {
    let (subject, words) = milestone.strip_prefix("pod/")?.split_once(' ')?;
    let (name, _) = subject.rsplit_once('#')?;
    let words = words.split(" {node").next().unwrap_or_default();
    let words = if words.starts_with("scheduled") {
        "scheduled"
    } else {
        words
    };
    Some((name.to_owned(), words.to_owned()))
}

/// The alphabet of revision and template hashes.
fn is_hash(text: &str) -> bool {
    (5..=10).contains(&text.len()) && text.bytes().all(|b| b"456789bcdf".contains(&b))
}

/// The first random part of a text that is not known yet.
fn unknown_pod(text: &str) -> Option<String> {
    let from = text.find("{rand:")?;
    let end = text[from..].find('}')?;
    Some(text[from..=from + end].to_owned())
}

/// `{rand:web:1.2}` to `{rand:web:1.` and 2.
fn split_number(token: &str) -> Option<(String, usize)> {
    let inside = token.trim_end_matches('}');
    let at = inside.rfind(['.', ':'])? + 1;
    Some((inside[..at].to_owned(), inside[at..].parse().ok()?))
}
