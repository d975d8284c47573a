//! Reading the generated text of the field table.
//!
//! One line a type: its name, then its fields as `name:type` with marks, in the order of Go's struct. `#group.version` opens a group.
//! Types: `s` string, `y` bytes, `i` int32, `l` int64, `b` boolean, `t` time, `u` micro time, `q` quantity, `o` int or
//! string, `a` anything, a number is the n-th type of the table; `[` before it a list, `{` a map.
//! Marks: `-` its zero value is the same as nothing, `^` its zero value stands there where nothing is said, `%` null does, `!` required, `~` patch merge key (`+` retain keys, `=` replace), `@` list type (`a` atomic, `s` set,
//! `g` granular, otherwise the map's keys), `|` the values of an enumeration.

use super::{FieldType, Leaf, TypeId};
use crate::list::IntoList;

/// How a strategic merge patch treats a list or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Items are merged, by `key` where there is one; otherwise the whole value is replaced.
    pub merge: bool,
    /// The merge key of a list of objects.
    pub key: Option<&'static str>,
    /// Keys that the patch does not name are dropped (`retainKeys`).
    pub retain_keys: bool,
}

/// How server-side apply treats a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListType {
    /// Replaced as a whole.
    Atomic,
    /// A set of scalars.
    Set,
    /// A map by these keys, separated by commas.
    Map(&'static str),
    /// A map whose entries are owned one by one.
    Granular,
}

/// What is kept of a field's zero value: what encoding Go's structs leaves of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zero {
    /// It is a value like others, and nothing is nothing (a pointer).
    Kept,
    /// It is the same as nothing (`omitempty`).
    Omitted,
    /// Nothing is the same as it.
    Always,
    /// Nothing is shown as null (a pointer without `omitempty`).
    Null,
}

/// One field of a type.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name as it is written in a manifest.
    pub name: &'static str,
    /// What it holds.
    pub ty: FieldType,
    /// Where it stands in Go's struct, and so in what the server writes.
    pub place: u8,
    /// What is kept of its zero value.
    pub zero: Zero,
    /// Whether the published schema requires it.
    pub required: bool,
    /// Strategic merge, where the schema says something.
    pub patch: Option<Patch>,
    /// Server-side apply's list type, where the schema says something.
    pub list: Option<ListType>,
    values: &'static str,
}

impl Field {
    /// The legal values, where the schema lists them.
    pub fn enum_values(&self) -> impl Iterator<Item = &'static str> {
        let listed = !self.values.is_empty();
        self.values.split('|').skip(1).filter(move |_| listed)
    }
}

struct Type {
    group: &'static str,
    name: &'static str,
    fields: Vec<Field>,
}

pub(super) struct Table {
    types: Vec<Type>,
    names: Vec<&'static str>,
}

impl Table {
    pub(super) fn read(texts: &[&'static str]) -> Table {
        let mut types = Vec::new();
        let mut group = "";
        for line in texts.iter().flat_map(|text| text.lines()) {
            if let Some(name) = line.strip_prefix('#') {
                group = name;
                continue;
            }
            let mut words = line.split(' ');
            let name = words.next().unwrap_or_default();
            let mut fields: Vec<Field> = words.map(read_field).into_list();
            for (field, place) in fields.iter_mut().zip(0..) {
                field.place = place;
            }
            crate::sorted::sort_by_key(&mut fields, |field| field.name);
            types.push(Type {
                group,
                name,
                fields,
            });
        }
        let mut names: Vec<&'static str> = types
            .iter()
            .flat_map(|ty| ty.fields.iter().map(|field| field.name))
            .into_list();
        crate::sorted::sort(&mut names);
        names.dedup();
        Table { types, names }
    }

    pub(super) fn type_named(&self, group: &str, name: &str) -> Option<TypeId> {
        self.types
            .iter()
            .position(|ty| ty.group == group && ty.name == name)
            .map(|at| TypeId(at as u16))
    }

    pub(super) fn name(&self, id: TypeId) -> &'static str {
        self.types[usize::from(id.0)].name
    }

    pub(super) fn fields(&self, id: TypeId) -> &[Field] {
        &self.types[usize::from(id.0)].fields
    }

    pub(super) fn is_field_name(&self, name: &str) -> bool {
        self.names.binary_search(&name).is_ok()
    }
}

/// The table is generated, so a malformed word is our own mistake and reads as an unmarked string.
fn read_field(word: &'static str) -> Field {
    let (name, rest) = word.split_once(':').unwrap_or((word, "s"));
    let marks = rest
        .find(['-', '^', '%', '!', '~', '@', '|'])
        .unwrap_or(rest.len());
    let (ty, marks) = rest.split_at(marks);
    let (zero, marks) = match marks.as_bytes().first() {
        Some(b'-') => (Zero::Omitted, &marks[1..]),
        Some(b'^') => (Zero::Always, &marks[1..]),
        Some(b'%') => (Zero::Null, &marks[1..]),
        _ => (Zero::Kept, marks),
    };
    let (marks, values) = marks.split_at(marks.find('|').unwrap_or(marks.len()));
    Field {
        name,
        ty: read_type(ty),
        place: 0,
        zero,
        required: marks.starts_with('!'),
        patch: mark(marks, '~').map(|patch| Patch {
            merge: !patch.starts_with('=') && patch != "+",
            key: Some(patch.trim_start_matches(['+', '='])).filter(|key| !key.is_empty()),
            retain_keys: patch.starts_with('+'),
        }),
        list: mark(marks, '@').map(|list| match list {
            "a" => ListType::Atomic,
            "s" => ListType::Set,
            "g" => ListType::Granular,
            keys => ListType::Map(keys),
        }),
        values,
    }
}

fn mark(marks: &'static str, sign: char) -> Option<&'static str> {
    let (_, rest) = marks.split_once(sign)?;
    Some(&rest[..rest.find(['~', '@']).unwrap_or(rest.len())])
}

fn read_type(code: &str) -> FieldType {
    if let Some(item) = code.strip_prefix('[') {
        FieldType::List(read_leaf(item))
    } else if let Some(item) = code.strip_prefix('{') {
        FieldType::Map(read_leaf(item))
    } else {
        FieldType::One(read_leaf(code))
    }
}

fn read_leaf(code: &str) -> Leaf {
    match code {
        "y" => Leaf::Bytes,
        "i" => Leaf::Int32,
        "l" => Leaf::Int64,
        "b" => Leaf::Bool,
        "t" => Leaf::Time,
        "u" => Leaf::MicroTime,
        "q" => Leaf::Quantity,
        "o" => Leaf::IntOrString,
        "a" => Leaf::Any,
        other => other
            .parse()
            .map_or(Leaf::String, |at| Leaf::Object(TypeId(at))),
    }
}
