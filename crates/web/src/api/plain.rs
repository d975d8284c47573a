//! Values of Rust as plain objects of JavaScript; what is missing is left out.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

/// What becomes a plain value.
pub(super) trait Plain {
    /// It as one; `undefined` where there is nothing.
    fn plain(&self) -> JsValue;
}

/// An object of these properties.
pub(super) fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        if !value.is_undefined() {
            // Setting a property of a fresh object cannot fail.
            let _ = Reflect::set(&object, &(*name).into(), value);
        }
    }
    object.into()
}

/// Says which fields of a struct become properties.
macro_rules! plain {
    ($type:ident { $($field:ident)* }) => {
        impl $crate::api::plain::Plain for $type {
            fn plain(&self) -> wasm_bindgen::JsValue {
                $crate::api::plain::object(&[$((stringify!($field), $crate::api::plain::Plain::plain(&self.$field))),*])
            }
        }
    };
}

pub(super) use plain;

impl Plain for String {
    fn plain(&self) -> JsValue {
        JsValue::from_str(self)
    }
}

impl Plain for &str {
    fn plain(&self) -> JsValue {
        JsValue::from_str(self)
    }
}

impl Plain for bool {
    fn plain(&self) -> JsValue {
        JsValue::from_bool(*self)
    }
}

impl Plain for f64 {
    fn plain(&self) -> JsValue {
        JsValue::from_f64(*self)
    }
}

impl Plain for u32 {
    fn plain(&self) -> JsValue {
        JsValue::from_f64(f64::from(*self))
    }
}

impl Plain for usize {
    fn plain(&self) -> JsValue {
        JsValue::from_f64(*self as f64)
    }
}

impl<T: Plain> Plain for Option<T> {
    fn plain(&self) -> JsValue {
        self.as_ref().map_or(JsValue::UNDEFINED, Plain::plain)
    }
}

impl<T: Plain> Plain for Vec<T> {
    fn plain(&self) -> JsValue {
        let array = Array::new();
        for item in self {
            array.push(&item.plain());
        }
        array.into()
    }
}
