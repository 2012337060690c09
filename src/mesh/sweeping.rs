//! Clearing up what a member left behind. A large map is gone through beside the engine, not under its lock: heartbeats
//! must not wait for it.

use std::sync::Arc;

use cobnut_mesh_proto::LeaveReason;
use tracing::info;

use crate::engine::{Inner, PeerHandle};
use crate::event_queue::Ticket;
use crate::events::ClusterEvent;
use crate::maps::{Owner, Replica};

/// Up to so many sessions are gone through at once: some milliseconds.
const AT_ONCE: usize = 5_000;

impl Inner {
    /// Nobody sees the sessions of the member from here on; the event that lists them takes its place in the queue now
    /// and is filled when they are collected.
    pub(crate) fn clear_member(self: &Arc<Self>, peer: &PeerHandle, reason: LeaveReason) {
        let owner = peer.owner;
        self.sessions.hide(owner);
        let ticket = self.queue.reserve();
        info!(member = %owner.node, %reason, sessions = self.sessions.tally(owner).count, "member left");
        let we_left = reason == LeaveReason::WeLeave;
        if self.sessions.len() <= AT_ONCE || self.tasks.token().is_cancelled() {
            return self.collect_lost(owner, ticket, we_left);
        }
        let inner = Arc::clone(self);
        self.beside("mesh clearing", move || inner.collect_lost(owner, ticket, we_left));
    }

    fn collect_lost(&self, owner: Owner, ticket: Ticket, we_left: bool) {
        let sessions = self.sessions.sweep(owner, |_| true);
        self.maps.all().iter().for_each(|(_, map)| map.sweep(owner, None));
        self.homes.poke();
        self.queue.fill(ticket, ClusterEvent::MemberLeft { member: owner.node, sessions, we_left });
    }

    /// What the snapshot that has just ended did not repeat is gone.
    pub(crate) fn clear_stale(self: &Arc<Self>, run_number: u64, peer: &mut PeerHandle) {
        if !peer.had_entries {
            return;
        }
        let (owner, keep) = (peer.owner, Some(peer.epoch));
        if self.sessions.len() <= AT_ONCE {
            return self.drop_stale(owner, keep);
        }
        peer.clearing += 1;
        let inner = Arc::clone(self);
        self.beside("mesh clearing", move || {
            inner.drop_stale(owner, keep);
            let mut engine = inner.engine();
            let run = engine.run.as_mut().filter(|run| run.number == run_number);
            if let Some(peer) = run.and_then(|run| run.peers.values_mut().find(|peer| peer.owner == owner)) {
                peer.clearing -= 1;
            }
        });
    }

    fn drop_stale(&self, owner: Owner, keep: Option<u32>) {
        Replica::sweep(&self.sessions, owner, keep);
        self.maps.all().iter().for_each(|(_, map)| map.sweep(owner, keep));
        self.homes.poke();
    }

    /// Whether anything is held of an owner.
    pub(crate) fn holds_any_of(&self, owner: Owner) -> bool {
        self.sessions.tally(owner).count > 0
            || self.maps.all().iter().any(|(_, map)| map.tally(owner).count > 0)
    }

    fn beside(&self, name: &'static str, work: impl FnOnce() + Send + 'static) {
        self.tasks.spawn(name, async move {
            // It does not fail: what it calls does not panic, and it is not cancelled.
            let _ = tokio::task::spawn_blocking(work).await;
        });
    }
}
