//! What replication needs of a map, whatever is in it.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh_proto::{Codec, Node, SharedEntry, Tally, entry_hash};
use cobnut_model::NodeId;

use super::numbers::MapNumber;

/// One run of one member: entries of an earlier run of the same node are told apart by `tag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The member.
    pub(crate) node: NodeId,
    /// Local number of the run; [`OWN_TAG`] for this node.
    pub(crate) tag: u32,
}

/// Tag of this node's own entries.
pub(crate) const OWN_TAG: u32 = 0;

/// A change that a member made to its own entries.
pub(crate) struct Incoming<'a> {
    pub(crate) owner: Owner,
    /// Snapshot in which the entry was last seen; what a snapshot does not mention is gone.
    pub(crate) epoch: u32,
    pub(crate) key: &'a [u8],
    /// `None` removes the entry.
    pub(crate) value: Option<&'a [u8]>,
    /// [`cobnut_mesh_proto::entry_hash`] of the entry.
    pub(crate) hash: u64,
}

/// An entry of this node as the log wants it.
pub(crate) struct OwnEntry {
    pub(crate) key: Bytes,
    pub(crate) value: Bytes,
    pub(crate) entry: SharedEntry,
    pub(crate) codec: Codec,
}

impl OwnEntry {
    pub(crate) fn hash(&self, map: MapNumber) -> u64 {
        entry_hash(map.to_wire(), &self.key, &self.value)
    }

    /// Puts it into the log of a run.
    pub(crate) fn put_into(self, map: MapNumber, node: &mut Node) {
        node.put_shared(map.to_wire(), self.key, self.value, self.entry, self.codec);
    }
}

/// Whether a snapshot was taken before another one of the same owner. They are counted, and the count may wrap around.
pub(crate) fn is_before(epoch: u32, other: u32) -> bool {
    epoch.wrapping_sub(other) > u32::MAX / 2
}

/// A member sent an entry that this release does not understand. What it had under that key is gone here.
#[derive(Debug, thiserror::Error)]
#[error("an entry that cannot be read: {0}")]
pub(crate) struct Unreadable(pub(crate) String);

/// A map as the replication sees it. All methods that change something are called under the lock of the engine.
pub(crate) trait Replica: Send + Sync {
    /// Applies a change. Returns the key of an entry of `me` that lost to it and was removed.
    fn apply(&self, change: &Incoming<'_>, me: Owner) -> Result<Option<Bytes>, Unreadable>;

    /// Removes entries of `owner`; those that were seen in snapshot `keep` or a later one stay. May be called without the
    /// lock of the engine.
    fn sweep(&self, owner: Owner, keep: Option<u32>);

    /// Count and sum of what is held of `owner`.
    fn tally(&self, owner: Owner) -> Tally;

    /// Passes every entry of this node to `put`.
    fn own_entries(&self, me: Owner, put: &mut dyn FnMut(OwnEntry));

    /// For [`super::Maps`], which knows what type belongs to a number.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}
