#[test]
fn sizes() {
    use std::mem::size_of as s;
    use ordinal_api::*;
    macro_rules! p { ($($t:ty),* $(,)?) => { $(eprintln!("{:5} {}", s::<$t>(), stringify!($t));)* } }
    p!(World, crate::Store, crate::controllers::Parts, crate::scheduler::Memory, crate::Config, Object, ObjectMeta, Body, ObjectKey, Text, namespace::Namespace, node::Node, pod::Pod, pod::PodStatus, pod::ContainerStatus, condition::Condition,
     statefulset::StatefulSet, replicaset::ReplicaSet, deployment::Deployment, replicaset::ControllerRevision, service::Service, endpointslice::EndpointSlice, endpointslice::Endpoint, storage::PersistentVolume, storage::PersistentVolumeClaim,
     storage::StorageClass, storage::VolumeAttachment, storage::CSINode, storage::CSIDriver, config::Plain, coordination::Lease, event::Event, OwnerReference,
     crate::journal::Entry, crate::journal::Fact, crate::journal::EventFact, crate::machine::Machine, crate::machine::LocalPod, crate::machine::LocalContainer, crate::disk::Disk, crate::disk::Write, crate::queue::Due, crate::queue::Work, crate::wait::Waiting, crate::controllers::statefulset::members::Seen, crate::recorder::About);
}
use crate::World;
