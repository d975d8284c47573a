//! Nodes, with what the Pods on them ask for.

use ordinal_api::list::IntoList;
use ordinal_api::{Quantity, Value};

use super::Page;
use crate::clock;
use crate::discovery;
use crate::print::roles;
use crate::resource::{Filter, Item, fetch, fetch_all};
use crate::value::{at, entries, flag, has, items, named, plain, text};

pub(super) fn node(page: &mut Page<'_>, item: &Item) {
    let node = &item.value;
    page.field(0, "Name", item.name());
    page.field(0, "Roles", &roles(node));
    page.map("", "Labels", node, "metadata.labels");
    page.annotations("", node, "metadata.annotations");
    page.field(
        0,
        "CreationTimestamp",
        &Page::moment(node, "metadata.creationTimestamp"),
    );
    taints(page, node);
    page.field(
        0,
        "Unschedulable",
        &flag(node, "spec.unschedulable").to_string(),
    );
    lease(page, item.name());
    page.conditions(node, "lastHeartbeatTime", "LastHeartbeatTime");
    page.line(0, "Addresses:");
    for address in items(node, "status.addresses") {
        page.field(1, text(address, "type"), text(address, "address"));
    }
    for (label, path) in [
        ("Capacity", "status.capacity"),
        ("Allocatable", "status.allocatable"),
    ] {
        let mut amounts = entries(node, path).peekable();
        if amounts.peek().is_some() {
            page.line(0, &format!("{label}:"));
        }
        for (resource, amount) in amounts {
            page.field(1, resource, &plain(amount));
        }
    }
    page.line(0, "System Info:");
    for (label, key) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        page.field(1, label, text(at(node, "status.nodeInfo"), key));
    }
    if !page.cluster.world().release().describes_as_in_1_36() {
        let proxy = text(node, "status.nodeInfo.kubeProxyVersion");
        page.field(1, "Kube-Proxy Version", proxy);
    }
    if !text(node, "spec.podCIDR").is_empty() {
        page.field(0, "PodCIDR", text(node, "spec.podCIDR"));
    }
    let cidrs: Vec<String> = items(node, "spec.podCIDRs").iter().map(plain).into_list();
    if !cidrs.is_empty() {
        page.field(0, "PodCIDRs", &cidrs.join(","));
    }
    if !text(node, "spec.providerID").is_empty() {
        page.field(0, "ProviderID", text(node, "spec.providerID"));
    }
    pods(page, node);
    page.events_of(node);
}

fn taints(page: &mut Page<'_>, node: &Value) {
    let mut lines: Vec<(String, String)> = items(node, "spec.taints")
        .iter()
        .map(|taint| {
            let (key, value) = (text(taint, "key"), text(taint, "value"));
            let effect = text(taint, "effect");
            let shown = if value.is_empty() {
                format!("{key}:{effect}")
            } else {
                format!("{key}={value}:{effect}")
            };
            // Sorted by the effect, then by the key.
            (effect.to_owned(), shown)
        })
        .collect();
    ordinal_api::sorted::sort(&mut lines);
    let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).into_list();
    page.lines("", "Taints", &lines);
}

fn lease(page: &mut Page<'_>, name: &str) {
    let Ok(leases) = discovery::find("leases") else {
        return;
    };
    match fetch(page.cluster, leases, "kube-node-lease", name) {
        Err(status) => {
            page.field(
                0,
                "Lease",
                &format!("Failed to get lease: {}", status.message),
            );
        }
        Ok(lease) => {
            page.line(0, "Lease:");
            let unset = |key: &str| match at(&lease.value, key) {
                Value::Null => "<unset>".to_owned(),
                _ => Page::moment(&lease.value, key),
            };
            let holder = match text(&lease.value, "spec.holderIdentity") {
                "" => "<unset>",
                holder => holder,
            };
            page.field(1, "HolderIdentity", holder);
            page.field(1, "AcquireTime", &unset("spec.acquireTime"));
            page.field(1, "RenewTime", &unset("spec.renewTime"));
        }
    }
}

/// An amount in thousandths, and whether it is written with binary suffixes.
#[derive(Clone, Copy, Default)]
struct Amount {
    milli: i128,
    binary: bool,
}

impl Amount {
    fn of(value: &Value) -> Self {
        let shown = plain(value);
        Self {
            milli: Quantity::parse(&shown).map_or(0, |quantity| quantity.milli()),
            binary: shown.ends_with('i'),
        }
    }

    fn add(&mut self, other: Self) {
        if self.milli == 0 {
            self.binary = other.binary;
        }
        self.milli += other.milli;
    }

    fn most(&mut self, other: Self) {
        if other.milli > self.milli {
            *self = other;
        }
    }

    fn shown(self) -> String {
        if self.milli % 1000 != 0 {
            return format!("{}m", self.milli);
        }
        let whole = self.milli / 1000;
        let (base, suffixes): (i128, [&str; 4]) = if self.binary {
            (1024, ["Ki", "Mi", "Gi", "Ti"])
        } else {
            (1000, ["k", "M", "G", "T"])
        };
        let (mut whole, mut suffix) = (whole, "");
        for next in suffixes {
            if whole == 0 || whole % base != 0 {
                break;
            }
            whole /= base;
            suffix = next;
        }
        format!("{whole}{suffix}")
    }

    fn percent(self, of: Self) -> i128 {
        if of.milli == 0 {
            0
        } else {
            self.milli * 100 / of.milli
        }
    }
}

/// What a Pod asks for: the sum of its containers, or what one of its init containers needs. Models
/// `resourcehelper.PodRequests`.
///
/// `status`: what the containers have by their status counts where it is more.
fn asked(pod: &Value, kind: &str, resource: &str, status: bool) -> Amount {
    let of = |container: &Value| {
        let amounts = at(container, "resources");
        let mut amount = Amount::of(&amounts[kind][resource]);
        if amounts[kind][resource].is_null() && kind == "requests" {
            amount = Amount::of(&amounts["limits"][resource]);
        }
        if status {
            let all = ["status.containerStatuses", "status.initContainerStatuses"];
            for list in all.map(|path| items(pod, path)) {
                let has = named(list, "name", text(container, "name"));
                amount.most(Amount::of(&at(has, "resources")[kind][resource]));
                if kind == "requests" {
                    amount.most(Amount::of(&at(has, "allocatedResources")[resource]));
                }
            }
        }
        amount
    };
    let mut sum = Amount::default();
    for container in items(pod, "spec.containers") {
        sum.add(of(container));
    }
    let (mut sidecars, mut peak) = (Amount::default(), Amount::default());
    for container in items(pod, "spec.initContainers") {
        if text(container, "restartPolicy") == "Always" {
            sum.add(of(container));
            sidecars.add(of(container));
            peak.most(sidecars);
        } else {
            let mut now = of(container);
            now.add(sidecars);
            peak.most(now);
        }
    }
    sum.most(peak);
    // What the Pod asks for as a whole goes before what its containers ask for.
    let whole = &at(pod, "spec.resources")[kind][resource];
    if !whole.is_null() && matches!(resource, "cpu" | "memory") {
        sum = Amount::of(whole);
    }
    let overhead = &at(pod, "spec.overhead")[resource];
    if !overhead.is_null() && (kind == "requests" || sum.milli > 0) {
        sum.add(Amount::of(overhead));
    }
    sum
}

fn pods(page: &mut Page<'_>, node: &Value) {
    let Ok(resource) = discovery::find("pods") else {
        return;
    };
    let filter = Filter {
        fields: format!(
            "spec.nodeName={},status.phase!=Succeeded,status.phase!=Failed",
            text(node, "metadata.name")
        ),
        ..Filter::default()
    };
    let pods = fetch_all(page.cluster, resource, &filter).unwrap_or_default();
    let allocatable = if has(node, "status.allocatable") {
        at(node, "status.allocatable")
    } else {
        at(node, "status.capacity")
    };
    let of = |resource: &str| Amount::of(&allocatable[resource]);
    page.field(
        0,
        "Non-terminated Pods",
        &format!("({} in total)", pods.len()),
    );
    page.line(
        1,
        "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge",
    );
    page.line(
        1,
        "---------\t----\t\t------------\t----------\t---------------\t-------------\t---",
    );
    let share = |amount: Amount, resource: &str| {
        format!("{} ({}%)", amount.shown(), amount.percent(of(resource)))
    };
    for pod in &pods {
        let cell =
            |kind: &str, resource: &str| share(asked(&pod.value, kind, resource, true), resource);
        let age = clock::age(page.now, text(&pod.value, "metadata.creationTimestamp"));
        let row = format!(
            "{}\t{}\t\t{}\t{}\t{}\t{}\t{age}",
            pod.namespace(),
            pod.name(),
            cell("requests", "cpu"),
            cell("limits", "cpu"),
            cell("requests", "memory"),
            cell("limits", "memory"),
        );
        page.line(1, &row);
    }
    page.line(0, "Allocated resources:");
    page.line(
        1,
        "(Total limits may be over 100 percent, i.e., overcommitted.)",
    );
    page.line(1, "Resource\tRequests\tLimits");
    page.line(1, "--------\t--------\t------");
    let total = |kind: &str, resource: &str| {
        let mut sum = Amount::default();
        for pod in &pods {
            sum.add(asked(&pod.value, kind, resource, false));
        }
        sum
    };
    let mut rows = Vec::new();
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        rows.push((resource.to_owned(), true));
    }
    for (resource, _) in allocatable.as_object().into_iter().flatten() {
        if resource.starts_with("hugepages-") {
            rows.push((resource.clone(), true));
        }
    }
    for (resource, _) in allocatable.as_object().into_iter().flatten() {
        if resource.contains('/') && !resource.starts_with("kubernetes.io/") {
            rows.push((resource.clone(), false));
        }
    }
    for (resource, percent) in rows {
        let cell = |kind: &str| {
            let sum = total(kind, &resource);
            if percent {
                share(sum, &resource)
            } else {
                sum.shown()
            }
        };
        let row = format!("{resource}\t{}\t{}", cell("requests"), cell("limits"));
        page.line(1, &row);
    }
}
