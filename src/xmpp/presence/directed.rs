//! Directed presence (RFC 6121 §4.6).

use std::sync::Arc;

use cobnut_model::limits;
use cobnut_xmpp_proto::stanza::Condition;
use jid::Jid;
use minidom::Element;

use crate::service::{LocalSession, Service};

impl Service {
    /// Delivers directed presence and keeps the list of those who are owed an unavailable.
    pub(super) async fn direct_presence(
        &self,
        session: &Arc<LocalSession>,
        presence: Element,
        to: Jid,
        is_available: bool,
    ) {
        let mut is_full = false;
        self.cluster.update(&session.jid, |record| {
            let held = record.directed_to.iter().position(|held| *held == to);
            match (is_available, held) {
                (true, None) if record.directed_to.len() >= limits::DIRECTED_PRESENCE_MAX => is_full = true,
                (true, None) => record.directed_to.push(to.clone()),
                (false, Some(index)) => {
                    record.directed_to.swap_remove(index);
                }
                (true, Some(_)) | (false, None) => {}
            }
        });
        if is_full {
            return self.bounce(&presence, Condition::ResourceConstraint).await;
        }
        self.pass_presence_on(&to, &presence).await;
    }
}
