//! Where the elements of a fragment belong, told from their names.

use crate::elements;

const NETWORK: &str = "hazelcast/network";
const JOIN: &str = "hazelcast/network/join";
const TCP_IP: &str = "hazelcast/network/join/tcp-ip";
const INTERFACES: &str = "hazelcast/network/interfaces";

/// The path around a fragment with these top-level elements; the first that may hold all of them wins.
pub(super) fn of(names: &[&str]) -> Option<&'static str> {
    let contexts = [JOIN, NETWORK, INTERFACES, TCP_IP, elements::ROOT];
    contexts.into_iter().find(|context| {
        let around = elements::element(context);
        let holds = |name: &&str| around.and_then(|around| around.child(name)).is_some();
        !names.is_empty() && names.iter().all(holds)
    })
}
