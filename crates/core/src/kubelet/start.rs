//! The start of a container: its image, its configuration, its first moment.
//! Models pkg/kubelet/kuberuntime/kuberuntime_container.go (`startContainer`) and pkg/kubelet/images, 1.37.

use std::sync::Arc;

use ordinal_api::podspec::{EnvFrom, KeyRef};
use ordinal_api::{Kind, SimDuration, SimTime, Text};

use super::containers::{Place, doubled};
use super::images::{self, Pull};
use super::pod_worker::Worker;
use super::sandbox::{STAND_IN_ADDRESS_MS, STAND_IN_SHOWS_MS};
use super::writes;
use crate::journal::Fact;
use crate::machine::{Blocked, LocalState};
use crate::release::Wording;

/// A failed pull shows as `ErrImagePull` so long.
const PULL_ERROR_SHOWN: SimDuration = SimDuration::secs(2);
/// A Pod that met an error is looked at again after this.
const RESYNC: SimDuration = SimDuration::secs(10);

impl Worker<'_, '_> {
    /// Begins a start: with the image.
    pub(super) fn begin(&mut self, place: Place) {
        let now = self.now();
        let container = self.container(place);
        if let Some(end) = container.end().cloned() {
            container.last = Some(end);
            container.state = LocalState::Waiting;
        }
        let spec = self.spec(place);
        let image = spec.image.clone();
        let machine = self.machine();
        let is_present = machine.images.contains(&image);
        match images::pull(spec, is_present) {
            Pull::Present => {
                let text = images::present_text(&image, self.cx.world.release());
                self.event(false, "Pulled", text);
                self.create(place);
            }
            Pull::Never => {
                let message: Text =
                    format!("Container image \"{image}\" is not present with pull policy of Never")
                        .into();
                self.event(true, "ErrImageNeverPull", message.clone());
                self.event(true, "Failed", "Error: ErrImageNeverPull");
                self.block(place, "ErrImageNeverPull", message);
            }
            Pull::Needed => {
                self.event(false, "Pulling", format!("Pulling image \"{image}\""));
                let machine = self.machine();
                let begun = machine.pulls_until.max(now);
                // Layers that are there, or on their way, are not fetched again.
                let known = is_present || machine.pulling.iter().any(|(other, _)| *other == image);
                let takes = if known {
                    0
                } else {
                    self.cx.world.profile().pull_ms
                };
                let done = begun + SimDuration::ms(takes);
                self.cx.machine(self.node, |machine| {
                    machine.pulls_until = done;
                    machine.pulling.retain(|(other, _)| *other != image);
                    machine.pulling.push((image, done));
                });
                let container = self.container(place);
                container.state = LocalState::Pulling { since: now, begun };
                container.due = done;
            }
        }
    }

    pub(super) fn pulled(&mut self, place: Place, since: SimTime, begun: SimTime) {
        let now = self.now();
        let fails = self.behaviour(place).pull_fails;
        let image = self.spec(place).image.clone();
        self.cx.machine(self.node, |machine| {
            let done = |(other, done): &(Text, SimTime)| *other == image && *done <= now;
            machine.pulling.retain(|pull| !done(pull));
            if !fails && !machine.images.contains(&image) {
                Arc::make_mut(&mut machine.images).push(image.clone());
            }
        });
        if fails {
            let error = images::not_found_text(&image);
            let container = self.container(place);
            let retry_at = now + doubled(container.pull_failures);
            container.pull_failures = container.pull_failures.saturating_add(1);
            container.state = LocalState::PullFailed {
                retry_at,
                backing_off: false,
            };
            container.due = now + PULL_ERROR_SHOWN;
            self.dirty = true;
            self.event(
                true,
                "Failed",
                format!("Failed to pull image \"{image}\": {error}"),
            );
            self.event(true, "Failed", "Error: ErrImagePull");
            return;
        }
        self.container(place).pull_failures = 0;
        let text = images::pulled_text(&image, now - begun, now - since, self.cx.world.release());
        self.event(false, "Pulled", text);
        self.create(place);
    }

    /// Creates a container, once its image is there.
    pub(super) fn create(&mut self, place: Place) {
        if let Some(missing) = self.missing_config(place) {
            self.event(true, "Failed", format!("Error: {missing}"));
            self.block(place, "CreateContainerConfigError", missing.into());
            return;
        }
        let start_ms = self.behaviour(place).start_ms;
        let takes = match (
            self.cx.world.profile().stand_in,
            self.container(place).failures,
        ) {
            (false, _) => start_ms,
            // A stand-in has started everything with the sandbox; only a first restart takes a moment.
            (true, 0) if start_ms > STAND_IN_SHOWS_MS => start_ms - STAND_IN_ADDRESS_MS,
            (true, 1) => 1000,
            (true, _) => 0,
        };
        let due = self.now() + SimDuration::ms(takes);
        let container = self.container(place);
        if matches!(
            container.state,
            LocalState::Blocked(_) | LocalState::PullFailed { .. }
        ) {
            self.dirty = true;
        }
        let container = self.container(place);
        container.state = LocalState::Starting;
        container.due = due;
    }

    fn block(&mut self, place: Place, reason: &'static str, message: Text) {
        let due = self.now() + RESYNC;
        let container = self.container(place);
        container.state = LocalState::Blocked(Arc::new(Blocked { reason, message }));
        container.due = due;
        self.dirty = true;
    }

    /// What the container's environment names and does not exist. A kubelet that is cut off uses what it has.
    fn missing_config(&self, place: Place) -> Option<String> {
        let spec = self.spec(place);
        if !self.heard || spec.env.is_empty() && spec.env_from.is_empty() {
            return None;
        }
        let namespace = &self.local.seen.meta.namespace;
        let missing = |kind: Kind, reference: &KeyRef| {
            let (word, title) = if kind == Kind::Secret {
                ("secret", "Secret")
            } else {
                ("configmap", "ConfigMap")
            };
            let Some(object) = self.cx.world.store.find(kind, namespace, &reference.name) else {
                return (!reference.optional)
                    .then(|| format!("{word} \"{}\" not found", reference.name));
            };
            let data = object.as_secret().or_else(|| object.as_config_map())?;
            let lacks =
                !reference.key.is_empty() && !reference.optional && !data.has_key(&reference.key);
            lacks.then(|| {
                format!(
                    "couldn't find key {} in {title} {namespace}/{}",
                    reference.key, reference.name
                )
            })
        };
        let both = |map: &Option<KeyRef>, secret: &Option<KeyRef>| {
            let map = map.as_ref().and_then(|r| missing(Kind::ConfigMap, r));
            map.or_else(|| secret.as_ref().and_then(|r| missing(Kind::Secret, r)))
        };
        let from = |source: &EnvFrom| both(&source.config_map_ref, &source.secret_ref);
        let values = spec.env.iter().filter_map(|env| env.value_from.as_ref());
        spec.env_from.iter().find_map(from).or_else(|| {
            values
                .into_iter()
                .find_map(|v| both(&v.config_map_key_ref, &v.secret_key_ref))
        })
    }

    pub(super) fn started(&mut self, place: Place) {
        let now = self.now();
        let container = self.container(place);
        if container.last.is_some() {
            container.restarts += 1;
        }
        container.state = LocalState::Running { since: now };
        container.due = SimTime::NEVER;
        container.stop = None;
        self.dirty = true;
        let name = self.spec(place).name.clone();
        let fact = Fact::ContainerStarted {
            container: name.clone(),
            node: self.name.clone(),
        };
        self.cx.cause = Some(self.cx.happen(self.local.id, self.local.uid, fact));
        let (created, started) = match self.cx.world.release().container_event_wording() {
            Wording::Third => (
                Text::new_static("Container created"),
                Text::new_static("Container started"),
            ),
            before => {
                let colon = if before == Wording::Second { ":" } else { "" };
                (
                    format!("Created container{colon} {name}").into(),
                    format!("Started container {name}").into(),
                )
            }
        };
        self.event(false, "Created", created);
        self.event(false, "Started", started);
        writes::write(self, place);
        self.look(place, now);
    }
}
