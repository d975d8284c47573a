//! The files that a container sees: what was written inside it, and what lies on the disks that it has mounted.
//!
//! A file on a mounted claim is on the disk's own list of writes and outlives the Pod; one in an `emptyDir` lives as
//! long as the Pod; any other one is in the container's own layer and is lost when the container is started again.

use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::pod::Pod;
use ordinal_api::podspec::{Container, VolumeMount};
use ordinal_api::{Kind, SimTime, Status, Text};

use super::volumes::{claims, happen_to_disk};
use super::writes::reaches;
use crate::disk::Write;
use crate::journal::{Fact, Verb};
use crate::machine::{LocalPod, LocalState};
use crate::{Component, Cx, Id, World};

/// The mark that a container leaves on its disks when it starts; it is no file of the program's.
const MARK: &str = "/started";

/// A program inside a container writes a file, or empties it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWrite {
    /// Namespace of the Pod.
    pub namespace: Text,
    /// The Pod.
    pub pod: Text,
    /// The container.
    pub container: Text,
    /// The file's whole path.
    pub path: Text,
    /// All that it holds from now on; `None` removes it.
    pub text: Option<Text>,
}

/// A file that lies on no disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFile {
    /// The container that wrote it; empty for an `emptyDir`, which all of them share.
    pub container: Text,
    /// When that container was started; another start does not see it.
    pub since: SimTime,
    /// Its path; in an `emptyDir` behind the volume's name.
    pub path: Text,
    /// What it holds; `None` once it was removed.
    pub text: Option<Text>,
}

/// A running container.
struct Seen<'w> {
    node: Id,
    local: &'w Arc<LocalPod>,
    pod: &'w Pod,
    container: &'w Container,
    since: SimTime,
}

fn seen<'w>(world: &'w World, namespace: &str, name: &str, container: &str) -> Option<Seen<'w>> {
    let object = world.store.find(Kind::Pod, namespace, name)?;
    let node = world.store.node_of(object.as_pod()?)?;
    let machine = world.machines.get(&node).filter(|m| m.is_running())?;
    let local = machine.pods.get(&object.meta.uid)?;
    let pod = local.seen.as_pod()?;
    let at = pod
        .spec
        .containers
        .iter()
        .position(|c| c.name == container)?;
    let LocalState::Running { since } = local.containers.get(at)?.state else {
        return None;
    };
    Some(Seen {
        node,
        local,
        pod,
        container: &pod.spec.containers[at],
        since,
    })
}

/// The address of the machine's Pod and since when its container runs, if it really does.
pub fn running(world: &World, namespace: &str, pod: &str, container: &str) -> Option<SimTime> {
    seen(world, namespace, pod, container).map(|seen| seen.since)
}

/// The mount under which a path lies: the innermost.
fn mount_of<'c>(container: &'c Container, path: &str) -> Option<&'c VolumeMount> {
    let mounts = container.volume_mounts.iter();
    let under = mounts.filter(|m| rest_below(path, &m.mount_path).is_some());
    under.max_by_key(|m| m.mount_path.len())
}

fn rest_below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The volume of a claim that a Pod mounts under this name.
fn disk_of(seen: &Seen<'_>, mount: &VolumeMount) -> Option<(Id, bool)> {
    let mounted = claims(seen.pod, &seen.local.seen.meta.name).zip(&seen.local.mounts);
    let found = mounted
        .into_iter()
        .find(|((name, ..), _)| **name == mount.name);
    found.map(|((_, _, read_only), disk)| (*disk, read_only))
}

/// Every file that a container sees, by its whole path. Empty while it does not run.
pub fn files(world: &World, namespace: &str, pod: &str, container: &str) -> SortedMap<Text, Text> {
    let mut files: SortedMap<Text, Option<Text>> = SortedMap::new();
    let Some(seen) = seen(world, namespace, pod, container) else {
        return SortedMap::new();
    };
    for file in &seen.local.files {
        if file.container == container && file.since == seen.since {
            files.insert(file.path.clone(), file.text.clone());
        }
    }
    for mount in &seen.container.volume_mounts {
        let folder = mount.mount_path.trim_end_matches('/');
        if let Some((disk, _)) = disk_of(&seen, mount) {
            let disk = world.disks.get(&disk).filter(|disk| !disk.erased);
            for write in disk.into_iter().flat_map(|disk| disk.writes.iter()) {
                if rest_below(&write.path, folder).is_some_and(|rest| rest != MARK) {
                    files.insert(write.path.clone(), write.content.clone());
                }
            }
        }
        let inside = format!("{}/", mount.name);
        for file in seen.local.files.iter().filter(|f| f.container.is_empty()) {
            if let Some(rest) = file.path.strip_prefix(inside.as_str()) {
                files.insert(format!("{folder}/{rest}").into(), file.text.clone());
            }
        }
        for (name, text) in given(world, namespace, &seen, mount) {
            files.insert(name, Some(text));
        }
    }
    let there = files.into_iter();
    there
        .filter_map(|(path, text)| Some((path, text?)))
        .collect()
}

/// The files of a ConfigMap.
fn given(
    world: &World,
    namespace: &str,
    seen: &Seen<'_>,
    mount: &VolumeMount,
) -> Vec<(Text, Text)> {
    let volume = seen.pod.template_volumes().find(|v| v.name == mount.name);
    let map = volume
        .and_then(|v| v.config_map.as_ref())
        .and_then(|map| world.store.find(Kind::ConfigMap, namespace, &map.name));
    let Some(value) = map.map(|map| map.to_value()) else {
        return Vec::new();
    };
    let data = value["data"].as_object();
    let entries = data.into_iter().flatten().filter_map(|(name, text)| {
        let path = match mount.sub_path.as_str() {
            "" => format!("{}/{name}", mount.mount_path.trim_end_matches('/')),
            only if only == name => mount.mount_path.to_string(),
            _ => return None,
        };
        Some((path.into(), text.as_str()?.into()))
    });
    entries.collect()
}

/// Writes a file as a program in the container does.
///
/// # Errors
/// What the program is told: the container does not run, or the path lies on something that is read only or gone.
pub(crate) fn write(world: &mut World, write: &FileWrite) -> Result<(), Status> {
    let now = world.now();
    let refuse = |why: &str| Status::bad_request(why);
    let seen = seen(world, &write.namespace, &write.pod, &write.container).ok_or_else(|| {
        Status::bad_request(format!("container not found (\"{}\")", write.container))
    })?;
    let (node, pod, uid, since) = (seen.node, seen.local.id, seen.local.uid, seen.since);
    let mount = mount_of(seen.container, &write.path);
    if mount.is_some_and(|m| m.read_only) {
        return Err(refuse("Read-only file system"));
    }
    let disk = mount.and_then(|mount| disk_of(&seen, mount));
    let shared = mount.filter(|mount| {
        let volume = seen.pod.template_volumes().find(|v| v.name == mount.name);
        volume.is_some_and(|v| v.empty_dir.is_some())
    });
    let file = match (mount, shared) {
        (Some(mount), Some(_)) => LocalFile {
            container: Text::default(),
            since: SimTime::ZERO,
            path: format!(
                "{}{}",
                mount.name,
                rest_below(&write.path, &mount.mount_path).unwrap_or_default()
            )
            .into(),
            text: write.text.clone(),
        },
        _ => LocalFile {
            container: write.container.clone(),
            since,
            path: write.path.clone(),
            text: write.text.clone(),
        },
    };
    if let Some((disk, read_only)) = disk {
        if read_only {
            return Err(refuse("Read-only file system"));
        }
        let there = world.disks.get(&disk);
        if !there.is_some_and(|disk| !disk.erased && reaches(disk, node)) {
            return Err(refuse("Input/output error"));
        }
    } else if mount.is_some() && shared.is_none() {
        return Err(refuse("Read-only file system"));
    }
    let name = world
        .machines
        .get(&node)
        .map(|machine| machine.name.clone())
        .unwrap_or_default();
    let words = format!("write {} in {}", write.path, write.pod);
    let said = Fact::Command(words.into()).into();
    let cause = world.record(Component::Fault, pod, uid, Verb::Input, said, None);
    let mut cx = Cx::new(world, Component::Kubelet, Some(cause));
    let Some((disk, _)) = disk else {
        cx.machine(node, |machine| {
            let Some(local) = machine.pods.get_mut(&uid) else {
                return;
            };
            let files = &mut Arc::make_mut(local).files;
            files.retain(|old| (&old.container, &old.path) != (&file.container, &file.path));
            files.push(file);
        });
        return Ok(());
    };
    let first = |text: &Text| -> Text { text.chars().take(200).collect::<String>().into() };
    let done = Write {
        pod: write.pod.clone(),
        uid,
        node: name.clone(),
        at: now,
        path: write.path.clone(),
        text: write.text.as_ref().map(first).unwrap_or_default(),
        content: write.text.clone(),
    };
    cx.disk(disk, |disk| disk.writes.push(Arc::new(done)));
    let fact = Fact::Wrote {
        pod: write.pod.clone(),
        node: name,
        path: write.path.clone(),
    };
    happen_to_disk(&mut cx, disk, fact);
    Ok(())
}
