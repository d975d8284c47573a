//! A claim and a volume side by side.

use serde_json::{Value, json};

use super::{Sim, pv, pvc};

fn phases(sim: &Sim, claim: &str, volume: &str) -> (String, String) {
    (
        sim.get(&format!("pvc/{claim}"), "status.phase"),
        sim.get(&format!("pv/{volume}"), "status.phase"),
    )
}

#[track_caller]
pub(super) fn assert_phases(sim: &Sim, claim: &str, volume: &str, wanted: (&str, &str)) {
    assert_eq!(
        phases(sim, claim, volume),
        (wanted.0.to_owned(), wanted.1.to_owned())
    );
}

pub(super) fn reserved(name: &str, claim: &str, uid: &str) -> Value {
    let mut reference = json!({"namespace": "default", "name": claim});
    if !uid.is_empty() {
        reference["uid"] = uid.into();
    }
    pv(name, json!({"claimRef": reference}))
}

/// A claim that was bound to a volume of its class.
pub(super) fn bound() -> Sim {
    let mut sim = Sim::new(1);
    sim.create([pv("pv", json!({})), pvc("data", json!({}))]);
    assert_phases(&sim, "data", "pv", ("Bound", "Bound"));
    sim
}
