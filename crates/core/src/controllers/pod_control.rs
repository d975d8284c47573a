//! Pods that a controller makes and deletes, and what is told of it.
//!
//! Models pkg/controller/controller_utils.go `RealPodControl`, 1.37.

use ordinal_api::{Object, Status};

use crate::apiserver::DeleteOptions;
use crate::{Cx, Id};

/// Makes a Pod for the object `of`. In a namespace that goes there is nothing to tell and nothing to try again.
///
/// # Errors
/// What the API server answers.
pub(super) fn create(cx: &mut Cx<'_>, of: Id, pod: Object) -> Result<(), Status> {
    match cx.create(pod) {
        Ok((_, pod)) => {
            let message = format!("Created pod: {}", pod.meta.name);
            cx.event(of, false, "SuccessfulCreate", message);
            Ok(())
        }
        Err(status) if status.has_cause("NamespaceTerminating") => Ok(()),
        Err(status) => {
            let message = format!("Error creating: {status}");
            cx.event(of, true, "FailedCreate", message);
            Err(status)
        }
    }
}

/// Deletes a Pod of the object `of`. One that is gone is as good.
pub(super) fn delete(cx: &mut Cx<'_>, of: Id, pod: Id) {
    let name = cx.world.store.key(pod).name.clone();
    if cx.delete(pod, DeleteOptions::default()).is_ok() {
        let message = format!("Deleted pod: {name}");
        cx.event(of, false, "SuccessfulDelete", message);
    }
}
