//! What a Pod as a whole asks for and may have, where only a part of it is said. Models pkg/api/pod
//! `DefaultPodLevelResources`, 1.37.

use ordinal_api::{Quantity, Value, value};
use serde_json::{Map, json};

/// Resources that can be asked for once for all containers.
fn counts(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with("hugepages-")
}

type Amounts = Map<String, Value>;

/// Fills in requests and limits of a Pod that has some.
pub(super) fn fill(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else {
        return;
    };
    let (mut requests, mut limits) = (
        amounts(spec, &["resources", "requests"]),
        amounts(spec, &["resources", "limits"]),
    );
    if requests.is_empty() && limits.is_empty() {
        return;
    }
    for (name, amount) in together(spec, "requests") {
        if matches!(name.as_str(), "cpu" | "memory") && !requests.contains_key(&name) {
            requests.insert(name, amount);
        }
    }
    for (name, amount) in &limits {
        if counts(name) && !requests.contains_key(name) {
            requests.insert(name.clone(), amount.clone());
        }
    }
    let most = together(spec, "limits");
    for (name, asked) in &requests {
        // Only where every container has one.
        let all = containers(spec).all(|c| amounts(c, &["resources", "limits"]).contains_key(name));
        let sum = most.get(name).filter(|_| all && counts(name));
        if let Some(sum) = sum.filter(|_| !limits.contains_key(name)) {
            let more = quantity(asked) > quantity(sum);
            limits.insert(name.clone(), if more { asked } else { sum }.clone());
        }
    }
    let resources = &mut spec["resources"];
    for (key, amounts) in [("requests", requests), ("limits", limits)] {
        if !amounts.is_empty() {
            value::overlay(resources, key, Some(Value::Object(amounts)));
        }
    }
}

fn amounts(of: &Value, path: &[&str]) -> Amounts {
    let map = value::at(of, path).and_then(Value::as_object);
    map.cloned().unwrap_or_default()
}

fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    let of = |key: &str| {
        spec.get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    of("containers").chain(of("initContainers"))
}

fn quantity(value: &Value) -> Quantity {
    Quantity::parse(value.as_str().unwrap_or_default()).unwrap_or_default()
}

/// What all containers have together: those that run at one time, or a single one that runs before.
/// Models component-helpers resource `AggregateContainerRequests`.
fn together(spec: &Value, key: &str) -> Amounts {
    let list = |of: &str| {
        let items = spec.get(of).and_then(Value::as_array);
        items.cloned().unwrap_or_default()
    };
    let (mut running, mut most) = (Sums::default(), Sums::default());
    let mut sidecars = Sums::default();
    for container in list("containers") {
        running.add(&amounts(&container, &["resources", key]));
    }
    for container in list("initContainers") {
        let mine = amounts(&container, &["resources", key]);
        if container["restartPolicy"] == "Always" {
            running.add(&mine);
            sidecars.add(&mine);
            most.raise(&sidecars);
        } else {
            let mut beside = sidecars.clone();
            beside.add(&mine);
            most.raise(&beside);
        }
    }
    running.raise(&most);
    let shown = running.0.into_iter();
    shown
        .map(|(name, sum)| (name, json!(sum.canonical())))
        .collect()
}

#[derive(Clone, Default)]
struct Sums(Vec<(String, Quantity)>);

impl Sums {
    fn entry(&mut self, name: &str) -> &mut Quantity {
        let place = match self.0.iter().position(|(known, _)| known == name) {
            Some(place) => place,
            None => {
                self.0.push((name.to_owned(), Quantity::default()));
                self.0.len() - 1
            }
        };
        &mut self.0[place].1
    }

    fn add(&mut self, amounts: &Amounts) {
        for (name, amount) in amounts {
            let sum = self.entry(name);
            *sum = sum.plus(&quantity(amount));
        }
    }

    fn raise(&mut self, other: &Sums) {
        for (name, amount) in &other.0 {
            let sum = self.entry(name);
            if *amount > *sum {
                *sum = amount.clone();
            }
        }
    }
}
