//! The variables that a container is given.

use ordinal_api::service::Service;
use ordinal_api::sorted::SortedMap;
use ordinal_api::{Kind, Value};
use ordinal_core::World;

use super::Inside;

impl Inside {
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
        let born = object.map(|object| object.meta.creation_timestamp);
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
                    let bytes = ordinal_api::base64::decode(text)?;
                    Some(String::from_utf8_lossy(&bytes).into_owned())
                }
                _ => Some(text.to_owned()),
            };
        }
        None
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
