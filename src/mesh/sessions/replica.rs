//! Sessions as replication sees them.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh_proto::Codec;
use cobnut_model::SessionRecord;

use super::Sessions;
use crate::maps::{Incoming, OwnEntry, Owner, Replica, Tally, Unreadable, is_before};
use crate::records::{decode_session, encode_session, session_key, session_of_key};

/// A session of this node as the log wants it.
pub(crate) fn own_entry(record: &Arc<SessionRecord>) -> OwnEntry {
    let entry = Arc::clone(record);
    OwnEntry { key: session_key(&record.jid), value: encode_session(record), entry, codec: CODEC }
}

const CODEC: Codec = Codec {
    key: |entry| record_of(entry).map(|record| session_key(&record.jid)).unwrap_or_default(),
    value: |entry| record_of(entry).map(encode_session).unwrap_or_default(),
};

fn record_of(entry: &(dyn Any + Send + Sync)) -> Option<&SessionRecord> {
    entry.downcast_ref()
}

impl Replica for Sessions {
    fn apply(&self, change: &Incoming<'_>, me: Owner) -> Result<Option<Bytes>, Unreadable> {
        let jid =
            session_of_key(change.key).ok_or_else(|| Unreadable("its key is not a full JID".to_owned()))?;
        let Some(value) = change.value else {
            self.remove(change.owner, &jid);
            return Ok(None);
        };
        match decode_session(value) {
            Ok(record) if record.jid == jid => self.put(change.owner, change.epoch, change.hash, record),
            other => {
                self.remove(change.owner, &jid);
                let why = other.err().map_or("its key is not its JID".to_owned(), |err| err.to_string());
                return Err(Unreadable(why));
            }
        }
        let has_lost =
            self.claim_of(me, &jid).is_some() && self.get(&jid).is_some_and(|entry| entry.member != me.node);
        if !has_lost {
            return Ok(None);
        }
        self.remove(me, &jid);
        Ok(Some(session_key(&jid)))
    }

    fn sweep(&self, owner: Owner, keep: Option<u32>) {
        Self::sweep(self, owner, |epoch| keep.is_none_or(|keep| is_before(epoch, keep)));
    }

    fn tally(&self, owner: Owner) -> Tally {
        self.tallies.of(owner)
    }

    fn own_entries(&self, me: Owner, put: &mut dyn FnMut(OwnEntry)) {
        for account in &self.accounts {
            for claim in account.iter().filter(|claim| claim.tag == me.tag) {
                put(own_entry(&claim.record));
            }
        }
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
