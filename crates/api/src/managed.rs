//! Who manages which fields of an object: `metadata.managedFields`.

use serde_json::{Map, json};

use crate::{SimTime, Text, Value};

/// One manager of fields, as `metadata.managedFields` lists it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manager {
    /// `kubectl-create`
    pub name: Text,
    /// Whether it applies on the server's side; otherwise it updates.
    pub applies: bool,
    /// `status`, `scale`, or empty for the object itself.
    pub subresource: Text,
    /// When it last took or gave up a field.
    pub time: SimTime,
    /// The fields, nested as in `fieldsV1`; `.` stands in every field that is itself managed.
    pub fields: Map<String, Value>,
}

impl Manager {
    /// Whether both stand for the same manager. Models apimachinery `BuildManagerIdentifier`.
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name
            && self.applies == other.applies
            && self.subresource == other.subresource
    }

    /// As the API prints it.
    pub fn to_value(&self, api_version: &str) -> Value {
        let operation = if self.applies { "Apply" } else { "Update" };
        let mut value = json!({
            "apiVersion": api_version, "fieldsType": "FieldsV1", "fieldsV1": outside(&self.fields),
            "manager": self.name, "operation": operation, "time": self.time.to_rfc3339(),
        });
        if !self.subresource.is_empty() {
            value["subresource"] = json!(self.subresource);
        }
        value
    }

    /// As the API prints it, read back.
    pub fn from_value(value: &Value) -> Self {
        let text =
            |key: &str| Text::new(value.get(key).and_then(Value::as_str).unwrap_or_default());
        Self {
            name: text("manager"),
            applies: text("operation") == "Apply",
            subresource: text("subresource"),
            time: SimTime::parse_rfc3339(&text("time")).unwrap_or_default(),
            fields: value.get("fieldsV1").map(inside).unwrap_or_default(),
        }
    }
}

/// A field without fields below it is written as an empty object.
fn outside(fields: &Map<String, Value>) -> Value {
    let below = |value: &Value| match value.as_object() {
        Some(map) if !(map.len() == 1 && map.contains_key(".")) => outside(map),
        _ => json!({}),
    };
    let pairs = fields
        .iter()
        .map(|(key, value)| (key.clone(), below(value)));
    pairs.collect()
}

fn inside(fields: &Value) -> Map<String, Value> {
    let mut all = Map::new();
    for (key, value) in fields.as_object().into_iter().flatten() {
        let mut below = if key == "." {
            Map::new()
        } else {
            inside(value)
        };
        if key != "." && below.is_empty() {
            below.insert(".".to_owned(), json!({}));
        }
        all.insert(key.clone(), Value::Object(below));
    }
    all
}
