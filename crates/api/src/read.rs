//! Typed parts out of a JSON tree: one table of field names a type, and code that all types share.
//!
//! A missing field and a `null` are the field's default, as for the server; unknown fields have been refused before.

use std::sync::Arc;

use serde_json::Map;

use crate::{Text, Value};

/// What can be read out of a JSON tree that has passed strict decoding.
pub trait Read: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// What does not fit, in the words of a decoder.
    fn read(value: &Value) -> Result<Self, String>;
}

/// The fields of an object that is being read.
pub struct Fields<'a>(Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    /// Of this value.
    ///
    /// # Errors
    /// When it is neither an object nor `null`.
    pub fn of(value: &'a Value) -> Result<Self, String> {
        match value {
            Value::Object(map) => Ok(Self(Some(map))),
            Value::Null => Ok(Self(None)),
            other => wrong(other, "an object"),
        }
    }

    /// One of them, its default where it is missing.
    ///
    /// # Errors
    /// What does not fit.
    #[inline(never)]
    pub fn get<T: Read + Default>(&self, name: &str) -> Result<T, String> {
        match self.find(name) {
            Some(value) => T::read(value),
            None => Ok(T::default()),
        }
    }

    #[inline(never)]
    fn find(&self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }
}

/// An error: the value is not what it should be.
///
/// # Errors
/// Always.
#[inline(never)]
pub fn wrong<T>(value: &Value, wanted: &str) -> Result<T, String> {
    Err(format!("invalid type: {value}, expected {wanted}"))
}

/// One of these words, by its place.
///
/// # Errors
/// When it is none of them.
#[inline(never)]
pub fn word(value: &Value, words: &[&str]) -> Result<usize, String> {
    let text = value.as_str().unwrap_or_default();
    match words.iter().position(|word| *word == text) {
        Some(place) => Ok(place),
        None => Err(format!(
            "unknown variant `{text}`, expected one of `{}`",
            words.join("`, `")
        )),
    }
}

/// Says which field of an object each field of a type comes from.
#[macro_export]
macro_rules! fields {
    ($type:ident { $($field:ident $name:literal)* } $($rest:tt)*) => {
        impl $crate::read::Read for $type {
            fn read(value: &$crate::Value) -> Result<Self, String> {
                let fields = $crate::read::Fields::of(value)?;
                Ok(Self { $($field: fields.get($name)?,)* $($rest)* })
            }
        }
    };
}

/// Reads an enum whose variants are called as in the API.
#[macro_export]
macro_rules! words {
    ($type:ident { $($variant:ident)* }) => {
        impl $crate::read::Read for $type {
            fn read(value: &$crate::Value) -> Result<Self, String> {
                const ALL: &[$type] = &[$($type::$variant),*];
                Ok(ALL[$crate::read::word(value, &[$(stringify!($variant)),*])?])
            }
        }
    };
}

impl Read for Text {
    fn read(value: &Value) -> Result<Self, String> {
        match value.as_str() {
            Some(text) => Ok(Text::new(text)),
            None => wrong(value, "a string"),
        }
    }
}

impl Read for bool {
    fn read(value: &Value) -> Result<Self, String> {
        match value.as_bool() {
            Some(flag) => Ok(flag),
            None => wrong(value, "a boolean"),
        }
    }
}

impl Read for i64 {
    fn read(value: &Value) -> Result<Self, String> {
        match value.as_i64() {
            Some(number) => Ok(number),
            None => wrong(value, "i64"),
        }
    }
}

macro_rules! narrow {
    ($($type:ident)*) => {$(
        impl Read for $type {
            fn read(value: &Value) -> Result<Self, String> {
                let number = i64::read(value)?;
                $type::try_from(number).map_err(|_| {
                    format!("invalid value: integer `{number}`, expected {}", stringify!($type))
                })
            }
        }
    )*};
}

narrow!(u16 u32 i32);

impl Read for Value {
    fn read(value: &Value) -> Result<Self, String> {
        Ok(value.clone())
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

impl<T: Read> Read for Arc<T> {
    fn read(value: &Value) -> Result<Self, String> {
        T::read(value).map(Arc::new)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Result<Self, String> {
        let Some(items) = value.as_array() else {
            return wrong(value, "a sequence");
        };
        let mut read = Vec::with_capacity(items.len());
        for item in items {
            read.push(T::read(item)?);
        }
        Ok(read)
    }
}
