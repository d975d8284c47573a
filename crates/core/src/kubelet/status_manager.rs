//! What the API is told of a Pod, and that it may go. Models pkg/kubelet/status/status_manager.go (`syncPod`), 1.37.

use std::sync::Arc;

use super::pod_worker::Worker;
use super::status;

impl Worker<'_, '_> {
    /// Lets the object go once nothing of it is left on the machine; `false` while the Pod has to be kept.
    pub(super) fn finish(&mut self) -> bool {
        let (uid, pod) = (self.local.uid, self.local.id);
        let deleting = match self.stored() {
            Some(_) if !self.heard => return false,
            Some(object) if !object.meta.is_deleting() => return false,
            Some(_) => {
                self.write_status();
                true
            }
            None => false,
        };
        self.cx.machine(self.node, |machine| {
            machine.pods.remove(&uid);
        });
        if deleting {
            self.cx.proceed(pod);
            let options = crate::apiserver::DeleteOptions {
                grace_secs: Some(0),
                uid: Some(uid),
                ..Default::default()
            };
            let gone = self.cx.delete(pod, options);
            debug_assert!(gone.is_ok(), "its identity was just compared");
        }
        true
    }

    /// Writes what the API shows, if it differs.
    pub(super) fn write_status(&mut self) {
        self.dirty = false;
        let Some(stored) = self.stored().filter(|_| self.heard) else {
            return;
        };
        let host_ip = self
            .cx
            .world
            .get(self.node)
            .and_then(|o| o.as_node())
            .map(|n| n.status.internal_ip.clone());
        let mut new = status::pod_status(
            &self.local,
            stored,
            &host_ip.unwrap_or_default(),
            self.now(),
        );
        if self.cx.world.release().pod_observed_generation() {
            new.observed_generation = self.local.seen.meta.generation;
        }
        if self.cx.world.profile().stand_in {
            // It writes a status whole, and knows no reasons.
            (new.reason, new.message) = Default::default();
        }
        if stored.as_pod().is_none_or(|pod| *pod.status == new) {
            return;
        }
        let written = self
            .cx
            .update(self.local.id, |object| match object.as_pod_mut() {
                Some(pod) => {
                    pod.status = Arc::new(new);
                    true
                }
                None => false,
            });
        if let Ok(object) = written {
            self.local.seen = object;
        }
    }
}
