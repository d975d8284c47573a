//! Conditions, as they stand in the status of Pods, Nodes, workloads and claims.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde_json::{Map, json};

use crate::{SimTime, Text, Value};

/// The condition of a Pod that something other than its owner ends: an eviction, a lost node, a Pod that needs its room.
pub const DISRUPTION_TARGET: &str = "DisruptionTarget";

/// True, False or not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kubernetes' own names")]
pub enum ConditionStatus {
    True,
    False,
    #[default]
    Unknown,
}

impl ConditionStatus {
    /// `True`, `False` or `Unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for ConditionStatus {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// One condition, which the versions of a status share until one changes it. It reads as its [`Content`].
#[derive(Clone, Debug, Default)]
pub struct Condition(Arc<Content>);

/// What a condition says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// `type`, for example `Ready`.
    pub type_: Text,
    /// `status`.
    pub status: ConditionStatus,
    /// A word in CamelCase; empty if there is none.
    pub reason: Text,
    /// A sentence; empty if there is none.
    pub message: Text,
    /// When `status` last changed.
    pub last_transition: SimTime,
    /// `lastUpdateTime`: when it was last written; only Deployments have it.
    pub last_update: Option<SimTime>,
}

impl Deref for Condition {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.0
    }
}

impl DerefMut for Condition {
    fn deref_mut(&mut self) -> &mut Content {
        Arc::make_mut(&mut self.0)
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Content {
    /// A condition without reason or message.
    pub fn new(type_: &'static str, status: impl Into<ConditionStatus>, now: SimTime) -> Self {
        Self {
            type_: Text::new_static(type_),
            status: status.into(),
            reason: Text::default(),
            message: Text::default(),
            last_transition: now,
            last_update: None,
        }
    }

    /// The same with a reason and a message.
    pub fn because(mut self, reason: impl Into<Text>, message: impl Into<Text>) -> Self {
        self.reason = reason.into();
        self.message = message.into();
        self
    }

    /// What follows a condition of its type, see [`Condition::after`].
    pub fn after(mut self, before: &Condition) -> Condition {
        if self.keep_transition(before) {
            return before.clone();
        }
        self.into()
    }

    /// Where the status stays, so does the moment of its last transition. Returns whether all is as before.
    fn keep_transition(&mut self, before: &Self) -> bool {
        if self.status != before.status {
            return false;
        }
        self.last_transition = before.last_transition;
        self == before
    }
}

impl From<Content> for Condition {
    fn from(content: Content) -> Self {
        Self(Arc::new(content))
    }
}

impl Condition {
    /// A condition without reason or message.
    pub fn new(type_: &'static str, status: impl Into<ConditionStatus>, now: SimTime) -> Self {
        Self::from(Content::new(type_, status, now))
    }

    /// The same with a reason and a message.
    pub fn because(mut self, reason: impl Into<Text>, message: impl Into<Text>) -> Self {
        self.reason = reason.into();
        self.message = message.into();
        self
    }

    /// What follows a condition of its type: where the status stays, so does the moment of its last transition, and
    /// what says the same as before is shared with it.
    pub fn after(mut self, before: &Self) -> Self {
        if Arc::ptr_eq(&self.0, &before.0) || self.keep_transition(before) {
            return before.clone();
        }
        self
    }

    /// As the API prints it.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert(
            "lastTransitionTime".into(),
            json!(self.last_transition.to_rfc3339()),
        );
        if let Some(at) = self.last_update {
            map.insert("lastUpdateTime".into(), json!(at.to_rfc3339()));
        }
        if !self.message.is_empty() {
            map.insert("message".into(), json!(self.message));
        }
        if !self.reason.is_empty() {
            map.insert("reason".into(), json!(self.reason));
        }
        map.insert("status".into(), json!(self.status.as_str()));
        map.insert("type".into(), json!(self.type_));
        Value::Object(map)
    }
}

/// Finds a condition by its type.
pub fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|c| c.type_ == type_)
}

/// Whether a condition is there and True.
pub fn is_true(conditions: &[Condition], type_: &str) -> bool {
    find(conditions, type_).is_some_and(|c| c.status == ConditionStatus::True)
}

/// Sets a condition, keeping `lastTransitionTime` where its status stays the same. Returns whether anything changed.
pub fn set(conditions: &mut Vec<Condition>, new: Condition) -> bool {
    match conditions.iter_mut().find(|c| c.type_ == new.type_) {
        Some(old) => {
            let new = new.after(old);
            let changed = *old != new;
            *old = new;
            changed
        }
        None => {
            conditions.push(new);
            true
        }
    }
}

/// As the API prints a list of them.
pub fn to_values(conditions: &[Condition]) -> Value {
    conditions.iter().map(Condition::to_value).collect()
}
