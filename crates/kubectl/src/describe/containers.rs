//! Containers, and the templates of workloads. What their variables hold is in `environment`.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::Page;
use super::environment::{Resolve, environment};
use super::pods::{spread, tolerations};
use super::volumes::volumes;
use crate::value::{at, entries, flag, has, items, named, number, or, or_none, plain, text};

/// Containers under a label.
pub(super) fn container_list(
    page: &mut Page<'_>,
    label: &str,
    containers: &[Value],
    statuses: &[Value],
    resolve: &Resolve<'_>,
    space: &str,
) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    page.line(0, &format!("{space}{label}:{none}"));
    for container in containers {
        let status = named(statuses, "name", text(container, "name"));
        one(page, container, status, resolve, space);
    }
}

fn one(page: &mut Page<'_>, container: &Value, status: &Value, resolve: &Resolve<'_>, space: &str) {
    let indent = if space.is_empty() { "" } else { " " };
    let known = !status.is_null();
    page.line(1, &format!("{indent}{}:", text(container, "name")));
    if known {
        page.field(2, "Container ID", text(status, "containerID"));
    }
    page.field(2, "Image", text(container, "image"));
    if known {
        page.field(2, "Image ID", text(status, "imageID"));
    }
    ports(page, container, "containerPort", "Port");
    ports(page, container, "hostPort", "Host Port");
    seccomp(page, at(container, "securityContext"), [2, 3]);
    for (label, key) in [("Command", "command"), ("Args", "args")] {
        let words = items(container, key);
        if !words.is_empty() {
            page.line(2, &format!("{label}:"));
            for word in words
                .iter()
                .flat_map(|word| word.as_str().unwrap_or_default().split('\n'))
            {
                page.line(3, word);
            }
        }
    }
    if known {
        state(page, "State", at(status, "state"));
        if has(status, "lastState.terminated") {
            state(page, "Last State", at(status, "lastState"));
        }
        let ready = if flag(status, "ready") {
            "True"
        } else {
            "False"
        };
        page.field(2, "Ready", ready);
        page.field(
            2,
            "Restart Count",
            &number(status, "restartCount").to_string(),
        );
    }
    resources(page, at(container, "resources"), 2);
    for (label, key) in [
        ("Liveness", "livenessProbe"),
        ("Readiness", "readinessProbe"),
        ("Startup", "startupProbe"),
    ] {
        if has(container, key) {
            let named = page
                .cluster
                .world()
                .release()
                .describes_thresholds_by_name();
            page.field(2, label, &probe(at(container, key), named));
        }
    }
    environment(page, container, resolve);
    mounts(page, container);
}

/// The profile of system calls, at the levels of its type and of its name.
pub(super) fn seccomp(page: &mut Page<'_>, context: &Value, levels: [usize; 2]) {
    let profile = at(context, "seccompProfile");
    if profile.is_null() {
        return;
    }
    page.field(levels[0], "SeccompProfile", text(profile, "type"));
    if text(profile, "type") == "Localhost" {
        page.field(
            levels[1],
            "LocalhostProfile",
            text(profile, "localhostProfile"),
        );
    }
}

fn ports(page: &mut Page<'_>, container: &Value, key: &str, label: &str) {
    let ports: Vec<String> = items(container, "ports")
        .iter()
        .map(|port| {
            let text_ = format!(
                "{}/{}",
                number(port, key),
                or(text(port, "protocol"), "TCP")
            );
            match text(port, "name") {
                "" => text_,
                name => format!("{text_} ({name})"),
            }
        })
        .collect();
    let label = if ports.len() > 1 {
        format!("{label}s")
    } else {
        label.to_owned()
    };
    page.field(2, &label, &or_none(&ports.join(", ")));
}

fn state(page: &mut Page<'_>, label: &str, state: &Value) {
    if has(state, "running") {
        page.field(2, label, "Running");
        page.field(3, "Started", &Page::moment(state, "running.startedAt"));
    } else if has(state, "terminated") {
        let ended = at(state, "terminated");
        page.field(2, label, "Terminated");
        for (label, key) in [("Reason", "reason"), ("Message", "message")] {
            if !text(ended, key).is_empty() {
                page.field(3, label, text(ended, key));
            }
        }
        page.field(3, "Exit Code", &number(ended, "exitCode").to_string());
        if number(ended, "signal") > 0 {
            page.field(3, "Signal", &number(ended, "signal").to_string());
        }
        page.field(3, "Started", &Page::moment(ended, "startedAt"));
        page.field(3, "Finished", &Page::moment(ended, "finishedAt"));
    } else {
        page.field(2, label, "Waiting");
        if !text(state, "waiting.reason").is_empty() {
            page.field(3, "Reason", text(state, "waiting.reason"));
        }
    }
}

pub(super) fn resources(page: &mut Page<'_>, resources: &Value, level: usize) {
    for (label, key) in [("Limits", "limits"), ("Requests", "requests")] {
        let mut amounts = entries(resources, key).peekable();
        if amounts.peek().is_some() {
            page.line(level, &format!("{label}:"));
        }
        for (name, amount) in amounts {
            page.field(level + 1, name, &plain(amount));
        }
    }
}

fn probe(probe: &Value, named: bool) -> String {
    let seconds = |key: &str| number(probe, key);
    let attributes = format!(
        "delay={}s timeout={}s period={}s {}={} {}={}",
        seconds("initialDelaySeconds"),
        seconds("timeoutSeconds"),
        seconds("periodSeconds"),
        if named {
            "successThreshold"
        } else {
            "#success"
        },
        seconds("successThreshold"),
        if named {
            "failureThreshold"
        } else {
            "#failure"
        },
        seconds("failureThreshold")
    );
    let port = |path: &str| plain(at(probe, path));
    if has(probe, "exec") {
        let words: Vec<String> = items(probe, "exec.command").iter().map(plain).into_list();
        return format!("exec [{}] {attributes}", words.join(" "));
    }
    if has(probe, "httpGet") {
        let scheme = text(probe, "httpGet.scheme").to_ascii_lowercase();
        let scheme = or(&scheme, "http");
        let path = text(probe, "httpGet.path");
        let slash = if path.is_empty() || path.starts_with('/') {
            ""
        } else {
            "/"
        };
        return format!(
            "http-get {scheme}://{}:{}{slash}{path} {attributes}",
            text(probe, "httpGet.host"),
            port("httpGet.port").replace('%', "%25"),
        );
    }
    if has(probe, "tcpSocket") {
        return format!(
            "tcp-socket {}:{} {attributes}",
            text(probe, "tcpSocket.host"),
            port("tcpSocket.port")
        );
    }
    if has(probe, "grpc") {
        return format!(
            "grpc <pod>:{} {} {attributes}",
            port("grpc.port"),
            text(probe, "grpc.service")
        );
    }
    format!("unknown {attributes}")
}

fn mounts(page: &mut Page<'_>, container: &Value) {
    let mut mounts: Vec<&Value> = items(container, "volumeMounts").iter().into_list();
    ordinal_api::sorted::sort_by_key(&mut mounts, |mount| text(mount, "mountPath"));
    // The word stands behind the devices as well.
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    page.line(2, &format!("Mounts:{none}"));
    for mount in mounts {
        let mut flags = vec![if flag(mount, "readOnly") { "ro" } else { "rw" }.to_owned()];
        if !text(mount, "subPath").is_empty() {
            flags.push(format!("path={}", Value::from(text(mount, "subPath"))));
        }
        page.line(
            3,
            &format!(
                "{} from {} ({})",
                text(mount, "mountPath"),
                text(mount, "name"),
                flags.join(",")
            ),
        );
    }
    let mut devices: Vec<&Value> = items(container, "volumeDevices").iter().into_list();
    ordinal_api::sorted::sort_by_key(&mut devices, |device| text(device, "devicePath"));
    if !devices.is_empty() {
        page.line(2, &format!("Devices:{none}"));
        for device in devices {
            let (path, name) = (text(device, "devicePath"), text(device, "name"));
            page.line(3, &format!("{path} from {name}"));
        }
    }
}

/// The template of a workload.
pub(crate) fn template(page: &mut Page<'_>, template: &Value) {
    page.line(0, "Pod Template:");
    if template.is_null() {
        page.line(1, "<unset>");
        return;
    }
    page.map("", "  Labels", template, "metadata.labels");
    if entries(template, "metadata.annotations").next().is_some() {
        page.annotations("  ", template, "metadata.annotations");
    }
    if !text(template, "spec.serviceAccountName").is_empty() {
        page.field(
            1,
            "Service Account",
            text(template, "spec.serviceAccountName"),
        );
    }
    let resolve = Resolve { pod: None };
    let inits = items(template, "spec.initContainers");
    if !inits.is_empty() {
        container_list(page, "Init Containers", inits, &[], &resolve, "  ");
    }
    let containers = items(template, "spec.containers");
    container_list(page, "Containers", containers, &[], &resolve, "  ");
    volumes(page, items(template, "spec.volumes"), "  ");
    spread(
        page,
        "  ",
        items(template, "spec.topologySpreadConstraints"),
    );
    if !text(template, "spec.priorityClassName").is_empty() {
        page.field(
            1,
            "Priority Class Name",
            text(template, "spec.priorityClassName"),
        );
    }
    page.map("", "  Node-Selectors", template, "spec.nodeSelector");
    tolerations(page, "  ", items(template, "spec.tolerations"));
}
