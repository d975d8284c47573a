//! `kubectl explain`: where a field stands, its type and what is below it, from the field table.
//!
//! The table has no sentences; a real server's descriptions of some three thousand fields are larger than the page.

use ordinal_api::list::IntoList;
use ordinal_api::schema::{self, Field, FieldType, Leaf, TypeId};

use crate::Output;
use crate::discovery;

fn leaf(leaf: Leaf) -> String {
    match leaf {
        Leaf::String | Leaf::Bytes | Leaf::Time | Leaf::MicroTime => "string".to_owned(),
        Leaf::Int32 | Leaf::Int64 => "integer".to_owned(),
        Leaf::Bool => "boolean".to_owned(),
        Leaf::Quantity => "Quantity".to_owned(),
        Leaf::IntOrString => "IntOrString".to_owned(),
        Leaf::Any => "Object".to_owned(),
        Leaf::Object(id) => {
            let name = schema::type_name(id);
            name.rsplit('.').next().unwrap_or(name).to_owned()
        }
    }
}

fn shown(type_: FieldType) -> String {
    match type_ {
        FieldType::One(inner) => leaf(inner),
        FieldType::List(inner) => format!("[]{}", leaf(inner)),
        FieldType::Map(inner) => format!("map[string]{}", leaf(inner)),
    }
}

fn line(field: &Field) -> String {
    let required = if field.required { " -required-" } else { "" };
    format!("{}\t<{}>{required}", field.name, shown(field.ty))
}

fn enums(field: &Field) -> Vec<&'static str> {
    let mut values: Vec<&'static str> = field.enum_values().into_list();
    ordinal_api::sorted::sort(&mut values);
    values
}

/// Explains `sts.spec.replicas`.
///
/// # Errors
/// An unknown resource, a field that does not exist.
pub(super) fn explain(path: &str, recursive: bool) -> Result<Output, Output> {
    let mut steps = path.split('.');
    let type_ = steps.next().unwrap_or_default();
    let resource = discovery::find(type_).map_err(|why| {
        let mut output = Output::default();
        output.warn(why);
        output.exit = 1;
        output
    })?;
    let mut output = Output::default();
    if !resource.group().is_empty() {
        output.say(format!("GROUP:      {}", resource.group()));
    }
    output.say(format!("KIND:       {}", resource.kind));
    output.say(format!("VERSION:    {}\n", resource.version_only()));
    let mut place: Option<TypeId> = schema::kind_type(resource.version, resource.kind);
    let mut field: Option<&'static Field> = None;
    for step in steps {
        let found = place.and_then(|place| schema::field(place, step));
        let Some(found) = found else {
            // It is the end of the path that is not found.
            let step = path.rsplit('.').next().unwrap_or(step);
            output.append(Output::error(format!("field \"{step}\" does not exist")));
            return Ok(output);
        };
        place = found.ty.object();
        field = Some(found);
    }
    if let Some(field) = field {
        output.say(format!("FIELD: {} <{}>", field.name, shown(field.ty)));
        let values = enums(field);
        if values.is_empty() {
            output.say("\n");
        } else {
            output.say("ENUM:");
            for value in values {
                output.say(format!("    {value}"));
            }
            output.say("");
        }
    }
    output.say("DESCRIPTION:\n    <no description available>");
    match place {
        None => output.say("\n"),
        Some(place) => {
            output.say("FIELDS:");
            fields(place, 1, recursive, &mut output);
            output.say("");
        }
    }
    Ok(output)
}

fn fields(place: TypeId, level: usize, recursive: bool, output: &mut Output) {
    let pad = "  ".repeat(level);
    let mut all: Vec<&Field> = schema::fields(place).iter().into_list();
    ordinal_api::sorted::sort_by_key(&mut all, |field| field.name);
    for field in all {
        output.say(format!("{pad}{}", line(field)));
        let values = enums(field);
        if !values.is_empty() {
            output.say(format!("{pad}enum: {}", values.join(", ")));
        }
        if recursive {
            if let Some(inner) = field.ty.object().filter(|_| level < 12) {
                fields(inner, level + 1, true, output);
            }
        } else {
            output.say(format!("{pad}  <no description available>\n"));
        }
    }
}
