//! Group chat (XEP-0045): the service around the rooms of `cobnut_xmpp_proto::muc`.
//!
//! One member *hosts* an active room: a task ([`actor`]) owns it, takes stanzas one after the other and publishes what
//! follows ([`publish`]): writes for the database ([`writer`]), entries of two replicated maps ([`maps`]), stanzas for
//! sessions. A stanza goes to the member that has an entry for its room, else to the home of the room's address
//! ([`route`]); whoever gets it decides again. Rooms stay where they are when members join.
//!
//! A room moves in one way only, whole ([`handover`]): away from a member that drains, to whoever keeps it when two members
//! have it after a split, and out of the memory of those who survive its host ([`lost`]). Who gets a room that it has
//! already merges the two. So nobody has to enter again, whatever ends.
//!
//! What is promised: the entries in the maps are changed before the stanzas that tell of it go out; a session that is gone
//! leaves every room; who is in a room is known to every member, for as long as one of them lives. History that is not
//! logged dies with its host, unless the host hands the room over.
//!
//! Questions about the past ([`archive`]) wait for what was said before them to be written, and are looked up beside the room.

mod actor;
mod archive;
mod disco;
mod handover;
mod host;
mod load;
mod lost;
mod maps;
mod metrics;
mod numbers;
mod people;
mod publish;
mod route;
mod sessions;
mod settings;
mod stored;
#[cfg(test)]
mod tests;
mod wire;
mod writer;

use std::collections::BTreeSet;
use std::sync::Arc;

use cobnut_mesh::{Cluster, Envelope, Map};
use cobnut_model::{NodeId, limits};
use dashmap::DashMap;
use jid::{BareJid, FullJid};
use tokio::sync::{OnceCell, Semaphore, mpsc};

use self::disco::Listed;
pub(crate) use self::disco::services_of;
use self::handover::Transfers;
use self::host::Hosted;
use self::lost::Orphans;
use self::maps::{RoomOccupants, Rooms};
use self::metrics::RoomMetrics;
use self::numbers::Numbers;
use self::people::Groups;
use self::settings::Services;
use self::writer::{Place, Write, Writer};
use crate::service::Service;

/// Group chat on one node.
pub(crate) struct Muc {
    services: Services,
    groups: Groups,
    hosted: Hosted,
    /// The rooms of this node by the sessions in them.
    seats: DashMap<FullJid, BTreeSet<BareJid>>,
    rooms: Map<Rooms>,
    occupants: Map<RoomOccupants>,
    orphans: Orphans,
    transfers: Transfers,
    listed: Listed,
    courier: mpsc::Sender<(NodeId, Envelope)>,
    writer: Writer,
    numbers: Numbers,
    metrics: RoomMetrics,
    /// Histories that are read at the same time.
    remembering: Semaphore,
    /// Makes the identifiers of occupants.
    secret: OnceCell<[u8; 32]>,
}

/// What the tasks of [`start`] read.
pub(crate) struct Queues {
    courier: mpsc::Receiver<(NodeId, Envelope)>,
    writes: mpsc::Receiver<(Place, Write)>,
}

impl Muc {
    /// Group chat without rooms, and the queues for [`start`].
    pub(crate) fn new(cluster: &Cluster, metrics: &cobnut_net::Metrics) -> (Self, Queues) {
        let metrics = RoomMetrics::register(metrics);
        let (courier, couriers) = mpsc::channel(limits::ROOM_COURIER_QUEUE_MAX);
        let (writer, writes) = Writer::new(metrics.clone());
        let muc = Self {
            services: Services::default(),
            groups: Groups::default(),
            hosted: Hosted::default(),
            seats: DashMap::new(),
            rooms: cluster.map(),
            occupants: cluster.map(),
            orphans: Orphans::default(),
            transfers: Transfers::default(),
            listed: Listed::default(),
            courier,
            writer,
            numbers: Numbers::default(),
            metrics,
            remembering: Semaphore::new(limits::ROOM_HISTORIES_AT_ONCE),
            secret: OnceCell::new(),
        };
        (muc, Queues { courier: couriers, writes })
    }
}

/// Starts the tasks of group chat; they end with the service's tasks.
pub(crate) fn start(service: &Arc<Service>, queues: Queues) {
    let token = service.tasks.token().clone();
    let writing =
        writer::run(service.store.clone(), service.muc.metrics.clone(), queues.writes, token.clone());
    service.tasks.spawn("room writer", writing);
    let carrying = route::carry(service.cluster.clone(), queues.courier, token.clone());
    service.tasks.spawn("room courier", carrying);
    service.tasks.spawn("room rivals", handover::watch_rivals(Arc::downgrade(service), token));
}
