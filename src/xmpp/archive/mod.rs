//! Message archives (XEP-0313) of accounts, and what those of rooms have in common with them.
//!
//! The sender's member keeps a message ([`keep`]): it gives it a number for each of the two archives, tells the recipient
//! the one of theirs, and queues two rows ([`writer`]). Who asks an archive ([`look_up`]) waits until all members have
//! written what their users sent before ([`flush`]). One member deletes what is too old ([`cleaning`]).

mod cleaning;
mod flush;
mod keep;
mod look_up;
mod lookups;
mod metrics;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::{Arc, Mutex};

use cobnut_mesh::Cluster;
use cobnut_xmpp_proto::mam::Numbers;

use self::lookups::Lookups;
use self::metrics::ArchiveMetrics;
pub(crate) use self::writer::Queue;
use self::writer::Writer;
use crate::service::Service;

/// Archives on one node.
#[derive(Debug)]
pub(crate) struct Archive {
    /// Questions that are being answered.
    pub(crate) lookups: Lookups,
    numbers: Mutex<Numbers>,
    writer: Writer,
    metrics: ArchiveMetrics,
}

impl Archive {
    /// Archives without anything to write, and the queue for [`start`].
    pub(crate) fn new(cluster: &Cluster, metrics: &cobnut_net::Metrics) -> (Self, Queue) {
        let metrics = ArchiveMetrics::register(metrics);
        let (writer, queue) = Writer::new(metrics.clone());
        let numbers = Mutex::new(Numbers::new(cluster.identity().node_id));
        (Self { lookups: Lookups::default(), numbers, writer, metrics }, queue)
    }
}

/// Starts the tasks of archives; they end with the service's tasks.
pub(crate) fn start(service: &Arc<Service>, queue: Queue) {
    let token = service.tasks.token().clone();
    let writing = writer::run(Arc::clone(service), queue, token);
    service.tasks.spawn("archive writer", writing);
    flush::answer_members(service);
}
