//! Asking for a volume: the storage driver that makes it sees the claim's annotations. Models pv_controller.go `provisionClaim`, 1.37.

use std::sync::Arc;

use ordinal_api::{Kind, Object, Text};

use super::{STORAGE_PROVISIONER, claim_class, guards};
use crate::storage::provisioner;
use crate::wait::On;
use crate::{Cx, Id};

pub(super) fn ask(cx: &mut Cx<'_>, id: Id, object: &Object) {
    let name = Text::new(claim_class(object));
    let class_id = cx.id(Kind::StorageClass, "", &name);
    let class = cx.get(class_id);
    let Some(class) = class.as_ref().and_then(|o| o.as_storage_class()) else {
        let text = format!("storageclass.storage.k8s.io \"{name}\" not found");
        cx.event(id, true, "ProvisioningFailed", text);
        cx.wait(id, On::Object(class_id), &guards::NO_CLASS, None);
        return;
    };
    let provisioner = &class.provisioner;
    if !provisioner::is_external(provisioner) {
        cx.event(
            id,
            true,
            "ProvisioningFailed",
            format!("no volume plugin matched name: {provisioner}"),
        );
        cx.wait(id, On::Object(class_id), &guards::NO_CLASS, None);
        return;
    }
    let is_asked = |key: &&str| object.meta.annotation(key) == Some(provisioner.as_str());
    if !STORAGE_PROVISIONER.iter().all(is_asked) {
        let _ = cx.update(id, |object| {
            let annotations = Arc::make_mut(&mut object.meta.annotations);
            for key in STORAGE_PROVISIONER {
                annotations.insert(Text::new_static(key), provisioner.clone());
            }
            true
        });
    }
    let text = format!(
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. \
         If volume creation is delayed, please verify that the provisioner is running and correctly registered."
    );
    cx.event(id, false, "ExternalProvisioning", text);
    cx.wait(
        id,
        On::Object(class_id),
        &guards::EXTERNAL_PROVISIONING,
        None,
    );
}
