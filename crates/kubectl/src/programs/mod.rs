//! Containers as small models of programs, chosen by image name through one table.
//!
//! * [`Inside`]: a container that a command runs in; [`Program`]: what its image answers
//! * `http`, `mongo`, `mysql`: the programs; `net`: who reaches whom; `tools`: what a shell in a container finds
//! * `names`: `nslookup`, `dig`, `host`, `getent`
//!
//! What they write goes through [`ordinal_core::Input::Write`], so that it lies on the disk that is mounted and the
//! journal holds it.

mod http;
mod mongo;
mod mysql;
pub(crate) mod names;
pub(crate) mod net;
pub(crate) mod tools;

#[cfg(test)]
mod tests;

pub use net::Opened;

use ordinal_api::sorted::SortedMap;

use ordinal_api::{Kind, Text};
use ordinal_core::kubelet::files::{self, FileWrite};
use ordinal_core::{Cluster, Input, World};

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
    pub(crate) statement: Option<fn(&mut Cluster, &Inside, &str) -> String>,
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
        tools: "nslookup ping wget ps ip",
        ..ANY
    },
    Program {
        image: "alpine",
        http: None,
        tools: "nslookup ping wget ps ip getent",
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

    /// The environment of its programs.
    pub(crate) fn environment(&self, world: &World) -> SortedMap<String, String> {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let mut all = SortedMap::from([
            ("PATH".to_owned(), path.to_owned()),
            ("HOSTNAME".to_owned(), self.hostname(world).0),
            ("HOME".to_owned(), "/root".to_owned()), // tidy: a path inside the simulated container
        ]);
        for (_, object) in world.store.list(Kind::Service) {
            let ours = object.meta.namespace == self.namespace
                || (object.meta.namespace == "default" && object.meta.name == "kubernetes");
            let Some(service) = object.as_service().filter(|_| ours) else {
                continue;
            };
            if !service.cluster_ip.contains('.') {
                continue;
            }
            let name = object.meta.name.to_ascii_uppercase().replace('-', "_");
            let address = service.cluster_ip.to_string();
            if let Some(port) = service.ports.first() {
                all.insert(format!("{name}_SERVICE_PORT"), port.port.to_string());
            }
            all.insert(format!("{name}_SERVICE_HOST"), address);
        }
        let object = world.store.find(Kind::Pod, &self.namespace, &self.pod);
        let spec = object.and_then(|o| o.as_pod()).map(|pod| &pod.spec);
        let container = spec.and_then(|spec| {
            let mut all = spec.containers.iter();
            all.find(|c| c.name == self.container)
        });
        for variable in container.into_iter().flat_map(|c| &c.env) {
            if variable.value_from.is_none() {
                all.insert(variable.name.to_string(), variable.value.to_string());
            }
        }
        all
    }

    /// What stands before the cursor.
    pub fn prompt(&self) -> String {
        match self.prompt_of {
            "" => match tools::has(of(&self.image).tools, "bash") {
                true if self.image.contains("netshoot") => "bash-5.0# ".to_owned(),
                true => format!("root@{}:/# ", self.pod),
                false => "/ # ".to_owned(),
            },
            _ if !self.open.is_empty() => "... ".to_owned(),
            "mysql" => "mysql> ".to_owned(),
            _ => "> ".to_owned(),
        }
    }
}
