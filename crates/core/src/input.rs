//! Everything that may enter a run: requests to the API server, and faults.

use ordinal_api::{SimDuration, Text};

use crate::apiserver::Request;
use crate::kubelet::files::FileWrite;

/// Something from outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A request to the API server, as a user or a client sends it.
    Request(Request),
    /// Something breaks, or is mended.
    Fault(Fault),
    /// A program inside a container writes a file.
    Write(FileWrite),
}

/// A fault, or its end. Nodes and Pods are named; a Pod's name is `NAME` or `NAMESPACE/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The machine loses its power: everything on it stops at once.
    PowerOff(Text),
    /// The machine is shut down: its kubelet ends its Pods, those of low priority first, then it loses its power.
    Shutdown(Text),
    /// The machine gets power again and boots.
    PowerOn(Text),
    /// The machine is cut from the network: everything on it goes on running.
    Partition(Text),
    /// The machine is back on the network.
    Heal(Text),
    /// All containers of the Pod exit with code 1.
    Crash(Text),
    /// All containers of the Pod exit with this code.
    Exit(Text, i32),
    /// The Pod's readiness fails from now on.
    NotReady(Text),
    /// The Pod's readiness is left to its probes again.
    Ready(Text),
    /// Attaching and detaching fail from now on (`true`), or work again.
    AttachFails(bool),
    /// Attaching takes so much longer from now on.
    AttachDelay(SimDuration),
    /// The storage driver attaches and detaches nothing from now on (`true`), or does again.
    AttacherPaused(bool),
    /// The storage driver makes no volumes from now on (`true`), or makes them again.
    ProvisionerPaused(bool),
    /// The controller manager starts anew, and has forgotten everything that is not in the API.
    RestartControllers,
    /// A machine joins: name and labels.
    AddNode(Text),
}
