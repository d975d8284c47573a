//! What a container tells of itself: its processes, its addresses, its disks, the files that the kubelet keeps.

use ordinal_api::{Kind, Value};
use ordinal_core::World;

use super::{Inside, names};
use crate::Output;

/// A path from the root.
pub(crate) fn whole(name: &str) -> String {
    match name.starts_with('/') {
        true => name.to_owned(),
        false => format!("/{}", name.trim_start_matches("./")),
    }
}

/// The text of a file inside, those that the kubelet keeps included.
pub(crate) fn file(world: &ordinal_core::World, at: &Inside, name: &str) -> Option<String> {
    let path = whole(name);
    if let Some(text) = at.file(world, &path) {
        return Some(text);
    }
    let (short, long) = at.hostname(world);
    Some(match path.as_str() {
        "/etc/hostname" => format!("{short}\n"),
        "/etc/hosts" => {
            let names = match short == long {
                true => short,
                false => format!("{long}\t{short}"),
            };
            let mut text = format!(
                "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{}\t{names}\n",
                at.address(world)
            );
            let aliases = names::aliases(world, at);
            if !aliases.is_empty() {
                text += "\n# Entries added by HostAliases.\n";
            }
            for (address, names) in aliases {
                text += &format!("{address}\t{}\n", names.join("\t"));
            }
            text
        }
        "/etc/resolv.conf" => {
            let settings = names::settings(world, at);
            let mut text = String::new();
            if !settings.resolver.search.is_empty() {
                text += &format!("search {}\n", settings.resolver.search.join(" "));
            }
            for server in &settings.servers {
                text += &format!("nameserver {server}\n");
            }
            if settings.resolver.ndots != 1 {
                text += &format!("options ndots:{}\n", settings.resolver.ndots);
            }
            text
        }
        "/var/run/secrets/kubernetes.io/serviceaccount/namespace" => at.namespace.clone(),
        path => return projected(world, at, path),
    })
}

/// A file that comes from a Secret or a ConfigMap: whole volumes, and single keys by `subPath`.
fn projected(world: &World, at: &Inside, path: &str) -> Option<String> {
    let pod = world
        .store
        .find(Kind::Pod, &at.namespace, &at.pod)?
        .to_value();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut containers = list(&pod["spec"]["containers"]).into_iter();
    let container = containers.find(|c| c["name"] == at.container.as_str())?;
    for mount in list(&container["volumeMounts"]) {
        let (folder, sub) = (text(&mount["mountPath"]), text(&mount["subPath"]));
        let rest = path.strip_prefix(folder.trim_end_matches('/'));
        let key = match (rest, sub.as_str()) {
            (Some(""), sub) => sub.to_owned(),
            (Some(rest), "") => rest.trim_start_matches('/').to_owned(),
            _ => continue,
        };
        let mut volumes = list(&pod["spec"]["volumes"]).into_iter();
        let Some(volume) = volumes.find(|v| v["name"] == mount["name"]) else {
            continue;
        };
        let from_map = &volume["configMap"]["name"];
        let (kind, name) = match from_map.as_str() {
            Some(name) => (Kind::ConfigMap, name.to_owned()),
            None => (Kind::Secret, text(&volume["secret"]["secretName"])),
        };
        let Some(object) = world.store.find(kind, &at.namespace, &name) else {
            continue;
        };
        let value = object.to_value();
        let found = value["data"][key.as_str()].as_str().unwrap_or_default();
        return match kind {
            Kind::Secret => {
                let bytes = ordinal_api::base64::decode(found)?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            _ => Some(found.to_owned()),
        };
    }
    None
}

/// `ps` of BusyBox: the container's own process, and itself.
pub(super) fn processes(world: &World, at: &Inside) -> Output {
    let pod = world.store.find(Kind::Pod, &at.namespace, &at.pod);
    let value = pod.map(|pod| pod.to_value()).unwrap_or_default();
    let containers = value["spec"]["containers"].as_array();
    let mut containers = containers.into_iter().flatten();
    let own = containers.find(|c| c["name"] == at.container.as_str());
    let mut words: Vec<&str> = Vec::new();
    for key in ["command", "args"] {
        let all = own.and_then(|own| own[key].as_array());
        words.extend(all.into_iter().flatten().filter_map(Value::as_str));
    }
    let command = match (words.is_empty(), super::of(&at.image).image) {
        (false, _) => words.join(" "),
        (true, "nginx") => "nginx: master process nginx -g daemon off;".to_owned(),
        (true, "" | "busybox" | "alpine") => "sh".to_owned(),
        (true, image) => image.to_owned(),
    };
    Output::printed(format!(
        "PID   USER     TIME  COMMAND\n    1 root      0:00 {command}\n   12 root      0:00 ps\n"
    ))
}

/// `ip addr`, `ip route` and `ifconfig` of BusyBox.
pub(super) fn links(world: &World, at: &Inside, name: &str, words: &[&str]) -> Output {
    let address = at.address(world);
    let net = address.rsplit_once('.').map_or("", |(net, _)| net);
    let host: u8 = address
        .rsplit('.')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let hardware = format!("0a:58:0a:f4:01:{host:02x}");
    if name == "ifconfig" {
        return Output::printed(format!(
            "eth0      Link encap:Ethernet  HWaddr {}  \n          inet addr:{address}  Bcast:{net}.255  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n\nlo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n\n",
            hardware.to_ascii_uppercase()
        ));
    }
    if words.first().is_some_and(|word| word.starts_with('r')) {
        return Output::printed(format!(
            "default via {net}.1 dev eth0 \n{net}.0/24 dev eth0 scope link  src {address} \n"
        ));
    }
    let loopback = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n    inet6 ::1/128 scope host \n       valid_lft forever preferred_lft forever\n";
    let ethernet = format!(
        "2: eth0@if{}: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n    link/ether {hardware} brd ff:ff:ff:ff:ff:ff\n    inet {address}/24 brd {net}.255 scope global eth0\n       valid_lft forever preferred_lft forever\n",
        u32::from(host) + 3
    );
    Output::printed(match words.last() {
        Some(&"eth0") => ethernet,
        Some(&"lo") => loopback.to_owned(),
        _ => loopback.to_owned() + &ethernet,
    })
}

/// Where each volume of a container is mounted, and what it is.
pub(super) fn mounts(world: &World, at: &Inside) -> Vec<(String, String)> {
    let object = world
        .store
        .find(ordinal_api::Kind::Pod, &at.namespace, &at.pod);
    let spec = object.and_then(|o| o.as_pod()).map(|pod| &pod.spec);
    let containers = spec.into_iter().flat_map(|spec| &spec.containers);
    let own = containers.filter(|c| c.name == at.container);
    own.flat_map(|c| &c.volume_mounts)
        .map(|m| {
            (
                m.mount_path.trim_end_matches('/').to_owned(),
                m.name.to_string(),
            )
        })
        .collect()
}

/// `df` and `mount`.
pub(super) fn volumes(world: &World, at: &Inside, name: &str) -> Output {
    let mut text = match name {
        "df" => "Filesystem           1K-blocks      Used Available Use% Mounted on\noverlay              104857600   4194304 100663296   4% /\n".to_owned(),
        _ => "overlay on / type overlay (rw,relatime)\n".to_owned(),
    };
    for (path, volume) in mounts(world, at) {
        text += &match name {
            "df" => format!(
                "{:<20} {:>9} {:>9} {:>9} {:>3}% {path}\n",
                format!("/dev/{volume}"),
                1_048_576,
                24,
                1_048_552,
                0
            ),
            _ => format!("/dev/{volume} on {path} type ext4 (rw,relatime)\n"),
        };
    }
    Output::printed(text)
}
