//! The cloud's side of Services: an address for each `LoadBalancer`, some time after it was asked for.
//!
//! Models the service controller of cloud-provider, 1.37, with a cloud that always has an address; and of
//! pkg/controlplane/controller/kubernetesservice that the API server's own Service comes back.

use ordinal_api::service::{Service, ServiceType};
use ordinal_api::{Kind, Object, SimDuration};

use crate::apiserver;
use crate::controllers::Controller;
use crate::queue::Work;
use crate::{Change, Cx, Id};

/// What the simulated cloud needs for a load balancer.
const PROVISIONING: SimDuration = SimDuration::secs(2);

/// So often the API server looks whether its Service is there, in milliseconds.
const OWN_SERVICE_MS: u64 = 10_000;

/// Whether it is the handle of the API server's Service.
fn is_own(cx: &Cx<'_>, id: Id) -> bool {
    let key = cx.world.store.key(id);
    key.kind == Kind::Service && key.namespace == "default" && key.name == "kubernetes"
}

/// Asks the cloud for what a Service wants and does not have, or has and does not want.
pub(crate) fn watch(cx: &mut Cx<'_>, change: &Change) {
    if change.new.is_none() && is_own(cx, change.id) {
        let wait = OWN_SERVICE_MS - cx.now().as_ms() % OWN_SERVICE_MS;
        return cx.after(
            SimDuration::ms(wait),
            Work::Sync(Controller::Service, change.id),
        );
    }
    let Some(service) = change.new.as_ref().and_then(|o| o.as_service()) else {
        return;
    };
    match (wants_address(service), service.ingress.is_empty()) {
        (true, true) if !was_asked(change) => {
            cx.event(
                change.id,
                false,
                "EnsuringLoadBalancer",
                "Ensuring load balancer",
            );
            cx.after(PROVISIONING, Work::Sync(Controller::Service, change.id));
        }
        (false, false) => cx.enqueue(Controller::Service, change.id),
        _ => {}
    }
}

fn wants_address(service: &Service) -> bool {
    service.type_ == ServiceType::LoadBalancer
}

fn was_asked(change: &Change) -> bool {
    change
        .old
        .as_ref()
        .and_then(|o| o.as_service())
        .is_some_and(|s| wants_address(s) && s.ingress.is_empty())
}

/// The cloud has answered.
pub(crate) fn sync(cx: &mut Cx<'_>, id: Id) {
    if cx.get(id).is_none() && is_own(cx, id) {
        return apiserver::create_own_service(cx);
    }
    let Some(object) = cx
        .get(id)
        .filter(|o| o.kind() == Kind::Service && !o.meta.is_deleting())
    else {
        return;
    };
    let service = object.as_service().expect("a Service");
    match (wants_address(service), service.ingress.is_empty()) {
        (true, true) => {
            let address = cx.world.parts.network.load_balancer();
            let _ = cx.update(id, |object| ingress(object, vec![address]));
            cx.event(id, false, "EnsuredLoadBalancer", "Ensured load balancer");
        }
        (false, false) => {
            let _ = cx.update(id, |object| ingress(object, Vec::new()));
            cx.event(id, false, "DeletedLoadBalancer", "Deleted load balancer");
        }
        _ => {}
    }
}

fn ingress(object: &mut Object, addresses: Vec<ordinal_api::Text>) -> bool {
    object.as_service_mut().expect("a Service").ingress = addresses;
    true
}

#[cfg(test)]
mod tests {
    use ordinal_api::Kind;

    use crate::apiserver::DeleteOptions;
    use crate::lab::Lab;

    #[test]
    fn the_service_of_the_api_server_comes_back_within_ten_seconds() {
        let mut lab = Lab::with_nodes(1);
        lab.run_ms(3_000);
        lab.delete(Kind::Service, "kubernetes", DeleteOptions::default());
        lab.run_ms(1_000);
        assert!(lab.get(Kind::Service, "kubernetes").is_none());
        lab.run_ms(10_000);
        let back = lab.get(Kind::Service, "kubernetes").expect("it is back");
        assert_eq!(
            back.as_service().expect("a Service").cluster_ip,
            "10.96.0.1"
        );
    }
}
