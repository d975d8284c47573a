//! The variables of containers, and where their values come from.

use ordinal_api::{Quantity, Value};

use super::Page;
use crate::value::{at, flag, has, items, or, plain, text};

/// Where values of the downward API come from; templates have none.
pub(super) struct Resolve<'a> {
    /// The Pod.
    pub(super) pod: Option<&'a Value>,
}

/// Variables, and what all variables of a container are taken from.
pub(super) fn environment(page: &mut Page<'_>, container: &Value, resolve: &Resolve<'_>) {
    let from = items(container, "envFrom");
    if !from.is_empty() {
        page.line(2, "Environment Variables from:");
    }
    for source in from {
        let (kind, reference) = if has(source, "configMapRef") {
            ("ConfigMap", at(source, "configMapRef"))
        } else {
            ("Secret", at(source, "secretRef"))
        };
        let (name, optional) = (text(reference, "name"), flag(reference, "optional"));
        let prefix = match text(source, "prefix") {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        page.line(3, &format!("{name}\t{kind}{prefix}\tOptional: {optional}"));
    }
    let variables = items(container, "env");
    if variables.is_empty() {
        page.field(2, "Environment", "<none>");
        return;
    }
    page.line(2, "Environment:");
    for variable in variables {
        let name = text(variable, "name");
        let source = at(variable, "valueFrom");
        if source.is_null() {
            for (index, line) in text(variable, "value").split('\n').enumerate() {
                if index == 0 {
                    page.field(3, name, line);
                } else {
                    page.line(3, &format!("\t{line}"));
                }
            }
        } else {
            page.field(3, name, &resolve.source(container, source));
        }
    }
}

impl Resolve<'_> {
    fn source(&self, container: &Value, source: &Value) -> String {
        let key = |source: &Value| {
            (
                text(source, "key").to_owned(),
                text(source, "name").to_owned(),
                flag(source, "optional"),
            )
        };
        if has(source, "fieldRef") {
            let field = at(source, "fieldRef");
            let path = text(field, "fieldPath");
            let version = or(text(field, "apiVersion"), "v1");
            return format!("{} ({version}:{path})", self.field(path));
        }
        if has(source, "resourceFieldRef") {
            let resource = text(source, "resourceFieldRef.resource");
            let mut value = amount(container, at(source, "resourceFieldRef"));
            if value == "0" && matches!(resource, "limits.cpu" | "limits.memory") {
                "node allocatable".clone_into(&mut value);
            }
            return format!("{value} ({resource})");
        }
        if has(source, "secretKeyRef") {
            let (key, name, optional) = key(at(source, "secretKeyRef"));
            return format!("<set to the key '{key}' in secret '{name}'>\tOptional: {optional}");
        }
        if has(source, "configMapKeyRef") {
            let (key, name, optional) = key(at(source, "configMapKeyRef"));
            return format!(
                "<set to the key '{key}' of config map '{name}'>\tOptional: {optional}"
            );
        }
        String::new()
    }

    fn field(&self, path: &str) -> String {
        let Some(pod) = self.pod else {
            return String::new();
        };
        // The client knows what these two are called, and of no other.
        match path {
            "metadata.name" | "metadata.namespace" => text(pod, path).to_owned(),
            _ => String::new(),
        }
    }
}

/// An amount of a container in whole units of the divisor, rounded up.
fn amount(container: &Value, reference: &Value) -> String {
    let resource = text(reference, "resource");
    let (kind, name) = resource.split_once('.').unwrap_or((resource, ""));
    let amount = plain(&at(container, "resources")[kind][name]);
    let divisor = plain(at(reference, "divisor"));
    let milli = |text: &str| Quantity::parse(text).ok().map(|q| q.milli());
    let divisor = milli(&divisor).filter(|d| *d > 0).unwrap_or(1000);
    let amount = milli(&amount).unwrap_or_default();
    let whole = amount / divisor + i128::from(amount % divisor > 0);
    whole.to_string()
}
