//! What every node knows about a client session, whichever node holds its connection.

use std::net::IpAddr;

use bytes::Bytes;
use jid::{FullJid, Jid};

use crate::UnixMillis;

/// A bound client session (RFC 6120 §7).
///
/// Written only by the node that holds the connection; the session maps copy it to the others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts about a session that do not exclude each other")]
pub struct SessionRecord {
    /// The full JID, unique in the cluster.
    pub jid: FullJid,
    /// When the resource was bound. Of two claims to one full JID the later wins, then the larger node id.
    pub bound_at: UnixMillis,
    /// Where the client connects from.
    pub remote_ip: IpAddr,
    /// Whether the stream is protected by TLS.
    pub is_encrypted: bool,
    /// The available presence, `None` before initial presence and after unavailable.
    pub presence: Option<PresenceState>,
    /// Whether the client asked for its roster (an "interested resource", RFC 6121 §2.1.6).
    pub is_interested: bool,
    /// Whether message carbons are on (XEP-0280).
    pub has_carbons: bool,
    /// Entities that got directed presence (RFC 6121 §4.6) and are owed an unavailable, whoever has to send it.
    pub directed_to: Jids,
    /// When the client last sent a message or presence. Breaks ties between equal priorities.
    pub active_at: UnixMillis,
    /// Whether a privacy list (XEP-0016) may keep its presence from somebody: only the node that holds the connection knows
    /// from whom.
    pub hides_presence: bool,
    /// Whether nobody's account is behind it (RFC 4505): nothing of it is kept.
    pub is_anonymous: bool,
}

/// A million sessions have one each; behind the reference counts this fills a block of the allocator to the byte.
const _: () = assert!(size_of::<SessionRecord>() <= 104, "a session record has grown");

impl SessionRecord {
    /// The priority if the session may receive messages addressed to the bare JID (RFC 6121 §8.5.2.1).
    pub fn message_priority(&self) -> Option<i8> {
        self.presence.as_ref().map(|presence| presence.priority).filter(|&priority| priority >= 0)
    }
}

/// The last available presence that a session broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceState {
    /// RFC 6121 §4.7.2.3.
    pub priority: i8,
    /// RFC 6121 §4.7.2.1.
    pub show: Show,
    has_status: bool,
    /// Where the stanza ends and the status begins in `text`.
    stanza_bytes: u32,
    /// Both in one block: nearly every session has them.
    text: Box<[u8]>,
}

impl PresenceState {
    /// `status` is the text of `<status/>`; `stanza` the whole of it, serialised with namespace `jabber:client`, `from` set
    /// and no `to`, shorter than 4 GiB.
    pub fn new(priority: i8, show: Show, status: Option<&str>, stanza: &[u8]) -> Self {
        // A stanza that large never gets past the stream; its end would be taken for its status.
        let stanza_bytes = u32::try_from(stanza.len()).unwrap_or(u32::MAX);
        let text = [stanza, status.unwrap_or_default().as_bytes()].concat().into_boxed_slice();
        Self { priority, show, has_status: status.is_some(), stanza_bytes, text }
    }

    /// The stanza, to be sent.
    pub fn stanza(&self) -> &[u8] {
        self.parts().0
    }

    /// A copy of the stanza that many recipients can share.
    pub fn shared_stanza(&self) -> Bytes {
        Bytes::copy_from_slice(self.stanza())
    }

    /// Text of `<status/>`, for the console.
    pub fn status(&self) -> Option<&str> {
        self.has_status.then(|| std::str::from_utf8(self.parts().1).unwrap_or_default())
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        self.text.split_at(self.text.len().min(self.stanza_bytes as usize))
    }
}

/// A list of addresses that is almost always empty, and takes no more than a pointer then.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::box_collection, reason = "a vector takes three words in every session, this one")]
pub struct Jids(Option<Box<Vec<Jid>>>);

impl Jids {
    /// Adds one behind the others.
    pub fn push(&mut self, jid: Jid) {
        self.0.get_or_insert_default().push(jid);
    }

    /// Removes the one at `index`, if there is one; the last one takes its place.
    pub fn swap_remove(&mut self, index: usize) {
        let Some(list) = self.0.as_mut().filter(|list| index < list.len()) else { return };
        list.swap_remove(index);
        if list.is_empty() {
            self.clear();
        }
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

impl std::ops::Deref for Jids {
    type Target = [Jid];

    fn deref(&self) -> &[Jid] {
        self.0.as_deref().map(Vec::as_slice).unwrap_or_default()
    }
}

impl FromIterator<Jid> for Jids {
    fn from_iter<T: IntoIterator<Item = Jid>>(jids: T) -> Self {
        let list: Vec<Jid> = jids.into_iter().collect();
        Self((!list.is_empty()).then(|| Box::new(list)))
    }
}

/// Availability sub-state, best first: the order in which equal priorities are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Show {
    /// `chat`.
    Chat,
    /// No `<show/>`.
    #[default]
    Available,
    /// `away`.
    Away,
    /// `xa`.
    ExtendedAway,
    /// `dnd`.
    DoNotDisturb,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stanza_and_status_are_kept_apart() {
        for status in [None, Some(""), Some("午休"), Some("<b>")] {
            for stanza in [&b"<presence/>"[..], b""] {
                let state = PresenceState::new(-3, Show::Away, status, stanza);
                assert_eq!((state.stanza(), state.status()), (stanza, status));
                assert_eq!(state.shared_stanza(), stanza);
                let other = PresenceState::new(-3, Show::Away, status, b"<presence />");
                assert!(state == state.clone() && state != other);
            }
        }
        let one = PresenceState::new(0, Show::Chat, Some("b"), b"a");
        assert_ne!(one, PresenceState::new(0, Show::Chat, None, b"ab"));
    }

    #[test]
    fn an_empty_list_takes_no_memory_of_its_own() {
        let jid = |text| Jid::new(text).expect("JID");
        let mut jids = Jids::default();
        assert!(jids.is_empty() && jids.0.is_none());
        jids.push(jid("a@d"));
        jids.push(jid("b@d"));
        assert_eq!(jids, [jid("a@d"), jid("b@d")].into_iter().collect());
        jids.swap_remove(0);
        jids.swap_remove(7);
        assert_eq!(*jids, [jid("b@d")]);
        jids.swap_remove(0);
        assert_eq!(jids, Jids::default());
        assert_eq!(std::iter::empty().collect::<Jids>(), Jids::default());
    }
}
