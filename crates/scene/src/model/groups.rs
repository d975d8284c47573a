//! Groups and identities: which ordinals there are, whether or not a pod embodies them.

use std::sync::Arc;

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;
use ordinal_api::{Kind, Object, Text, Uid};
use ordinal_core::controllers::statefulset::{claim_name, ordinal_of, parent_of, pod_name};
use ordinal_core::{Id, World};

use super::{Group, GroupKind, Identity, Pod, PodState, Record, Truth};

/// A group with what is needed to sort pods and disks into it.
pub(super) struct Known {
    pub(super) shown: Group,
    pub(super) namespace: Text,
    /// Identity of its ReplicaSets, or of itself.
    keepers: Vec<Uid>,
    /// Names of its claim templates.
    pub(super) templates: Vec<Text>,
}

const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";

pub(super) fn gather(world: &World) -> (Vec<Known>, Vec<Identity>) {
    let mut groups = sets(world);
    let mut ordinals: Vec<SortedMap<u32, bool>> = Vec::new();
    for group in &groups {
        let set = group
            .shown
            .id
            .and_then(|id| world.get(id))
            .and_then(|o| o.as_stateful_set());
        let start = set.map_or(0, |s| s.spec.ordinals_start);
        // However many are wanted, no more is drawn than the eye can tell apart.
        let wanted = set.map_or(0, |s| s.spec.replicas).min(1000);
        ordinals.push(
            (start..start + wanted)
                .map(|ordinal| (ordinal, true))
                .collect(),
        );
    }
    let numbered = |groups: &[Known], namespace: &str, name: &str| {
        groups
            .iter()
            .position(|g| g.namespace == namespace && g.shown.name == name)
    };
    for (_, pod) in world.store.list(Kind::Pod) {
        if let Some((set, ordinal)) = identity_of(pod)
            && let Some(group) = numbered(&groups, &pod.meta.namespace, set)
        {
            ordinals[group].entry(ordinal).or_insert(false);
        }
    }
    for (_, claim) in world.store.list(Kind::PersistentVolumeClaim) {
        for (group, ordinals) in groups.iter().zip(&mut ordinals) {
            if let Some(ordinal) = claim_ordinal(group, &claim.meta.namespace, &claim.meta.name) {
                ordinals.entry(ordinal).or_insert(false);
            }
        }
    }
    let several = are_in_several(&groups);
    let mut identities = Vec::new();
    for (number, ordinals) in ordinals.iter().enumerate() {
        for (ordinal, wanted) in ordinals {
            let mut identity = identity(world, &groups[number], number, *ordinal, *wanted);
            if let Some(identity) = identity.as_mut().filter(|i| several && !i.dns.is_empty()) {
                identity.dns = format!("{}.{}", identity.dns, groups[number].namespace).into();
            }
            identities.extend(identity);
        }
    }
    groups.extend(keepers(world));
    groups.push(Known {
        shown: Group {
            id: None,
            kind: GroupKind::Alone,
            name: Text::default(),
            ready: 0,
            wanted: 0,
            templates: false,
        },
        namespace: Text::default(),
        keepers: Vec::new(),
        templates: Vec::new(),
    });
    (groups, identities)
}

/// Whether there are groups in more than one namespace.
pub(super) fn are_in_several(groups: &[Known]) -> bool {
    let mut kept = groups.iter().filter(|g| g.shown.id.is_some());
    let first = kept.next().map(|g| &g.namespace);
    kept.any(|g| Some(&g.namespace) != first)
}

/// StatefulSets that exist, and those that are gone but have pods left.
fn sets(world: &World) -> Vec<Known> {
    let mut sets: SortedMap<Id, Known> = SortedMap::new();
    for (id, object) in world.store.list(Kind::StatefulSet) {
        let Some(set) = object.as_stateful_set() else {
            continue;
        };
        let shown = Group {
            id: Some(id),
            kind: GroupKind::StatefulSet,
            name: object.meta.name.clone(),
            ready: set.status.ready_replicas,
            wanted: set.spec.replicas,
            templates: !set.spec.volume_claim_templates.is_empty(),
        };
        let templates = set
            .spec
            .volume_claim_templates
            .iter()
            .map(|t| t.name.clone())
            .collect();
        sets.insert(
            id,
            Known {
                shown,
                namespace: object.meta.namespace.clone(),
                keepers: vec![object.meta.uid],
                templates,
            },
        );
    }
    for (_, pod) in world.store.list(Kind::Pod) {
        if let Some((name, _)) = identity_of(pod)
            && let Some(id) = world.store.id(Kind::StatefulSet, &pod.meta.namespace, name)
            && !sets.contains_key(&id)
        {
            let shown = Group {
                id: Some(id),
                kind: GroupKind::StatefulSet,
                name: name.into(),
                ready: 0,
                wanted: 0,
                templates: false,
            };
            let claims = pod
                .as_pod()
                .map(|p| p.claims.iter().map(|(volume, _)| volume.clone()).collect());
            let templates = claims.unwrap_or_default();
            sets.insert(
                id,
                Known {
                    shown,
                    namespace: pod.meta.namespace.clone(),
                    keepers: Vec::new(),
                    templates,
                },
            );
        }
    }
    sets.into_values().collect()
}

/// What keeps Pods without identity: Deployments, and ReplicaSets and ReplicationControllers that belong to none;
/// DaemonSets; CronJobs, and Jobs that belong to none.
fn keepers(world: &World) -> Vec<Known> {
    let mut groups: Vec<Known> = Vec::new();
    let list = |kind| world.store.list(kind);
    let owned = |object: &Object, kind| {
        let owned = world.store.owned_of_kind(object.meta.uid, kind);
        owned.map(|(_, o)| o.clone()).into_list()
    };
    let uids = |objects: &[Arc<Object>]| objects.iter().map(|o| o.meta.uid).into_list();
    for (id, object) in list(Kind::Deployment) {
        let Some(deployment) = object.as_deployment() else {
            continue;
        };
        let count = (deployment.status.ready_replicas, deployment.spec.replicas);
        let sets = owned(object, Kind::ReplicaSet);
        groups.push(known(id, object, GroupKind::Deployment, count, uids(&sets)));
    }
    for (id, object) in list(Kind::DaemonSet) {
        let Some(set) = object.as_daemon_set() else {
            continue;
        };
        let count = (set.status.number_ready, set.status.desired_number_scheduled);
        let keeper = vec![object.meta.uid];
        groups.push(known(id, object, GroupKind::DaemonSet, count, keeper));
    }
    for (id, object) in list(Kind::CronJob) {
        let jobs = owned(object, Kind::Job);
        let done = jobs.iter().filter(|job| is_complete(job)).count();
        let count = (done as u32, jobs.len() as u32);
        groups.push(known(id, object, GroupKind::CronJob, count, uids(&jobs)));
    }
    let alone = list(Kind::ReplicaSet).chain(list(Kind::ReplicationController));
    for (id, object) in alone.chain(list(Kind::Job)) {
        let uid = object.meta.uid;
        if groups.iter().any(|g| g.keepers.contains(&uid)) {
            continue;
        }
        let (kind, count) = match (object.kind(), object.as_replicated()) {
            (Kind::ReplicationController, Some(set)) => (
                GroupKind::ReplicationController,
                (set.status.ready_replicas, set.replicas),
            ),
            (_, Some(set)) => (
                GroupKind::ReplicaSet,
                (set.status.ready_replicas, set.replicas),
            ),
            (_, None) => (GroupKind::Job, completions(object)),
        };
        groups.push(known(id, object, kind, count, vec![uid]));
    }
    groups
}

fn known(
    id: Id,
    object: &Object,
    kind: GroupKind,
    (ready, wanted): (u32, u32),
    keepers: Vec<Uid>,
) -> Known {
    Known {
        shown: Group {
            id: Some(id),
            kind,
            name: object.meta.name.clone(),
            ready,
            wanted,
            templates: false,
        },
        namespace: object.meta.namespace.clone(),
        keepers,
        templates: Vec::new(),
    }
}

/// How many Pods of a Job have ended well, and how many are to.
fn completions(job: &Object) -> (u32, u32) {
    let raw = job.as_job().map(|job| &*job.raw);
    let number = |part: &str, name: &str| raw?.get(part)?.get(name)?.as_u64();
    let done = number("status", "succeeded").unwrap_or(0);
    // Without a number one Pod that ends well completes it.
    let wanted = number("spec", "completions").unwrap_or(1);
    (done as u32, wanted as u32)
}

fn is_complete(job: &Object) -> bool {
    let (done, wanted) = completions(job);
    done >= wanted
}

/// Name of the StatefulSet and ordinal, for a pod that has an identity.
pub(crate) fn identity_of(pod: &Object) -> Option<(&str, u32)> {
    let owner = pod.meta.controller();
    let of_set = owner.is_some_and(|o| o.kind == Some(Kind::StatefulSet))
        || pod.meta.label(POD_NAME).is_some();
    of_set
        .then(|| Some((parent_of(&pod.meta.name)?, ordinal_of(&pod.meta.name)?)))
        .flatten()
}

/// The ordinal that a claim of a group's templates belongs to.
pub(super) fn claim_ordinal(group: &Known, namespace: &str, claim: &str) -> Option<u32> {
    if group.namespace != namespace {
        return None;
    }
    let (parent, ordinal) = (parent_of(claim)?, ordinal_of(claim)?);
    let ours = |template: &Text| {
        parent
            .strip_prefix(template.as_str())
            .and_then(|rest| rest.strip_prefix('-'))
            == Some(&group.shown.name)
            && claim_name(template, &group.shown.name, ordinal) == claim
    };
    group.templates.iter().any(ours).then_some(ordinal)
}

fn identity(
    world: &World,
    group: &Known,
    number: usize,
    ordinal: u32,
    wanted: bool,
) -> Option<Identity> {
    let name = pod_name(&group.shown.name, ordinal);
    // A name that nobody has used yet has no handle; its plate comes with the controller's first look.
    let id = world
        .store
        .id(Kind::Pod, &group.namespace, &name)
        .or(group.shown.id)?;
    let set = group
        .shown
        .id
        .and_then(|id| world.get(id))
        .and_then(|o| o.as_stateful_set());
    let of_pod = || {
        world
            .get(id)
            .and_then(|o| o.as_pod())
            .map(|p| p.subdomain.clone())
    };
    let service = set
        .map(|s| s.spec.service_name.clone())
        .or_else(of_pod)
        .unwrap_or_default();
    let dns = if service.is_empty() {
        Text::default()
    } else {
        format!("{name}.{service}").into()
    };
    Some(Identity {
        key: super::key("identity", &group.namespace, &name),
        id,
        group: number,
        ordinal,
        hue: identity_hue(number, ordinal),
        record: record(world, &group.namespace, &service, &name),
        name,
        dns,
        wanted,
        pod: None,
        ready: false,
    })
}

/// The hue of an ordinal: those of one set differ, and neighbouring sets begin elsewhere.
pub(crate) fn identity_hue(group: usize, ordinal: u32) -> u8 {
    u8::try_from((group * 3 + ordinal as usize) % 6).unwrap_or(0)
}

/// What DNS answers for a host name in a Service's subdomain.
fn record(world: &World, namespace: &str, service: &str, host: &str) -> Record {
    let Some(object) = world.store.find(Kind::Service, namespace, service) else {
        return Record::NoService;
    };
    let slices = world
        .store
        .owned_by(object.meta.uid)
        .filter_map(|(_, o)| o.as_endpoint_slice());
    let mut endpoints = slices.flat_map(|slice| slice.endpoints.iter());
    match endpoints.find(|e| e.ready && e.hostname == host) {
        Some(endpoint) => Record::Address(endpoint.address.clone()),
        None => Record::None,
    }
}

/// The group of a pod.
pub(super) fn group_of(groups: &[Known], pod: &Object) -> usize {
    let alone = groups.len() - 1;
    if let Some((set, _)) = identity_of(pod) {
        let ours = |g: &Known| {
            g.shown.kind == GroupKind::StatefulSet
                && g.namespace == pod.meta.namespace
                && g.shown.name == set
        };
        return groups.iter().position(ours).unwrap_or(alone);
    }
    let keeper = pod.meta.controller().map(|o| o.uid);
    keeper
        .and_then(|uid| groups.iter().position(|g| g.keepers.contains(&uid)))
        .unwrap_or(alone)
}

/// Joins identities and the pods that embody them.
pub(super) fn embody(identities: &mut [Identity], pods: &[Pod]) {
    for (number, pod) in pods.iter().enumerate() {
        if let Some(identity) = pod
            .identity
            .filter(|_| !matches!(pod.truth, Truth::Forgotten | Truth::Ghost))
        {
            identities[identity].pod = Some(number);
            identities[identity].ready =
                pod.state == PodState::Ready && pod.truth != Truth::Believed;
        }
    }
}
