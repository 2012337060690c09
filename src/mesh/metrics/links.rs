//! Figures of the links, one value for each other member.

use std::collections::HashSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use cobnut_mesh_proto::LinkFigures;
use cobnut_model::NodeId;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::count;

/// The other end of a link. There are as many as the cluster has members; those that are gone have no values.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ToMember {
    member: String,
    node: String,
}

/// Gauges by member.
#[derive(Default)]
pub(super) struct LinkMetrics {
    connected: Family<ToMember, Gauge>,
    suspected: Family<ToMember, Gauge>,
    queued_payloads: Family<ToMember, Gauge>,
    queued_bytes: Family<ToMember, Gauge>,
    unconfirmed_payloads: Family<ToMember, Gauge>,
    unconfirmed_bytes: Family<ToMember, Gauge>,
    window_used: Family<ToMember, Gauge<f64, AtomicU64>>,
    lag: Family<ToMember, Gauge>,
    applied: Family<ToMember, Gauge>,
    known: Mutex<HashSet<ToMember>>,
}

impl LinkMetrics {
    pub(super) fn register(&self, mesh: &mut Registry) {
        let text = "1 while there is a connection to the member";
        mesh.register("link_connected", text, self.connected.clone());
        let text = "1 while nothing has been heard of the member for the time of suspicion";
        mesh.register("link_suspected", text, self.suspected.clone());
        let text = "Payloads for the member that wait for a connection or for room in the window";
        mesh.register("link_queued_payloads", text, self.queued_payloads.clone());
        let text = "Size of the payloads that wait for a connection or for room in the window";
        mesh.register_with_unit("link_queued", text, Unit::Bytes, self.queued_bytes.clone());
        let text = "Payloads that were sent to the member and that it has not confirmed";
        mesh.register("link_unconfirmed_payloads", text, self.unconfirmed_payloads.clone());
        let text = "Size of the payloads that were sent and are not confirmed";
        mesh.register_with_unit("link_unconfirmed", text, Unit::Bytes, self.unconfirmed_bytes.clone());
        let text =
            "Part of the window in use, from 0 to 1; alarm when it stays at 1: the member does not keep up";
        mesh.register_with_unit(
            "link_window_used",
            text,
            Unit::Other("ratio".to_owned()),
            self.window_used.clone(),
        );
        let text = "Own changes that the member has not applied, as it last said; alarm when it grows";
        mesh.register("link_lag_changes", text, self.lag.clone());
        let text = "Version of the member's log that is applied here";
        mesh.register("link_applied_changes", text, self.applied.clone());
    }

    /// The state of all links now, each with the name of the member.
    pub(super) fn set(&self, links: &[(String, LinkFigures)]) {
        let gauges = [
            &self.connected,
            &self.suspected,
            &self.queued_payloads,
            &self.queued_bytes,
            &self.unconfirmed_payloads,
            &self.unconfirmed_bytes,
            &self.lag,
            &self.applied,
        ];
        let mut now = HashSet::new();
        for (name, link) in links {
            let label = ToMember { member: name.clone(), node: NodeId(link.member.node).to_string() };
            let values = [
                i64::from(link.is_connected),
                i64::from(link.is_suspect),
                count(link.queued_payloads),
                count(link.queued_bytes),
                count(link.unconfirmed_payloads),
                count(link.unconfirmed_bytes),
                count(link.lag),
                count(link.applied),
            ];
            for (family, value) in gauges.iter().zip(values) {
                family.get_or_create(&label).set(value);
            }
            self.window_used.get_or_create(&label).set(link.window_used);
            now.insert(label);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for gone in known.difference(&now) {
            for family in gauges {
                family.remove(gone);
            }
            self.window_used.remove(gone);
        }
        *known = now;
    }
}
