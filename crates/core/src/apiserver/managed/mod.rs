//! Who manages which fields, and server-side apply.
//!
//! Models apimachinery `util/managedfields` and structured-merge-diff `merge.Updater`, 1.37. What components write is
//! not followed field by field: as nobody disputes it, it is made up from the object when somebody asks.
//!
//! * `fields`: values and sets of fields, through the schema; `typed`: what does not fit it
//! * `made_up`: managers of what components wrote
//! * this file: managers, conflicts, what an update takes and what an application leaves

mod fields;
mod made_up;
mod typed;

use ordinal_api::list::IntoList;
use ordinal_api::managed::Manager;
use ordinal_api::schema::{self, FieldType, Leaf};
use ordinal_api::status::{Cause, Reason};
use ordinal_api::{Kind, SimTime, Status, Text, Value, value};
use serde_json::json;

pub use fields::join as join_fields;
use fields::{Set, Shape};
pub use made_up::printed;
pub(super) use made_up::{before_first_apply, of};

/// The annotation of client-side apply.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Who writes what.
#[derive(Clone, Debug, Default)]
pub(super) struct Writer {
    pub(super) name: Text,
    pub(super) subresource: Text,
    pub(super) now: SimTime,
}

impl Writer {
    fn entry(&self, applies: bool) -> Manager {
        Manager {
            name: if self.name.is_empty() {
                Text::new_static("kubectl")
            } else {
                self.name.clone()
            },
            applies,
            subresource: self.subresource.clone(),
            time: self.now,
            fields: Set::new(),
        }
    }
}

fn shape(kind: Kind) -> Option<Shape> {
    let id = schema::kind_type(&kind.api_version(), kind.names().kind)?;
    Some(Shape::new(FieldType::One(Leaf::Object(id)), None))
}

/// What an empty object of a kind is in Go: the structs that are no pointers are always there.
fn nothing(kind: Kind) -> Value {
    let template = json!({"metadata": {}, "spec": {"containers": null}});
    let spec = match kind {
        Kind::Deployment => json!({"template": template, "strategy": {}}),
        Kind::StatefulSet | Kind::DaemonSet => json!({"template": template, "updateStrategy": {}}),
        Kind::ReplicaSet => json!({"template": template}),
        Kind::PersistentVolumeClaim => json!({"resources": {}}),
        Kind::Pod => json!({"containers": null}),
        Kind::CSINode => json!({"drivers": null}),
        Kind::VolumeAttachment => json!({"source": {}}),
        Kind::Event => {
            let mut event = json!({});
            super::decode::tidy(kind, &mut event);
            return event;
        }
        _ => json!({}),
    };
    json!({"metadata": {}, "spec": spec, "status": {}})
}

/// What nobody manages: what the server writes itself, and what the endpoint does not take.
fn unmanaged(writer: &Writer) -> Set {
    let mut set = Set::new();
    let metadata: Value = [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "generation",
        "managedFields",
        "resourceVersion",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ]
    .iter()
    .map(|key| (format!("f:{key}"), json!({".": {}})))
    .collect();
    for key in ["f:apiVersion", "f:kind"] {
        set.insert(key.to_owned(), json!({".": {}}));
    }
    set.insert("f:metadata".to_owned(), metadata);
    let other = if writer.subresource == "status" {
        "f:spec"
    } else {
        "f:status"
    };
    set.insert(other.to_owned(), json!({}));
    set
}

/// Without what nobody manages.
fn managed(set: &Set, writer: &Writer) -> Set {
    let drop = unmanaged(writer);
    let mut kept = fields::choose(set, &drop, false);
    kept.remove(if writer.subresource == "status" {
        "f:spec"
    } else {
        "f:status"
    });
    if let Some(metadata) = kept.get_mut("f:metadata").and_then(Value::as_object_mut) {
        metadata.remove(".");
        for key in drop["f:metadata"]
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
        {
            metadata.remove(key);
        }
        if metadata.is_empty() {
            kept.remove("f:metadata");
        }
    }
    kept
}

/// Models `managedfields/internal.sortEncodedManagedFields`.
fn sort(managers: &mut [Manager]) {
    let key = |m: &Manager| {
        (
            !m.applies,
            m.time.0 / 1000,
            m.name.clone(),
            m.subresource.clone(),
        )
    };
    ordinal_api::sorted::sort_by(managers, |a, b| key(a).cmp(&key(b)));
}

fn settled(mut managers: Vec<Manager>) -> Vec<Manager> {
    managers.retain(|manager| !manager.fields.is_empty());
    sort(&mut managers);
    managers
}

/// The managers after an update from `old` to `new`: what changed is the writer's now. Models `merge.Updater.Update`.
pub(super) fn update(
    kind: Kind,
    old: &Value,
    new: &Value,
    mut managers: Vec<Manager>,
    writer: &Writer,
) -> Vec<Manager> {
    let Some(shape) = shape(kind) else {
        return managers;
    };
    let changes = fields::compare(old, new, shape);
    let taken = managed(&changes.set, writer);
    let gone = managed(&changes.gone, writer);
    let mine = writer.entry(false);
    for manager in &mut managers {
        manager.fields = fields::choose(&manager.fields, &gone, false);
        if !manager.is(&mine) {
            manager.fields = fields::choose(&manager.fields, &taken, false);
        }
    }
    if !taken.is_empty() {
        match managers.iter_mut().find(|manager| manager.is(&mine)) {
            Some(manager) => {
                fields::join(&mut manager.fields, &taken);
                manager.time = writer.now;
            }
            None => managers.push(Manager {
                fields: taken,
                ..mine
            }),
        }
    }
    settled(managers)
}

/// The managers after a creation.
pub(super) fn create(kind: Kind, new: &Value, writer: &Writer) -> Vec<Manager> {
    let old = nothing(kind);
    update(kind, &old, new, Vec::new(), writer)
}

/// Without what the allocators of a Service give it: they come after the managers are noted.
pub(super) fn without_allocated(sent: &Value, filled: &Value) -> Value {
    let mut own = filled.clone();
    for key in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if value::at(sent, &["spec", key]).is_none()
            && let Some(spec) = own.get_mut("spec")
        {
            value::overlay(spec, key, None);
        }
    }
    own
}

/// What an application leads to: the object that is wanted, before defaults, and the managers.
///
/// # Errors
/// What does not fit the schema; 409 where others manage a field that has another value.
pub(super) fn apply(
    kind: Kind,
    live: &Value,
    config: &Value,
    managers: Vec<Manager>,
    writer: &Writer,
    force: bool,
) -> Result<(Value, Vec<Manager>), Status> {
    if value::at(config, &["metadata", "managedFields"]).is_some_and(Value::is_array) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    let Some(shape) = shape(kind) else {
        return Ok((config.clone(), managers));
    };
    let names = kind.names();
    let full = format!("{}/{}, Kind={}", names.group, names.version, names.kind);
    let refused = |what: &str, fault: &str| {
        let text = |key: &str| {
            let found = value::at(config, &["metadata", key]).and_then(Value::as_str);
            found.unwrap_or_default()
        };
        let (namespace, name) = (text("namespace"), text("name"));
        let status = Status::internal(format!("{what} ({namespace}/{name}; {full}){fault}"));
        Status {
            reason: Reason::Unknown,
            ..status
        }
    };
    let mut faults = Vec::new();
    typed::check(config, shape, "", &mut faults);
    if !faults.is_empty() {
        let faults = match faults.as_slice() {
            [only] => only.clone(),
            several => format!("errors:\n  {}", several.join("\n  ")),
        };
        let what = "failed to create typed patch object";
        return Err(refused(what, &format!(": {faults}")));
    }
    let converted = |mut done: (Value, Vec<Manager>)| {
        synchronize(&mut done.0, config, writer);
        let type_ = schema::kind_type(&kind.api_version(), kind.names().kind);
        let mut new = done.0.clone();
        match type_.and_then(|type_| schema::convert(type_, &mut new).err()) {
            None => Ok(done),
            Some(fault) => Err(refused(
                "failed to convert new object",
                &format!(
                    " to proper version: unable to convert unstructured object to {full}: {fault}"
                ),
            )),
        }
    };
    match attempt(shape, live, config, managers.clone(), writer, force) {
        Ok(done) => converted(done),
        Err(conflicts) => {
            // kubectl may take over what client-side apply wrote and nobody changed since.
            let allowed = if writer.name == "kubectl" {
                untouched(shape, live)
            } else {
                Set::new()
            };
            let left: Vec<(Manager, Set)> = conflicts
                .into_iter()
                .map(|(manager, set)| (manager, fields::choose(&set, &allowed, false)))
                .filter(|(_, set)| !set.is_empty())
                .into_list();
            if left.is_empty() {
                let done = attempt(shape, live, config, managers, writer, true);
                return done
                    .map_err(|conflicts| conflict(kind, &conflicts))
                    .and_then(converted);
            }
            Err(conflict(kind, &left))
        }
    }
}

/// Keeps the annotation of client-side apply true to what kubectl applies on the server's side.
/// Models `lastAppliedUpdater.Apply`.
fn synchronize(new: &mut Value, config: &Value, writer: &Writer) {
    let path = ["metadata", "annotations", LAST_APPLIED];
    if writer.name != "kubectl" || value::at(new, &path).is_none() {
        return;
    }
    let mut applied = config.clone();
    if let Some(annotations) = applied.pointer_mut("/metadata/annotations") {
        value::overlay(annotations, LAST_APPLIED, None);
    }
    let text = Value::from(format!("{applied}\n"));
    value::overlay(
        &mut new["metadata"]["annotations"],
        LAST_APPLIED,
        Some(text),
    );
}

/// Fields that the annotation of client-side apply names with the value that they still have.
/// Models `lastAppliedManager.allowedConflictsFromLastApplied`.
fn untouched(shape: Shape, live: &Value) -> Set {
    let text = value::at(live, &["metadata", "annotations", LAST_APPLIED]).and_then(Value::as_str);
    let Some(last) = text.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return Set::new();
    };
    let changes = fields::compare(&last, live, shape);
    let same = fields::choose(&fields::all(&last, shape), &changes.set, false);
    fields::choose(&same, &changes.gone, false)
}

type Conflicts = Vec<(Manager, Set)>;

/// Models `merge.Updater.Apply`.
fn attempt(
    shape: Shape,
    live: &Value,
    config: &Value,
    mut managers: Vec<Manager>,
    writer: &Writer,
    force: bool,
) -> Result<(Value, Vec<Manager>), Conflicts> {
    let mine = writer.entry(true);
    let set = managed(&fields::all(config, shape), writer);
    let mut merged = fields::merge(Some(live), Some(config), shape);
    let last = managers.iter().find(|manager| manager.is(&mine)).cloned();
    managers.retain(|manager| !manager.is(&mine));
    if let Some(last) = &last {
        let mut owned = fields::with_parents(&set);
        for manager in &managers {
            fields::join(&mut owned, &fields::with_parents(&manager.fields));
        }
        let left = fields::choose(&fields::with_parents(&last.fields), &owned, false);
        fields::remove(&mut merged, shape, &left);
    }
    let changes = fields::compare(live, &merged, shape);
    let mut conflicts = Vec::new();
    for manager in &mut managers {
        let disputed = fields::choose(&manager.fields, &changes.set, true);
        if !disputed.is_empty() {
            manager.fields = fields::choose(&manager.fields, &disputed, false);
            conflicts.push((manager.clone(), disputed));
        }
        manager.fields = fields::choose(&manager.fields, &changes.gone, false);
    }
    if !force && !conflicts.is_empty() {
        return Err(conflicts);
    }
    let time = match &last {
        Some(last) if last.fields == set && changes.set.is_empty() && changes.gone.is_empty() => {
            last.time
        }
        _ => writer.now,
    };
    managers.push(Manager {
        fields: set,
        time,
        ..mine
    });
    Ok((merged, settled(managers)))
}

/// Models `managedfields/internal.NewConflictError`.
fn conflict(kind: Kind, conflicts: &[(Manager, Set)]) -> Status {
    let named = |manager: &Manager| {
        let mut text = format!("{:?}", manager.name.as_str());
        if !manager.subresource.is_empty() {
            text += &format!(" with subresource {:?}", manager.subresource.as_str());
        }
        if !manager.applies {
            text += &format!(" using {}", kind.api_version());
        }
        text
    };
    let mut causes = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for (manager, set) in conflicts {
        let who = named(manager);
        lines.push(format!("conflicts with {who}:"));
        for path in fields::paths(set) {
            lines.push(format!("- {path}"));
            causes.push(Cause {
                reason: "FieldManagerConflict".into(),
                message: format!("conflict with {who}"),
                field: path,
            });
        }
    }
    let message = match causes.as_slice() {
        [only] => format!(
            "Apply failed with 1 conflict: {}: {}",
            only.message, only.field
        ),
        several => format!(
            "Apply failed with {} conflicts: {}",
            several.len(),
            lines.join("\n")
        ),
    };
    let mut status = Status {
        code: 409,
        reason: Reason::Conflict,
        ..Status::bad_request(message)
    };
    status.details.causes = causes;
    status
}
