//! Every element and attribute of Hazelcast's member schema, 2.0 to 5.7, and what Cobnut does with each.
//!
//! [`element`] finds one by its path, [`children`] lists what may stand inside. The tables of the other files state facts
//! once: an element inherits versions and effect from the elements around it, and what stands in several places is written
//! in one. The page `ELEMENTS.md` beside this file is made from the tables. Invariant: static data, lookups do not allocate.

mod advanced_network;
mod cache;
mod cluster;
mod collections;
mod concurrency;
mod info;
mod known;
mod map;
mod network;
mod security;
mod serialization;
mod services;
mod shared;
mod storage;
#[cfg(test)]
mod tests;
mod version;
mod wan;
mod why;

pub use info::{AttributeInfo, Effect, ElementInfo, ValueType};
pub use known::{Known, KnownAttribute, ROOT, children, element};
pub use version::{Version, Versions};

/// What stands below `hazelcast`, by subject.
const SUBJECTS: [&[ElementInfo]; 12] = [
    cluster::CLUSTER,
    network::NETWORK,
    advanced_network::ADVANCED_NETWORK,
    map::MAPS,
    cache::CACHES,
    collections::COLLECTIONS,
    concurrency::CONCURRENCY,
    wan::WAN,
    security::SECURITY,
    serialization::SERIALIZATION,
    storage::STORAGE,
    services::SERVICES,
];
