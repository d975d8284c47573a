//! Which slices are written, made and deleted: a pure function of the slices and of what the Pods contribute.
//!
//! Models staging/src/k8s.io/endpointslice/reconciler.go `reconcileByAddressType` and `finalize`, 1.37. An endpoint
//! stays in its slice; a new one goes into the first slice of the same ports that has room.

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;
use std::sync::Arc;

use ordinal_api::Text;
use ordinal_api::endpointslice::{Endpoint, EndpointPort, EndpointSlice};

use super::Wanted;

/// Endpoints in one slice, at most (`--max-endpoints-per-slice`).
pub const CAPACITY: usize = 100;

/// One thing to do; slices are numbered as they were given.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Write a slice.
    Write {
        /// Which one.
        slice: usize,
        /// What it holds from now on.
        content: EndpointSlice,
    },
    /// Make a slice.
    Create(EndpointSlice),
    /// Delete a slice.
    Delete(usize),
}

/// A slice in work: what it holds is copied only when it changes.
#[derive(Clone, Debug)]
pub struct Slice {
    ports: Arc<[EndpointPort]>,
    stored: Arc<[Arc<Endpoint>]>,
    changed: Option<Vec<Arc<Endpoint>>>,
}

impl Slice {
    /// A stored slice.
    pub fn of(slice: &EndpointSlice) -> Self {
        Self {
            ports: slice.ports.clone(),
            stored: slice.endpoints.clone(),
            changed: None,
        }
    }

    fn endpoints(&self) -> &[Arc<Endpoint>] {
        self.changed.as_deref().unwrap_or(&self.stored)
    }

    fn change(&mut self) -> &mut Vec<Arc<Endpoint>> {
        self.changed.get_or_insert_with(|| self.stored.to_vec())
    }

    /// Where a Pod's endpoint stands. Slices are in the order of their Pods' names; [`put_in_order`] sees to it.
    fn place(&self, pod: &str) -> Option<usize> {
        self.endpoints()
            .binary_search_by(|e| e.pod.as_str().cmp(pod))
            .ok()
    }

    fn insert(&mut self, endpoint: Endpoint) {
        let at = self.endpoints().partition_point(|e| e.pod < endpoint.pod);
        self.change().insert(at, Arc::new(endpoint));
    }

    fn content(self) -> EndpointSlice {
        let endpoints = match self.changed {
            Some(changed) => changed.into(),
            None => self.stored,
        };
        EndpointSlice {
            endpoints,
            ports: self.ports,
            written: None,
        }
    }
}

/// Decides. `wanted` names Pods and what they contribute now; unless it names `all`, other Pods stay as they are.
pub fn plan(slices: &[Slice], wanted: Vec<(Text, Option<Wanted>)>, all: bool) -> Vec<Intent> {
    let mut slices = slices.to_vec();
    let given = slices.len();
    if all {
        put_in_order(&mut slices);
        forget_others(&mut slices, &wanted);
    }
    let missing: Vec<Wanted> = wanted
        .into_iter()
        .filter_map(|(pod, wanted)| keep(&mut slices, &pod, wanted))
        .into_list();
    for Wanted { endpoint, ports } in missing {
        let room = slices.iter_mut().find(|s| {
            let here = s.endpoints().len();
            s.ports == ports && here > 0 && here < CAPACITY
        });
        match room {
            Some(slice) => slice.insert(endpoint),
            None => slices.push(Slice {
                ports,
                stored: Arc::from([]),
                changed: Some(vec![Arc::new(endpoint)]),
            }),
        }
    }
    finish(slices, given)
}

/// Slices that somebody else wrote are looked at whole, and may be in any order.
fn put_in_order(slices: &mut [Slice]) {
    for slice in slices {
        if !slice.endpoints().is_sorted_by(|a, b| a.pod < b.pod) {
            let endpoints = slice.change();
            ordinal_api::sorted::sort_by(endpoints, |a, b| a.pod.cmp(&b.pod));
            endpoints.dedup_by(|a, b| a.pod == b.pod);
        }
    }
}

fn forget_others(slices: &mut [Slice], wanted: &[(Text, Option<Wanted>)]) {
    let names: SortedMap<&Text, ()> = wanted.iter().map(|(pod, _)| (pod, ())).collect();
    for slice in slices {
        if slice
            .endpoints()
            .iter()
            .any(|e| !names.contains_key(&e.pod))
        {
            slice.change().retain(|e| names.contains_key(&e.pod));
        }
    }
}

/// Updates or removes the endpoint of a Pod where it stands. Returns what has to find a place.
fn keep(slices: &mut [Slice], pod: &str, wanted: Option<Wanted>) -> Option<Wanted> {
    let Some((slice, at)) = slices
        .iter_mut()
        .find_map(|s| s.place(pod).map(|at| (s, at)))
    else {
        return wanted;
    };
    match wanted {
        Some(wanted) if wanted.ports == slice.ports => {
            if *slice.endpoints()[at] != wanted.endpoint {
                slice.change()[at] = Arc::new(wanted.endpoint);
            }
            None
        }
        wanted => {
            slice.change().remove(at);
            wanted
        }
    }
}

/// New slices take the place of emptied ones; without any endpoint one empty slice remains.
fn finish(slices: Vec<Slice>, given: usize) -> Vec<Intent> {
    let mut intents = Vec::new();
    let mut empty = Vec::new();
    let mut new = Vec::new();
    let mut kept = false;
    for (n, slice) in slices.into_iter().enumerate() {
        if n >= given {
            new.push(slice.content());
        } else if slice.endpoints().is_empty() {
            empty.push((n, slice));
        } else {
            kept = true;
            if slice.changed.is_some() {
                intents.push(Intent::Write {
                    slice: n,
                    content: slice.content(),
                });
            }
        }
    }
    let mut empty = empty.into_iter();
    for content in new {
        kept = true;
        intents.push(match empty.next() {
            Some((slice, _)) => Intent::Write { slice, content },
            None => Intent::Create(content),
        });
    }
    if !kept {
        match empty.next() {
            Some((_, slice)) if slice.ports.is_empty() && slice.stored.is_empty() => {}
            Some((slice, _)) => intents.push(Intent::Write {
                slice,
                content: EndpointSlice::default(),
            }),
            None => intents.push(Intent::Create(EndpointSlice::default())),
        }
    }
    intents.extend(empty.map(|(n, _)| Intent::Delete(n)));
    intents
}
