//! A world that holds objects which somebody gives, as they are: no controllers run, no machines are there.
//!
//! What the typed bodies do not carry (statuses of other makers, managed fields, moments before the run) is kept
//! beside the store as a difference, so that what is printed is what was given. Tables, descriptions and DNS answers
//! are compared with recordings this way.

use std::sync::Arc;

use ordinal_api::meta::Deletion;
use ordinal_api::pod::PodPhase;
use ordinal_api::storage::{ClaimPhase, VolumePhase};
use ordinal_api::{Body, Kind, Object, Quantity, SimTime, Status, Uid, Value, value};
use serde_json::Map;

use crate::{Component, Config, World};

impl World {
    /// A world that holds exactly these objects and stands still: what is written is stored, and nobody acts on it.
    ///
    /// # Errors
    /// 400 for an object of a kind that is not served or with a field of a wrong type.
    pub fn holding(config: Config, objects: &[Value]) -> Result<Self, Status> {
        let mut world = Self::empty(config);
        world.still = true;
        for object in objects {
            world.hold(object)?;
        }
        Ok(world)
    }

    /// Puts an object as it is given: created or replaced, its status as well.
    ///
    /// # Errors
    /// 400 for an object of a kind that is not served or with a field of a wrong type.
    pub fn hold(&mut self, given: &Value) -> Result<(), Status> {
        let text = |path: &[&str]| {
            value::at(given, path)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (api_version, kind_name) = (text(&["apiVersion"]), text(&["kind"]));
        let kind = Kind::from_api(api_version, kind_name).ok_or_else(|| {
            Status::bad_request(format!("{api_version} {kind_name} is not served"))
        })?;
        let mut object = Object::from_value(kind, given)?;
        object.meta.uid = Uid::parse(text(&["metadata", "uid"]))
            .unwrap_or_else(|| crate::apiserver::new_uid(self));
        let number = |key: &str| &given["metadata"][key];
        object.meta.resource_version = number("resourceVersion")
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        let fresh = object.meta.resource_version == 0;
        if fresh {
            object.meta.resource_version = self.next_resource_version();
        }
        self.resource_version = self.resource_version.max(object.meta.resource_version);
        object.meta.generation = number("generation").as_u64().unwrap_or_default();
        if given["metadata"]["deletionTimestamp"].is_string() {
            object.meta.deletion = Some(Deletion {
                timestamp: SimTime::ZERO,
                grace_secs: number("deletionGracePeriodSeconds")
                    .as_u64()
                    .unwrap_or_default(),
            });
        }
        if let Some(managers) = given["metadata"]["managedFields"].as_array() {
            let managers = managers
                .iter()
                .map(ordinal_api::managed::Manager::from_value);
            object.meta.managed = Some(Arc::new(managers.collect()));
        }
        let phase = text(&["status", "phase"]);
        match &mut object.body {
            Body::Pod(pod) => Arc::make_mut(&mut pod.status).phase = PodPhase::of(phase),
            Body::PersistentVolumeClaim(claim) => {
                let status = Arc::make_mut(&mut claim.status);
                status.phase = ClaimPhase::of(phase);
                // What is asked for later is held to it.
                status.capacity = Quantity::parse(text(&["status", "capacity", "storage"])).ok();
            }
            Body::PersistentVolume(volume) => {
                volume.phase = VolumePhase::of(phase);
            }
            Body::Namespace(namespace) => namespace.terminating = phase == "Terminating",
            _ => {}
        }
        let uid = object.meta.uid;
        let mut given = given.clone();
        if fresh && let Some(metadata) = given.get_mut("metadata") {
            metadata["resourceVersion"] = Value::from(object.meta.resource_version.to_string());
            metadata["uid"] = Value::from(uid.to_string());
        }
        match difference(&object.to_value(), &given) {
            Some(rest) => Arc::make_mut(&mut self.given).insert(uid, rest),
            None => Arc::make_mut(&mut self.given).remove(&uid),
        };
        let id = self.intern(kind, &object.meta.namespace, &object.meta.name);
        self.commit(id, Some(Arc::new(object)), Component::User, None);
        Ok(())
    }

    /// An object leaves, whatever holds it.
    pub fn drop_held(&mut self, kind: Kind, namespace: &str, name: &str) {
        let id = self.intern(kind, namespace, name);
        if self.get(id).is_some() {
            self.commit(id, None, Component::User, None);
        }
    }

    /// An object as the API prints it: its typed body, and what was given beside it.
    pub fn printed(&self, object: &Object) -> Value {
        let mut value = object.to_value();
        if let Some(rest) = self.given.get(&object.meta.uid) {
            merge(&mut value, rest);
        }
        value
    }
}

/// No name of a field: below it stand the differences of a list's items.
const ITEMS: &str = "\0";

/// What makes `ours` into `given`: a merge patch in which lists of equal length are compared item by item
/// (`null`: the same). `None` when they are equal.
fn difference(ours: &Value, given: &Value) -> Option<Value> {
    match (ours, given) {
        _ if ours == given => None,
        (Value::Object(ours), Value::Object(given)) => {
            let mut rest = Map::new();
            for (key, value) in given {
                match ours.get(key) {
                    None => {
                        rest.insert(key.clone(), value.clone());
                    }
                    Some(mine) => {
                        if let Some(change) = difference(mine, value) {
                            rest.insert(key.clone(), change);
                        }
                    }
                }
            }
            for key in ours.keys().filter(|key| !given.contains_key(*key)) {
                rest.insert(key.clone(), Value::Null);
            }
            Some(Value::Object(rest))
        }
        (Value::Array(ours), Value::Array(given)) if is_item_by_item(ours, given) => {
            let items = ours.iter().zip(given);
            let items: Value = items
                .map(|(mine, value)| difference(mine, value).unwrap_or(Value::Null))
                .collect();
            Some(Value::Object(
                [(ITEMS.to_owned(), items)].into_iter().collect(),
            ))
        }
        _ => Some(given.clone()),
    }
}

fn is_item_by_item(ours: &[Value], given: &[Value]) -> bool {
    ours.len() == given.len()
        && !ours.is_empty()
        && ours.iter().all(Value::is_object)
        && given.iter().all(|item| item.is_object() || item.is_null())
}

/// What the API prints as `null` where there is none.
const NEVER_LEFT_OUT: [&str; 3] = ["firstTimestamp", "lastTimestamp", "topologyKeys"];

fn merge(ours: &mut Value, rest: &Value) {
    match (ours, rest) {
        (Value::Object(ours), Value::Object(rest)) => {
            for (key, change) in rest {
                if change.is_null() && NEVER_LEFT_OUT.contains(&key.as_str()) {
                    ours.insert(key.clone(), Value::Null);
                } else if change.is_null() {
                    ours.remove(key);
                } else {
                    merge(ours.entry(key.clone()).or_insert(Value::Null), change);
                }
            }
        }
        (Value::Array(ours), Value::Object(rest)) if rest.contains_key(ITEMS) => {
            let rest = rest[ITEMS].as_array().map_or(&[][..], Vec::as_slice);
            // Since then the list may have become another one.
            if ours.len() != rest.len() {
                return;
            }
            for (mine, change) in ours.iter_mut().zip(rest).filter(|(_, c)| !c.is_null()) {
                merge(mine, change);
            }
        }
        (ours, rest) => *ours = rest.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_with_a_status_of_another_maker_is_printed_as_it_was_given() {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "namespace": "default", "creationTimestamp": "2020-01-01T00:00:00Z",
                "uid": "1b4e28ba-2fa1-4d3c-8f19-0d7c4a6e9b21", "resourceVersion": "17"},
            "spec": {"containers": [{"name": "a", "image": "b"}]},
            "status": {"phase": "Running", "hostIPs": [{"ip": "10.0.0.1"}]},
        });
        let world =
            World::holding(Config::with_nodes(0), std::slice::from_ref(&pod)).expect("held");
        let object = world.store.find(Kind::Pod, "default", "a").expect("there");
        assert_eq!(world.printed(object), pod);
        assert_eq!(world.next_due(), None, "nobody acts");
    }
}
