//! XEP-0398: User Avatar to vCard-Based Avatars Conversion. Spark shows and sets the photo of the vCard (XEP-0153), other clients
//! published pictures (XEP-0084): whichever is changed, the other follows, and presence says the hash for clients that do not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use cobnut_model::{PresenceState, limits};
use cobnut_xmpp_proto::avatar::{
    Avatar, NS_DATA, NS_METADATA, announced, card_with, no_metadata, says_photo, with_photo,
};
use cobnut_xmpp_proto::caps::Caps;
use cobnut_xmpp_proto::pubsub::{Item, NodeConfig};
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::{BareJid, FullJid};
use minidom::Element;
use tracing::{debug, warn};

use super::xep_0054_vcard_temp;
use crate::pubsub;
use crate::service::{LocalSession, Service, store_failure};

/// What `disco#info` of an account says (XEP-0398 §3).
pub(crate) const FEATURE: &str = "urn:xmpp:pep-vcard-conversion:0";

/// A client has stored a vCard: items follow.
pub(super) async fn follow_card(service: &Service, from: &FullJid, card: &Element) {
    if !pubsub::is_served_to_accounts(service) {
        return;
    }
    let account = from.to_bare();
    let _turn = service.own_node_turns.of(&account).await;
    if let Err(condition) = publish_photo(service, from, card).await {
        warn!(%account, condition = condition.name(), "the published avatar does not follow the vCard");
    }
}

async fn publish_photo(service: &Service, from: &FullJid, card: &Element) -> Result<(), Condition> {
    let told = service.avatar_of(&from.to_bare()).await?;
    let avatar = Avatar::of_card(card);
    let id = avatar.as_ref().map(Avatar::id);
    if told == id {
        return Ok(());
    }
    let config = NodeConfig::of_account();
    if let Some(avatar) = &avatar {
        let data = Item { id: id.clone(), payload: Some(avatar.data()) };
        service.publish_own(from, NS_DATA, data, &config).await?;
    }
    let metadata = avatar.as_ref().map_or_else(no_metadata, Avatar::metadata);
    service.publish_own(from, NS_METADATA, Item { id, payload: Some(metadata) }, &config).await
}

/// A client has published what is to be known of its picture: the vCard follows.
pub(super) async fn follow_items(service: &Service, account: &BareJid) {
    let _turn = service.own_node_turns.of(account).await;
    if let Err(condition) = store_photo(service, account).await {
        warn!(%account, condition = condition.name(), "the photo of the vCard does not follow the published avatar");
    }
}

async fn store_photo(service: &Service, account: &BareJid) -> Result<(), Condition> {
    let metadata = service.newest_own_item(account, NS_METADATA).await?;
    let told = metadata.as_ref().and_then(announced);
    let avatar = match &told {
        Some(told) => {
            let items = service.own_items(account, NS_DATA).await?.unwrap_or_default();
            let data = items.iter().find(|(id, _)| *id == told.id);
            let avatar = data.and_then(|(_, data)| Avatar::of_item(data, &told.media_type));
            // Metadata without a picture, or with a wrong hash, are their publisher's mistake.
            let Some(avatar) = avatar.filter(|avatar| avatar.id() == told.id) else { return Ok(()) };
            Some(avatar)
        }
        None => None,
    };
    let card = xep_0054_vcard_temp::load(service, account).await?;
    let held = card.as_ref().and_then(Avatar::of_card);
    if held.map(|held| held.id()) == avatar.as_ref().map(Avatar::id) {
        return Ok(());
    }
    let xml = stanza_bytes(&card_with(card.as_ref(), avatar.as_ref()));
    if xml.len() > limits::VCARD_BYTES_MAX {
        debug!(%account, "the published avatar is larger than a vCard may be");
        return Ok(());
    }
    let text = String::from_utf8_lossy(&xml);
    let stored = service.store.set_vcard(Service::username(account), Some(&text)).await;
    stored.map_err(|err| store_failure(&err))
}

impl Service {
    /// The hash of an account's published picture, if it has one.
    async fn avatar_of(&self, account: &BareJid) -> Result<Option<String>, Condition> {
        let metadata = self.newest_own_item(account, NS_METADATA).await?;
        Ok(metadata.as_ref().and_then(announced).map(|told| told.id))
    }

    /// An available presence with the hash of the account's picture, where the client leaves that to the server. Clients that
    /// do not tell what they can know nothing of pictures.
    pub(crate) async fn with_avatar(&self, session: &LocalSession, presence: Element) -> Element {
        let says_photo = says_photo(&presence);
        session.says_photo.store(says_photo, Ordering::Relaxed);
        if says_photo || Caps::of(&presence).is_none() || !pubsub::is_served_to_accounts(self) {
            return presence;
        }
        match self.avatar_of(&session.jid.to_bare()).await {
            Ok(Some(id)) => with_photo(&presence, Some(&id)),
            // Nothing is said: whoever has the hash of a photo in the vCard keeps it.
            Ok(None) | Err(_) => presence,
        }
    }

    /// The account of a session of this node has another picture: who sees its presence is told.
    pub(crate) async fn announce_avatar(&self, session: &FullJid) {
        let Some(session) = self.local.get(session) else { return };
        let Some(entry) = self.cluster.sessions().get(&session.jid) else { return };
        let Some(presence) = entry.record.presence.as_ref() else { return };
        let Ok(said) = parse_stanza(presence.stanza()) else { return };
        if session.says_photo.load(Ordering::Relaxed) || Caps::of(&said).is_none() {
            return;
        }
        let Ok(id) = self.avatar_of(&session.jid.to_bare()).await else { return };
        let new = stanza_bytes(&with_photo(&said, id.as_deref()));
        let state = PresenceState::new(presence.priority, presence.show, presence.status(), &new);
        if *presence != state {
            self.say_again(&session, state).await;
        }
    }

    async fn say_again(&self, session: &Arc<LocalSession>, state: PresenceState) {
        let stanza = state.shared_stanza();
        let mut is_there = false;
        self.cluster.update(&session.jid, |record| {
            if record.presence.is_some() {
                is_there = true;
                record.presence = Some(state);
            }
        });
        if is_there {
            let mut recipients = self.audience(&session.jid.to_bare()).await;
            self.withhold_presence(session, &mut recipients);
            self.fan_out(recipients, &stanza).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use cobnut_xmpp_proto::avatar::{NS_DATA, NS_METADATA};
    use minidom::Element;

    use crate::service::tests::fixture::{Client, World};

    const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
    const C: &str = "<c xmlns='http://jabber.org/protocol/caps' node='http://psi' ver='1.0'/>";
    /// SHA-1 of "abc".
    const ID: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
    const PHOTO: &str = "<PHOTO><TYPE>image/gif</TYPE><BINVAL>YWJj</BINVAL></PHOTO>";

    async fn request(client: &mut Client, kind: &str, payload: &str) -> Element {
        client.send(&format!("<iq type='{kind}' id='q'>{payload}</iq>")).await;
        loop {
            let answer = client.receive().await;
            if answer.attr("id") == Some("q") {
                assert_eq!(answer.attr("type"), Some("result"), "{payload}");
                return answer;
            }
        }
    }

    fn publish(node: &str, id: &str, payload: &str) -> String {
        format!(
            "<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='{id}'>{payload}</item></publish></pubsub>"
        )
    }

    async fn card(client: &mut Client) -> Element {
        let answer = request(client, "get", "<vCard xmlns='vcard-temp'/>").await;
        answer.children().next().unwrap().clone()
    }

    fn vcard(inner: &str) -> String {
        format!("<vCard xmlns='vcard-temp'>{inner}</vCard>")
    }

    async fn items(client: &mut Client, node: &str) -> Vec<(String, Element)> {
        let payload = format!("<pubsub xmlns='{PUBSUB}'><items node='{node}'/></pubsub>");
        let answer = request(client, "get", &payload).await;
        let items = answer.children().next().unwrap().children().next().unwrap();
        items
            .children()
            .map(|item| (item.attr("id").unwrap().to_owned(), item.children().next().unwrap().clone()))
            .collect()
    }

    #[tokio::test]
    async fn a_photo_set_by_spark_is_published() {
        let world = World::clustered(2).await;
        let mut spark = world.login_at(0, "romeo@example.net/spark").await;
        let mut phone = world.login_at(1, "romeo@example.net/phone").await;
        for _ in 0..2 {
            request(&mut spark, "set", &vcard(&format!("<FN>Romeo</FN>{PHOTO}"))).await;
        }
        let data = format!("<data xmlns='{NS_DATA}'>YWJj</data>");
        assert_eq!(items(&mut phone, NS_DATA).await, [(ID.to_owned(), data.parse().unwrap())]);
        let metadata = format!(
            "<metadata xmlns='{NS_METADATA}'><info bytes='3' id='{ID}' type='image/gif'/></metadata>"
        );
        assert_eq!(items(&mut phone, NS_METADATA).await, [(ID.to_owned(), metadata.parse().unwrap())]);
        request(&mut spark, "set", &vcard("<FN>Romeo</FN>")).await;
        let none = format!("<metadata xmlns='{NS_METADATA}'/>");
        assert_eq!(items(&mut phone, NS_METADATA).await[0].1, none.parse().unwrap());
    }

    #[tokio::test]
    async fn a_published_picture_is_shown_to_spark_everywhere() {
        let world = World::clustered(2).await;
        world.befriend("romeo", "juliet").await;
        let mut phone = world.login_at(0, "romeo@example.net/phone").await;
        let mut laptop = world.login_at(1, "romeo@example.net/laptop").await;
        laptop.send(&format!("<presence>{C}</presence>")).await;
        laptop.receive().await;
        let mut juliet = world.online_at(0, "juliet@example.net/spark").await;
        let from = "from='romeo@example.net/laptop' to='juliet@example.net/spark'";
        juliet.expect(&format!("<presence {from}>{C}</presence>")).await;
        request(&mut phone, "set", &vcard("<FN>Romeo</FN>")).await;
        request(&mut phone, "set", &publish(NS_DATA, ID, &format!("<data xmlns='{NS_DATA}'>YWJj</data>")))
            .await;
        let info = format!(
            "<metadata xmlns='{NS_METADATA}'><info bytes='3' id='{ID}' type='image/gif'/></metadata>"
        );
        request(&mut phone, "set", &publish(NS_METADATA, ID, &info)).await;
        // The other session of the account, on another member, says the hash.
        let update = |id: &str| format!("<x xmlns='vcard-temp:x:update'><photo>{id}</photo></x>");
        juliet.expect(&format!("<presence {from}>{C}{}</presence>", update(ID))).await;
        assert_eq!(card(&mut phone).await, vcard(&format!("<FN>Romeo</FN>{PHOTO}")).parse().unwrap());
        // Who comes later says it from the beginning; who says something itself is left alone.
        phone.send(&format!("<presence>{C}</presence>")).await;
        let from = "from='romeo@example.net/phone' to='juliet@example.net/spark'";
        juliet.expect(&format!("<presence {from}>{C}{}</presence>", update(ID))).await;
        phone.send(&format!("<presence>{C}{}</presence>", update("own"))).await;
        juliet.expect(&format!("<presence {from}>{C}{}</presence>", update("own"))).await;
        let none = format!("<metadata xmlns='{NS_METADATA}'/>");
        request(&mut phone, "set", &publish(NS_METADATA, "none", &none)).await;
        let from = "from='romeo@example.net/laptop' to='juliet@example.net/spark'";
        juliet
            .expect(&format!(
                "<presence {from}>{C}{}</presence>",
                "<x xmlns='vcard-temp:x:update'><photo/></x>"
            ))
            .await;
        assert_eq!(card(&mut phone).await, vcard("<FN>Romeo</FN>").parse().unwrap());
    }
}
