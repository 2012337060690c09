//! Keeping what accounts write to each other: numbers before it goes out, rows for both archives.

use std::sync::PoisonError;

use cobnut_xmpp_proto::mam::{id_of, is_archived, stamp_id, without_claims};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;

use super::writer::Row;
use crate::service::{Service, now};

impl Service {
    /// Keeps a message from a session of this node to an account, and puts in how the recipient's archive calls it. Returns
    /// the message as the sender's other resources are to see it, with the identifier of their own archive. `None`: the
    /// message stays as it is. Boxed: it is a part of every connection's task.
    pub(crate) fn keep_in_archives(
        &self,
        from: &FullJid,
        account: &BareJid,
        message: &mut Element,
    ) -> Option<Box<Element>> {
        if !self.policy.archive.is_on {
            return None;
        }
        let sender = from.to_bare();
        // Nobody but the archives may say what a message is called there (XEP-0359 §5).
        without_claims(message, &[sender.as_str(), account.as_str()]);
        if !self.store.has_archive() || !is_archived(message) {
            return None;
        }
        let stanza = stanza_bytes(message);
        let now = now();
        let (sent, received) = {
            let mut numbers = self.archive.numbers.lock().unwrap_or_else(PoisonError::into_inner);
            let sent = numbers.next(now);
            // A note to oneself is in one archive, once.
            (sent, if sender == *account { sent } else { numbers.next(now) })
        };
        let to = message.attr("to").and_then(|to| Jid::new(to).ok());
        let mut copy = Box::new(message.clone());
        stamp_id(&mut copy, sender.as_str(), &id_of(sent));
        stamp_id(message, account.as_str(), &id_of(received));
        let row = |owner: &BareJid, number, other: Jid, is_received| Row {
            owner: owner.clone(),
            number,
            other,
            is_received,
            stanza: stanza.clone(),
        };
        let other = to.unwrap_or_else(|| account.clone().into());
        self.archive.writer.put(row(&sender, sent, other, false));
        if received != sent {
            self.archive.writer.put(row(account, received, from.clone().into(), true));
        }
        Some(copy)
    }
}
