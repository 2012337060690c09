//! What Cobnut does with the properties that decide about members: when they join, count as lost, and come back.

use crate::elements::Effect;

use Effect::{NoEffect, Obeyed};

const JOIN_AT_ONCE: Effect = NoEffect(
    "nobody collects joiners: each node joins as soon as it has proven itself, many at the same time",
);
const JOIN_FOR_EVER: Effect = NoEffect(
    "a node dials the others for as long as it runs and serves meanwhile, so no join runs out of time",
);
const MERGE: Effect = NoEffect(
    "the sides of a split find each other within 10 s of the network's return, and nobody joins again for that",
);
const NO_MASTER: Effect = NoEffect("no member has to be confirmed by a master; each hears the others itself");
const FAULTS: Effect = NoEffect(
    "a connection that breaks is made again at once; silence or a closed port decides about a member, no number of faults",
);
const PING: Effect = NoEffect("a member is judged by what it says itself; nobody is pinged");
const RUNS: Effect =
    NoEffect("every start of a node has a number of its own, so its last words are told from a new run's");
const ADDRESSES: Effect =
    NoEffect("addresses that members told are dialled for four hours, which is Hazelcast's default");

/// Names with their effect, in the order of the alphabet.
pub(crate) const EFFECTS: &[(&str, Effect)] = &[
    ("hazelcast.async.join.strategy.enabled", JOIN_AT_ONCE),
    ("hazelcast.connect.all.wait.seconds", JOIN_AT_ONCE),
    ("hazelcast.connection.monitor.interval", FAULTS),
    ("hazelcast.connection.monitor.max.faults", FAULTS),
    ("hazelcast.heartbeat.failuredetector.type", Obeyed),
    ("hazelcast.heartbeat.interval.seconds", Obeyed),
    ("hazelcast.heartbeat.phiaccrual.failuredetector.min.std.dev.millis", Obeyed),
    ("hazelcast.heartbeat.phiaccrual.failuredetector.sample.size", Obeyed),
    ("hazelcast.heartbeat.phiaccrual.failuredetector.threshold", Obeyed),
    ("hazelcast.http.healthcheck.enabled", Obeyed),
    ("hazelcast.icmp.echo.fail.fast.on.startup", PING),
    ("hazelcast.icmp.enabled", PING),
    ("hazelcast.icmp.interval", PING),
    ("hazelcast.icmp.max.attempts", PING),
    ("hazelcast.icmp.parallel.mode", PING),
    ("hazelcast.icmp.timeout", PING),
    ("hazelcast.icmp.ttl", PING),
    ("hazelcast.initial.wait.seconds", JOIN_AT_ONCE),
    ("hazelcast.local.localAddress", Obeyed),
    ("hazelcast.local.publicAddress", Obeyed),
    ("hazelcast.master.confirmation.interval.seconds", NO_MASTER),
    ("hazelcast.max.join.merge.target.seconds", MERGE),
    ("hazelcast.max.join.seconds", JOIN_FOR_EVER),
    ("hazelcast.max.no.heartbeat.seconds", Obeyed),
    ("hazelcast.max.no.master.confirmation.seconds", NO_MASTER),
    ("hazelcast.max.wait.seconds.before.join", JOIN_AT_ONCE),
    ("hazelcast.merge.first.run.delay.seconds", MERGE),
    ("hazelcast.merge.next.run.delay.seconds", MERGE),
    ("hazelcast.multicast.group", Obeyed),
    ("hazelcast.partition.count", Obeyed),
    ("hazelcast.rest.enabled", Obeyed),
    ("hazelcast.stale.join.prevention.duration.seconds", RUNS),
    ("hazelcast.tcp.join.port.try.count", Obeyed),
    ("hazelcast.tcp.join.previously.joined.member.address.retention.seconds", ADDRESSES),
    ("hazelcast.wait.seconds.before.join", JOIN_AT_ONCE),
];

/// What Cobnut does with a property about members; `None` for other names, which tune parts of Hazelcast that Cobnut does
/// not have, or belong to nobody.
pub fn property_effect(name: &str) -> Option<Effect> {
    let place = EFFECTS.binary_search_by_key(&name, |(known, _)| known).ok()?;
    Some(EFFECTS[place].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_found_and_each_reason_ends_a_sentence() {
        for (name, effect) in EFFECTS {
            assert_eq!(property_effect(name), Some(*effect), "{name}: out of order");
            if let NoEffect(why) = effect {
                assert!(!why.ends_with('.') && !why.contains("  ") && why.len() > 20, "{name}: {why}");
            }
        }
        assert_eq!(property_effect("hazelcast.io.thread.count"), None);
    }
}
