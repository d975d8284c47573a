//! The relations between objects that controllers look up.

use std::sync::Arc;

use ordinal_api::{Body, Kind, Object};

use super::endpoints::SERVICE_NAME;
use super::{Id, Store};
use crate::controllers::persistentvolume::{ephemeral_claim_names, volume_class};

/// A relation from an object to the one it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// Pods that are bound to a Node.
    PodOnNode,
    /// Pods that mount a claim.
    PodOfClaim,
    /// PersistentVolumes whose `claimRef` names a claim.
    VolumeOfClaim,
    /// PersistentVolumes without a `claimRef`, by their class (handle of the StorageClass's name; the empty name for none).
    FreeVolumeOfClass,
    /// Claims whose `volumeName` names a PersistentVolume.
    ClaimOfVolume,
    /// VolumeAttachments of a PersistentVolume.
    AttachmentOfVolume,
    /// VolumeAttachments on a Node.
    AttachmentOnNode,
    /// Everything in a Namespace but Events.
    InNamespace,
    /// Pods that carry a label (handle of the label, not of an object).
    PodByLabel,
    /// Services whose selector has a label first (handle of the label, not of an object).
    ServiceByLabel,
    /// EndpointSlices whose label names a Service, whoever keeps them.
    SliceOfService,
}

/// Whether a write can have changed any relation; status writes cannot.
pub(super) fn may_differ(old: Option<&Object>, new: Option<&Object>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return true;
    };
    match (&old.body, &new.body) {
        (Body::Pod(a), Body::Pod(b)) => {
            a.node_name != b.node_name
                || !Arc::ptr_eq(&a.spec, &b.spec)
                || !Arc::ptr_eq(&a.claims, &b.claims)
        }
        (Body::PersistentVolume(a), Body::PersistentVolume(b)) => {
            a.claim_ref != b.claim_ref
                || !Arc::ptr_eq(&a.spec, &b.spec)
                || !Arc::ptr_eq(&old.meta.annotations, &new.meta.annotations)
        }
        (Body::PersistentVolumeClaim(a), Body::PersistentVolumeClaim(b)) => {
            a.volume_name != b.volume_name
        }
        (Body::Service(a), Body::Service(b)) => a.selector != b.selector,
        (Body::EndpointSlice(_), Body::EndpointSlice(_)) => {
            !Arc::ptr_eq(&old.meta.labels, &new.meta.labels)
        }
        _ => false,
    }
}

impl Store {
    pub(super) fn links_of(&mut self, object: &Object) -> Vec<(Link, Id)> {
        let namespace = &object.meta.namespace;
        let mut links = Vec::new();
        if !namespace.is_empty() {
            links.push((
                Link::InNamespace,
                self.intern(Kind::Namespace, "", namespace),
            ));
        }
        match &object.body {
            Body::Pod(pod) => {
                if !pod.node_name.is_empty() {
                    links.push((Link::PodOnNode, self.intern(Kind::Node, "", &pod.node_name)));
                }
                for claim in pod.claim_names() {
                    let claim = self.intern(Kind::PersistentVolumeClaim, namespace, claim);
                    links.push((Link::PodOfClaim, claim));
                }
                for claim in ephemeral_claim_names(object) {
                    let claim = self.intern(Kind::PersistentVolumeClaim, namespace, &claim);
                    links.push((Link::PodOfClaim, claim));
                }
            }
            Body::Service(service) => {
                if let Some((key, value)) = service.selector.first_key_value() {
                    links.push((Link::ServiceByLabel, self.add_label(namespace, key, value)));
                }
            }
            Body::EndpointSlice(_) => {
                if let Some(service) = object.meta.label(SERVICE_NAME) {
                    let service = self.intern(Kind::Service, namespace, service);
                    links.push((Link::SliceOfService, service));
                }
            }
            Body::PersistentVolume(volume) => {
                if let Some(claim) = &volume.claim_ref {
                    let (kind, namespace) = (Kind::PersistentVolumeClaim, &claim.namespace);
                    let claim = self.intern(kind, namespace, &claim.name);
                    links.push((Link::VolumeOfClaim, claim));
                } else {
                    let class = volume_class(object);
                    links.push((
                        Link::FreeVolumeOfClass,
                        self.intern(Kind::StorageClass, "", class),
                    ));
                }
            }
            Body::PersistentVolumeClaim(claim) if !claim.volume_name.is_empty() => {
                let volume = self.intern(Kind::PersistentVolume, "", &claim.volume_name);
                links.push((Link::ClaimOfVolume, volume));
            }
            Body::VolumeAttachment(attachment) => {
                let volume = self.intern(Kind::PersistentVolume, "", &attachment.volume);
                let node = self.intern(Kind::Node, "", &attachment.node_name);
                links.push((Link::AttachmentOfVolume, volume));
                links.push((Link::AttachmentOnNode, node));
            }
            _ => {}
        }
        links
    }
}
