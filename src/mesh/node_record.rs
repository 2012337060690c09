//! What this node says about itself to the others.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::Inner;
use crate::load;
use crate::maps::{Listener, Map, NodeRecord, NodeRecords};

/// Sessions and load are told again after this time, if they have changed.
const REFRESH_INTERVAL: Duration = Duration::from_secs(5);

/// Service name of the mesh port in a node record.
const MESH_SERVICE: &str = "mesh";

impl Inner {
    /// Changes the record of this node; makes it if there is none.
    pub(crate) fn describe_node(self: &Arc<Self>, change: impl FnOnce(&mut NodeRecord)) {
        let map: Map<NodeRecords> = Map::new(Arc::clone(self));
        let one_at_a_time = self.describing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = self.identity.node_id.0;
        let mut record = map.own(&key).map_or_else(
            || NodeRecord {
                version: self.identity.version.clone(),
                started_at_ms: self.created_at.0,
                ..NodeRecord::default()
            },
            |held| held.value().clone(),
        );
        let was_candidate = record.is_candidate();
        change(&mut record);
        record.turns += u64::from(record.is_candidate() != was_candidate);
        let is_news = map.own(&key).is_none_or(|held| *held.value() != record);
        map.put(key, record);
        drop(one_at_a_time);
        if is_news {
            self.homes.poke();
        }
    }

    /// Says where the mesh port is, or that it is closed.
    pub(crate) fn describe_mesh_port(self: &Arc<Self>, address: Option<std::net::SocketAddr>) {
        self.describe_node(|record| {
            record.listeners.retain(|listener| listener.service != MESH_SERVICE);
            record
                .listeners
                .extend(address.map(|address| Listener { service: MESH_SERVICE.to_owned(), address }));
        });
    }

    /// Tells sessions and load from time to time. `last` is when that was.
    pub(crate) fn refresh_record(self: &Arc<Self>, last: &mut Option<Instant>) {
        if last.is_some_and(|last| last.elapsed() < REFRESH_INTERVAL) {
            return;
        }
        *last = Some(Instant::now());
        let sessions = self.sessions.count_of(self.identity.node_id);
        let load_percent = load::percent();
        self.describe_node(|record| {
            record.sessions = u64::try_from(sessions).unwrap_or(u64::MAX);
            record.load_percent = load_percent;
        });
    }
}
