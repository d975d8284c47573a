//! What `apply` says of its objects, and of those that are refused.

use ordinal_api::{Kind, Status};

use crate::Output;
use crate::output::while_doing;
use crate::resource::namespace_of;

/// A list as the client's own type prints it: its kind stands before its objects.
pub(super) fn in_typed_order(printed: &str) -> String {
    const TAIL: &str = ",\n    \"kind\": \"List\",\n    \"metadata\": {}\n}\n";
    const HEAD: &str = "{\n    \"apiVersion\": \"v1\",\n";
    match printed
        .strip_suffix(TAIL)
        .and_then(|rest| rest.strip_prefix(HEAD))
    {
        Some(items) => format!(
            "{{\n    \"kind\": \"List\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {{}},\n{items}\n}}\n"
        ),
        None => printed.to_owned(),
    }
}

/// What is said of a change to an object that is on its way out.
pub(super) fn deleting(kind: Kind, name: &str) -> String {
    let plural = kind.names().plural;
    format!(
        "Warning: Detected changes to resource {plural}/{name} which is currently being deleted."
    )
}

pub(super) fn about(names: ordinal_api::kind::Names) -> String {
    let (group, version) = (names.group, names.version);
    format!(
        "Resource: \"{group}/{version}, Resource={}\", GroupVersionKind: \"{group}/{version}, Kind={}\"",
        names.plural, names.kind
    )
}

/// A patch that was refused. Invalid objects keep their own form.
pub(super) fn patch_refused(
    status: &Status,
    kind: Kind,
    (namespace, file, name): (&str, &str, &str),
    patch: &str,
) -> Output {
    if status.reason == ordinal_api::status::Reason::Invalid {
        return while_doing(status, "patching", file);
    }
    let message = format!(
        "error when applying patch:\n{patch}\nto:\n{}\nName: \"{name}\", Namespace: \"{}\"\nfor: \"{file}\": error when patching \"{file}\": {}",
        about(kind.names()),
        namespace_of(kind, namespace),
        status.message
    );
    Output::refused(&Status {
        message,
        ..status.clone()
    })
}

/// A creation that was refused.
pub(in crate::verbs) fn refused(status: &Status, file: &str) -> Output {
    while_doing(status, "creating", file)
}
