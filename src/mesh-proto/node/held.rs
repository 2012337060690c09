//! What the members hold of this node's log, told without waiting for the next heartbeat: a login is answered when
//! everybody can find the session.

use super::{Node, Peer};
use crate::Origin;
use crate::replication::Feed;
use crate::wire::Heartbeat;

impl Node {
    /// The version of the own log after the last [`Self::put`] or [`Self::remove`].
    pub fn version(&self) -> u64 {
        self.log.version()
    }

    /// The version of the own log that every member has applied who is in touch: connected, not suspected, and not
    /// still reading what it missed. The last version when there is none.
    pub fn held(&self) -> u64 {
        let in_touch = self.peers.values().filter(|peer| {
            !peer.member.is_suspect
                && matches!(peer.feed, Feed::Tail { .. })
                && peer.attached.is_some_and(|attached| attached.is_resumed)
        });
        in_touch.map(|peer| peer.holds).min().unwrap_or(self.log.version())
    }

    /// Something of a member's log was applied: it is told with the next bytes, once for all that has arrived by then.
    pub(super) fn applied_more(&mut self, origin: Origin) {
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        peer.is_applied_due = true;
        if let Some(attached) = peer.attached {
            self.wake(attached.conn);
        }
    }

    pub(super) fn heartbeat_to(&self, peer: &Peer) -> Heartbeat {
        Heartbeat {
            joined_at: self.age.joined_at,
            applied: peer.reader.applied(),
            memory_bytes: self.memory_bytes,
        }
    }
}
