//! What is counted about rooms.

use cobnut_net::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

/// Rooms of one node.
#[derive(Debug, Default, Clone)]
pub(super) struct RoomMetrics {
    /// Rooms that are active here.
    pub(super) active: Gauge,
    /// Sessions in them.
    pub(super) occupants: Gauge,
    /// Stanzas and other inputs that these rooms took.
    pub(super) inputs: Counter,
    /// Stanzas that a room could not take.
    pub(super) refused: Counter,
    /// Rooms carried on for a lost member.
    pub(super) adopted: Counter,
    /// Rooms handed to another member.
    pub(super) handed_over: Counter,
    /// Messages written to the log of their room.
    pub(super) logged: Counter,
    /// Changes and messages that never came into the database.
    pub(super) writes_dropped: Counter,
}

impl RoomMetrics {
    pub(super) fn register(metrics: &Metrics) -> Self {
        let own = Self::default();
        metrics.register(|registry| {
            let registry = registry.sub_registry_with_prefix("rooms");
            registry.register("active", "Group-chat rooms that are active on this node", own.active.clone());
            registry.register("occupants", "Sessions in the rooms of this node", own.occupants.clone());
            let table = [
                ("inputs", "Stanzas and other inputs that the rooms of this node took", &own.inputs),
                ("refused", "Stanzas for rooms that were refused because too many waited", &own.refused),
                ("adopted", "Rooms carried on for a lost member", &own.adopted),
                ("handed_over", "Rooms handed to another member", &own.handed_over),
                ("messages_logged", "Messages written to the log of their room", &own.logged),
                ("writes_dropped", "Changes of rooms that never came into the database", &own.writes_dropped),
            ];
            for (name, help, counter) in table {
                registry.register(name, help, counter.clone());
            }
        });
        own
    }
}
