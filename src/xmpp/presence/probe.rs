//! Probes that clients send themselves (RFC 6121 §4.3.2).

use cobnut_xmpp_proto::privacy::Traffic;
use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::{BareJid, FullJid};
use minidom::Element;
use xmpp_parsers::ns;

use super::broadcast::is_observer;
use crate::privacy::Sight;
use crate::service::{Service, store_failure};

impl Service {
    /// Answers with the presence of each available resource, or with the last one if there is none.
    pub(super) async fn answer_probe(&self, prober: &FullJid, account: &BareJid) {
        if !self.may_see(&prober.to_bare(), account).await {
            let denied = presence_from(account, "unsubscribed").with_attr("to", prober.to_bare().to_string());
            self.deliver_here(prober, &stanza_bytes(&denied));
            return;
        }
        let mut sessions = self.available_sessions(account);
        sessions.retain(|entry| !matches!(self.sight(entry, prober), Sight::Hidden));
        let observer = self.cluster.sessions().get(prober);
        for entry in &sessions {
            self.show_presence(entry, observer.clone()).await;
        }
        if sessions.is_empty() {
            let hides = self.account_blocks(account, Traffic::PresenceOut, &prober.clone().into()).await;
            if hides != Ok(false) {
                let unavailable = presence_from(account, "unavailable").with_attr("to", prober.to_string());
                self.deliver_here(prober, &stanza_bytes(&unavailable));
                return;
            }
            let last = self.store.last_presence(Self::username(account)).await.ok().flatten();
            let kept = last
                .and_then(|last| last.stanza)
                .and_then(|stanza| parse_stanza(stanza.as_bytes()).ok())
                .filter(|stanza| stanza.is("presence", ns::JABBER_CLIENT));
            let mut answer = kept.unwrap_or_else(|| presence_from(account, "unavailable"));
            answer.put_attr("type", "unavailable");
            answer.put_attr("from", account.to_string());
            answer.take_attr("to");
            self.deliver_here(prober, &stanza_bytes(&answer));
        }
    }

    /// Whether `asker` is entitled to the presence of `account`: a subscriber, or the account itself.
    pub(crate) async fn may_see(&self, asker: &BareJid, account: &BareJid) -> bool {
        let follows_from_groups = || async { self.shared_groups().await.sees(asker, account) };
        if asker == account || (!self.is_anonymous(asker) && follows_from_groups().await) {
            return true;
        }
        match self.store.roster_item(Self::username(account), asker).await {
            Ok(item) => item.is_some_and(|item| is_observer(&item)),
            Err(err) => {
                store_failure(&err);
                false
            }
        }
    }
}

fn presence_from(account: &BareJid, kind: &str) -> Element {
    Element::bare("presence", ns::JABBER_CLIENT)
        .with_attr("type", kind)
        .with_attr("from", account.to_string())
}
