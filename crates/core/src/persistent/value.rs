//! What maps hold: one closed type for all of them, so that the tree is compiled once and not for each.

use std::sync::Arc;

use crate::controllers::{attachdetach, call, daemonset, deployment, job, replicaset, statefulset};
use crate::disk::Disk;
use crate::machine::{LocalPod, Machine};
use crate::queue::Due;
use crate::wait::Waiting;
use crate::{recorder, scheduler, storage};

/// A value that maps hold.
#[derive(Clone, Debug)]
pub struct Slot(Value);

/// A shared value that has a variant among the [`Slot`]s.
pub trait Stored: Clone {
    /// Puts it into a slot.
    fn store(self) -> Slot;
    /// What a slot of this type holds.
    fn look(slot: &Slot) -> &Self;
    /// The same, to be changed.
    fn look_mut(slot: &mut Slot) -> &mut Self;
    /// Takes it out of a slot.
    fn take(slot: Slot) -> Self;
}

macro_rules! values {
    ($($name:ident($type:ty),)*) => {
        #[derive(Clone, Debug)]
        enum Value {
            $($name(Arc<$type>),)*
        }

        $(impl Stored for Arc<$type> {
            fn store(self) -> Slot {
                Slot(Value::$name(self))
            }

            fn look(slot: &Slot) -> &Self {
                match &slot.0 {
                    Value::$name(value) => value,
                    _ => other(),
                }
            }

            fn look_mut(slot: &mut Slot) -> &mut Self {
                match &mut slot.0 {
                    Value::$name(value) => value,
                    _ => other(),
                }
            }

            fn take(slot: Slot) -> Self {
                match slot.0 {
                    Value::$name(value) => value,
                    _ => other(),
                }
            }
        })*
    };
}

values! {
    Machine(Machine),
    Disk(Disk),
    Waiting(Waiting),
    Due(Due),
    LocalPod(LocalPod),
    About(recorder::About),
    Attachment(attachdetach::Attachment),
    BackOff(attachdetach::BackOff),
    InUse(Vec<ordinal_api::Text>),
    Members(statefulset::members::Members),
    Seen(statefulset::members::Seen),
    Template(statefulset::revision::Encoded),
    Timer(crate::controllers::tainteviction::Timer),
    Waiter(scheduler::queue::Waiter),
    Binding(scheduler::bind::Binding),
    Counter(scheduler::counters::Counter),
    Affinity(scheduler::counters::AffinityGroup),
    Pending(storage::attacher::Pending),
    Call(call::Call),
    Later(deployment::Later),
    ReplicaSetRound(replicaset::Round),
    DaemonSetRound(daemonset::Round),
    StatefulSetRound(statefulset::Round),
    JobRound(job::Round),
    Failures(job::Failures),
}

/// Cannot happen: a map is of one type from its beginning.
#[cold]
fn other() -> ! {
    unreachable!("a map holds values of one type")
}
