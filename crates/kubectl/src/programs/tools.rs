//! What a shell in a container finds beside the shell itself: `hostname`, `curl`, `ls`, `nslookup` …

use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::proc::mounts;
use super::{Inside, clients, names, of, proc, web};
use crate::{Output, Session};

/// Whether an image has a tool.
pub(crate) fn has(tools: &str, tool: &str) -> bool {
    tools == "all" || tools.split(' ').any(|known| known == tool)
}

/// Tools that not every image has.
const SOME: &[&str] = &[
    "curl", "dig", "getent", "host", "ifconfig", "ip", "nc", "nslookup", "ping", "ps", "wget",
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
        return Some(clients::client(cluster, session, &at, name, words, stdin));
    }
    if SOME.contains(&name) && !has(tools_of(&at.image), name) {
        return None;
    }
    let world = cluster.world();
    let plain: Vec<&str> = words
        .iter()
        .copied()
        .filter(|w| !w.starts_with('-'))
        .into_list();
    Some(match name {
        "curl" => web::curl(cluster, session, words, stdin),
        "wget" => web::wget(cluster, session, words),
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
        "mount" | "df" => proc::volumes(world, &at, name),
        "ip" | "ifconfig" => proc::links(world, &at, name, words),
        "ps" => proc::processes(world, &at),
        "nc" => web::nc(cluster, session, words),
        "which" => which(&at, plain.first().copied().unwrap_or_default()),
        "ping" => web::ping(cluster, session, words),
        _ => return None,
    })
}

/// What an image brings beside a shell. What is built on Alpine has the tools of BusyBox and no `bash`.
pub(crate) fn tools_of(image: &str) -> &'static str {
    match image
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains("alpine"))
    {
        true if image.contains("nginx") => "curl getent ifconfig ip nc nslookup ping ps wget",
        true => "getent ifconfig ip nc nslookup ping ps wget",
        false => of(image).tools,
    }
}

/// Where a command lies.
fn which(at: &Inside, name: &str) -> Output {
    let there = !SOME.contains(&name) || has(tools_of(&at.image), name);
    let known = SOME.contains(&name) || matches!(name, "sh" | "ls" | "cat" | "hostname" | "bash");
    let bash = name != "bash" || has(tools_of(&at.image), "bash");
    match there && known && bash {
        true => Output::line(format!("/usr/bin/{name}")),
        false => Output {
            exit: 1,
            ..Output::default()
        },
    }
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
