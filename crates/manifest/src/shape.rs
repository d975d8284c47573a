//! What may stand where: the field table seen from a place inside a manifest.

use ordinal_api::schema::{self, FieldType, Leaf, TypeId};

use crate::kinds::{Known, known};

/// What a place in a manifest holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An object of a known type.
    Object(TypeId),
    /// A map with free keys.
    Map(Leaf),
    /// A list.
    List(Leaf),
    /// A string, number or boolean.
    Scalar(Leaf),
    /// Anything: a kind or field that is not in the table.
    Unknown,
}

impl Shape {
    /// The shape of a whole object of this kind, in today's version of it.
    pub(crate) fn of_kind(api_version: &str, kind: &str) -> Shape {
        let today = match known(api_version, kind) {
            Known::Moved(today) => today,
            _ => api_version,
        };
        schema::kind_type(today, kind)
            .or_else(|| schema::kind_type(schema::served_version(kind)?, kind))
            .map_or(Shape::Unknown, Shape::Object)
    }

    fn of_leaf(leaf: Leaf) -> Shape {
        match leaf {
            Leaf::Object(id) => Shape::Object(id),
            Leaf::Any => Shape::Unknown,
            other => Shape::Scalar(other),
        }
    }

    fn of_field(ty: FieldType) -> Shape {
        match ty {
            FieldType::One(leaf) => Shape::of_leaf(leaf),
            FieldType::List(leaf) => Shape::List(leaf),
            FieldType::Map(leaf) => Shape::Map(leaf),
        }
    }

    /// What a key of this map leads to; `None` when the key is not legal here.
    pub(crate) fn field(self, key: &str) -> Option<Shape> {
        match self {
            Shape::Object(id) => schema::field(id, key).map(|field| Shape::of_field(field.ty)),
            Shape::Map(leaf) => Some(Shape::of_leaf(leaf)),
            Shape::Unknown => Some(Shape::Unknown),
            Shape::List(_) | Shape::Scalar(_) => None,
        }
    }

    /// What the items of this list are.
    pub(crate) fn item(self) -> Option<Shape> {
        match self {
            Shape::List(leaf) => Some(Shape::of_leaf(leaf)),
            Shape::Unknown => Some(Shape::Unknown),
            _ => None,
        }
    }

    /// Whether something nested is expected here, rather than one value.
    pub(crate) fn is_nested(self) -> bool {
        matches!(self, Shape::Object(_) | Shape::Map(_) | Shape::List(_))
    }

    /// Whether a value (empty when the line ends with the colon) suits this shape.
    pub(crate) fn suits(self, value: &str) -> bool {
        match self {
            Shape::Unknown => true,
            Shape::Scalar(_) => true,
            _ => {
                value.is_empty()
                    || value.starts_with(['{', '[', '&', '*', '!', '$', '<'])
                    || value == "null"
                    || value == "~"
            }
        }
    }
}
