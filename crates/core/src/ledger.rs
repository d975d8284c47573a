//! What is not modelled: one list, shown to the user when a manifest relies on it.

/// One thing that real clusters do and this one does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// A short name.
    pub name: &'static str,
    /// The fields that rely on it, as paths.
    pub fields: &'static [&'static str],
    /// What happens instead, as a sentence.
    pub instead: &'static str,
}

/// The list.
pub const GAPS: &[Gap] = &[Gap {
    name: "pod-template-hash",
    fields: &[],
    instead: "the hash in the names of a Deployment's ReplicaSets and Pods is as stable as in a real cluster, but another one",
}];
