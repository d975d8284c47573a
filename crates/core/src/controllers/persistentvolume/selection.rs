//! Which volume a claim gets: the pure part, for the controller and the scheduler alike.
//! Models component-helpers storage/volume `FindMatchingVolume` and pkg/controller/volume/persistentvolume/index.go, 1.37.

use ordinal_api::sorted::SortedMap;

use ordinal_api::storage::{AccessMode, ClaimRef, PersistentVolumeClaim};
use ordinal_api::{Labels, Object, Text, Uid};

use crate::Id;
use crate::apiserver::CLASS_ANNOTATION;

/// The class of a volume; empty for none. The old annotation wins over the field.
pub(crate) fn volume_class(volume: &Object) -> &str {
    let field = volume
        .as_volume()
        .map(|v| v.spec.storage_class_name.as_str());
    volume
        .meta
        .annotation(CLASS_ANNOTATION)
        .or(field)
        .unwrap_or_default()
}

/// The class of a claim; empty for none. The old annotation wins over the field.
pub(crate) fn claim_class(claim: &Object) -> &str {
    let field = claim
        .as_claim()
        .and_then(|c| c.storage_class_name.as_deref());
    claim
        .meta
        .annotation(CLASS_ANNOTATION)
        .or(field)
        .unwrap_or_default()
}

/// Whether a `claimRef` means this claim. Without a uid it is a reservation by name. Models `IsVolumeBoundToClaim`.
pub(crate) fn refers_to(reference: &ClaimRef, claim: &Object) -> bool {
    reference.name == claim.meta.name
        && reference.namespace == claim.meta.namespace
        && (reference.uid == Uid::NONE || reference.uid == claim.meta.uid)
}

/// `volumeMode`, which is `Filesystem` where nothing is written.
pub(crate) fn same_mode(claim: Option<&Text>, volume: Option<&Text>) -> bool {
    let of = |mode: Option<&Text>| mode.cloned().unwrap_or(Text::new_static("Filesystem"));
    of(claim) == of(volume)
}

/// Whether a volume offers every mode that is asked for.
pub(crate) fn offers(volume: &[AccessMode], asked: &[AccessMode]) -> bool {
    asked.iter().all(|mode| volume.contains(mode))
}

/// Who looks for a volume.
#[derive(Clone, Copy, Debug)]
pub(crate) enum For<'a> {
    /// The controller, for a claim that binds at once or waits for its first consumer.
    Controller {
        /// Whether the claim waits: then only a volume that is reserved for it will do.
        waits: bool,
    },
    /// The scheduler, for a node.
    Node {
        /// The node's name.
        name: &'a str,
        /// Its labels.
        labels: &'a Labels,
        /// Volumes that other claims of the same Pod have taken.
        taken: &'a [Id],
    },
}

/// The smallest of `volumes` that fits a claim, or the one that is reserved for it. Of equal ones the first by name.
pub(crate) fn find_matching<'v>(
    claim: &Object,
    purpose: For<'_>,
    volumes: impl Iterator<Item = (Id, &'v Object)>,
) -> Option<Id> {
    let spec = &claim.as_claim()?.spec;
    let asked = spec.request();
    let mut best: Option<(Id, &Object)> = None;
    for (id, object) in volumes {
        let Some(volume) = object.as_volume() else {
            continue;
        };
        if matches!(purpose, For::Node { taken, .. } if taken.contains(&id)) {
            continue;
        }
        let reserved = volume
            .claim_ref
            .as_ref()
            .map(|reference| refers_to(reference, claim));
        let suitable = reserved != Some(false)
            && volume.spec.size() >= asked
            && same_mode(spec.volume_mode.as_ref(), volume.spec.volume_mode.as_ref())
            && same_attributes(
                &claim.as_claim()?.spec.volume_attributes_class_name,
                &volume.spec.volume_attributes_class_name,
            )
            && !object.meta.is_deleting();
        if !suitable {
            continue;
        }
        let reachable = match purpose {
            For::Node { name, labels, .. } => volume.spec.fits_node(name, labels),
            For::Controller { .. } => true,
        };
        if reserved == Some(true) {
            // A reserved volume that the node cannot reach is no reason to take another.
            return reachable.then_some(id);
        }
        let allowed = match purpose {
            For::Controller { waits } => !waits,
            For::Node { .. } => offers(&volume.spec.access_modes, &spec.access_modes),
        };
        let fits = allowed
            && reachable
            && volume.phase == ordinal_api::storage::VolumePhase::Available
            && spec
                .selector
                .as_ref()
                .is_none_or(|s| s.matches(&object.meta.labels))
            && volume_class(object) == claim_class(claim);
        let size = |o: &Object| o.as_volume().map(|v| v.spec.size()).unwrap_or_default();
        if fits
            && best.is_none_or(|(_, b)| (size(object), &object.meta.name) < (size(b), &b.meta.name))
        {
            best = Some((id, object));
        }
    }
    best.map(|(id, _)| id)
}

fn same_attributes(claim: &Option<Text>, volume: &Option<Text>) -> bool {
    claim.as_deref().unwrap_or_default() == volume.as_deref().unwrap_or_default()
}

/// Volumes of the same modes: how many modes, and which.
type ModeGroup = (usize, Vec<AccessMode>);

/// The controller's choice: volumes are grouped by their exact modes, and the group with the fewest that holds a match wins.
pub(crate) fn find_best<'v>(
    claim: &Object,
    waits: bool,
    volumes: impl Iterator<Item = (Id, &'v Object)>,
) -> Option<Id> {
    let asked = &claim.as_claim()?.spec.access_modes;
    let mut groups = SortedMap::<ModeGroup, Vec<(Id, &Object)>>::new();
    for (id, object) in volumes {
        let Some(volume) = object.as_volume() else {
            continue;
        };
        let mut modes = volume.spec.access_modes.clone();
        ordinal_api::sorted::sort(&mut modes);
        modes.dedup();
        if offers(&modes, asked) {
            groups
                .entry((modes.len(), modes))
                .or_default()
                .push((id, object));
        }
    }
    groups
        .into_values()
        .find_map(|group| find_matching(claim, For::Controller { waits }, group.into_iter()))
}

/// Why a volume that a claim names cannot be its own. Models pv_controller.go `checkVolumeSatisfyClaim`.
///
/// # Errors
/// The reason, in Kubernetes' words.
pub(crate) fn check_satisfies(volume: &Object, claim: &Object) -> Result<(), String> {
    let (Some(v), Some(c)) = (volume.as_volume(), claim.as_claim()) else {
        return Ok(());
    };
    if volume.meta.is_deleting() {
        return Err(format!(
            "the volume is marked for deletion \"{}\"",
            volume.meta.name
        ));
    }
    check_fits(volume, v, claim, c).map_err(str::to_owned)
}

fn check_fits(
    volume: &Object,
    v: &ordinal_api::storage::PersistentVolume,
    claim: &Object,
    c: &PersistentVolumeClaim,
) -> Result<(), &'static str> {
    if v.spec.size() < c.spec.request() {
        return Err("requested PV is too small");
    }
    if volume_class(volume) != claim_class(claim) {
        return Err("storageClassName does not match");
    }
    if !same_attributes(
        &c.spec.volume_attributes_class_name,
        &v.spec.volume_attributes_class_name,
    ) {
        return Err("volumeAttributesClassName does not match");
    }
    if !same_mode(c.spec.volume_mode.as_ref(), v.spec.volume_mode.as_ref()) {
        return Err("incompatible volumeMode");
    }
    if !offers(&v.spec.access_modes, &c.spec.access_modes) {
        return Err("incompatible accessMode");
    }
    Ok(())
}
