//! Claims for generic ephemeral volumes: each Pod that asks for one owns one. Models pkg/controller/volume/ephemeral, 1.37.

use ordinal_api::{Kind, Lasting, Object, ObjectMeta, OwnerReference, Text};

use crate::{Cx, Id};

/// Whether a Pod has volumes that live and die with it.
pub(super) fn has_any(pod: &Object) -> bool {
    pod.as_pod()
        .is_some_and(|p| p.spec.volumes.iter().any(|v| v.ephemeral.is_some()))
}

/// Makes the claims of a Pod that are not there yet.
pub(super) fn sync(cx: &mut Cx<'_>, id: Id, pod: &Object) {
    if pod.meta.is_deleting() {
        return;
    }
    let Some(spec) = pod.as_pod().map(|p| p.spec.clone()) else {
        return;
    };
    for volume in &spec.volumes {
        let template = volume
            .ephemeral
            .as_ref()
            .and_then(|e| e.get("volumeClaimTemplate"));
        let Some(template) = template else { continue };
        let name = format!("{}-{}", pod.meta.name, volume.name);
        let owner = OwnerReference::controller(Kind::Pod, pod.meta.name.clone(), pod.meta.uid);
        if let Some(claim) = cx.find(Kind::PersistentVolumeClaim, &pod.meta.namespace, &name) {
            if claim.meta.controller().is_none_or(|c| c.uid != owner.uid) {
                let (namespace, pod) = (&pod.meta.namespace, &pod.meta.name);
                let text = format!(
                    "PVC {namespace}/{name} was not created for pod {namespace}/{pod} (pod is not owner)"
                );
                return fail(cx, id, &volume.name, &text);
            }
            continue;
        }
        let Ok(mut claim) = Object::from_value(Kind::PersistentVolumeClaim, template) else {
            continue;
        };
        let given = std::mem::take(&mut claim.meta).into_lasting();
        claim.meta = ObjectMeta::of(Lasting {
            labels: given.labels,
            annotations: given.annotations,
            owner_references: vec![owner],
            ..Lasting::named(&pod.meta.namespace, &name)
        });
        // A refusal (a namespace that is going) leaves the Pod waiting, as upstream's retries do.
        if let Err(status) = cx.create(claim) {
            let text = format!("create PVC {name}: {}", status.message);
            return fail(cx, id, &volume.name, &text);
        }
    }
}

/// What is wrong with one volume; the others have to wait until it is put right.
fn fail(cx: &mut Cx<'_>, pod: Id, volume: &Text, why: &str) {
    let text = format!("ephemeral volume {volume}: {why}");
    let source = Text::new_static("ephemeral_volume");
    cx.event_from(
        pod,
        true,
        "FailedBinding",
        text.into(),
        source,
        Text::default(),
    );
}

/// The names of those claims: `POD-VOLUME`.
pub(crate) fn claim_names(pod: &Object) -> Vec<String> {
    let volumes = pod
        .as_pod()
        .map(|p| &p.spec.volumes[..])
        .unwrap_or_default();
    let own = volumes.iter().filter(|volume| volume.ephemeral.is_some());
    own.map(|volume| format!("{}-{}", pod.meta.name, volume.name))
        .collect()
}

/// The names of all claims that a Pod mounts: those that it names and those that it owns.
pub(crate) fn all_claim_names(pod: &Object) -> impl Iterator<Item = Text> {
    let named = pod
        .as_pod()
        .into_iter()
        .flat_map(|p| p.claim_names())
        .cloned();
    let own = claim_names(pod).into_iter().map(Text::from);
    named.chain(own)
}
