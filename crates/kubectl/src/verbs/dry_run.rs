//! `--dry-run` and `--validate`: what several verbs understand.

use ordinal_api::{Value, value};
use ordinal_core::apiserver::{FieldValidation, Options, Request};

use crate::Output;
use crate::args::Args;

/// `--dry-run`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DryRun {
    No,
    Client,
    Server,
}

impl DryRun {
    /// Reads the flag. Models kubectl `GetDryRunStrategy`.
    pub(super) fn of(args: &Args) -> Result<Self, Output> {
        match args.get("dry-run") {
            None | Some("none") => Ok(Self::No),
            Some("client") => Ok(Self::Client),
            Some("server") => Ok(Self::Server),
            Some("unchanged") => Ok(Self::Client),
            Some(given) if crate::args::is_bool(given) => Ok(match crate::args::is_true(given) {
                true => Self::Client,
                false => Self::No,
            }),
            Some(other) => Err(Output::error(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }
}

/// What stands behind `created` and the like.
pub(super) fn suffix(dry: DryRun) -> &'static str {
    match dry {
        DryRun::No => "",
        DryRun::Client => " (dry run)",
        DryRun::Server => " (server dry run)",
    }
}

/// `--validate`. Models kubectl `GetValidationDirective`.
pub(super) fn validation(args: &Args) -> Result<FieldValidation, Output> {
    match args.get("validate").unwrap_or("strict") {
        "strict" | "true" => Ok(FieldValidation::Strict),
        "warn" => Ok(FieldValidation::Warn),
        "ignore" | "false" => Ok(FieldValidation::Ignore),
        other => Err(Output::error(format!(
            "invalid - validate option \"{other}\"; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

/// How objects of files are sent.
pub(super) struct How {
    pub(super) dry: DryRun,
    validation: FieldValidation,
    /// `--namespace`, where it was given.
    namespace: Option<String>,
    /// `--field-manager`, where it was given.
    manager: Option<String>,
}

impl How {
    /// The usual way.
    pub(super) const USUAL: Self = Self {
        dry: DryRun::No,
        validation: FieldValidation::Strict,
        namespace: None,
        manager: None,
    };

    /// Reads the flags.
    pub(super) fn of(args: &Args) -> Result<Self, Output> {
        Ok(Self {
            dry: DryRun::of(args)?,
            validation: validation(args)?,
            namespace: args.get("namespace").map(str::to_owned),
            manager: args.get("field-manager").map(str::to_owned),
        })
    }

    /// What kubectl says of an object whose namespace is not the one that was asked for.
    pub(super) fn fits(&self, object: &Value) -> Option<Output> {
        let given = value::at(object, &["metadata", "namespace"]).and_then(Value::as_str)?;
        let wanted = self
            .namespace
            .as_deref()
            .filter(|n| *n != given && !given.is_empty())?;
        Some(Output::error(format!(
            "the namespace from the provided object \"{given}\" does not match the namespace \"{wanted}\". You must pass '--namespace={given}' to perform this operation."
        )))
    }

    /// The field manager: the one that was asked for, or the usual one.
    pub(super) fn manager<'a>(&'a self, usual: &'a str) -> &'a str {
        self.manager.as_deref().unwrap_or(usual)
    }

    /// The request with the options, in the name of a field manager; empty for the verb's own.
    pub(super) fn with(&self, request: Request, manager: &str) -> Request {
        Request::With {
            options: Options {
                dry_run: self.dry == DryRun::Server,
                validation: Some(self.validation),
                manager: manager.into(),
                ..Options::default()
            },
            request: Box::new(request),
        }
    }
}
