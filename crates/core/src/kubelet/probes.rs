//! When probes succeed, and what a failing one says. Models pkg/kubelet/prober/worker.go, 1.37.
//!
//! A probe is tried as soon as its container runs, and then once in each period; tries before `initialDelaySeconds`
//! are skipped. What a probe asks cannot be executed: it succeeds once the container answers.

use ordinal_api::podspec::{Container, Probe};
use ordinal_api::{SimDuration, SimTime, Text, Value};

use super::behaviour::Behaviour;

/// When a container that runs since `since` has started (its startup probe succeeded) and is ready; `NEVER` if it will not.
pub(super) fn moments(
    container: &Container,
    behaviour: &Behaviour,
    since: SimTime,
) -> (SimTime, SimTime) {
    let answers = behaviour.answer_ms.map(SimDuration::ms);
    let success = |probe: &Probe, first: SimTime| {
        let Some(answers) = answers else {
            return SimTime::NEVER;
        };
        let wanted = since + answers.max(SimDuration::secs(u64::from(probe.initial_delay_seconds)));
        let period = probe.period_secs() * 1000;
        let tries = wanted.since(first).as_ms().div_ceil(period) + u64::from(probe.successes() - 1);
        first + SimDuration::ms(tries.saturating_mul(period))
    };
    let started = container
        .startup_probe
        .as_ref()
        .map_or(since, |probe| success(probe, since));
    if started == SimTime::NEVER {
        return (started, started);
    }
    let ready = match (behaviour.ready_ms, &container.readiness_probe) {
        (Some(after), _) => since + SimDuration::ms(after),
        (None, Some(probe)) => success(probe, started),
        (None, None) if answers.is_none() => SimTime::NEVER,
        (None, None) => started,
    };
    (started, ready.max(started))
}

/// What a failing probe of a container at this address says.
pub(super) fn failure(container: &Container, probe: &Probe, address: &str) -> Text {
    let port = |action: &Value| {
        let port = action.get("port")?;
        let named = port
            .as_str()
            .and_then(|name| container.ports.iter().find(|p| p.name == name));
        port.as_u64()
            .or_else(|| named.map(|p| u64::from(p.container_port)))
    };
    let said = if probe.http_get.is_some() {
        "HTTP probe failed with statuscode: 503".to_owned()
    } else if let Some(port) = probe.tcp_socket.as_ref().and_then(port) {
        format!("dial tcp {address}:{port}: connect: connection refused")
    } else if probe.grpc.is_some() {
        "service unhealthy (responded with \"NOT_SERVING\")".to_owned()
    } else {
        String::new()
    };
    format!("Readiness probe failed: {said}").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubelet::behaviour;
    use crate::latency::Profile;

    fn ready_ms(container: serde_json::Value) -> u64 {
        let container: Container = ordinal_api::read::Read::read(&container).expect("a container");
        let pod = ordinal_api::Object::from_value(ordinal_api::Kind::Pod, &serde_json::json!({}))
            .expect("a Pod");
        let behaviour = behaviour::of(&Profile::EXACT, &pod, &container, false);
        moments(&container, &behaviour, SimTime(1000))
            .1
            .since(SimTime(1000))
            .as_ms()
    }

    #[test]
    fn a_container_without_a_probe_is_ready_at_once() {
        assert_eq!(ready_ms(serde_json::json!({})), 0);
    }

    #[test]
    fn the_first_try_after_the_initial_delay_counts() {
        assert_eq!(
            ready_ms(
                serde_json::json!({"readinessProbe": {"initialDelaySeconds": 5, "periodSeconds": 2}})
            ),
            6000
        );
        assert_eq!(
            ready_ms(serde_json::json!({"readinessProbe": {"initialDelaySeconds": 5}})),
            10_000
        );
    }

    #[test]
    fn further_successes_take_a_period_each() {
        assert_eq!(
            ready_ms(
                serde_json::json!({"readinessProbe": {"periodSeconds": 1, "successThreshold": 3}})
            ),
            3000
        );
    }

    #[test]
    fn readiness_is_not_asked_before_the_startup_probe_succeeded() {
        let both = serde_json::json!({"startupProbe": {"periodSeconds": 7}, "readinessProbe": {"periodSeconds": 1}});
        assert_eq!(ready_ms(both), 7000);
    }
}
