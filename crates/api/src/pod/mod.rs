//! `Pod`.
//!
//! * `status`: its phase and its printed status; `container`: the statuses of its containers; `admitted`: what
//!   admission puts in

mod admitted;
mod container;
mod status;

use std::sync::Arc;

use serde_json::json;

use self::admitted::ADDED;
use crate::condition;
use crate::list::IntoList;
use crate::podspec::{PodSpec, Toleration, Volume};
use crate::value::{decode, overlay};
use crate::{Kind, Status, Text, Value};

pub use admitted::{AddedTolerations, TAINT_NOT_READY, TAINT_UNREACHABLE};
pub use container::{ContainerState, ContainerStatus};
pub use status::{PodPhase, PodStatus};

/// What a Pod stores beside its metadata.
///
/// The specification is shared by all Pods of one template; what differs from Pod to Pod (node, host name, claims)
/// stands beside it and wins over it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// The template's specification, typed.
    pub spec: Arc<PodSpec>,
    /// The same as admitted JSON.
    pub raw: Arc<Value>,
    /// `spec.nodeName`: empty until bound.
    pub node_name: Text,
    /// `spec.hostname`.
    pub hostname: Text,
    /// `spec.subdomain`.
    pub subdomain: Text,
    /// Claims that a StatefulSet put in: volume name and claim name. They replace volumes of the same name.
    pub claims: Arc<[(Text, Text)]>,
    /// Tolerations that admission added.
    pub added_tolerations: AddedTolerations,
    /// Its status.
    pub status: Arc<PodStatus>,
}

impl Pod {
    /// A Pod of a template, not yet admitted.
    pub fn of_template(spec: Arc<PodSpec>, raw: Arc<Value>) -> Self {
        Self {
            node_name: spec.node_name.clone(),
            hostname: spec.hostname.clone(),
            subdomain: spec.subdomain.clone(),
            spec,
            raw,
            claims: Arc::from([]),
            added_tolerations: AddedTolerations::default(),
            status: Arc::default(),
        }
    }

    /// Reads an admitted specification.
    ///
    /// # Errors
    /// 400 when a field has a type that it cannot have.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        let mut spec: PodSpec = decode(Kind::Pod, value.get("spec"))?;
        spec.fill_requests();
        Ok(Self::of_template(
            Arc::new(spec),
            Arc::new(value.get("spec").cloned().unwrap_or_default()),
        ))
    }

    /// The tolerations in force: its own and those that admission added.
    pub fn tolerations(&self) -> impl Iterator<Item = &Toleration> {
        let [not_ready, unreachable] = &*ADDED;
        let added = self.added_tolerations;
        let first = added.not_ready.then_some(not_ready);
        let second = added.unreachable.then_some(unreachable);
        self.spec.tolerations.iter().chain(first).chain(second)
    }

    /// The claims that it mounts, in the order of its volumes.
    pub fn claim_names(&self) -> impl Iterator<Item = &Text> {
        let of_template = self
            .template_volumes()
            .filter_map(|v| v.persistent_volume_claim.as_ref())
            .map(|c| &c.claim_name);
        self.claims
            .iter()
            .map(|(_, claim)| claim)
            .chain(of_template)
    }

    /// The claim behind one of its volumes.
    pub fn claim_of_volume(&self, volume: &str) -> Option<&Text> {
        self.claims
            .iter()
            .find(|(name, _)| name == volume)
            .map(|(_, claim)| claim)
            .or_else(|| {
                let volume = self.template_volumes().find(|v| v.name == volume)?;
                volume
                    .persistent_volume_claim
                    .as_ref()
                    .map(|c| &c.claim_name)
            })
    }

    /// The template's volumes that no claim replaced.
    pub fn template_volumes(&self) -> impl Iterator<Item = &Volume> {
        self.spec
            .volumes
            .iter()
            .filter(|v| !self.claims.iter().any(|(name, _)| *name == v.name))
    }

    /// Whether its condition `Ready` is True.
    pub fn is_ready(&self) -> bool {
        condition::is_true(&self.status.conditions, "Ready")
    }

    /// Whether it runs and is Ready. Models `isRunningAndReady`, which does not look at deletion.
    pub fn is_running_and_ready(&self) -> bool {
        self.status.phase == PodPhase::Running && self.is_ready()
    }

    /// Seconds that its containers get to stop.
    pub fn grace_secs(&self) -> u64 {
        self.spec
            .termination_grace_period_seconds
            .map_or(30, |secs| u64::try_from(secs).unwrap_or(1))
    }

    /// `spec` as the API prints it.
    pub fn spec_value(&self) -> Value {
        let mut spec = (*self.raw).clone();
        let text = |text: &Text| (!text.is_empty()).then(|| json!(text));
        overlay(&mut spec, "nodeName", text(&self.node_name));
        overlay(&mut spec, "hostname", text(&self.hostname));
        overlay(&mut spec, "subdomain", text(&self.subdomain));
        let tolerations: Vec<Value> = self.tolerations().map(|t| json!(t)).into_list();
        overlay(
            &mut spec,
            "tolerations",
            (!tolerations.is_empty()).then(|| json!(tolerations)),
        );
        if !self.claims.is_empty() {
            let claims = self
                .claims
                .iter()
                .map(|(volume, claim)| json!({"name": volume, "persistentVolumeClaim": {"claimName": claim}}));
            let own = spec
                .get("volumes")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let own = own.into_iter().filter(|v| {
                !self
                    .claims
                    .iter()
                    .any(|(name, _)| v["name"] == name.as_str())
            });
            let volumes: Vec<Value> = claims.chain(own).into_list();
            overlay(&mut spec, "volumes", Some(json!(volumes)));
        }
        spec
    }
}
