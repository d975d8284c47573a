//! What workloads have in common as the API prints them: in a status, what is 0 or not there is mostly left out.

use serde_json::{Map, json};

use crate::Value;
use crate::condition::{self, Condition};
use crate::value::overlay;

/// `spec` as it was admitted, with the replicas that it has now.
pub(crate) fn with_replicas(raw: &Value, replicas: u32) -> Value {
    let mut spec = raw.clone();
    overlay(&mut spec, "replicas", Some(json!(replicas)));
    spec
}

/// A status that is being printed.
pub(crate) struct Printed(Map<String, Value>);

impl Printed {
    /// One with its conditions, where it has any, and the generation that was observed, where one was.
    pub(crate) fn new(conditions: &[Condition], observed_generation: u64) -> Self {
        let mut map = Map::new();
        if !conditions.is_empty() {
            map.insert("conditions".into(), condition::to_values(conditions));
        }
        if observed_generation > 0 {
            map.insert("observedGeneration".into(), json!(observed_generation));
        }
        Self(map)
    }

    /// Puts a value.
    pub(crate) fn put(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    /// Puts numbers that are not 0.
    pub(crate) fn counts(&mut self, counts: &[(&str, u32)]) {
        for (key, count) in counts.iter().filter(|(_, count)| *count > 0) {
            self.put(key, json!(count));
        }
    }

    /// Puts numbers that are there, 0 too.
    pub(crate) fn given(&mut self, counts: &[(&str, Option<u32>)]) {
        for (key, count) in counts {
            if let Some(count) = count {
                self.put(key, json!(count));
            }
        }
    }

    /// The whole.
    pub(crate) fn value(self) -> Value {
        Value::Object(self.0)
    }
}
