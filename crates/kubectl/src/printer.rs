//! `-o`: which form objects are printed in.
//!
//! Models cli-runtime `genericclioptions.PrintFlags` and kubectl `pkg/cmd/get`, v0.37.

use ordinal_api::Value;
use ordinal_api::go;
use ordinal_api::list::IntoList;
use serde_json::json;

use crate::args::Args;
use crate::format::columns::{self, Columns};
use crate::format::{json as json_text, jsonpath, kyaml, template, yaml};
use crate::resource::Item;
use crate::{Output, Session};

/// A form of output.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// A table; `true` for `-o wide`.
    Table(bool),
    /// `pod/web-0`
    Name,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// KYAML.
    Kyaml,
    /// A JSONPath with its text; `true` prints what was found as JSON.
    JsonPath(jsonpath::Template, String, bool),
    /// A Go template with its text.
    GoTemplate(template::Template, String),
    /// Custom columns.
    Columns(Box<Columns>),
}

const TABLES: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";
const PLAIN: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";

impl Form {
    /// Reads `-o` and `--template`; `tables` for verbs that print tables as well.
    ///
    /// # Errors
    /// What kubectl says of it.
    pub(crate) fn read(
        args: &Args,
        session: &Session,
        tables: bool,
    ) -> Result<Option<Self>, Output> {
        let mut format = args.get("output").unwrap_or_default();
        let template_text = args.get("template").filter(|text| !text.is_empty());
        if format.is_empty() && template_text.is_some() {
            format = "go-template";
        }
        let (name, given) = format
            .split_once('=')
            .map_or((format, None), |(name, given)| (name, Some(given)));
        let given = given.or(template_text).unwrap_or_default();
        let of_columns = name.starts_with("custom-columns");
        let file = |name: &str| {
            session.files.get(name).cloned().ok_or_else(|| {
                let what = if of_columns { "template" } else { "--template" };
                Output::error(format!(
                    "error reading {what} {name}, open {name}: no such file or directory"
                ))
            })
        };
        // The plain forms are of no case, and take nothing.
        let plain = format.to_lowercase();
        let needs = |text: &str| {
            if text.is_empty() {
                Err(Output::error(
                    "template format specified but no template given",
                ))
            } else {
                Ok(())
            }
        };
        let strict = args.has_not("allow-missing-template-keys");
        let path = |text: String, as_json| {
            jsonpath::parse(&text)
                .map(|mut template| {
                    template.strict = strict;
                    template
                })
                .map(|template| Self::JsonPath(template, text.clone(), as_json))
                .map_err(|why| Output::error(format!("error parsing jsonpath {text}, {why}")))
        };
        let go = |text: String| {
            template::parse(&text)
                .map(|template| Self::GoTemplate(template, text.clone()))
                .map_err(|why| Output::error(format!("error parsing template {text}, {why}")))
        };
        let form = match name {
            "" if format.is_empty() => return Ok(None),
            _ if format == "wide" && tables => Self::Table(true),
            _ if plain == "name" => Self::Name,
            _ if plain == "yaml" => Self::Yaml,
            _ if plain == "json" => Self::Json,
            _ if plain == "kyaml" => Self::Kyaml,
            "jsonpath" | "jsonpath-as-json" => {
                needs(given)?;
                path(given.to_owned(), name == "jsonpath-as-json")?
            }
            "jsonpath-file" => {
                needs(given)?;
                path(file(given)?, false)?
            }
            "go-template" | "template" => {
                needs(given)?;
                go(given.to_owned())?
            }
            "go-template-file" | "templatefile" => {
                needs(given)?;
                go(file(given)?)?
            }
            "custom-columns" if tables => {
                Self::Columns(Box::new(Columns::parse(given).map_err(Output::error)?))
            }
            "custom-columns-file" if tables && given.is_empty() => {
                return Err(Output::error(columns::NOTHING_GIVEN));
            }
            "custom-columns-file" if tables => {
                let text = file(given)?;
                Self::Columns(Box::new(Columns::of_file(&text).map_err(Output::error)?))
            }
            _ => {
                let allowed = if tables { TABLES } else { PLAIN };
                return Err(Output::error(format!(
                    "unable to match a printer suitable for the output format \"{format}\", allowed formats are: {allowed}"
                )));
            }
        };
        Ok(Some(form))
    }

    /// Prints one object, or a `List`.
    ///
    /// # Errors
    /// What the form says of it.
    pub(crate) fn print(&mut self, value: &Value, no_headers: bool) -> Result<String, Output> {
        match self {
            Self::Table(_) | Self::Name => Ok(String::new()),
            Self::Yaml => Ok(yaml::write(value)),
            Self::Json => Ok(json_text::pretty(value)),
            Self::Kyaml => Ok(kyaml::write(value)),
            Self::JsonPath(template, text, as_json) => {
                let failed = |why: String| {
                    Output::error(format!(
                        "error executing jsonpath {}: Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n",
                        Value::from(text.as_str()),
                        go::syntax(value)
                    ))
                };
                if *as_json {
                    let found = template.find(value).map_err(failed)?;
                    let found: Vec<String> = found
                        .into_iter()
                        .map(|found| json_text::pretty(&Value::Array(found)))
                        .into_list();
                    return Ok(found.concat());
                }
                template.print(value).map_err(failed)
            }
            Self::GoTemplate(template, text) => {
                let mut out = String::new();
                let Err(why) = template.print(value, &mut out) else {
                    return Ok(out);
                };
                // What is known is printed behind what was made so far.
                let quoted = Value::from(text.as_str());
                let mut output = Output::error(format!("error executing template {quoted}: {why}"));
                output.stdout = format!(
                    "{out}Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
                    json_text::compact(value),
                    go::text(value)
                );
                Err(output)
            }
            Self::Columns(columns) => {
                let items = value.get("items").and_then(Value::as_array);
                let objects: Vec<&Value> = match items {
                    Some(items) => items.iter().collect(),
                    None => vec![value],
                };
                columns.print(&objects, no_headers)
            }
        }
    }
}

/// Several objects as the `List` that kubectl makes of them.
pub(crate) fn list(items: &[Item]) -> Value {
    let values: Vec<&Value> = items.iter().map(|item| &item.value).into_list();
    json!({"apiVersion": "v1", "items": values, "kind": "List", "metadata": {"resourceVersion": ""}})
}
