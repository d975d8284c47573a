//! Values seen through the published schema: which fields they have, how two differ, how one is merged into another.
//!
//! Models sigs.k8s.io/structured-merge-diff v6 `typed`, with the sets of `fieldpath` as the trees of `fieldsV1`.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_api::schema::{self, FieldType, Leaf, ListType, TypeId, Zero};
use serde_json::{Map, json};

/// A set of fields: below the name of each field the fields inside; `.` where the field itself is in the set.
pub(super) type Set = Map<String, Value>;

/// What is managed below a value.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// One piece: a scalar, or a list or an object that is replaced as a whole.
    Piece(FieldType),
    Struct(TypeId),
    Map(Leaf),
    List(Leaf, ListType),
}

impl Shape {
    pub(super) fn new(ty: FieldType, list: Option<ListType>) -> Self {
        match (ty, list) {
            (_, Some(ListType::Atomic)) => Self::Piece(ty),
            (FieldType::One(Leaf::Object(id)), _) => Self::Struct(id),
            (FieldType::Map(leaf), _) => Self::Map(leaf),
            (FieldType::List(leaf), Some(of @ (ListType::Map(_) | ListType::Set))) => {
                Self::List(leaf, of)
            }
            _ => Self::Piece(ty),
        }
    }

    /// What a key of an object holds; `None` for one that is not in the schema.
    pub(super) fn child(self, key: &str) -> Option<Self> {
        match self {
            Self::Struct(id) => schema::field(id, key).map(|f| Self::new(f.ty, f.list)),
            Self::Map(leaf) => Some(Self::item(leaf)),
            _ => None,
        }
    }

    pub(super) fn item(leaf: Leaf) -> Self {
        Self::new(FieldType::One(leaf), None)
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        _ => false,
    }
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn elements(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// How an item of a list is named: `k:{"name":"a"}` or `v:"a"`.
/// Keys that are not there have what the schema gives them.
pub(super) fn element(item: &Value, leaf: Leaf, of: ListType) -> String {
    let ListType::Map(keys) = of else {
        return format!("v:{item}");
    };
    let pair = |key: &str| {
        let default = || {
            let Leaf::Object(id) = leaf else {
                return None;
            };
            let known = schema::field(id, key)?;
            match known.ty {
                _ if key == "protocol" => Some(json!("TCP")),
                _ if known.zero != Zero::Always => None,
                FieldType::One(Leaf::String) => Some(json!("")),
                FieldType::One(Leaf::Int32) => Some(json!(0)),
                _ => None,
            }
        };
        let value = item.get(key).cloned().or_else(default)?;
        Some((key.to_owned(), value))
    };
    let named: Value = keys.split(',').filter_map(pair).collect();
    format!("k:{named}")
}

/// The name of an element as messages write it: `.image`, `[name="a"]`.
pub(super) fn spelled(name: &str) -> String {
    match name.split_at(name.len().min(2)) {
        ("k:", keys) => {
            let keys: Value = serde_json::from_str(keys).unwrap_or_default();
            let pairs: Vec<String> = entries(Some(&keys))
                .map(|(key, value)| match value {
                    Value::Object(_) => format!("{key}="),
                    value => format!("{key}={value}"),
                })
                .into_list();
            format!("[{}]", pairs.join(","))
        }
        ("v:", value) => format!("[={value}]"),
        (_, field) => format!(".{field}"),
    }
}

fn below<'a>(set: &'a mut Set, name: &str) -> &'a mut Set {
    let entry = set.entry(name).or_insert_with(|| json!({}));
    entry.as_object_mut().expect("sets hold objects only")
}

fn add(set: &mut Set, path: &[String]) {
    let last = path.iter().fold(set, |set, name| below(set, name));
    last.insert(".".to_owned(), json!({}));
}

/// Every field of a value. Models `toFieldSetWalker`.
pub(super) fn all(value: &Value, shape: Shape) -> Set {
    let mut set = Set::new();
    collect(value, shape, &mut set);
    set
}

fn collect(value: &Value, shape: Shape, set: &mut Set) {
    let mut take = |name: String, value: &Value, shape: Shape, itself: bool| {
        let mut inner = Set::new();
        collect(value, shape, &mut inner);
        if itself {
            inner.insert(".".to_owned(), json!({}));
        }
        if !inner.is_empty() {
            set.insert(name, Value::Object(inner));
        }
    };
    match shape {
        Shape::Piece(_) => {
            set.insert(".".to_owned(), json!({}));
        }
        Shape::Struct(_) | Shape::Map(_) => {
            for (key, value) in entries(Some(value)) {
                let child = shape.child(key);
                let empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
                let itself = empty || matches!(shape, Shape::Map(_)) || child.is_none();
                let piece = Shape::Piece(FieldType::One(Leaf::Any));
                take(format!("f:{key}"), value, child.unwrap_or(piece), itself);
            }
        }
        Shape::List(leaf, of) => {
            for item in elements(Some(value)) {
                take(element(item, leaf, of), item, Shape::item(leaf), true);
            }
        }
    }
}

/// How a value differs from another.
#[derive(Default)]
pub(super) struct Changes {
    /// What was added or has another value.
    pub(super) set: Set,
    /// What is gone.
    pub(super) gone: Set,
}

/// Compares two values. Models `compareWalker`.
pub(super) fn compare(old: &Value, new: &Value, shape: Shape) -> Changes {
    let mut changes = Changes::default();
    differ(Some(old), Some(new), shape, &mut Vec::new(), &mut changes);
    changes
}

fn differ(
    old: Option<&Value>,
    new: Option<&Value>,
    shape: Shape,
    path: &mut Vec<String>,
    to: &mut Changes,
) {
    let piece = matches!(shape, Shape::Piece(_)) || is_empty(old) && is_empty(new);
    if piece {
        if old.is_some() && new.is_some() && old != new {
            add(&mut to.set, path);
        }
    } else {
        let mut names: Vec<(String, Option<&Value>, Option<&Value>, Shape)> = Vec::new();
        if let Shape::List(leaf, of) = shape {
            let find = |list: Option<&'_ Value>, name: &str| {
                elements(list)
                    .iter()
                    .position(|item| element(item, leaf, of) == name)
            };
            for item in elements(new) {
                let name = element(item, leaf, of);
                let before = find(old, &name).map(|at| &elements(old)[at]);
                names.push((name, before, Some(item), Shape::item(leaf)));
            }
            for item in elements(old) {
                let name = element(item, leaf, of);
                if find(new, &name).is_none() {
                    names.push((name, Some(item), None, Shape::item(leaf)));
                }
            }
        } else {
            let get =
                |value: Option<&'_ Value>, key: &str| value.and_then(|v| v.get(key)).is_some();
            for (key, value) in entries(new) {
                if let Some(child) = shape.child(key) {
                    let before = old.and_then(|v| v.get(key));
                    names.push((format!("f:{key}"), before, Some(value), child));
                }
            }
            for (key, value) in entries(old).filter(|(key, _)| !get(new, key)) {
                if let Some(child) = shape.child(key) {
                    names.push((format!("f:{key}"), Some(value), None, child));
                }
            }
        }
        for (name, old, new, shape) in names {
            path.push(name);
            differ(old, new, shape, path, to);
            path.pop();
        }
    }
    match (old, new) {
        (None, Some(_)) => add(&mut to.set, path),
        (Some(_), None) => add(&mut to.gone, path),
        _ => {}
    }
}

/// What `config` wants, in what is there. Models `mergingWalker`.
pub(super) fn merge(live: Option<&Value>, config: Option<&Value>, shape: Shape) -> Value {
    let (Some(old), Some(new)) = (live, config) else {
        return config.or(live).cloned().unwrap_or_default();
    };
    if is_empty(live) && is_empty(config) {
        return new.clone();
    }
    match shape {
        Shape::Piece(_) => new.clone(),
        Shape::Struct(_) | Shape::Map(_) => {
            let mut merged = old.as_object().cloned().unwrap_or_default();
            for (key, value) in entries(config) {
                let child = shape
                    .child(key)
                    .unwrap_or(Shape::Piece(FieldType::One(Leaf::Any)));
                merged.insert(key.clone(), merge(old.get(key), Some(value), child));
            }
            Value::Object(merged)
        }
        Shape::List(leaf, of) => merge_list(elements(live), elements(config), leaf, of),
    }
}

/// Items of both lists: what both have stands in the order of `new`, the others of `old` where they stood.
fn merge_list(old: &[Value], new: &[Value], leaf: Leaf, of: ListType) -> Value {
    let names = |list: &[Value]| -> Vec<String> {
        list.iter().map(|item| element(item, leaf, of)).into_list()
    };
    let (left, right) = (names(old), names(new));
    let at = |list: &[String], name: &String| list.iter().position(|n| n == name);
    let mut shared = right.iter().filter(|name| left.contains(name));
    let mut next = shared.next();
    let (mut l, mut r, mut merged) = (0, 0, Vec::new());
    while l < left.len() || r < right.len() {
        if let (Some(mine), Some(theirs)) = (left.get(l), right.get(r)) {
            if mine == theirs {
                merged.push(merge(Some(&old[l]), Some(&new[r]), Shape::item(leaf)));
                (l, r, next) = (l + 1, r + 1, shared.next());
                continue;
            }
            if right.contains(mine) && next.is_some_and(|next| next != mine) {
                l += 1;
                continue;
            }
        }
        if let Some(mine) = left.get(l) {
            match at(&right, mine) {
                None => {
                    merged.push(old[l].clone());
                    l += 1;
                    continue;
                }
                Some(place) if place < r => l += 1,
                Some(_) => {}
            }
        }
        if let Some(theirs) = right.get(r) {
            let before = at(&left, theirs).map(|place| &old[place]);
            merged.push(merge(before, Some(&new[r]), Shape::item(leaf)));
            r += 1;
            if next == Some(theirs) {
                next = shared.next();
            }
        }
    }
    Value::Array(merged)
}

/// Takes fields away. Models `removingWalker`.
pub(super) fn remove(value: &mut Value, shape: Shape, set: &Set) {
    let of = |name: &str| set.get(name).and_then(Value::as_object);
    match (shape, value) {
        (Shape::Struct(_) | Shape::Map(_), Value::Object(map)) => map.retain(|key, value| {
            let (Some(inner), Some(child)) = (of(&format!("f:{key}")), shape.child(key)) else {
                return true;
            };
            if inner.contains_key(".") {
                return false;
            }
            remove(value, child, inner);
            true
        }),
        (Shape::List(leaf, list), Value::Array(items)) => items.retain_mut(|item| {
            let Some(inner) = of(&element(item, leaf, list)) else {
                return true;
            };
            if inner.contains_key(".") {
                return false;
            }
            remove(item, Shape::item(leaf), inner);
            true
        }),
        _ => {}
    }
}

/// Adds a set to another.
pub fn join(set: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (name, inner) in more {
        let inner = inner.as_object().expect("sets hold objects only");
        join(below(set, name), inner);
    }
}

/// What is in `set` and, by `kept`, in `other` too or not. Only `.` counts: fields that hold others are no members.
pub(super) fn choose(set: &Set, other: &Set, kept: bool) -> Set {
    let none = Set::new();
    let mut chosen = Set::new();
    for (name, inner) in set {
        if name == "." {
            if other.contains_key(".") == kept {
                chosen.insert(name.clone(), json!({}));
            }
            continue;
        }
        let inner = inner.as_object().expect("sets hold objects only");
        let there = other.get(name).and_then(Value::as_object).unwrap_or(&none);
        let inner = choose(inner, there, kept);
        if !inner.is_empty() {
            chosen.insert(name.clone(), Value::Object(inner));
        }
    }
    chosen
}

/// Fields of objects that hold managed fields count as managed themselves; items of lists do not.
/// Models `fieldpath.Set.EnsureNamedFieldsAreMembers`.
pub(super) fn with_parents(set: &Set) -> Set {
    let mut all = Set::new();
    for (name, inner) in set {
        let mut inner = with_parents(inner.as_object().expect("sets hold objects only"));
        if name.starts_with("f:") {
            inner.insert(".".to_owned(), json!({}));
        }
        all.insert(name.clone(), Value::Object(inner));
    }
    all
}

/// The fields of a set as messages write them, in order: those of one object before what is inside them.
pub(super) fn paths(set: &Set) -> Vec<String> {
    let mut found = Vec::new();
    list(set, "", &mut found);
    found
}

fn list(set: &Set, path: &str, found: &mut Vec<String>) {
    let inner = || {
        let inner = set.iter().filter(|(name, _)| *name != ".");
        inner.filter_map(|(name, inner)| {
            Some((format!("{path}{}", spelled(name)), inner.as_object()?))
        })
    };
    found.extend(
        inner()
            .filter(|(_, set)| set.contains_key("."))
            .map(|(path, _)| path),
    );
    for (path, set) in inner() {
        list(set, &path, found);
    }
}
