//! Subscriptions (RFC 6121 §3): both rosters follow the state machine, and both sides' resources learn of it.
//!
//! Both accounts are on this server, so one stanza changes two roster items. Each change is a transaction of its own;
//! if the second fails, sending the stanza again repairs the pair, because requests are routed in every state.

use cobnut_mesh::SessionEntry;
use cobnut_store::StoreError;
use cobnut_xmpp_proto::privacy::Traffic;
use cobnut_xmpp_proto::roster::{SubscriptionStanza, apply_inbound, apply_outbound};
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid};
use minidom::Element;
use xmpp_parsers::ns;

use crate::service::{Recipients, Service, store_failure};

impl Service {
    /// Handles a subscription stanza that a client sends to an account.
    pub(super) async fn handle_subscription(
        &self,
        session: &FullJid,
        presence: Element,
        contact: &BareJid,
        stanza: SubscriptionStanza,
    ) {
        let user = session.to_bare();
        // Who has no account has no roster (XEP-0175 §3).
        if *contact == user || self.is_anonymous(&user) {
            return self.bounce(&presence, Condition::NotAllowed).await;
        }
        // Nobody is asked for what a shared group gives already.
        if stanza == SubscriptionStanza::Subscribe && self.shared_groups().await.sees(&user, contact) {
            return;
        }
        if stanza == SubscriptionStanza::Subscribe && !self.has_roster_room(&user, contact).await {
            return self.bounce(&presence, Condition::ResourceConstraint).await;
        }
        // RFC 6121 §3.1.2: between accounts these go from bare to bare JID.
        let routed =
            presence.clone().with_attr("from", user.to_string()).with_attr("to", contact.to_string());
        if let Err(err) = self.send_subscription(&user, contact, stanza, &routed).await {
            self.bounce(&presence, store_failure(&err)).await;
        }
    }

    async fn send_subscription(
        &self,
        user: &BareJid,
        contact: &BareJid,
        stanza: SubscriptionStanza,
        presence: &Element,
    ) -> Result<(), StoreError> {
        let change =
            self.change_roster_item(user, contact, |item| apply_outbound(item, contact, stanza)).await?;
        if change.is_pushed {
            self.push_change(user, contact).await;
        }
        if change.is_passed_on && self.is_ours(contact) {
            self.receive_subscription(user, contact, stanza, presence).await?;
        }
        Ok(())
    }

    /// Sends a subscription stanza that the server owes on an account's behalf; its own roster has changed already.
    pub(crate) async fn subscription_on_behalf(
        &self,
        user: &BareJid,
        contact: &BareJid,
        stanza: SubscriptionStanza,
    ) -> Result<(), StoreError> {
        if !self.is_ours(contact) {
            return Ok(());
        }
        self.receive_subscription(user, contact, stanza, &subscription_presence(user, contact, stanza)).await
    }

    /// The account `to` receives a subscription stanza of the account `from`.
    async fn receive_subscription(
        &self,
        from: &BareJid,
        to: &BareJid,
        stanza: SubscriptionStanza,
        presence: &Element,
    ) -> Result<(), StoreError> {
        // RFC 6121 §8.5.1: for an account that does not exist they are ignored.
        if self.store.user(Self::username(to)).await?.is_none() {
            return Ok(());
        }
        // XEP-0191 §3.3: who is blocked is not answered.
        if self.account_blocks(to, Traffic::OtherIn, &from.clone().into()).await == Ok(true) {
            return Ok(());
        }
        let bytes = stanza_bytes(presence);
        let request = String::from_utf8_lossy(&bytes);
        let change =
            self.change_roster_item(to, from, |item| apply_inbound(item, from, stanza, &request)).await?;
        if change.is_passed_on {
            // §3.2.2: the subscriber sees the contact leave, and then why. Who only asked never saw it and learns nothing.
            if stanza == SubscriptionStanza::Unsubscribed && change.before.sees_contact() {
                self.hide(from, to).await;
            }
            let mut recipients = Recipients::new();
            recipients.add(self.takers(to, stanza));
            self.fan_out(recipients, &bytes).await;
        }
        if change.is_pushed {
            self.push_change(to, from).await;
        }
        match stanza {
            SubscriptionStanza::Subscribe if change.is_confirmed => self.confirm(to, from).await?,
            // §3.1.6
            SubscriptionStanza::Subscribed if change.is_passed_on => self.show(from, to).await,
            // §3.3.3: whoever takes back a mere request has seen nothing, and learns nothing.
            SubscriptionStanza::Unsubscribe if change.before.is_seen_by_contact() => {
                self.hide(to, from).await;
            }
            _ => {}
        }
        Ok(())
    }

    /// The contact has the subscription that it asks for: `subscribed` is answered on the account's behalf (§3.1.3).
    async fn confirm(&self, account: &BareJid, asker: &BareJid) -> Result<(), StoreError> {
        let subscribed = subscription_presence(account, asker, SubscriptionStanza::Subscribed);
        let bytes = stanza_bytes(&subscribed);
        let stanza = SubscriptionStanza::Subscribed;
        let change =
            self.change_roster_item(asker, account, |item| apply_inbound(item, account, stanza, "")).await?;
        if change.is_passed_on {
            let mut recipients = Recipients::new();
            recipients.add(self.takers(asker, stanza));
            self.fan_out(recipients, &bytes).await;
        }
        if change.is_pushed {
            self.push_change(asker, account).await;
        }
        if change.is_passed_on {
            self.show(account, asker).await;
        }
        Ok(())
    }

    /// Who of an account gets a subscription stanza: requests go to whoever can answer, the rest to whoever has asked
    /// for the roster.
    fn takers(&self, account: &BareJid, stanza: SubscriptionStanza) -> Vec<SessionEntry> {
        let mut sessions = self.cluster.sessions().of(account);
        sessions.retain(|entry| match stanza {
            SubscriptionStanza::Subscribe => entry.record.presence.is_some(),
            _ => entry.record.is_interested,
        });
        sessions
    }

    /// Sends the presence of an account's resources to those of an observer.
    async fn show(&self, account: &BareJid, observer: &BareJid) {
        for entry in self.available_sessions(account) {
            self.show_presence(&entry, self.available_sessions(observer)).await;
        }
    }

    /// Tells the resources of a former observer that an account's resources are unavailable.
    async fn hide(&self, account: &BareJid, observer: &BareJid) {
        for entry in self.available_sessions(account) {
            let unavailable = Element::bare("presence", ns::JABBER_CLIENT)
                .with_attr("type", "unavailable")
                .with_attr("from", entry.record.jid.to_string());
            let mut recipients = Recipients::new();
            recipients.add(self.available_sessions(observer));
            self.fan_out(recipients, &stanza_bytes(&unavailable)).await;
        }
    }
}

fn subscription_presence(from: &BareJid, to: &BareJid, stanza: SubscriptionStanza) -> Element {
    Element::bare("presence", ns::JABBER_CLIENT)
        .with_attr("type", stanza.name())
        .with_attr("from", from.to_string())
        .with_attr("to", to.to_string())
}
