//! Containers as small models of programs, chosen by image name through one table.
//!
//! * [`Inside`]: a container that a command runs in; [`Program`]: what its image answers
//! * `http`, `mongo`, `mysql`: the programs; `clients`: the prompts of those that take statements
//! * `environment`: the variables of a container; `net`: who reaches whom; `proxy`: through the API server; `tools`: what a shell in a container finds, `web` and `proc` among it
//! * `names`: `nslookup`, `dig`, `host`, `getent`
//!
//! What they write goes through [`ordinal_core::Input::Write`], so that it lies on the disk that is mounted and the
//! journal holds it.

mod clients;
mod environment;
mod http;
mod mongo;
mod mysql;
pub(crate) mod names;
pub(crate) mod net;
mod proc;
mod proxy;
pub(crate) mod tools;
mod web;

#[cfg(test)]
mod tests;

pub(crate) use clients::at_prompt;
pub use net::Opened;
pub(crate) use proc::{file, whole};
pub(crate) use web::curl;

use ordinal_api::sorted::SortedMap;

use ordinal_api::{Kind, Text};
use ordinal_core::kubelet::files::{self, FileWrite};
use ordinal_core::{Cluster, Input, World};

use crate::Output;

/// A container that somebody is in, or that answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// Namespace of its Pod.
    pub namespace: String,
    /// Its Pod.
    pub pod: String,
    /// Its name.
    pub container: String,
    /// Its image.
    pub image: String,
    /// The shell that was asked for, `bash` or `sh`; empty for whatever the image has.
    pub shell: &'static str,
    /// The program whose prompt has the terminal; empty for a shell.
    pub prompt_of: &'static str,
    /// The Pod ends with the shell: it was made by `kubectl run`.
    pub attached: bool,
    /// The Pod is deleted when the shell ends.
    pub removed: bool,
    /// The variables outside.
    pub(crate) outer: SortedMap<String, String>,
    /// What was typed of a statement that goes on.
    pub(crate) open: String,
    /// Whether what a program prints goes to a terminal.
    pub(crate) tty: bool,
    /// What a client's connection remembers: the database, that it has given a password.
    pub(crate) state: String,
    /// What the prompt of a client says of the server.
    pub(crate) label: String,
}

/// A request to a program that speaks HTTP.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: &'a str,
}

/// A program's answer to a request: status and body.
type Http = fn(&mut Cluster, &Inside, &Asked<'_>) -> (u16, String);

/// What a program does. Statements come through a prompt or the command line of its client.
pub(crate) struct Program {
    /// A part of the image's name, without registry and tag.
    pub(crate) image: &'static str,
    /// Where it listens; 0 for the ports that its container declares.
    pub(crate) port: u16,
    /// Its answer to a request: status and body.
    pub(crate) http: Option<Http>,
    /// The commands whose prompt takes statements, and what takes them.
    pub(crate) clients: &'static [&'static str],
    /// Takes a statement.
    pub(crate) statement: Option<fn(&mut Cluster, &mut Inside, &str) -> Output>,
    /// What its container's image has beside a shell; see [`tools`].
    pub(crate) tools: &'static str,
}

const ANY: Program = Program {
    image: "",
    port: 0,
    http: Some(http::generic),
    clients: &[],
    statement: None,
    tools: "all",
};

/// The programs; the first whose name is in that of the image is it.
const PROGRAMS: &[Program] = &[
    Program {
        image: "nginx",
        port: 80,
        http: Some(http::nginx),
        tools: "bash curl getent",
        ..ANY
    },
    Program {
        image: "kubia",
        port: 8080,
        http: Some(http::kubia),
        tools: "bash curl getent",
        ..ANY
    },
    Program {
        image: "quarkus",
        port: 8080,
        http: Some(http::greeter),
        tools: "bash curl getent",
        ..ANY
    },
    Program {
        image: "mongo",
        port: 27017,
        http: None,
        clients: &["mongo", "mongosh"],
        statement: Some(mongo::statement),
        tools: "bash getent",
    },
    Program {
        image: "mysql",
        port: 3306,
        http: None,
        clients: &["mysql"],
        statement: Some(mysql::statement),
        tools: "bash getent",
    },
    Program {
        image: "busybox",
        http: None,
        tools: "ifconfig ip nc nslookup ping ps wget",
        ..ANY
    },
    Program {
        image: "alpine",
        http: None,
        tools: "getent ifconfig ip nc nslookup ping ps wget",
        ..ANY
    },
];

/// The program of an image.
pub(crate) fn of(image: &str) -> &'static Program {
    let name = image.split('@').next().unwrap_or(image);
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.split(':').next().unwrap_or(name);
    let found = PROGRAMS
        .iter()
        .find(|program| name.contains(program.image) && !name.contains("network"));
    found.unwrap_or(&ANY)
}

impl Inside {
    /// A container of a Pod: the named one, or the first.
    pub(crate) fn of(world: &World, namespace: &str, pod: &str, container: &str) -> Option<Self> {
        let object = world.store.find(Kind::Pod, namespace, pod)?;
        let spec = &object.as_pod()?.spec;
        let found = spec
            .containers
            .iter()
            .find(|c| container.is_empty() || c.name == container)?;
        Some(Self {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container: found.name.to_string(),
            image: found.image.to_string(),
            ..Self::default()
        })
    }

    /// Whether it really runs.
    pub(crate) fn runs(&self, world: &World) -> bool {
        files::running(world, &self.namespace, &self.pod, &self.container).is_some()
    }

    /// All its files.
    pub(crate) fn files(&self, world: &World) -> SortedMap<Text, Text> {
        files::files(world, &self.namespace, &self.pod, &self.container)
    }

    /// A file's text.
    pub(crate) fn file(&self, world: &World, path: &str) -> Option<String> {
        self.files(world).get(path).map(Text::to_string)
    }

    /// Writes a file; `None` removes it.
    ///
    /// # Errors
    /// What the program is told.
    pub(crate) fn write(
        &self,
        cluster: &mut Cluster,
        path: &str,
        text: Option<&str>,
    ) -> Result<(), String> {
        let write = FileWrite {
            namespace: self.namespace.as_str().into(),
            pod: self.pod.as_str().into(),
            container: self.container.as_str().into(),
            path: path.into(),
            text: text.map(Into::into),
        };
        let done = cluster.submit(Input::Write(write));
        done.map(|_| ()).map_err(|status| status.message)
    }

    /// The paths where volumes are mounted.
    pub(crate) fn mounts(&self, world: &World) -> Vec<String> {
        let object = world.store.find(Kind::Pod, &self.namespace, &self.pod);
        let spec = object.and_then(|o| o.as_pod()).map(|pod| &pod.spec);
        let containers = spec.into_iter().flat_map(|spec| &spec.containers);
        containers
            .filter(|c| c.name == self.container)
            .flat_map(|c| &c.volume_mounts)
            .map(|m| m.mount_path.trim_end_matches('/').to_owned())
            .collect()
    }

    /// Its Pod's address.
    pub(crate) fn address(&self, world: &World) -> String {
        let object = world.store.find(Kind::Pod, &self.namespace, &self.pod);
        let pod = object.and_then(|o| o.as_pod());
        pod.map(|p| p.status.pod_ip.to_string()).unwrap_or_default()
    }

    /// Its own host name, and the whole one.
    pub(crate) fn hostname(&self, world: &World) -> (String, String) {
        let object = world.store.find(Kind::Pod, &self.namespace, &self.pod);
        let Some(pod) = object.and_then(|o| o.as_pod()) else {
            return (self.pod.clone(), self.pod.clone());
        };
        let short = match pod.hostname.as_str() {
            "" => self.pod.clone(),
            given => given.to_owned(),
        };
        let whole = match pod.subdomain.as_str() {
            "" => short.clone(),
            sub => format!(
                "{short}.{sub}.{}.svc.{}",
                self.namespace, world.config.domain
            ),
        };
        (short, whole)
    }

    /// The shell of that name or path, if the image has it.
    pub(crate) fn shell_named(&self, command: &str) -> Option<&'static str> {
        match command.rsplit('/').next()? {
            "sh" | "ash" => Some("sh"),
            "bash" => self.is_debian().then_some("bash"),
            _ => None,
        }
    }

    fn is_debian(&self) -> bool {
        tools::has(tools::tools_of(&self.image), "bash")
    }

    fn is_bash(&self) -> bool {
        self.is_debian() && self.shell != "sh"
    }

    /// What its shell says of a command that is not there.
    pub(crate) fn not_found(&self, name: &str) -> String {
        match (self.shell, self.is_debian()) {
            ("bash", _) => format!("bash: {name}: command not found\n"),
            (_, true) => format!("sh: 1: {name}: not found\n"),
            (_, false) => format!("sh: {name}: not found\n"),
        }
    }

    /// What kubectl says of a command that the container cannot begin.
    pub(crate) fn cannot_begin(&self, name: &str) -> String {
        let why = match name.contains('/') {
            true => format!("stat {name}: no such file or directory"),
            false => "executable file not found in $PATH".to_owned(),
        };
        // The runtime gives each try a number of its own.
        let mut number = 0xcbf2_9ce4_8422_2325_u64;
        let mut id = String::new();
        for part in [&self.namespace, &self.pod, &self.container, name] {
            for byte in part.bytes() {
                number = (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            id += &format!("{number:016x}");
        }
        format!(
            "error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"{name}\": {why}: unknown\n"
        )
    }

    /// What stands before the cursor.
    pub fn prompt(&self) -> String {
        match self.prompt_of {
            "" if self.is_bash() && self.image.contains("netshoot") => "bash-5.0# ".to_owned(),
            "" if self.is_bash() => format!("root@{}:/# ", self.pod),
            "" if self.is_debian() => "# ".to_owned(),
            "" => "/ # ".to_owned(),
            "mysql" if !self.open.is_empty() => "    -> ".to_owned(),
            "mysql" => "mysql> ".to_owned(),
            _ if !self.open.is_empty() => "... ".to_owned(),
            _ => format!("{}> ", self.label),
        }
    }
}
