//! What a shell in a container finds beside the shell itself: `hostname`, `curl`, `ls`, `nslookup` …

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::net::{self, Unreached};
use super::{Inside, names, of};
use crate::{Output, Session};

/// Whether an image has a tool.
pub(crate) fn has(tools: &str, tool: &str) -> bool {
    tools == "all" || tools.split(' ').any(|known| known == tool)
}

/// Tools that not every image has.
const SOME: &[&str] = &[
    "curl", "dig", "getent", "host", "ip", "nslookup", "ping", "ps", "wget",
];

/// Runs a command inside; `None` where it is one of the shell's own or not there.
pub(crate) fn run(
    cluster: &mut Cluster,
    session: &mut Session,
    name: &str,
    words: &[&str],
    stdin: &str,
) -> Option<Output> {
    let at = session.inside.last()?.clone();
    let program = of(&at.image);
    let name = name.rsplit('/').next().unwrap_or(name);
    if program.clients.contains(&name) {
        return Some(client(cluster, session, &at, name, words, stdin));
    }
    if SOME.contains(&name) && !has(program.tools, name) {
        return None;
    }
    let world = cluster.world();
    let plain: Vec<&str> = words
        .iter()
        .copied()
        .filter(|w| !w.starts_with('-'))
        .into_list();
    Some(match name {
        "curl" => curl(cluster, session, words, stdin),
        "wget" => wget(cluster, session, words),
        "nslookup" | "dig" | "host" | "getent" => {
            names::run(world, &mut session.dns, &at, name, words)
        }
        "hostname" => {
            let (short, whole) = at.hostname(world);
            Output::line(match words.first() {
                Some(&("-f" | "--fqdn")) => whole,
                Some(&("-i" | "-I")) => at.address(world),
                _ => short,
            })
        }
        "env" | "printenv" => {
            let all = at.environment(world);
            match plain.first() {
                Some(name) => all.get(*name).map_or(
                    Output {
                        exit: 1,
                        ..Output::default()
                    },
                    Output::line,
                ),
                None => Output::printed(all.iter().map(|(k, v)| format!("{k}={v}\n")).collect()),
            }
        }
        "ls" => ls(world, &at, plain.first().copied().unwrap_or("/")),
        "rm" => {
            let mut output = Output::default();
            for path in plain {
                let there = at.file(cluster.world(), path).is_some();
                let done = match there {
                    true => at.write(cluster, path, None),
                    false => Err("No such file or directory".to_owned()),
                };
                if let Err(why) = done {
                    output.warn(format!("rm: can't remove '{path}': {why}"));
                    output.exit = 1;
                }
            }
            output
        }
        "mkdir" | "chmod" | "chown" | "sync" => Output::default(),
        "touch" => {
            let mut output = Output::default();
            for path in plain {
                let text = at.file(cluster.world(), path).unwrap_or_default();
                if let Err(why) = at.write(cluster, path, Some(&text)) {
                    output.warn(format!("touch: {path}: {why}"));
                    output.exit = 1;
                }
            }
            output
        }
        "whoami" => Output::line("root"),
        "id" => Output::line("uid=0(root) gid=0(root) groups=0(root)"),
        "pwd" => Output::line("/"),
        "uname" => Output::line("Linux"),
        "date" => Output::line(crate::clock::date(&world.now().to_rfc3339())),
        "mount" | "df" => volumes(world, &at, name),
        "ip" | "ifconfig" => {
            let address = at.address(world);
            Output::printed(format!(
                "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue\n    inet 127.0.0.1/8 scope host lo\n2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue\n    inet {address}/24 brd {}.255 scope global eth0\n",
                address.rsplit_once('.').map_or("", |(net, _)| net)
            ))
        }
        "ps" => Output::printed(format!(
            "PID   USER     TIME  COMMAND\n    1 root      0:00 {}\n",
            match program.image {
                "" | "busybox" | "alpine" => "sh",
                image => image,
            }
        )),
        "ping" => ping(cluster, session, words),
        _ => return None,
    })
}

fn ls(world: &ordinal_core::World, at: &Inside, folder: &str) -> Output {
    let files = at.files(world);
    if files.contains_key(folder) {
        return Output::line(folder);
    }
    let prefix = format!("{}/", folder.trim_end_matches('/'));
    let inside = files
        .keys()
        .filter_map(|path| path.strip_prefix(prefix.as_str()));
    let mut names: Vec<&str> = inside.filter_map(|rest| rest.split('/').next()).into_list();
    if folder == "/" {
        names.extend([
            "bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr", "var",
        ]);
    }
    ordinal_api::sorted::sort(&mut names);
    names.dedup();
    let mounted = mounts(world, at)
        .iter()
        .any(|(path, _)| format!("{path}/").starts_with(&prefix));
    let known = [
        "/bin", "/dev", "/etc", "/home", "/root", "/tmp", "/usr", "/var",
    ]; // tidy: paths inside the simulated container
    if names.is_empty() && !mounted && !known.contains(&folder) {
        let mut output = Output::default();
        output.warn(format!("ls: {folder}: No such file or directory"));
        output.exit = 1;
        return output;
    }
    Output::printed(names.iter().map(|name| format!("{name}\n")).collect())
}

/// Where each volume of a container is mounted, and what it is.
fn mounts(world: &ordinal_core::World, at: &Inside) -> Vec<(String, String)> {
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

fn volumes(world: &ordinal_core::World, at: &Inside, name: &str) -> Output {
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

/// `curl [-s] [-X METHOD] [-d DATA] [-o FILE] [-i] URL`
pub(crate) fn curl(
    cluster: &mut Cluster,
    session: &mut Session,
    words: &[&str],
    stdin: &str,
) -> Output {
    let (mut url, mut method, mut body) = ("", "", None);
    let (mut silent, mut shows_errors, mut fails, mut code_only, mut out) =
        (false, false, false, false, "");
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-X" | "--request" => method = words.next().unwrap_or_default(),
            "-d" | "--data" | "--data-raw" | "--data-binary" => body = words.next(),
            "-o" | "--output" => out = words.next().unwrap_or_default(),
            "-w" | "--write-out" => {
                code_only = words.next().is_some_and(|w| w.contains("http_code"))
            }
            "-m" | "--max-time" | "--connect-timeout" | "-H" | "--header" | "-u" | "--retry" => {
                words.next();
            }
            "--silent" => silent = true,
            flags if flags.starts_with("--") => {}
            flags if flags.starts_with('-') => {
                silent |= flags.contains('s');
                shows_errors |= flags.contains('S');
                fails |= flags.contains('f');
            }
            word => url = word,
        }
    }
    if url.is_empty() {
        let mut output = Output::default();
        output.warn("curl: (2) no URL specified");
        output.exit = 2;
        return output;
    }
    let body = match body {
        Some("@-") => Some(stdin),
        other => other,
    };
    if method.is_empty() {
        method = if body.is_some() { "POST" } else { "GET" };
    }
    let mut output = Output::default();
    match net::request(cluster, session, url, method, body.unwrap_or_default()) {
        Ok((code, _)) if fails && code >= 400 => {
            output.warn(format!(
                "curl: (22) The requested URL returned error: {code}"
            ));
            output.exit = 22;
        }
        Ok((code, text)) => {
            if out.is_empty() && method != "HEAD" {
                output.stdout = text;
            }
            if code_only {
                output.stdout += &code.to_string();
            }
        }
        Err((why, host, port)) => {
            let (code, text) = match why {
                Unreached::Name => (6, format!("Could not resolve host: {host}")),
                Unreached::Refused => (
                    7,
                    format!(
                        "Failed to connect to {host} port {port} after 0 ms: Could not connect to server"
                    ),
                ),
                Unreached::Silence => (
                    28,
                    format!(
                        "Failed to connect to {host} port {port} after 130000 ms: Could not connect to server"
                    ),
                ),
            };
            if !silent || shows_errors {
                output.warn(format!("curl: ({code}) {text}"));
            }
            output.exit = code;
        }
    }
    output
}

fn wget(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let url = words
        .iter()
        .rev()
        .find(|w| !w.starts_with('-'))
        .copied()
        .unwrap_or_default();
    let (_, place) = url.split_once("://").unwrap_or(("", url));
    let shown = place.split('/').next().unwrap_or(place).to_owned();
    let quiet = words.iter().any(|w| w.starts_with("-q"));
    let mut output = Output::default();
    let answer = net::request(cluster, session, url, "GET", "");
    if !quiet && !matches!(answer, Err((Unreached::Name, ..))) {
        output.warn(format!("Connecting to {shown}"));
    }
    let failed = match answer {
        Ok((200, text)) => {
            output.stdout = text;
            return output;
        }
        Ok((404, _)) => "server returned error: HTTP/1.1 404 Not Found".to_owned(),
        Ok((code, _)) => format!("server returned error: HTTP/1.1 {code}"),
        Err((Unreached::Name, host, _)) => format!("bad address '{host}'"),
        Err((Unreached::Refused, host, port)) => {
            format!("can't connect to remote host ({host}:{port}): Connection refused")
        }
        Err((Unreached::Silence, host, _)) => {
            format!("can't connect to remote host ({host}): Host is unreachable")
        }
    };
    output.warn(format!("wget: {failed}"));
    output.exit = 1;
    output
}

fn ping(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let host = words
        .iter()
        .rev()
        .find(|w| !w.starts_with('-'))
        .copied()
        .unwrap_or_default();
    let count = words
        .iter()
        .position(|w| *w == "-c")
        .and_then(|at| words.get(at + 1)?.parse().ok());
    let count: u32 = count.unwrap_or(4).clamp(1, 10);
    let namespace = session
        .inside
        .last()
        .map(|at| at.namespace.clone())
        .unwrap_or_default();
    let world = cluster.world();
    let address = match host.parse::<std::net::IpAddr>() {
        Ok(_) => Some(host.to_owned()),
        Err(_) => {
            let found = names::addresses(world, &mut session.dns, &namespace, host);
            found.first().map(|(_, address)| address.clone())
        }
    };
    let Some(address) = address else {
        let mut output = Output::default();
        output.warn(format!("ping: bad address '{host}'"));
        output.exit = 1;
        return output;
    };
    let reached = !matches!(
        net::reach(cluster, session, &address, 1),
        Err(Unreached::Silence)
    );
    let mut text = format!("PING {host} ({address}): 56 data bytes\n");
    if reached {
        for n in 0..count {
            text += &format!("64 bytes from {address}: seq={n} ttl=62 time=0.200 ms\n");
        }
    }
    let (got, lost) = if reached { (count, 0) } else { (0, 100) };
    text += &format!(
        "\n--- {host} ping statistics ---\n{count} packets transmitted, {got} packets received, {lost}% packet loss\n"
    );
    Output {
        stdout: text,
        exit: i32::from(!reached),
        ..Output::default()
    }
}

/// A client of the program: one statement from its command line or input, or a prompt.
fn client(
    cluster: &mut Cluster,
    session: &mut Session,
    at: &Inside,
    name: &str,
    words: &[&str],
    stdin: &str,
) -> Output {
    let Some(statement) = of(&at.image).statement else {
        return Output::default();
    };
    let given = words
        .iter()
        .position(|w| matches!(*w, "-e" | "--eval" | "--execute"));
    let text = given.and_then(|at| words.get(at + 1).copied());
    match text {
        Some(text) => Output::printed(statement(cluster, at, text)),
        None if !stdin.is_empty() => Output::printed(statement(cluster, at, stdin)),
        None => {
            let entered = Inside {
                prompt_of: if name == "mysql" { "mysql" } else { "mongo" },
                attached: false,
                removed: false,
                ..at.clone()
            };
            session.inside.push(entered);
            Output::default()
        }
    }
}

/// A line at the prompt of a client.
pub(crate) fn at_prompt(cluster: &mut Cluster, session: &mut Session, line: &str) -> Output {
    let Some(at) = session.inside.last_mut() else {
        return Output::default();
    };
    let said = line.trim().trim_end_matches(';').trim_end_matches("()");
    if matches!(said, "exit" | "quit" | "\\q") {
        let mysql = at.prompt_of == "mysql";
        session.inside.pop();
        return if mysql {
            Output::line("Bye")
        } else {
            Output::default()
        };
    }
    at.open += line;
    at.open.push('\n');
    let depth: i32 = at
        .open
        .chars()
        .map(|c| match c {
            '(' | '{' | '[' => 1,
            ')' | '}' | ']' => -1,
            _ => 0,
        })
        .sum();
    let open = match at.prompt_of {
        "mysql" => !at.open.trim().is_empty() && !at.open.trim_end().ends_with(';'),
        _ => depth > 0,
    };
    if open && at.open.len() < 10_000 {
        return Output::default();
    }
    let text = std::mem::take(&mut at.open);
    let at = at.clone();
    if !at.runs(cluster.world()) {
        session.inside.pop();
        let mut output = Output::default();
        output.warn("command terminated with exit code 137");
        output.exit = 137;
        return output;
    }
    match of(&at.image).statement {
        Some(statement) => Output::printed(statement(cluster, &at, &text)),
        None => Output::default(),
    }
}

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
            format!(
                "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{}\t{names}\n",
                at.address(world)
            )
        }
        "/etc/resolv.conf" => {
            let suffixes = ordinal_core::dns::search::suffixes(&at.namespace, &world.config.domain);
            format!(
                "search {}\nnameserver {}\noptions ndots:5\n",
                suffixes.join(" "),
                names::server(world)
            )
        }
        "/var/run/secrets/kubernetes.io/serviceaccount/namespace" => at.namespace.clone(),
        _ => return None,
    })
}
