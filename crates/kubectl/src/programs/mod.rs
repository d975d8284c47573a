//! Containers as small models of programs, chosen by image name through one table.
//!
//! * [`Inside`]: a container that a command runs in; [`Program`]: what its image answers
//! * `http`, `mongo`, `mysql`: the programs; `clients`: the prompts of those that take statements
//! * `net`: who reaches whom; `tools`: what a shell in a container finds, `web` and `proc` among it
//! * `names`: `nslookup`, `dig`, `host`, `getent`
//!
//! What they write goes through [`ordinal_core::Input::Write`], so that it lies on the disk that is mounted and the
//! journal holds it.

mod clients;
mod http;
mod mongo;
mod mysql;
pub(crate) mod names;
pub(crate) mod net;
mod proc;
pub(crate) mod tools;
mod web;

#[cfg(test)]
mod tests;

pub(crate) use clients::at_prompt;
pub use net::Opened;
pub(crate) use proc::{file, whole};
pub(crate) use web::curl;

use ordinal_api::sorted::SortedMap;

use ordinal_api::service::Service;
use ordinal_api::{Kind, Text, Value};
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

    /// The environment of its programs.
    pub(crate) fn environment(&self, world: &World) -> SortedMap<String, String> {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let mut all = SortedMap::from([
            ("PATH".to_owned(), path.to_owned()),
            ("HOSTNAME".to_owned(), self.hostname(world).0),
            ("HOME".to_owned(), "/root".to_owned()), // tidy: a path inside the simulated container
        ]);
        let object = world.store.find(Kind::Pod, &self.namespace, &self.pod);
        let value = object.map(|object| object.to_value()).unwrap_or_default();
        // What was there when the Pod was made: a Service that comes later is not told.
        let born = object.map(|object| object.meta.creation_timestamp.clone());
        let links = value["spec"]["enableServiceLinks"] != false;
        for (_, object) in world.store.list(Kind::Service) {
            let kubernetes = object.meta.namespace == "default" && object.meta.name == "kubernetes";
            let ours = kubernetes || (links && object.meta.namespace == self.namespace);
            let Some(service) = object.as_service().filter(|_| ours) else {
                continue;
            };
            let later = born
                .as_ref()
                .is_some_and(|born| object.meta.creation_timestamp > *born);
            if service.cluster_ip.contains(['.', ':']) && !later {
                service_variables(&mut all, &object.meta.name, service);
            }
        }
        let containers = value["spec"]["containers"].as_array();
        let mut containers = containers.into_iter().flatten();
        let own = containers.find(|c| c["name"] == self.container.as_str());
        for variable in own
            .and_then(|own| own["env"].as_array())
            .into_iter()
            .flatten()
        {
            let Some(name) = variable["name"].as_str() else {
                continue;
            };
            if let Some(text) = self.variable(world, &value, variable) {
                all.insert(name.to_owned(), text);
            }
        }
        all
    }

    /// The value of a variable: as it stands, from a field of the Pod, or from a key of a ConfigMap or Secret.
    fn variable(&self, world: &World, pod: &Value, variable: &Value) -> Option<String> {
        let from = &variable["valueFrom"];
        if from.is_null() {
            return Some(variable["value"].as_str().unwrap_or_default().to_owned());
        }
        if let Some(path) = from["fieldRef"]["fieldPath"].as_str() {
            let at = path.split_once("['").map_or(path, |(path, _)| path);
            let mut value = pod;
            for key in at.split('.') {
                value = &value[key];
            }
            let key = path.split('\'').nth(1);
            let value = key.map_or(value, |key| &value[key]);
            return Some(value.as_str().unwrap_or_default().to_owned());
        }
        for (source, kind) in [
            ("configMapKeyRef", Kind::ConfigMap),
            ("secretKeyRef", Kind::Secret),
        ] {
            let (name, key) = (from[source]["name"].as_str(), from[source]["key"].as_str());
            let (Some(name), Some(key)) = (name, key) else {
                continue;
            };
            let object = world.store.find(kind, &self.namespace, name)?.to_value();
            let text = object["data"][key].as_str()?;
            return match kind {
                Kind::Secret => {
                    let bytes = crate::base64::decode(text)?;
                    Some(String::from_utf8_lossy(&bytes).into_owned())
                }
                _ => Some(text.to_owned()),
            };
        }
        None
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
            _ if !self.open.is_empty() => "... ".to_owned(),
            "mysql" => "mysql> ".to_owned(),
            _ => "> ".to_owned(),
        }
    }
}

/// The variables of a Service, in both of their forms. Models pkg/kubelet/envvars/envvars.go.
fn service_variables(all: &mut SortedMap<String, String>, name: &str, service: &Service) {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let address = &service.cluster_ip;
    let Some(first) = service.ports.first() else {
        return;
    };
    all.insert(format!("{name}_SERVICE_HOST"), address.to_string());
    all.insert(format!("{name}_SERVICE_PORT"), first.port.to_string());
    for port in service.ports.iter().filter(|port| !port.name.is_empty()) {
        let own = port.name.to_ascii_uppercase().replace('-', "_");
        all.insert(format!("{name}_SERVICE_PORT_{own}"), port.port.to_string());
    }
    let url = |protocol: &str, port: u16| format!("{protocol}://{address}:{port}");
    let protocol = |text: &str| match text {
        "" => "tcp".to_owned(),
        text => text.to_ascii_lowercase(),
    };
    let first_protocol = protocol(&first.protocol);
    all.insert(format!("{name}_PORT"), url(&first_protocol, first.port));
    for port in service.ports.iter() {
        let protocol = protocol(&port.protocol);
        let prefix = format!(
            "{name}_PORT_{}_{}",
            port.port,
            protocol.to_ascii_uppercase()
        );
        all.insert(prefix.clone(), url(&protocol, port.port));
        all.insert(format!("{prefix}_PROTO"), protocol);
        all.insert(format!("{prefix}_PORT"), port.port.to_string());
        all.insert(format!("{prefix}_ADDR"), address.to_string());
    }
}
