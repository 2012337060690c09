//! Where the elements of a fragment belong, told from their names.

use crate::grammar::{JOIN, NETWORK, ROOT_ONCE, ROOT_REPEATED, TCP_IP};

/// The path around a fragment with these top-level elements; the first set that holds all of them wins.
pub(super) fn of(names: &[&str]) -> Option<&'static str> {
    let all = |known: &dyn Fn(&&str) -> bool| !names.is_empty() && names.iter().all(known);
    let all_in = |set: &[&str]| all(&|name| set.contains(name));
    if all_in(JOIN) {
        Some("hazelcast/network/join")
    } else if all_in(NETWORK) {
        Some("hazelcast/network")
    } else if all_in(&["interface"]) {
        Some("hazelcast/network/interfaces")
    } else if all_in(TCP_IP) {
        Some("hazelcast/network/join/tcp-ip")
    } else if all(&|name| ROOT_ONCE.contains(name) || ROOT_REPEATED.contains(name)) {
        Some("hazelcast")
    } else {
        None
    }
}
