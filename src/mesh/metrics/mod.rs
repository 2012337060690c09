//! Metrics of the mesh.

mod links;

use std::sync::Mutex;
use std::sync::PoisonError;

use cobnut_mesh_proto::{Counters, LinkFigures, RefusalCode};
use cobnut_net::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Unit;

use crate::guard::TurnedAway;
use crate::journal::JournalKind;
use links::LinkMetrics;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Kind {
    kind: &'static str,
}

/// Entries of the journal by kind; also those that the journal has forgotten.
#[derive(Clone, Default, Debug)]
pub(crate) struct Happenings(Family<Kind, Counter>);

impl Happenings {
    pub(crate) fn count(&self, kind: JournalKind) {
        self.0.get_or_create(&Kind { kind: kind.name() }).inc();
    }
}

/// How much there is, for a gauge.
fn count(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[derive(Default)]
pub(crate) struct MeshMetrics {
    pub(crate) members: Gauge,
    pub(crate) links: Gauge,
    pub(crate) stuck: Gauge,
    pub(crate) alone: Gauge,
    pub(crate) entries: Gauge,
    pub(crate) events_waiting: Gauge,
    pub(crate) replication_lag: Gauge,
    pub(crate) longest_silence_ms: Gauge,
    rejected_connections: Counter,
    pub(crate) superseded: Counter,
    pub(crate) divergences: Counter,
    refusals: Family<Reason, Counter>,
    turned_away: Family<Reason, Counter>,
    frames_sent: Counter,
    frames_received: Counter,
    bytes_sent: Counter,
    compressed_from: Counter,
    compressed_to: Counter,
    bytes_received: Counter,
    duplicates: Counter,
    snapshots: Counter,
    resumed: Counter,
    suspicions: Counter,
    pauses: Counter,
    pub(crate) happenings: Happenings,
    log_version: Gauge,
    questions_waiting: Gauge,
    to: LinkMetrics,
    counted: Mutex<Counters>,
}

impl MeshMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let own = Self::default();
        metrics.register(|root| {
            let mesh = root.sub_registry_with_prefix("mesh");
            mesh.register("members", "Members of the cluster, this node included", own.members.clone());
            mesh.register("links", "Links to members with a connection", own.links.clone());
            let stuck = own.stuck.clone();
            mesh.register("stuck_members", "Members that are heard and take nothing of what they are sent", stuck);
            mesh.register("alone", "1 while this node expects members and has none", own.alone.clone());
            mesh.register("sessions", "Sessions of the whole cluster", own.entries.clone());
            let waiting = own.events_waiting.clone();
            mesh.register("events_waiting", "Cluster events that the server has not taken yet", waiting);
            let lag = own.replication_lag.clone();
            mesh.register("replication_lag_changes", "Own changes that the slowest member lacks", lag);
            let silence = own.longest_silence_ms.clone();
            mesh.register(
                "longest_silence_ms",
                "Longest silence of a present member that a word ended",
                silence,
            );
            let rejected = own.rejected_connections.clone();
            mesh.register("rejected_connections", "Connections that were not a proper hello", rejected);
            mesh.register("superseded", "Sessions that lost their full JID", own.superseded.clone());
            let divergences = own.divergences.clone();
            let text = "Times that a copy of entries was not what their owner has; anything but 0 is a mistake in the program";
            mesh.register("divergences", text, divergences);
            let turned_away = own.turned_away.clone();
            mesh.register("turned_away", "Connections on the mesh port that got nowhere, by reason", turned_away);
            mesh.register("refusals", "Refused hellos by reason, both directions", own.refusals.clone());
            mesh.register("frames_sent", "Frames sent to members", own.frames_sent.clone());
            mesh.register("frames_received", "Frames received from members", own.frames_received.clone());
            let text = "Bytes sent on the mesh port";
            mesh.register_with_unit("sent", text, Unit::Bytes, own.bytes_sent.clone());
            let text = "Bytes received on the mesh port";
            mesh.register_with_unit("received", text, Unit::Bytes, own.bytes_received.clone());
            let text = "Size that compressed frames would have had, as they are";
            mesh.register_with_unit("compressed_from", text, Unit::Bytes, own.compressed_from.clone());
            let text = "Size of compressed frames that were sent; compare with what they would have had";
            mesh.register_with_unit("compressed_to", text, Unit::Bytes, own.compressed_to.clone());
            mesh.register("duplicates_dropped", "Payloads that arrived twice", own.duplicates.clone());
            mesh.register("snapshots_received", "Snapshots taken from members", own.snapshots.clone());
            mesh.register("links_resumed", "Broken links that were resumed", own.resumed.clone());
            mesh.register("suspicions", "Times that a member was suspected", own.suspicions.clone());
            let text = "What happened in the cluster, by kind; the console's timeline shows the last of it";
            mesh.register("happenings", text, own.happenings.0.clone());
            let text = "Version of the log of this node's own entries";
            mesh.register("log_version_changes", text, own.log_version.clone());
            let text = "Questions to other members that are not answered yet";
            mesh.register("questions_waiting", text, own.questions_waiting.clone());
            own.to.register(mesh);
            mesh.register("pauses", "Times that this node itself had stopped", own.pauses.clone());
        });
        // A rate needs the value before the first event.
        for kind in JournalKind::ALL {
            drop(own.happenings.0.get_or_create(&Kind { kind: kind.name() }));
        }
        for why in TurnedAway::ALL {
            drop(own.turned_away.get_or_create(&Reason { reason: why.name() }));
        }
        own.members.set(1);
        own
    }

    /// The state of the log and of the links now, with the names of the members.
    pub(crate) fn set_links(&self, log_version: u64, questions: usize, links: &[(String, LinkFigures)]) {
        self.log_version.set(count(log_version));
        self.questions_waiting.set(count(questions));
        self.to.set(links);
    }

    pub(crate) fn refused(&self, code: RefusalCode) {
        self.refusals.get_or_create(&Reason { reason: code.name() }).inc();
    }

    pub(crate) fn turned_away(&self, why: TurnedAway) {
        self.turned_away.get_or_create(&Reason { reason: why.name() }).inc();
        if why != TurnedAway::Member {
            self.rejected_connections.inc();
        }
    }

    /// Adds what a node counted since the last call.
    pub(crate) fn add(&self, now: Counters) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *counted, now);
        let pairs = [
            (&self.frames_sent, now.frames_sent, before.frames_sent),
            (&self.frames_received, now.frames_received, before.frames_received),
            (&self.bytes_sent, now.bytes_sent, before.bytes_sent),
            (&self.bytes_received, now.bytes_received, before.bytes_received),
            (&self.compressed_from, now.compressed_from_bytes, before.compressed_from_bytes),
            (&self.compressed_to, now.compressed_to_bytes, before.compressed_to_bytes),
            (&self.duplicates, now.duplicates_dropped, before.duplicates_dropped),
            (&self.snapshots, now.snapshots_received, before.snapshots_received),
            (&self.resumed, now.links_resumed, before.links_resumed),
            (&self.suspicions, now.suspicions, before.suspicions),
            (&self.pauses, now.pauses, before.pauses),
        ];
        for (counter, now, before) in pairs {
            counter.inc_by(now.saturating_sub(before));
        }
    }

    /// The next counters belong to a new node.
    pub(crate) fn restart(&self) {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = Counters::default();
    }
}
