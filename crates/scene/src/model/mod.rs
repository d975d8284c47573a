//! What is drawn, as plain structs: the API's belief and the machines' truth side by side, and where they part.

mod acts;
mod cables;
mod disks;
mod groups;
mod nodes;
mod pods;

use ordinal_api::{SimDuration, SimTime, Text, Uid};
use ordinal_core::{Id, World};

use crate::caption::Caption;
use crate::tempo::Beat;

pub use cables::{Cable, CableState};
pub(crate) use disks::only_node;
pub use disks::{Disk, DiskState};
pub(crate) use groups::{identity_hue, identity_of};
pub use nodes::{MachineState, Node};

/// The moment that is shown: the clock can stand later than the frame, in the middle of dead time.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// What the clock shows.
    pub sim: SimTime,
    /// Presentation time, in milliseconds; what turns without end turns by this.
    pub shown_ms: f64,
    /// The beat that is shown, for lamps, arrow and caption.
    pub beat: Option<&'a Beat>,
    /// The world before that beat: what waited then tells which rule let it happen.
    pub before: Option<&'a World>,
}

/// Everything that the picture shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// What the clock shows.
    pub now: SimTime,
    /// Presentation time, in milliseconds.
    pub shown_ms: f64,
    /// What keeps pods, StatefulSets first (and what stands alone last), in the order in which their names were first used.
    pub groups: Vec<Group>,
    /// Identities, by group and ordinal.
    pub identities: Vec<Identity>,
    /// Pods: those of the API and those that run although the API has forgotten them.
    pub pods: Vec<Pod>,
    /// Nodes and machines.
    pub nodes: Vec<Node>,
    /// Claims and volumes.
    pub disks: Vec<Disk>,
    /// How disks hang on nodes and pods.
    pub cables: Vec<Cable>,
    /// Who acts.
    pub lamps: Vec<Lamp>,
    /// The cause and the effect of this beat.
    pub arrow: Option<Arrow>,
    /// This beat as a sentence.
    pub caption: Option<Caption>,
}

/// What keeps some of the pods.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Handle of the StatefulSet, the Deployment or whatever else keeps them; `None` for pods on their own.
    pub id: Option<Id>,
    /// What it is.
    pub kind: GroupKind,
    /// Its name; after its namespace where there are groups in several.
    pub name: Text,
    /// Pods that are Ready; of a Job those that have ended well, of a CronJob its Jobs that have.
    pub ready: u32,
    /// Pods that are wanted; of a CronJob its Jobs.
    pub wanted: u32,
    /// Whether it makes claims from templates: disks will come if there are none yet.
    pub templates: bool,
}

/// The kinds of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// A StatefulSet: its pods have identities.
    StatefulSet,
    /// A Deployment: its pods have random names, and no thread.
    Deployment,
    /// A ReplicaSet that belongs to no Deployment.
    ReplicaSet,
    /// What came before the ReplicaSet.
    ReplicationController,
    /// A DaemonSet: one pod on every node that takes it.
    DaemonSet,
    /// A CronJob: its Jobs' pods.
    CronJob,
    /// A Job that belongs to no CronJob: its pods end.
    Job,
    /// Pods that nobody keeps.
    Alone,
}

/// One ordinal of a StatefulSet: it outlives its pods.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Stable key of its mark.
    pub key: Text,
    /// Handle of its pods' name.
    pub id: Id,
    /// Number of its group in [`Model::groups`].
    pub group: usize,
    /// Its ordinal.
    pub ordinal: u32,
    /// Its hue, 0 to 5.
    pub hue: u8,
    /// Name of its pods.
    pub name: Text,
    /// Its stable DNS name, without the namespace's part where there is only one: `web-0.nginx`.
    pub dns: Text,
    /// Where that name resolves.
    pub record: Record,
    /// Whether the StatefulSet wants a pod for it; not after it was scaled down.
    pub wanted: bool,
    /// The pod that embodies it now, as a number in [`Model::pods`].
    pub pod: Option<usize>,
    /// Whether that pod is Ready.
    pub ready: bool,
}

/// What DNS answers for an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An address.
    Address(Text),
    /// Nothing: no pod, or none that is Ready.
    None,
    /// Nothing, because its governing Service does not exist.
    NoService,
}

/// A pod: one incarnation.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// Stable key of its mark.
    pub key: Text,
    /// Handle of its name.
    pub id: Id,
    /// Which incarnation.
    pub uid: Uid,
    /// Its name.
    pub name: Text,
    /// What its ring encloses: the ordinal, or the random end of its name.
    pub short: Text,
    /// The identity that it embodies or embodied, as a number in [`Model::identities`].
    pub identity: Option<usize>,
    /// Number of its group in [`Model::groups`].
    pub group: usize,
    /// Handle of its node; `None` until it is bound.
    pub node: Option<Id>,
    /// Its state, as the API has it.
    pub state: PodState,
    /// The state in a word: `Ready`, `Init 1/2`, `CrashLoopBackOff`.
    pub word: Text,
    /// Its address; empty until it has one.
    pub address: Text,
    /// Whether something is wrong with it that will not pass by itself soon.
    pub trouble: bool,
    /// Whether the API and its machine agree.
    pub truth: Truth,
    /// Its hue, if it has an identity.
    pub hue: Option<u8>,
}

/// The state of a pod as its ring shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PodState {
    /// Not bound to a node.
    Pending,
    /// Bound, not yet running.
    Creating,
    /// Running, not ready.
    Running,
    /// Ready.
    Ready,
    /// Being deleted.
    Terminating {
        /// What is left of its grace.
        left: SimDuration,
        /// Its whole grace.
        grace: SimDuration,
    },
    /// A container ended and waits to be started again.
    BackOff {
        /// Until it is started again.
        left: SimDuration,
        /// The whole back-off.
        whole: SimDuration,
    },
    /// All containers ended well.
    Succeeded,
    /// It ended badly.
    Failed,
}

/// Whether the API and the machines agree about a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// They agree.
    Both,
    /// The machine does not run it, or is silent; the API has not noticed yet.
    Unnoticed,
    /// Only the API believes in it: its machine has no power.
    Believed,
    /// The machine is cut off and still runs it.
    CutOff,
    /// The container runs although the API has forgotten the pod.
    Forgotten,
    /// The API has forgotten the pod; what is left of it lies on a machine without power.
    Ghost,
}

/// A controller's lamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lamp {
    /// Its name.
    pub name: &'static str,
    /// Whether it acts in this beat.
    pub lit: bool,
}

/// From a cause to its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Number of the effect's entry in the journal; the arrow's identity.
    pub entry: u64,
    /// What it begins at.
    pub from: Id,
    /// What it points to.
    pub to: Id,
}

impl GroupKind {
    /// Its name, as Kubernetes spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StatefulSet => "StatefulSet",
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::ReplicationController => "ReplicationController",
            Self::DaemonSet => "DaemonSet",
            Self::CronJob => "CronJob",
            Self::Job => "Job",
            Self::Alone => "Pods on their own",
        }
    }
}

impl Group {
    /// How far it is: `2/3 ready`; what is to end is `0/1 done`.
    pub fn count(&self) -> String {
        let word = match self.kind {
            GroupKind::CronJob | GroupKind::Job => "done",
            _ => "ready",
        };
        format!("{}/{} {word}", self.ready, self.wanted)
    }
}

/// A stable key: `pod-web-0`, with the namespace where it is not `default`.
fn key(prefix: &str, namespace: &str, name: &str) -> Text {
    if namespace.is_empty() || namespace == "default" {
        format!("{prefix}-{name}").into()
    } else {
        format!("{prefix}-{namespace}.{name}").into()
    }
}

impl Model {
    /// What is drawn of a world at a moment.
    pub fn of(world: &World, moment: &Moment<'_>) -> Self {
        let (mut groups, mut identities) = groups::gather(world);
        let now = moment.sim;
        let nodes = nodes::gather(world);
        let mut pods = pods::gather(world, now, &groups, &identities);
        groups::embody(&mut identities, &pods);
        // A pod of a set that is long gone has no identity to hang on.
        pods.iter_mut()
            .for_each(|pod| pod.hue = pod.identity.map(|n| identities[n].hue));
        let disks = disks::gather(world, &groups, &identities, &pods);
        let cables = cables::gather(world, &disks, &pods);
        if groups::are_in_several(&groups) {
            for group in groups.iter_mut().filter(|g| g.shown.id.is_some()) {
                group.shown.name = format!("{}/{}", group.namespace, group.shown.name).into();
            }
        }
        Self {
            now,
            shown_ms: moment.shown_ms,
            lamps: acts::lamps(world, moment.beat),
            arrow: moment
                .beat
                .and_then(|beat| acts::arrow(world, moment.before, beat)),
            caption: moment
                .beat
                .and_then(|beat| crate::caption::of_beat(world, moment.before, beat, now)),
            groups: groups.into_iter().map(|g| g.shown).collect(),
            identities,
            pods,
            nodes,
            disks,
            cables,
        }
    }

    /// The number of the node with this handle.
    pub fn node(&self, id: Id) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// The name of the node that a Pod is on.
    pub(crate) fn node_name(&self, pod: &Pod) -> Option<&Text> {
        let node = self.node(pod.node?)?;
        Some(&self.nodes[node].name)
    }
}
