//! The cluster's DNS: stable names and what they resolve to now.
//!
//! [`resolve()`] is what the DNS server answers from the Services and EndpointSlices of this moment; a [`Cache`] in front
//! of it may answer from an earlier one, as servers of older clusters do. [`search()`] is what a resolver inside a Pod asks.
//!
//! * [`message`]: questions, records and answers
//! * [`zone`]: what a name means; [`records`]: which Services and endpoints stand behind it
//! * [`mod@resolve`]: the answer by type of question; [`upstream`]: the rest of the world
//! * [`cache`], [`mod@search`]: between a Pod and the server
//! * [`tools`]: `nslookup`, `dig` and their like, as they print
//! * [`plate`]: the name plate of an identity
//!
//! Models CoreDNS' plugins `kubernetes`, `cache` and `forward` under kubeadm's Corefile (`pods insecure`, `ttl 30`).

pub mod cache;
pub mod message;
pub mod plate;
pub mod records;
pub mod resolve;
pub mod search;
#[cfg(test)]
mod tests;
pub mod tools;
pub mod upstream;
pub mod zone;

pub use cache::Cache;
pub use message::{Answer, Data, Query, Rcode, Record, RecordType};
pub use plate::{NamePlate, Plate, name_plate};
pub use resolve::resolve;
pub use search::{Resolver, search};

/// Seconds for which the server says that its answers hold.
pub const TTL: u32 = 30;
